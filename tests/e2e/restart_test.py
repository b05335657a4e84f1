# SPDX-License-Identifier: Apache-2.0
"""Nothing lost, nothing twice: whatever is interrupted, the records are those of a task that was not."""

import pytest

from tests.support import records
from tests.support.load import TABLES, Load
from tests.support.millrace import Task
from tests.support.oracle import Rebuilt

OPTIONS = ["--schema-scope", "selected"]


def interrupted_like_uninterrupted(source, service, interrupt, rounds):
    """Two tasks on one load, of which `interrupt` hits only the first's service; both topics must be the same."""
    interrupted, calm = service()
    source.sql(*TABLES)
    # Nothing is written between the two: both begin at one position, with record 1.
    hit = interrupted.track(source.server, source.db, name="hit", options=OPTIONS)
    safe = calm.track(source.server, source.db, name="safe", options=OPTIONS)
    with Load(lambda: source.connect(autocommit=False)) as load:
        for _ in range(rounds):
            load.more(25)
            interrupt(interrupted)
        load.more(25)
    source.finish()
    got = records.read(hit, records.about(source.fin()))
    assert records.bodies(got) == records.bodies(records.read(safe, records.about(source.fin())))
    return hit, got


@pytest.fixture
def pair(own_service):
    return lambda: (own_service(), own_service())


def test_kill9_in_the_middle_of_load_loses_and_doubles_nothing(source, pair):
    interrupted_like_uninterrupted(source, pair, lambda service: service.restart("kill9"), rounds=6)


def test_sigterm_in_the_middle_of_load_loses_and_doubles_nothing(source, pair):
    interrupted_like_uninterrupted(source, pair, lambda service: service.restart("terminate"), rounds=4)


def test_a_pause_in_the_middle_of_load_loses_and_doubles_nothing(source, pair):
    def pause(service):
        task = Task(service, "hit")
        task.pause()
        task.wait("paused")
        task.start()
        task.wait("running")

    interrupted_like_uninterrupted(source, pair, pause, rounds=3)


def test_records_that_were_read_never_change(source, own_service):
    service = own_service()
    source.sql(*TABLES)
    task = service.track(source.server, source.db, name="stable", options=OPTIONS)
    source.sql("INSERT INTO t (v, n) VALUES ('a', 1), ('b', 2)")
    source.finish("first")
    before = records.read(task, records.about(source.fin("first")))
    service.restart("kill9")
    task.wait("running")
    source.sql("INSERT INTO t (v, n) VALUES ('c', 3)")
    source.finish("second")
    after = records.read(task, records.about(source.fin("second")))
    assert [(r.offset, r.bytes, r.timestamp) for r in after[: len(before)]] == [(r.offset, r.bytes, r.timestamp) for r in before]


def test_changes_made_while_the_service_was_down_arrive(source, own_service):
    service = own_service()
    source.sql(*TABLES)
    task = service.track(source.server, source.db, name="down", options=OPTIONS)
    source.sql("INSERT INTO t (v, n) VALUES ('a', 1)")
    records.read(task, records.about(f"{source.db}.t"))
    service.terminate()
    source.sql("INSERT INTO t (v, n) VALUES ('b', 2)", "ALTER TABLE t ADD COLUMN w INT", "INSERT INTO t (v, n, w) VALUES ('c', 3, 4)")
    service.start()
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert [len(r.names()) for r in got if r.object == f"{source.db}.t"] == [4, 4, 5]


def test_a_paused_task_stays_paused_over_a_restart(any_source, own_service):
    service = own_service()
    task = service.track(any_source.server, any_source.db, name="paused")
    task.pause()
    task.wait("paused")
    service.restart("kill9")
    assert task.state() == "paused"


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("kind", ["mariadb-10.11", "mysql-9", "mysql-5.6"])
def test_a_source_that_restarts_loses_and_doubles_nothing(own_server, service, kind, kill):
    # A source that is killed keeps what it has answered for only if it syncs.
    server = own_server(kind, options=["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"])
    server.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "CREATE TABLE d.fin (n INT)")
    task = service.track(server, "d", name=f"src-{kind.replace('.', '')}-{kill}-{server.port}", options=OPTIONS)
    for round_ in range(3):
        server.sql(*(f"INSERT INTO d.t VALUES ({round_ * 100 + n})" for n in range(20)))
        server.restart(kill=kill)
    server.sql("INSERT INTO d.fin VALUES (1)")
    got = records.read(task, records.about("d.fin"))
    Rebuilt().apply(got).compare(server, ("d", "t"))
    assert sum(r.operation == "INSERT" for r in got) == 61


def test_rotated_and_purged_logs_do_not_disturb_a_reader_that_is_past_them(source, service):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY)")
    task = service.track(source.server, source.db, name=f"rot-{source.db}", options=OPTIONS)
    for n in range(4):
        source.sql(f"INSERT INTO t VALUES ({n})")
        source.server.flush_log()
    records.read(task, 12)
    source.sql("INSERT INTO t VALUES (100)")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))


def test_committed_offsets_survive_kill9(any_source, own_service):
    service = own_service()
    any_source.sql("CREATE TABLE t (id INT PRIMARY KEY)")
    task = service.track(any_source.server, any_source.db, name="commits", options=OPTIONS)
    any_source.sql("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)")
    last = records.read(task, 6)[-1]
    reader = records.consumer(task)
    place = records.confluent_kafka.TopicPartition(task.topic, 0, last.offset + 1)
    reader.commit(offsets=[place], asynchronous=False)
    reader.close()
    service.restart("kill9")
    reader = records.consumer(task)
    assert reader.committed([records.confluent_kafka.TopicPartition(task.topic, 0)], timeout=20)[0].offset == last.offset + 1
    reader.close()
