# SPDX-License-Identifier: Apache-2.0
"""Ways to reach a source: each TLS mode, and each kind of account; the dump connection too, since rows have to arrive."""

import pytest

from tests.servers import Server
from tests.servers.tls import Certificates
from tests.support import millrace, records
from tests.support.millrace import Task

GRANTS = ["SELECT", "REPLICATION CLIENT", "REPLICATION SLAVE", "SHOW VIEW"]
OPTIONS = ["--schema-scope", "selected"]
PASSWORD = "Pw-1234567"
NAMES = iter(f"connect{n}" for n in range(1000))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module", params=["mysql-9", "mariadb-10.11"])
def tls_server(request, certificates):
    with Server(request.param, tls=certificates) as server:
        server.sql("CREATE DATABASE c", "CREATE TABLE c.t (id INT AUTO_INCREMENT PRIMARY KEY)")
        server.create_user("secure", PASSWORD, GRANTS)
        server.sql("ALTER USER secure@'%' REQUIRE SSL")
        yield server


def create(service, server, user, options=(), password=PASSWORD, **query):
    name = next(NAMES)
    done = service.create(name, server.url(user=user, **query), ["c"], password=password, options=["--topic", name, *OPTIONS, *options],
                          check=False)
    return Task(service, name), done


def arrives(task, server):
    task.wait("running")
    task.group()
    server.sql("INSERT INTO c.t VALUES ()")
    got = records.read(task, 3)
    assert [r.operation for r in got] == ["BEGIN", "INSERT", "COMMIT"]


def how_it_is_encrypted(task):
    """What the precheck saw."""
    return next(item["evidence"] for item in task.show()["precheck"]["items"] if item["id"] == "encryption")


@pytest.mark.parametrize("mode", ["preferred", "required", "verify-ca", "verify-identity"])
def test_every_mode_with_tls_reaches_an_account_that_demands_it(tls_server, service, certificates, mode):
    options = ["--tls-ca", certificates.path("ca.pem")] if mode.startswith("verify") else []
    task, done = create(service, tls_server, "secure", options, tls=mode)
    assert done.code == 0, done.err
    arrives(task, tls_server)


def test_disabled_means_without(tls_server, service):
    _, done = create(service, tls_server, "secure", tls="disabled")
    assert done.code == 1 and "tls=required" in done.err, done


@pytest.mark.parametrize("mode", ["verify-ca", "verify-identity"])
def test_an_authority_that_signed_nothing_is_refused(tls_server, service, certificates, mode):
    _, done = create(service, tls_server, "secure", ["--tls-ca", certificates.path("other-ca.pem")], tls=mode)
    assert done.code == 1 and "certificate" in done.err and "--tls-ca" in done.err, done


def test_a_certificate_of_another_name_is_refused_by_identity_alone(certificates, service):
    other = [f"--ssl-cert={certificates.path('client.pem')}", f"--ssl-key={certificates.path('client.key')}"]
    with Server("mariadb-10.11", tls=certificates, options=other) as server:
        server.sql("CREATE DATABASE c", "CREATE TABLE c.t (id INT AUTO_INCREMENT PRIMARY KEY)")
        server.create_user("secure", PASSWORD, GRANTS)
        options = ["--tls-ca", certificates.path("ca.pem")]
        task, done = create(service, server, "secure", options, tls="verify-ca")
        assert done.code == 0, done.err
        arrives(task, server)
        _, done = create(service, server, "secure", options, tls="verify-identity")
        assert done.code == 1 and "for another name" in done.err, done


@pytest.mark.parametrize("mode", ["required", "verify-ca", "verify-identity"])
def test_a_certificate_that_has_expired_is_refused_where_it_is_looked_at(certificates, service, mode):
    old = [f"--ssl-cert={certificates.path('expired.pem')}", f"--ssl-key={certificates.path('expired.key')}"]
    with Server("mariadb-10.11", tls=certificates, options=old) as server:
        server.sql("CREATE DATABASE c", "CREATE TABLE c.t (id INT AUTO_INCREMENT PRIMARY KEY)")
        server.create_user("secure", PASSWORD, GRANTS)
        options = ["--tls-ca", certificates.path("ca.pem")] if mode.startswith("verify") else []
        task, done = create(service, server, "secure", options, tls=mode)
        if mode == "required":
            arrives(task, server)
        else:
            assert done.code == 1 and "expired" in done.err, done.err


def test_a_client_certificate_is_shown_when_it_is_asked_for(tls_server, service, certificates):
    tls_server.create_user("x509", PASSWORD, GRANTS)
    tls_server.sql("ALTER USER x509@'%' REQUIRE X509")
    both = ["--tls-cert", certificates.path("client.pem"), "--tls-key", certificates.path("client.key")]
    _, done = create(service, tls_server, "x509", tls="required")
    assert done.code == 1, done
    task, done = create(service, tls_server, "x509", ["--tls-ca", certificates.path("ca.pem"), *both], tls="verify-ca")
    assert done.code == 0, done.err
    arrives(task, tls_server)


ACCOUNTS = [
    ("mysql-9", "IDENTIFIED WITH caching_sha2_password BY", ["disabled", "preferred", "required"]),
    ("mysql-9", "IDENTIFIED WITH sha256_password BY", ["disabled", "preferred", "required"]),
    ("mariadb-10.11", "IDENTIFIED VIA mysql_native_password USING PASSWORD", ["disabled"]),
    ("mysql-5.6", "IDENTIFIED BY", ["disabled"]),
]


@pytest.mark.parametrize("name, clause, modes", ACCOUNTS, ids=lambda v: v if isinstance(v, str) else "")
def test_every_kind_of_account_logs_in(servers, service, name, clause, modes):
    server = servers(name)
    secret = f"('{PASSWORD}')" if clause.endswith("PASSWORD") else f" '{PASSWORD}'"
    server.sql("CREATE DATABASE IF NOT EXISTS c", "CREATE TABLE IF NOT EXISTS c.t (id INT AUTO_INCREMENT PRIMARY KEY)")
    for mode in modes:
        server.sql("DROP USER IF EXISTS account@'%'" if name != "mysql-5.6" else "SELECT 1")
        server.sql(f"CREATE USER account@'%' {clause}{secret}", f"GRANT {', '.join(GRANTS)} ON *.* TO account@'%'")
        task, done = create(service, server, "account", tls=mode)
        assert done.code == 0, done.err
        arrives(task, server)
        if mode == "required":
            assert how_it_is_encrypted(task).startswith("TLSv1."), mode
        task.pause()
    server.sql("DROP USER account@'%'")


PASSWORDS = ["", "x" * 19, "y" * 20, "z" * 21, "0123456789" * 20, "pä ß'\\x"]  # a nonce has 20 bytes


@pytest.mark.parametrize("mode", ["disabled", "preferred"])
def test_passwords_of_every_length_log_in_also_when_the_server_has_forgotten_them(servers, mode):
    server = servers("mysql-9")
    for password in PASSWORDS:
        quoted = password.replace("\\", "\\\\").replace("'", "''")
        server.sql("DROP USER IF EXISTS lengthy@'%'", f"CREATE USER lengthy@'%' IDENTIFIED WITH caching_sha2_password BY '{quoted}'",
                   f"GRANT {', '.join(GRANTS)} ON *.* TO lengthy@'%'")
        for _ in range(2):  # by the whole exchange, then from the server's cache
            done = millrace.run("precheck", server.url(user="lengthy", tls=mode), check=False, env={"MILLRACE_SOURCE_PASSWORD": password})
            assert done.code == 0, f"{len(password)} characters: {done.out}{done.err}"
        server.sql("FLUSH PRIVILEGES")
        done = millrace.run("precheck", server.url(user="lengthy", tls=mode), check=False, env={"MILLRACE_SOURCE_PASSWORD": password})
        assert done.code == 0, f"{len(password)} characters: {done.out}{done.err}"
    server.sql("DROP USER lengthy@'%'")


@pytest.mark.parametrize("name", ["mariadb-10.11", "mysql-5.6"])
def test_an_account_without_a_password_logs_in(servers, name):
    server = servers(name)
    server.sql("CREATE USER bare@'%'", f"GRANT {', '.join(GRANTS)} ON *.* TO bare@'%'")
    done = millrace.run("precheck", server.url(user="bare"), check=False, env={"MILLRACE_SOURCE_PASSWORD": ""})
    server.sql("DROP USER bare@'%'")
    assert done.code == 0, done.out + done.err


@pytest.mark.parametrize("name", ["mysql-9", "mariadb-10.11"])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_server_of_one_tls_version(certificates, service, name, version):
    with Server(name, tls=certificates, options=[f"--tls-version={version}"]) as server:
        server.sql("CREATE DATABASE c", "CREATE TABLE c.t (id INT AUTO_INCREMENT PRIMARY KEY)")
        server.create_user("secure", PASSWORD, GRANTS)
        task, done = create(service, server, "secure", ["--tls-ca", certificates.path("ca.pem")], tls="verify-identity")
        assert done.code == 0, done.err
        arrives(task, server)
        assert how_it_is_encrypted(task) == version


@pytest.mark.parametrize("name", ["mysql-9", "mariadb-10.11", "mysql-5.6"])
def test_a_source_at_an_ipv6_address(service, name):
    with Server(name, options=["--bind-address=::"]) as server:
        server.sql("CREATE DATABASE c", "CREATE TABLE c.t (id INT AUTO_INCREMENT PRIMARY KEY)")
        task = next(NAMES)
        service.create(task, server.url().replace("127.0.0.1", "[::1]"), ["c"], options=["--topic", task, *OPTIONS])
        arrives(Task(service, task), server)


def test_a_server_that_takes_the_connection_and_says_nothing(own_server):
    server = own_server("mariadb-10.11")
    server.pause()
    try:
        done = millrace.run("precheck", server.url(), check=False, env={"MILLRACE_SOURCE_PASSWORD": PASSWORD})
    finally:
        server.resume()
    assert done.code == 1 and f"127.0.0.1:{server.port}" in done.out + done.err, done


def test_a_password_that_has_expired_is_told(servers):
    server = servers("mysql-9")
    server.create_user("expired", PASSWORD, GRANTS, "PASSWORD EXPIRE")
    done = millrace.run("precheck", server.url(user="expired"), check=False, env={"MILLRACE_SOURCE_PASSWORD": PASSWORD})
    server.sql("DROP USER expired@'%'")
    assert done.code == 1 and "expired" in done.out + done.err, done
