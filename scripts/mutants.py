#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mutants.py [NAME ...]: breaks one guarantee at a time and requires the test that guards it to notice.

A mutant is tests/mutants/NAME.patch. Before the diff it says, one a line:
    Guarantee: 1                              the number in docs, or a word
    Test: storage_test Segment.SyncsBefore*   a unit test program and a GoogleTest filter
    Test: e2e restart_test.py -k kill9        or a file of tests/e2e, with pytest's arguments
It is applied to a copy of the tree. A mutant counts as caught when that test passes without it and fails with it,
by an assertion and not because the copy does not build.
"""

import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPY = ROOT / "build/mutants/tree"
PATCHES = ROOT / "tests/mutants"
TEST_S_MAX = 600


def run(argv, cwd=COPY, seconds=3600):
    try:
        done = subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return 124, f"ran for over {seconds} s"
    return done.returncode, done.stdout


def copy_tree():
    """The committed and the changed files; files that are the same keep their time, so that little is built anew."""
    COPY.mkdir(parents=True, exist_ok=True)
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                           capture_output=True).stdout.decode().split("\0")
    wanted = {name for name in names if name and (ROOT / name).is_file()}
    for name in wanted:
        target = COPY / name
        if not target.exists() or target.read_bytes() != (ROOT / name).read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    for path in COPY.rglob("*"):
        if path.is_file() and "build" not in path.relative_to(COPY).parts and str(path.relative_to(COPY)) not in wanted:
            path.unlink()


def headers(patch):
    fields = {}
    for line in patch.read_text(encoding="utf-8").splitlines():
        if line.startswith(("diff ", "--- ")):
            break
        found = re.match(r"(\w+): (.*)", line)
        if found:
            fields[found[1]] = found[2].strip()
    return fields


def build(test):
    """Builds what the test needs; (ok, output)."""
    kind = test[0]
    preset, target = ("release", "millrace") if kind == "e2e" else ("dev", kind)
    if not (COPY / f"build/{preset}/build.ninja").exists():
        code, out = run(["cmake", "--preset", preset])
        if code != 0:
            return False, out
    code, out = run(["ninja", "-C", f"build/{preset}", target])
    return code == 0, out


def passes(test):
    """(passed, output); a test that selects nothing is an error of the mutant's header."""
    if test[0] == "e2e":
        code, out = run(["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-c", "tests/pytest.ini",
                         f"tests/e2e/{test[1]}", *test[2:]], seconds=TEST_S_MAX)
        if code == 5:
            sys.exit(f"mutants: {' '.join(test)} selects no test")
        return code == 0, out
    code, out = run([f"build/dev/{test[0]}", f"--gtest_filter={test[1]}", "--gtest_brief=1"], seconds=TEST_S_MAX)
    if re.search(r"\b0 tests from 0 test suites", out):
        sys.exit(f"mutants: {' '.join(test)} selects no test")
    return code == 0, out


def main(names):
    patches = sorted(PATCHES.glob("*.patch"))
    if names:
        patches = [p for p in patches if p.stem in names]
    if not patches:
        sys.exit("mutants: no such mutant in tests/mutants")
    caught, escaped = 0, []
    for patch in patches:
        fields = headers(patch)
        test = shlex.split(fields.get("Test", ""))
        if len(test) < 2:
            sys.exit(f"mutants: {patch.name} has no line 'Test: PROGRAM FILTER'")
        copy_tree()
        ok, out = build(test)
        if ok:
            ok, out = passes(test)
        if not ok:
            print(out[-3000:])
            escaped.append(f"{patch.stem}: its test fails without the mutant")
            continue
        code, out = run(["patch", "-p1", "--forward", "--batch", "-i", str(patch)])
        if code != 0:
            escaped.append(f"{patch.stem}: does not apply: {out.strip()}")
            continue
        ok, out = build(test)
        if not ok:
            print(out[-3000:])
            escaped.append(f"{patch.stem}: does not build")
            continue
        ok, out = passes(test)
        if ok:
            escaped.append(f"{patch.stem}: NOT noticed by {' '.join(test)}")
        else:
            caught += 1
            print(f"mutants: {patch.stem} (guarantee {fields.get('Guarantee', '?')}) caught by {' '.join(test)}", flush=True)
    copy_tree()
    for line in escaped:
        print(f"mutants: {line}")
    print(f"{caught} passed, {len(escaped)} failed")
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
