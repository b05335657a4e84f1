# SPDX-License-Identifier: Apache-2.0
"""Where a task begins: now, at the oldest there is, at a place, after a set of GTIDs, at a time."""

import datetime
import json
import re
import subprocess
import time

import pytest

from tests.servers import Server
from tests.servers.server import REPLICATION_PASSWORD
from tests.support import millrace, records
from tests.support.fixtures import SERVERS

OPTIONS = ["--schema-scope", "selected", "--data-types", "data"]


class Past:
    """A server of the test's own whose log has three files, a row a transaction, and what was noted before each."""

    def __init__(self, server):
        self.server = server
        self.notes = []
        server.sql("CREATE DATABASE past", "CREATE TABLE past.t (id INT PRIMARY KEY, v VARCHAR(20))")
        for n in range(6):
            if n % 2 == 0:
                server.flush_log()
            self.notes.append(self.note())
            server.sql(f"INSERT INTO past.t VALUES ({n}, 'é{n}')")

    def note(self):
        """(file, offset, GTIDs, time) between two transactions."""
        file, offset = self.server.position()[:2]
        if self.server.name.startswith("mariadb"):
            gtids = self.server.value(f"SELECT BINLOG_GTID_POS('{file}', {offset})")
        elif self.server.value("SELECT @@global.gtid_mode") == "ON":
            gtids = re.sub(r"\s", "", self.server.value("SELECT @@global.gtid_executed"))
        else:
            gtids = None
        time.sleep(1.1)  # where the log has whole seconds
        return file, int(offset), gtids, datetime.datetime.now(datetime.timezone.utc).isoformat()


@pytest.fixture(scope="module", params=SERVERS)
def past(request):
    with Server(request.param) as server:
        yield Past(server)


def ids(service, past, name, start, options=()):
    """The ids of the rows that a task from this start has, in order, up to a last one written now."""
    task = service.track(past.server, "past", name=name, options=[*OPTIONS, "--from", start, *options])
    table = "fin_" + re.sub(r"\W", "_", name)
    past.server.sql(f"CREATE TABLE past.{table} (n INT)", f"INSERT INTO past.{table} VALUES (1)")
    got = records.read(task, records.about(f"past.{table}"))
    return [r.after["id"][1]["value"] for r in got if r.operation == "INSERT" and r.table == ("past", "t")]


def test_latest_gives_nothing_of_before(past, own_service):
    assert ids(own_service(), past, "latest", "latest") == []


def test_earliest_gives_all_that_the_log_has(past, own_service):
    assert ids(own_service(), past, "earliest", "earliest") == list("012345")


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_file_and_offset(past, own_service, n):
    file, offset, _, _ = past.notes[n]
    assert ids(own_service(), past, f"file{n}", f"{file}:{offset}") == list("012345")[n:]


def test_the_beginning_of_a_file(past, own_service):
    assert ids(own_service(), past, "begin", f"{past.notes[2][0]}:4") == list("2345")


@pytest.mark.parametrize("n", [0, 3, 5])
def test_a_time(past, own_service, n):
    assert ids(own_service(), past, f"time{n}", past.notes[n][3]) == list("012345")[n:]


def test_a_time_after_everything(past, own_service):
    service = own_service()
    assert ids(service, past, "later", "2100-01-01T00:00:00Z") == []


@pytest.mark.parametrize("n", [0, 3, 4])
def test_gtids(past, own_service, n):
    gtids = past.notes[n][2]
    if gtids is None:
        done = own_service().create("nogtid", past.server.url(), ["past"], check=False,
                                    options=["--from", "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5"])
        assert done.code == 1 and "gtid_mode" in done.err, done
        return
    assert ids(own_service(), past, f"gtid{n}", gtids) == list("012345")[n:]


def test_the_started_task_resumes_like_any(past, own_service):
    service = own_service()
    file, offset, _, _ = past.notes[1]
    task = service.track(past.server, "past", name="resumed", options=[*OPTIONS, "--from", f"{file}:{offset}"])
    records.read(task, 3)
    service.restart("kill9")
    task.wait("running")
    past.server.sql("CREATE TABLE past.fin_resumed (n INT)", "INSERT INTO past.fin_resumed VALUES (1)")
    got = records.read(task, records.about("past.fin_resumed"))
    rows = [r.after["id"][1]["value"] for r in got if r.operation == "INSERT" and r.table == ("past", "t")]
    assert rows == list("12345")


def failed(service, past, start, options=()):
    service.create("refused", past.server.url(), ["past"], options=[*OPTIONS, "--from", start, *options], check=False)
    return millrace.Task(service, "refused").wait("failed", "precheck_failed")


def test_the_middle_of_a_transaction_is_refused_with_the_place_before_it(past, own_service):
    file, offset, _, _ = past.notes[3]
    shown = failed(own_service(), past, f"{file}:{offset + 1}")
    assert f"{file}:{offset}" in str(shown), shown


def test_a_file_that_is_not_there_is_refused_with_those_that_are(past, own_service):
    shown = failed(own_service(), past, "nothing.000001:4")
    assert past.notes[-1][0] in str(shown), shown


def test_track_begins_there_too(past, tmp_path):
    file, offset, _, _ = past.notes[4]
    (tmp_path / "password").write_text(REPLICATION_PASSWORD, encoding="utf-8")
    words = ["track", past.server.url(), "--object", "past.t", "--from", f"{file}:{offset}", "--password-file", tmp_path / "password"]
    with subprocess.Popen([millrace.binary(), *map(str, words)], stdout=subprocess.PIPE, text=True) as track:
        ids_seen = [json.loads(line)["afterImages"]["id"] for line in (track.stdout.readline() for _ in range(6)) if "INSERT" in line]
        track.terminate()
    assert ids_seen == [4, 5]


# Definitions as of the start

CHANGED = ["CREATE TABLE {db}.a (id INT PRIMARY KEY, v INT)", "CREATE TABLE {db}.b (id INT PRIMARY KEY, v INT)",
           "INSERT INTO {db}.a VALUES (1, 2)", "INSERT INTO {db}.b VALUES (1, 2)",
           "ALTER TABLE {db}.a ADD w VARCHAR(10) FIRST", "INSERT INTO {db}.a VALUES ('x', 2, 3)"]


def test_a_table_that_was_changed_since_needs_its_old_definition(past, own_service, tmp_path):
    server, db = past.server, "changed"
    server.sql(f"DROP DATABASE IF EXISTS {db}", f"CREATE DATABASE {db}", *(s.format(db=db) for s in CHANGED[:2]))
    file, offset = server.position()[:2]
    server.sql(*(s.format(db=db) for s in CHANGED[2:]))
    service = own_service()
    service.create("refused", server.url(), [db], options=[*OPTIONS, "--from", f"{file}:{offset}"], check=False)
    shown = str(millrace.Task(service, "refused").wait("failed"))
    assert f"{db}.a" in shown and "ALTER TABLE" in shown and "--schema" in shown and "INSERT" not in shown, shown

    schema = tmp_path / "schema.sql"
    schema.write_text(f"CREATE DATABASE {db};\n" + CHANGED[0].format(db=db) + ";\n", encoding="utf-8")
    task = service.track(server, db, name="given", options=[*OPTIONS, "--from", f"{file}:{offset}", "--schema", schema])
    got = records.read(task, 9)
    rows = [(r.table[1], r.names()) for r in got if r.operation == "INSERT"]
    assert rows == [("a", ["id", "v"]), ("b", ["id", "v"]), ("a", ["w", "id", "v"])]


def test_a_table_that_was_made_since_needs_nothing(past, own_service):
    server, db = past.server, "made"
    server.sql(f"DROP DATABASE IF EXISTS {db}")
    file, offset = server.position()[:2]
    server.sql(f"CREATE DATABASE {db}", *(s.format(db=db) for s in CHANGED))
    task = own_service().track(server, db, name="made", options=[*OPTIONS, "--from", f"{file}:{offset}"])
    got = records.read(task, 9)
    assert [r.names() for r in got if r.operation == "INSERT"] == [["id", "v"], ["id", "v"], ["w", "id", "v"]]


def test_full_metadata_tells_the_old_definition(past, own_service):
    server, db = past.server, "full"
    if server.name == "mysql-5.6":
        assert not server.sql("SHOW VARIABLES LIKE 'binlog_row_metadata'"), "that version has none"
        return
    server.sql("SET GLOBAL binlog_row_metadata = 'FULL'")
    server.sql(f"DROP DATABASE IF EXISTS {db}", f"CREATE DATABASE {db}", *(s.format(db=db) for s in CHANGED[:2]))
    file, offset = server.position()[:2]
    server.sql(*(s.format(db=db) for s in CHANGED[2:]))
    server.sql("SET GLOBAL binlog_row_metadata = DEFAULT")
    task = own_service().track(server, db, name="full", options=[*OPTIONS, "--from", f"{file}:{offset}"])
    got = records.read(task, 9)
    assert [r.names() for r in got if r.operation == "INSERT"] == [["id", "v"], ["id", "v"], ["w", "id", "v"]]
