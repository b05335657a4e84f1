# SPDX-License-Identifier: Apache-2.0
"""The statements of tests/corpus/ddl/*.sql: those that people wrote, and what the random ones found, made small."""

import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "corpus" / "ddl"


def statements(path):
    """A statement ends with a semicolon at the end of its line. "-- mode: X" is SET sql_mode."""
    text = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-- mode:"):
            yield f"SET sql_mode='{line.partition(':')[2].strip()}'"
        elif text or not line.startswith("--"):
            text.append(line)
            if line.rstrip().endswith(";"):
                yield "\n".join(text).rstrip().rstrip(";")
                text = []


def files():
    return sorted(FOLDER.glob("*.sql"))


def write(name, comment, found):
    """A new file of the corpus."""
    path = FOLDER / name
    lines = [f"-- {comment}", *(f"{one};" for one in found)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
