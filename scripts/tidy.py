#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over the tree, two files at a time; a file is read again only if it, a header of ours that it includes,
its compile command, the checks or the tool have changed. Clean results are remembered in the cache folder."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL = "clang-tidy-16"
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.M)


def cache_folder():
    base = os.environ.get("MILLRACE_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "millrace"
    )
    folder = pathlib.Path(base) / "tidy"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ours(path, seen):
    """The file and every header of this repository that it includes, directly or not."""
    if path in seen:
        return seen
    seen[path] = path.read_bytes()
    for name in INCLUDE.findall(seen[path]):
        for folder in (ROOT / "src", path.parent):
            header = folder / name.decode()
            if header.is_file():
                ours(header.resolve(), seen)
                break
    return seen


def main():
    entries = json.loads((ROOT / "build/tidy/compile_commands.json").read_text(encoding="utf-8"))
    version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    folder = cache_folder()
    work = []
    for entry in entries:
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if not path.is_relative_to(ROOT / "src") or not path.exists():
            continue
        digest = hashlib.sha256(common)
        digest.update(entry["command"].replace(str(ROOT), ".").encode())
        for name, text in sorted(ours(path, {}).items()):
            digest.update(str(name.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(text).digest())
        mark = folder / digest.hexdigest()
        if not mark.exists():
            work.append((path, mark))

    def one(item):
        path, mark = item
        done = subprocess.run(
            [TOOL, "--quiet", "-p", str(ROOT / "build/tidy"), str(path)], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", check=False, cwd=ROOT,
        )
        if done.returncode == 0:
            mark.touch()
            return ""
        errors = "" if "error:" in done.stdout else done.stderr  # stderr counts the warnings that were held back
        return (done.stdout + errors).replace(f"{ROOT}/", "")

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for text in pool.map(one, sorted(work)):
            if text:
                failed += 1
                print(text)
    print(f"tidy: {len(work)} of {len(entries)} files read, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
