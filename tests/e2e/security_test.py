# SPDX-License-Identifier: Apache-2.0
"""A consumer can do no harm: logins, what a group may see, and bytes that are no requests."""

import os
import random
import socket
import struct

import confluent_kafka
import pytest

from tests.support import records
from tests.support.millrace import GROUP_PASSWORD


@pytest.fixture(scope="module")
def tasks(servers, shared_service):
    server = servers("mariadb-10.11")
    made = []
    for name in ("mine", "theirs"):
        server.sql(f"DROP DATABASE IF EXISTS sec_{name}", f"CREATE DATABASE sec_{name}", f"CREATE TABLE sec_{name}.t (id INT)")
        made.append(shared_service.track(server, f"sec_{name}", name=f"sec-{name}", options=["--schema-scope", "selected"]))
        server.sql(f"INSERT INTO sec_{name}.t VALUES (1)")
        records.read(made[-1], 3)
    return made


def first_error(task, group=None, seconds=20, **settings):
    """The first error that a consumer is told, by librdkafka's name for it."""
    errors = []
    settings = {"error_cb": errors.append, **settings}
    if group:
        settings["group.id"] = group
    reader = records.consumer(task, **settings)
    try:
        if group:
            reader.subscribe([task.topic])
        else:
            reader.assign([confluent_kafka.TopicPartition(task.topic, 0, confluent_kafka.OFFSET_BEGINNING)])
        for _ in range(seconds * 5):
            message = reader.poll(0.2)
            if message is not None and message.error():
                return message.error().name()
            if errors:
                return errors[0].name()
    finally:
        reader.close()
    raise AssertionError("no error")


def test_a_wrong_password_is_told_at_once(tasks):
    assert first_error(tasks[0], **{"sasl.password": "Wrong-0123"}) == "_AUTHENTICATION"


def test_an_unknown_user_is_told_the_same(tasks):
    assert first_error(tasks[0], **{"sasl.username": "nobody-at-all"}) == "_AUTHENTICATION"


def test_a_password_that_only_begins_right_is_wrong(tasks):
    assert first_error(tasks[0], **{"sasl.password": GROUP_PASSWORD[:-1]}) == "_AUTHENTICATION"
    assert first_error(tasks[0], **{"sasl.password": GROUP_PASSWORD + "x"}) == "_AUTHENTICATION"


def test_scram_logs_in_too(tasks):
    for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
        reader = records.consumer(tasks[0], **{"sasl.mechanism": mechanism})
        assert tasks[0].topic in reader.list_topics(timeout=20).topics
        reader.close()
        assert first_error(tasks[0], **{"sasl.mechanism": mechanism, "sasl.password": "Wrong-0123"}) == "_AUTHENTICATION"


def test_another_task_s_topic_is_answered_like_one_that_does_not_exist(tasks):
    mine, theirs = tasks
    reader = records.consumer(mine)
    answers = {reader.list_topics(name, timeout=20).topics[name].error.name() for name in (theirs.topic, "no-such-topic")}
    reader.close()
    assert answers in ({"TOPIC_AUTHORIZATION_FAILED"}, {"UNKNOWN_TOPIC_OR_PART"})


def test_another_group_s_id_is_refused(tasks):
    mine, theirs = tasks
    known, unknown = first_error(mine, group=theirs.group_id), first_error(mine, group="no-such-group")
    assert known == unknown and known in {"GROUP_AUTHORIZATION_FAILED", "INVALID_GROUP_ID"}


def test_a_listing_shows_a_group_its_own_topic_only(tasks):
    reader = records.consumer(tasks[0])
    assert set(reader.list_topics(timeout=20).topics) == {tasks[0].topic}
    reader.close()


def test_the_topic_cannot_be_written_to(tasks):
    answers = []
    writer = confluent_kafka.Producer({
        "bootstrap.servers": tasks[0].service.kafka, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
        "sasl.username": tasks[0].user, "sasl.password": GROUP_PASSWORD, "message.timeout.ms": 5000, "retries": 0})
    before = records.read(tasks[0], 3)
    try:
        writer.produce(tasks[0].topic, b"x" * 60, partition=0, on_delivery=lambda error, _: answers.append(error))
    except (confluent_kafka.KafkaException, BufferError) as error:
        answers.append(error)
    writer.flush(10)
    assert answers and answers[0] is not None
    assert records.bodies(records.read(tasks[0], 3)) == records.bodies(before)


def test_a_new_password_ends_the_old_one(tasks):
    mine = type(tasks[0])(tasks[0].service, tasks[0].name)
    mine.group("newpw")
    mine.service.cli("group", "password", mine.group_id, "--password-file", mine.service.password_file("Another-0123"))
    assert first_error(mine) == "_AUTHENTICATION"
    reader = records.consumer(mine, **{"sasl.password": "Another-0123"})
    assert mine.topic in reader.list_topics(timeout=20).topics
    reader.close()


def test_a_deleted_group_s_connections_are_cut(tasks):
    mine = type(tasks[0])(tasks[0].service, tasks[0].name)
    mine.group("gone")
    reader = records.consumer(mine)
    assert mine.topic in reader.list_topics(timeout=20).topics
    mine.service.cli("group", "delete", mine.group_id)
    reader.close()
    assert first_error(mine) == "_AUTHENTICATION"


GARBAGE = {
    "nothing but zeros": b"\0" * 4096,
    "all ones": b"\xff" * 4096,
    "a length of 2 GiB": struct.pack(">i", 2**31 - 1) + b"x" * 64,
    "a negative length": struct.pack(">i", -5) + b"x" * 64,
    "a length that never comes": struct.pack(">i", 100) + b"x" * 10,
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS hello": bytes.fromhex("160301010001000001fc0303") + b"\0" * 200,
    "an unknown request": struct.pack(">ihhih", 10, 999, 0, 1, -1),
    "a fetch before the login": struct.pack(">ihhih", 10, 1, 4, 1, -1),
    "a request that is cut": struct.pack(">ihhih", 10, 3, 1, 1, 500),
}


@pytest.mark.parametrize("bytes_", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_on_the_kafka_port_harms_nobody(tasks, bytes_):
    with socket.create_connection(("127.0.0.1", tasks[0].service.kafka_port), 5) as connection:
        connection.settimeout(2)
        connection.sendall(bytes_)
        try:
            while connection.recv(4096):
                pass
        except OSError:
            pass  # it may wait for the rest, or cut the connection
    assert tasks[0].service.is_up()
    records.read(tasks[0], 3)


def test_random_bytes_harm_nobody(tasks):
    pick = random.Random(int(os.environ.get("SEED", "7")))
    for _ in range(200):
        body = pick.randbytes(pick.randint(0, 300))
        head = struct.pack(">ihhi", len(body) + 8, pick.randint(0, 70), pick.randint(0, 17), pick.randint(0, 2**31 - 1))
        try:
            with socket.create_connection(("127.0.0.1", tasks[0].service.kafka_port), 5) as connection:
                connection.sendall(head + body)
        except OSError:
            pass
    assert tasks[0].service.is_up()
    records.read(tasks[0], 3)


def test_the_api_answers_nobody_without_a_token(tasks):
    service = tasks[0].service
    for path in ("/api/v1/tasks", "/api/v1/groups"):
        assert service.get(path)[0] == 401
        assert service.get(path, token="wrong")[0] == 401
        assert service.get(path, token=service.token())[0] == 200
    for path in ("/healthz", "/metrics", "/api/v1/openapi.json", "/api/v1/formats/dts-avro"):
        assert service.get(path)[0] == 200, path
    assert service.get("/readyz")[0] in {200, 503}  # other tests leave tasks behind that failed, as they should


def test_passwords_are_nowhere_in_clear(tasks):
    service = tasks[0].service
    secrets = [GROUP_PASSWORD.encode(), b"cdcpw"]
    seen = service.log_text().encode()
    for path in service.data.rglob("*"):
        if path.is_file() and "ballast" not in path.name and path.stat().st_size < 64 << 20:
            seen += path.read_bytes()
    with open(f"/proc/{service.process.pid}/cmdline", "rb") as words, open(f"/proc/{service.process.pid}/environ", "rb") as env:
        seen += words.read() + env.read()
    for secret in secrets:
        assert secret not in seen
