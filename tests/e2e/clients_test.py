# SPDX-License-Identifier: Apache-2.0
"""The clients that people have: kcat, kafka-python, confluent-kafka and kafkajs, each by assignment and in a group."""

import base64
import os
import socket
import subprocess

import kafka
import pytest

from tests.support import records
from tests.support.millrace import GROUP_PASSWORD, ROOT

ROWS = 30


@pytest.fixture(scope="module")
def task(servers, shared_service):
    """A topic with a few transactions in it that nobody adds to; heartbeats come in all the same."""
    server = servers("mariadb-10.11")
    server.sql("DROP DATABASE IF EXISTS clients", "CREATE DATABASE clients", "CREATE TABLE clients.t (id INT PRIMARY KEY, v TEXT)")
    made = shared_service.track(server, "clients", name="clients", options=["--schema-scope", "selected"])
    server.sql(*(f"INSERT INTO clients.t VALUES ({n}, REPEAT('é', {n * 10}))" for n in range(ROWS)))
    made.wanted = records.read(made, ROWS * 3, heartbeats=True)
    return made


def as_lines(wanted):
    return [(r.offset, r.timestamp, r.bytes) for r in wanted]


def group_of(task, account):
    """A group for one test: (group ID, user)."""
    mine = type(task)(task.service, task.name)
    mine.group(account)
    return mine


def sasl(user, password=GROUP_PASSWORD):
    return dict(security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN", sasl_plain_username=user, sasl_plain_password=password)


def kcat(task, *arguments, user=None, password=GROUP_PASSWORD, timeout=60):
    return subprocess.run(
        ["kcat", "-q", "-b", task.service.kafka, "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=PLAIN", "-X",
         f"sasl.username={user or task.user}", "-X", f"sasl.password={password}", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=timeout,
    )


# The length in front of each value tells where it ends.
FORMAT = ["-f", "%o %T %S\n%s"]


def parse_kcat(out):
    got = []
    while out:
        head, _, out = out.partition(b"\n")
        offset, time, size = map(int, head.split())
        got.append((offset, time, out[:size]))
        out = out[size:]
    return got


def test_kcat_by_assignment(task):
    done = kcat(task, "-C", "-t", task.topic, "-p", "0", "-o", "beginning", "-c", str(len(task.wanted)), *FORMAT)
    assert done.returncode == 0, done.stderr
    assert parse_kcat(done.stdout) == as_lines(task.wanted)


def test_kcat_in_a_group(task):
    mine = group_of(task, "kcat")
    done = kcat(mine, "-c", str(len(task.wanted)), *FORMAT, "-X", "auto.offset.reset=earliest", "-G", mine.group_id, task.topic)
    assert done.returncode == 0, done.stderr
    assert parse_kcat(done.stdout) == as_lines(task.wanted)


def test_kcat_lists_one_topic_with_one_partition(task):
    done = kcat(task, "-L")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert f'topic "{task.topic}" with 1 partitions' in text and text.count("topic \"") == 1


def test_kcat_queries_offsets(task):
    done = kcat(task, "-Q", "-t", f"{task.topic}:0:{task.wanted[3].timestamp}")
    assert done.returncode == 0, done.stderr
    first = next(r.offset for r in task.wanted if r.timestamp >= task.wanted[3].timestamp)
    assert f"offset {first}" in done.stdout.decode()


def test_kafka_python_by_assignment(task):
    reader = kafka.KafkaConsumer(bootstrap_servers=task.service.kafka, group_id=None, **sasl(task.user))
    place = kafka.TopicPartition(task.topic, 0)
    reader.assign([place])
    reader.seek_to_beginning(place)
    got = [next(reader) for _ in task.wanted]
    assert [(m.offset, m.timestamp, m.value) for m in got] == as_lines(task.wanted)
    assert reader.partitions_for_topic(task.topic) == {0}
    assert reader.end_offsets([place])[place] >= task.wanted[-1].offset + 1
    assert reader.beginning_offsets([place])[place] == task.wanted[0].offset
    reader.close()


def test_kafka_python_in_a_group_commits_and_resumes(task):
    mine = group_of(task, "kpy")
    place = kafka.TopicPartition(task.topic, 0)
    settings = dict(bootstrap_servers=task.service.kafka, group_id=mine.group_id, auto_offset_reset="earliest",
                    enable_auto_commit=False, **sasl(mine.user))
    reader = kafka.KafkaConsumer(task.topic, **settings)
    for record in task.wanted[:10]:
        assert next(reader).offset == record.offset
    reader.commit({place: kafka.OffsetAndMetadata(task.wanted[10].offset, "1700000000")})
    assert reader.committed(place, metadata=True) == kafka.OffsetAndMetadata(task.wanted[10].offset, "1700000000")
    reader.close()
    reader = kafka.KafkaConsumer(task.topic, **settings)
    assert next(reader).offset == task.wanted[10].offset
    reader.close()


def test_confluent_in_a_group_commits_and_resumes(task):
    mine = group_of(task, "librd")
    for begin, count in ((0, 20), (20, 20)):
        reader = records.consumer(mine, **{"auto.offset.reset": "earliest"})
        reader.subscribe([task.topic])
        got = []
        while len(got) < count:
            got += [m for m in reader.consume(count - len(got), 5) if not m.error()]
        assert [m.offset() for m in got] == [r.offset for r in task.wanted[begin : begin + count]]
        reader.commit(message=got[-1], asynchronous=False)
        reader.close()


def test_a_second_member_stands_by_and_takes_over(task):
    mine = group_of(task, "standby")
    first, second = (records.consumer(mine, **{"auto.offset.reset": "earliest", "session.timeout.ms": 6000}) for _ in range(2))
    first.subscribe([task.topic])
    assert first.consume(1, 20)
    second.subscribe([task.topic])
    # A rebalance needs both to poll. Nothing tells when the second has joined, so they poll for a while; whatever
    # happens meanwhile, at most one of them ever has the partition.
    for _ in range(60):
        first.poll(0.05)
        second.poll(0.05)
        assert len(first.assignment()) + len(second.assignment()) <= 1
    for _ in range(200):
        if first.assignment() or second.assignment():
            break
        first.poll(0.05)
        second.poll(0.05)
    owner, other = (first, second) if first.assignment() else (second, first)
    assert len(owner.assignment()) == 1 and not other.assignment()
    owner.close()
    got = []
    for _ in range(200):
        got += [m for m in other.consume(1, 0.2) if not m.error()]
        if got:
            break
    assert got, "the standby did not take over"
    other.close()


def kafkajs(mine, count, modules, password=GROUP_PASSWORD):
    return subprocess.run(
        ["node", str(ROOT / "tests/e2e/kafkajs/read.mjs"), mine.service.kafka, mine.topic, mine.group_id, mine.user, password, str(count),
         str(modules)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=90,
        env={**os.environ, "KAFKAJS_NO_PARTITIONER_WARNING": "1"},
    )


def parse_js(done):
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    return [(int(offset), int(time), base64.b64decode(value)) for offset, time, value in lines]


def test_kafkajs_in_a_group_commits_and_resumes(task, npm_modules):
    mine = group_of(task, "kjs")
    assert parse_js(kafkajs(mine, 25, npm_modules)) == as_lines(task.wanted[:25])
    assert parse_js(kafkajs(mine, 25, npm_modules)) == as_lines(task.wanted[25:50])


def test_kafkajs_with_a_wrong_password_is_told_so(task, npm_modules):
    done = kafkajs(group_of(task, "kjsbad"), 1, npm_modules, password="Wrong-0123")
    assert done.returncode == 1 and "auth" in done.stderr.lower(), done.stderr


def test_a_bare_connection_that_says_nothing_is_normal(task):
    for _ in range(20):
        socket.create_connection(("127.0.0.1", task.service.kafka_port), 5).close()
    assert task.service.is_up()
    done = kcat(task, "-C", "-t", task.topic, "-p", "0", "-o", "beginning", "-c", "1", "-f", "%o")
    assert done.returncode == 0, done.stderr
