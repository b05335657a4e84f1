# SPDX-License-Identifier: Apache-2.0
"""One round: a database, a task, a workload, interruptions; then the tables from the records against the server's."""

import random

from tests.support import records
from tests.support.oracle import Rebuilt

from .workload import Workload

INTERRUPTIONS = ("kill9", "terminate", "pause", "source", "source killed")


def interrupt(what, server, service, task):
    if what == "pause":
        service.cli("task", "pause", task)
        service.cli("task", "start", task)
    elif what.startswith("source"):
        server.restart(kill=what.endswith("killed"))
    else:
        service.restart(what)


def run(server, service, database, seed, transactions, interruptions=INTERRUPTIONS, times=(2, 4)):
    """(what was done, number of records). Raises AssertionError where the records do not tell what the server has. The source
    is interrupted while nothing is written."""
    pick = random.Random(seed)
    server.sql(f"CREATE DATABASE {database} DEFAULT CHARACTER SET utf8mb4")
    server.sql("CREATE TABLE fin (n INT)", database=database)
    task = service.track(server, database, name=database, options=["--schema-scope", "selected"])
    done = []
    for part in range(pick.randint(*times)):
        with Workload(server, database, f"{seed} {part}") as workload:
            workload.more(transactions // 3)
            what = pick.choice(interruptions)
            if not what.startswith("source"):
                interrupt(what, server, service, task.name)
            workload.more(transactions // 6)
        if what.startswith("source"):
            interrupt(what, server, service, task.name)
        done.append((what, workload))
    tables = workload.touch_all()
    server.sql(f"INSERT INTO {database}.fin VALUES (1)")
    got = records.read(task, records.about(f"{database}.fin"), seconds=120)
    Rebuilt().apply(got).compare(server, *((database, table) for table in tables))
    service.cli("task", "delete", database)
    server.sql(f"DROP DATABASE {database}")
    counts = sum((w.counts for _, w in done), start=type(workload.counts)())
    said = ", ".join(f"{n} {word}" for word, n in sorted(counts.items()))
    return f"{server.name} seed {seed}: {said}; {', '.join(w for w, _ in done)}; {len(tables)} tables", len(got)
