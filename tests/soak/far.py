# SPDX-License-Identifier: Apache-2.0
"""A binlog file of more than 4 GiB, which one transaction makes: the 32 bits that the protocol has for an offset are not enough."""

from tests.servers import Server
from tests.support import records
from tests.support.millrace import Service

SERVERS = ("mysql-9", "mariadb-10.11")
OPTIONS = ["--max-allowed-packet=128M", "--max-binlog-cache-size=8G"]
# What takes rows of 64 MiB and keeps little of them.
ENGINES = {"mysql-9": "ENGINE=BLACKHOLE", "mariadb-10.11": "ENGINE=InnoDB ROW_FORMAT=COMPRESSED"}
ROWS = 68
READ_S_MAX = 300


def track(service, server, name, start=()):
    return service.track(server, "d.t", "d.fin", name=name, options=["--schema-scope", "selected", *start])


def inserted(got):
    return [(r.table[1], r.value["sourcePosition"]) for r in got if r.operation == "INSERT"]


def run(name):
    """Says where the records came from. A task reads over the border, another begins behind it."""
    with Service() as service:
        server = Server(name, options=OPTIONS).start()
        try:
            server.sql("CREATE DATABASE d")
            server.sql(f"CREATE TABLE big (b LONGBLOB) {ENGINES[name]}", "CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE fin (n INT)", database="d")
            task = track(service, server, "over")
            with server.connect("d", autocommit=False) as connection, connection.cursor() as cursor:
                for _ in range(ROWS):
                    cursor.execute("INSERT INTO big VALUES (REPEAT('x', 64 * 1024 * 1024))")
                cursor.execute("INSERT INTO t VALUES (1)")
                connection.commit()
            server.sql("INSERT INTO d.fin VALUES (1)")
            over = records.read(task, records.about("d.fin"), seconds=READ_S_MAX)
            (first, place), (last, _) = inserted(over)
            offset, file = place.split("@")
            assert (first, last) == ("t", "fin") and int(offset) > 2**32 and file == "1", inserted(over)
            end = next(r.value["sourcePosition"] for r in over if r.operation == "COMMIT" and int(r.value["sourcePosition"].split("@")[0]) > 2**32)
            log = server.sql("SHOW BINARY LOGS")[0][0]
            behind = records.read(track(service, server, "behind", ["--from", f"{log}:{end.split('@')[0]}"]), records.about("d.fin"), seconds=READ_S_MAX)
            assert inserted(behind) == inserted(over)[1:], inserted(behind)
            return f"{name}: records at {', '.join(place for _, place in inserted(over))}; begun at {end}"
        finally:
            server.close()
