# SPDX-License-Identifier: Apache-2.0
"""README.md's programs in Java, Go and Python, with libraries from the languages' registries, print the rows.

The rest is in tests/e2e/readme_test.py.
"""

import ast
import json
import pathlib

import pytest

from tests.interop import registries
from tests.servers import cache
from tests.support import readme

HERE = pathlib.Path(__file__).resolve().parent
JAVA_ROWS = [
    "{id=18446744073709551615, customer=Zoë 🍵, total=12.50, status=new, note=null, weight=0.25, placed=%s, photo=%s}",
    "{id=2, customer=Linus, total=0.00, status=new, note=, weight=null, placed=null, photo=null}",
    "{id=18446744073709551615, customer=Zoë 🍵, total=12.50, status=paid, note=a gift, weight=0.25, placed=%s, photo=%s}",
    "{id=2, customer=Linus, total=0.00, status=new, note=, weight=null, placed=null, photo=null}",
]
JAVA_PLACED = '{"year": 2026, "month": 3, "day": 4, "hour": 5, "minute": 6, "second": 7, "millis": 0}'
JAVA_PHOTO = "java.nio.HeapByteBuffer[pos=0 lim=2 cap=2]"


@pytest.fixture
def shop(servers):
    with readme.at_the_consumers(servers("mariadb-10.11")) as made:
        yield made


def test_java(shop):
    with cache.locked("interop"):
        folder = registries.copied("readme-java", HERE / "readme/pom.xml", shop.save("Read.java"))
        command = registries.java_class(folder, "Read", "avro-1.12.2")
    with shop.running(command, "Read.java") as program:
        got = readme.rows_of(program, str)
    assert [(operation, table) for operation, table, _ in got] == [(operation, "shop.orders") for operation, _ in readme.ROWS]
    assert [row for _, _, row in got] == [row.replace("%s", JAVA_PLACED, 1).replace("%s", JAVA_PHOTO) for row in JAVA_ROWS]


def test_go(shop):
    with cache.locked("interop"):
        folder = registries.copied("readme-go", shop.save("main.go"))
        program = registries.go_program(folder, HERE / "readme", "read")
    placed = {name: {"int": part} for name, part in readme.PLACED.items()}
    with shop.running([program], "main.go") as go:
        readme.check_rows(readme.rows_of(go, json.loads), photo="AP8=", placed=placed)


def test_python_of_its_registry(shop):
    """Debian's kafka-python is in tests/e2e; the text offers pip as well."""
    with cache.locked("interop"):
        folder = registries.copied("readme-python", shop.save("read.py"))
        if not (folder / "venv/bin/pip").exists():
            cache.run(["/usr/bin/python3", "-m", "venv", folder / "venv"], "venv")
        registries.build([folder / "venv/bin/pip", "install", "-q", "--upgrade", "kafka-python", "avro"], "pip", "PyPI", cwd=folder)
    with shop.running([folder / "venv/bin/python", folder / "read.py"], "read.py") as python:
        readme.check_rows(readme.rows_of(python, ast.literal_eval), photo=readme.PHOTO, placed=readme.PLACED)
