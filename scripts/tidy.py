#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over what we ship (tests have the compiler's warnings and the sanitizers), a job a core.

A file is read again only if it, a header of ours that it includes, its compile command, the checks or the tool have
changed; clean results are remembered in the cache folder. Most of a file's time goes into the headers of others, so
the files of a room are read together, as one that includes them; where they do not go together (two helpers of one
name), each is read alone.
"""

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
TOGETHER_MAX = 12
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


def stale_files():
    """{room: [(path, mark, compile command)]} of the files without a mark that says they are clean."""
    entries = json.loads((ROOT / "build/tidy/compile_commands.json").read_text(encoding="utf-8"))
    version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    folder = cache_folder()
    rooms, count = {}, 0
    for entry in entries:
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if not path.is_relative_to(ROOT / "src") or path.name.endswith("_test.cc") or not path.exists():
            continue
        count += 1
        digest = hashlib.sha256(common)
        digest.update(entry["command"].replace(str(ROOT), ".").encode())
        for name, text in sorted(ours(path, {}).items()):
            digest.update(str(name.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(text).digest())
        mark = folder / digest.hexdigest()
        if not mark.exists():
            rooms.setdefault(path.relative_to(ROOT / "src").parts[0], []).append((path, mark, entry))
    return rooms, count


def tidy(database, path):
    done = subprocess.run(
        [TOOL, "--quiet", "-p", str(database), str(path)], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        check=False, cwd=ROOT,
    )
    if done.returncode == 0:
        return ""
    errors = "" if "error:" in done.stdout else done.stderr  # stderr counts the warnings that were held back
    return (done.stdout + errors).replace(f"{ROOT}/", "")


def together(room, number, files):
    """The findings of the files, read as one; None when they cannot be."""
    folder = ROOT / "build/tidy/together" / f"{room}-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "all.cc"
    path.write_text("".join(f'#include "{name}"  // NOLINT\n' for name, _, _ in files), encoding="utf-8")
    entry = dict(files[0][2])
    entry["command"] = entry["command"].replace(str(files[0][0]), str(path))
    entry["file"] = str(path)
    (folder / "compile_commands.json").write_text(json.dumps([entry]), encoding="utf-8")
    (folder / ".clang-tidy").write_bytes((ROOT / ".clang-tidy").read_bytes())
    text = tidy(folder, path)
    return None if "clang-diagnostic-error" in text else text


def read(job):
    """The findings of a few files of a room."""
    room, number, files = job
    text = together(room, number, files) if len(files) > 1 else None
    if text is not None:
        if not text:
            for _, mark, _ in files:
                mark.touch()
        return [text] if text else []
    findings = []
    for path, mark, _ in files:
        text = tidy(ROOT / "build/tidy", path)
        if text:
            findings.append(text)
        else:
            mark.touch()
    return findings


def main():
    rooms, count = stale_files()
    jobs = [(room, n, files[n : n + TOGETHER_MAX]) for room, files in rooms.items() for n in range(0, len(files), TOGETHER_MAX)]
    jobs.sort(key=lambda job: -len(job[2]))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for findings in pool.map(read, jobs):
            failed += len(findings)
            for text in findings:
                print(text)
    print(f"tidy: {sum(len(f) for f in rooms.values())} of {count} files read{f', findings in {failed} rooms or files' if failed else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
