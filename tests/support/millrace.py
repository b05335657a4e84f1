# SPDX-License-Identifier: Apache-2.0
"""Millrace from the outside: its command line, and a service on free ports in a folder of its own."""

import contextlib
import dataclasses
import decimal
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from tests.servers.ports import free_port
from tests.servers.server import REPLICATION_PASSWORD, WITH_US

ROOT = pathlib.Path(__file__).resolve().parents[2]
GROUP_PASSWORD = "Groups-0123"
WAIT_S_MAX = 60
NAMES = itertools.count(1)


def binary():
    return os.environ.get("MILLRACE_BIN") or str(ROOT / "build/release/millrace")


class CommandFailed(AssertionError):
    pass


@dataclasses.dataclass
class Done:
    arguments: tuple
    code: int
    out: str
    err: str

    def json(self):
        return json.loads(self.out)

    def lines(self):
        # Only "\n" ends a line: values may hold U+2028 and its like. Numbers keep all their digits.
        return [json.loads(line, parse_float=decimal.Decimal) for line in self.out.split("\n") if line]


def run(*arguments, check=True, stdin=None, env=None, timeout=WAIT_S_MAX):
    """Runs `millrace ARGUMENTS`; with check, a status other than 0 is an error that shows what was said."""
    words = tuple(str(a) for a in arguments)
    done = subprocess.run(
        [binary(), *words], input=stdin, stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True,
        check=False, timeout=timeout, env={**os.environ, **(env or {})},
    )
    result = Done(words, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
    if check and result.code != 0:
        raise CommandFailed(f"millrace {' '.join(words)}: exit status {result.code}\n{result.err}{result.out}")
    return result


def wait_for(what, condition, seconds=WAIT_S_MAX):
    """Asks again until the condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    pause = 0.01
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"still not after {seconds} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


class Service:
    """`millrace serve` on free loopback ports. Its data outlive restarts and go with close()."""

    def __init__(self, data=None, arguments=(), prefix=()):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="mr-service-"))
        self.data = pathlib.Path(data or self.home / "data")
        self.kafka_port, self.http_port = free_port(), free_port()
        self.arguments = list(arguments)
        self.prefix = list(prefix)  # a command that starts it, such as one that limits files
        self.log = self.home / "serve.log"
        self.process = None
        self._passwords = 0

    @property
    def kafka(self):
        return f"127.0.0.1:{self.kafka_port}"

    @property
    def http(self):
        return f"http://127.0.0.1:{self.http_port}"

    def command(self):
        return [*self.prefix, binary(), "serve", "--data", str(self.data), "--kafka", self.kafka, "--http",
                f"127.0.0.1:{self.http_port}", *self.arguments]

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*WITH_US, *self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, cwd="/")
        if wait:
            wait_for("the service answers /healthz", self.healthy, 30)
        return self

    def healthy(self):
        if self.process.poll() is not None:
            raise AssertionError(f"millrace serve ended with {self.process.returncode}:\n{self.log_text()[-3000:]}")
        return self.get("/healthz")[0] == 200

    def is_up(self):
        return self.process is not None and self.process.poll() is None and self.get("/healthz")[0] == 200

    def log_text(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def end(self, how, seconds=30):
        process, self.process = self.process, None
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(how)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"millrace serve did not end within {seconds} s of {how.name}") from None

    def terminate(self):
        code = self.end(signal.SIGTERM)
        assert code == 0, f"millrace serve ended with {code} after SIGTERM:\n{self.log_text()[-3000:]}"

    def kill9(self):
        self.end(signal.SIGKILL)

    def restart(self, how="terminate"):
        getattr(self, how)()
        return self.start()

    def close(self):
        with contextlib.suppress(AssertionError):
            self.end(signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    # The command line

    def cli(self, *arguments, check=True, **kwargs):
        return run(*arguments, check=check, env={"MILLRACE_DATA": str(self.data)}, **kwargs)

    def password_file(self, password):
        self._passwords += 1
        path = self.home / f"password-{self._passwords}"
        path.write_text(password + "\n", encoding="utf-8")
        path.chmod(0o600)
        return path

    def create(self, name, url, objects=(), password=REPLICATION_PASSWORD, options=(), check=True):
        """`task create`; objects are DB or DB.TABLE."""
        selected = [word for name_ in objects for word in ("--object", name_)]
        return self.cli("task", "create", name, "--source", url, "--password-file", self.password_file(password), *selected,
                        *options, check=check)

    def track(self, server, *objects, name=None, options=(), wait=True):
        """A running task on all that the server does from now on, with a group to read it."""
        name = name or f"task{next(NAMES)}"
        self.create(name, server.url(), objects, options=["--topic", name, *options])
        task = Task(self, name)
        if wait:
            task.wait("running")
        task.group()
        return task

    def tasks(self):
        found = self.cli("task", "list", "--output", "json").json()
        return found if isinstance(found, list) else found["tasks"]

    # HTTP

    def token(self):
        return (self.data / "admin.token").read_text(encoding="utf-8").strip()

    def get(self, path, token=None, timeout=10):
        """(status, body); (0, reason) when nobody answers."""
        request = urllib.request.Request(self.http + path)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError as error:
            return 0, str(error).encode()


class Task:
    """One task of a service, by its name; its topic has the same name."""

    def __init__(self, service, name, topic=None):
        self.service = service
        self.name = name
        self.topic = topic or name
        self.user = self.group_id = None

    def show(self):
        found = self.service.cli("task", "show", self.name, "--output", "json").json()
        return found.get("task", found)

    def state(self):
        return self.show()["state"]

    def wait(self, *states, seconds=WAIT_S_MAX):
        """Waits until the task is in one of the states; `failed` ends the wait unless it is asked for."""

        def reached():
            now = self.show()
            if now["state"] in states:
                return now
            if now["state"] in {"failed", "precheck_failed"}:
                raise AssertionError(f"task {self.name} is {now['state']}: {json.dumps(now)[:2000]}")
            return None

        return wait_for(f"task {self.name} is {' or '.join(states)}", reached, seconds)

    def group(self, account="reader", group_id=None, password=GROUP_PASSWORD):
        """Makes a group and remembers its login for whoever reads the topic through this object."""
        self.group_id = group_id or f"g-{self.name}-{account}"
        self.service.cli("group", "create", "--task", self.name, "--account", account, "--group-id", self.group_id,
                         "--password-file", self.service.password_file(password))
        self.user = f"{account}-{self.group_id}"
        return self.group_id

    def __getattr__(self, command):
        """task.pause(), task.start("--accept-gap") and so on: `millrace task COMMAND NAME ARGUMENTS`."""
        if command.startswith("_"):
            raise AttributeError(command)
        return lambda *arguments, **kwargs: self.service.cli("task", command, self.name, *arguments, **kwargs)
