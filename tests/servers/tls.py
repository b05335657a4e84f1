# SPDX-License-Identifier: Apache-2.0
"""A throwaway certificate authority, with a server certificate for localhost and 127.0.0.1 and a client's."""

import pathlib

from .cache import run


class Certificates:
    """Files in a folder: ca.pem, server.pem, server.key, client.pem, client.key, expired.pem, expired.key,
    and other-ca.pem that signed nothing."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("ca", "other-ca"):
            run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN=test {name}",
                 "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem")], "openssl")
        self._sign("server", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self._sign("client", "subjectAltName=DNS:client")
        self._sign("expired", "subjectAltName=DNS:localhost,IP:127.0.0.1", days=-1)

    def path(self, name):
        return self.folder / name

    def _sign(self, name, extension, days=30):
        run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout",
             self.path(f"{name}.key"), "-out", self.path(f"{name}.csr")], "openssl")
        self.path(f"{name}.ext").write_text(extension + "\n", encoding="ascii")
        run(["openssl", "x509", "-req", "-in", self.path(f"{name}.csr"), "-CA", self.path("ca.pem"), "-CAkey",
             self.path("ca.key"), "-CAcreateserial", "-days", str(days), "-extfile", self.path(f"{name}.ext"), "-out",
             self.path(f"{name}.pem")], "openssl")

    def arguments(self):
        """What makes a server speak TLS with these."""
        return [f"--ssl-ca={self.path('ca.pem')}", f"--ssl-cert={self.path('server.pem')}",
                f"--ssl-key={self.path('server.key')}"]
