# SPDX-License-Identifier: Apache-2.0
"""What a task tracks: databases, tables, data types and the scope of schema updates."""

from tests.support import records
from tests.support.oracle import Rebuilt

OPTIONS = ["--schema-scope", "selected"]


def dml_objects(got):
    return {r.object for r in got if r.operation in records.DML}


def statements(got):
    return [r.statement for r in got if r.operation == "DDL"]


def test_a_database_includes_tables_created_later(source, service):
    task = service.track(source.server, source.db, name=f"sel-{source.db}", options=OPTIONS)
    source.sql("CREATE TABLE later (id INT PRIMARY KEY, v INT)", "INSERT INTO later VALUES (1, 1)")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    Rebuilt().apply(got).compare(source.server, (source.db, "later"))


def test_other_databases_are_left_out(source, service):
    source.server.sql(f"CREATE DATABASE {source.db}_x", f"CREATE TABLE {source.db}_x.t (id INT)")
    source.sql("CREATE TABLE t (id INT)")
    task = service.track(source.server, source.db, name=f"sel-{source.db}", options=OPTIONS)
    source.server.sql(f"INSERT INTO {source.db}_x.t VALUES (1)", f"ALTER TABLE {source.db}_x.t ADD COLUMN v INT")
    source.sql("INSERT INTO t VALUES (1)")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert dml_objects(got) == {f"{source.db}.t", source.fin()}
    assert not any(f"{source.db}_x" in text for text in statements(got))
    source.server.sql(f"DROP DATABASE {source.db}_x")


def test_a_selected_table_excludes_the_others_of_its_database(source, service):
    source.sql("CREATE TABLE a (id INT)", "CREATE TABLE b (id INT)", "CREATE TABLE fin (n INT)")
    task = service.track(source.server, f"{source.db}.a", f"{source.db}.fin", name=f"sel-{source.db}", options=OPTIONS)
    source.sql("INSERT INTO a VALUES (1)", "INSERT INTO b VALUES (1)", "CREATE TABLE c (id INT)", "INSERT INTO c VALUES (1)")
    with source.connect(autocommit=False) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO b VALUES (2)")
        cursor.execute("INSERT INTO a VALUES (2)")
        connection.commit()
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert dml_objects(got) == {f"{source.db}.a", source.fin()}
    assert [r.operation for r in got] == ["BEGIN", "INSERT", "COMMIT"] * 3


def test_transactions_without_a_selected_row_leave_no_trace(source, service):
    source.sql("CREATE TABLE a (id INT)", "CREATE TABLE b (id INT)", "CREATE TABLE fin (n INT)")
    task = service.track(source.server, f"{source.db}.a", f"{source.db}.fin", name=f"sel-{source.db}", options=OPTIONS)
    source.sql("INSERT INTO b VALUES (1)", "INSERT INTO b VALUES (2)")
    source.finish()
    assert len(records.read(task, records.about(source.fin()))) == 3


def test_schema_updates_alone(source, service):
    source.sql("CREATE TABLE t (id INT)")
    task = service.track(source.server, source.db, name=f"sel-{source.db}", options=[*OPTIONS, "--data-types", "schema"])
    source.sql("INSERT INTO t VALUES (1)", "ALTER TABLE t ADD COLUMN v INT", "INSERT INTO t VALUES (2, 2)", "CREATE TABLE last (id INT)")
    got = records.read(task, lambda r: r.operation == "DDL" and "last" in r.statement)
    assert [r.operation for r in got] == ["DDL", "DDL"]


def test_data_updates_alone_still_follow_the_definition(source, service):
    source.sql("CREATE TABLE t (id INT)")
    task = service.track(source.server, source.db, name=f"sel-{source.db}", options=["--data-types", "data"])
    source.sql("INSERT INTO t VALUES (1)", "ALTER TABLE t ADD COLUMN v INT", "INSERT INTO t VALUES (2, 2)")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert not statements(got)
    assert [r.names() for r in got if r.object == f"{source.db}.t"] == [["id"], ["id", "v"]]


def test_the_instance_s_schema_updates_come_by_default(source, service):
    source.sql("CREATE TABLE t (id INT)")
    task = service.track(source.server, f"{source.db}.t", name=f"sel-{source.db}")
    source.server.sql(f"CREATE DATABASE {source.db}_y", f"CREATE TABLE {source.db}_y.t (id INT)", f"INSERT INTO {source.db}_y.t VALUES (1)",
                      f"DROP DATABASE {source.db}_y")
    source.sql("INSERT INTO t VALUES (1)")
    got = records.read(task, records.about(f"{source.db}.t"))
    mine = [text for text in statements(got) if f"{source.db}_y" in text]
    assert len(mine) == 3, mine
    assert dml_objects(got) == {f"{source.db}.t"}


def test_statements_about_accounts_never_come(source, service):
    task = service.track(source.server, source.db, name=f"sel-{source.db}")
    source.server.sql(f"CREATE USER u{source.db}@'%' IDENTIFIED BY 'Secret-0815'", f"GRANT SELECT ON {source.db}.* TO u{source.db}@'%'",
                      f"DROP USER u{source.db}@'%'")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert not any(word in text.upper() for text in statements(got) for word in ("USER", "GRANT", "SECRET"))


def test_temporary_tables_leave_no_record(source, service):
    task = service.track(source.server, source.db, name=f"sel-{source.db}", options=OPTIONS)
    source.sql("CREATE TEMPORARY TABLE tmp (id INT)", "INSERT INTO tmp VALUES (1)", "DROP TEMPORARY TABLE tmp")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    assert not any("tmp" in text for text in statements(got)) and dml_objects(got) == {source.fin()}


def test_two_tasks_on_one_source_do_not_disturb_each_other(source, service):
    source.sql("CREATE TABLE a (id INT)", "CREATE TABLE b (id INT)", "CREATE TABLE fin (n INT)")
    one = service.track(source.server, f"{source.db}.a", f"{source.db}.fin", name=f"one-{source.db}", options=OPTIONS)
    two = service.track(source.server, f"{source.db}.b", f"{source.db}.fin", name=f"two-{source.db}", options=OPTIONS)
    for n in range(50):
        source.sql(f"INSERT INTO {'ab'[n % 2]} VALUES ({n})")
    source.finish()
    seen = [dml_objects(records.read(task, records.about(source.fin()))) for task in (one, two)]
    assert seen == [{f"{source.db}.a", source.fin()}, {f"{source.db}.b", source.fin()}]
