# SPDX-License-Identifier: Apache-2.0
"""Rows whose definition nobody could read: the source's own is theirs if no DDL touched the table since, else the task stops."""

import json
import subprocess

import pytest

from tests.servers.server import REPLICATION_PASSWORD
from tests.support import millrace, records

OPTIONS = ["--schema-scope", "selected"]


@pytest.fixture
def task(source, own_service):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, a INT)")
    return own_service().track(source.server, source.db, name="healed", options=OPTIONS)


def unlogged(source, statement):
    """What no log tells of: a definition changes and nobody who follows the binlog knows."""
    source.sql("SET SESSION sql_log_bin = 0", statement)


def rows_of(source, task, table="t"):
    """Each inserted row as text by column."""
    got = records.read(task, records.about(source.fin()))
    return [{name: None if cell is None else value(cell) for name, (_, cell) in r.after.items()}
            for r in got if r.operation == "INSERT" and r.object == f"{source.db}.{table}"]


def value(cell):
    return cell["value"].decode() if isinstance(cell["value"], bytes) else str(cell["value"])


def contradict(source):
    """A statement that was logged and cannot be applied to what is known."""
    unlogged(source, "ALTER TABLE t ADD COLUMN hidden INT")
    source.sql("ALTER TABLE t DROP COLUMN hidden, CHANGE a b INT, ADD COLUMN c VARCHAR(20)")


def test_rows_after_a_statement_that_nobody_can_read_have_the_sources_definition(source, task):
    source.sql("INSERT INTO t VALUES (1, 10)")
    contradict(source)
    source.sql("INSERT INTO t VALUES (2, 20, 'x')")
    source.finish()
    assert rows_of(source, task) == [{"id": "1", "a": "10"}, {"id": "2", "b": "20", "c": "x"}]
    shown = task.show()
    (healed,) = shown["healed"]
    assert healed["table"] == f"{source.db}.t" and healed["how"] == "read_again"
    assert healed["statement"].startswith("ALTER TABLE t DROP COLUMN hidden")
    assert healed["file"] and healed["offset"] > 0 and healed["read_at"] and healed["time"]
    assert f"{source.db}.t at {healed['file']}:{healed['offset']}" in task.service.cli("task", "show", task.name).out


def test_what_was_found_out_once_is_not_decided_again(source, task):
    contradict(source)
    source.sql("INSERT INTO t VALUES (2, 20, 'x')")
    source.finish()
    before = records.read(task, records.about(source.fin()))
    healed = task.show()["healed"]
    # Were the source asked again, it would give another name.
    unlogged(source, "ALTER TABLE t CHANGE b z INT")
    task.service.restart("kill9")
    task.wait("running")
    source.sql("INSERT INTO t VALUES (3, 30, 'y')")
    source.finish("last")
    after = records.read(task, records.about(source.fin("last")))
    assert [(r.offset, r.bytes) for r in after[: len(before)]] == [(r.offset, r.bytes) for r in before]
    assert [r.names() for r in after if r.object == f"{source.db}.t"] == [["id", "b", "c"]] * 2
    assert task.show()["healed"] == healed


def test_a_definition_that_changed_without_a_word_is_found_when_rows_do_not_fit(source, task):
    unlogged(source, "ALTER TABLE t ADD COLUMN c INT FIRST")
    source.sql("INSERT INTO t VALUES (7, 1, 10)")
    source.sql("CREATE TABLE u (id INT)", "INSERT INTO u VALUES (5)")
    source.finish()
    assert rows_of(source, task) == [{"c": "7", "id": "1", "a": "10"}]
    (healed,) = task.show()["healed"]
    assert healed["statement"] is None


def test_a_table_that_appeared_without_a_word_is_found(source, task):
    unlogged(source, "CREATE TABLE v (id INT PRIMARY KEY, n VARCHAR(5))")
    source.sql("INSERT INTO v VALUES (1, 'one')")
    source.finish()
    assert rows_of(source, task, "v") == [{"id": "1", "n": "one"}]


@pytest.mark.parametrize("mode", ["ANSI", "ANSI,NO_BACKSLASH_ESCAPES"])
def test_rows_of_a_create_select_in_ansi_mode_follow_in_its_own_transaction(source, task, mode):
    source.sql("CREATE TABLE s (id INT, n VARCHAR(20) DEFAULT 'back\\\\slash') DEFAULT CHARSET latin1", "INSERT INTO s VALUES (1, 'one')")
    compressed = ["SET SESSION binlog_transaction_compression = ON"] if source.name == "mysql-9" and mode == "ANSI" else []
    source.sql(f"SET SESSION sql_mode = '{mode}'", *compressed, "CREATE TABLE c DEFAULT CHARSET latin1 SELECT * FROM s")
    source.finish()
    assert rows_of(source, task, "c") == [{"id": "1", "n": "one"}]
    assert [h["table"] for h in task.show()["healed"]] == [f"{source.db}.c"]
    got = records.read(task, records.about(source.fin()))
    assert sum(r.operation == "DDL" and " c " in r.statement.replace('"', " ").replace("`", " ") for r in got) == 1


@pytest.mark.parametrize("source", ["mariadb-10.11", "mysql-9"], indirect=True)
def test_full_metadata_tells_a_definition_that_nobody_else_can(source, task):
    source.sql("SET GLOBAL binlog_row_metadata = FULL")
    try:
        contradict(source)
        source.sql("INSERT INTO t VALUES (2, 20, 'x')", "ALTER TABLE t ADD COLUMN d INT", "INSERT INTO t VALUES (3, 30, 'y', 4)")
    finally:
        source.sql("SET GLOBAL binlog_row_metadata = DEFAULT")
    source.finish()
    assert rows_of(source, task) == [{"id": "2", "b": "20", "c": "x"}, {"id": "3", "b": "30", "c": "y", "d": "4"}]
    (healed,) = task.show()["healed"]
    assert healed["how"] == "metadata" and healed["read_at"] is None and healed["statement"].startswith("ALTER TABLE t DROP COLUMN hidden")


def test_a_ddl_since_then_stops_the_task_until_a_person_gives_the_definition(source, task, tmp_path):
    task.pause()
    task.wait("paused")
    unlogged(source, "ALTER TABLE t ADD COLUMN c INT")
    source.sql("INSERT INTO t VALUES (1, 10, 100)")
    source.sql("ALTER TABLE t ADD COLUMN d INT")
    source.sql("INSERT INTO t VALUES (2, 20, 200, 2000)")
    source.finish()
    task.start(check=False)
    reason = task.wait("failed")["reason"]
    assert f"{source.db}.t" in reason and "ALTER TABLE t ADD COLUMN d INT" in reason and "which ends at" in reason
    assert "--schema FILE.sql" in reason and "--accept-gap" in reason
    schema = tmp_path / "t.sql"
    schema.write_text(f"CREATE TABLE {source.db}.t (id INT PRIMARY KEY, a INT)")
    task.start("--schema", schema, check=False)
    assert "does not fit" in task.wait("failed")["reason"]
    schema.write_text(f"CREATE TABLE {source.db}.t (id INT PRIMARY KEY, a INT, mine INT)")
    task.start("--schema", schema)
    assert rows_of(source, task) == [{"id": "1", "a": "10", "mine": "100"}, {"id": "2", "a": "20", "mine": "200", "d": "2000"}]
    assert [h["how"] for h in task.show()["healed"]] == ["given"]


def test_what_came_before_the_row_that_stops_a_task_is_there(source, task):
    """A task that stops has handed out all that it could read."""
    with source.connect(autocommit=True) as connection, connection.cursor() as cursor:
        for n in range(50):
            cursor.execute(f"INSERT INTO t VALUES ({n}, 0)")
        cursor.execute("SET SESSION binlog_format = 'STATEMENT'")
        cursor.execute("UPDATE t SET a = 1")
    task.wait("failed")
    assert len(records.read(task, 150)) == 150


@pytest.mark.parametrize("source", ["mariadb-10.11"], indirect=True)
def test_track_reads_a_definition_again_too(source, tmp_path):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, a INT)")
    (tmp_path / "password").write_text(REPLICATION_PASSWORD, encoding="utf-8")
    words = ["track", source.url(), "--object", source.db, "--password-file", tmp_path / "password"]
    with subprocess.Popen([millrace.binary(), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as track:
        assert "tracking from" in track.stderr.readline()
        contradict(source)
        source.sql("INSERT INTO t VALUES (2, 20, 'x')")
        seen = [json.loads(track.stdout.readline()) for _ in range(4)]
        assert f"the definition of {source.db}.t was read again" in track.stderr.readline()
        source.sql("ALTER TABLE t DROP COLUMN c")
        source.sql("INSERT INTO t VALUES (3, 30)")
        seen += [json.loads(track.stdout.readline()) for _ in range(4)]
        # A definition that cannot be found ends it, with the place and the reason.
        unlogged(source, "ALTER TABLE t ADD COLUMN d INT")
        source.sql("INSERT INTO t VALUES (4, 40, 400)", "ALTER TABLE t ADD COLUMN e INT")
        assert track.wait(timeout=60) == 1
        said = track.stderr.read()
    assert [r["operation"] for r in seen] == ["DDL", "BEGIN", "INSERT", "COMMIT"] * 2
    assert seen[2]["afterImages"] == {"id": 2, "b": 20, "c": "x"} and seen[6]["afterImages"] == {"id": 3, "b": 30}
    assert "TABLE_MAP of" in said and "ADD COLUMN e INT" in said
