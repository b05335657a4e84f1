# SPDX-License-Identifier: Apache-2.0
"""Tables rebuilt from records alone, held against the server row by row.

Applying is strict: an INSERT of a key that is there, an UPDATE or DELETE whose before image is not the row that was
built so far, is a change that was lost, doubled or put in the wrong order. ALTER may change rows without a record of them
(ADD COLUMN with a default): rows that were built before one are known by their key alone, or, without a key, by their
number alone.
"""

import collections
import json

from . import cells
from .ddl_text import effects


def agree(a, b):
    """Two images of one row, of which one may lack columns."""
    return a.items() <= b.items() or b.items() <= a.items()


class Table:
    """A bag of rows by key."""

    def __init__(self):
        self.fresh = collections.defaultdict(list)  # key -> [row, ...]
        self.stale = collections.Counter()  # keys of rows that are older than the last ALTER

    def age(self):
        for key, rows in self.fresh.items():
            self.stale[key] += len(rows)
        self.fresh.clear()

    def add(self, record, key, unique, row):
        assert not (unique and (self.fresh.get(key) or self.stale[key])), f"{record}: a row {key} is there already"
        self.fresh[key].append(row)

    def remove(self, record, key, unique, row):
        candidates = [key] if unique or key in self.fresh else list(self.fresh)
        for candidate in candidates:
            rows = self.fresh.get(candidate, [])
            found = next((r for r in rows if agree(r, row)), None)
            if found is not None:
                rows.remove(found)
                if not rows:
                    del self.fresh[candidate]
                return
        assert not unique or key not in self.fresh, \
            f"{record}: its before image is not the row that we have\nimage {row}\nours  {self.fresh[key]}"
        # There is no key, or the ALTER made it anew or gave it another character set.
        old = key if self.stale[key] else max((k for k, n in self.stale.items() if n), key=lambda k: len(set(k) & set(key)), default=None)
        assert old is not None, f"{record}: no row that we have is its before image {row}"
        self.stale[old] -= 1


class Rebuilt:
    """All tables of a stream of records."""

    def __init__(self):
        self.tables = collections.defaultdict(Table)  # (database, table) -> Table

    def apply(self, records):
        for record in records:
            if record.operation == "DDL":
                self._ddl(record)
            elif record.operation in {"INSERT", "UPDATE", "DELETE"}:
                if record.before is not None:
                    row = cells.image_cells(record.before)
                    self.tables[record.table].remove(record, *self._key(record, row), row)
                if record.after is not None:
                    row = cells.image_cells(record.after)
                    self.tables[record.table].add(record, *self._key(record, row), row)
        return self

    def _ddl(self, record):
        for what, name, *new in effects(record.object, record.statement):
            for key in [k for k in self.tables if k == name or name == (k[0], None)]:
                if what == "altered":
                    self.tables[key].age()
                elif what == "gone":
                    del self.tables[key]
                else:
                    self.tables[new[0]] = self.tables.pop(key)

    def forget(self, table):
        """After what no statement tells of."""
        self.tables.pop(table, None)

    @staticmethod
    def _key(record, row):
        keys = json.loads(record.tags.get("pk_uk_info", "{}"))
        columns = keys.get("PRIMARY") or sorted(row)
        return tuple((c, row[c]) for c in columns), "PRIMARY" in keys

    def rows(self, database, table):
        stale = self.tables[database, table].stale
        assert not stale.total(), f"{database}.{table}: {stale.total()} rows were not seen since an ALTER, such as {stale.most_common(1)}"
        return [row for rows in self.tables[database, table].fresh.values() for row in rows]

    def compare(self, server, *tables):
        """Each (database, table) must hold exactly the server's rows."""
        for database, table in tables:
            columns = {c.name: c for c in cells.columns_of(server, database, table)}
            if server.name == "mariadb-11.8":  # its images of UPDATE and DELETE lack them
                for name in cells.generated_columns_of(server, database, table):
                    del columns[name]

            def bag(rows, columns=columns):
                return collections.Counter(
                    tuple(sorted((n, cells.normal(columns[n], v, server.name)) for n, v in row.items() if n in columns)) for row in rows
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
