# SPDX-License-Identifier: Apache-2.0
"""XA transactions: their rows are records when XA COMMIT comes, however much later, and never before."""

import contextlib

import pytest

from tests.support import records
from tests.support.fixtures import SERVERS
from tests.support.millrace import wait_for
from tests.support.oracle import Rebuilt

OPTIONS = ["--schema-scope", "selected"]
TWO_PHASE = [name for name in SERVERS if name != "mysql-5.6"]  # MySQL logs XA PREPARE from 5.7 on
two_phase = pytest.mark.parametrize("source", TWO_PHASE, indirect=True)


def prepare(source, xid, *statements):
    with contextlib.closing(source.connect()) as session, session.cursor() as cursor:
        for statement in (f"XA START '{xid}'", *statements, f"XA END '{xid}'", f"XA PREPARE '{xid}'"):
            cursor.execute(statement)


def track(source, service, name):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40)) ENGINE=InnoDB")
    return service.track(source.server, source.db, name=name, options=OPTIONS)


def inserted(got, source):
    return [int(r.after["id"][1]["value"]) for r in got if r.operation == "INSERT" and r.table == (source.db, "t")]


def test_one_phase_is_like_any_transaction(source, service):
    task = track(source, service, f"xa-one-{source.db}")
    with contextlib.closing(source.connect()) as session, session.cursor() as cursor:
        for statement in ("XA START 'one'", "INSERT INTO t VALUES (1, 'é'), (2, 'b')", "XA END 'one'", "XA COMMIT 'one' ONE PHASE"):
            cursor.execute(statement)
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert inserted(got, source) == [1, 2]


@two_phase
def test_rows_come_with_the_commit_in_its_place(source, service):
    task = track(source, service, f"xa-two-{source.db}")
    prepare(source, "a", "INSERT INTO t VALUES (1, 'é')", "UPDATE t SET v = 'ü' WHERE id = 1", "INSERT INTO t VALUES (2, 'b')")
    prepare(source, "b", "INSERT INTO t VALUES (3, 'c')")
    source.sql("INSERT INTO t VALUES (4, 'd')")
    shown = wait_for("both are shown as prepared", lambda: len(task.show()["prepared_xa"]) == 2 and task.show())
    assert all(xa["since"] and xa["xid"].startswith("X'") for xa in shown["prepared_xa"])
    source.sql("XA COMMIT 'b'")
    source.sql("XA ROLLBACK 'a'")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert inserted(got, source) == [4, 3], "the one that was rolled back gives nothing"
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
    assert task.show()["prepared_xa"] == []


@two_phase
def test_a_restart_lies_between_prepare_and_commit(source, own_service):
    service = own_service()
    task = track(source, service, "xa-restart")
    prepare(source, "late", "INSERT INTO t VALUES (1, 'é')", "INSERT INTO t VALUES (2, 'ü')")
    source.sql("INSERT INTO t VALUES (3, 'c')")
    records.read(task, 3)
    service.restart("kill9")
    task.wait("running")
    source.sql("CREATE TABLE between_them (n INT)", "INSERT INTO t VALUES (4, 'd')")
    service.restart("terminate")
    source.sql("XA COMMIT 'late'")
    service.restart("kill9")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert inserted(got, source) == [3, 4, 1, 2]
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
    assert not list((service.data / "tasks").glob("*/xa/*")), "nothing is left of it"


@two_phase
def test_a_name_may_be_used_again(source, service):
    task = track(source, service, f"xa-again-{source.db}")
    for n in range(3):
        prepare(source, "same", f"INSERT INTO t VALUES ({n}, 'x')")
        source.sql("XA COMMIT 'same'")
    source.finish()
    assert inserted(records.read(task, records.about(source.fin())), source) == [0, 1, 2]


@two_phase
def test_a_commit_whose_prepare_was_before_the_start_stops_the_task(source, service):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB")
    prepare(source, "early", "INSERT INTO t VALUES (1)")
    try:
        task = service.track(source.server, source.db, name=f"xa-early-{source.db}", options=OPTIONS)
    finally:
        source.sql("XA COMMIT 'early'")
    shown = task.wait("failed")
    assert "XA PREPARE" in shown["reason"] and "--from" in shown["reason"], shown


@two_phase
def test_a_large_one_goes_to_disk_and_comes_whole(source, service):
    task = track(source, service, f"xa-large-{source.db}")
    rows = 5000
    prepare(source, "large", *(f"INSERT INTO t VALUES {', '.join(f'({n}, REPEAT(0, 40))' for n in range(at, at + 500))}"
                               for at in range(0, rows, 500)))
    source.sql("XA COMMIT 'large'")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert inserted(got, source) == list(range(rows))


@pytest.mark.parametrize("source", ["mysql-9"], indirect=True)
def test_compressed_transactions_hold_them_too(source, service):
    task = track(source, service, f"xa-compressed-{source.db}")
    with contextlib.closing(source.connect()) as session, session.cursor() as cursor:
        for statement in ("SET binlog_transaction_compression = ON", "XA START 'z'", "INSERT INTO t VALUES (1, REPEAT('é', 30))",
                          "INSERT INTO t VALUES (2, 'b')", "XA END 'z'", "XA PREPARE 'z'"):
            cursor.execute(statement)
    source.sql("XA COMMIT 'z'")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert inserted(got, source) == [1, 2]
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
