# SPDX-License-Identifier: Apache-2.0
"""Random transactions on a source, from a seed, until told to stop."""

import random

from .background import Background

TABLES = ("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(100), n INT, touched INT NOT NULL DEFAULT 0)",
          "CREATE TABLE u (id INT PRIMARY KEY, f DOUBLE, touched INT NOT NULL DEFAULT 0)")
TYPES = ("INT", "BIGINT UNSIGNED", "VARCHAR(30)", "DECIMAL(12,3)", "DATETIME(3)", "TIME(2)", "DOUBLE", "BLOB", "ENUM('a','b')", "BIT(12)",
         "INT NOT NULL DEFAULT 7", "VARCHAR(10) DEFAULT 'dft'")


class Load(Background):
    """connect: gives a new connection without autocommit. ddl: the share of transactions that are a DDL statement; the rows
    of a changed table are touched after it, so that records show all of its columns."""

    def __init__(self, connect, seed=1, ddl=0.01):
        super().__init__()
        self.connect, self.random, self.ddl = connect, random.Random(seed), ddl
        self.columns = {"t": [], "u": []}

    def work(self, _):
        with self.connect() as connection, connection.cursor() as cursor:
            while self.going.is_set():
                if self.random.random() < self.ddl:
                    self.change_definition(cursor)
                else:
                    self.transaction(cursor)
                if self.random.random() < 0.1:
                    connection.rollback()
                else:
                    connection.commit()
                self.done += 1

    def transaction(self, cursor):
        pick = self.random
        for _ in range(pick.randint(1, 4)):
            kind = pick.random()
            if kind < 0.5:
                rows = (f"('{'v' * pick.randint(0, 90)}', {pick.randint(-5, 5)})" for _ in range(pick.randint(1, 30)))
                cursor.execute(f"INSERT INTO t (v, n) VALUES {','.join(rows)}")
            elif kind < 0.7:
                cursor.execute(f"UPDATE t SET n = n + 1 WHERE id % 7 = {pick.randint(0, 6)} ORDER BY id LIMIT 20")
            elif kind < 0.8:
                cursor.execute(f"DELETE FROM t WHERE id % 11 = {pick.randint(0, 10)} ORDER BY id LIMIT 10")
            else:
                cursor.execute(f"REPLACE INTO u (id, f) VALUES ({pick.randint(1, 50)}, {pick.random()})")

    def change_definition(self, cursor):
        pick = self.random
        table = pick.choice("tu")
        columns = self.columns[table]
        kind = pick.random()
        if not columns or kind < 0.5 and len(columns) < 12:
            name = f"c{self.done}"
            place = pick.choice(["", " FIRST", " AFTER touched"])
            cursor.execute(f"ALTER TABLE {table} ADD COLUMN {name} {pick.choice(TYPES)}{place}")
            columns.append(name)
        elif kind < 0.8:
            cursor.execute(f"ALTER TABLE {table} DROP COLUMN {columns.pop(pick.randrange(len(columns)))}")
        else:
            old = columns.pop(pick.randrange(len(columns)))
            new = f"r{self.done}"
            cursor.execute(f"ALTER TABLE {table} CHANGE {old} {new} VARCHAR(60)")
            columns.append(new)
        cursor.execute(f"UPDATE {table} SET touched = touched + 1")
