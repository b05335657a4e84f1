# SPDX-License-Identifier: Apache-2.0
"""Kafka's own command-line tools, used by an admin: topics, offsets, and consumer groups from listing to deletion."""

import subprocess

import pytest

from tests.interop import registries
from tests.support import records
from tests.support.millrace import ROOT, Service

TOPICS = "org.apache.kafka.tools.TopicCommand"
GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
OFFSETS = "org.apache.kafka.tools.GetOffsetShell"
PASSWORD = "the boss's own"


@pytest.fixture(scope="module")
def jars():
    folder = registries.copied("tools", ROOT / "tests/interop/tools/pom.xml")
    if not (folder / "jars/kafka-tools-3.9.1.jar").exists():
        registries.build(["mvn", "-B", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={folder / 'jars'}"], "maven",
                         "the Maven registry", cwd=folder)
    return folder / "jars"


@pytest.fixture(scope="module")
def service():
    made = Service()
    settings = made.home / "millrace.toml"
    settings.write_text('[kafka]\nadmins = ["boss"]\n', encoding="utf-8")
    made.arguments = ["--config", str(settings)]
    with made:
        made.cli("user", "create", "boss", "--password-file", made.password_file(PASSWORD))
        yield made


@pytest.fixture(scope="module")
def task(service, servers):
    server = servers("mariadb-10.11")
    server.sql("DROP DATABASE IF EXISTS tools", "CREATE DATABASE tools", "CREATE TABLE tools.t (id INT PRIMARY KEY)")
    made = service.track(server, "tools", name="tools", options=["--schema-scope", "selected"])
    server.sql(*(f"INSERT INTO tools.t VALUES ({n})" for n in range(3)))
    records.read(made, 9)
    return made


@pytest.fixture(scope="module")
def tool(jars, service):
    words = service.home / "client.properties"
    words.write_text(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule "
        f'required username="boss" password="{PASSWORD}";\n', encoding="utf-8")

    def run(name, *arguments):
        done = subprocess.run(
            ["java", "-cp", f"{jars}/*", name, "--bootstrap-server", service.kafka, "--command-config", str(words), *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120)
        both = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == 0 and "Exception" not in both, both
        return done.stdout.decode()

    return run


def fields_of(out, first):
    """The words of the line that begins with one."""
    [line] = [line.split() for line in out.splitlines() if line.split()[:1] == [first]]
    return line


def test_topics_are_listed_and_described(task, tool):
    assert task.topic in tool(TOPICS, "--list").split()
    out = tool(TOPICS, "--describe", "--topic", task.topic)
    assert "PartitionCount: 1" in out and "Leader: 1" in out and "cleanup.policy=delete" in out


def test_offsets_are_found(task, tool):
    def at(time):
        return int(tool(OFFSETS, "--topic", task.topic, "--time", time).strip().rsplit(":", 1)[1])

    assert at(-2) == 0
    assert at(-1) >= 9
    assert 0 <= at(-3) < at(-1)
    assert at(1000) == 0


def test_groups_are_listed_described_reset_and_deleted(task, tool, service):
    def position():
        found = service.cli("group", "show", task.group_id, "--output", "json").json()["position"]
        return found and found["offset"]

    reader = records.consumer(task, **{"group.id": task.group_id})
    reader.subscribe([task.topic])
    while not reader.assignment():
        reader.poll(0.2)
    members = tool(GROUPS, "--describe", "--group", task.group_id, "--members", "--verbose")
    assert "rdkafka" in members and "(0)" in members  # 3.9 leaves the topic out
    assert "Stable" in tool(GROUPS, "--describe", "--group", task.group_id, "--state")
    reader.close()

    def reset(*how):
        tool(GROUPS, "--reset-offsets", "--group", task.group_id, "--topic", task.topic, "--execute", *how)
        return position()

    assert reset("--to-offset", 4) == 4
    listed = tool(GROUPS, "--list", "--state", "empty", "--type", "classic")
    assert task.group_id in listed
    described = fields_of(tool(GROUPS, "--describe", "--group", task.group_id), task.group_id)
    assert described[1:4] == [task.topic, "0", "4"] and int(described[4]) >= 9 and int(described[5]) == int(described[4]) - 4
    assert task.group_id in tool(GROUPS, "--describe", "--all-groups")
    assert reset("--shift-by", -2) == 2
    assert reset("--to-earliest") == 0
    assert reset("--to-datetime", "2001-01-01T00:00:00.000") == 0
    assert reset("--to-latest") >= 9
    tool(GROUPS, "--delete-offsets", "--group", task.group_id, "--topic", task.topic)
    assert position() is None
    assert reset("--to-earliest") == 0
    tool(GROUPS, "--delete", "--group", task.group_id)
    assert position() is None
    assert task.group_id not in tool(GROUPS, "--list").split()
