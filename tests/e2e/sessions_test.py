# SPDX-License-Identifier: Apache-2.0
"""What a session of the source may set for itself while a task runs: images, formats, metadata, time."""

import contextlib
import datetime
import json
import threading

import pytest

from tests.support import cells, records
from tests.support.fixtures import SERVERS, Source
from tests.support.millrace import wait_for
from tests.support.oracle import Rebuilt

OPTIONS = ["--schema-scope", "selected"]
EMIT = [*OPTIONS, "--partial-rows", "emit"]


def upto_fin(task, source):
    source.finish()
    return records.read(task, records.about(source.fin()))


def dml(got, *tables):
    return [r for r in got if r.operation in records.DML and (not tables or r.table[1] in tables)]


# Row images


IMAGES = ["CREATE TABLE p (id INT PRIMARY KEY, a INT, b TEXT, c INT DEFAULT 7)",
          "CREATE TABLE u (id INT NOT NULL UNIQUE, a INT, b TEXT, c INT DEFAULT 7)",
          "CREATE TABLE n (id INT, a INT, b TEXT, c INT DEFAULT 7)"]
ALL = {"id", "a", "b", "c"}
# Of each image and table: the columns before and after of an update of `a`, and before of a delete.
WANTED = {"FULL": {t: (ALL, ALL, ALL) for t in "pun"},
          "MINIMAL": {"p": ({"id"}, {"a"}, {"id"}), "u": ({"id"}, {"a"}, {"id"}), "n": (ALL, {"a"}, ALL)},
          "NOBLOB": {"p": (ALL - {"b"}, ALL - {"b"}, ALL - {"b"}), "u": (ALL - {"b"}, ALL - {"b"}, ALL - {"b"}), "n": (ALL, ALL - {"b"}, ALL)}}


def in_image(image):
    """The columns that an image has; one that it lacks is no NULL."""
    return {name for name, (_, item) in image.items() if not isinstance(item, str)}


def test_images_that_lack_columns_say_which(source, service):
    source.sql(*IMAGES)
    task = service.track(source.server, source.db, name=f"images-{source.db}", options=EMIT)
    with contextlib.closing(source.connect()) as session, session.cursor() as cursor:
        for image in ("FULL", "MINIMAL", "NOBLOB", "FULL"):
            cursor.execute(f"SET binlog_row_image = {image}")
            for table in "pun":
                cursor.execute(f"INSERT INTO {table} (id, a, b) VALUES (1, NULL, 'text')")
                cursor.execute(f"UPDATE {table} SET a = 2 WHERE id = 1")
                cursor.execute(f"DELETE FROM {table} WHERE id = 1")
    got = iter(dml(upto_fin(task, source), *"pun"))
    for image in ("FULL", "MINIMAL", "NOBLOB", "FULL"):
        for table in "pun":
            insert, update, delete = next(got), next(got), next(got)
            assert in_image(insert.after) >= {"id", "b"}
            assert insert.after["a"][1] is None, "NULL was given"
            found = tuple(in_image(i) for i in (update.before, update.after, delete.before))
            wanted = WANTED["FULL" if table == "n" and source.name == "mariadb-10.11" else image]  # it leaves those rows whole
            assert found == wanted[table], f"{image} {table}"


def test_an_image_of_one_session_stops_a_task_that_wants_whole_rows(any_source, service):
    source = any_source
    source.sql(*IMAGES, "INSERT INTO p (id) VALUES (1), (2)")
    task = service.track(source.server, source.db, name=f"image-{source.db}", options=OPTIONS)
    source.sql("SET binlog_row_image = MINIMAL", "UPDATE p SET a = 2 WHERE id = 1")
    shown = task.wait("failed")
    assert "binlog_row_image" in shown["reason"] and f"{source.db}.p" in shown["reason"], shown


@pytest.mark.parametrize("source", ["mysql-9", "mariadb-10.11"], indirect=True)
def test_metadata_that_changes_in_mid_stream_changes_no_row(source, service):
    task = service.track(source.server, source.db, name=f"metadata-{source.db}", options=OPTIONS)
    values = ["FULL", "MINIMAL"] if source.name == "mysql-9" else ["FULL", "NO_LOG", "MINIMAL", "NO_LOG"]
    source.sql("CREATE TABLE t (id INT UNSIGNED PRIMARY KEY, y YEAR, e ENUM('a', 'é'), s SET('x', 'y'), v VARCHAR(20) CHARACTER SET latin1, "
               "w VARCHAR(20), g POINT, d DECIMAL(9, 3) UNSIGNED, b BIGINT UNSIGNED)")
    try:
        for n, value in enumerate([*values, *values]):
            source.sql(f"SET GLOBAL binlog_row_metadata = {value}",
                       f"INSERT INTO t VALUES ({n}, 1970 + {n}, 'é', 'x,y', 'é', 'ü', POINT(1, {n}), 1.5, 18446744073709551615)",
                       f"UPDATE t SET y = 2000, e = 'a' WHERE id = {n}")
    finally:
        source.sql("SET GLOBAL binlog_row_metadata = DEFAULT")
    got = upto_fin(task, source)
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
    fields = {json.dumps(r.value["fields"]) for r in dml(got, "t")}
    assert len(fields) == 1 and len({r.tags["metaVersion"] for r in dml(got, "t")}) == 1, fields


@pytest.mark.parametrize("source", ["mariadb-10.11"], indirect=True)
def test_full_metadata_names_the_hidden_hash_of_a_key_that_nobody_told_of(source, service):
    task = service.track(source.server, source.db, name=f"hashes-{source.db}", options=OPTIONS)
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'a')")
    source.sql("SET GLOBAL binlog_row_metadata = FULL")
    try:
        source.sql("SET SESSION sql_log_bin = 0", "ALTER TABLE t ADD COLUMN w TEXT, ADD UNIQUE (v), ADD UNIQUE (w)", "SET SESSION sql_log_bin = 1",
                   "INSERT INTO t VALUES (2, 'b', 'c')", "UPDATE t SET v = concat(v, 'd')")
    finally:
        source.sql("SET GLOBAL binlog_row_metadata = DEFAULT")
    source.sql("UPDATE t SET w = 'e' WHERE id = 1", "ALTER TABLE t ADD COLUMN x BIGINT UNSIGNED", "UPDATE t SET x = id")
    source.sql("CREATE TABLE v (id INT PRIMARY KEY, a TEXT, UNIQUE (a)) WITH SYSTEM VERSIONING", "INSERT INTO v VALUES (1, 'x')")
    got = upto_fin(task, source)
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
    assert dml(got, "t")[-1].names() == ["id", "v", "w", "x"]
    assert dml(got, "v")[-1].names() == ["id", "a", "row_start", "row_end"], "the hash is behind the hidden period"


# Statements instead of rows


def test_a_statement_that_writes_a_selected_table_stops_the_task(source, service):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, v DOUBLE)", "CREATE TABLE other (id INT PRIMARY KEY)")
    task = service.track(source.server, f"{source.db}.t", name=f"statement-{source.db}", options=OPTIONS)
    session = source.connect()
    with contextlib.closing(session), session.cursor() as cursor:
        cursor.execute("SET binlog_format = STATEMENT")
        cursor.execute("INSERT INTO other VALUES (1)")
        source.sql("INSERT INTO t VALUES (1, 1.5)")
        assert [r.after["id"][1]["value"] for r in dml(records.read(task, 3))] == ["1"], "another table's statement is passed over"
        cursor.execute("SET @a = 7")
        cursor.execute("INSERT INTO t VALUES (@a, RAND())")
    shown = task.wait("failed")
    assert "binlog_format" in shown["reason"] and f"{source.db}.t" in shown["reason"] and "INSERT INTO t" in shown["reason"], shown


def test_what_mixed_logs_as_rows_arrives(source, service):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40))")
    task = service.track(source.server, source.db, name=f"mixed-{source.db}", options=OPTIONS)
    source.sql("SET binlog_format = MIXED", "INSERT INTO t VALUES (1, UUID())", "UPDATE t SET v = UUID()")
    Rebuilt().apply(upto_fin(task, source)).compare(source.server, (source.db, "t"))


# Shapes of statements and transactions


def test_ignored_and_loaded_and_selected_rows_arrive(source, service, tmp_path):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40))", "CREATE TABLE copied (id INT PRIMARY KEY, v VARCHAR(40))")
    task = service.track(source.server, source.db, name=f"kinds-{source.db}", options=OPTIONS)
    file = tmp_path / "rows.txt"
    file.write_text("".join(f"{n}\té{n}\n" for n in range(10, 2000)), encoding="utf-8")
    source.sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT IGNORE INTO t VALUES (2, 'x'), (3, 'c'), (1, 'y')")
    local = source.server.value("SELECT @@GLOBAL.local_infile")
    source.sql("SET GLOBAL local_infile = 1")
    source.sql(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE t CHARACTER SET utf8mb4", local_infile=True)
    source.sql(f"SET GLOBAL local_infile = {local}", "INSERT INTO copied SELECT * FROM t", "DELETE FROM t WHERE id % 2")
    got = upto_fin(task, source)
    Rebuilt().apply(got).compare(source.server, (source.db, "t"), (source.db, "copied"))
    assert sum(r.operation == "INSERT" for r in dml(got, "t")) == 3 + 1990


def run(cursor, *statements):
    for statement in statements:
        cursor.execute(statement)


# MySQL 9 refuses such transactions under enforce_gtid_consistency, which is its default.
@pytest.mark.parametrize("source", ["mariadb-10.11", "mysql-5.6"], indirect=True)
def test_engines_that_roll_back_and_that_do_not_in_one_transaction(source, service):
    source.sql("CREATE TABLE i (id INT PRIMARY KEY, v INT) ENGINE=InnoDB", "CREATE TABLE m (id INT PRIMARY KEY, v INT) ENGINE=MyISAM")
    task = service.track(source.server, source.db, name=f"engines-{source.db}", options=OPTIONS)
    with contextlib.closing(source.connect(autocommit=False)) as session, session.cursor() as cursor:
        run(cursor, "INSERT INTO i VALUES (1, 1)", "INSERT INTO m VALUES (1, 1)", "INSERT INTO i VALUES (2, 2)", "UPDATE m SET v = 9", "COMMIT",
            "INSERT INTO m VALUES (2, 2)", "INSERT INTO i VALUES (3, 3)", "ROLLBACK",
            "INSERT INTO i VALUES (4, 4)", "SAVEPOINT Outer_one", "INSERT INTO i VALUES (5, 5)", "INSERT INTO m VALUES (3, 3)",
            "SAVEPOINT inner_one", "INSERT INTO i VALUES (6, 6)", "ROLLBACK TO inner_one", "INSERT INTO m SELECT id + 10, v FROM i",
            "ROLLBACK TO outer_ONE", "INSERT INTO i VALUES (7, 7)", "COMMIT")
        with contextlib.suppress(Exception):
            cursor.execute("INSERT INTO m VALUES (8, 8), (9, 9), (1, 1)")  # the last one is there: the first two stay
        session.commit()
    Rebuilt().apply(upto_fin(task, source)).compare(source.server, (source.db, "i"), (source.db, "m"))


def test_fifty_writers_at_once(source, service):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
    task = service.track(source.server, source.db, name=f"writers-{source.db}", options=OPTIONS)

    def write(n):
        with contextlib.closing(source.connect(autocommit=False)) as session, session.cursor() as cursor:
            for k in range(10):
                run(cursor, f"INSERT INTO t VALUES ({100 * n + 2 * k}, 0), ({100 * n + 2 * k + 1}, 0)", f"UPDATE t SET v = {k} WHERE id = {100 * n + k}")
                session.commit()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = upto_fin(task, source)
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
    assert sum(r.operation == "INSERT" for r in dml(got, "t")) == 1000


# Time


STAMPS = [1, 999_999_999, 2_147_483_647]


@pytest.mark.parametrize("source", [*SERVERS, "mariadb-11.8"], indirect=True)
def test_sessions_with_times_of_their_own(source, service):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, at TIMESTAMP NULL)")
    task = service.track(source.server, source.db, name=f"stamps-{source.db}", options=OPTIONS)
    stamps = [*STAMPS, *([4_294_967_294] if source.name == "mariadb-11.8" else [])]
    source.sql(*(s for n, stamp in enumerate(stamps) for s in (f"SET TIMESTAMP = {stamp}", f"INSERT INTO t (id) VALUES ({n})")))
    source.sql("INSERT INTO t (id) VALUES (100)")
    got = upto_fin(task, source)
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
    if source.name != "mysql-9":  # whose GTID events have the time of the commit
        assert [r.value["sourceTimestamp"] for r in dml(got, "t")][:-1] == stamps
    now = datetime.datetime.now().timestamp()
    assert abs(dml(got, "t")[-1].value["sourceTimestamp"] - now) < 3600
    assert task.state() == "running"


ZONES = [("mariadb-10.11", "+05:30"), ("mysql-9", "-11:00"), ("mysql-5.6", "+05:30")]
NIGHT = 1_698_534_000  # 2023-10-28 23:00 UTC: in Berlin the hour from 2 to 3 comes twice
SPRING = 1_679_786_100  # 2023-03-25 23:15 UTC: that hour is missing


@pytest.mark.parametrize("kind, zone", ZONES)
def test_a_server_in_another_time_zone(own_server, service, kind, zone):
    source = Source(own_server(kind, options=[f"--default-time-zone={zone}"]))
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, ts TIMESTAMP NULL, dt DATETIME, d DATE, ti TIME)")
    task = service.track(source.server, source.db, name=f"zone-{source.server.port}", options=OPTIONS)
    source.sql(*(f"INSERT INTO t VALUES ({n}, FROM_UNIXTIME({NIGHT + 900 * n}), FROM_UNIXTIME({NIGHT + 900 * n}), '2023-10-29', '02:30:00')"
                 for n in range(16)))
    got = upto_fin(task, source)
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
    assert [r.after["ts"][1]["timestamp"] for r in dml(got, "t")] == [NIGHT + 900 * n for n in range(16)]


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_whose_clock_is_set_back_and_forth_by_an_hour(own_server, service, monkeypatch, kind):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    server = own_server(kind)
    monkeypatch.undo()
    assert server.value("SELECT FROM_UNIXTIME(1698454800)").hour == 3, "it knows the zone"
    source = Source(server)
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, ts TIMESTAMP NULL, dt DATETIME)")
    task = service.track(server, source.db, name=f"dst-{server.port}", options=OPTIONS)
    night = [NIGHT + 900 * n for n in range(16)] + [SPRING + 900 * n for n in range(12)]
    source.sql(*(f"INSERT INTO t VALUES ({n}, FROM_UNIXTIME({at}), FROM_UNIXTIME({at}))" for n, at in enumerate(night)))
    got = upto_fin(task, source)
    Rebuilt().apply(got).compare(server, (source.db, "t"))
    hours = [r.after["dt"][1]["hour"] for r in dml(got, "t")]
    assert hours[:16].count(2) == 8 and hours[16:].count(2) == 0, "two o'clock comes twice, and not at all"
    assert [r.after["ts"][1]["timestamp"] for r in dml(got, "t")][16:] == night[16:]
    assert cells.image_cells(dml(got, "t")[0].after)["ts"].endswith("23:00:00.000000")


# Tables that forget


@pytest.mark.parametrize("kind", SERVERS)
def test_a_memory_table_is_empty_after_its_server_restarts(own_server, service, kind):
    server = own_server(kind, options=["--sync-binlog=1"])
    server.sql("CREATE DATABASE d", "CREATE TABLE d.fleeting (id INT PRIMARY KEY) ENGINE=MEMORY", "CREATE TABLE d.fin (n INT)")
    task = service.track(server, "d", name=f"memory-{server.port}", options=OPTIONS)
    server.sql("INSERT INTO d.fleeting VALUES (1), (2)")
    records.read(task, 4)
    server.restart(kill=True)
    server.sql("SELECT * FROM d.fleeting", "INSERT INTO d.fleeting VALUES (3)", "INSERT INTO d.fin VALUES (1)")
    got = records.read(task, records.about("d.fin"))
    emptied = [n for n, r in enumerate(got) if r.operation == "DDL"]
    assert len(emptied) == 1 and "fleeting" in got[emptied[0]].statement, got
    rebuilt = Rebuilt().apply(got[: emptied[0]])
    rebuilt.forget(("d", "fleeting"))
    rebuilt.apply(got[emptied[0] + 1:]).compare(server, ("d", "fleeting"))
    wait_for("it goes on", lambda: task.state() == "running")
