# SPDX-License-Identifier: Apache-2.0
"""Random work on a source of which nothing is known but a seed: see README.md."""

from .round import run

__all__ = ["run"]
