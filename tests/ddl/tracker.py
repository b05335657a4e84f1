# SPDX-License-Identifier: Apache-2.0
"""The tracker under test: ddl_dump, which follows the server's binlog file as a task does."""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "dev" / "ddl_dump"


def built(preset):
    """The program, built."""
    done = subprocess.run([ROOT / "scripts" / "build", preset, "ddl_dump"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"building ddl_dump failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return ROOT / "build" / preset / "ddl_dump"


class Stopped(Exception):
    """It refused an event, such as rows that do not fit their table."""


class Tracker:
    """databases, tables: what it holds. statements: what the binlog had since the call before."""

    def __init__(self, program, server):
        file, _ = server.position()
        arguments = [str(program), str(server.data / file), "--server-collation", server.value("SELECT @@global.collation_server"),
                     "--fold", str(server.value("SELECT @@global.lower_case_table_names"))]
        arguments += ["--timestamps-explicit", str(server.value("SELECT @@global.explicit_defaults_for_timestamp"))]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.file = file
        self.databases, self.tables, self.doubts, self.statements = {}, {}, [], []
        self.changed = set()

    def read_to(self, position):
        file, offset = position
        assert file == self.file, "the server began another file"
        self.process.stdin.write(b"%d\n" % offset)
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"ddl_dump ended with {self.process.wait()}")
        said = json.loads(line)
        self.statements, self.databases = said["statements"], said["databases"]
        self.doubts = [tuple(n) for n in said["doubts"]]
        changed = {(t["database"], t["name"]): t for t in said["changed"]}
        self.changed = set(changed)
        names = [tuple(n) for n in said["names"]]
        self.tables = {n: changed.get(n) or self.tables[n] for n in names}
        if "error" in said:
            raise Stopped(f"the tracker stopped: {said['error']}\n    the binlog had {self.statements}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()
