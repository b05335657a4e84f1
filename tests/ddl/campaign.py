# SPDX-License-Identifier: Apache-2.0
"""One server's whole comparison: the corpus, then random statements in episodes, each in a database of its own, on each
way in which the server can be set up."""

import collections
import random

import pymysql

from tests.servers import Server

from . import corpus, rows, sessions
from .minimise import write as write_minimised
from .oracle import OPTIONS, Oracle
from .scene import Scene
from .statements import Statements

EPISODE = 40  # statements
LEAST = 25  # of each row, before anything goes
DEATHS_MAX = 5  # of servers, by statements that they cannot bear
LINK_LOST = (2006, 2013)

# What cannot be set in a session. The first one takes the corpus.
SETUPS = {
    "mysql-9": [[]],
    "mysql-5.6": [[], ["--explicit-defaults-for-timestamp=0"], ["--lower-case-table-names=1"]],
    "mariadb-10.11": [[], ["--lower-case-table-names=1"]],
    "mariadb-11.8": [[], ["--lower-case-table-names=1"]],
}


class Campaign:
    def __init__(self, name, program, seed):
        self.name, self.program, self.seed = name, program, seed
        self.rng = random.Random(f"{seed} {name}")
        self.counts, self.refusals = collections.Counter(), collections.Counter()
        self.taken = self.refused = self.compared = self.unsure = 0
        self.found = []
        self.deaths = []  # statements that killed their server
        self.files = []  # of the corpus, made of what was found

    def run(self, statements, with_corpus=True, minimise=False):
        setups = SETUPS[self.name]
        for number, options in enumerate(setups):
            goal = statements * (number + 1) // len(setups)
            self.one_setup(options, goal, with_corpus and number == 0, f"{self.seed}-{number}" if minimise else None)
        return self

    def one_setup(self, options, goal, with_corpus, minimised):
        """Until so many were accepted in all. A server that a statement kills is followed by a new one."""
        while True:
            with Server(self.name, options=[*OPTIONS, *options]) as server:
                oracle = Oracle(server, self.program)
                died = False
                try:
                    if with_corpus:
                        self.corpus(oracle)
                    self.random(oracle, goal - self.taken)
                except pymysql.err.OperationalError as error:
                    died = error.args[0] in LINK_LOST and not server.is_up()
                    if not died or len(self.deaths) == DEATHS_MAX:
                        raise
                    self.deaths.append(oracle.lived[-1])
                finally:
                    self.add(oracle)
                    oracle.close()
            if minimised and oracle.found:
                self.files += write_minimised(self.name, self.program, options, minimised, oracle.found)
            if not died:
                return

    def corpus(self, oracle):
        for path in corpus.files():
            oracle.begin()
            for text in corpus.statements(path):
                oracle.watch(text)

    def random(self, oracle, goal):
        """Until so many were accepted."""
        scene = Scene(self.rng, self.name, lambda: oracle.tracker.tables)
        statements = Statements(scene)
        while oracle.taken < goal:
            oracle.begin(databases=False)
            scene.latest, scene.temporary = "", False
            for text in sessions.settings(scene):
                oracle.watch(text)
            for _ in range(EPISODE):
                short = {row for row, _ in rows.of(self.name) if self.counts[row] + oracle.counts[row] < LEAST}
                text = statements.next(short)
                found = len(oracle.found)
                statements.answer(text, oracle.watch(text))
                if len(oracle.found) > found or oracle.lost:
                    break

    def add(self, oracle):
        self.counts.update(oracle.counts)
        self.refusals.update(oracle.refusals)
        self.taken += oracle.taken
        self.refused += oracle.refused
        self.compared += oracle.compared
        self.unsure += oracle.unsure
        self.found += oracle.found

    def short(self, least):
        """Rows that were covered less often."""
        return [(row, what) for row, what in rows.of(self.name) if self.counts[row] < least]

    def failed(self, least):
        return bool(self.found or self.short(least))

    def report(self, least, verbose=False):
        lines = [f"  {row:8}{self.counts[row]:6}  {what}{'' if self.counts[row] >= least else '   TOO FEW'}"
                 for row, what in rows.of(self.name)]
        lines += [f"difference after: {lived[0]}; ...; {'; '.join(lived[-3:])}\n    {said}" for lived, said in self.found]
        lines += [f"the server died of: {text}" for text in self.deaths]
        if verbose:
            lines += [f"  refused {count} times: {error}" for error, count in self.refusals.most_common(60)]
        lines += [f"  made small: {path}" for path in self.files]
        lines.append(f"{self.name}: seed {self.seed}: {self.taken} statements accepted ({self.refused} were not), "
                     f"{self.compared} comparisons, {self.unsure} tables in doubt, {len(self.found)} differences")
        return "\n".join(lines)
