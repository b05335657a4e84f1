# SPDX-License-Identifier: Apache-2.0
"""A task comes back to where it was: sets of GTIDs of every shape, computed offsets, a log that was torn by a crash."""

import contextlib
import re
import uuid

import pytest

from tests.support import records
from tests.support.fixtures import SERVERS

OPTIONS = ["--schema-scope", "selected"]
TABLE = ["CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(40)) ENGINE=InnoDB"]


@pytest.fixture
def service(own_service):
    return own_service()


def insert(server, *ids, first=()):
    server.sql(*first, *(f"INSERT INTO d.t VALUES ({n}, 'row {n}')" for n in ids))


def ids(got):
    return [int(r.after["id"][1]["value"]) for r in got if r.operation == "INSERT" and r.table == ("d", "t")]


def all_rows(server, task):
    """The ids of all rows, up to a last one that is written now."""
    server.sql("CREATE TABLE d.fin (n INT)", "INSERT INTO d.fin VALUES (1)")
    return ids(records.read(task, records.about("d.fin")))


def test_ten_thousand_intervals(own_server, service):
    server = own_server("mysql-9", gtid=True)
    server.reset_log()
    other = uuid.UUID(int=0xFE << 120)  # all that is written before it would be sent again
    server.sql(f"SET GLOBAL gtid_purged = '{other}:{':'.join(str(2 * n + 1) for n in range(10_000))}'")
    server.sql(*TABLE)
    task = service.track(server, "d", name="intervals", options=OPTIONS)
    insert(server, 1, 2)
    server.sql(f"SET gtid_next = '{other}:2'", "INSERT INTO d.t VALUES (3, 'between')")
    records.read(task, 9)
    service.restart("kill9")
    insert(server, 4)
    assert all_rows(server, task) == [1, 2, 3, 4]
    gtids = task.show()["position"]["gtids"]
    assert f"{other}:1-3:5:" in gtids and gtids.count(":") > 9000


def test_gtids_with_tags(own_server, service):
    server = own_server("mysql-9", gtid=True)
    server.sql(*TABLE)
    task = service.track(server, "d", name="tags", options=OPTIONS)
    insert(server, 1)
    insert(server, 2, 3, first=["SET gtid_next = 'AUTOMATIC:billing'"])
    insert(server, 4, first=[f"SET gtid_next = 'AUTOMATIC:{'t' * 32}'"])
    records.read(task, 12)
    service.restart("kill9")
    insert(server, 5, first=["SET gtid_next = 'AUTOMATIC:billing'"])
    insert(server, 6)
    records.read(task, 18)
    service.restart("kill9")
    assert all_rows(server, task) == [1, 2, 3, 4, 5, 6]
    shown = task.show()["position"]["gtids"]
    executed = re.sub(r"\s", "", server.value("SELECT @@GLOBAL.gtid_executed"))
    assert shown == executed and ":billing:1-3" in shown


@pytest.mark.parametrize("kind, strict", [("mariadb-10.11", "OFF"), ("mariadb-11.8", "ON")])
def test_several_domains(own_server, service, kind, strict):
    server = own_server(kind, options=[f"--gtid-strict-mode={strict}"])
    server.sql(*TABLE)
    task = service.track(server, "d", name="domains", options=OPTIONS)
    for n, domain in enumerate([0, 1, 7, 1, 0, 4294967295, 7, 1]):
        insert(server, n, first=[f"SET gtid_domain_id = {domain}", f"SET server_id = {100 + n % 2}"])
        if n % 3 == 2:
            records.read(task, 3 * (n + 1))
            service.restart("kill9")
    if strict == "OFF":  # a second master without strict mode: the sequence of a domain goes back
        insert(server, 50, first=["SET gtid_domain_id = 1", "SET gtid_seq_no = 1"])
        service.restart("kill9")
        insert(server, 51, first=["SET gtid_domain_id = 1", "SET gtid_seq_no = 100"])
    expected = [*range(8), *([50, 51] if strict == "OFF" else [])]
    assert all_rows(server, task) == expected
    assert task.show()["position"]["gtids"] == ",".join(sorted(server.value("SELECT @@GLOBAL.gtid_binlog_pos").split(","),
                                                               key=lambda g: int(g.split("-")[0])))


@pytest.mark.parametrize("kind", [*SERVERS, "mariadb-11.8"])
def test_positions_are_those_that_the_server_shows(own_server, service, kind):
    server = own_server(kind)
    server.sql(*TABLE)
    task = service.track(server, "d", name="places", options=OPTIONS)
    insert(server, 1)
    with contextlib.closing(server.connect("d", autocommit=False)) as session, session.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES " + ", ".join(f"({n}, REPEAT('x', 40))" for n in range(10, 600)))
        cursor.execute("UPDATE t SET v = 'changed'")
        session.commit()
    insert(server, 2)
    records.read(task, 3 + 590 + 591 + 2 + 3)
    service.restart("kill9")
    insert(server, 3)
    server.flush_log()
    insert(server, 4)
    assert ids(got := records.read(task, 3 + 590 + 591 + 2 + 9)) == [1, *range(10, 600), 2, 3, 4]
    ends = {(int(r[0].rpartition(".")[2]), r[4]) for path in server.binlogs() for r in server.sql(f"SHOW BINLOG EVENTS IN '{path.name}'")
            if r[2] in {"Xid", "Query"} or r[2].startswith("Gtid")}
    commits = [r.value["sourcePosition"].partition("@") for r in got if r.operation == "COMMIT"]
    assert len(commits) == 5 and {(int(file), int(offset)) for offset, _, file in commits} <= ends


@pytest.mark.parametrize("kind", [*SERVERS, "mariadb-11.8"])
def test_a_transaction_that_a_crash_cut_off_in_the_log_leaves_nothing(own_server, service, kind):
    server = own_server(kind, options=["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"])
    server.sql(*TABLE, "CREATE TABLE d.m (id INT PRIMARY KEY, v VARCHAR(40)) ENGINE=MyISAM")
    task = service.track(server, "d", name="torn", options=OPTIONS)
    insert(server, 1)
    records.read(task, 3)
    task.pause()
    task.wait("paused")
    server.sql("INSERT INTO d.m VALUES (7, 'torn'), (8, 'torn')")  # of an engine that does not take part in the recovery
    file, _ = server.position()
    commit = server.sql(f"SHOW BINLOG EVENTS IN '{file}'")[-1]
    assert commit[2] == "Query"
    server.kill()
    with open(server.data / file, "r+b") as log:
        log.truncate(commit[1])
    server.start()
    insert(server, 2)
    task.start()
    server.sql("CREATE TABLE d.fin (n INT)", "INSERT INTO d.fin VALUES (1)")
    got = records.read(task, records.about("d.fin"))
    assert ids(got) == [1, 2] and "d.m" not in {r.object for r in got}
    assert task.state() == "running"
