# SPDX-License-Identifier: Apache-2.0
"""pytest fixtures: servers and services. A failed test shows the end of its service's log."""

import itertools
import os

import pytest

from tests.servers import FetchError, Server
from tests.support.millrace import Service, binary

SERVERS = ["mariadb-10.11", "mysql-9", "mysql-5.6"]
NUMBERS = itertools.count(1)


def pytest_sessionstart(session):
    del session
    if not os.access(binary(), os.X_OK):
        pytest.exit(f"{binary()} is not there: make build", returncode=1)


class Source:
    """A server and one fresh database in it."""

    def __init__(self, server):
        self.server = server
        self.name = server.name
        self.db = f"db{next(NUMBERS)}"
        server.sql(f"CREATE DATABASE {self.db} DEFAULT CHARACTER SET utf8mb4")

    def sql(self, *statements, **kwargs):
        return self.server.sql(*statements, database=self.db, **kwargs)

    def connect(self, **kwargs):
        return self.server.connect(self.db, **kwargs)

    def url(self, **kwargs):
        return self.server.url(**kwargs)

    def finish(self, table="fin"):
        """Writes the row that tells a reader that it has seen all before it."""
        if not self.sql(f"SHOW TABLES LIKE '{table}'"):  # MySQL logs CREATE TABLE IF NOT EXISTS of a table that exists
            self.sql(f"CREATE TABLE {table} (n INT)")
        self.sql(f"INSERT INTO {table} VALUES (1)")

    def fin(self, table="fin"):
        return f"{self.db}.{table}"

    def drop(self):
        self.server.sql(f"DROP DATABASE IF EXISTS {self.db}")


def started_once():
    """For a fixture: gives a function that starts a server of a kind at its first use; the end of the fixture closes them."""
    running = {}

    def get(name):
        if name not in running:
            running[name] = Server(name).start()
        return running[name]

    yield get
    for server in running.values():
        server.close()


@pytest.fixture(scope="session")
def servers():
    """servers(name): a running server of that kind, for all tests."""
    yield from started_once()


@pytest.fixture(params=SERVERS)
def source(request, servers):
    try:
        made = Source(servers(request.param))
    except FetchError as error:
        pytest.fail(str(error))
    yield made
    made.drop()


@pytest.fixture
def any_source(servers):
    """For promises that have nothing to do with the kind of server."""
    made = Source(servers("mariadb-10.11"))
    yield made
    made.drop()


@pytest.fixture
def own_server():
    """own_server(name, ...): a server of this test alone, which it may break."""
    running = []

    def make(name, **kwargs):
        running.append(Server(name, **kwargs).start())
        return running[-1]

    yield make
    for server in running:
        server.close()


@pytest.fixture(scope="session")
def shared_service():
    with Service() as service:
        yield service


@pytest.fixture
def service(shared_service, request):
    """The session's service: many tests use it, so nothing here may stop it. What a test made goes with it: hundreds of tasks
    would each read all that the later tests do."""
    if not shared_service.is_up():
        log = shared_service.log_text()[-3000:]
        shared_service.end(9) if shared_service.process else None
        shared_service.start()
        pytest.fail(f"an earlier test brought the service down:\n{log}")
    before, there = len(shared_service.log_text()), {task["id"] for task in shared_service.tasks()}
    yield shared_service
    show_log(request, shared_service, before)
    if shared_service.is_up():
        for task in shared_service.tasks():
            if task["id"] not in there:
                shared_service.cli("task", "delete", task["id"])


@pytest.fixture
def own_service(request):
    """own_service(...): a service of this test alone."""
    running = []

    def make(start=True, **kwargs):
        running.append(Service(**kwargs))
        return running[-1].start() if start else running[-1]

    yield make
    for service_ in running:
        show_log(request, service_, 0)
        service_.close()


def show_log(request, service, begin):
    if getattr(request.node, "failed", False):
        print(f"--- the log of millrace serve, its end:\n{service.log_text()[begin:][-4000:]}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call" and report.failed:
        item.failed = True
