# SPDX-License-Identifier: Apache-2.0
"""The precheck on real servers: a sound one passes, and each fault is named with what mends it."""

import pytest

from tests.support import millrace

GRANTS = ["SELECT", "REPLICATION CLIENT", "REPLICATION SLAVE", "SHOW VIEW"]


def precheck(url, *objects, password="cdcpw"):
    """(exit status, items by id, the whole report)"""
    words = [word for name in objects for word in ("--object", name)]
    done = millrace.run("precheck", url, *words, "--output", "json", check=False, env={"MILLRACE_SOURCE_PASSWORD": password})
    report = done.json()
    return done.code, {item["id"]: item for item in report["items"]}, report


def failed(items):
    return {name for name, item in items.items() if item["level"] == "fail"}


def test_a_sound_source_passes_with_the_four_privileges(source):
    source.sql("FLUSH LOGS", "CREATE TABLE t (id INT PRIMARY KEY)")  # what other tests wrote into the file is not sound
    code, items, report = precheck(source.url(), source.db)
    assert code == 0 and report["passed"] and not failed(items), report
    assert report["account"] == "cdc@%" and report["seen_as"] == "cdc@127.0.0.1"
    assert items["version"]["level"] == "pass" and items["dump"]["level"] == "pass"
    # What the account may not see is said, and is no failure.
    assert items["xa"]["level"] == ("info" if source.name == "mysql-9" else "pass")


@pytest.mark.parametrize("missing", GRANTS)
def test_a_missing_privilege_is_named_with_its_grant(source, missing):
    user = f"lacks_{GRANTS.index(missing)}"
    source.server.create_user(user, "Pw-123456", [g for g in GRANTS if g != missing])
    try:
        source.sql("CREATE TABLE t (id INT PRIMARY KEY)")
        code, items, _ = precheck(source.url(user=user), source.db, password="Pw-123456")
        item = items["privileges"]
        assert item["level"] == ("warn" if missing == "SHOW VIEW" else "fail"), items
        assert missing in item["evidence"] and f"{missing} ON *.* TO '{user}'@'%'" in item["fix"], item
        assert code == (0 if missing == "SHOW VIEW" else 1)
    finally:
        source.server.sql(f"DROP USER {user}@'%'")


def test_the_statement_that_is_shown_mends_it(source):
    user = "to_be_granted"
    source.server.create_user(user, "Pw-123456", [])
    try:
        source.sql("CREATE TABLE t (id INT PRIMARY KEY)")
        code, items, _ = precheck(source.url(user=user), source.db, password="Pw-123456")
        assert code == 1
        source.server.sql(items["privileges"]["fix"])
        code, items, report = precheck(source.url(user=user), source.db, password="Pw-123456")
        assert code == 0, report
    finally:
        source.server.sql(f"DROP USER {user}@'%'")


def test_a_privilege_by_an_active_role_counts(servers):
    for name in ("mariadb-10.11", "mysql-9"):
        server = servers(name)
        server.sql("FLUSH LOGS", "CREATE ROLE tracking", f"GRANT {', '.join(GRANTS)} ON *.* TO tracking")
        server.create_user("by_role", "Pw-123456", [])
        server.sql("GRANT tracking TO by_role@'%'")
        try:
            code, items, _ = precheck(server.url(user="by_role"), password="Pw-123456")
            assert code == 1 and "SET DEFAULT ROLE" in items["privileges"]["fix"], items["privileges"]
            word = "FOR" if name.startswith("mariadb") else "TO"
            server.sql(f"SET DEFAULT ROLE tracking {word} by_role@'%'")
            code, items, _ = precheck(server.url(user="by_role"), password="Pw-123456")
            assert items["privileges"]["level"] == "pass" and items["dump"]["level"] == "pass", items
        finally:
            server.sql("DROP USER by_role@'%'", "DROP ROLE tracking")


def test_a_wrong_password_is_told_with_our_address(source):
    code, items, report = precheck(source.url(), password="wrong-Pw-1")
    assert code == 1 and list(items) == ["connectivity"], report
    assert "password" in items["connectivity"]["why"] and "'cdc'@'" in items["connectivity"]["fix"]
    assert "wrong-Pw-1" not in str(report)


def test_nothing_listening_is_told():
    code, items, _ = precheck("mysql://cdc@127.0.0.1:1")
    assert code == 1 and "listens" in items["connectivity"]["why"], items


@pytest.mark.parametrize("name, option, item", [
    ("mariadb-10.11", "--binlog-format=MIXED", "binlog_format"),
    ("mariadb-10.11", "--binlog-row-image=MINIMAL", "row_image"),
    ("mariadb-10.11", "--binlog-do-db=other", "binlog_filters"),
    ("mysql-5.6", "--binlog-row-image=NOBLOB", "row_image"),
    ("mysql-9", "--server-id=0", "server_id"),
    ("mysql-9", "--binlog-expire-logs-seconds=60", "retention"),
    ("mysql-9", "--skip-log-bin", "binlog_enabled"),
])
def test_a_setting_that_is_wrong_fails_and_can_be_mended(own_server, name, option, item):
    server = own_server(name, options=[option])
    server.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
    code, items, report = precheck(server.url(), "d")
    assert code == 1 and item in failed(items), report
    assert items[item]["evidence"] and items[item]["why"] and items[item]["fix"]


def test_each_missing_object_is_named(source):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY)", "CREATE VIEW v AS SELECT 1 AS one")
    code, items, _ = precheck(source.url(), f"{source.db}.t", f"{source.db}.none", "no_such_db", f"{source.db}.v")
    seen = items["objects"]["evidence"]
    assert code == 1 and f"{source.db}.none" in seen and "no_such_db" in seen and f"{source.db}.v (a view)" in seen
    assert f"{source.db}.t," not in seen


def test_tables_that_need_attention_are_named(source):
    source.sql(
        "CREATE TABLE nokey (a INT)", "CREATE TABLE isam (id INT PRIMARY KEY) ENGINE=MyISAM",
        "CREATE TABLE parent (id INT PRIMARY KEY)",
        "CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)",
    )
    code, items, report = precheck(source.url(), source.db)
    assert code == 0, report
    assert f"{source.db}.nokey" in items["keys"]["evidence"] and f"{source.db}.isam" not in items["keys"]["evidence"]
    assert f"{source.db}.isam (MyISAM)" in items["engines"]["evidence"]
    assert items["cascades"]["level"] == ("pass" if source.name == "mysql-9" else "warn")
    assert f"{source.db}.child" in items["cascades"]["evidence"]


def test_a_file_that_was_removed_by_hand_is_named(own_server):
    server = own_server("mariadb-10.11")
    for _ in range(3):
        server.flush_log()
    server.binlogs()[1].unlink()
    _, items, _ = precheck(server.url())
    assert items["binlog_files"]["level"] == "info" and "bin.000002 is missing" in items["binlog_files"]["evidence"]


def test_a_prepared_xa_transaction_is_warned_of(any_source):
    any_source.sql("CREATE TABLE x (id INT PRIMARY KEY)")
    with any_source.connect() as connection, connection.cursor() as cursor:
        for statement in ("XA START 'p'", "INSERT INTO x VALUES (1)", "XA END 'p'", "XA PREPARE 'p'"):
            cursor.execute(statement)
        try:
            _, items, _ = precheck(any_source.url())
            assert items["xa"]["level"] == "warn" and "1 prepared" in items["xa"]["evidence"], items["xa"]
        finally:
            cursor.execute("XA ROLLBACK 'p'")
