# SPDX-License-Identifier: Apache-2.0
"""Going on where a task cannot by itself: somewhere else, with a marker of the gap, or through a copy of purged files."""

import json
import shutil

import pytest

from tests.servers import Server
from tests.support import records
from tests.support.fixtures import SERVERS
from tests.support.load import TABLES, Load
from tests.support.millrace import Task, wait_for

OPTIONS = ["--schema-scope", "selected"]


@pytest.fixture(scope="module", params=SERVERS)
def own(request):
    """A server whose log this file may purge."""
    with Server(request.param) as server:
        yield server


@pytest.fixture
def db(own, request):
    name = "d" + str(abs(hash(request.node.name)) % 10**8)
    own.sql(f"CREATE DATABASE {name}", f"CREATE TABLE {name}.t (id INT PRIMARY KEY)", f"CREATE TABLE {name}.fin (n INT)")
    yield name
    own.sql(f"DROP DATABASE {name}")


@pytest.fixture
def task(own, db, own_service):
    made = own_service().track(own, db, name="goes-on", options=OPTIONS)
    own.sql(f"INSERT INTO {db}.t VALUES (1)")
    records.read(made, records.about(f"{db}.t"))
    return made


def inserted(got, db):
    return [int(r.after["id"][1]["value"]) for r in got if r.operation == "INSERT" and r.object == f"{db}.t"]


def markers(got):
    return [{k.removeprefix("millrace."): v for k, v in r.tags.items() if k.startswith("millrace.")}
            for r in got if "millrace.event" in r.tags]


def lose_position(own, db, task):
    """The source purges what the paused task has not read: row 2."""
    task.pause()
    task.wait("paused")
    own.sql(f"INSERT INTO {db}.t VALUES (2)")
    own.purge_log()
    own.sql(f"INSERT INTO {db}.t VALUES (3)")


def test_a_gap_that_a_person_accepts_is_marked_and_reading_goes_on_behind_it(own, db, task):
    lose_position(own, db, task)
    before = task.show()
    task.start(check=False)
    failed = task.wait("failed")
    assert "purged" in failed["reason"] and "--binlog-dir" in failed["reason"] and "--accept-gap" in failed["reason"]
    refused = task.start("--from", "earliest", check=False)
    assert refused.code == 1 and "--accept-gap" in refused.err and before["position"]["file"] in refused.err
    task.start("--from", "earliest", "--accept-gap", "--reason", "the log was purged")
    own.sql(f"INSERT INTO {db}.fin VALUES (1)")
    got = records.read(task, records.about(f"{db}.fin"), heartbeats=True)
    assert inserted(got, db) == [1, 3], "2 was purged; check_stream holds the ids and offsets to one row"
    (marker,) = markers(got)
    assert marker["event"] == "gap" and marker["reason"] == "the log was purged"
    assert marker["from"].startswith(f"{before['position']['file']}:") and marker["to"].startswith(own.position()[0])
    place = [i for i, r in enumerate(got) if "millrace.event" in r.tags][0]
    assert inserted(got[:place], db) == [1] and inserted(got[place:], db) == [3]
    shown = task.show()
    assert [(a["event"], a["from"], a["to"]) for a in shown["accepted"]] == [("gap", marker["from"], marker["to"])]
    assert marker["from"] in task.service.cli("task", "show", task.name).out
    # It is a place like any other.
    task.service.restart("kill9")
    own.sql(f"INSERT INTO {db}.t VALUES (4)", f"INSERT INTO {db}.fin VALUES (2)")
    again = records.read(task, lambda r: r.object == f"{db}.t" and r.operation == "INSERT" and inserted([r], db) == [4], heartbeats=True)
    assert inserted(again, db) == [1, 3, 4] and markers(again) == [marker]


def test_a_log_that_was_rotated_and_purged_behind_an_idle_task_loses_nothing(own, db, task):
    own.flush_log()
    file = own.position()[0]
    wait_for("the task stands in the new file", lambda: task.show()["position"]["file"] == file)
    task.pause()
    task.wait("paused")
    own.purge_log(flush=False)
    task.start()
    own.sql(f"INSERT INTO {db}.t VALUES (2)")
    assert inserted(records.read(task, lambda r: inserted([r], db) == [2]), db) == [1, 2]


def test_going_back_repeats_with_new_offsets_and_survives_a_restart(own, db, task):
    task.pause()
    end = task.show()["log"]["end_offset"]
    task.start("--from", "earliest", "--accept-gap")
    own.sql(f"INSERT INTO {db}.t VALUES (9)")
    got = records.read(task, lambda r: inserted([r], db) == [9], heartbeats=True)
    repeated = [r.offset for r in got if r.operation == "INSERT" and inserted([r], db) == [1]]
    assert len(repeated) == 2 and repeated[0] < end <= repeated[1], "no offset is used again"
    task.service.restart("kill9")
    own.sql(f"INSERT INTO {db}.t VALUES (10)")
    assert inserted(records.read(task, lambda r: inserted([r], db) == [10]), db)[-2:] == [9, 10]


def test_definitions_are_those_of_the_place_where_it_goes_on(own, db, task, tmp_path):
    task.pause()
    task.wait("paused")
    file, offset = own.position()
    own.sql(f"INSERT INTO {db}.t VALUES (2)", f"ALTER TABLE {db}.t ADD COLUMN c INT", f"INSERT INTO {db}.t VALUES (3, 30)")
    task.start("--from", f"{file}:{offset}", "--accept-gap", check=False)
    assert "--schema" in task.wait("failed")["reason"]
    schema = tmp_path / "t.sql"
    schema.write_text(f"CREATE TABLE {db}.t (id INT PRIMARY KEY)")
    task.start("--from", f"{file}:{offset}", "--schema", schema, "--accept-gap")
    got = records.read(task, lambda r: inserted([r], db) == [3])
    assert [r.names() for r in got if r.object == f"{db}.t"] == [["id"], ["id"], ["id", "c"]]


def test_a_task_that_has_not_begun_begins_where_it_is_told_to(own, db, own_service):
    service = own_service()
    own.sql(f"INSERT INTO {db}.t VALUES (1)")
    file, offset = own.position()
    own.sql(f"INSERT INTO {db}.t VALUES (2)")
    service.create("later", own.url(), [db], options=["--topic", "later", "--no-start", *OPTIONS])
    task = Task(service, "later")
    task.wait("ready")
    for words in (["--accept-gap"], ["--accept-server"], ["--binlog-dir", "/tmp"], ["--from", "latest", "--accept-gap"]):
        refused = task.start(*words, check=False)
        assert refused.code == 1 and "nothing yet" in refused.err and task.state() == "ready", words
    task.start("--from", f"{file}:{offset}")
    task.wait("running")
    task.group()
    assert inserted(records.read(task, 3), db) == [2]
    assert task.show()["spec"]["from"] == f"{file}:{offset}"


@pytest.mark.parametrize("words", [
    ["--from", "latest", "--binlog-dir", "/tmp"], ["--accept-gap", "--binlog-dir", "/tmp"], ["--accept-server", "--binlog-dir", "/tmp"],
    ["--binlog-dir", "here"], ["--from", "yesterday"], ["--schema", "/nowhere/x.sql"],
], ids=" ".join)
def test_words_that_make_no_sense_together_are_refused(own, db, task, words):
    done = task.start(*words, check=False)
    assert done.code in ({1} if "x.sql" in words[-1] else {2}) and done.err.count("\n") == 1, done
    assert task.state() == "running"


def test_a_running_task_takes_no_order(own, db, task):
    done = task.start("--from", "latest", "--accept-gap", check=False)
    assert done.code == 1 and "pause" in done.err
    assert task.start().code == 0, "already running is no error"
    assert task.state() == "running"


@pytest.mark.parametrize("own", [name for name in SERVERS if name != "mysql-5.6"], indirect=True)  # which logs no XA PREPARE
def test_an_xa_commit_without_its_prepare_can_be_accepted(own, db, own_service):
    with own.connect(db) as connection, connection.cursor() as cursor:
        for statement in ("XA START 'early'", "INSERT INTO t VALUES (7)", "XA END 'early'", "XA PREPARE 'early'"):
            cursor.execute(statement)
    task = own_service().track(own, db, name="xa-early", options=OPTIONS)
    own.sql("XA COMMIT 'early'", f"INSERT INTO {db}.t VALUES (8)")
    assert "--accept-gap" in task.wait("failed")["reason"]
    task.start("--accept-gap")
    got = records.read(task, lambda r: inserted([r], db) == [8], heartbeats=True)
    assert inserted(got, db) == [8]
    (marker,) = markers(got)
    assert marker["event"] == "lost_xa" and "early" in bytes.fromhex(marker["reason"].split("'")[1]).decode()
    task.service.restart("kill9")
    own.sql(f"INSERT INTO {db}.t VALUES (9)")
    assert inserted(records.read(task, lambda r: inserted([r], db) == [9]), db) == [8, 9]


# A copy of the files that were purged


def copy_and_purge(own, folder):
    """Copies all files and purges all but the one that is written; its copy is not whole, and not needed."""
    own.flush_log()
    for path in own.binlogs():
        shutil.copy(path, folder)
    own.purge_log(flush=False)


def behind(own, db, task, folder):
    """The paused task has three files to read that only the copy holds, and rows in the live log."""
    task.pause()
    task.wait("paused")
    for n in range(2, 8):
        own.sql(f"INSERT INTO {db}.t VALUES ({n})")
        if n % 2:
            own.flush_log()
    copy_and_purge(own, folder)
    own.sql(f"INSERT INTO {db}.t VALUES (8)")


def test_a_copy_of_purged_files_is_read_up_to_the_live_log(own, db, task, tmp_path):
    behind(own, db, task, tmp_path)
    task.start(check=False)
    assert "--binlog-dir" in task.wait("failed")["reason"]
    task.start("--binlog-dir", tmp_path)
    own.sql(f"INSERT INTO {db}.t VALUES (9)")
    got = records.read(task, lambda r: inserted([r], db) == [9], heartbeats=True)
    assert inserted(got, db) == list(range(1, 10)) and markers(got) == []
    task.service.restart("kill9")
    own.sql(f"INSERT INTO {db}.t VALUES (10)")
    assert inserted(records.read(task, lambda r: inserted([r], db) == [10]), db) == list(range(1, 11))


def test_a_copy_under_load_gives_what_an_uninterrupted_task_gives(own, db, own_service, tmp_path):
    own.sql(*(statement.replace("TABLE t", "TABLE l") for statement in TABLES[:1]), database=db)
    own.sql(f"DROP TABLE {db}.l", f"DROP TABLE {db}.t", *TABLES, database=db)
    hit, calm = own_service(), own_service()
    one = hit.track(own, db, name="hit", options=OPTIONS)
    two = calm.track(own, db, name="safe", options=OPTIONS)
    with Load(lambda: own.connect(db, autocommit=False)) as load:
        load.more(20)
        one.pause()
        one.wait("paused")
        for _ in range(3):
            load.more(20)
            own.flush_log()
        copy_and_purge(own, tmp_path)
        load.more(20)
        one.start("--binlog-dir", tmp_path)
        load.more(20)
    own.sql(f"INSERT INTO {db}.fin VALUES (1)")
    got = records.bodies(records.read(one, records.about(f"{db}.fin")))
    assert got == records.bodies(records.read(two, records.about(f"{db}.fin")))


def test_a_copy_that_lacks_a_file_or_is_damaged_or_of_another_server_is_refused(own, db, task, servers, tmp_path):
    behind(own, db, task, tmp_path)
    files = sorted(tmp_path.iterdir())

    def refused(*words):
        task.start("--binlog-dir", tmp_path, check=False)
        reason = task.wait("failed")["reason"]
        assert all(word in reason for word in words), reason

    task.start("--binlog-dir", "/nowhere/at/all", check=False)
    assert "/nowhere/at/all" in task.wait("failed")["reason"]
    middle = files[-3]
    kept = middle.read_bytes()
    middle.unlink()
    refused(middle.name, "lacks")
    middle.write_bytes(kept[:-30])
    refused(middle.name)
    damaged = bytearray(kept)
    damaged[len(damaged) // 2 + 5] ^= 0xFF
    middle.write_bytes(damaged)
    refused(middle.name)
    other = servers("mariadb-11.8" if own.name == "mariadb-10.11" else "mariadb-10.11")
    other.flush_log()
    shutil.copy(other.binlogs()[-2], middle)
    refused(middle.name, "server_id")
    middle.write_bytes(files[0].read_bytes() if files[0] != middle else kept)
    refused(middle.name)
    middle.write_bytes(kept)
    task.start("--binlog-dir", tmp_path)
    assert inserted(records.read(task, lambda r: inserted([r], db) == [8]), db) == list(range(1, 9))


def test_the_order_stands_in_the_openapi_document(own_service):
    service = own_service()
    document = json.loads(service.get("/api/v1/openapi.json")[1])
    words = set(document["components"]["schemas"]["Start"]["properties"])
    assert words == {"skip_checks", "from", "schema", "binlog_dir", "accept_gap", "accept_server", "reason"}
