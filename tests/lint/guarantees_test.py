# SPDX-License-Identifier: Apache-2.0
"""docs/guarantees.md promises nothing that no test shows, and names only tests and mutants that exist."""

import re

from tests.lint.coverage_test import LIKE_A_TEST, ROOT, problem, python_tests, unit_tests

PAGE = ROOT / "docs/guarantees.md"
MUTANTS = ROOT / "tests/mutants"


def sections():
    """(title, text) of each section."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]
    return list(zip(parts[::2], parts[1::2]))


def listed(text, what):
    """The names behind "- Tests:" or "- Mutants:"."""
    found = re.search(rf"^- {what}:(.*?)(?=^- |\Z)", text, flags=re.M | re.S)
    return re.findall(r"`([^`]+)`", found[1]) if found else []


def test_every_guarantee_has_its_section():
    numbers = [title.split(".")[0] for title, _ in sections() if title[0].isdigit()]
    assert numbers == [str(n) for n in range(1, 10)]


def test_no_promise_without_a_test():
    assert not [title for title, text in sections() if not listed(text, "Tests")]


def test_the_tests_that_it_names_exist():
    unit, python = unit_tests(), python_tests()
    names = set(LIKE_A_TEST.findall(PAGE.read_text(encoding="utf-8"))) - {"Suite.Name"}
    for _, text in sections():
        names |= set(listed(text, "Tests"))
    wrong = [said for name in sorted(names) if (said := problem(name, unit, python))]
    assert names and not wrong, "docs/guarantees.md: " + "\n".join(wrong)


def test_each_mutant_stands_at_its_guarantee():
    there = {}
    for path in MUTANTS.glob("*.patch"):
        there[path.stem] = re.search(r"^Guarantee: (\d+)", path.read_text(encoding="utf-8"), flags=re.M)[1]
    named = {name: title.split(".")[0] for title, text in sections() for name in listed(text, "Mutants")}
    assert named == there
