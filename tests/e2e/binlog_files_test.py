# SPDX-License-Identifier: Apache-2.0
"""`millrace binlog` over binlog files of many servers: every cell of every snapshot, and every kind of damage.

The files are the fixtures beside the repository; their `expected.json` holds what the server itself showed.
"""

import base64
import collections
import decimal
import json
import pathlib
import re
import struct

import pytest

from tests.support import cells, millrace

GENERATED = pathlib.Path(__file__).resolve().parents[3] / "shared/fixtures/binlogs/generated"
pytestmark = pytest.mark.skipif(not GENERATED.is_dir(), reason=f"{GENERATED} is not there")
CASES = sorted(p.parent for p in GENERATED.glob("*/*/expected.json") if "encrypted" not in p.parts[-3])
# Cases whose last rows follow from row events alone, without DDL that changes rows.
REBUILT = {"all_types", "charsets", "checksum_none", "checksum_switch", "full_metadata", "gtid_domains",
           "minimal_metadata", "old_temporal", "partial_json", "partial_json_compressed", "rotation", "rows_query",
           "session_timezones", "tagged_gtid", "xa"}


# Images that lack columns, and statements instead of rows, which binlog may refuse.
PARTIAL = {"statements", "minimal_image", "noblob_image", "mixed_image"}


# What is refused rather than guessed: the case's name and the reason that must be given.
REFUSED = {"log_bin_compress": "logged as a statement", "old_temporal_fraction": "type 11 .* in the binlog",
           "partial_json_minimal": "column j: .* the image before lacks the document"}


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
    done = millrace.run("binlog", *files, "--format", "json", *options, check=False, timeout=120)
    if done.code == 1 and case.name in REFUSED:
        assert re.search(REFUSED[case.name], done.err) and re.search(r"at binlog\.\d+:\d+", done.err), done.err
        return None
    assert done.code == 0, done.err
    return done.lines()


@pytest.mark.parametrize("case", [c for c in CASES if c.name in REBUILT], ids=lambda c: f"{c.parent.name}/{c.name}")
def test_every_cell_of_the_fixtures_is_the_server_s(case, tmp_path):
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))["snapshots"]
    got = decode(case, tmp_path)
    if got is None:
        return
    rebuilt = collections.defaultdict(list)
    for record in got:
        if record["operation"] not in {"INSERT", "UPDATE", "DELETE"}:
            continue
        rows = rebuilt[record["objectName"]]
        if record.get("beforeImages"):
            rows.remove(record["beforeImages"])
        if record.get("afterImages"):
            rows.append(record["afterImages"])
    compared = 0
    for database, tables in list(expected.values())[-1].items():
        for table, wanted in tables.items():
            if table == "t_versioned":
                continue  # a system-versioned table's log has the rows of its history too
            columns = wanted["columns"]
            name = ".".join(part.replace(".", "\\u002E") for part in (database, table))
            ours = [tuple(plain(c, row.get(c["name"])) for c in columns) for row in rebuilt.get(name, [])]
            theirs = [tuple(expected_cell(c, row) for c in columns) for row in as_dicts(wanted)]
            assert collections.Counter(ours) == collections.Counter(theirs), difference(name, columns, ours, theirs)
            compared += len(theirs)
    assert compared


def as_dicts(wanted):
    names = [c["name"] for c in wanted["columns"]]
    return [row if isinstance(row, dict) else dict(zip(names, row)) for row in wanted["rows"]]


def difference(name, columns, ours, theirs):
    extra = list((collections.Counter(ours) - collections.Counter(theirs)))
    missing = list((collections.Counter(theirs) - collections.Counter(ours)))
    lines = [f"{name}: {len(extra)} rows too many, {len(missing)} missing"]
    if extra and missing:
        a = extra[0]
        b = max(missing, key=lambda m: sum(x == y for x, y in zip(a, m)))
        lines += [f"  {c['name']} {c['type']}: record {x!r}, server {y!r}" for c, x, y in zip(columns, a, b) if x != y]
    return "\n".join(lines)


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


@pytest.mark.parametrize("case", [c for c in CASES if c.name not in PARTIAL], ids=lambda c: f"{c.parent.name}/{c.name}")
def test_every_fixture_decodes_whole_and_in_order(case, tmp_path):
    last, inside = 0, False
    for record in decode(case, tmp_path) or ():
        assert record["id"] == last + 1
        last = record["id"]
        if record["operation"] in {"BEGIN", "COMMIT"}:
            inside = record["operation"] == "BEGIN"
        elif record["operation"] != "DDL":
            assert inside


def test_the_benchmark_format_counts_what_json_prints(tmp_path):
    case = GENERATED / "mysql-9.7/all_types"
    rows = sum(r["operation"] in {"INSERT", "UPDATE", "DELETE"} for r in decode(case, tmp_path))
    done = millrace.run("binlog", case / "binlog.000001", "--format", "none")
    assert str(rows) in (done.out + done.err).replace(",", "")


def test_avro_on_stdout_is_length_framed_and_the_same_every_time(tmp_path):
    case = GENERATED / "mariadb-10.11/all_types"
    outs = []
    for _ in range(2):
        done = millrace.subprocess.run([millrace.binary(), "binlog", str(case / "binlog.000001"), "--format", "dts-avro"], capture_output=True,
                                       check=True, timeout=60)
        outs.append(done.stdout)
    assert outs[0] == outs[1]
    rest, count = outs[0], 0
    while rest:
        (size,) = struct.unpack(">I", rest[:4])
        assert len(rest) >= 4 + size > 52
        rest, count = rest[4 + size :], count + 1
    assert count == len(decode(case, tmp_path))


DAMAGED = sorted((GENERATED / "broken").glob("*.bin"))
# Not damage: these end cleanly, or hold only what a reader has to pass over.
FINE = ("magic-only", "cut-between-events", "unknown-event-ignorable")


@pytest.mark.parametrize("path", DAMAGED, ids=lambda p: p.stem)
def test_a_damaged_file_stops_with_its_position_and_one_line(path):
    done = millrace.run("binlog", path, "--format", "json", check=False)
    assert done.code in {0, 1}, f"status {done.code}: {done.err}"
    fine = any(path.stem.endswith(end) for end in FINE)
    if fine:
        return
    assert done.code == 1, f"nothing was said about {path.stem}"
    lines = done.err.strip().splitlines()
    assert len(lines) == 1 and path.name in lines[0], done.err


@pytest.mark.parametrize("size", [0, 1, 4, 19, 100, 400, 760, 871])
def test_a_file_cut_anywhere_ends_with_a_word_and_not_a_crash(tmp_path, size):
    whole = (GENERATED / "mysql-9.7/rotation/binlog.000001").read_bytes()
    path = tmp_path / "cut.000001"
    path.write_bytes(whole[:size])
    assert millrace.run("binlog", path, check=False).code in {0, 1}


def test_a_file_that_is_none(tmp_path):
    path = tmp_path / "text"
    path.write_text("this is no binlog\n" * 100, encoding="ascii")
    done = millrace.run("binlog", path, check=False)
    assert done.code == 1 and "text" in done.err and len(done.err.strip().splitlines()) == 1


def test_a_file_that_is_not_there(tmp_path):
    done = millrace.run("binlog", tmp_path / "nothing.000001", check=False)
    assert done.code == 1 and "nothing.000001" in done.err and len(done.err.strip().splitlines()) == 1
