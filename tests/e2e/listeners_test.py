# SPDX-License-Identifier: Apache-2.0
"""Listeners: TLS, client certificates, networks, a group's rights without a login, tasks that name theirs."""

import re
import socket
import ssl
import subprocess

import confluent_kafka
import kafka
import pytest

from tests.servers.ports import free_port
from tests.support import records
from tests.support.millrace import GROUP_PASSWORD, ROOT, Service, wait_for

NAMES = ["internal", "tls", "mutual", "open", "closed"]


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


def make_certificate(folder, name, common_name, authority=None, days=2):
    """A key and a certificate for localhost in `folder`: signed by an authority, or one itself."""
    key, request, certificate = folder / f"{name}.key", folder / f"{name}.csr", folder / f"{name}.pem"
    key_words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-subj", f"/CN={common_name}"]
    if authority is None:
        openssl("req", "-x509", *key_words, "-out", certificate, "-days", days)
        return
    openssl("req", "-new", *key_words, "-out", request)
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=DNS:localhost\n", encoding="utf-8")
    openssl("x509", "-req", "-in", request, "-CA", folder / f"{authority}.pem", "-CAkey", folder / f"{authority}.key", "-CAcreateserial",
            "-days", days, "-extfile", extensions, "-out", certificate)


class ListeningService(Service):
    """A service whose listeners are in its settings; `kafka` is the first one's address."""

    def __init__(self):
        super().__init__()
        self.ports = {name: free_port() for name in NAMES}
        self.kafka_port = self.ports["internal"]
        for name, common_name, authority in [("ca", "test authority", None), ("other-ca", "another", None),
                                             ("server", "localhost", "ca"), ("client", "a client", "ca"),
                                             ("stranger", "a stranger", "other-ca")]:
            make_certificate(self.home, name, common_name, authority)
        tls = f'advertised = "localhost:%d"\ntls_certificate = "{self.home}/server.pem"\ntls_key = "{self.home}/server.key"'
        more = {
            "internal": 'security = "sasl_plaintext"',
            "tls": f'security = "sasl_ssl"\n{tls % self.ports["tls"]}',
            "mutual": f'security = "sasl_ssl"\n{tls % self.ports["mutual"]}\ntls_client_ca = "{self.home}/ca.pem"',
            "open": 'security = "plaintext"\ngroup = "g-open"',
            "closed": 'networks = ["192.0.2.0/24"]',
        }
        self.settings = self.home / "millrace.toml"
        self.settings.write_text('[kafka]\nadmins = ["boss"]\n' + "".join(
            f'[[kafka.listener]]\nname = "{name}"\nbind = "127.0.0.1:{self.ports[name]}"\n{more[name]}\n' for name in NAMES),
            encoding="utf-8")

    def command(self):
        words = super().command()
        at = words.index("--kafka")
        return [*words[:at], *words[at + 2:], "--config", str(self.settings)]

    def file(self, name):
        return str(self.home / name)

    def address(self, name):
        return f"{'localhost' if name in {'tls', 'mutual'} else '127.0.0.1'}:{self.ports[name]}"


@pytest.fixture(scope="module")
def service():
    with ListeningService() as made:
        yield made


@pytest.fixture(scope="module")
def task(service, servers):
    server = servers("mariadb-10.11")
    server.sql("DROP DATABASE IF EXISTS listening", "CREATE DATABASE listening", "CREATE TABLE listening.t (id INT PRIMARY KEY)")
    made = service.track(server, "listening", name="listening", options=["--schema-scope", "selected"])
    server.sql("INSERT INTO listening.t VALUES (1)")
    records.read(made, 3)
    return made


def tls(service, **more):
    return {"security.protocol": "SASL_SSL", "ssl.ca.location": service.file("ca.pem"), **more}


def topics_through(task, listener, seconds=20, **settings):
    """What a consumer of the task's group is told when it connects there: (its topics, the broker's address)."""
    reader = records.consumer(task, **{"bootstrap.servers": task.service.address(listener), "log_level": 0, **settings})
    try:
        found = reader.list_topics(timeout=seconds)
        return set(found.topics), {f"{b.host}:{b.port}" for b in found.brokers.values()}
    finally:
        reader.close()


def is_refused(task, listener, **settings):
    with pytest.raises(confluent_kafka.KafkaException):
        topics_through(task, listener, seconds=4, **settings)
    return True


def test_records_are_the_same_over_every_listener(service, task):
    plain = {value for value, _ in records.bodies(records.read(task, 3))}
    for listener, settings in [
        ("tls", tls(service)),
        ("mutual", tls(service, **{"ssl.certificate.location": service.file("client.pem"), "ssl.key.location": service.file("client.key")})),
    ]:
        missing = set(plain)
        reader = records.consumer(task, **{"bootstrap.servers": service.address(listener), **settings})
        reader.assign([confluent_kafka.TopicPartition(task.topic, 0, 0)])
        while missing:
            message = reader.poll(20)
            assert message is not None and not message.error(), (listener, message and message.error())
            missing.discard(message.value())
        reader.close()


def test_kafka_python_reads_over_tls(service, task):
    consumer = kafka.KafkaConsumer(
        bootstrap_servers=service.address("tls"), security_protocol="SASL_SSL", ssl_cafile=service.file("ca.pem"),
        sasl_mechanism="PLAIN", sasl_plain_username=task.user, sasl_plain_password=GROUP_PASSWORD, consumer_timeout_ms=20000)
    consumer.assign([kafka.TopicPartition(task.topic, 0)])
    consumer.seek_to_beginning()
    assert next(consumer).offset == 0
    consumer.close()


def test_each_listener_advertises_its_own_address(service, task):
    assert topics_through(task, "internal")[1] == {service.address("internal")}
    assert topics_through(task, "tls", **tls(service))[1] == {service.address("tls")}


def test_tls_checks_what_it_should(service, task):
    assert is_refused(task, "tls", **{**tls(service), "ssl.ca.location": service.file("other-ca.pem")})
    assert is_refused(task, "tls", **{**tls(service), "bootstrap.servers": f"127.0.0.1:{service.ports['tls']}",
                                      "ssl.endpoint.identification.algorithm": "https"})
    assert is_refused(task, "internal", **tls(service))
    assert is_refused(task, "tls")


def test_a_client_certificate_is_needed_where_it_is_asked_for(service, task):
    own = {"ssl.certificate.location": service.file("client.pem"), "ssl.key.location": service.file("client.key")}
    assert topics_through(task, "mutual", **tls(service, **own))[0] == {task.topic}
    assert is_refused(task, "mutual", **tls(service))
    strange = {"ssl.certificate.location": service.file("stranger.pem"), "ssl.key.location": service.file("stranger.key")}
    assert is_refused(task, "mutual", **tls(service, **strange))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_both_versions_of_tls_are_spoken(service, version):
    context = ssl.create_default_context(cafile=service.file("ca.pem"))
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", service.ports["tls"]), 10) as plain, \
            context.wrap_socket(plain, server_hostname="localhost") as wrapped:
        assert wrapped.version() == f"TLSv{version.name[-3:].replace('_', '.')}"


def test_a_new_certificate_is_taken_without_a_restart(service):
    def shown():
        return ssl.get_server_certificate(("127.0.0.1", service.ports["tls"]))

    before = shown()
    make_certificate(service.home, "server", "localhost", "ca")
    assert wait_for("the new certificate is shown", lambda: shown() != before, 20)


def test_an_open_listener_has_the_rights_of_its_group(service, task):
    mine = type(task)(service, task.name)
    mine.group("open", group_id="g-open")
    bare = {"security.protocol": "PLAINTEXT", "group.id": "g-open"}
    assert topics_through(mine, "open", **bare)[0] == {task.topic}
    reader = confluent_kafka.Consumer({"bootstrap.servers": service.address("open"), "group.id": task.group_id, "log_level": 0})
    reader.subscribe([task.topic])
    message = wait_for("an answer", lambda: reader.poll(1), 20)
    assert message.error() and message.error().name() == "GROUP_AUTHORIZATION_FAILED"
    reader.close()


def test_a_listener_is_closed_to_other_networks(service, task):
    with socket.create_connection(("127.0.0.1", service.ports["closed"]), 10) as connection:
        connection.settimeout(20)
        assert connection.recv(1) == b""
    assert is_refused(task, "closed")


def test_a_group_is_used_from_its_networks_only(service, task):
    mine = type(task)(service, task.name)
    mine.group("nets")
    assert topics_through(mine, "internal")[0] == {task.topic}
    service.cli("group", "networks", mine.group_id, "--network", "10.0.0.0/8")
    assert is_refused(mine, "internal")
    service.cli("group", "networks", mine.group_id, "--network", "10.0.0.0/8", "--network", "127.0.0.0/8")
    assert topics_through(mine, "internal")[0] == {task.topic}
    assert service.cli("group", "networks", mine.group_id, "--network", "10/8", check=False).code != 0


def test_a_task_is_reached_through_the_listeners_that_it_names(service, servers):
    made = service.track(servers("mariadb-10.11"), "listening", name="tls-only", options=["--listener", "tls"])
    assert topics_through(made, "tls", **tls(service))[0] == {made.topic}
    assert is_refused(made, "internal")
    refused = service.cli("task", "create", "x", "--source", servers("mariadb-10.11").url(), "--password-file",
                          service.password_file("x"), "--object", "listening", "--listener", "nowhere", check=False)
    assert refused.code != 0 and "nowhere" in refused.err and "internal" in refused.err


def test_the_packaged_settings_are_settings_with_their_defaults(own_service):
    """Every line that the file shows commented out is one that the service takes."""
    shown = (ROOT / "packaging/millrace.toml").read_text(encoding="utf-8")
    made = own_service(start=False)
    words = re.sub(r"^# (?=\[|[a-z_]+ = )", "", shown, flags=re.M)
    assert "max_offset_metadata_bytes" in words and "\n# max" not in words
    for port in ("9092", "8080"):
        words = words.replace(f'bind = "127.0.0.1:{port}"', f'bind = "127.0.0.1:{free_port()}"')
    made.settings = made.home / "millrace.toml"
    made.settings.write_text(words, encoding="utf-8")
    made.arguments = ["--config", str(made.settings)]
    made.start()
    assert made.is_up()
