# SPDX-License-Identifier: Apache-2.0
"""A server dies and another goes on: nothing lost, nothing twice; and where it cannot, the task says what is missing."""

import contextlib

import pymysql
import pytest

from tests.support import records
from tests.support.load import TABLES, Load
from tests.support.millrace import Task, wait_for
from tests.support.oracle import Rebuilt
from tests.support.proxy import Proxy
from tests.support.replication import Pair

OPTIONS = ["--schema-scope", "selected"]
KINDS = ["mysql-9", "mariadb-10.11"]


@pytest.fixture(params=KINDS)
def pair(request):
    made = Pair(request.param)
    made.primary.sql("CREATE DATABASE d", "CREATE TABLE d.fin (n INT)")
    made.primary.sql(*TABLES, database="d")
    made.catch_up()
    yield made
    made.close()


@pytest.fixture
def address(pair):
    made = Proxy(pair.primary)
    yield made
    made.close()


@pytest.fixture
def task(pair, address, own_service):
    """A task at an address that may lead to another server, which has read one row and stands behind it."""
    service = own_service()
    task = track(service, [address.url()])
    pair.primary.sql("INSERT INTO d.u (id, f) VALUES (1, 0.5)")
    records.read(task, records.about("d.u"))
    return task


def track(service, urls):
    more = [word for url in urls[1:] for word in ("--source", url)]
    service.create("moves", urls[0], ["d"], options=["--topic", "moves", *more, *OPTIONS])
    task = Task(service, "moves")
    task.wait("running")
    task.group()
    return task


def uuid_or_id(server, name):
    return server.value("SELECT @@server_uuid" if name.startswith("mysql") else "SELECT @@server_id")


def ids(got):
    return [int(r.after["id"][1]["value"]) for r in got if r.operation == "INSERT" and r.object == "d.u"]


def each_once(got):
    gtids = [r.tags["GTID"] for r in got if r.operation == "BEGIN"]
    assert len(set(gtids)) == len(gtids), "a transaction came twice"
    return gtids


def test_the_second_source_goes_on_when_the_first_is_killed_under_load(pair, address, own_service):
    service = own_service()
    task = track(service, [address.url(), pair.replica.url()])
    load = Load(lambda: pair.primary.connect("d", autocommit=False), ddl=0.05)
    with contextlib.suppress(pymysql.err.Error), load:
        load.more(40)
        # What the task has read, the replica must have: a server that is killed takes with it what nobody received.
        address.freeze()
        have = pair.gtids(pair.primary)
        wait_for("the replica is where the task is at most", lambda: covers(pair, have))
        load.more(10)
        pair.primary.kill()
        address.point()
        load.thread.join()
    pair.promote()
    wait_for("the task goes on at the replica", lambda: task.show()["source"].startswith(pair.replica.url()))
    service.restart("kill9")
    with Load(lambda: pair.replica.connect("d", autocommit=False), seed=2, ddl=0) as load:
        load.more(20)
        service.restart("kill9")
        load.more(20)
    pair.replica.sql("INSERT INTO d.fin VALUES (1)")
    got = records.read(task, records.about("d.fin"))
    Rebuilt().apply(got).compare(pair.replica, ("d", "t"), ("d", "u"))
    each_once(got)
    shown = task.show()
    assert [url.split("?")[0] for url in shown["sources"]] == [address.url(), pair.replica.url()] and shown["accepted"] == []
    assert str(uuid_or_id(pair.replica, pair.name)) in map(str, shown["server"].values())


def covers(pair, gtids):
    if pair.name.startswith("mysql"):
        return pair.replica.value(f"SELECT GTID_SUBSET('{gtids}', @@GLOBAL.gtid_executed)") == 1
    there, wanted = pair.gtids(pair.replica), gtids
    return there and int(there.rsplit("-", 1)[1]) >= int(wanted.rsplit("-", 1)[1])


def test_a_server_that_lacks_what_was_read_diverges_and_a_person_decides(pair, address, task):
    pair.stop_following()
    pair.primary.sql("INSERT INTO d.u (id, f) VALUES (2, 0.5)")
    records.read(task, lambda r: ids([r]) == [2])
    lost = pair.gtids(pair.primary).rsplit("-" if pair.name.startswith("mariadb") else ":", 1)[1].rsplit("-", 1)[-1]
    address.point(pair.replica)
    reason = task.wait("failed")["reason"]
    assert reason.startswith("diverged") and f"{lost}. " in reason and "--from P --accept-gap" in reason
    assert str(uuid_or_id(pair.replica, pair.name)) in reason and str(uuid_or_id(pair.primary, pair.name)) in reason
    pair.replica.sql("INSERT INTO d.u (id, f) VALUES (3, 0.5)")
    if pair.name.startswith("mysql"):
        assert "--accept-server" in reason
        task.start("--accept-server", "--reason", "the first is lost")
        event = "server"
    else:
        task.start("--from", "latest", "--accept-gap", check=False)
        assert "--accept-server" in task.wait("failed")["reason"]
        task.start("--from", "latest", "--accept-gap", "--accept-server", "--reason", "the first is lost")
        event = "gap"
    pair.replica.sql("INSERT INTO d.u (id, f) VALUES (4, 0.5)", "INSERT INTO d.fin VALUES (1)")
    got = records.read(task, records.about("d.fin"), heartbeats=True)
    assert ids(got) == ([1, 2, 3, 4] if event == "server" else [1, 2, 4])
    (marker,) = [r.tags for r in got if "millrace.event" in r.tags]
    assert marker["millrace.event"] == event and marker["millrace.reason"] == "the first is lost"
    # From then on it is the task's server.
    task.service.restart("kill9")
    pair.replica.sql("INSERT INTO d.u (id, f) VALUES (5, 0.5)")
    assert ids(records.read(task, lambda r: ids([r]) == [5]))[-2:] == [4, 5]


def test_a_server_that_is_behind_and_catches_up_goes_on(pair, address, task):
    """Told apart from one that will never have it: nothing fails while the replica applies what it received."""
    pair.stop_following()
    pair.primary.sql("INSERT INTO d.u (id, f) VALUES (2, 0.5)")
    records.read(task, lambda r: ids([r]) == [2])
    address.point(pair.replica)
    wait_for("the task is told", lambda: "lacks" in (task.show()["last_error"] or {"what": ""})["what"])
    pair.replica.sql("START REPLICA" if pair.name.startswith("mysql") else "START SLAVE")
    pair.primary.sql("INSERT INTO d.u (id, f) VALUES (3, 0.5)")
    assert ids(records.read(task, lambda r: ids([r]) == [3])) == [1, 2, 3]


def test_what_the_second_server_has_purged_and_nobody_read_is_named(pair, address, task):
    task.pause()
    task.wait("paused")
    pair.primary.sql("INSERT INTO d.u (id, f) VALUES (2, 0.5)")
    missing = pair.gtids(pair.primary)
    pair.catch_up()
    pair.replica.purge_log()
    address.point(pair.replica)
    task.start(check=False)
    reason = task.wait("failed")["reason"]
    assert "purged" in reason and "--accept-gap" in reason
    if pair.name.startswith("mysql"):
        uuid, numbers = missing.replace("\n", "").rsplit(",", 1)[-1].split(":")
        assert f"{uuid}:{numbers.rsplit('-', 1)[-1]}. " in reason, f"{missing} against {reason}"


def test_transactions_of_the_second_server_alone_come_once_or_are_named(own_service):
    """An errant transaction: of a replica itself, from before it took over."""
    pair = Pair("mysql-9")
    address = Proxy(pair.primary)
    try:
        pair.primary.sql("CREATE DATABASE d", "CREATE TABLE d.u (id INT PRIMARY KEY)", "CREATE TABLE d.fin (n INT)")
        task = track(own_service(), [address.url()])
        pair.catch_up()
        pair.replica.sql("INSERT INTO d.u VALUES (100)")
        pair.primary.sql("INSERT INTO d.u VALUES (1)")
        records.read(task, lambda r: ids([r]) == [1])
        wait_for("the replica has row 1", lambda: pair.replica.value("SELECT COUNT(*) FROM d.u") == 2)
        address.point(pair.replica)
        assert sorted(ids(records.read(task, lambda r: ids([r]) == [100]))) == [1, 100]
        address.point(pair.primary)
        reason = task.wait("failed")["reason"]
        assert reason.startswith("diverged") and f"{pair.replica.value('SELECT @@server_uuid')}:1" in reason
    finally:
        address.close()
        pair.close()


@pytest.mark.parametrize("kind", ["mysql-9", "mysql-5.6", "mariadb-10.11"])
def test_a_log_that_begins_anew_under_the_same_names_is_not_taken_for_the_old_one(own_server, own_service, kind):
    server = own_server(kind)
    server.sql("CREATE DATABASE d", "CREATE TABLE d.u (id INT PRIMARY KEY)", "CREATE TABLE d.fin (n INT)")
    task = track(own_service(), [server.url()])
    server.sql(*(f"INSERT INTO d.u VALUES ({n})" for n in range(1, 4)))
    records.read(task, lambda r: ids([r]) == [3])
    task.pause()
    task.wait("paused")
    server.reset_log()
    server.sql(*(f"INSERT INTO d.u VALUES ({n})" for n in range(11, 40)))
    task.start(check=False)
    reason = task.wait("failed")["reason"]
    assert "diverged" in reason or "is not what the source has there now" in reason, reason
    assert "--accept-gap" in reason
    task.start("--from", "earliest", "--accept-gap")
    assert ids(records.read(task, lambda r: ids([r]) == [39])) == [1, 2, 3, *range(11, 40)]


def test_a_copy_of_the_machine_goes_on_when_a_person_says_so(own_server, own_service):
    """Without GTIDs a new uuid is another server; its files may be the same."""
    server = own_server("mysql-9", gtid=False)
    server.sql("CREATE DATABASE d", "CREATE TABLE d.u (id INT PRIMARY KEY)")
    task = track(own_service(), [server.url()])
    server.sql("INSERT INTO d.u VALUES (1)")
    records.read(task, lambda r: ids([r]) == [1])
    server.stop()
    (server.data / "auto.cnf").unlink()
    server.start()
    reason = task.wait("failed")["reason"]
    assert reason.startswith("diverged") and "--accept-server" in reason and "server_uuid" in reason
    task.start("--accept-server")
    server.sql("INSERT INTO d.u VALUES (2)")
    got = records.read(task, lambda r: ids([r]) == [2], heartbeats=True)
    assert ids(got) == [1, 2] and [r.tags["millrace.event"] for r in got if "millrace.event" in r.tags] == ["server"]
    task.service.restart("kill9")
    server.sql("INSERT INTO d.u VALUES (3)")
    assert ids(records.read(task, lambda r: ids([r]) == [3])) == [1, 2, 3]
