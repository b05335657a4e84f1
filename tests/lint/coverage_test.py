# SPDX-License-Identifier: Apache-2.0
"""Every test that docs/coverage.md names exists: `Suite.Name` of a unit test, `test_name` of a Python one."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/coverage.md"
UNIT = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")


def existing():
    unit = {".".join(m) for p in (ROOT / "src").rglob("*_test.cc") for m in UNIT.findall(p.read_text(encoding="utf-8"))}
    python = {name for p in (ROOT / "tests").rglob("*_test.py") for name in re.findall(r"^def (test_\w+)", p.read_text(encoding="utf-8"), re.M)}
    return unit, python


@pytest.mark.skipif(not PAGE.exists(), reason="there is no docs/coverage.md")
def test_named_tests_exist():
    unit, python = existing()
    text = PAGE.read_text(encoding="utf-8")
    missing = [n for n in re.findall(r"`([A-Z]\w+\.[A-Z]\w+)`", text) if n not in unit]
    missing += [n for n in re.findall(r"`(?:\w+\.py::)?(test_\w+)`", text) if n not in python]
    assert not missing, "docs/coverage.md names tests that do not exist: " + ", ".join(missing)
