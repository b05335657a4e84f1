# SPDX-License-Identifier: Apache-2.0
"""Nothing is committed that belongs to one machine or is not finished, and every source file says its licence."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BYTES_MAX = 1 << 20
SPDX = "SPDX-License-Identifier: Apache-2.0"
# Written in pieces, so that this file does not find itself.
UNFINISHED = re.compile("|".join(["TO" + "DO", "FIX" + "ME", r"\bXX" + r"X\b", "HA" + r"CK\b", "not impl" + "emented"]))
MACHINE = re.compile("|".join([r"(?<![\w.])/wo" + r"rk/", r"(?<![\w.$])/ro" + r"ot/", r"/ho" + r"me/[a-z]"]))
KEY = re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----")
CONFLICT = re.compile(r"^(<{7} |>{7} |={7}$)", re.M)


def committed():
    out = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name.decode() for name in out.split(b"\0") if name and (ROOT / name.decode()).is_file()]


def texts(*suffixes):
    for path in committed():
        if not suffixes or path.suffix in suffixes:
            data = path.read_bytes()
            if b"\0" not in data[:4096]:
                yield path.relative_to(ROOT), data.decode("utf-8", errors="replace")


def found(pattern, *suffixes):
    return [f"{path}:{text[: hit.start()].count(chr(10)) + 1}: {hit.group(0)}"
            for path, text in texts(*suffixes) for hit in [pattern.search(text)] if hit]


def test_source_files_name_their_licence_first():
    missing = []
    for path, text in texts():
        head = text.split("\n", 3)[:3]
        is_source = path.suffix in {".h", ".cc", ".py", ".sh", ".ts", ".tsx", ".java", ".go", ".mjs"} or text.startswith("#!")
        if is_source and "generated" not in path.parts and not any(SPDX in line for line in head):
            missing.append(str(path))
    assert not missing, "\n".join(missing)


def test_nothing_is_left_unfinished():
    assert not (hits := found(UNFINISHED, ".h", ".cc", ".py", ".ts", ".tsx", ".md", ".java", ".go", "")), "\n".join(hits)


def test_no_path_of_one_machine():
    assert not (hits := found(MACHINE)), "\n".join(hits)


def test_no_conflict_marks_and_no_private_keys():
    assert not (hits := found(CONFLICT) + found(KEY)), "\n".join(hits)


def test_lock_files_name_no_registry():
    assert not (hits := found(re.compile(r'"resolved":'), ".json")), "\n".join(hits)


def test_no_large_files():
    large = [f"{p.relative_to(ROOT)}: {p.stat().st_size}" for p in committed() if p.stat().st_size > BYTES_MAX]
    assert not large, "\n".join(large)
