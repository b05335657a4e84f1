# SPDX-License-Identifier: Apache-2.0
"""A source's log that is not the one that was read stops the task; one that goes on in another shape is followed."""

import re
import shutil
import time

import pytest

from tests.support import records
from tests.support.millrace import wait_for

OPTIONS = ["--schema-scope", "selected"]
SAFE = ["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"]
MODES = {"mariadb": ("mariadb-10.11", None), "mysql-9-files": ("mysql-9", False), "mysql-9-gtid": ("mysql-9", True),
         "mysql-5.6": ("mysql-5.6", False)}


def modes(*names):
    return pytest.mark.parametrize("kind, gtid", [MODES[name] for name in names], ids=names)


@pytest.fixture
def service(own_service):
    return own_service()


@pytest.fixture
def server_of(own_server):
    def make(kind, gtid=None, options=()):
        server = own_server(kind, gtid=gtid, options=[*SAFE, *options])
        server.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(40)) ENGINE=InnoDB")
        return server

    return make


def insert(server, *ids):
    server.sql(*(f"INSERT INTO d.t VALUES ({n}, 'row {n}')" for n in ids))


def ids(got):
    return [int(r.after["id"][1]["value"]) for r in got if r.operation == "INSERT" and r.table == ("d", "t")]


def all_rows(server, task):
    """The ids of all rows, up to a last one that is written now."""
    server.sql("CREATE TABLE d.fin (n INT)", "INSERT INTO d.fin VALUES (1)")
    return ids(records.read(task, records.about("d.fin")))


# Another log under the same names


@modes("mariadb", "mysql-9-gtid")
def test_a_log_that_was_reset_while_nobody_read_stops_the_task(server_of, service, kind, gtid):
    server = server_of(kind, gtid)
    task = service.track(server, "d", name="reset", options=OPTIONS)
    insert(server, 1, 2, 3)
    records.read(task, 9)
    task.pause()
    task.wait("paused")
    place = server.position()
    server.reset_log()
    server.sql("CREATE TABLE d.other (n INT)", *["INSERT INTO d.other VALUES (1)"] * 30)
    assert server.position()[0] == place[0] and server.position()[1] > place[1], "the place that was read last looks plausible"
    task.start(check=False)
    shown = task.wait("failed")
    assert re.search("restored|reset|purged", shown["reason"]), shown


def test_a_log_that_is_reset_under_a_reader_stops_the_task(server_of, service):
    # A server's thread stays on the old file and says for ever that nothing is new. To notice takes some seconds: all at once.
    servers = [server_of(kind, gtid) for kind, gtid in MODES.values()]
    tasks = [service.track(server, "d", name=f"under{n}", options=OPTIONS) for n, server in enumerate(servers)]
    for server, task in zip(servers, tasks):
        insert(server, 1, 2, 3)
        records.read(task, 9)
        server.reset_log()
        insert(server, 4)
    for server, task in zip(servers, tasks):
        wait_for("what is written meanwhile is missed", lambda server=server, task=task: moved_and_failed(server, task))
        assert re.search("restored|reset|purged|lost its end", task.show()["reason"]), task.show()


def moved_and_failed(server, task):
    server.sql("REPLACE INTO d.t VALUES (5, UUID())")
    time.sleep(2)  # else some servers never come to send a heartbeat, and the link's deadline is what ends it
    return task.state() == "failed"


@modes("mariadb", "mysql-9-gtid")
def test_a_source_that_was_restored_from_a_backup_stops_the_task(server_of, service, kind, gtid):
    server = server_of(kind, gtid)
    task = service.track(server, "d", name="restored", options=OPTIONS)
    insert(server, 1)
    records.read(task, 3)
    server.kill()
    backup = server.dir / "backup"
    shutil.copytree(server.data, backup)
    server.start()
    insert(server, 2, 3)
    records.read(task, 9)
    task.pause()
    task.wait("paused")
    server.kill()
    shutil.rmtree(server.data)
    backup.rename(server.data)
    server.start()
    insert(server, *range(10, 20))
    task.start(check=False)
    shown = task.wait("failed")
    assert re.search("restored|lost its end", shown["reason"]), shown


@modes("mysql-9-files", "mysql-9-gtid")
def test_another_base_name_is_followed_by_gtid_alone(server_of, service, kind, gtid):
    server = server_of(kind, gtid)
    task = service.track(server, "d", name="base", options=OPTIONS)
    insert(server, 1)
    records.read(task, 3)
    task.pause()
    task.wait("paused")
    server.restart(["--log-bin=other", "--log-bin-index=other"], kill=True)
    insert(server, 2)
    task.start(check=False)
    if gtid:
        assert all_rows(server, task) == [1, 2]
        return
    shown = task.wait("failed")
    assert "bin.00000" in shown["reason"], shown


# The same log


@modes("mariadb", "mysql-5.6")
def test_the_number_of_a_file_grows_a_digit(server_of, service, kind, gtid):
    server = server_of(kind, gtid)
    server.stop()
    (server.data / "bin.index").write_text("./bin.999998\n", encoding="ascii")
    for number, path in enumerate(server.binlogs()):
        path.rename(server.data / "bin.999998") if number == 0 else path.unlink()
    server.start()
    task = service.track(server, "d", name="digit", options=OPTIONS)
    insert(server, 1)
    server.flush_log()
    assert server.position()[0] == "bin.1000000"
    insert(server, 2)
    records.read(task, 6)
    service.restart("kill9")
    insert(server, 3)
    server.flush_log()
    insert(server, 4)
    assert all_rows(server, task) == [1, 2, 3, 4]


@modes("mariadb", "mysql-9-files", "mysql-9-gtid")
def test_logs_that_were_read_may_be_purged(server_of, service, kind, gtid):
    server = server_of(kind, gtid)
    task = service.track(server, "d", name="purged", options=OPTIONS)
    insert(server, 1)
    records.read(task, 3)
    server.flush_log()
    file, _ = server.position()
    wait_for("the new file is read", lambda: task.show()["position"]["file"] == file)
    service.kill9()
    server.sql(f"PURGE BINARY LOGS TO '{file}'")
    insert(server, 2)
    service.start()
    assert all_rows(server, task) == [1, 2]


DOWN, UP = ["ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF"], ["OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"]


class Switching:
    """A MySQL server whose GTIDs are switched one step at a time, and the rows that it wrote."""

    def __init__(self, server, gtid):
        self.server, self.rows = server, []
        self.steps = [*DOWN, *UP, *DOWN, *UP] if gtid else [*UP, *DOWN, *UP]

    def row(self):
        self.rows.append(len(self.rows) + 1)
        insert(self.server, self.rows[-1])

    def switch(self, mode):
        """Rows stand on both sides of it."""
        self.row()
        self.server.sql(f"SET GLOBAL gtid_mode = {mode}")
        self.row()


@pytest.fixture(params=[True, False], ids=["from-on", "from-off"])
def switching(request, server_of):
    return Switching(server_of("mysql-9", gtid=request.param, options=["--enforce-gtid-consistency=ON"]), request.param)


@pytest.mark.parametrize("switching, pause", [(True, True), (False, False)], ids=["from-on-paused", "from-off-running"],
                         indirect=["switching"])
def test_gtids_are_switched_step_by_step(switching, service, pause):
    source = switching
    task = service.track(source.server, "d", name="switch", options=OPTIONS)
    for mode in source.steps:
        if pause:
            task.pause()
            task.wait("paused")
        source.switch(mode)
        if pause:
            task.start()
        records.read(task, 3 * len(source.rows))  # a server does not send what was written two steps ago
    service.restart("kill9")
    assert all_rows(source.server, task) == source.rows


def test_gtids_that_were_switched_too_far_are_told_and_can_be_switched_back(switching, service):
    source = switching
    task = service.track(source.server, "d", name="far", options=OPTIONS)
    source.row()
    records.read(task, 3)
    task.pause()
    task.wait("paused")
    for mode in source.steps[:3]:
        source.switch(mode)
    task.start(check=False)
    shown = task.wait("failed")
    back = source.steps[1]
    assert "gtid_mode" in shown["reason"] and "PERMISSIVE" in shown["reason"], shown
    source.server.sql(f"SET GLOBAL gtid_mode = {back}")
    task.start()
    assert all_rows(source.server, task) == source.rows
