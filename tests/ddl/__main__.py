# SPDX-License-Identifier: Apache-2.0
"""python3 -m tests.ddl [--seed N] [--statements N] [--tracker PATH] [--minimise] [SERVER ...]

The differential test of the tracker of definitions: the statements of tests/corpus/ddl, then random ones, until N were
accepted by each server. Says how often each row of the spec was covered; a difference, and a row covered fewer than
--least times, fails.
"""

import argparse
import pathlib
import sys
import time

from tests.servers import KINDS

from . import rows
from .campaign import Campaign
from .tracker import PROGRAM


def main():
    words = argparse.ArgumentParser(prog="python3 -m tests.ddl", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("servers", nargs="*", default=list(KINDS), metavar="SERVER")
    words.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    words.add_argument("--statements", type=int, default=3000)
    words.add_argument("--least", type=int, default=20)
    words.add_argument("--tracker", type=pathlib.Path, default=PROGRAM)
    words.add_argument("--minimise", action="store_true", help="write what differs into tests/corpus/ddl, made small")
    words.add_argument("--verbose", action="store_true", help="also what the servers refused, and why")
    asked = words.parse_args()
    failed = False
    for name in asked.servers:
        print(f"ddl: {name}, seed {asked.seed}", flush=True)
        campaign = Campaign(name, asked.tracker, asked.seed).run(asked.statements, minimise=asked.minimise)
        print(campaign.report(asked.least, asked.verbose), flush=True)
        failed = failed or campaign.failed(asked.least)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
