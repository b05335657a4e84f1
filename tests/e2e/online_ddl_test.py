# SPDX-License-Identifier: Apache-2.0
"""Online schema changes: one ALTER TABLE where the cut-over stands, and nothing of what the tools need for it."""

import json
import shutil
import subprocess

import pytest

from tests.servers.server import REPLICATION_PASSWORD
from tests.support import millrace, records
from tests.support.binlog_fixtures import GENERATED
from tests.support.fixtures import SERVERS
from tests.support.millrace import wait_for
from tests.support.online_change import CHANGES, CLAUSES, TABLE, Change, GhOst, Writer
from tests.support.oracle import Rebuilt

OPTIONS = ["--schema-scope", "selected"]
ONE_SERVER = pytest.mark.parametrize("source", ["mariadb-10.11"], indirect=True)
LONG = "b" * 63
# What the tools do is the same on any server; the log's statements differ where these tell of tables that are dropped.
BOTH = {"gh_ost", "pt_osc", "drop_swap", "two_step"}
RUNS = [(server, change) for number, change in enumerate(CHANGES) for turn, server in enumerate(("mariadb-10.11", "mysql-9"))
        if change.__name__ in BOTH or number % 2 == turn]


def start(source, service, name, table="t", options=()):
    source.sql(TABLE.format(t=f"`{table}`"))
    return service.track(source.server, source.db, name=f"{name}-{source.db}", options=[*OPTIONS, *options])


def read(source, task):
    source.finish()
    return records.read(task, records.about(source.fin()))


def ddl(got):
    return [r.statement for r in got if r.operation == "DDL" and "fin" not in r.statement]


def alter(source, clauses=CLAUSES, table="t"):
    return f"ALTER TABLE `{source.db}`.`{table}` {clauses}"


def tables(got):
    return {r.table[1] for r in got if r.operation in records.DML} - {"fin"}


def check_whole(source, got, table="t"):
    """The base's rows, rebuilt from its records alone; all were touched since the last change."""
    Rebuilt().apply(got).compare(source.server, (source.db, table))


@pytest.mark.parametrize("source, change", RUNS, indirect=["source"], ids=lambda value: getattr(value, "__name__", value))
def test_a_change_under_load_is_one_alter(source, service, change):
    task = start(source, service, change.__name__)
    with Writer(source) as writer:
        change(source, writer)
        writer.more(20)
    source.sql("UPDATE t SET touched = touched + 1")
    got = read(source, task)
    assert ddl(got) == [alter(source)]
    assert tables(got) == {"t"}
    check_whole(source, got)
    columns = [r.names() for r in got if r.object == f"{source.db}.t"]
    assert columns[0] == ["id", "v", "n", "touched"] and columns[-1] == ["id", "v", "extra", "n", "touched"]
    cut_over = next(i for i, r in enumerate(got) if r.operation == "DDL")
    assert {len(r.names()) for r in got[:cut_over] if r.operation in records.DML} == {4}


@ONE_SERVER
def test_what_was_swapped_back_is_the_inverse(source, service):
    task = start(source, service, "back")
    change = GhOst(source)
    change.prepare()
    source.sql("INSERT INTO t (v, n) VALUES ('a', 1)")
    change.cut_over()
    source.sql("INSERT INTO t (v, n) VALUES ('b', 2)", "RENAME TABLE t TO _t_gho, _t_del TO t", "INSERT INTO t (v, n) VALUES ('c', 3)")
    got = read(source, task)
    assert len(ddl(got)) == 2 and ddl(got)[0] == alter(source)
    assert ddl(got)[1].startswith(alter(source, "DROP COLUMN `extra`, MODIFY COLUMN `n` INT NULL"))
    assert [len(r.names()) for r in got if r.object == f"{source.db}.t"] == [4, 5, 4]
    assert tables(got) == {"t"}


@ONE_SERVER
def test_an_abandoned_shadow_hides_only_itself(source, service):
    task = start(source, service, "abandoned")
    change = GhOst(source)
    with Writer(source) as writer:
        change.prepare()
        writer.more(5)
        source.sql("ALTER TABLE t ADD own INT")
        writer.more(5)
    source.sql(f"INSERT INTO _t_gho (v, n) VALUES ('x', 1)", "DROP TABLE _t_ghc", "UPDATE t SET touched = touched + 1")
    got = read(source, task)
    assert ddl(got) == ["ALTER TABLE t ADD own INT"] and tables(got) == {"t"}
    check_whole(source, got)


@ONE_SERVER
def test_tables_of_somebody_s_own_may_have_such_names(source, service):
    task = start(source, service, "own")
    made = ["CREATE TABLE _t_new (a INT)", "CREATE TABLE _t_old LIKE t", "CREATE TABLE _x_gho LIKE t", "CREATE TABLE t_new LIKE t"]
    source.sql(*made)
    source.sql("INSERT INTO _t_new VALUES (1)", "INSERT INTO _t_old (v) VALUES ('a')", "INSERT INTO _x_gho (v) VALUES ('a')",
               "INSERT INTO t_new (v) VALUES ('a')", "RENAME TABLE t TO t_gone, _t_new TO t", "INSERT INTO t VALUES (2)")
    source.sql("CREATE TABLE _t_new SELECT * FROM t")
    got = read(source, task)
    assert ddl(got)[:-1] == [*made, "RENAME TABLE t TO t_gone, _t_new TO t"]
    assert [r.table[1] for r in got if r.operation == "INSERT"] == ["_t_new", "_t_old", "_x_gho", "t_new", "t", "_t_new", "_t_new", "fin"]


@ONE_SERVER
def test_a_left_over_that_gets_another_name_is_a_table_like_any(source, service):
    task = start(source, service, "left-over")
    change = GhOst(source)
    change.prepare()
    source.sql("INSERT INTO _t_gho (v, n) VALUES ('hidden', 1)", "RENAME TABLE _t_gho TO t2", "INSERT INTO t2 (v, n) VALUES ('shown', 1)")
    got = read(source, task)
    assert ddl(got) == ["RENAME TABLE _t_gho TO t2"]
    assert [r.table[1] for r in got if r.operation == "INSERT"] == ["t2", "fin"]


@ONE_SERVER
def test_a_start_within_a_change_shows_the_rename(source, service):
    source.sql(TABLE.format(t="t"))
    change = GhOst(source)
    change.prepare()
    task = service.track(source.server, source.db, name=f"within-{source.db}", options=OPTIONS)
    source.sql("INSERT INTO _t_gho (v, n) VALUES ('a', 1)", "RENAME TABLE t TO _t_del, _t_gho TO t", "INSERT INTO t (v, n) VALUES ('b', 2)")
    got = read(source, task)
    assert ddl(got) == ["RENAME TABLE t TO _t_del, _t_gho TO t"] and tables(got) == {"_t_gho", "t"}
    assert {len(r.names()) for r in got if r.operation == "INSERT" and r.object != source.fin()} == {5}


@ONE_SERVER
def test_raw_shows_all_that_a_tool_does(source, service):
    task = start(source, service, "raw", options=["--online-ddl", "raw"])
    change = Change(source)
    change.copy_by_text()
    change.alter()
    change.follow()
    source.sql("INSERT INTO t (v, n) VALUES ('a', 1)")
    change.swap("_t_old")
    source.sql("DROP TABLE _t_old")
    change.unfollow()
    got = read(source, task)
    assert len(ddl(got)) == 10 and tables(got) == {"t", "_t_new"}


@ONE_SERVER
def test_track_folds_as_a_task_does(source, tmp_path):
    source.sql(TABLE.format(t="t"))
    (tmp_path / "password").write_text(REPLICATION_PASSWORD, encoding="utf-8")
    words = ["track", source.url(), "--object", source.db, "--password-file", tmp_path / "password"]
    with subprocess.Popen([millrace.binary(), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as track:
        assert "tracking from" in track.stderr.readline()
        change = GhOst(source)
        change.prepare()
        change.cut_over()
        source.sql("INSERT INTO t (v, n) VALUES ('a', 1)")
        seen = [json.loads(track.stdout.readline()) for _ in range(3)]
        track.terminate()
    assert [r["operation"] for r in seen] == ["DDL", "BEGIN", "INSERT"]
    assert seen[0]["afterImages"] == alter(source) and seen[2]["afterImages"]["extra"] == "new"


@ONE_SERVER
def test_a_helper_that_is_selected_by_its_name_is_shown(source, service):
    source.sql(TABLE.format(t="t"), "CREATE TABLE fin (n INT)")
    task = service.track(source.server, *(f"{source.db}.{t}" for t in ("t", "_t_gho", "fin")), name=f"named-{source.db}",
                         options=[*OPTIONS, "--skip-check", "objects"])
    change = GhOst(source)
    change.prepare()
    source.sql("INSERT INTO _t_gho (v, n) VALUES ('a', 1)")
    change.sql("RENAME TABLE t TO _t_del, _t_gho TO t")
    got = read(source, task)
    assert tables(got) == {"_t_gho"}
    assert [s.split()[0].upper() for s in ddl(got)] == ["DROP", "CREATE", "ALTER", "RENAME"]


@ONE_SERVER
def test_names_that_were_cut_at_64_characters_are_known(source, service):
    task = start(source, service, "long", table=LONG)
    gh_ost = GhOst(source, LONG, f"_{LONG[:59]}_gho", f"_{LONG[:59]}_ghc", f"_{LONG[:59]}_del")
    gh_ost.prepare()
    source.sql(f"INSERT INTO {LONG} (v, n) VALUES ('a', 1)")
    gh_ost.cut_over()
    gh_ost.clean()
    pt_osc = Change(source, LONG, f"_{LONG}", trigger="pt_osc_long", clauses="DROP COLUMN extra")
    pt_osc.copy_by_text()
    pt_osc.alter()
    pt_osc.follow()
    pt_osc.swap(f"__{LONG[:62]}")
    source.sql(f"DROP TABLE __{LONG[:62]}")
    pt_osc.unfollow()
    got = read(source, task)
    assert ddl(got) == [alter(source, table=LONG), alter(source, "DROP COLUMN extra", LONG)]
    assert tables(got) == {LONG}


@pytest.mark.parametrize("source, first", [("mariadb-10.11", "DROP TABLE t"), ("mysql-9", "ALTER TABLE t RENAME TO _t_del")],
                         indirect=["source"])
def test_a_crash_between_two_halves_changes_no_record(source, own_service, first):
    interrupted, calm = own_service(), own_service()
    source.sql(TABLE.format(t="t"))
    tasks = [service.track(source.server, source.db, name=name, options=OPTIONS) for service, name in ((interrupted, "hit"), (calm, "safe"))]
    change = GhOst(source)
    change.prepare()
    source.sql("INSERT INTO t (v, n) VALUES ('a', 1)", "INSERT INTO _t_gho (v, n) VALUES ('a', 1)")
    source.finish()
    hit = tasks[0]
    records.read(hit, records.about(source.fin()))
    size = hit.show()["counters"]["bytes_read"]
    source.sql(first)
    wait_for("the first half is read", lambda: hit.show()["counters"]["bytes_read"] > size + len(first) + 100)
    for _ in range(2):
        interrupted.restart("kill9")
        hit.wait("running")
    source.sql("ALTER TABLE _t_gho RENAME TO t")
    records.read(hit, lambda record: record.operation == "DDL" and record.statement == alter(source))
    interrupted.restart("kill9")  # both halves are behind it now
    source.sql("UPDATE t SET touched = touched + 1")
    source.finish("fin2")
    got, safe = ([*records.read(task, records.about(source.fin("fin2")))] for task in tasks)
    assert records.bodies(got) == records.bodies(safe)
    assert ddl(got) == [alter(source)]


@ONE_SERVER
def test_a_first_half_without_a_second_comes_before_what_is_next(source, own_service):
    service = own_service()
    task = start(source, service, "half")
    GhOst(source).prepare()
    source.sql("CREATE TABLE u (a INT)", "DROP TABLE t")
    service.restart("kill9")
    task.wait("running")
    source.sql("INSERT INTO u VALUES (1)")
    got = read(source, task)
    assert [r.operation for r in got[:4]] == ["DDL", "DDL", "BEGIN", "INSERT"]
    assert ddl(got)[0] == "CREATE TABLE u (a INT)" and ddl(got)[1].startswith("DROP TABLE `t`")


@ONE_SERVER
def test_helpers_are_known_after_a_restart(source, own_service):
    service = own_service()
    task = start(source, service, "again")
    change = GhOst(source)
    change.prepare()
    service.restart("kill9")
    task.wait("running")
    source.sql("INSERT INTO _t_gho (v, n) VALUES ('a', 1)", "INSERT INTO t (v, n) VALUES ('a', 1)")
    change.cut_over()
    service.restart("terminate")
    change.clean()
    got = read(source, task)
    assert ddl(got) == [alter(source)] and tables(got) == {"t"}


@pytest.mark.parametrize(
    "source, method",
    [*((server, "no children") for server in SERVERS), ("mariadb-10.11", "rebuild_constraints"), ("mysql-9", "rebuild_constraints"),
     ("mysql-5.6", "drop_swap")],  # which the tool refuses elsewhere
    indirect=["source"])
def test_pt_online_schema_change_itself(source, service, method):
    """Debian's own. With a child table, whose foreign key it makes anew or leaves to whatever has the name."""
    tool = shutil.which("pt-online-schema-change")
    assert tool, "percona-toolkit is not installed"
    source.sql("CREATE TABLE child (id INT PRIMARY KEY, t INT)")
    task = start(source, service, f"real-{method.replace(' ', '-')}")
    if method != "no children":
        source.sql("ALTER TABLE child ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES t (id)")
    with Writer(source) as writer:
        done = subprocess.run(
            [tool, "--alter", CLAUSES, "--execute", "--no-check-replication-filters", "--recursion-method=none", "--chunk-size=20",
             # The dumps of the other tests' tasks count as running threads.
             "--max-load=Threads_running=10000", "--critical-load=Threads_running=10000", "--charset=utf8", "--null-to-not-null", *([] if method == "no children" else [f"--alter-foreign-keys-method={method}"]),
             f"D={source.db},t=t,S={source.server.socket},u=root"],
            capture_output=True, check=False, timeout=60, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        writer.more(20)
    source.sql("UPDATE t SET touched = touched + 1")
    got = read(source, task)
    statements = ddl(got)
    assert [s for s in statements if "child" not in s] == [alter(source)]
    assert sum("child" in s for s in statements) == {"no children": 0, "rebuild_constraints": 2, "drop_swap": 1}[method]
    assert tables(got) == {"t"}
    check_whole(source, got)


FIXTURES = sorted(p.parent for name in ("ghost_like", "ptosc_like", "ptosc_real") for p in GENERATED.glob(f"*/{name}/input.sql"))


@pytest.mark.skipif(not GENERATED.is_dir(), reason=f"{GENERATED} is not there")
@pytest.mark.parametrize("case", FIXTURES, ids=lambda c: f"{c.parent.name}/{c.name}")
def test_a_recorded_change_is_one_alter(case):
    def decoded(*options):
        return millrace.run("binlog", case / "binlog.000001", *options).lines()

    folded, raw = decoded(), decoded("--online-ddl", "raw")
    after = " after v" if case.name == "ghost_like" else ""
    change = f"ALTER TABLE `fx`.`t` modify n bigint not null default 0, add column extra varchar(30) default 'new'{after}"
    assert [r["afterImages"] for r in folded if r["operation"] == "DDL" and r["afterImages"].startswith("ALTER")] == [change]
    touched = {r["objectName"] for r in folded if r["operation"] in records.DML}
    assert touched <= {"fx.t", "fx.other"} and not any("_t_" in (r["afterImages"] or "") for r in folded if r["operation"] == "DDL")

    def of_base(lines):
        return [(r["objectName"], r["operation"], r["beforeImages"], r["afterImages"]) for r in lines
                if r["operation"] in records.DML and "_t_" not in r["objectName"]]

    assert of_base(folded) == of_base(raw), "rows of the table itself are the same"
    assert len(raw) > len(folded)
