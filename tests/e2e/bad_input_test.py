# SPDX-License-Identifier: Apache-2.0
"""Whatever a person gets wrong: exit status 1, one line that says what and why, and a service that stays up."""

import contextlib
import json
import os
import re
import socket
import subprocess

import confluent_kafka
import pytest

from tests.servers.ports import free_port
from tests.support import millrace, records

ALL = ("SELECT", "REPLICATION CLIENT", "REPLICATION SLAVE", "SHOW VIEW")


def one_line(done, *words):
    """The command failed with one clear line that has all the words (regular expressions, case ignored)."""
    assert done.code == 1, f"exit status {done.code}: {done.out}{done.err}"
    lines = [line for line in done.err.splitlines() if line.strip()]
    assert len(lines) == 1, f"not one line: {done.err!r}"
    for word in words:
        assert re.search(word, lines[0], re.I), f"{word!r} is not in {lines[0]!r}"
    return lines[0]


def create(service, source, url=None, name=None, objects=None, **kwargs):
    return service.create(name or f"bad-{source.db}", url or source.url(), objects or [source.db], check=False, **kwargs)


def test_a_host_that_does_not_exist(any_source, service):
    one_line(create(service, any_source, url="mysql://cdc@no-such-host.invalid:3306"), "no-such-host.invalid")
    assert service.is_up()


def test_a_port_where_nobody_listens(any_source, service):
    port = free_port()
    one_line(create(service, any_source, url=f"mysql://cdc@127.0.0.1:{port}"), str(port))
    assert service.is_up()


def test_a_port_where_something_else_listens(any_source, service):
    one_line(create(service, any_source, url=f"mysql://cdc@127.0.0.1:{service.http_port}"), str(service.http_port))
    assert service.is_up()


def test_a_wrong_password(source, service):
    line = one_line(create(service, source, password="wrong-Secret-1"), "password|denied")
    assert "wrong-Secret-1" not in line and service.is_up()


def test_an_unknown_user(source, service):
    one_line(create(service, source, url=source.url(user="nobody")), "nobody|denied")
    assert service.is_up()


@pytest.mark.parametrize("missing", ["REPLICATION SLAVE", "REPLICATION CLIENT", "SELECT"])
def test_a_missing_privilege_is_named_with_its_grant(source, service, missing):
    user = f"u{source.db}"
    source.server.create_user(user, "Limited-1", [g for g in ALL if g != missing])
    done = create(service, source, url=source.url(user=user), password="Limited-1")
    wanted = {"REPLICATION CLIENT": "REPLICATION CLIENT|BINLOG MONITOR", "REPLICATION SLAVE": "REPLICATION SLAVE|REPLICATION REPLICA"}
    one_line(done, wanted.get(missing, missing), "GRANT|database|see")
    assert service.is_up()
    source.server.sql(f"DROP USER {user}@'%'")


@pytest.mark.parametrize("kind", ["mariadb-10.11", "mysql-9", "mysql-5.6"])
def test_a_source_without_a_binlog(own_server, service, kind):
    server = own_server(kind, log_bin=False)
    server.sql("CREATE DATABASE d")
    done = service.create(f"nolog-{server.port}", server.url(), ["d"], check=False)
    one_line(done, "log_bin|binlog|binary log")
    assert service.is_up()


@pytest.mark.parametrize("value", ["STATEMENT", "MIXED"])
def test_a_statement_format_binlog(source, own_server, service, value):
    server = own_server(source.name, options=[f"--binlog-format={value}"])
    server.sql("CREATE DATABASE d")
    one_line(service.create(f"stmt-{server.port}", server.url(), ["d"], check=False), "binlog_format", value)
    assert service.is_up()


@pytest.mark.parametrize("value", ["MINIMAL", "NOBLOB"])
def test_a_row_image_that_is_not_full(source, own_server, service, value):
    server = own_server(source.name, options=[f"--binlog-row-image={value}"])
    server.sql("CREATE DATABASE d")
    one_line(service.create(f"image-{server.port}", server.url(), ["d"], check=False), "binlog_row_image", value)
    assert service.is_up()


@pytest.mark.parametrize("kind", ["mariadb-10.11", "mysql-9"])
def test_a_replica_that_does_not_log_its_updates(own_server, service, kind):
    primary = own_server(kind)
    quiet = ["--log-replica-updates=OFF"] if kind == "mysql-9" else []
    replica = own_server(kind, options=["--relay-log=relay", *quiet])
    file, offset = primary.position()
    if kind == "mysql-9":
        replica.sql(f"CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={primary.port}, SOURCE_USER='cdc', "
                    f"SOURCE_PASSWORD='cdcpw', SOURCE_LOG_FILE='{file}', SOURCE_LOG_POS={offset}, GET_SOURCE_PUBLIC_KEY=1", "START REPLICA")
    else:
        replica.sql(f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.port}, MASTER_USER='cdc', MASTER_PASSWORD='cdcpw', "
                    f"MASTER_LOG_FILE='{file}', MASTER_LOG_POS={offset}", "START SLAVE")
    primary.sql("CREATE DATABASE d")
    millrace.wait_for("the replica follows", lambda: replica.sql("SHOW DATABASES LIKE 'd'"))
    replica.sql(*([] if kind == "mysql-9" else ["GRANT REPLICA MONITOR ON *.* TO cdc@'%'"]), "SELECT 1")
    done = service.create(f"replica-{replica.port}", replica.url(), ["d"], check=False)
    one_line(done, "log_(slave|replica)_updates")
    assert service.is_up()


def test_a_database_that_does_not_exist(any_source, service):
    one_line(create(service, any_source, objects=["no_such_db"]), "no_such_db")


def test_a_table_that_does_not_exist(any_source, service):
    one_line(create(service, any_source, objects=[f"{any_source.db}.no_such_table"]), "no_such_table")


def test_a_topic_that_exists(any_source, service):
    task = service.track(any_source.server, any_source.db, name=f"taken-{any_source.db}")
    done = create(service, any_source, name="another", options=["--topic", task.topic])
    one_line(done, re.escape(task.topic))
    assert task.state() == "running"


def test_a_topic_name_that_kafka_forbids(any_source, service):
    one_line(create(service, any_source, options=["--topic", "a/b c"]), "topic")


def test_a_task_that_does_not_exist(service):
    one_line(service.cli("task", "show", "no-such-task", check=False), "no-such-task")


def test_a_group_of_a_task_that_does_not_exist(service):
    done = service.cli("group", "create", "--task", "no-such-task", "--account", "a", "--password-file", service.password_file("Groups-1"),
                       check=False)
    one_line(done, "no-such-task")


@pytest.mark.parametrize("password", ["short1A", "alllowercase", "x" * 33 + "A1"])
def test_a_group_password_against_the_rules(any_source, service, password):
    task = service.track(any_source.server, any_source.db, name=f"pw-{any_source.db}")
    done = service.cli("group", "create", "--task", task.name, "--account", "weak", "--password-file", service.password_file(password),
                       check=False)
    assert password not in one_line(done, "password")


@pytest.mark.parametrize("words", [["task", "create"], ["no-such-command"], ["serve", "--no-such-option"], ["binlog"]])
def test_wrong_words_are_status_2(words):
    done = millrace.run(*words, check=False)
    assert done.code == 2 and done.err.strip(), f"{done.code}: {done.err}"


def test_every_command_has_help_with_an_example():
    for words in (["serve"], ["track"], ["precheck"], ["binlog"], ["task", "create"], ["task", "show"], ["group", "create"], ["tail"]):
        done = millrace.run(*words, "--help")
        assert "millrace " + " ".join(words) in done.out, words


def test_a_command_without_a_service_says_so(tmp_path):
    done = millrace.run("task", "list", check=False, env={"MILLRACE_DATA": str(tmp_path)})
    one_line(done, "serve|running|service|api.json")


@pytest.mark.parametrize("which", ["kafka", "http"])
def test_a_port_that_is_taken(own_service, which):
    service = own_service(start=False)
    port = getattr(service, f"{which}_port")
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        one_line(serve(service), str(port))


def serve(service):
    done = subprocess.run(service.command(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30, cwd="/")
    return millrace.Done(("serve",), done.returncode, done.stdout, done.stderr)


def test_a_second_service_on_one_folder(own_service):
    first, second = own_service(), own_service(start=False)
    second.data = first.data
    one_line(serve(second), re.escape(str(first.data)))
    assert first.is_up()


def test_a_data_folder_that_is_a_file(own_service, tmp_path):
    service = own_service(start=False)
    service.data = tmp_path / "file"
    service.data.write_text("", encoding="ascii")
    one_line(serve(service), re.escape(str(service.data)))


@contextlib.contextmanager
def tmpfs(folder, size):
    """A small disk, where we are allowed to make one."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"mount needs root: {made.stderr.strip()}")
    try:
        yield lambda options: subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_data_folder_that_is_not_writable(own_service, tmp_path):
    service = own_service(start=False)
    with tmpfs(tmp_path / "disk", "4m") as remount:
        remount("ro")
        service.data = tmp_path / "disk/data"
        one_line(serve(service), re.escape(str(service.data)))


def test_a_full_disk_is_waited_for_and_loses_nothing(any_source, own_service, tmp_path):
    with tmpfs(tmp_path / "disk", "6g") as remount:
        service = own_service(start=False)
        service.data = tmp_path / "disk/data"
        service.start()

        def leave(bytes_):
            used = os.statvfs(service.data)
            remount(f"size={(used.f_blocks - used.f_bfree) * used.f_frsize + bytes_}")

        try:
            any_source.sql("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v LONGTEXT)")
            task = service.track(any_source.server, any_source.db, name="full", options=["--schema-scope", "selected"])
            any_source.sql("INSERT INTO t (v) VALUES ('first')")
            records.read(task, 3)
            # Less than the reserve is left: tasks wait, and all else goes on.
            leave(200 << 20)
            any_source.sql("INSERT INTO t (v) VALUES ('second')")
            shown = task.wait("retrying")
            assert shown["waits_for_disk"] and [alarm["alarm"] for alarm in shown["alarms"]] == ["disk"]
            assert json.loads(service.get("/readyz")[1])["disk_full"]
            assert "\nmillrace_disk_full 1" in service.get("/metrics")[1].decode()
            records.read(task, 3)
            reader = records.consumer(task)
            reader.commit(offsets=[confluent_kafka.TopicPartition("full", 0, 3)], asynchronous=False)
            assert reader.committed([confluent_kafka.TopicPartition("full", 0)])[0].offset == 3
            reader.close()
            remount("size=6g")
            task.wait("running", seconds=120)
            assert task.show()["alarms"] == [] and not json.loads(service.get("/readyz")[1])["disk_full"]
            # Somebody else fills it at once.
            leave(1 << 20)
            any_source.sql(*["INSERT INTO t (v) VALUES (REPEAT('x', 1000000))"] * 8)
            shown = task.wait("retrying")
            assert re.search("disk|space", str(shown), re.I), shown
            assert service.is_up()
            remount("size=6g")
            task.wait("running", seconds=120)
            any_source.finish()
            got = records.read(task, records.about(any_source.fin()))
            assert sum(r.operation == "INSERT" for r in got) == 11
        finally:
            service.close()


def test_a_source_that_goes_away_is_retried(own_server, service):
    server = own_server("mariadb-10.11", options=["--sync-binlog=1"])
    server.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT)")
    task = service.track(server, "d", name=f"away-{server.port}", options=["--schema-scope", "selected"])
    server.stop()
    shown = task.wait("retrying")
    assert str(server.port) in str(shown) or "connect" in str(shown).lower()
    server.start()
    server.sql("INSERT INTO d.t VALUES (1)")
    records.read(task, 3)
    task.wait("running")


def test_a_purged_binlog_stops_the_task_and_says_so(own_server, service):
    server = own_server("mysql-9")
    server.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT)")
    task = service.track(server, "d", name=f"purged-{server.port}", options=["--schema-scope", "selected"])
    server.sql("INSERT INTO d.t VALUES (1)")
    records.read(task, 3)
    task.pause()
    task.wait("paused")
    server.sql("INSERT INTO d.t VALUES (2)")
    for _ in range(2):
        server.flush_log()
    server.sql(f"PURGE BINARY LOGS TO '{server.position()[0]}'")
    task.start(check=False)
    shown = task.wait("failed")
    assert re.search("purge|no longer|missing", str(shown), re.I), shown
    assert service.is_up()


def test_precheck_alone_makes_no_task(any_source, service):
    before = len(service.tasks())
    done = service.cli("precheck", any_source.url(), "--object", any_source.db, "--password-file", service.password_file("cdcpw"))
    assert done.out.strip() and len(service.tasks()) == before


def test_precheck_names_what_fails(own_server):
    server = own_server("mariadb-10.11", options=["--binlog-format=STATEMENT"])
    server.sql("CREATE DATABASE d")
    done = millrace.run("precheck", server.url(), "--object", "d", check=False, env={"MILLRACE_SOURCE_PASSWORD": "cdcpw"})
    assert done.code == 1 and "binlog_format" in done.out + done.err
