# SPDX-License-Identifier: Apache-2.0
"""A source whose log is no longer the one that was read stops the task; one whose log goes on in another shape does not."""
