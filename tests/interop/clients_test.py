# SPDX-License-Identifier: Apache-2.0
"""Java, Go and today's kafka-python: read by assignment and in a group, commit, resume, look up a time, be refused."""

import base64
import pathlib
import re
import subprocess

import pytest

from tests.interop import registries
from tests.servers import cache
from tests.support import records
from tests.support.millrace import GROUP_PASSWORD

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = ["java-2.7.0", "java-3.9.1", "java-4.4.0", "franz-go", "kafka-python"]
ROWS = 20


def java(version):
    folder = registries.copied(f"java-{version}", HERE / "java/pom.xml", HERE / "java/src/main/java/Client.java")
    return registries.java_class(folder, "Client", f"kafka-clients-{version}", f"-Dkafka.version={version}")


def franz_go():
    folder = registries.copied("franz-go", HERE / "go/main.go")
    return [str(registries.go_program(folder, HERE / "go", "client"))]


def kafka_python():
    folder = registries.copied("kafka-python", HERE / "python/client.py")
    if not (folder / "venv/bin/pip").exists():
        cache.run(["/usr/bin/python3", "-m", "venv", folder / "venv"], "venv")
    # pip's configuration may prefer what it finds on this machine; the version is the registry's newest either way.
    registries.build([folder / "venv/bin/pip", "install", "-q", "--upgrade", "kafka-python"], "pip", "PyPI", cwd=folder)
    return [str(folder / "venv/bin/python"), str(folder / "client.py")]


@pytest.fixture(scope="module", params=CLIENTS)
def client(request):
    """The command line of a client program."""
    with cache.locked("interop"):
        if request.param.startswith("java-"):
            return java(request.param[5:])
        return franz_go() if request.param == "franz-go" else kafka_python()


@pytest.fixture(scope="module")
def task(servers, shared_service):
    server = servers("mariadb-10.11")
    server.sql("DROP DATABASE IF EXISTS interop", "CREATE DATABASE interop", "CREATE TABLE interop.t (id INT PRIMARY KEY, v TEXT)")
    made = shared_service.track(server, "interop", name="interop", options=["--schema-scope", "selected"])
    server.sql(*(f"INSERT INTO interop.t VALUES ({n}, REPEAT('é', {n * 50}))" for n in range(ROWS)))
    made.wanted = records.read(made, ROWS * 3, heartbeats=True)
    return made


def run(client, task, mode, number, password=GROUP_PASSWORD, group=None):
    return subprocess.run(
        [*client, task.service.kafka, task.topic, group or task.group_id, task.user, password, mode, str(number)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
    )


def lines(done):
    assert done.returncode == 0, done.stderr[-3000:]
    return [(int(o), int(t), base64.b64decode(v)) for o, t, v in (line.split() for line in done.stdout.splitlines())]


def as_lines(wanted):
    return [(r.offset, r.timestamp, r.bytes) for r in wanted]


def test_reads_everything_by_assignment(task, client):
    assert lines(run(client, task, "assign", len(task.wanted))) == as_lines(task.wanted)


def test_commits_in_a_group_and_resumes_there(task, client, request):
    mine = type(task)(task.service, task.name)
    mine.group("c" + re.sub(r"\W", "", request.node.callspec.params["client"]))
    assert lines(run(client, mine, "subscribe", 20)) == as_lines(task.wanted[:20])
    assert lines(run(client, mine, "subscribe", 20)) == as_lines(task.wanted[20:40])


def test_resumes_after_the_service_restarted(servers, own_service, client):
    server = servers("mariadb-10.11")
    server.sql("CREATE DATABASE IF NOT EXISTS interop2", "CREATE TABLE IF NOT EXISTS interop2.t (id INT AUTO_INCREMENT PRIMARY KEY)")
    service = own_service()
    task = service.track(server, "interop2", name="interop2", options=["--schema-scope", "selected"])
    server.sql(*["INSERT INTO interop2.t VALUES ()"] * 4)
    wanted = records.read(task, 12, heartbeats=True)
    assert lines(run(client, task, "subscribe", 5)) == as_lines(wanted[:5])
    service.restart("kill9")
    assert lines(run(client, task, "subscribe", 5)) == as_lines(wanted[5:10])


def test_looks_up_a_time_in_milliseconds_and_in_seconds(task, client):
    for record in (task.wanted[0], task.wanted[-1]):
        first = next(r for r in task.wanted if r.timestamp >= record.timestamp)
        done = run(client, task, "time", record.timestamp)
        assert done.stdout.split() == [str(first.offset), str(first.timestamp)], done.stderr
        second = record.timestamp // 1000
        first = next(r for r in task.wanted if r.timestamp // 1000 >= second)
        done = run(client, task, "time", second)
        assert done.stdout.split() == [str(first.offset), str(first.timestamp // 1000)], done.stderr


def test_a_time_in_the_future_finds_nothing(task, client):
    assert run(client, task, "time", task.wanted[-1].timestamp + 86_400_000).stdout.strip() == "none"


def test_a_wrong_password_is_refused(task, client):
    done = run(client, task, "assign", 1, password="Wrong-0123")
    assert done.returncode == 3, f"{done.returncode}: {done.stderr[-2000:]}"
