# SPDX-License-Identifier: Apache-2.0
"""What a server itself says of its tables, in the words of ddl_dump."""

import re

SYSTEM = ("mysql", "sys", "information_schema", "performance_schema")

TYPES = {
    "tinyint": 1, "smallint": 2, "int": 3, "float": 4, "double": 5, "bigint": 8, "mediumint": 9, "date": 10, "year": 13,
    "varchar": 15, "varbinary": 15, "bit": 16, "timestamp": 17, "datetime": 18, "time": 19, "vector": 242, "json": 245,
    "decimal": 246, "enum": 247, "set": 248, "char": 254, "binary": 254, "uuid": 254, "inet6": 254, "inet4": 254,
}
for family in ("text", "blob"):
    TYPES |= {prefix + family: 252 for prefix in ("", "tiny", "medium", "long")}
for shape in ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
              "geometrycollection", "geomcollection"):
    TYPES[shape] = 255
ESCAPES = {"0": "\0", "n": "\n", "r": "\r"}
# The lengths that servers show for a key on a whole POINT, and MariaDB for its hash of another shape.
WHOLE_SHAPES = (25, 8)
PREFIXES = {"tiny": 1, "": 2, "medium": 3, "long": 4}
SPECIALS = {"uuid": 1, "inet6": 2, "inet4": 3}


def canonical(name):
    """What servers before 8.0.28 and 10.6 call utf8 is utf8mb3."""
    if name is None:
        return ""
    return "utf8mb3" + name[4:] if name == "utf8" or name.startswith("utf8_") else name


def labels_of(column_type):
    """The labels in COLUMN_TYPE: 'a','it''s', with backslashes before some, whatever the sql_mode."""
    found = re.findall(r"'((?:[^']|'')*)'", column_type[column_type.index("(") :])
    return [re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), label.replace("''", "'")) for label in found]


def expected_column(row, mariadb):
    """A row of information_schema.COLUMNS as ddl_dump prints a column."""
    name, column_type, charset, collation, octets, nullable, extra = row
    word = re.match(r"[a-z0-9]+", column_type)[0]
    numbers = [int(n) for n in re.findall(r"^[a-z0-9]+\((\d+)(?:,(\d+))?\)", column_type)[0:1] for n in n if n]
    kind = TYPES[word]
    out = {
        "name": name, "type": kind, "unsigned": "unsigned" in column_type and word not in ("enum", "set"), "octets": 0,
        "length_bytes": 0, "precision": 0, "scale": 0, "fraction": 0, "bits": 0, "charset": canonical(charset),
        "collation": canonical(collation), "labels": [], "special": SPECIALS.get(word, 0), "nullable": nullable == "YES",
        "generated": bool(re.search(r"VIRTUAL|STORED GENERATED|PERSISTENT", extra)), "invisible": "INVISIBLE" in extra,
    }
    if kind in (15, 254):
        if word in SPECIALS:
            out["octets"] = 4 if word == "inet4" else 16
        elif octets is not None:
            out["octets"] = int(octets)
        else:
            out["octets"] = numbers[0]
    if kind == 252:
        out["length_bytes"] = PREFIXES[word[:-4]]
    if word == "vector":
        out["charset"] = out["collation"] = ""
        if mariadb:
            out |= {"type": 15, "octets": 4 * numbers[0]}
    if out["type"] in (242, 245, 255):
        out |= {"length_bytes": 4, "charset": "", "collation": ""}
    if out["type"] in (15, 247, 248, 252, 254) and not out["charset"]:
        out["charset"] = out["collation"] = "binary"
    if kind == 246:
        out["precision"], out["scale"] = numbers
    if kind == 16:
        out["bits"] = numbers[0]
    if kind in (17, 18, 19):
        out["fraction"] = numbers[0] if numbers else 0
    if kind in (247, 248):
        out["labels"] = labels_of(column_type)
    if "COMPRESSED" in column_type:
        out["type"] = 141 if kind == 15 else 140
    return out


def unquoted(name):
    return name[1:-1].replace(name[0] * 2, name[0])


class Truth:
    """A connection that only asks."""

    def __init__(self, server):
        self.connection = server.connect()
        self.cursor = self.connection.cursor()
        self.mariadb = server.kind.family == "mariadb"

    def close(self):
        self.connection.close()

    def rows(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetchall()

    def databases(self):
        return {n: canonical(c) for n, c in self.rows(
            "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA") if n not in SYSTEM}

    def names(self):
        """{(database, table): kind} of all there are: 0 table, 1 view, 2 sequence."""
        out = {}
        for database, name, kind in self.rows("SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES"):
            if database not in SYSTEM and kind != "TEMPORARY":
                out[database, name] = 1 if "VIEW" in kind else 2 if kind == "SEQUENCE" else 0
        return out

    def documents(self, database, table):
        """MariaDB: the columns that json_valid() checks, each on a line of its own of the table's text."""
        if not self.mariadb:
            return set()
        escaped = tuple(n.replace("`", "``") for n in (database, table))
        shown = self.rows("SHOW CREATE TABLE `%s`.`%s`" % escaped)[0][1]
        name = r'(`(?:[^`]|``)+`|"(?:[^"]|"")+")'
        return {unquoted(a) for a, b in re.findall(rf"^  {name} longtext.*CHECK \(json_valid\({name}\)\)", shown, re.M | re.I) if a == b}

    def quoted(self, text):
        return self.connection.escape(text)

    def table(self, database, name):
        """The definition of a table; None if it cannot be shown, such as one of an engine that is gone."""
        where = f"TABLE_SCHEMA = {self.quoted(database)} AND TABLE_NAME = {self.quoted(name)}"
        found = self.rows(f"SELECT TABLE_COLLATION, ENGINE FROM information_schema.TABLES WHERE {where}")
        documents = self.documents(database, name)
        columns = [expected_column(r, self.mariadb) for r in self.rows(
            "SELECT COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, CHARACTER_OCTET_LENGTH, IS_NULLABLE, EXTRA"
            f" FROM information_schema.COLUMNS WHERE {where} ORDER BY ORDINAL_POSITION")]
        for column in columns:
            if column["name"] in documents and column["type"] == 252 and column["length_bytes"] == 4:
                column["special"] = 4 if column["charset"] != "binary" else 0
        shapes = [c["name"] for c in columns if c["type"] == 255]
        keys = {}
        escaped = tuple(n.replace("`", "``") for n in (database, name))
        for row in self.rows("SHOW KEYS FROM `%s`.`%s` WHERE Non_unique = 0" % escaped):
            entry = keys.setdefault(row[2], {"name": row[2], "functional": False, "hashed": False, "parts": []})
            entry["hashed"] = self.mariadb and row[10] == "HASH" and found[0][1] != "MEMORY"
            if row[4] is None:
                entry["functional"] = True
            else:
                entry["parts"].append([row[4], 0 if row[7] in WHOLE_SHAPES and row[4] in shapes else row[7] or 0])
        return {"collation": canonical(found[0][0]), "columns": columns, "keys": list(keys.values())}


def hidden(column):
    """MariaDB's columns of system versioning that only the tracker shows."""
    return column["name"] in ("row_start", "row_end") and column["invisible"] and column["generated"] and column["type"] == 17


def table_differences(ours, theirs):
    """What the tracker and the server tell differently of one table, one line each."""
    if ours["collation"] != theirs["collation"]:
        yield f"collation {ours['collation']!r}, the server has {theirs['collation']!r}"
    columns = [c for c in ours["columns"] if not hidden(c)]
    mine, others = [c["name"] for c in columns], [c["name"] for c in theirs["columns"]]
    if mine != others:
        yield f"columns {mine}, the server has {others}"
        return
    for x, y in zip(columns, theirs["columns"]):
        for field in y:
            if x[field] != y[field]:
                yield f"column {x['name']}: {field} {x[field]!r}, the server has {y[field]!r}"
    if ours["keys"] != theirs["keys"]:
        yield f"keys {ours['keys']}, the server has {theirs['keys']}"
