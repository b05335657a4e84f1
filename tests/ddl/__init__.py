# SPDX-License-Identifier: Apache-2.0
"""The tracker of definitions held against real servers, statement by statement: see oracle.py."""
