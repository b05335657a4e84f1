# SPDX-License-Identifier: Apache-2.0
"""Every column type, with its edge values, arrives as the server has it: inserted, updated and deleted."""

import pathlib
import re

import pytest

from tests.support import cells, records
from tests.support.fixtures import SERVERS
from tests.support.oracle import Rebuilt

FILES = sorted((pathlib.Path(__file__).resolve().parents[1] / "corpus/types").glob("*.sql"))


def servers_of(path):
    """The servers that have a file's types: all, or those that its first line names."""
    only = re.match(r"-- servers: (.*)", path.read_text(encoding="utf-8"))
    return only[1].split() if only else SERVERS


def statements(path):
    return [part for part in re.split(r";[ \t]*\n", path.read_text(encoding="utf-8")) if part.strip()]


def plain_columns(source, table):
    """The columns that one may write to."""
    rows = source.sql("SELECT COLUMN_NAME, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA=%s AND TABLE_NAME=%s "
                      "ORDER BY ORDINAL_POSITION" % (repr(source.db), "'" + table.replace("'", "''") + "'"))
    return ["`" + name.replace("`", "``") + "`" for name, extra in rows if name != "id" and "GENERATED" not in extra.upper()]


@pytest.mark.parametrize("source, path", [(s, p) for p in FILES for s in SERVERS if s in servers_of(p)], indirect=["source"],
                         ids=lambda v: v if isinstance(v, str) else v.stem)
def test_every_type_arrives_as_the_server_has_it(source, service, path):
    run = statements(path)
    loose = ["SET sql_mode=''", "SET time_zone='+00:00'"]
    task = service.track(source.server, source.db, name=f"types-{source.db}")
    source.sql(*loose, *run)
    tables = [row[0] for row in source.sql("SHOW FULL TABLES") if row[1] == "BASE TABLE"]
    for table in tables:
        quoted = f"`{table}`"
        columns = plain_columns(source, table)
        # Every row takes the values of the next one; unique keys would stand in the way.
        keys = {r[2] for r in source.sql(f"SHOW INDEX FROM {quoted}") if r[1] == 0 and r[2] != "PRIMARY"}
        moves = ", ".join(f"a.{c}=b.{c}" for c in columns)
        if not keys:
            source.sql(*loose, f"UPDATE {quoted} a JOIN {quoted} b ON b.id = a.id + 1 SET {moves}")
        source.sql(*loose, f"UPDATE {quoted} SET id = id + 1000 ORDER BY id DESC", f"DELETE FROM {quoted} WHERE id % 2 = 0")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    rebuilt = Rebuilt().apply(got)
    assert all(rebuilt.rows(source.db, t) for t in tables), "nothing is left to compare"
    rebuilt.compare(source.server, *((source.db, t) for t in tables))
    for table in tables:
        check_numbers(source, table, got)


def check_numbers(source, table, got):
    """The data type numbers and the column order of one table's records."""
    columns = cells.columns_of(source.server, source.db, table.replace("'", "''"))
    record = next(r for r in got if r.operation == "INSERT" and r.table == (source.db, table))
    assert record.names() == [c.name for c in columns]
    assert [f["dataTypeNumber"] for f in record.value["fields"]] == [cells.NUMBERS[c.type] for c in columns]
