# SPDX-License-Identifier: Apache-2.0
"""Random transactions of all types with random DDL: tables rebuilt from the records alone are the server's.

`make soak WHAT=oracle` goes on for as long as one likes; a seed that failed there is tried here with ORACLE_SEED.
"""

import os
import random

import pytest

from tests import oracle
from tests.support.fixtures import SERVERS

SEED = int(os.environ.get("ORACLE_SEED") or random.randrange(10**6))


@pytest.mark.parametrize("name", [*SERVERS, "mariadb-11.8"])
def test_tables_from_random_work_are_the_server_s(name, own_server, own_service, record_property):
    print(f"ORACLE_SEED={SEED}")
    server = own_server(name, options=["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"])
    said, number = oracle.run(server, own_service(), f"random{SEED}", SEED, transactions=120)
    record_property("work", said)
    assert number > 100, said
