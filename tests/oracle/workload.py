# SPDX-License-Identifier: Apache-2.0
"""Two sessions that write at random into one database, one of them with DDL, until told to stop."""

import collections
import random
import threading

from tests.support.background import Background

from . import definitions
from .values import literal

TABLES_MAX = 6
# Of all statements, because of the other session or because what was drawn cannot be done; more would mean that nothing
# is tried any more.
REFUSED_MAX = 0.5


class Workload(Background):
    """counts: statements that the server took, by their first word, and "refused"."""

    def __init__(self, server, database, seed, ddl=0.2):
        super().__init__(threads=2)
        self.server, self.database, self.seed, self.ddl = server, database, seed, ddl
        self.counts = collections.Counter()
        self.tables = {}  # name -> columns as literal() wants them, without what the server fills in
        self.lock = threading.Lock()
        self.numbers = iter(range(1, 10**9))

    def __enter__(self):
        rng = random.Random(f"{self.seed} tables")
        with self._connect() as connection, connection.cursor() as cursor:
            for _ in range(3):
                self._try(cursor, self._create(rng))
            self._look(cursor)
        return super().__enter__()

    def __exit__(self, *raised):
        super().__exit__(*raised)
        taken = sum(self.counts.values()) - self.counts["refused"]
        assert self.counts["refused"] <= REFUSED_MAX * (taken + self.counts["refused"]), self.counts

    def touch_all(self):
        """After it, records show every row with all columns of its table, and no two rows without a key are alike."""
        with self._connect() as connection, connection.cursor() as cursor:
            self._look(cursor)
            cursor.execute("SET @number = 1000000")
            for table in self.tables:
                cursor.execute(f"UPDATE {table} SET touched = (@number := @number + 1)")
                connection.commit()
        return list(self.tables)

    # -- the sessions

    def _connect(self):
        connection = self.server.connect(self.database, autocommit=False)
        with connection.cursor() as cursor:
            cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
            if self.server.name == "mariadb-11.8":
                cursor.execute("SET old_mode = CONCAT(@@old_mode, ',LOCK_ALTER_TABLE_COPY'), lock_wait_timeout = 5")
        return connection

    def work(self, number):
        rng = random.Random(f"{self.seed} {number}")
        with self._connect() as connection, connection.cursor() as cursor:
            while self.going.is_set():
                if number == 0 and rng.random() < self.ddl:
                    connection.commit()
                    self._ddl(rng, cursor)
                else:
                    self._transaction(rng, cursor, number)
                connection.rollback() if rng.random() < 0.1 else connection.commit()
                self.done += 1

    def _try(self, cursor, text):
        """Whether the server took it."""
        import pymysql  # as in tests/servers

        try:
            cursor.execute(text)
        except pymysql.err.MySQLError as error:
            if error.args[0] in (2006, 2013):  # the link broke, which nobody asked for
                raise
            self.counts["refused"] += 1
            return False
        self.counts[text.split(None, 1)[0]] += 1
        return True

    def _look(self, cursor):
        cursor.execute("SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, EXTRA FROM information_schema.COLUMNS"
                       " WHERE TABLE_SCHEMA = %s AND TABLE_NAME <> 'fin' ORDER BY TABLE_NAME, ORDINAL_POSITION", (self.database,))
        tables = collections.defaultdict(list)
        for table, name, kind, declared, nullable, extra in cursor.fetchall():
            tables[table]  # also of one without any other column
            if name not in ("touched", "id", "p") and "GENERATED" not in extra.replace("DEFAULT_GENERATED", "").upper():
                tables[table].append((name, kind.lower(), declared.lower(), nullable == "YES"))
        with self.lock:
            self.tables = dict(tables)

    def _create(self, rng):
        names = [f"c{next(self.numbers)}" for _ in range(rng.randint(1, 9))]
        return definitions.create(rng, self.server.name, f"t{next(self.numbers)}", names)

    def _some(self, rng):
        with self.lock:
            name = rng.choice(sorted(self.tables))
            return name, self.tables[name]

    def _transaction(self, rng, cursor, session):
        saved = False
        for _ in range(rng.randint(1, 5)):
            table, columns = self._some(rng)
            kind = rng.random()
            if kind < 0.45 or not columns:
                self._insert(rng, cursor, table, columns)
            elif kind < 0.65:
                chosen = rng.sample(columns, rng.randint(1, len(columns)))
                values = ", ".join(f"{c[0]} = {literal(rng, self.server.name, c)}" for c in chosen)
                self._try(cursor, f"UPDATE IGNORE {table} SET {values} WHERE touched % 3 = {rng.randint(0, 2)} LIMIT {rng.randint(1, 20)}")
            elif kind < 0.75:
                self._try(cursor, f"DELETE FROM {table} WHERE touched % 3 = {rng.randint(0, 2)} LIMIT {rng.randint(1, 15)}")
            elif kind < 0.83:
                names = ", ".join(c[0] for c in columns)
                self._try(cursor, f"INSERT IGNORE INTO {table} ({names}) SELECT {names} FROM {table} LIMIT {rng.randint(1, 10)}")
            elif kind < 0.9:
                self._try(cursor, f"UPDATE IGNORE {table} SET touched = touched + 1 LIMIT 30")
            elif kind < 0.95:
                saved = self._try(cursor, f"SAVEPOINT s{session}")
            elif saved:
                self._try(cursor, f"ROLLBACK TO SAVEPOINT s{session}")

    def _insert(self, rng, cursor, table, columns):
        names = ", ".join(["touched", *(c[0] for c in columns)])
        rows = ", ".join("(" + ", ".join([str(rng.randint(0, 9)), *(literal(rng, self.server.name, c) for c in columns)]) + ")"
                         for _ in range(rng.choice([1, 1, 2, 5, 20])))
        self._try(cursor, f"{rng.choice(['INSERT IGNORE', 'INSERT IGNORE', 'REPLACE'])} INTO {table} ({names}) VALUES {rows}")

    def _ddl(self, rng, cursor):
        table, columns = self._some(rng)
        kind = rng.random()
        if kind < 0.6:
            taken = self._try(cursor, definitions.alter(rng, self.server.name, table, [c[0] for c in columns], lambda p: f"{p}{next(self.numbers)}"))
            if taken and rng.random() < 0.5:
                self._try(cursor, f"UPDATE {table} SET touched = touched + 1")
        elif kind < 0.7 and len(self.tables) < TABLES_MAX:
            self._try(cursor, self._create(rng))
        elif kind < 0.75 and len(self.tables) < TABLES_MAX:
            self._try(cursor, f"CREATE TABLE t{next(self.numbers)} LIKE {table}")
        elif kind < 0.8 and len(self.tables) < TABLES_MAX:
            self._try(cursor, f"CREATE TABLE t{next(self.numbers)} SELECT * FROM {table}")
        elif kind < 0.87:
            self._try(cursor, f"RENAME TABLE {table} TO t{next(self.numbers)}")
        elif kind < 0.92:
            other, _ = self._some(rng)
            self._try(cursor, f"RENAME TABLE {table} TO swap, {other} TO {table}, swap TO {other}")
        elif kind < 0.96:
            self._try(cursor, f"TRUNCATE TABLE {table}")
        elif len(self.tables) > 2:
            self._try(cursor, f"DROP TABLE {table}")
        self._look(cursor)
