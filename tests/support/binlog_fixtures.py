# SPDX-License-Identifier: Apache-2.0
"""The binlog files beside the repository, decoded, and what their `expected.json` says of each cell."""

import base64
import decimal
import json
import pathlib
import re

from . import cells, millrace

GENERATED = pathlib.Path(__file__).resolve().parents[3] / "shared/fixtures/binlogs/generated"

# What is refused rather than guessed: the case's name and the reason that must be given.
REFUSED = {"log_bin_compress": "logged as a statement", "old_temporal_fraction": "type 11 .* in the binlog",
           "partial_json_minimal": "column j: .* the image before lacks the document"}


def cases():
    """The folders that hold what a server showed, but of encrypted logs."""
    return sorted(p.parent for p in GENERATED.glob("*/*/expected.json") if "encrypted" not in p.parts[-3])


def last_snapshot(case):
    """{(database, table): {"columns": [...], "rows": [{column: cell, ...}, ...]}}."""
    snapshots = json.loads((case / "expected.json").read_text(encoding="utf-8"))["snapshots"]
    return {(d, t): {"columns": wanted["columns"], "rows": as_dicts(wanted)}
            for d, tables in list(snapshots.values())[-1].items() for t, wanted in tables.items()}


def decode(case, tmp_path):
    """The JSON view of a case's files; None where they are refused for the right reason.

    Tables that were made before the files begin are given as --schema.
    """
    files = sorted(p for p in case.iterdir() if re.fullmatch(r"binlog\.\d+", p.name))
    setup, mark, _ = (case / "input.sql").read_bytes().partition(b"-- @main")
    options = []
    if mark and b"CREATE TABLE" in setup.upper():
        (tmp_path / "schema.sql").write_bytes(setup)
        options = ["--schema", tmp_path / "schema.sql"]
    # All that is in the files: what is folded has tests of its own, and one file's hand-made tool loses a row.
    done = millrace.run("binlog", *files, "--format", "json", "--online-ddl", "raw", *options, check=False, timeout=120)
    if done.code == 1 and case.name in REFUSED:
        assert re.search(REFUSED[case.name], done.err) and re.search(r"at binlog\.\d+:\d+", done.err), done.err
        return None
    assert done.code == 0, done.err
    return done.lines()


def as_dicts(wanted):
    names = [c["name"] for c in wanted["columns"]]
    return [row if isinstance(row, dict) else dict(zip(names, row)) for row in wanted["rows"]]


def base_type(column):
    return re.match(r"[a-z0-9]+", column["type"].lower())[0]


def is_binary(column):
    return base_type(column) in cells.BINARIES | cells.GEOMETRIES


def expected_cell(column, row):
    """What expected.json says, in the writing of plain()."""
    value = row[column["name"]]
    if value is None:
        return None
    kind = base_type(column)
    if kind in cells.GEOMETRIES:
        return value[8:].upper()
    if kind in cells.BINARIES:
        return value.upper()
    if kind == "float":
        return repr(cells.shortest_float(value))
    if kind == "double":
        return repr(float(value))
    if kind in {"datetime", "timestamp", "time"}:
        return time_text(value)
    if kind == "decimal":
        return re.sub(r"^(-?)0+(?=\d)", r"\1", value)
    if kind == "json":
        return json.dumps(json.loads(value), sort_keys=True)
    return str(value).replace("\ufffd", "?")


def time_text(value):
    whole, _, fraction = str(value).partition(".")
    return f"{whole}.{fraction:0<6}"


def plain(column, value):
    """A cell of the JSON view: numbers with all digits, text UTF-8, binary base64, the rest as MySQL prints it."""
    if value is None:
        return None
    kind = base_type(column)
    if is_binary(column):
        return base64.b64decode(value, validate=True).hex().upper()
    if kind in {"float", "double"}:
        return repr(float(value))
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if kind in {"datetime", "timestamp", "time"}:
        return time_text(value)
    if kind == "json" and isinstance(value, str):
        return json.dumps(json.loads(value), sort_keys=True)
    return str(value).replace("\ufffd", "?")  # bytes that their character set does not have: the server shows ? for them
