# SPDX-License-Identifier: Apache-2.0
"""Every block of README.md does what the text says: the commands, and the programs that consume with kcat, Python and Node.

Java and Go are in tests/interop/readme_test.py.
"""

import ast
import itertools
import json
import os
import re
import subprocess
import sys
import urllib.request

import pytest

from tests.support import readme
from tests.support.millrace import ROOT

PYTHON_VALUES = {"photo": readme.PHOTO, "placed": readme.PLACED}
ELSEWHERE = {"Read.java", "main.go"}
HERE = {"demo", "account", "passwords", "precheck", "track", "serve", "task", "tail", "decode.py", "kcat", "read.py", "read.mjs"}
DEMO_CHANGES = 40


@pytest.fixture
def follower(servers):
    """The README at its beginning."""
    with readme.Follower(servers("mariadb-10.11")) as made:
        yield made


@pytest.fixture
def shop(servers):
    with readme.at_the_consumers(servers("mariadb-10.11")) as made:
        yield made


def test_each_block_of_code_is_run_by_a_test():
    assert set(readme.blocks()) == HERE | ELSEWHERE
    text = readme.PAGE.read_text(encoding="utf-8")
    unmarked = [b for b in re.findall(r"^```\w+\n.*?^```$", text, re.M | re.S) if b.split("\n", 1)[1] not in
                {f"{body}```" for body in readme.blocks().values()}]
    assert unmarked == ["```console\nmake demo\nmake test\n```"], "the two commands alone are run by whoever runs this"


def test_the_two_commands_are_targets():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    words = re.findall(r"\bmake ([a-z-]+)", readme.PAGE.read_text(encoding="utf-8"))
    assert {"demo", "test"} <= set(words) <= set(targets)


def test_precheck_passes_with_the_account_and_finds_nothing_missing(follower):
    follower.prepare()
    assert "Objects exist: 1 table" in follower.shell("precheck")


def test_track_prints_the_changes_from_now_on(follower):
    follower.prepare()
    with follower.typed("track") as track:
        # Nothing tells when it has begun, so a row like the one that it must print is written until it does.
        numbers = itertools.count(1)

        def write():
            follower.server.sql(f"INSERT INTO shop.orders (id, customer, total, status) VALUES ({next(numbers)}, 'é', 1, 'new')")

        lines = track.wait_for(lambda lines: any('"INSERT"' in line for line in lines), meanwhile=write)
    row = next(json.loads(line) for line in lines if '"INSERT"' in line)
    assert row["objectName"] == "shop.orders" and row["afterImages"]["customer"] == "é"


def test_the_commands_make_a_running_task_and_a_group(shop):
    assert re.search(r"^State +running", shop.task, re.M)
    assert re.search(r"^User +cache-shop1$", shop.task, re.M)
    assert re.search(r"^\w+ +shop +running ", shop.task, re.M)
    assert re.search(r"^shop1 +cache +cache +shop ", shop.task, re.M)


def test_tail_prints_the_rows_as_json(shop):
    with shop.typed("tail") as tail:
        lines = tail.wait_for(lambda lines: sum('"shop.orders"' in line for line in lines) >= len(readme.ROWS))
    rows = [json.loads(line) for line in lines if '"shop.orders"' in line]
    assert [row["operation"] for row in rows] == [operation for operation, _ in readme.ROWS]
    assert rows[0]["afterImages"]["customer"] == readme.ZOE["customer"]


def test_the_addresses_that_the_text_names_answer(shop):
    paths = re.findall(r"`(/(?:api|metrics)[^`]*)`", readme.PAGE.read_text(encoding="utf-8"))
    assert len(set(paths)) >= 3
    for path in set(paths):
        with urllib.request.urlopen(f"http://{shop.http}{path}", timeout=10) as answer:
            assert answer.status == 200 and answer.read(), path


def test_kcat_into_decode_py(shop):
    shop.save("decode.py")
    with shop.typed("kcat") as kcat:
        readme.check_rows(readme.rows_of(kcat, ast.literal_eval), **PYTHON_VALUES)


def test_tail_into_decode_py(shop):
    """The text says so without a block of its own."""
    shop.save("decode.py")
    command = re.search(r"`(millrace tail shop --format dts-avro)`", readme.PAGE.read_text(encoding="utf-8")).group(1)
    with shop.running(["bash", "-ec", f"{command} --from earliest | python3 decode.py"], "tail into decode.py") as tail:
        readme.check_rows(readme.rows_of(tail, ast.literal_eval), **PYTHON_VALUES)


def test_python(shop):
    with shop.running([sys.executable, shop.save("read.py")], "read.py") as python:
        readme.check_rows(readme.rows_of(python, ast.literal_eval), **PYTHON_VALUES)


def test_node(shop, npm_modules):
    (shop.home / "node_modules").symlink_to(npm_modules / "node_modules")
    with shop.running(["node", shop.save("read.mjs")], "read.mjs") as node:
        readme.check_rows(readme.rows_of(node, json.loads), photo={"type": "Buffer", "data": list(readme.PHOTO)}, placed=readme.PLACED)


def test_the_demo_prints_what_the_text_shows():
    done = subprocess.run([sys.executable, ROOT / "scripts/demo.py"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env={**os.environ, "DEMO_CHANGES": str(DEMO_CHANGES)}, timeout=readme.OUTPUT_S_MAX * 2)
    assert done.returncode == 0, done.stderr
    shown, printed = (changes_of(text) for text in (readme.blocks()["demo"], done.stdout))
    assert len(shown) > 5 and shown == printed[: len(shown)]


def changes_of(demo):
    """The demo's lines about rows, without the day of the run."""
    return [re.sub(r"since=\d{4}-\d\d-\d\d", "", line) for line in demo.splitlines() if re.match(r" *\d+  (INSERT|UPDATE|DELETE) ", line)]
