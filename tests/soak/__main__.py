# SPDX-License-Identifier: Apache-2.0
"""python3 -m tests.soak oracle|kill|faults|ddl|far [--seconds N] [--seed N] [--server NAME ...]

Rounds of random load until the time is up. In each, tables are rebuilt from the records alone and held against the
server, row by row. The seed of a round that fails is printed; --seed runs that round again.
  oracle  tables of all types with random DDL (tests/oracle), the service, the task and the source restarted in between
  kill    kill -9 of the service again and again
  ddl     one transaction in five is DDL
  faults  the source is restarted, killed and stopped for a while
  far     no rounds: a file of more than 4 GiB on two servers; it needs 15 GB of disk for some minutes
Before its rounds, ddl holds the tracker of definitions against four servers, 3,000 statements each (tests/ddl).
"""

import argparse
import itertools
import random
import sys
import time

from tests import oracle
from tests.ddl import tracker
from tests.ddl.campaign import Campaign
from tests.servers import KINDS, Server
from tests.support import records
from tests.support.load import TABLES, Load
from tests.support.millrace import Service
from tests.support.oracle import Rebuilt

from . import far

ROUND_TRANSACTIONS = 150
DDL_STATEMENTS, DDL_EACH_ROW = 3000, 20
# A source that is killed keeps what it has answered for only if it syncs.
SERVER_OPTIONS = ["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"]


def disturb(what, service, server, pick):
    """One disturbance of the kind."""
    if what == "kill":
        service.restart("kill9")
    elif what == "faults":
        kind = pick.choice(["hang", "service"])
        if kind == "hang":
            server.pause()
            time.sleep(pick.uniform(0.1, 2))
            server.resume()
        else:
            service.restart(pick.choice(["kill9", "terminate"]))


def round_(what, server, service, seed):
    """One database, one task, one load; raises AssertionError when tables or order are not the server's."""
    pick = random.Random(seed)
    database = f"soak{seed}"
    server.sql(f"CREATE DATABASE {database} DEFAULT CHARACTER SET utf8mb4")
    server.sql(*TABLES, "CREATE TABLE fin (n INT)", database=database)
    task = service.track(server, database, name=database, options=["--schema-scope", "selected"])
    share = 0.2 if what == "ddl" else 0.02
    with Load(lambda: server.connect(database, autocommit=False), seed=seed, ddl=share) as load:
        for _ in range(pick.randint(2, 4)):
            load.more(ROUND_TRANSACTIONS // 3)
            disturb(what, service, server, pick)
    if what == "faults":
        server.restart(kill=pick.random() < 0.5)
    server.sql(f"UPDATE {database}.t SET touched = touched + 1", f"UPDATE {database}.u SET touched = touched + 1",
               f"INSERT INTO {database}.fin VALUES (1)")
    got = records.read(task, records.about(f"{database}.fin"), seconds=120)
    Rebuilt().apply(got).compare(server, (database, "t"), (database, "u"))
    service.cli("task", "delete", database)
    server.sql(f"DROP DATABASE {database}")
    return len(got)


def oracle_round(server, service, seed):
    """As round_(), on tables of all types. Says what was done."""
    said, records_read = oracle.run(server, service, f"soak{seed}", seed, transactions=ROUND_TRANSACTIONS)
    print(f"soak: {said}", flush=True)
    return records_read


def definitions_agree(seed, servers):
    """The differential test of tests/ddl; what differs becomes files of its corpus."""
    seed = int(time.time()) % 1_000_000 if seed is None else seed
    program = tracker.built("release")
    agreed = True
    for name in servers or KINDS:
        campaign = Campaign(name, program, seed).run(DDL_STATEMENTS, minimise=True)
        print(campaign.report(DDL_EACH_ROW), flush=True)
        agreed = agreed and not campaign.failed(DDL_EACH_ROW)
    return agreed


def main():
    words = argparse.ArgumentParser(prog="python3 -m tests.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("what", choices=["oracle", "kill", "faults", "ddl", "far"])
    words.add_argument("--seconds", type=int, default=600)
    words.add_argument("--seed", type=int)
    words.add_argument("--server", action="append")
    asked = words.parse_args()
    if asked.what == "far":
        for name in asked.server or far.SERVERS:
            print(f"soak: {far.run(name)}", flush=True)
        return 0
    end = time.monotonic() + asked.seconds
    if asked.what == "ddl" and not definitions_agree(asked.seed, asked.server):
        return 1
    seeds = [asked.seed] if asked.seed is not None else itertools.count(int(time.time()) % 1_000_000)
    passed = total = 0
    names = asked.server or (list(KINDS) if asked.what == "oracle" else ["mariadb-10.11", "mysql-9", "mysql-5.6"])
    servers = [Server(name, options=SERVER_OPTIONS).start() for name in names]
    try:
        with Service() as service:
            for seed in seeds:
                if time.monotonic() > end:
                    break
                server = servers[seed % len(servers)]
                try:
                    total += oracle_round(server, service, seed) if asked.what == "oracle" else round_(asked.what, server, service, seed)
                    passed += 1
                    print(f"soak: {asked.what} {server.name} seed {seed} ok, {total:,} records so far", flush=True)
                except AssertionError as error:
                    print(f"soak: {asked.what} {server.name} FAILED: {error}\n"
                          f"soak: again with --seed {seed} --server {server.name}\n{service.log_text()[-2000:]}")
                    print(f"{passed} passed, 1 failed")
                    return 1
    finally:
        for server in servers:
            server.close()
    print(f"{passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
