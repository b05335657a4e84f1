# SPDX-License-Identifier: Apache-2.0
"""INSERT, UPDATE, DELETE and the shapes of transactions around them."""

import json

import pytest

from tests.support import cells, records
from tests.support.fixtures import Source
from tests.support.oracle import Rebuilt


@pytest.fixture
def task(source, service):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(50), n INT)", "CREATE TABLE other (id INT PRIMARY KEY)",
               "CREATE TABLE keyless (a INT, b VARCHAR(10))")
    return service.track(source.server, source.db, name=f"ops-{source.db}")


def read(task, source):
    """All records up to the one that finish() writes, without what finish() made."""
    source.finish()
    got = records.read(task, records.about(source.fin()))
    end = next(i for i, r in enumerate(got) if r.operation == "DDL" and "fin" in r.statement)
    return got[:end]


def operations(got):
    return [r.operation for r in got]


def test_insert_has_an_after_image_only(source, task):
    source.sql("INSERT INTO t VALUES (1, 'one', NULL)")
    got = read(task, source)
    assert operations(got) == ["BEGIN", "INSERT", "COMMIT"]
    assert got[1].before is None
    assert cells.image_cells(got[1].after) == {"id": "1", "v": "utf8mb4:6F6E65", "n": None}
    assert got[1].object == f"{source.db}.t"


def test_update_has_both_images_full(source, task):
    source.sql("INSERT INTO t VALUES (1, 'one', 5)", "UPDATE t SET n = 6")
    update = read(task, source)[4]
    assert update.operation == "UPDATE"
    assert cells.image_cells(update.before) == {"id": "1", "v": "utf8mb4:6F6E65", "n": "5"}
    assert cells.image_cells(update.after) == {"id": "1", "v": "utf8mb4:6F6E65", "n": "6"}


def test_delete_has_a_before_image_only(source, task):
    source.sql("INSERT INTO t VALUES (1, 'one', 5)", "DELETE FROM t")
    delete = read(task, source)[4]
    assert delete.operation == "DELETE" and delete.after is None
    assert cells.image_cells(delete.before) == {"id": "1", "v": "utf8mb4:6F6E65", "n": "5"}


def test_an_update_of_the_key_is_one_record(source, task):
    source.sql("INSERT INTO t VALUES (1, 'one', 5)", "UPDATE t SET id = 2")
    got = read(task, source)
    assert operations(got) == ["BEGIN", "INSERT", "COMMIT", "BEGIN", "UPDATE", "COMMIT"]
    assert [cells.image_cells(i)["id"] for i in (got[4].before, got[4].after)] == ["1", "2"]


def test_an_update_that_changes_nothing_leaves_no_record(source, task):
    source.sql("INSERT INTO t VALUES (1, 'one', 5)", "UPDATE t SET n = 5")
    assert operations(read(task, source)) == ["BEGIN", "INSERT", "COMMIT"]


def test_replace_and_upsert_arrive_as_what_the_server_did(source, task):
    source.sql("INSERT INTO t VALUES (1, 'one', 5)", "REPLACE INTO t VALUES (1, 'uno', 6)",
               "INSERT INTO t VALUES (1, 'x', 9) ON DUPLICATE KEY UPDATE n = 7")
    got = read(task, source)
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))


def test_a_statement_of_many_rows_is_one_record_a_row_in_one_transaction(source, task):
    source.sql("INSERT INTO t VALUES " + ",".join(f"({i}, REPEAT('x', 40), {i})" for i in range(2000)), "UPDATE t SET n = -n",
               "DELETE FROM t WHERE id % 2")
    got = read(task, source)
    assert operations(got).count("BEGIN") == 3
    assert operations(got).count("INSERT") == 2000
    assert operations(got).count("UPDATE") == 1999  # row 0 stays as it is
    assert operations(got).count("DELETE") == 1000
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))


def test_a_transaction_over_several_tables_is_whole_and_in_order(source, task):
    with source.connect(autocommit=False) as connection, connection.cursor() as cursor:
        for statement in ("INSERT INTO t VALUES (1, 'a', 1)", "INSERT INTO other VALUES (1)", "UPDATE t SET n = 2",
                          "INSERT INTO keyless VALUES (1, 'k'), (1, 'k')", "DELETE FROM other"):
            cursor.execute(statement)
        connection.commit()
    got = read(task, source)
    assert operations(got) == ["BEGIN", "INSERT", "INSERT", "UPDATE", "INSERT", "INSERT", "DELETE", "COMMIT"]
    assert [r.table[1] for r in got[1:-1]] == ["t", "other", "t", "keyless", "keyless", "other"]
    assert len({r.value["sourceTimestamp"] for r in got}) == 1


def test_a_multi_table_update_and_delete_arrive_whole(source, task):
    source.sql("INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)", "INSERT INTO other VALUES (1), (2)",
               "UPDATE t JOIN other USING (id) SET t.n = t.n + 10, other.id = other.id + 10 WHERE t.id = 1",
               "DELETE t, other FROM t JOIN other ON t.id = other.id")
    Rebuilt().apply(read(task, source)).compare(source.server, (source.db, "t"), (source.db, "other"))


def test_a_rollback_leaves_nothing(source, task):
    with source.connect(autocommit=False) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (1, 'a', 1)")
        connection.rollback()
    source.sql("INSERT INTO t VALUES (2, 'b', 2)")
    got = read(task, source)
    assert operations(got) == ["BEGIN", "INSERT", "COMMIT"]


def test_what_a_savepoint_undid_does_not_arrive(source, task):
    with source.connect(autocommit=False) as connection, connection.cursor() as cursor:
        for statement in ("INSERT INTO t VALUES (1, 'a', 1)", "SAVEPOINT s", "INSERT INTO t VALUES (2, 'b', 2)",
                          "ROLLBACK TO s", "INSERT INTO t VALUES (3, 'c', 3)"):
            cursor.execute(statement)
        connection.commit()
    got = read(task, source)
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
    assert operations(got) == ["BEGIN", "INSERT", "INSERT", "COMMIT"]


def test_rows_that_are_equal_and_have_no_key_are_counted(source, task):
    source.sql("INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL)", "DELETE FROM keyless WHERE a = 1 LIMIT 1")
    got = read(task, source)
    Rebuilt().apply(got).compare(source.server, (source.db, "keyless"))
    assert all("pk_uk_info" not in r.tags or json.loads(r.tags["pk_uk_info"]) == {} for r in got if r.object)


def test_a_transaction_larger_than_memory_allows_arrives_whole(source, task):
    with source.connect(autocommit=False) as connection, connection.cursor() as cursor:
        for block in range(20):
            cursor.execute("INSERT INTO t VALUES " + ",".join(f"({block * 1000 + i}, REPEAT('y', 50), {i})" for i in range(1000)))
        cursor.execute("UPDATE t SET v = REPEAT('z', 50)")
        connection.commit()
    got = read(task, source)
    assert operations(got).count("BEGIN") == 1 and operations(got).count("INSERT") == 20000
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))


def test_a_trigger_s_changes_arrive_in_the_same_transaction(source, task):
    source.sql("CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW INSERT INTO other VALUES (NEW.id)", "INSERT INTO t VALUES (7, 'x', 0)")
    got = read(task, source)
    assert operations(got)[-4:] == ["BEGIN", "INSERT", "INSERT", "COMMIT"]
    assert {r.table[1] for r in got if r.operation == "INSERT"} == {"t", "other"}


def test_tables_of_a_non_transactional_engine_arrive(source, task):
    source.sql("CREATE TABLE m (id INT PRIMARY KEY, v INT) ENGINE=MyISAM", "INSERT INTO m VALUES (1, 1), (2, 2)", "UPDATE m SET v = 3",
               "DELETE FROM m WHERE id = 1")
    Rebuilt().apply(read(task, source)).compare(source.server, (source.db, "m"))


def test_records_name_position_server_and_session(source, task):
    file_before, _ = source.server.position()
    with source.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        session = cursor.fetchone()[0]
        cursor.execute("INSERT INTO t VALUES (1, 'a', 1)")
        connection.commit()
    begin, insert, commit = read(task, source)
    number = int(file_before.rpartition(".")[2])
    for record in (begin, insert, commit):
        offset, _, file = record.value["sourcePosition"].partition("@")
        assert int(file) == number and int(offset) > 0
        assert record.value["source"]["version"] == source.server.value("SELECT VERSION()")
    offsets = [int(r.value["sourcePosition"].partition("@")[0]) for r in (begin, insert, commit)]
    assert offsets == sorted(offsets) and offsets[0] < offsets[2]
    assert insert.tags["server_id"] == str(source.server.port)
    if source.name != "mariadb-10.11":  # whose BEGIN is a GTID event, which says nothing of the session
        assert insert.tags["thread_id"] == str(session)
    assert json.loads(insert.tags["pk_uk_info"]) == {"PRIMARY": ["id"]}


def test_an_idle_task_gives_a_heartbeat_about_every_second(source, task):
    source.sql("INSERT INTO t VALUES (1, 'a', 1)")
    beats = read_heartbeats(task, 3)
    times = [r.value["sourceTimestamp"] for r in beats]
    assert times == sorted(times)


def read_heartbeats(task, count):
    """That many heartbeats, wherever they are."""
    decode = records.Decoder(task.service)
    reader = records.consumer(task)
    reader.assign([records.confluent_kafka.TopicPartition(task.topic, 0, records.confluent_kafka.OFFSET_BEGINNING)])
    beats = []
    for _ in range(300):
        for message in reader.consume(100, 0.2):
            record = records.Record(message, decode(message.value()))
            records.check_record(record)
            if records.is_heartbeat(record):
                beats.append(record)
        if len(beats) >= count:
            reader.close()
            return beats
    raise AssertionError(f"{len(beats)} heartbeats")


def test_generated_columns_may_be_missing_from_an_update(servers, service):
    """MariaDB 11.8 leaves them out of UPDATE and DELETE, whatever binlog_row_image says."""
    source = Source(servers("mariadb-11.8"))
    source.sql("CREATE TABLE g (id INT PRIMARY KEY, n INT, v INT AS (n + 1) VIRTUAL, s INT AS (n * 2) STORED)")
    task = service.track(source.server, source.db, name=f"generated-{source.db}")
    source.sql("INSERT INTO g (id, n) VALUES (1, 5)", "UPDATE g SET n = 6", "DELETE FROM g")
    rows = [r for r in read(task, source) if r.object == f"{source.db}.g"]
    assert [(r.operation, r.before and cells.image_cells(r.before), r.after and cells.image_cells(r.after)) for r in rows] == [
        ("INSERT", None, {"id": "1", "n": "5", "v": "6", "s": "10"}),
        ("UPDATE", {"id": "1", "n": "5"}, {"id": "1", "n": "6"}),
        ("DELETE", {"id": "1", "n": "6"}, None)]
    source.drop()
