# SPDX-License-Identifier: Apache-2.0
"""Users of the settings' `[kafka] admins`: they describe everything, reset and delete groups, and read no records."""

import confluent_kafka
import kafka
import kafka.admin
import kafka.errors
import pytest

from tests.support import records
from tests.support.millrace import GROUP_PASSWORD, Service, wait_for

ADMIN, ADMIN_PASSWORD = "boss", "the boss's own"


@pytest.fixture(scope="module")
def service():
    made = Service()
    settings = made.home / "millrace.toml"
    settings.write_text(f'[kafka]\nadmins = ["{ADMIN}"]\n', encoding="utf-8")
    made.arguments = ["--config", str(settings)]
    with made:
        made.cli("user", "create", ADMIN, "--password-file", made.password_file(ADMIN_PASSWORD))
        yield made


@pytest.fixture(scope="module")
def task(service, servers):
    server = servers("mariadb-10.11")
    server.sql("DROP DATABASE IF EXISTS administered", "CREATE DATABASE administered", "CREATE TABLE administered.t (id INT PRIMARY KEY)")
    made = service.track(server, "administered", name="administered", options=["--schema-scope", "selected"])
    server.sql("INSERT INTO administered.t VALUES (1)")
    records.read(made, 3)
    return made


def login(service, password=ADMIN_PASSWORD, user=ADMIN):
    return dict(bootstrap_servers=service.kafka, security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN",
                sasl_plain_username=user, sasl_plain_password=password)


@pytest.fixture
def admin(service):
    made = kafka.admin.KafkaAdminClient(**login(service))
    yield made
    made.close()


def commit(service, task, offset, group=None, user=ADMIN, password=ADMIN_PASSWORD):
    """Commits as tools do that reset a group: without joining it."""
    consumer = kafka.KafkaConsumer(group_id=group or task.group_id, enable_auto_commit=False, **login(service, password, user))
    partition = kafka.TopicPartition(task.topic, 0)
    consumer.assign([partition])
    try:
        consumer.commit({partition: kafka.OffsetAndMetadata(offset, "by hand")})
    finally:
        consumer.close()


def test_an_admin_sees_topics_groups_and_settings(service, task, admin):
    commit(service, task, 1, user=task.user, password=GROUP_PASSWORD)
    assert task.topic in admin.list_topics()
    assert admin.describe_cluster()["brokers"][0]["port"] == service.kafka_port
    assert (task.group_id, "") in admin.list_consumer_groups() or task.group_id in dict(admin.list_consumer_groups())
    [group] = admin.describe_consumer_groups([task.group_id])
    assert group.state == "Empty"
    offsets = admin.list_consumer_group_offsets(task.group_id)
    assert offsets[kafka.TopicPartition(task.topic, 0)].offset == 1
    resource = kafka.admin.ConfigResource(kafka.admin.ConfigResourceType.TOPIC, task.topic)
    [answer] = admin.describe_configs([resource])
    settings = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert settings["cleanup.policy"] == "delete" and settings["retention.ms"] == "86400000"


def test_an_admin_resets_a_group_and_reads_nothing(service, task):
    mine = type(task)(service, task.name)
    mine.group("reset")
    commit(service, mine, 2)
    shown = service.cli("group", "show", mine.group_id, "--output", "json").json()
    assert shown["position"]["offset"] == 2
    reader = confluent_kafka.Consumer({
        "bootstrap.servers": service.kafka, "group.id": mine.group_id, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
        "sasl.username": ADMIN, "sasl.password": ADMIN_PASSWORD, "log_level": 0})
    reader.assign([confluent_kafka.TopicPartition(task.topic, 0, 0)])
    message = wait_for("an answer", lambda: reader.poll(1), 20)
    assert message.error() and message.error().name() == "TOPIC_AUTHORIZATION_FAILED"
    reader.close()


def test_an_admin_deletes_a_group_s_position_but_no_group_with_members(service, task, admin):
    mine = type(task)(service, task.name)
    mine.group("drop")
    reader = records.consumer(mine, **{"group.id": mine.group_id})
    reader.subscribe([task.topic])
    wait_for("the group has a member", lambda: reader.poll(0.5) or reader.assignment(), 30)
    [(_, error)] = admin.delete_consumer_groups([mine.group_id])
    assert error is kafka.errors.NonEmptyGroupError or "NonEmpty" in str(error)
    reader.close()
    commit(service, mine, 2)
    [(_, error)] = admin.delete_consumer_groups([mine.group_id])
    assert error is kafka.errors.NoError
    assert service.cli("group", "show", mine.group_id, "--output", "json").json()["position"] is None


def test_a_group_that_nobody_made_is_not_made_by_an_admin(service, task):
    with pytest.raises(kafka.errors.GroupAuthorizationFailedError):
        commit(service, task, 1, group="no-such-group")


def test_a_group_s_account_administers_nothing(service, task):
    other = type(task)(service, task.name)
    other.group("neighbour")
    with pytest.raises(kafka.errors.GroupAuthorizationFailedError):
        commit(service, task, 0, group=other.group_id, user=task.user, password=GROUP_PASSWORD)
    client = kafka.admin.KafkaAdminClient(**login(service, GROUP_PASSWORD, task.user))
    assert other.group_id not in dict(client.list_consumer_groups())
    [(_, error)] = client.delete_consumer_groups([task.group_id])
    assert error is kafka.errors.GroupAuthorizationFailedError
    client.close()


def refused(service, password=ADMIN_PASSWORD, user=ADMIN, mechanism="PLAIN"):
    errors = []
    client = confluent_kafka.Consumer({
        "bootstrap.servers": service.kafka, "group.id": "x", "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism,
        "sasl.username": user, "sasl.password": password, "error_cb": errors.append, "log_level": 0})
    wait_for("the log-in is refused", lambda: client.poll(0.2) or errors, 20)
    client.close()
    return errors[0].name() == "_AUTHENTICATION"


def test_users_come_and_go(service):
    service.cli("user", "create", "kim", "--role", "viewer", "--password-file", service.password_file("kim's password"))
    users = service.cli("user", "list", "--output", "json").json()["users"]
    assert {(user["name"], user["role"]) for user in users} >= {(ADMIN, "admin"), ("kim", "viewer")}
    assert "argon2" not in str(users)
    assert refused(service, "kim's password", "kim"), "she is no admin of the endpoint"
    assert refused(service, "not the password")
    assert refused(service, mechanism="SCRAM-SHA-256"), "of a person only a hash is kept"
    service.cli("user", "delete", "kim")
    assert service.cli("user", "delete", "kim", check=False).code == 1


def test_a_new_password_of_an_admin_cuts_the_old_log_in(service, admin):
    admin.list_topics()
    try:
        service.cli("user", "password", ADMIN, "--password-file", service.password_file("another password"))
        assert refused(service)
        again = kafka.admin.KafkaAdminClient(**login(service, "another password"))
        again.list_topics()
        again.close()
    finally:
        service.cli("user", "password", ADMIN, "--password-file", service.password_file(ADMIN_PASSWORD))
