# SPDX-License-Identifier: Apache-2.0
"""Tables rebuilt from records alone, held against the server row by row.

Applying is strict: an INSERT of a key that is there, an UPDATE or DELETE whose before image is not the row that was
built so far, is a change that was lost, doubled or put in the wrong order. DDL may change rows without a record of them
(ADD COLUMN with a default): a row that was built before a DDL statement is matched by its key alone.
"""

import collections
import json

from . import cells


class Rebuilt:
    """All tables of a stream of records, each a bag of rows by key."""

    def __init__(self):
        self.tables = collections.defaultdict(dict)  # name -> key -> [row, ...]
        self.stale = collections.defaultdict(set)  # name -> keys of rows that are older than the last DDL

    def apply(self, records):
        for record in records:
            if record.operation == "DDL":
                for name, table in self.tables.items():
                    self.stale[name] = set(table)
            elif record.operation in {"INSERT", "UPDATE", "DELETE"}:
                if record.before is not None:
                    self._remove(record, cells.image_cells(record.before))
                if record.after is not None:
                    self._add(record, cells.image_cells(record.after))
        return self

    def forget(self, table):
        """After a DROP or TRUNCATE."""
        self.tables.pop(table, None)

    @staticmethod
    def _key(record, row):
        keys = json.loads(record.tags.get("pk_uk_info", "{}"))
        columns = keys.get("PRIMARY") or sorted(row)
        return tuple((c, row[c]) for c in columns), "PRIMARY" in keys

    def _add(self, record, row):
        key, unique = self._key(record, row)
        rows = self.tables[record.table].setdefault(key, [])
        assert not (unique and rows), f"{record}: a row {key} is there already"
        rows.append(row)

    def _remove(self, record, row):
        key, unique = self._key(record, row)
        table = self.tables[record.table]
        rows = table.get(key, [])
        if unique and key in self.stale[record.table]:
            self.stale[record.table].discard(key)
            del table[key]
            return
        assert row in rows, f"{record}: its before image is not the row that we have\nimage {row}\nours  {rows}"
        rows.remove(row)
        if not rows:
            del table[key]

    def rows(self, database, table):
        return [row for rows in self.tables[(database, table)].values() for row in rows]

    def compare(self, server, *tables):
        """Each (database, table) must hold exactly the server's rows."""
        for database, table in tables:
            columns = {c.name: c for c in cells.columns_of(server, database, table)}

            def bag(rows, columns=columns):
                return collections.Counter(
                    tuple(sorted((n, cells.normal(columns[n], v)) for n, v in row.items() if n in columns), ) for row in rows
                )

            ours, theirs = bag(self.rows(database, table)), bag(cells.rows_of(server, database, table))
            assert ours == theirs, describe(f"{database}.{table}", ours, theirs)


def describe(name, ours, theirs):
    """The first difference, column by column."""
    extra, missing = list((ours - theirs)), list((theirs - ours))
    lines = [f"{name}: {len(extra)} rows too many, {len(missing)} missing"]
    if extra and missing:
        a = dict(extra[0])
        b = max((dict(m) for m in missing), key=lambda m: sum(m.get(k) == v for k, v in a.items()))
        lines += [f"  {k}: record has {a.get(k)!r}, server has {b.get(k)!r}" for k in sorted({*a, *b}) if a.get(k) != b.get(k)]
    else:
        lines += [f"  {dict(row)}" for row in (extra + missing)[:3]]
    return "\n".join(lines)
