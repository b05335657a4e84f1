# SPDX-License-Identifier: Apache-2.0
"""Every #include between rooms is one that docs/layers.txt allows."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def allowed_by_room():
    rules = {}
    for line in (ROOT / "docs/layers.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            room, _, names = line.partition(":")
            rules[room.strip()] = names.split()
    return rules


def is_allowed(room, header, names):
    target = header.split("/")[0]
    return target == room or "*" in names or target in names or header in names


def test_each_room_has_a_rule():
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir()}
    assert rooms <= set(allowed_by_room()), "docs/layers.txt lacks a room"


def test_includes_follow_the_layers():
    rules = allowed_by_room()
    wrong = []
    for path in sorted(SOURCE.rglob("*.h")) + sorted(SOURCE.rglob("*.cc")):
        room = path.relative_to(SOURCE).parts[0]
        # Fakes and tests may reach for a neighbour's test helpers, but they keep to the same layers.
        for header in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if "/" in header and not is_allowed(room, header, rules.get(room, [])):
                wrong.append(f"{path.relative_to(ROOT)} includes {header}")
    assert not wrong, "\n".join(wrong)


def test_a_forbidden_include_is_seen():
    assert not is_allowed("mysql", "schema/table.h", ["base", "change/position.h"])
    assert is_allowed("mysql", "change/position.h", ["base", "change/position.h"])
    assert not is_allowed("mysql", "change/row.h", ["base", "change/position.h"])
