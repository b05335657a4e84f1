# SPDX-License-Identifier: Apache-2.0
"""Real MySQL-family servers for tests, demo and benchmarks: fetched once, started on loopback in a moment."""

from .cache import FetchError, cache_root
from .kinds import KINDS, Copy
from .server import Server

__all__ = ["KINDS", "Copy", "FetchError", "Server", "cache_root"]
