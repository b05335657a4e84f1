# SPDX-License-Identifier: Apache-2.0
"""Definitions read from information_schema are those that the DDL reader makes of SHOW CREATE TABLE."""

import os
import pathlib
import re
import subprocess

import pytest

from tests.support.millrace import ROOT

CORPUS = ROOT / "tests/corpus"
FILES = sorted([*(CORPUS / "definitions").glob("*.sql"), *(CORPUS / "types").glob("*.sql")])


def statements(path, server):
    """The file's CREATE and SET statements; none when it is not for this server."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    only = re.match(r"-- servers: (.*)", text)
    if only and server not in only[1].split():
        return []
    parts = re.split(r";[ \t]*\n", re.sub(r"^--.*\n", "", text))
    return [part for part in parts if re.match(r"\s*(CREATE|SET)\b", part)]


@pytest.fixture(scope="session")
def checker():
    done = subprocess.run([ROOT / "scripts/build", "release", "definitions_check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "build/release/definitions_check"


@pytest.mark.parametrize("name", ["mariadb-10.11", "mariadb-11.8", "mysql-9", "mysql-5.6"])
def test_both_ways_give_the_same_definitions(servers, checker, name):
    server = servers(name)
    names = []
    for path in FILES:
        run = statements(path, name)
        if not run:
            continue
        database = f"{path.parent.name}_{path.stem}"
        names.append(database)
        server.sql(f"DROP DATABASE IF EXISTS {database}", f"CREATE DATABASE {database} DEFAULT CHARACTER SET utf8mb4")
        server.sql("SET sql_mode=''", *run, database=database)
    try:
        done = subprocess.run([checker, server.url()], capture_output=True, text=True, check=False,
                              env={**os.environ, "MILLRACE_SOURCE_PASSWORD": "cdcpw"})
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        for database in names:
            server.sql(f"DROP DATABASE {database}")
