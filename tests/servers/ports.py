# SPDX-License-Identifier: Apache-2.0
"""Free TCP ports on loopback, below the range from which the kernel takes ports of outgoing connections.

A client that connects in a loop to a free port inside that range can end up connected to itself.
"""

import contextlib
import fcntl
import random
import socket

from .cache import cache_root

FIRST, LAST = 20000, 32000
_leases = {}


def free_port():
    """A port that nobody uses and that no other test process on this machine is given."""
    folder = cache_root() / "locks"
    folder.mkdir(exist_ok=True)
    for port in random.SystemRandom().sample(range(FIRST, LAST), 500):
        lease = open(folder / f"port-{port}", "w", encoding="ascii")  # kept open: the lease ends with this process
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.closing(socket.socket()) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            lease.close()
            continue
        _leases[port] = lease
        return port
    raise OSError(f"no free port in {FIRST} to {LAST}")
