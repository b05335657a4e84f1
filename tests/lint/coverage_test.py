# SPDX-License-Identifier: Apache-2.0
"""docs/coverage.md has every case once, names only tests that exist, and counts right.

`Suite.Name` is a unit test, `test_name` a Python one (`file.py::test_name` where the name is not the only one), and
`test_name[part]` a parameter of it.
"""

import ast
import collections
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/coverage.md"
FIXTURES = ROOT.parent / "shared/fixtures/binlogs/generated"
TYPES = ROOT / "tests/corpus/types"
BINLOG_FILES = ROOT / "tests/e2e/binlog_files_test.py"
REFUSALS = ROOT / "tests/support/binlog_fixtures.py"

LISTS = {
    "Source": [str(n) for n in range(1, 105)],
    "Endpoint": [f"{letter}{n}" for letter, last in
                 {"A": 10, "B": 7, "C": 20, "D": 6, "E": 20, "F": 9, "G": 7, "H": 11, "I": 12, "J": 8}.items() for n in range(1, last + 1)],
}
UNIT = re.compile(r"^TEST(_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.M)
MADE_REAL = re.compile(r"INSTANTIATE_TEST_SUITE_P\(\s*\w+\s*,\s*(\w+)")
COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.M | re.S)
PYTHON = re.compile(r"(?:(?P<file>[\w/]+\.py)::)?(?P<name>test_\w+)(?:\[(?P<part>[^\]]+)\])?")
TESTS = re.compile(r"`[^`]+`(?:, `[^`]+`)*")
# What looks like a test's name, wherever on the page it stands.
LIKE_A_TEST = re.compile(r"`((?:[\w/]+\.py::)?test_\w+[^`]*|[\w/]+\.[A-Z]\w*)`")


def unit_tests():
    """Name of each unit test that runs -> the files that have it. A suite with parameters runs only once it is instantiated."""
    found = collections.defaultdict(list)
    for path in sorted((ROOT / "src").rglob("*_test.cc")):
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        real = set(MADE_REAL.findall(text))
        for kind, suite, name in UNIT.findall(text):
            if not name.startswith("DISABLED_") and not suite.startswith("DISABLED_") and (kind != "_P" or suite in real):
                found[f"{suite}.{name}"].append(path)
    return found


def python_tests():
    """Name of each Python test -> the files that have it."""
    found = collections.defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("*_test.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name].append(path)
    return found


def set_of(path, name):
    """The words of a set or the keys of a dict that a file gives a name to."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return set(ast.literal_eval(node.value))
    raise AssertionError(f"{path} has no {name}")


def is_part(path, name, part):
    """Whether a test runs with this parameter: a case of the fixtures, a file of the corpus, or a word of its file."""
    if path == BINLOG_FILES:
        cases = [p for p in FIXTURES.glob(f"*/{part}/expected.json") if "encrypted" not in p.parts[-3]]
        if FIXTURES.is_dir() and not cases:
            return False
        if name == "test_every_cell_of_the_fixtures_is_the_server_s":
            return part not in set_of(path, "PARTIAL") | set_of(REFUSALS, "REFUSED")  # one that is refused has no cells
        return name == "test_every_fixture_decodes_whole_and_in_order" and part not in set_of(path, "PARTIAL")
    if path.name == "types_test.py":
        return (TYPES / f"{part}.sql").exists()
    return f'"{part}"' in path.read_text(encoding="utf-8")


def problem(name, unit, python):
    """What is wrong with a test's name, or None."""
    match = PYTHON.fullmatch(name)
    files = unit.get(name, [])
    if match:
        files = [p for p in python.get(match["name"], []) if not match["file"] or p.as_posix().endswith("/" + match["file"])]
    if not files:
        return f"{name} does not exist"
    if len(files) > 1:
        return f"{name} may be in {' or '.join(str(p.relative_to(ROOT)) for p in files)}"
    if match and match["part"] and not is_part(files[0], match["name"], match["part"]):
        return f"{name} has no such parameter"
    return None


def rows():
    """(list, case, tests, remark) of each row."""
    section = None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif section and line.startswith("| ") and not line.startswith(("| case", "| ---")):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 4, f"not four cells: {line}"
            yield section, cells[0], cells[2], cells[3]


def standing(tests, remark):
    if tests == "not yet":
        return "not yet"
    return "partly" if remark.startswith("partly: ") else "shown"


def test_every_case_has_one_row():
    found = collections.defaultdict(list)
    for section, case, _, _ in rows():
        found[section].append(case)
    assert found == LISTS


def test_a_row_names_tests_or_says_not_yet_and_why():
    for _, case, tests, remark in rows():
        assert tests == "not yet" or TESTS.fullmatch(tests), f"{case}: {tests}"
        assert tests != "not yet" or remark and not remark.startswith("partly"), f"{case} does not say why"
        names = re.findall(r"`([^`]+)`", tests)
        assert len(names) == len(set(names)), f"{case} names a test twice"


def test_named_tests_exist():
    unit, python = unit_tests(), python_tests()
    names = set(LIKE_A_TEST.findall(PAGE.read_text(encoding="utf-8"))) - {"Suite.Name", "test_name", "test_name[part]"}
    for _, _, tests, _ in rows():
        names |= set(re.findall(r"`([^`]+)`", tests))
    wrong = [said for name in sorted(names) if (said := problem(name, unit, python))]
    assert names and not wrong, "docs/coverage.md: " + "\n".join(wrong)


def test_the_counts_are_right():
    counted = collections.Counter((section, standing(tests, remark)) for section, _, tests, remark in rows())
    text = PAGE.read_text(encoding="utf-8")
    for section in LISTS:
        line = f"| {section.lower()} | " + " | ".join(str(counted[section, word]) for word in ("shown", "partly", "not yet")) + " |"
        assert line in text, f"docs/coverage.md should say {line}"


def test_a_wrong_name_is_seen():
    unit, python = unit_tests(), python_tests()
    right = ["CauseTest.IsTold", "test_named_tests_exist", "lint/coverage_test.py::test_named_tests_exist",
             "test_every_type_arrives_as_the_server_has_it[decimals]", "test_every_cell_of_the_fixtures_is_the_server_s[xa]"]
    assert [problem(name, unit, python) for name in right] == [None] * len(right)
    wrong = ["CauseTest.IsTol", "Causes/CauseTest.IsTold", "NoSuite.IsTold", "test_named_tests", "paths_test.py::test_named_tests_exist",
             "test_every_type_arrives_as_the_server_has_it[nothing]", "test_every_cell_of_the_fixtures_is_the_server_s[statements]",
             "test_every_cell_of_the_fixtures_is_the_server_s[log_bin_compress]", "test_a_missing_privilege_is_named_with_its_grant"]
    assert all(problem(name, unit, python) for name in wrong)
