# SPDX-License-Identifier: Apache-2.0
"""python3 -m tests.servers fetch [--refresh] [NAME ...]    fetch servers into the cache
python3 -m tests.servers start NAME [OPTION ...]         start one until Ctrl-C or SIGTERM, print how to reach it
python3 -m tests.servers list                            the names, and which copies are here"""

import importlib.util
import os
import signal
import sys

from . import KINDS, FetchError, Server, cache
from .server import REPLICATION_PASSWORD, REPLICATION_USER, prepared


def main(arguments):
    command, *rest = arguments or [""]
    if command == "fetch":
        refresh = "--refresh" in rest
        names = [n for n in rest if n != "--refresh"] or list(KINDS)
        known(names)
        return fetch(names, refresh)
    if command == "start" and rest:
        known(rest[:1])
        return start(rest[0], rest[1:])
    if command == "list":
        for name in KINDS:
            folder = cache.current(name)
            print(f"{name:15} {cache.version_of(folder) if folder else 'from apt' if name == 'mariadb-10.11' else 'not fetched'}")
        return 0
    print(__doc__, file=sys.stderr)
    return 2


def known(names):
    for name in names:
        if name not in KINDS:
            sys.exit(f"servers: {name} is not one of {', '.join(KINDS)}")


def fetch(names, refresh):
    failed = 0
    for name in names:
        try:
            if refresh:
                KINDS[name].fetch(refresh=True)
            print(f"{name}: {prepared(name).version}")
        except FetchError as error:
            print(f"servers: {name} cannot be had: {error}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


def start(name, options):
    with Server(name, options=options) as server:
        print(f"{name} {server.version}: 127.0.0.1:{server.port}, socket {server.socket}, log {server.log}")
        print(f"root has no password; {REPLICATION_USER} has {REPLICATION_PASSWORD}: {server.url()}", flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    # Debian's python3 has PyMySQL (package python3-pymysql); another one that comes first in PATH may not.
    if importlib.util.find_spec("pymysql") is None and os.path.realpath(sys.executable) != os.path.realpath("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", "-m", "tests.servers", *sys.argv[1:]])
    try:
        sys.exit(main(sys.argv[1:]))
    except FetchError as problem:
        sys.exit(f"servers: {problem}")
