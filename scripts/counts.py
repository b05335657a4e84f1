#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""counts.py FAILED_STAGES: adds up build/results and prints 'N passed, N failed' as the last line; exits 1 on a failure."""

import pathlib
import re
import sys
import xml.etree.ElementTree

RESULTS = pathlib.Path(__file__).resolve().parent.parent / "build/results"


def of_junit(path):
    """(passed, failed, skipped) test cases of a JUnit file, by ctest, GoogleTest or pytest."""
    passed = failed = skipped = 0
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None or case.get("status") in {"notrun", "disabled"}:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def of_counts(path):
    passed, failed = re.search(r"(\d+) passed, (\d+) failed", path.read_text(encoding="utf-8")).groups()
    return int(passed), int(failed), 0


def main(failed_stages):
    total = [0, 0, 0]
    for path in sorted(RESULTS.glob("*.xml")) + sorted(RESULTS.glob("*.counts")):
        counts = of_junit(path) if path.suffix == ".xml" else of_counts(path)
        print(f"{path.stem}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
        total = [a + b for a, b in zip(total, counts)]
    total[1] = max(total[1], failed_stages)  # a stage that broke before it could count its tests
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
