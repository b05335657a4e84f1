# SPDX-License-Identifier: Apache-2.0
"""Runs statements on a real server and, after each, holds the tracker's definitions against information_schema.

The tracker never sees what the client sent: it reads the server's binlog, where statements stand as the server wrote them
down, with the status block of their session.
"""

import collections
import contextlib
import re

from .rows import rows_of
from .tracker import Stopped, Tracker
from .truth import Truth, table_differences

OPTIONS = ["--innodb-strict-mode=0", "--innodb-flush-log-at-trx-commit=0"]
# All definitions are compared after so many statements; else those that a statement names or the tracker changed.
ALL_EVERY = 100
WORDS = re.compile(r"[^\W]+")
# MySQL 5.6 loses the table in an ALTER that it refuses with this, where foreign keys lack their index; nothing of it is
# in the binlog.
ER_ERROR_ON_RENAME = 1025
NO_DDL = re.compile(r"\s*(set\s+(?!statement\b)|use\b|lock\b|unlock\b|insert\b)", re.IGNORECASE)


class Difference(Exception):
    """The tracker and the server tell differently; the text says how."""


class Session:
    """The client: keeps its character set in mind, since a statement's bytes are in it."""

    ENCODINGS = {"latin1": "cp1252", "gbk": "gbk", "cp1251": "cp1251", "sjis": "shift_jis", "big5": "big5"}

    def __init__(self, server):
        self.connection = server.connect()
        self.encoding = "utf-8"

    def execute(self, text):
        names = re.match(r"\s*set\s+names\s+'?(\w+)", text, re.IGNORECASE)
        with self.connection.cursor() as cursor:
            cursor.execute(text.encode(self.encoding))
        if names:
            self.encoding = self.ENCODINGS.get(names[1].lower(), "utf-8")

    def close(self):
        self.connection.close()


class Oracle:
    """taken: statements that the server accepted, without SET and the like. counts: accepted ones by row of the spec.
    unsure: tables that the tracker put in doubt for a good reason. found: (what the session ran, the difference)."""

    def __init__(self, server, program):
        self.server, self.program = server, program
        self.truth = Truth(server)
        self.tracker = Tracker(program, server)
        self.session = Session(server)
        self.taken = self.refused = self.compared = self.unsure = 0
        self.counts = collections.Counter()
        self.found = []
        self.refusals = collections.Counter()
        self.lived = []  # what this session ran, refused or not
        self.lost = False  # whether the last one cost a table, as it may

    def close(self):
        self.session.close()
        self.truth.close()
        self.tracker.close()

    def run(self, text):
        """Whether the server took it. Raises Difference."""
        self.lived.append(text)
        self.lost = False
        taken = self.execute(text)
        if self.lost:
            self.clear()
            return False
        # A statement that failed may have done a part, and then stands in the binlog too.
        self.tracker.read_to(self.server_position())
        if taken and not NO_DDL.match(text):
            self.taken += 1
            self.counts.update(rows_of(text))
        if taken or self.tracker.statements:
            self.compare(text)
        return taken

    def execute(self, text):
        try:
            self.session.execute(text)
        except UnicodeError:
            return False
        except Exception as error:  # noqa: BLE001 - whatever the server says: it did not take it
            if not self.session.connection.open:
                raise
            self.refused += 1
            self.refusals[str(error)[:100]] += 1
            self.lost = self.server.name == "mysql-5.6" and error.args[0] == ER_ERROR_ON_RENAME
            return False
        return True

    def server_position(self):
        word = "SHOW BINARY LOG STATUS" if self.server.name == "mysql-9" else "SHOW MASTER STATUS"
        row = self.truth.rows(word)[0]
        return row[0], int(row[1])

    def compare(self, text):
        tracker, truth = self.tracker, self.truth
        self.compared += 1
        said = []
        if tracker.doubts and any("(\n  " in s for s in tracker.statements):
            # A CREATE that the server wrote itself and of which the tracker knows that it may not tell the truth.
            self.unsure += 1
            self.run("DROP TABLE " + ", ".join("`%s`.`%s`" % tuple(n.replace("`", "``") for n in name) for name in tracker.doubts))
            return
        if tracker.doubts:
            said.append(f"in doubt: {tracker.doubts}")
        databases = truth.databases()
        if tracker.databases != databases:
            said.append(f"databases: {tracker.databases}, the server has {databases}")
        names = truth.names()
        ours = {n: t["kind"] for n, t in tracker.tables.items()}
        if ours != names:
            said.append(f"only ours: {sorted(set(ours.items()) - set(names.items()))},"
                        f" only the server's: {sorted(set(names.items()) - set(ours.items()))}")
        words = {w.lower() for w in WORDS.findall(text)}
        everything = self.compared % ALL_EVERY == 0
        for name, kind in names.items():
            near = everything or name in tracker.changed or words.intersection(WORDS.findall(name[1].lower()))
            if kind == 0 and ours.get(name) == 0 and near:
                for line in table_differences(tracker.tables[name], truth.table(*name)):
                    said.append(f"{name[0]}.{name[1]}: {line}")
        if said:
            raise Difference("\n    ".join([*said, f"the binlog had {tracker.statements}"]))

    def watch(self, text):
        """run(), where a difference is kept and everything begins anew after it. Whether it was taken without one."""
        try:
            return self.run(text)
        except Difference as difference:
            self.found.append((list(self.lived), str(difference)))
            self.clear()
        except Stopped as stopped:
            self.found.append((list(self.lived), str(stopped)))
            self.begin_anew()
        return False

    def begin_anew(self):
        """Another tracker, in another file of the log, in which nothing is there."""
        self.drop_everything()
        self.tracker.close()
        self.server.flush_log()
        self.tracker = Tracker(self.program, self.server)

    def clear(self):
        """Drops everything on the server, and with it, so we hope, in the tracker."""
        self.drop_everything()
        self.tracker.read_to(self.server_position())
        if self.tracker.tables or self.tracker.databases:
            self.begin_anew()

    def drop_everything(self):
        with contextlib.suppress(Exception):
            self.session.execute("ROLLBACK")
        with contextlib.suppress(Exception):
            self.session.execute("UNLOCK TABLES")
        databases = {n[0] for n in self.truth.names()} | set(self.truth.databases())
        for name in sorted(databases | set(self.tracker.databases)):
            with contextlib.suppress(Exception):
                self.session.connection.cursor().execute("SET foreign_key_checks = 0")
                self.session.connection.cursor().execute("DROP DATABASE IF EXISTS `%s`" % name.replace("`", "``"))

    def begin(self, databases=True):
        """A new session on an empty server; with `databases`, an empty d is its default."""
        self.session.close()
        self.session = Session(self.server)
        self.lived = []
        self.clear()
        if databases:
            self.execute("CREATE DATABASE d")
            self.execute("USE d")
        self.tracker.read_to(self.server_position())
