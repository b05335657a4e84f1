# SPDX-License-Identifier: Apache-2.0
"""README.md as somebody follows it: its own blocks of code, run against a real source and a real service.

A block is found by the comment before it, `<!-- run: NAME -->`, and changed only where it says what it connects to. A
name with a dot is the file that the block is saved as; the others are typed into a shell.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from tests.servers.ports import free_port
from tests.servers.server import WITH_US

from . import millrace

PAGE = millrace.ROOT / "README.md"
BLOCK = re.compile(r"^<!-- (?:run: )?(\S+) -->\n```\w+\n(.*?)^```$", re.M | re.S)
# Some clients take their time to join a group; what is said in vain for this long is not said at all.
OUTPUT_S_MAX = 120
PAUSE_S = 0.5

# What the shop does once the README's task runs, and what each program has to print of it.
TABLE = """CREATE TABLE shop.orders (id BIGINT UNSIGNED PRIMARY KEY, customer VARCHAR(40) NOT NULL, total DECIMAL(8,2) NOT NULL,
           status ENUM('new','paid') NOT NULL, note TEXT, weight DOUBLE, placed DATETIME, photo BLOB) CHARACTER SET utf8mb4"""
CHANGES = [
    "INSERT INTO shop.orders VALUES (18446744073709551615, 'Zoë 🍵', 12.5, 'new', NULL, 0.25, '2026-03-04 05:06:07', x'00FF'),"
    " (2, 'Linus', 0, 'new', '', NULL, NULL, NULL)",
    "UPDATE shop.orders SET status = 'paid', note = 'a gift' WHERE id > 2",
    "DELETE FROM shop.orders WHERE id = 2",
]
LINUS = {"id": "2", "customer": "Linus", "total": "0.00", "status": "new", "note": "", "weight": None, "placed": None, "photo": None}
ZOE = {"id": "18446744073709551615", "customer": "Zoë 🍵", "total": "12.50", "status": "new", "note": None, "weight": 0.25}
ROWS = [("INSERT", ZOE), ("INSERT", LINUS), ("UPDATE", {**ZOE, "status": "paid", "note": "a gift"}), ("DELETE", LINUS)]
PLACED = {"year": 2026, "month": 3, "day": 4, "hour": 5, "minute": 6, "second": 7, "millis": 0}
PHOTO = b"\x00\xff"


def blocks():
    return dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))


class Follower:
    """A folder, a shell's environment, the README's words with this machine's addresses in them."""

    def __init__(self, server):
        self.server, self.task = server, None
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="mr-readme-"))
        self.kafka, self.http = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.connections = {"127.0.0.1:9092": self.kafka, "127.0.0.1:8080": self.http,
                            "tracker@db.example.com": f"tracker@127.0.0.1:{server.port}"}
        programs = self.home / "bin"
        programs.mkdir()
        (programs / "millrace").symlink_to(millrace.binary())
        (programs / "python3").symlink_to(sys.executable)
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "MILLRACE_DATA": str(self.home / "data"),
                            "LC_ALL": "C.UTF-8"}

    def block(self, name):
        found = blocks()
        assert name in found, f"README.md has no block {name}"
        text = found[name]
        for theirs, ours in self.connections.items():
            text = text.replace(theirs, ours)
        return text

    def save(self, name):
        path = self.home / name
        path.write_text(self.block(name), encoding="utf-8")
        return path

    def sql(self, name):
        self.server.sql(*filter(str.strip, self.block(name).split(";")))

    def shell(self, name):
        """Types a block whose commands end by themselves; what they print."""
        done = subprocess.run(["bash", "-ec", self.block(name)], cwd=self.home, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=OUTPUT_S_MAX)
        assert done.returncode == 0, f"{name}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def running(self, argv, what):
        """A program that runs until it is told to end."""
        program = Program([str(a) for a in argv], what, self.home, self.environment)
        try:
            yield program
        finally:
            program.end()

    def typed(self, name):
        """`running` for a block whose command does not end by itself."""
        return self.running(["bash", "-ec", self.block(name)], name)

    def prepare(self):
        """The shop, the account and the files with the passwords."""
        self.server.sql("DROP DATABASE IF EXISTS shop", "CREATE DATABASE shop", TABLE, "DROP USER IF EXISTS tracker@'%'")
        self.sql("account")
        self.shell("passwords")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.home, ignore_errors=True)


@contextlib.contextmanager
def at_the_consumers(server):
    """A Follower that has done all that comes before them, and a few changes for them to read. `task`: what it was told."""
    with Follower(server) as follower:
        follower.prepare()
        with follower.typed("serve") as service:
            # Its last line at the start says where the API is: from then on the other commands find it.
            millrace.wait_for("the service runs", lambda: service.over or " API: " in service.told())
            assert not service.over, f"millrace serve has ended:\n{service.told()}"
            follower.task = follower.shell("task")
            server.sql(*CHANGES)
            yield follower


class Program:
    """A process in a session of its own, and the lines that it has printed."""

    def __init__(self, argv, what, home, environment):
        self.what, self.lines, self.errors = what, [], home / f"{what}.stderr"
        self.changed = threading.Condition()
        self.over = False
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([*WITH_US, *argv], cwd=home, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def told(self):
        return self.errors.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, enough, meanwhile=None):
        """Waits until `enough(lines)`, calling `meanwhile` now and then; fails when the program has ended before that."""
        deadline = time.monotonic() + OUTPUT_S_MAX
        while True:
            with self.changed:
                done = self.changed.wait_for(lambda: self.over or enough(self.lines), PAUSE_S)
                lines = list(self.lines)
            if done or time.monotonic() > deadline:
                break
            if meanwhile:
                meanwhile()
        if not enough(lines):
            state = "has ended" if self.over else "is still running"
            raise AssertionError(f"{self.what} {state}; it said:\n" + "\n".join(lines[-20:]) + "\n" + self.told()[-3000:])
        return lines

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # a shell and the pipe that it started
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


def rows_of(program, parse):
    """The first lines about rows: (operation, table, row)."""
    lines = program.wait_for(lambda lines: sum(" shop.orders " in line for line in lines) >= len(ROWS))
    rows = [line.split(" ", 2) for line in lines if " shop.orders " in line]
    return [(operation, table, parse(row)) for operation, table, row in rows]


def check_rows(got, photo, placed):
    """got: (operation, table, row); photo and placed are how this program shows BLOB and DATETIME."""
    assert [(operation, table) for operation, table, _ in got] == [(operation, "shop.orders") for operation, _ in ROWS]
    for (_, _, row), (operation, wanted) in zip(got, ROWS):
        extra = {} if wanted["id"] == "2" else {"photo": photo, "placed": placed}
        assert row == {**wanted, **extra}, operation
