# SPDX-License-Identifier: Apache-2.0
"""Tables as the records of the JSON view leave them, of a database that nobody can ask any more.

Row events are applied strictly: what a before image names must be there, cell by cell. Of DDL only what moves or drops
whole tables is understood. ALTER changes rows that no record tells of, so a row from before one is known by the columns
that it had and still has.
"""

import collections

from .ddl_text import effects


class Replay:
    def __init__(self):
        self.tables = collections.defaultdict(list)  # (database, table) -> [Row]

    def apply(self, records):
        for record in records:
            if record["operation"] == "DDL":
                self._ddl(record["objectName"], record["afterImages"])
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
        for what, name, *new in effects(database, text):
            if what == "altered":
                for row in self.tables[name]:
                    row.is_stale = True
            for key in [k for k in self.tables if k == name or name == (k[0], None)]:
                if what == "gone":
                    del self.tables[key]
                elif what == "moved":
                    self.tables[new[0]] = self.tables.pop(key)


class Row:
    def __init__(self, image):
        self.image = image
        self.is_stale = False  # an ALTER came after it

    def agrees(self, image):
        if not self.is_stale:
            return self.image == image
        common = self.image.keys() & image.keys()
        return bool(common) and all(self.image[c] == image[c] for c in common)
