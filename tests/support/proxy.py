# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy between a task and its source, which a test makes fail the way networks do, and behind which servers may change."""

import contextlib
import socket
import threading

from tests.servers.server import REPLICATION_USER


class Link:
    """One connection through the proxy."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.frozen = self.closed = False
        self.received = 0  # bytes that came from the server

    def close(self):
        self.closed = True
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Proxy:
    """Forwards each new connection to the next of its servers; without any it lets go of it at once.

    freeze(): the links that are open carry nothing more and stay open, as when a router forgets them. cut(): they are
    closed. point(): other servers from here on. damage: a function of the bytes from a server that gives what the client gets.
    """

    def __init__(self, *servers):
        self.servers = servers
        self.damage = None
        self.links = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def url(self, **query):
        """As a server's own."""
        tail = "?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else ""
        return f"mysql://{REPLICATION_USER}@127.0.0.1:{self.port}{tail}"

    def freeze(self):
        for link in self.links:
            link.frozen = True

    def cut(self):
        for link in self.links:
            link.close()

    def point(self, *servers):
        self.servers = servers
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if not self.servers:
                    raise ConnectionRefusedError
                target = self.servers[len(self.links) % len(self.servers)]
                server = socket.create_connection(("127.0.0.1", target.port))
            except OSError:
                client.close()
                continue
            link = Link(client, server)
            self.links.append(link)
            for pump in (self._to_client, self._to_server):
                threading.Thread(target=pump, args=(link,), daemon=True).start()

    def _to_client(self, link):
        def change(data):
            link.received += len(data)
            return self.damage(data) if self.damage else data

        self._pump(link, link.server, link.client, change)

    def _to_server(self, link):
        self._pump(link, link.client, link.server, lambda data: data)

    @staticmethod
    def _pump(link, source, sink, change):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if link.frozen:
                    continue
                sink.sendall(change(data))
        if not link.frozen:
            link.close()
