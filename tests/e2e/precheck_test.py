# SPDX-License-Identifier: Apache-2.0
"""The precheck on real servers: a sound one passes, and each fault is named with what mends it."""

import pytest

from tests.support import millrace
from tests.support.fixtures import started_once

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


def statements(fix):
    """What can be run of a fix: its lines that end with a semicolon, a remark apart."""
    lines = [line.split("   -- ")[0].strip() for line in fix.splitlines()]
    return [line.rstrip(";") for line in lines if line.endswith(";")]


def test_the_grant_that_is_shown_mends_it(source):
    user = "to_be_granted"
    source.server.create_user(user, "Pw-123456", [])
    try:
        source.sql("CREATE TABLE t (id INT PRIMARY KEY)")
        code, items, _ = precheck(source.url(user=user), source.db, password="Pw-123456")
        assert code == 1
        source.server.sql(*statements(items["privileges"]["fix"]))
        code, items, report = precheck(source.url(user=user), source.db, password="Pw-123456")
        assert code == 0, report
    finally:
        source.server.sql(f"DROP USER {user}@'%'")


@pytest.fixture(scope="module")
def spoiled():
    """spoiled(name): a server for this file alone, whose settings are changed while it runs."""
    yield from started_once()


MYSQL_AND_MARIADB = ["mysql-9", "mysql-5.6", "mariadb-10.11"]
TABLES = ["DROP DATABASE IF EXISTS d", "CREATE DATABASE d"]
# What spoils each item, on which servers, and the level that it is found at.
SPOILT = [
    ("binlog_format", "fail", MYSQL_AND_MARIADB, ["SET GLOBAL binlog_format = 'MIXED'"]),
    ("row_image", "fail", MYSQL_AND_MARIADB, ["SET GLOBAL binlog_row_image = 'MINIMAL'"]),
    ("checksum", "warn", MYSQL_AND_MARIADB, ["SET GLOBAL binlog_checksum = 'NONE'"]),
    ("durability", "warn", MYSQL_AND_MARIADB, ["SET GLOBAL sync_binlog = 0", "SET GLOBAL innodb_flush_log_at_trx_commit = 2"]),
    ("server_id", "fail", ["mysql-9", "mysql-5.6"], ["SET GLOBAL server_id = 0"]),
    ("retention", "fail", ["mysql-9", "mariadb-10.11"], ["SET GLOBAL binlog_expire_logs_seconds = 600"]),
    ("retention", "warn", ["mysql-5.6"], ["SET GLOBAL expire_logs_days = 1"]),
    ("row_metadata", "info", ["mysql-9"], ["SET GLOBAL binlog_row_metadata = 'MINIMAL'"]),
    ("row_metadata", "info", ["mariadb-10.11"], ["SET GLOBAL binlog_row_metadata = 'NO_LOG'"]),
    ("row_value_options", "warn", ["mysql-9"], ["SET GLOBAL binlog_row_value_options = 'PARTIAL_JSON'"]),
    ("gtid", "warn", ["mysql-9"], [f"SET GLOBAL gtid_mode = '{mode}'" for mode in ("ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF")]
     + ["SET GLOBAL enforce_gtid_consistency = 'OFF'"]),
    ("engines", "warn", MYSQL_AND_MARIADB, ["CREATE TABLE d.isam (id INT PRIMARY KEY) ENGINE=MyISAM"]),
    ("keys", "warn", MYSQL_AND_MARIADB, ["CREATE TABLE d.nokey (a INT)", "INSERT INTO d.nokey VALUES (1), (1)"]),
    ("special", "info", ["mariadb-10.11"], ["SET GLOBAL mysql56_temporal_format = OFF",
                                            "CREATE TABLE d.old (id INT PRIMARY KEY, at DATETIME(3))",
                                            "SET GLOBAL mysql56_temporal_format = ON"]),
]


@pytest.mark.parametrize("name", MYSQL_AND_MARIADB)
def test_the_statement_that_is_shown_mends_it(spoiled, name):
    server = spoiled(name)
    rows = [row for row in SPOILT if name in row[2]]
    server.sql(*TABLES, *[statement for row in rows for statement in row[3]])
    code, items, report = precheck(server.url(), "d")
    assert code == 1, report
    for item, level, _, _ in rows:
        assert items[item]["level"] == level, items[item]
        assert statements(items[item]["fix"]), items[item]
    server.sql(*[statement for item, *_ in rows for statement in statements(items[item]["fix"])])
    code, items, report = precheck(server.url(), "d")
    assert code == 0, report
    for item, *_ in rows:
        assert items[item]["level"] == "pass", items[item]


def options_of(fix):
    """The settings of a fix that are for my.cnf, as arguments of the daemon."""
    settings = [line.split("   ")[0] for line in fix.splitlines() if " = " in line and not line.startswith("SET ")]
    return ["--" + line.replace(" = ", "=").replace("_", "-") for line in settings]


def test_the_restart_that_is_shown_mends_it(own_server):
    server = own_server("mysql-5.6", log_bin=False)
    server.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
    code, items, report = precheck(server.url(), "d")
    assert code == 1 and failed(items) == {"binlog_enabled"}, report
    enable = options_of(items["binlog_enabled"]["fix"])
    assert "--binlog-format=ROW" in enable, items["binlog_enabled"]
    server.restart(enable, kill=True)
    code, items, report = precheck(server.url(), "d")
    assert code == 0 and items["binlog_enabled"]["level"] == "pass", report
    server.sql("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_USER = 'nobody'")
    code, items, report = precheck(server.url(), "d")
    assert code == 1 and failed(items) == {"replica"}, report
    gtids = options_of(items["gtid"]["fix"])
    assert items["gtid"]["level"] == "warn" and "--gtid-mode=ON" in gtids, items["gtid"]
    server.restart([*options_of(items["replica"]["fix"].split(", or ")[0]), *gtids, "--skip-slave-start"], kill=True)
    code, items, report = precheck(server.url(), "d")
    assert code == 0 and items["replica"]["level"] == items["gtid"]["level"] == "pass", report


def test_a_filter_that_is_removed_is_found_no_more(own_server):
    server = own_server("mariadb-10.11", options=["--binlog-do-db=other"])
    server.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
    code, items, report = precheck(server.url(), "d")
    assert code == 1 and failed(items) == {"binlog_filters"}, report
    assert "Remove binlog_do_db" in items["binlog_filters"]["fix"]
    server.arguments.remove("--binlog-do-db=other")
    server.restart(kill=True)
    code, items, report = precheck(server.url(), "d")
    assert code == 0 and items["binlog_filters"]["level"] == "pass", report


def test_what_needs_more_privileges_is_skipped_and_seen_with_them(spoiled):
    for name in MYSQL_AND_MARIADB:
        server = spoiled(name)
        server.create_user("sees_more", "Pw-123456", [*GRANTS, "PROCESS", "TRIGGER", "EVENT"])
        server.sql("DROP DATABASE IF EXISTS more", "CREATE DATABASE more", "CREATE TABLE more.t (id INT PRIMARY KEY)",
                   "CREATE TRIGGER more.g BEFORE INSERT ON more.t FOR EACH ROW SET NEW.id = NEW.id")
        _, items, _ = precheck(server.url(), "more")
        assert items["long_transactions"]["level"] == items["triggers"]["level"] == "skip", items
        _, items, _ = precheck(server.url(user="sees_more"), "more", password="Pw-123456")
        assert items["long_transactions"]["level"] == "pass", items["long_transactions"]
        assert items["triggers"]["evidence"] == "1 triggers, 0 events", items["triggers"]
        assert items["log_bypass"]["level"] == "info", items["log_bypass"]
        assert server.sql(*statements(items["log_bypass"]["fix"])), "the accounts can be listed with what is shown"


def test_every_address_of_a_task_is_checked_and_differences_are_named(spoiled, servers, service):
    first, second = servers("mariadb-10.11"), spoiled("mariadb-10.11")
    dead = "mysql://cdc@127.0.0.1:1"
    second.sql("SET GLOBAL binlog_row_image = 'MINIMAL'", "SET GLOBAL binlog_row_metadata = 'FULL'")
    first.sql("CREATE DATABASE IF NOT EXISTS everywhere")
    service.create("two", dead, ["everywhere"], options=["--source", first.url(), "--source", second.url(), "--no-start"])
    try:
        items = millrace.Task(service, "two").wait("ready")["precheck"]["items"]
        found = {(item["id"], item["source"]): item for item in items}
        here, there = (f"127.0.0.1:{server.port}" for server in (first, second))
        assert items[0]["source"] == here and found["row_image", here]["level"] == "pass", items
        for name, address in (("connectivity", "127.0.0.1:1"), ("row_image", there), ("objects", there)):
            assert found[name, address]["level"] == "warn" and "cannot take over" in found[name, address]["why"], items
        differ = found["addresses", ""]
        assert differ["level"] == "warn", differ
        for part in (f"binlog_row_image: FULL at {here}, MINIMAL at {there}", f"binlog_row_metadata: NO_LOG at {here}, FULL at {there}"):
            assert part in differ["evidence"], differ
        second.sql(*statements(differ["fix"]))
        second.sql("CREATE DATABASE everywhere")
        service.cli("task", "precheck", "two")
        items = millrace.Task(service, "two").show()["precheck"]["items"]
        assert [item["id"] for item in items if item["source"] == there] == [], items
        assert items[-1]["id"] == "addresses" and items[-1]["level"] == "pass", items[-1]
    finally:
        second.sql("SET GLOBAL binlog_row_image = 'FULL'", "DROP DATABASE IF EXISTS everywhere")
        first.sql("DROP DATABASE everywhere")


def test_a_place_that_was_purged_is_foreseen(spoiled, service):
    for name in MYSQL_AND_MARIADB:
        server = spoiled(name)
        server.sql("CREATE DATABASE IF NOT EXISTS purged")
        task = service.track(server, "purged")
        server.sql("CREATE TABLE purged.t (id INT PRIMARY KEY)", "INSERT INTO purged.t VALUES (1)")
        task.pause()
        task.precheck()
        levels = {item["id"]: item["level"] for item in task.show()["precheck"]["items"]}
        assert levels["place"] == levels["identity"] == "pass", levels
        server.sql("INSERT INTO purged.t VALUES (2)")
        server.purge_log()
        assert task.precheck(check=False).code == 1
        items = {item["id"]: item for item in task.show()["precheck"]["items"]}
        assert items["place"]["level"] == "fail", items["place"]
        assert "--accept-gap" in items["place"]["fix"]
        server.sql("DROP DATABASE purged")


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
    server.sql(*statements(items["binlog_files"]["fix"]))
    _, items, _ = precheck(server.url())
    assert items["binlog_files"]["level"] == "pass", items["binlog_files"]


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
