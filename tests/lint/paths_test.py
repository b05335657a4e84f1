# SPDX-License-Identifier: Apache-2.0
"""Every file and folder that a page names in `backquotes` exists: README.md, docs/ and the folders' READMEs."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "console/README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "src").rglob("README.md")),
         *sorted((ROOT / "tests").rglob("README.md"))]
QUOTED = re.compile(r"`([^`\n]+)`")
# A file of a kind that is kept here, or a path with a folder in it. Stars are a pattern.
FILE = re.compile(r"(?:[\w.*-]+/)*[\w*-][\w.*-]*\.(?:h|cc|md|py|txt|mjs|java|go|mod|sh|toml|patch)")
FOLDER = re.compile(r"(?:[\w.*-]+/)+")
# Data folders, and what the reader makes.
ELSEWHERE = re.compile(r"DATA/|build/|/|~")
MADE = {"decode.py", "read.py", "read.mjs", "Read.java", "main.go", "millrace.toml"}


def named(line):
    """The paths in a line of text."""
    for text in QUOTED.findall(line):
        if (FILE.fullmatch(text) or FOLDER.fullmatch(text)) and not ELSEWHERE.match(text) and text not in MADE:
            yield text


def missing(page, text):
    """The paths of a page that do not exist, with their lines.

    A path is given from the top, from src/, or from the page's own folder; a name alone may also stand anywhere in a
    room, in that room's README, or in the folder of a path before it on its line. Outside of the repository is nowhere.
    """
    for number, line in enumerate(text.splitlines(), 1):
        folders = [ROOT, ROOT / "src", page.parent]
        for path in named(line):
            places = [p for folder in folders for p in folder.glob(path)]
            if "/" not in path and page.name == "README.md" and page.parent != ROOT:
                places += page.parent.rglob(path)
            places = [p for p in places if p.resolve().is_relative_to(ROOT)]
            folders += [place.parent for place in places]
            if not places:
                yield f"{page.relative_to(ROOT)}:{number}: {path}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page):
    wrong = list(missing(page, page.read_text(encoding="utf-8")))
    assert not wrong, "\n".join(wrong)


def test_each_room_has_a_page():
    rooms = re.findall(r"^(\w+):", (ROOT / "docs/layers.txt").read_text(encoding="utf-8"), re.M)
    without = [room for room in rooms if not (ROOT / "src" / room / "README.md").exists()]
    assert rooms and not without, "no README.md in src/" + ", src/".join(without)


def test_a_name_that_leads_nowhere_is_seen():
    page = ROOT / "docs/life-of-a-change.md"
    text = "`storage/segment.cc`, `segment_index.h`\n`no_such_room/`\n`storage/no.h` `GTID` `/api/v1` `*_nowhere.cc`"
    assert [hit.rpartition(": ")[2] for hit in missing(page, text)] == ["no_such_room/", "storage/no.h", "*_nowhere.cc"]
    assert [hit.rpartition(": ")[2] for hit in missing(page, "`segment_index.h`")] == ["segment_index.h"]
    assert list(missing(page, "`../../../*/`")), "a folder outside of the repository"
