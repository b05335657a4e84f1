# SPDX-License-Identifier: Apache-2.0
"""Holds the reader of DDL and the catalog against real servers.

/usr/bin/python3 -m tests.ddl_oracle [--seed N] [--random N] [--dump PATH] [SERVER ...]

Runs the statements of tests/corpus/ddl/*.sql, then N random ones, on each server. Those that the server takes go through
ddl_dump too, and after each the catalog has to be what information_schema and SHOW KEYS tell. Statements that a server
does not know are left out for it.
"""

import argparse
import contextlib
import json
import pathlib
import random
import re
import subprocess
import sys

from tests.ddl_random import Statements
from tests.servers import KINDS, Server

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "corpus" / "ddl"
SYSTEM = ("mysql", "sys", "information_schema", "performance_schema")
MODES = {"REAL_AS_FLOAT": 0x1, "ANSI_QUOTES": 0x4, "ORACLE": 0x200, "NO_BACKSLASH_ESCAPES": 0x100000}

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
PREFIXES = {"tiny": 1, "": 2, "medium": 3, "long": 4}
SPECIALS = {"uuid": 1, "inet6": 2, "inet4": 3}


def canonical(name):
    """What servers before 8.0.28 and 10.6 call utf8 is utf8mb3."""
    if name is None:
        return ""
    return "utf8mb3" + name[4:] if name == "utf8" or name.startswith("utf8_") else name


def labels_of(column_type):
    """The labels in COLUMN_TYPE: 'a','it''s'. Servers print control characters and backslashes as they are or escaped."""
    found = re.findall(r"'((?:[^']|'')*)'", column_type[column_type.index("(") :])
    return [label.replace("''", "'") for label in found]


def expected_column(row, mariadb):
    """A row of information_schema.COLUMNS as ddl_dump prints a column."""
    name, column_type, charset, collation, octets, nullable, extra = row
    word = re.match(r"[a-z0-9]+", column_type)[0]
    numbers = [int(n) for n in re.findall(r"^[a-z0-9]+\((\d+)(?:,(\d+))?\)", column_type)[0:1] for n in n if n]
    out = {
        "name": name, "type": TYPES[word], "unsigned": "unsigned" in column_type and word not in ("enum", "set"), "octets": 0,
        "length_bytes": 0, "precision": 0, "scale": 0, "fraction": 0, "bits": 0, "charset": canonical(charset),
        "collation": canonical(collation), "labels": [], "special": SPECIALS.get(word, 0), "nullable": nullable == "YES",
        "generated": bool(re.search(r"VIRTUAL|STORED GENERATED|PERSISTENT", extra)), "invisible": "INVISIBLE" in extra,
    }
    kind = out["type"]
    if kind in (15, 254):
        out["octets"] = int(octets) if octets is not None else numbers[0]
        if word in SPECIALS:
            out["octets"] = 4 if word == "inet4" else 16
    if kind == 252:
        out["length_bytes"] = PREFIXES[word[:-4]]
    if word == "vector":
        out["charset"] = out["collation"] = ""
        if mariadb:
            out |= {"type": 15, "octets": 4 * numbers[0]}
    if out["type"] in (242, 245, 255):
        out |= {"length_bytes": 4, "charset": "", "collation": ""}
    if out["type"] in (15, 252, 254) and not out["charset"]:
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


class Truth:
    """What the server says."""

    def __init__(self, server):
        self.server = server
        self.connection = server.connect()
        self.cursor = self.connection.cursor()
        self.mariadb = server.kind.family == "mariadb"
        self.expressions = bool(self.rows(
            "SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'STATISTICS'"
            " AND COLUMN_NAME = 'EXPRESSION'"))

    def rows(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetchall()

    def databases(self):
        return {n: canonical(c) for n, c in self.rows(
            "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA") if n not in SYSTEM}

    def json_columns(self):
        if not self.mariadb:
            return set()
        return {(d, t, c) for d, t, c, clause in self.rows(
            "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS"
            " WHERE LEVEL = 'Column'") if clause.replace("`", "") == f"json_valid({c})"}

    def tables(self, only):
        """{(database, table): definition} of those in `only`, or of all."""
        out = {}
        documents = self.json_columns()
        for database, name, kind, collation in self.rows(
                "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_COLLATION FROM information_schema.TABLES"):
            if database in SYSTEM or kind == "TEMPORARY":
                continue
            kind = 1 if "VIEW" in kind else 2 if kind == "SEQUENCE" else 0
            out[database, name] = {"kind": kind, "collation": canonical(collation) if kind == 0 else ""}
        for key in list(out):
            if only is not None and key not in only:
                out[key] = None
            elif out[key]["kind"] == 0:
                self.fill(key, out[key], documents)
        return out

    def fill(self, key, table, documents):
        database, name = key
        quoted = self.connection.escape(name), self.connection.escape(database)
        table["columns"] = [expected_column(r, self.mariadb) for r in self.rows(
            "SELECT COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, CHARACTER_OCTET_LENGTH, IS_NULLABLE, EXTRA"
            " FROM information_schema.COLUMNS WHERE TABLE_NAME = %s AND TABLE_SCHEMA = %s ORDER BY ORDINAL_POSITION" % quoted)]
        for column in table["columns"]:
            if (database, name, column["name"]) in documents and column["type"] == 252 and column["length_bytes"] == 4:
                column["special"] = 4 if column["charset"] != "binary" else 0
        keys = {}
        escaped = [n.replace("`", "``") for n in key]
        for row in self.rows("SHOW KEYS FROM `%s`.`%s` WHERE Non_unique = 0" % tuple(escaped)):
            entry = keys.setdefault(row[2], {"name": row[2], "functional": False, "parts": []})
            if row[4] is None:
                entry["functional"] = True
            else:
                entry["parts"].append([row[4], row[7] or 0])
        table["keys"] = list(keys.values())


class Dump:
    """The catalog under test."""

    def __init__(self, program, truth):
        version = truth.server.value("SELECT VERSION()")
        major, minor, patch = (int(n) for n in re.findall(r"\d+", version)[:3])
        arguments = [program]
        if truth.mariadb:
            arguments.append("--mariadb")
        arguments += ["--version", str(major * 10000 + minor * 100 + patch)]
        arguments += ["--server-collation", truth.server.value("SELECT @@global.collation_server")]
        arguments += ["--fold", str(truth.server.value("SELECT @@global.lower_case_table_names"))]
        explicit = truth.server.value("SELECT @@explicit_defaults_for_timestamp")
        arguments += ["--timestamps-nullable", "1" if explicit in (1, "ON") else "0"]
        pairs = self.charset_collations(truth)
        if pairs:
            arguments += ["--charset-collations", ",".join(map(str, pairs))]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @staticmethod
    def charset_collations(truth):
        if not truth.rows("SHOW VARIABLES LIKE 'character_set_collations'"):
            return []
        ids = {n: i for n, i in truth.rows(
            "SELECT FULL_COLLATION_NAME, ID FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY")}
        out = []
        for pair in truth.server.value("SELECT @@character_set_collations").split(","):
            if "=" in pair:
                charset, collation = pair.split("=")
                out += [ids[charset + "_bin"], ids[collation]]
        return out

    def apply(self, database, mode, text):
        record = f"{database}\t{mode}\t{text}".encode() + b"\0"
        self.process.stdin.write(record)
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"ddl_dump ended with {self.process.wait()} at: {text}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def hidden(column):
    return column["name"] in ("row_start", "row_end") and column["invisible"] and column["generated"] and column["type"] == 17


def differences(ours, databases, tables):
    """What the catalog and the server tell differently, one line each."""
    if ours["databases"] != databases:
        yield f"databases: {ours['databases']}, the server has {databases}"
    mine = {(t["database"], t["name"]): t for t in ours["tables"]}
    for key in sorted(set(mine) | set(tables)):
        if key not in mine or key not in tables:
            yield f"{key}: only {'ours' if key in mine else 'the servers'}"
            continue
        if tables[key] is None:
            continue
        a, b = mine[key], tables[key]
        for what in ("kind", "collation"):
            if a[what] != b[what]:
                yield f"{key}: {what} {a[what]!r}, the server has {b[what]!r}"
        if b["kind"] != 0:
            continue
        columns = [c for c in a["columns"] if not hidden(c)]
        if [c["name"] for c in columns] != [c["name"] for c in b["columns"]]:
            yield f"{key}: columns {[c['name'] for c in columns]}, the server has {[c['name'] for c in b['columns']]}"
            continue
        for x, y in zip(columns, b["columns"]):
            for field in y:
                if x[field] != y[field]:
                    yield f"{key}.{x['name']}: {field} {x[field]!r}, the server has {y[field]!r}"
        if a["keys"] != b["keys"]:
            yield f"{key}: keys {a['keys']}, the server has {b['keys']}"


def statements(path):
    """(mode, text) of a file of the corpus. A statement ends with a semicolon at the end of its line."""
    mode, text = None, []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-- mode:"):
            mode = line.partition(":")[2].strip()
        elif text or not line.startswith("--"):
            text.append(line)
            if line.rstrip().endswith(";"):
                yield mode, "\n".join(text).rstrip().rstrip(";")
                text = []


class Oracle:
    def __init__(self, name, program):
        self.server = Server(name, options=["--innodb-strict-mode=0"])
        self.program = program
        self.failures = []
        self.taken = self.refused = 0

    def __enter__(self):
        self.server.start()
        self.truth = Truth(self.server)
        self.dump = Dump(self.program, self.truth)
        self.session = self.server.connect()
        self.mode = 0
        self.set_mode("")
        self.run("CREATE DATABASE d")
        self.session.cursor().execute("USE d")
        return self

    def __exit__(self, *_):
        self.dump.close()
        self.server.close()

    def set_mode(self, mode):
        cursor = self.session.cursor()
        cursor.execute("SET sql_mode = %s", (mode,))
        cursor.execute("SELECT @@sql_mode")
        words = cursor.fetchone()[0].split(",")
        # MySQL has another meaning for the bit of ORACLE, and no modes that stand for it.
        self.mode = sum(bit for word, bit in MODES.items() if word in words and (word != "ORACLE" or self.truth.mariadb))

    def run(self, text):
        cursor = self.session.cursor()
        try:
            cursor.execute(text.encode())
        except Exception:  # noqa: BLE001 - whatever the server says: it did not take it
            self.refused += 1
            return False
        self.taken += 1
        ours = self.dump.apply("d", self.mode, text)
        if ours["problem"]:
            self.failures.append(f"{self.server.name}: {text}\n    not read: {ours['problem']}")
        touched = {(t["database"], t["name"]) for t in ours["tables"] if t["name"] in text} if len(ours["tables"]) > 40 else None
        found = list(differences(ours, self.truth.databases(), self.truth.tables(touched)))
        for line in found:
            self.failures.append(f"{self.server.name}: {text}\n    {line}")
        return not found

    def corpus(self):
        for path in sorted(CORPUS.glob("*.sql")):
            self.set_mode("")
            current = None
            for mode, text in statements(path):
                if mode != current:
                    self.set_mode(mode or "")
                    current = mode
                if not self.run(text):
                    self.heal()
        self.set_mode("")

    def heal(self):
        """After a difference later statements shall not fail for the same reason: what differs is dropped on both sides."""
        if not self.failures:
            return
        for key in re.findall(r"\('d', '((?:[^'\\]|\\.)*)'\)", self.failures[-1]):
            name = key.replace("`", "``")
            with contextlib.suppress(Exception):
                self.session.cursor().execute("SET foreign_key_checks = 0")
                self.session.cursor().execute(f"DROP TABLE `d`.`{name}`")
            self.dump.apply("d", 0, f"DROP TABLE `d`.`{name}`")

    def random(self, count, seed):
        source = Statements(random.Random(seed), self.truth.mariadb)
        for _ in range(count):
            text = source.next(self.truth)
            if not self.run(text):
                self.heal()


def check(name, program, count=0, seed=1):
    """Returns what differs; empty when all is well."""
    with Oracle(name, program) as oracle:
        oracle.corpus()
        oracle.random(count, seed)
        print(f"{name}: {oracle.taken} statements compared, {oracle.refused} not taken by the server,"
              f" {len(oracle.failures)} differences", flush=True)
        return oracle.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("servers", nargs="*", default=list(KINDS), metavar="SERVER")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--dump", default=str(ROOT / "build" / "dev" / "tests" / "tools" / "ddl_dump"))
    arguments = parser.parse_args()
    failures = []
    for name in arguments.servers:
        failures += check(name, arguments.dump, arguments.random, arguments.seed)
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
