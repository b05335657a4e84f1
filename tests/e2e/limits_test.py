# SPDX-License-Identifier: Apache-2.0
"""The largest and the smallest that a server allows: columns, labels, lengths, names, texts of DDL."""

import pytest

from tests.servers import Server
from tests.support import records
from tests.support.fixtures import SERVERS, Source
from tests.support.oracle import Rebuilt

OPTIONS = ["--schema-scope", "selected"]


def follow(source, service, *statements, **kwargs):
    """All records of statements that begin after the task."""
    task = service.track(source.server, source.db, name=f"limits-{source.db}", options=OPTIONS)
    source.sql(*statements, **kwargs)
    source.finish()
    return records.read(task, records.about(source.fin()))


def rebuilt(source, got, *tables):
    result = Rebuilt().apply(got)
    assert all(result.rows(source.db, t) for t in tables)
    result.compare(source.server, *((source.db, t) for t in tables))


def wide(columns, engine):
    """A table of that many columns, some NULL and some not, with rows that are changed and deleted."""
    name = f"w{columns}_{engine}"
    kinds = ["INT", "SMALLINT UNSIGNED NOT NULL", "VARCHAR(1)", "TINYINT"]
    defined = ", ".join(["id INT PRIMARY KEY", *(f"c{n} {kinds[n % 4]}" for n in range(1, columns))])
    def row(key):
        return "(" + ", ".join([str(key), *("NULL" if (n + key) % 3 == 0 and n % 4 != 1 else str(n % 10) for n in range(1, columns))]) + ")"
    statements = [f"CREATE TABLE {name} ({defined}) ENGINE={engine} CHARACTER SET latin1",
                  f"INSERT INTO {name} VALUES " + ", ".join(row(key) for key in (1, 2, 3))]
    if columns > 1:
        statements.append(f"UPDATE {name} SET c{columns - 1} = 7, c1 = c1 + 1 WHERE id = 2")
    return name, [*statements, f"DELETE FROM {name} WHERE id = 3"]


def test_tables_of_every_width(source, service):
    made = [wide(columns, "InnoDB") for columns in (1, 7, 8, 9, 16, 64, 1017)] + [wide(4096 if source.name == "mysql-9" else 2000, "MyISAM")]
    got = follow(source, service, *(s for _, statements in made for s in statements))
    rebuilt(source, got, *(name for name, _ in made))


def test_enums_of_one_label_and_of_very_many(source, service):
    most = 10_000  # MySQL 9 takes a minute and a half for the 65,535 that there can be; a .frm file does not hold them
    labels = ",".join(f"'{n:x}'" for n in range(most))
    got = follow(source, service,
                 f"CREATE TABLE e (id INT PRIMARY KEY, one ENUM('only'), many ENUM({labels}), two ENUM('a','b'), s SET('single'), "
                 "g ENUM('中', '文\\\\') CHARACTER SET gbk)",
                 f"INSERT INTO e VALUES (1, 'only', {most}, 'b', 'single', '中'), (2, NULL, 1, NULL, '', '文\\\\'), (3, 'only', 256, 'a', '', NULL)",
                 "UPDATE e SET many = 255, one = NULL WHERE id = 3")
    rebuilt(source, got, "e")


def test_strings_of_every_length_of_a_length(source, service):
    lengths = [0, 1, 254, 255, 256, 257]
    columns = ", ".join(f"c{n} VARCHAR({n})" for n in lengths)
    got = follow(source, service, f"CREATE TABLE v (id INT PRIMARY KEY, {columns}, CHECK (id > 0)) CHARACTER SET latin1",
                 "CREATE TABLE longest (v VARCHAR(65532)) CHARACTER SET latin1 ENGINE=MyISAM",
                 "CREATE TABLE b (id INT PRIMARY KEY, v VARBINARY(60000), c CHAR(255) CHARACTER SET utf8mb4, n CHAR(0))",
                 "INSERT INTO v VALUES (1, " + ", ".join(f"REPEAT('é', {n})" for n in lengths) + ")",
                 "INSERT INTO v VALUES (2, " + ", ".join("''" for n in lengths) + ")",
                 "INSERT INTO longest VALUES (REPEAT('x', 65532)), (''), (NULL)",
                 "INSERT INTO b VALUES (1, REPEAT('\\0', 60000), REPEAT('😀', 255), ''), (2, '', '', NULL)")
    rebuilt(source, got, "v", "longest", "b")


@pytest.mark.parametrize("kind", ["mysql-9", "mariadb-11.8"])
def test_vectors_of_one_and_of_the_most_dimensions(servers, service, kind):
    source = Source(servers(kind))
    text = "STRING_TO_VECTOR" if kind == "mysql-9" else "VEC_FROMTEXT"
    sizes = [1, 2048, 16383 if kind == "mysql-9" else 16380]  # in MariaDB the row is full then
    statements = []
    for n in sizes:
        value = f"{text}(CONCAT('[', REPEAT('1.5,', {n - 1}), '-2]'))"
        statements += [f"CREATE TABLE v{n} (id INT PRIMARY KEY, v VECTOR({n}))", f"INSERT INTO v{n} VALUES (1, {value}), (2, NULL), (3, {value})",
                       f"UPDATE v{n} SET v = NULL WHERE id = 1"]
    rebuilt(source, follow(source, service, *statements), *(f"v{n}" for n in sizes))
    source.drop()


def test_names_of_sixty_four_characters(source, service):
    table, new, column = "é" * 64, "x" * 64, "表" * 64
    got = follow(source, service, f"CREATE TABLE `{table}` (id INT PRIMARY KEY, `{column}` INT, `1` INT)",
                 f"INSERT INTO `{table}` VALUES (1, 2, 3)", f"ALTER TABLE `{table}` RENAME TO {new}", f"UPDATE {new} SET `{column}` = 5")
    insert, update = (r for r in got if r.operation in records.DML and r.table[1] != "fin")
    assert insert.table == (source.db, table) and insert.names() == ["id", column, "1"]
    assert update.table == (source.db, new) and update.before == insert.after


@pytest.mark.parametrize("source", ["mysql-9", "mariadb-10.11"], indirect=True)
def test_a_client_that_speaks_gbk(source, service):
    task = service.track(source.server, source.db, name=f"gbk-{source.db}", options=OPTIONS)
    # The second byte of this character is a backslash.
    source.sql("CREATE TABLE `縗` (id INT PRIMARY KEY, `誠` VARCHAR(20) DEFAULT '縗', e ENUM('縗', 'b') CHARACTER SET gbk)",
               "INSERT INTO `縗` (id, e) VALUES (1, '縗')", "ALTER TABLE `縗` ADD w INT COMMENT '縗' AFTER id",
               "INSERT INTO `縗` (id, w) VALUES (2, 3)", "UPDATE `縗` SET w = 4", charset="gbk")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    rebuilt(source, got, "縗")
    assert "縗" in got[0].statement and got[-4].operation in {"COMMIT", "DDL"}


def test_a_mebibyte_of_ddl(source, service):
    comment = "/* " + "x" * (1 << 20) + " */"
    got = follow(source, service, f"CREATE TABLE t (id INT PRIMARY KEY, {comment} v INT)", "INSERT INTO t VALUES (1, 2)",
                 f"ALTER TABLE t {comment} ADD w INT FIRST;", "INSERT INTO t VALUES (3, 4, 5)", "UPDATE t SET w = 6")
    rebuilt(source, got, "t")
    assert [r.names() for r in got if r.operation == "INSERT" and r.table[1] == "t"] == [["id", "v"], ["w", "id", "v"]]
    assert all(comment in r.statement for r in got[:1])


@pytest.mark.parametrize("kind", SERVERS)
def test_timestamps_without_explicit_defaults(kind, service):
    with Server(kind, options=["--explicit-defaults-for-timestamp=OFF"]) as server:
        source = Source(server)
        got = follow(source, service, "SET time_zone = '+00:00'",
                     "CREATE TABLE t (id INT PRIMARY KEY, a TIMESTAMP, b TIMESTAMP, c TIMESTAMP NULL, d TIMESTAMP(3) DEFAULT '2000-01-01 00:00:00')",
                     "INSERT INTO t (id) VALUES (1)", "INSERT INTO t VALUES (2, NULL, NULL, NULL, NULL)", "UPDATE t SET c = '2001-02-03 04:05:06'",
                     "ALTER TABLE t ADD e TIMESTAMP AFTER id, ADD f TIMESTAMP NULL", "UPDATE t SET e = '2010-01-01 00:00:00', id = id + 10",
                     sql_mode="")
        rebuilt(source, got, "t")
