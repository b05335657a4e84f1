# SPDX-License-Identifier: Apache-2.0
"""Events about the size at which the protocol splits a packet, and far larger; a record over the limit is refused with the reason."""

import pytest

from tests.servers import Server
from tests.support import records

SPLIT = 2**24  # a packet of 2^24 - 1 bytes goes on in the next one
SIZES = [SPLIT - 2, SPLIT - 1, SPLIT, SPLIT + 1, 2 * SPLIT - 3, 2 * SPLIT - 2, 60 << 20]  # a packet is its event and one byte
OPTIONS = ["--schema-scope", "selected", "--data-types", "data"]
PATTERN = b"the quick brown fox jumps over the lazy dog"  # of 43 bytes, so that no two places of a packet's border look alike
LARGE = ["--max-allowed-packet=1G"]


def content(size):
    return (PATTERN * (size // len(PATTERN) + 1))[:size]


def insert(server, size):
    server.sql(f"INSERT INTO d.t (v) VALUES (LEFT(REPEAT('{PATTERN.decode()}', {size // len(PATTERN) + 1}), {size}))")


@pytest.fixture(params=["mariadb-10.11", "mysql-9"])
def server(request):
    with Server(request.param, options=LARGE) as made:
        made.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v LONGBLOB) ENGINE=MyISAM")
        yield made


only_one = pytest.mark.parametrize("server", ["mariadb-10.11"], indirect=True)


def rows_events(server):
    """The sizes of the rows events of the server's newest file."""
    found = server.sql(f"SHOW BINLOG EVENTS IN '{server.position()[0]}'")
    offsets = [row[1] for row in found] + [server.position()[1]]
    return [end - row[1] for row, end in zip(found, offsets[1:]) if row[2].startswith("Write_rows")]


def test_rows_about_the_size_of_a_packet_and_far_larger_arrive_whole(server, service):
    task = service.track(server, "d", name=f"large-{server.port}", options=OPTIONS)
    insert(server, 1000)
    around = rows_events(server)[0] - 1000
    for size in SIZES:
        insert(server, size - around)
    assert rows_events(server)[1:] == SIZES, "the events have the sizes that this is about"
    got = [r for r in records.read(task, 3 * (len(SIZES) + 1)) if r.operation == "INSERT"]
    for size, record in zip([1000 + around, *SIZES], got):
        value = record.after["v"][1]["value"]
        assert len(value) == size - around and value == content(size - around), f"an event of {size} bytes"


@only_one
def test_a_record_over_the_limit_stops_the_task_until_the_limit_is_raised(server, own_service, tmp_path):
    service = own_service()
    task = service.track(server, "d", name="limit", options=OPTIONS)
    insert(server, 10)
    insert(server, 65 << 20)
    insert(server, 20)
    shown = task.wait("failed")
    assert "max_record_bytes" in shown["reason"] and "d.t" in shown["reason"] and server.position()[0] in shown["reason"], shown
    assert len(records.read(task, 3)) == 3, "what came before is there"
    settings = tmp_path / "millrace.toml"
    settings.write_text('max_record_bytes = "80 MiB"\n', encoding="utf-8")
    service.arguments += ["--config", str(settings)]
    service.restart()
    task.start()
    got = [r for r in records.read(task, 9) if r.operation == "INSERT"]
    assert [r.after["v"][1]["value"] for r in got] == [content(size) for size in (10, 65 << 20, 20)]
