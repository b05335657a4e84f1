# SPDX-License-Identifier: Apache-2.0
"""`millrace binlog` over binlog files of many servers: every cell of every snapshot, and every kind of damage.

The files are the fixtures beside the repository; their `expected.json` holds what the server itself showed.
"""

import collections
import re
import struct

import pytest

from tests.support import millrace
from tests.support.binlog_fixtures import GENERATED, cases, decode, expected_cell, last_snapshot, plain
from tests.support.replay import Replay

pytestmark = pytest.mark.skipif(not GENERATED.is_dir(), reason=f"{GENERATED} is not there")
CASES = cases()

# Images that lack columns, and statements instead of rows, which binlog may refuse.
PARTIAL = {"statements", "minimal_image", "noblob_image", "mixed_image"}
# Where nothing in a log tells of what the server did to rows: partitions that were exchanged and truncated, cascades of
# foreign keys on all but MySQL 9.
UNTOLD = {("ddl", "t4"), ("ddl", "t4x"), ("ops", "child")}
# Tables whose log has the rows of their history too, and the end of those that are none, in MariaDB 10.11 and 11.8.
VERSIONED = {"h", "hv", "t_versioned"}
FOREVER = {"2038-01-19 03:14:07.999999", "2106-02-07 06:28:15.999999"}


@pytest.mark.parametrize("case", [c for c in CASES if c.name not in PARTIAL], ids=lambda c: f"{c.parent.name}/{c.name}")
def test_every_cell_of_the_fixtures_is_the_server_s(case, tmp_path):
    """Of a row that an ALTER may have changed, the cells of the columns that the record and the table both have."""
    got = decode(case, tmp_path)
    if got is None:
        return
    rebuilt = Replay().apply(got).tables
    compared = 0
    for name, wanted in last_snapshot(case).items():
        if (case.name, name[1]) in UNTOLD:
            continue
        columns = wanted["columns"]
        ours, theirs = rebuilt.get(name, []), list(wanted["rows"])
        if name[1] in VERSIONED:
            ours = [row for row in ours if row.image.get("row_end", row.image.get("e")) in FOREVER]
        assert len(ours) == len(theirs), f"{name}: {len(ours)} rows, on the server {len(theirs)}"
        for row in ours:
            known = [c for c in columns if c["name"] in row.image] if row.is_stale else columns
            cells = [plain(c, row.image.get(c["name"])) for c in known]
            match = next((t for t in theirs if [expected_cell(c, t) for c in known] == cells), None)
            assert match is not None, difference(name, known, cells, theirs)
            theirs.remove(match)
            compared += len(known)
    assert compared


def difference(name, columns, cells, theirs):
    if not theirs:
        return f"{name}: the server has no row {cells}"
    near = max(([expected_cell(c, t) for c in columns] for t in theirs), key=lambda m: sum(x == y for x, y in zip(cells, m)))
    return "\n".join([f"{name}: no such row"] + [f"  {c['name']} {c['type']}: record {x!r}, server {y!r}"
                                                 for c, x, y in zip(columns, cells, near) if x != y])


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
