# SPDX-License-Identifier: Apache-2.0
from tests.support.fixtures import *  # noqa: F403
