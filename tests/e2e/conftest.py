# SPDX-License-Identifier: Apache-2.0
import shutil

import pytest

from tests.servers import cache
from tests.support.fixtures import *  # noqa: F403
from tests.support.millrace import ROOT


@pytest.fixture(scope="session")
def npm_modules():
    """kafkajs and avsc as the lock file has them, in the cache folder."""
    if not shutil.which("npm"):
        pytest.fail("npm is not installed")
    here = ROOT / "tests/e2e/kafkajs"
    folder = cache.cache_root() / "npm-clients"
    with cache.locked("npm-clients"):
        lock = (here / "package-lock.json").read_bytes()
        if not (folder / "done").exists() or (folder / "done").read_bytes() != lock:
            folder.mkdir(exist_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(here / name, folder / name)
            try:
                cache.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], "kafkajs", cwd=folder)
            except cache.FetchError as error:
                pytest.fail(f"the npm registry does not answer: {error}")
            (folder / "done").write_bytes(lock)
    return folder
