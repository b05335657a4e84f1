# SPDX-License-Identifier: Apache-2.0
"""After each statement the tracker's definitions are those of information_schema. A part of what `make soak WHAT=ddl`
compares, always the same one: the corpus, then at least 100 random statements a server."""

import pytest

from tests.ddl.campaign import Campaign
from tests.ddl.tracker import built
from tests.servers import KINDS

STATEMENTS, SEED = 400, 2


@pytest.fixture(scope="module")
def program():
    return built("release")


@pytest.mark.parametrize("name", list(KINDS))
def test_definitions_are_the_server_s_after_each_statement(name, program):
    campaign = Campaign(name, program, SEED)
    campaign.run(STATEMENTS)
    assert campaign.taken >= STATEMENTS
    assert not campaign.found, campaign.report(least=0)
