# SPDX-License-Identifier: Apache-2.0
"""What networks, administrators and other readers do to the connection that a task reads its source by."""

import contextlib
import re

import pytest

from tests.servers import Server
from tests.support import records
from tests.support.fixtures import SERVERS, Source
from tests.support.millrace import Task, wait_for
from tests.support.proxy import Proxy

OPTIONS = ["--schema-scope", "selected"]


@pytest.fixture
def proxy():
    with contextlib.ExitStack() as stack:
        yield lambda *servers: stack.enter_context(Proxy(*servers))


def track(service, source, through=None):
    source.sql("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40))")
    name = f"link-{source.db}"
    url = through.url(tls="disabled") if through else source.url()
    service.create(name, url, [source.db], options=["--topic", name, *OPTIONS])
    task = Task(service, name)
    task.wait("running")
    task.group()
    return task


def insert(source, *ids):
    source.sql(*(f"INSERT INTO t VALUES ({n}, 'row {n}')" for n in ids))


def all_rows(task, source):
    """The ids of all rows, up to a last one that is written now."""
    source.finish()
    got = records.read(task, records.about(source.fin()))
    return [int(r.after["id"][1]["value"]) for r in got if r.operation == "INSERT" and r.table == (source.db, "t")]


def test_a_link_that_is_dead_and_open_is_noticed_and_nothing_is_lost(servers, service, proxy):
    # The deadline is half a minute: all servers at once.
    sources = [Source(servers(name)) for name in SERVERS]
    proxies = [proxy(source.server) for source in sources]
    tasks = [track(service, source, through) for source, through in zip(sources, proxies)]
    for source, task in zip(sources, tasks):
        insert(source, 1, 2)
        records.read(task, 6)
    for source, through in zip(sources, proxies):
        through.freeze()
        insert(source, 3, 4)
    for source, task in zip(sources, tasks):
        wait_for("the dead link is noticed", lambda task=task: task.show()["last_error"])
        assert "connection was lost" in str(task.show()["last_error"])
        assert all_rows(task, source) == [1, 2, 3, 4]
        source.drop()


def test_a_quiet_source_is_heard_of_again_and_again(source, service, proxy):
    through = proxy(source.server)
    track(service, source, through)
    for _ in range(3):
        before = through.links[-1].received
        wait_for("a heartbeat of the server", lambda before=before: through.links[-1].received > before)


def test_a_link_that_is_cut_over_and_over_loses_and_doubles_nothing(source, service, proxy):
    through = proxy(source.server)
    task = track(service, source, through)
    for n in range(0, 9, 3):
        insert(source, n, n + 1)
        through.cut()
        insert(source, n + 2)
        task.wait("running")
    assert all_rows(task, source) == list(range(9))


def dumps(source, through):
    """The ids of the threads that send the log by way of the proxy."""
    ours = {f"127.0.0.1:{link.server.getsockname()[1]}" for link in through.links if not link.closed}
    listed = source.sql("SELECT ID, HOST, COMMAND FROM information_schema.PROCESSLIST")
    return [row[0] for row in listed if row[1] in ours and row[2].startswith("Binlog Dump")]


def test_a_dump_that_an_administrator_kills_goes_on(source, service, proxy):
    through = proxy(source.server)
    task = track(service, source, through)
    for n in range(2):
        insert(source, 2 * n)
        (dump,) = wait_for("the dump is there", lambda: dumps(source, through))
        source.sql(f"KILL {dump}")
        insert(source, 2 * n + 1)
    assert all_rows(task, source) == list(range(4))


def test_checksums_that_are_switched_while_a_task_reads(source, own_service):
    service = own_service()
    task = track(service, source)
    try:
        for n, algorithm in enumerate(["NONE", "CRC32", "NONE", "CRC32"]):
            insert(source, 10 * n)
            source.sql(f"SET GLOBAL binlog_checksum = {algorithm}")
            insert(source, 10 * n + 1)
            if n >= 2:
                service.restart("kill9")
                insert(source, 10 * n + 2)
        assert all_rows(task, source) == [0, 1, 10, 11, 20, 21, 22, 30, 31, 32]
    finally:
        source.sql("SET GLOBAL binlog_checksum = CRC32")


def test_a_byte_that_is_damaged_on_the_way_stops_the_task_and_harms_nothing(source, service, proxy):
    through = proxy(source.server)
    task = track(service, source, through)
    insert(source, 1)
    records.read(task, 3)
    through.damage = lambda data: data.replace(b"row 3", b"row 4")
    insert(source, 2, 3)
    shown = task.wait("failed")
    assert re.search(rf"{source.server.position()[0]}:\d+.*checksum", shown["reason"]), shown
    through.damage = None
    insert(source, 5)
    task.start()
    assert all_rows(task, source) == [1, 2, 3, 5]


@pytest.mark.parametrize("kind", ["mariadb-10.11", "mysql-9"])
def test_two_servers_behind_one_address_are_refused(own_server, service, proxy, kind):
    servers = [own_server(kind), own_server(kind)]
    for server in servers:
        server.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
    done = service.create(f"two-{servers[0].port}", proxy(*servers).url(), ["d"], check=False)
    assert done.code == 1 and "address" in done.err, done.err


def steal(server, server_id, replica_uuid):
    """Asks for the log as a replica would, with an id that another reader has; the caller closes it."""
    thief = server.connect()
    with thief.cursor() as cursor:
        cursor.execute("SET @master_binlog_checksum = @@global.binlog_checksum, @source_binlog_checksum = @@global.binlog_checksum, "
                       f"@slave_uuid = '{replica_uuid}', @replica_uuid = '{replica_uuid}', @mariadb_slave_capability = 4")
    file, offset = server.position()
    thief._execute_command(0x15, server_id.to_bytes(4, "little") + b"\0\0\0\0\0" + bytes(8))
    thief._read_ok_packet()
    thief._execute_command(0x12, offset.to_bytes(4, "little") + b"\0\0" + server_id.to_bytes(4, "little") + file.encode())
    return thief


def test_another_reader_with_our_id_takes_nothing_away(source, service):
    task = track(service, source)
    insert(source, 1)
    records.read(task, 3)
    found = source.sql("SHOW REPLICAS" if source.name == "mysql-9" else "SHOW SLAVE HOSTS")
    ours = task.show()["server_id"]
    (row,) = [row for row in found if int(row[0]) == ours]
    with contextlib.closing(steal(source.server, ours, row[-1] if source.name != "mariadb-10.11" else "")):
        shown = wait_for("the task is told", lambda: task.show()["last_error"] and task.show())
        assert re.search("server id|server_id|server_uuid|connection was lost|ended the binlog stream", str(shown["last_error"])), shown
    if task.state() == "failed":
        task.start()
    insert(source, 2)
    assert all_rows(task, source) == [1, 2]
