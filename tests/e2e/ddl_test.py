# SPDX-License-Identifier: Apache-2.0
"""Definitions belong to positions: rows before, between and after DDL each have the columns of their time."""

import pymysql
import pytest

from tests.support import cells, records
from tests.support.background import Background
from tests.support.fixtures import Source


@pytest.fixture
def task(source, service):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20))")
    return service.track(source.server, source.db, name=f"ddl-{source.db}", options=["--schema-scope", "selected"])


def play(source, task, *steps):
    """Runs statements one by one. After each DML statement (one row) the row it names is read from the server; the
    record must be the same. A step is a DDL text, or (DML text, table, condition)."""
    expected = []
    for step in steps:
        if isinstance(step, str):
            source.sql(step)
            expected.append(step)
        else:
            statement, table, condition = step
            source.sql(statement)
            expected.append((table, *snapshot(source, table, condition)))
    source.finish()
    got = records.read(task, records.about(source.fin()))
    got = [r for r in got if r.operation in {"INSERT", "UPDATE", "DDL"} and r.object != source.fin()
           and not (r.operation == "DDL" and "fin" in r.statement)]
    assert len(got) == len(expected), f"{got} for {steps}"
    for record, wanted in zip(got, expected):
        if isinstance(wanted, str):
            assert record.operation == "DDL" and record.statement.rstrip("; ").endswith(wanted.rstrip("; ")), record
            assert record.object == source.db
        else:
            table, columns, row = wanted
            assert record.table == (source.db, table)
            image = cells.image_cells(record.after)
            assert list(image) == [c.name for c in columns]
            assert {c.name: cells.normal(c, image[c.name]) for c in columns} == row
    return got


def snapshot(source, table, condition):
    columns = cells.columns_of(source.server, source.db, table)
    wanted = ", ".join(cells.expression(c) for c in columns)
    rows = source.sql("SET time_zone='+00:00'", f"SELECT {wanted} FROM `{table}` WHERE {condition}")
    assert len(rows) == 1
    return columns, {c.name: cells.from_server(c, v) for c, v in zip(columns, rows[0])}


def insert(id_, values, table="t"):
    return (f"INSERT INTO {table} VALUES ({id_}, {values})", table, f"id = {id_}")


def test_added_columns_appear_in_their_place(source, task):
    play(source, task, insert(1, "1, 'x'"), "ALTER TABLE t ADD COLUMN c DATETIME(3) NULL AFTER a",
         insert(2, "1, '2024-01-02 03:04:05.678', 'x'"), "ALTER TABLE t ADD COLUMN z INT UNSIGNED FIRST",
         ("INSERT INTO t VALUES (4294967295, 3, 1, NULL, 'y')", "t", "id = 3"))


def names_and_values(rows):
    """Of each row the names of its columns and its numbers, in their order."""
    return [[(name, None if item is None else int(item["value"])) for name, (_, item) in row.after.items()] for row in rows]


def test_many_changes_of_columns_of_one_type_that_nobody_read_yet(source, task):
    task.pause()
    statements, wanted = [], []
    for n in range(25):  # each time a column goes and another of the same type comes
        statements += [f"ALTER TABLE t DROP COLUMN {'a' if n == 0 else f'a{n - 1}'}, ADD COLUMN a{n} INT {'FIRST' if n % 2 else ''}",
                       f"ALTER TABLE t RENAME TO {'u' if n % 2 == 0 else 'v'}",
                       f"INSERT INTO {'u' if n % 2 == 0 else 'v'} (id, a{n}) VALUES ({n}, {n + 100})",
                       f"ALTER TABLE {'u' if n % 2 == 0 else 'v'} RENAME TO t"]
        wanted.append([(f"a{n}", n + 100), ("id", n), ("b", None)] if n % 2 else [("id", n), ("b", None), (f"a{n}", n + 100)])
    source.sql(*statements)
    task.start()
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert names_and_values([r for r in got if r.operation == "INSERT" and r.object != source.fin()]) == wanted
    assert sum(r.operation == "DDL" for r in got) == 75 + 1


class ColumnsThatComeAndGo(Background):
    """Row n has the column a<n>, which took the place of another of its type, at one end of the table or the other."""

    def __init__(self, source):
        super().__init__()
        self.source = source

    def work(self, number):
        with self.source.connect() as connection, connection.cursor() as cursor:
            while self.going.is_set():
                n = self.done + 1
                cursor.execute(f"ALTER TABLE t DROP COLUMN a{n - 1}, ADD COLUMN a{n} INT {'FIRST' if n % 2 else ''}")
                cursor.execute(f"INSERT INTO t (a{n}) VALUES ({n})")
                self.done += 1


def begin_while_definitions_change(source, service, *settings):
    source.sql("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a0 INT)", *[f"CREATE TABLE t{n} (a INT, b TEXT)" for n in range(200)],
               *settings)
    with ColumnsThatComeAndGo(source) as changes:
        tasks = [service.track(source.server, source.db, name=f"begins-{source.db}-{n}", options=["--data-types", "data"])
                 for n in range(3)]
        changes.more(5)
    source.finish()
    for task in tasks:
        got = [r for r in records.read(task, records.about(source.fin())) if r.object == f"{source.db}.t"]
        begun = int(got[0].after["id"][1]["value"])
        wanted = [[(f"a{n}", n), ("id", n)] if n % 2 else [("id", n), (f"a{n}", n)] for n in range(begun, changes.done + 1)]
        assert names_and_values([r for r in got if r.operation == "INSERT"]) == wanted


def test_definitions_that_change_while_a_task_begins(source, service):
    begin_while_definitions_change(source, service)


@pytest.mark.parametrize("gtid", [False, True], ids=["by offset", "by GTID"])
def test_definitions_that_change_on_a_slow_disk_while_a_task_begins(own_server, service, gtid):
    """A statement's place in the log is told long before the statement can be read there and its effect be seen."""
    source = Source(own_server("mysql-9", gtid=gtid))
    begin_while_definitions_change(source, service, "SET GLOBAL binlog_group_commit_sync_delay=400000")  # us


def test_dropped_columns_disappear(source, task):
    play(source, task, insert(1, "1, 'x'"), "ALTER TABLE t DROP COLUMN a", insert(2, "'y'"),
         "ALTER TABLE t DROP COLUMN b, ADD COLUMN d DECIMAL(10,3)", insert(3, "1.5"))


def test_modified_columns_have_their_new_type(source, task):
    play(source, task, insert(1, "1, 'x'"), "ALTER TABLE t MODIFY a BIGINT UNSIGNED", insert(2, "18446744073709551615, 'x'"),
         "ALTER TABLE t MODIFY b ENUM('x','y','z')", insert(3, "0, 'z'"), "ALTER TABLE t MODIFY b TEXT CHARACTER SET latin1",
         insert(4, "0, 'é'"), "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4", insert(5, "0, 'é'"))


def test_renamed_columns_have_their_new_name(source, task):
    play(source, task, insert(1, "1, 'x'"), "ALTER TABLE t CHANGE a `a new` INT", insert(2, "2, 'y'"),
         "ALTER TABLE t CHANGE b b2 VARCHAR(10) FIRST", ("INSERT INTO t VALUES ('z', 3, 3)", "t", "id = 3"))


def test_a_renamed_table_goes_on_under_its_new_name(source, task):
    play(source, task, insert(1, "1, 'x'"), "RENAME TABLE t TO u", insert(2, "2, 'y'", "u"), "ALTER TABLE u RENAME TO v",
         insert(3, "3, 'z'", "v"))


def test_two_tables_that_swap_names_keep_their_columns(source, task):
    play(source, task, "CREATE TABLE s (id INT PRIMARY KEY, w DOUBLE)", insert(1, "1, 'x'"), insert(1, "0.5", "s"),
         "RENAME TABLE t TO tmp, s TO t, tmp TO s", insert(2, "1.5"), insert(2, "2, 'y'", "s"))


def test_truncate_is_a_record_and_rows_go_on_after_it(source, task):
    got = play(source, task, insert(1, "1, 'x'"), "TRUNCATE TABLE t", insert(1, "2, 'y'"))
    assert got[1].operation == "DDL"


def test_a_table_created_like_another_has_its_columns(source, task):
    play(source, task, "CREATE TABLE copy LIKE t", insert(1, "1, 'x'", "copy"), "ALTER TABLE t DROP COLUMN a",
         insert(2, "2, 'y'", "copy"), insert(1, "'z'"))


def test_a_table_that_is_dropped_and_made_anew_has_its_new_columns(source, task):
    source.sql("INSERT INTO t VALUES (1, 1, 'x')", "DROP TABLE t", "CREATE TABLE t (id BIGINT PRIMARY KEY, other TIME)", "INSERT INTO t VALUES (2, '01:02:03')")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    rows = [r for r in got if r.operation == "INSERT"]
    assert [r.names() for r in rows[:2]] == [["id", "a", "b"], ["id", "other"]]
    assert cells.image_cells(rows[1].after) == {"id": "2", "other": "01:02:03.000000"}
    assert any(r.operation == "DDL" and "DROP TABLE" in r.statement.upper() for r in got)


def test_ddl_is_its_own_transaction_and_keeps_its_text(source, task):
    text = "ALTER TABLE t /* why: it's \"wanted\" */ ADD COLUMN `naïve` INT COMMENT 'größe'"
    source.sql(text)
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert got[0].operation == "DDL" and got[0].statement == text
    assert got[0].value["safeSourcePosition"] == got[0].value["sourcePosition"]


def test_the_definition_s_fingerprint_changes_with_the_definition_only(source, task):
    source.sql("INSERT INTO t VALUES (1, 1, 'x')", "INSERT INTO t VALUES (2, 1, 'x')", "ALTER TABLE t ADD COLUMN c INT",
               "INSERT INTO t VALUES (3, 1, 'x', 1)")
    source.finish()
    versions = [r.tags["metaVersion"] for r in records.read(task, records.about(source.fin())) if r.object == f"{source.db}.t"]
    assert versions[0] == versions[1] != versions[2]


def test_keys_follow_the_definition(source, task):
    source.sql("INSERT INTO t VALUES (1, 1, 'x')", "ALTER TABLE t ADD UNIQUE KEY uk_b (b)", "INSERT INTO t VALUES (2, 1, 'y')",
               "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (a, id), DROP KEY uk_b", "INSERT INTO t VALUES (3, 1, 'y')")
    source.finish()
    tags = [r.tags["pk_uk_info"] for r in records.read(task, records.about(source.fin())) if r.object == f"{source.db}.t"]
    assert tags == ['{"PRIMARY":["id"]}', '{"PRIMARY":["id"],"uk_b":["b"]}', '{"PRIMARY":["a","id"]}']


@pytest.mark.parametrize("ends_well", [True, False], ids=["commits", "is given up"])
def test_an_alter_in_two_phases_counts_where_it_commits(servers, service, ends_well):
    """MariaDB logs the statement at its beginning, and again when it commits or is given up."""
    source = Source(servers("mariadb-10.11"))
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, a INT)", "INSERT INTO t VALUES (1, 1)")
    task = service.track(source.server, source.db, name=f"phases-{source.db}", options=["--schema-scope", "selected"])
    text = "ALTER TABLE t ADD COLUMN c INT NOT NULL FIRST, ADD UNIQUE KEY (a), ALGORITHM=INPLACE"
    with source.connect() as other, other.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (2, %s)", (2 if ends_well else 1,))
        cursor.execute("SET SESSION binlog_alter_two_phase = ON")
        try:
            cursor.execute(text)
            failed = False
        except pymysql.err.IntegrityError:
            failed = True
    assert failed is not ends_well
    source.sql("INSERT INTO t VALUES (0, 3, 3)" if ends_well else "INSERT INTO t VALUES (3, 3)")
    source.finish()
    got = [r for r in records.read(task, records.about(source.fin())) if r.operation == "DDL" or r.object == f"{source.db}.t"]
    shown = [(r.statement if r.operation == "DDL" else r.names()) for r in got if "fin" not in str(r.statement or "")]
    assert shown == ([["id", "a"], text, ["c", "id", "a"]] if ends_well else [["id", "a"], ["id", "a"]])
    source.drop()
