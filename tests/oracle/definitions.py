# SPDX-License-Identifier: Apache-2.0
"""Declarations of columns and tables, and what may be done to a table that is there."""

# Labels are ASCII: CONVERT TO damages others on the server itself.
EVERYWHERE = (
    "TINYINT", "SMALLINT UNSIGNED", "MEDIUMINT", "INT", "INT(9) UNSIGNED ZEROFILL", "BIGINT", "BIGINT UNSIGNED", "BOOL",
    "DECIMAL(5,0)", "DECIMAL(30,10)", "DECIMAL(12,3) UNSIGNED", "DECIMAL(65,30)", "FLOAT", "FLOAT UNSIGNED", "DOUBLE", "BIT(1)",
    "BIT(12)", "BIT(64)", "DATE", "TIME", "TIME(3)", "TIME(6)", "DATETIME", "DATETIME(1)", "DATETIME(6)", "TIMESTAMP NULL",
    "TIMESTAMP(4) NULL", "YEAR", "CHAR(5)", "CHAR(255)", "VARCHAR(30)", "VARCHAR(300)", "VARCHAR(20) CHARACTER SET gbk",
    "VARCHAR(20) CHARACTER SET latin1", "CHAR(7) CHARACTER SET sjis", "VARCHAR(20) CHARACTER SET ucs2", "CHAR(3) CHARACTER SET utf16",
    "VARCHAR(20) CHARACTER SET cp1251", "CHAR(9) CHARACTER SET big5", "TEXT CHARACTER SET ujis", "VARCHAR(9) CHARACTER SET utf32",
    "VARCHAR(90) CHARACTER SET utf8", "BINARY(4)", "VARBINARY(20)", "VARBINARY(300)", "TINYTEXT", "TEXT", "MEDIUMTEXT CHARACTER SET latin1",
    "LONGTEXT", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "ENUM('a','b','u2')", "ENUM('x,y','it''s','\\\\') CHARACTER SET gbk",
    "SET('x','y','z')", "SET(%s)" % ",".join(f"'m{i}'" for i in range(64)), "POINT", "GEOMETRY", "LINESTRING", "POLYGON", "GEOMETRYCOLLECTION",
)
JSON = ("JSON",)
MARIADB = ("UUID", "INET6", "INET4", "VARCHAR(100) COMPRESSED", "TEXT COMPRESSED", "BLOB COMPRESSED", "INT INVISIBLE",
           "VARCHAR(9) INVISIBLE DEFAULT 'unseen'", "INT AS (touched + 1) VIRTUAL", "VARCHAR(20) AS (concat('s', touched)) STORED")
MYSQL9 = ("VECTOR(3)", "INT INVISIBLE", "VARCHAR(9) DEFAULT 'unseen' INVISIBLE", "INT AS (touched + 1) VIRTUAL",
          "VARCHAR(20) AS (concat('s', touched)) STORED")
TYPES = {
    "mysql-5.6": EVERYWHERE,
    "mysql-9": EVERYWHERE + JSON * 3 + MYSQL9,
    "mariadb-10.11": EVERYWHERE + JSON + MARIADB,
    "mariadb-11.8": EVERYWHERE + JSON + MARIADB + ("VECTOR(3)",),
}
NO_DEFAULT = ("TEXT", "BLOB", "JSON", "POINT", "GEOMETRY", "LINESTRING", "POLYGON", "VECTOR", " AS (", "INVISIBLE", "NULL")
CHARSETS = ("utf8mb4", "latin1", "utf8", "gbk", "utf8mb4 COLLATE utf8mb4_bin")
KEYS = ("id INT AUTO_INCREMENT PRIMARY KEY, ", "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, p CHAR(3) NOT NULL DEFAULT 'a', PRIMARY KEY (id, p), ",
        "id INT NOT NULL AUTO_INCREMENT, UNIQUE KEY (id), ", "")
ENGINES = ("", "", "", "", " ENGINE=MyISAM", " ROW_FORMAT=COMPRESSED", " DEFAULT CHARSET=latin1", " DEFAULT CHARSET=utf8 PARTITION BY HASH (touched) PARTITIONS 3")


def declaration(rng, server):
    text = rng.choice(TYPES[server])
    if any(word in text for word in NO_DEFAULT):
        return text
    return text + rng.choice(["", "", "", " NOT NULL", " NULL", " NOT NULL DEFAULT '1'", " DEFAULT NULL", " COMMENT 'it''s; ('"])


def create(rng, server, table, names):
    engine = rng.choice(ENGINES)
    key = "" if "PARTITION" in engine else rng.choice(KEYS)
    columns = "".join(f", {name} {declaration(rng, server)}" for name in names)
    return f"CREATE TABLE {table} ({key}touched INT NOT NULL DEFAULT 0{columns}){engine}"


def alter(rng, server, table, columns, fresh):
    """One ALTER TABLE with one to three actions. columns: names that may be changed; fresh(prefix) gives a new name."""
    columns = list(columns)
    actions = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        kind = rng.random()
        place = rng.choice(["", "", " FIRST", " AFTER touched"])
        if not columns or kind < 0.35 and len(columns) < 14:
            actions.append(f"ADD COLUMN {fresh('c')} {declaration(rng, server)}{place}")
        elif kind < 0.5:
            actions.append(f"DROP COLUMN {columns.pop(rng.randrange(len(columns)))}")
        elif kind < 0.65:
            actions.append(f"CHANGE COLUMN {columns.pop(rng.randrange(len(columns)))} {fresh('r')} {declaration(rng, server)}{place}")
        elif kind < 0.8:
            actions.append(f"MODIFY COLUMN {columns.pop(rng.randrange(len(columns)))} {declaration(rng, server)}{place}")
        elif kind < 0.87:
            actions.append(f"CONVERT TO CHARACTER SET {rng.choice(CHARSETS)}")
        elif kind < 0.93:
            actions.append(f"ADD {rng.choice(['INDEX', 'UNIQUE INDEX'])} {fresh('k')} ({rng.choice(columns)})")
        elif server != "mysql-5.6":
            actions.append(f"RENAME COLUMN {columns.pop(rng.randrange(len(columns)))} TO {fresh('r')}")
        else:
            actions.append("ENGINE=InnoDB")
    return f"ALTER TABLE {table} " + ", ".join(actions)
