# SPDX-License-Identifier: Apache-2.0
"""Random DDL for tests/ddl_oracle.py: mostly such that a server takes it, on a handful of tables."""

TYPES = [
    "INT", "INT UNSIGNED", "BIGINT", "TINYINT(1)", "MEDIUMINT ZEROFILL", "DECIMAL(10,3)", "DOUBLE", "FLOAT", "BIT(5)",
    "DATE", "TIME(2)", "DATETIME(6)", "TIMESTAMP NULL", "TIMESTAMP", "YEAR", "CHAR(7)", "VARCHAR(30)", "VARCHAR(300)",
    "VARCHAR(20) CHARACTER SET latin1", "VARCHAR(9) COLLATE utf8mb4_bin", "CHAR(3) CHARSET utf8mb3", "TEXT", "TINYTEXT",
    "MEDIUMTEXT CHARACTER SET latin1", "BLOB", "BINARY(5)", "VARBINARY(40)", "ENUM('a','b')", "SET('x','y','z')",
    "ENUM('é','q') CHARACTER SET latin1", "JSON", "POINT",
]
KEYABLE = ("INT", "BIG", "TINYINT", "DEC", "CHAR", "VARCHAR", "DATE", "BIN", "VARB", "ENUM")
CHARSETS = ["latin1", "utf8mb4", "utf8mb3", "ucs2", "cp1251", "gbk", "utf8mb4 COLLATE utf8mb4_unicode_ci", "DEFAULT"]


class Statements:
    """Draws the next statement, looking at what the server has now."""

    def __init__(self, rng, mariadb):
        self.rng = rng
        self.mariadb = mariadb
        self.names = 0

    def name(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    def definition(self):
        text = self.rng.choice(TYPES)
        if self.rng.random() < 0.3 and " NULL" not in text and text != "TIMESTAMP":
            text += " NOT NULL"
        if self.rng.random() < 0.1:
            text += f" COMMENT '{self.rng.choice(['x', 'a, b', 'it''''s', ') ('])}'"
        return text

    def create(self):
        columns = [f"c{i} {self.definition()}" for i in range(self.rng.randint(1, 7))]
        if self.rng.random() < 0.6:
            columns.insert(self.rng.randrange(len(columns) + 1), "id INT AUTO_INCREMENT PRIMARY KEY")
        tail = self.rng.choice(["", " ENGINE=InnoDB", " CHARSET " + self.rng.choice(CHARSETS[:-1])])
        return f"CREATE TABLE {self.name('r')} ({', '.join(columns)}){tail}"

    def columns(self, truth, table):
        return [r[0] for r in truth.rows(
            f"SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'd' AND TABLE_NAME = '{table}'")]

    def place(self, columns):
        draw = self.rng.random()
        if draw < 0.5:
            return ""
        return " FIRST" if draw < 0.7 else f" AFTER {self.rng.choice(columns)}"

    def action(self, columns, keys):
        rng = self.rng
        column = rng.choice(columns)
        draw = rng.randrange(13)
        if draw < 3:
            return f"ADD {rng.choice(['', 'COLUMN '])}{self.name('n')} {self.definition()}{self.place(columns)}"
        if draw == 3:
            return f"DROP {rng.choice(['', 'COLUMN '])}{column}"
        if draw < 6:
            return f"MODIFY {column} {self.definition()}{self.place(columns)}"
        if draw == 6:
            return f"CHANGE {column} {rng.choice([column, self.name('x')])} {self.definition()}{self.place(columns)}"
        if draw < 9:
            parts = ", ".join(rng.sample(columns, min(len(columns), rng.randint(1, 2))))
            return f"ADD UNIQUE {rng.choice(['', self.name('u')])} ({parts})"
        if draw == 9 and keys:
            key = rng.choice(keys)
            return "DROP PRIMARY KEY" if key == "PRIMARY" else f"DROP INDEX `{key}`"
        if draw == 10:
            return f"CONVERT TO CHARACTER SET {rng.choice(CHARSETS)}"
        if draw == 11:
            return f"DEFAULT CHARSET {rng.choice(CHARSETS)}"
        return f"ADD PRIMARY KEY ({column})"

    def next(self, truth):
        tables = [r[0] for r in truth.rows(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'd' AND TABLE_NAME REGEXP '^r[0-9]+$'")]
        if len(tables) < 4:
            return self.create()
        table = self.rng.choice(tables)
        draw = self.rng.random()
        if draw < 0.05:
            return f"DROP TABLE {table}"
        if draw < 0.1:
            return f"CREATE TABLE {self.name('r')} LIKE {table}"
        if draw < 0.15:
            return f"RENAME TABLE {table} TO {self.name('r')}"
        if draw < 0.2 and len(tables) > 1:
            other = self.rng.choice([t for t in tables if t != table])
            return f"RENAME TABLE {table} TO swap, {other} TO {table}, swap TO {other}"
        columns = self.columns(truth, table)
        keys = [r[2] for r in truth.rows(f"SHOW KEYS FROM d.{table} WHERE Non_unique = 0 AND Seq_in_index = 1")]
        actions = [self.action(columns, keys) for _ in range(self.rng.randint(1, 3))]
        return f"ALTER TABLE {table} {', '.join(actions)}"
