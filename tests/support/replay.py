# SPDX-License-Identifier: Apache-2.0
"""Tables as the records of the JSON view leave them, of a database that nobody can ask any more.

Row events are applied strictly: what a before image names must be there, cell by cell. Of DDL only what moves or drops
whole tables is understood. ALTER changes rows that no record tells of, so a row from before one is known by the columns
that it had and still has.
"""

import collections
import re

NAME = r"(?:`(?:[^`]|``)+`|[\w$\u0080-\uffff]+)"
TABLE = rf"{NAME}(?:\s*\.\s*{NAME})?"
COMMENT = re.compile(r"/\*(?![!M]).*?\*/", re.DOTALL)


class Replay:
    def __init__(self):
        self.tables = collections.defaultdict(list)  # (database, table) -> [Row]

    def apply(self, records):
        for record in records:
            if record["operation"] == "DDL":
                self._ddl(record["objectName"].split(".")[0], COMMENT.sub(" ", record["afterImages"]).strip())
            elif record["operation"] in {"INSERT", "UPDATE", "DELETE"}:
                rows = self.tables[tuple(part.replace("\\u002E", ".") for part in record["objectName"].split("."))]
                if record["beforeImages"] is not None:
                    rows.remove(self._find(record, rows))
                if record["afterImages"] is not None:
                    rows.append(Row(record["afterImages"]))
        return self

    @staticmethod
    def _find(record, rows):
        before = record["beforeImages"]
        for row in rows:
            if row.agrees(before):
                return row
        raise AssertionError(f"{record['objectName']}: no row is {before}")

    def _ddl(self, database, text):
        def name(written):
            parts = [p[1:-1].replace("``", "`") if p[0] == "`" else p for p in re.findall(NAME, written)]
            return (database, *parts)[-2:]

        if found := re.match(r"RENAME\s+TABLES?\s+(.*)", text, re.I | re.S):
            for old, new in re.findall(rf"({TABLE})\s+TO\s+({TABLE})", found[1], re.I):
                self._move(name(old), name(new))
        elif found := re.match(rf"ALTER\s+TABLE\s+({TABLE})\s+(.*)", text, re.I | re.S):
            for row in self.tables[name(found[1])]:
                row.is_stale = True
            to = re.search(rf"\bRENAME\s+(?!COLUMN|INDEX|KEY)(?:TO\s+|AS\s+|=\s*)?({TABLE})", found[2], re.I)
            if to:
                self._move(name(found[1]), name(to[1]))
        elif found := re.match(r"DROP\s+TABLES?\s+(?:IF\s+EXISTS\s+)?(.*)", text, re.I | re.S):
            for old in re.findall(rf"{TABLE}", found[1]):
                self.tables.pop(name(old), None)
        elif found := re.match(rf"CREATE\s+OR\s+REPLACE\s+TABLE\s+({TABLE})", text, re.I):
            self.tables.pop(name(found[1]), None)
        elif found := re.match(rf"TRUNCATE\s+(?:TABLE\s+)?({TABLE})", text, re.I):
            self.tables.pop(name(found[1]), None)
        elif found := re.match(rf"DROP\s+(?:DATABASE|SCHEMA)\s+(?:IF\s+EXISTS\s+)?({NAME})", text, re.I):
            gone = name(found[1])[-1]
            for key in [k for k in self.tables if k[0] == gone]:
                del self.tables[key]

    def _move(self, old, new):
        if old in self.tables:
            self.tables[new] = self.tables.pop(old)


class Row:
    def __init__(self, image):
        self.image = image
        self.is_stale = False  # an ALTER came after it

    def agrees(self, image):
        if not self.is_stale:
            return self.image == image
        common = self.image.keys() & image.keys()
        return bool(common) and all(self.image[c] == image[c] for c in common)
