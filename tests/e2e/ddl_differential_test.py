# SPDX-License-Identifier: Apache-2.0
"""After each statement the tracker's definitions are those of information_schema. A part of what `make soak WHAT=ddl`
compares, always the same one."""

import pytest

from tests.ddl.campaign import Campaign
from tests.ddl.tracker import built
from tests.support.fixtures import SERVERS

STATEMENTS, SEED = 100, 2


@pytest.fixture(scope="module")
def program():
    return built("release")


@pytest.mark.parametrize("name", SERVERS)
def test_definitions_are_the_server_s_after_each_statement(name, program):
    campaign = Campaign(name, program, SEED)
    campaign.run(STATEMENTS, with_corpus=False)
    assert campaign.taken >= STATEMENTS
    assert not campaign.found, campaign.report(least=0)
