# SPDX-License-Identifier: Apache-2.0
"""One running server on a throwaway clone of a prepared data directory, on loopback only."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from . import cache
from .kinds import KINDS, user_argument
from .ports import free_port

START_S_MAX = 60
STOP_S_MAX = 60
WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")  # a test run that is killed leaves no server behind
REPLICATION_USER, REPLICATION_PASSWORD = "cdc", "cdcpw"

# root without a password may come from anywhere (the server listens on loopback only); cdc is the account that
# follows the binlog. 5.6 ships anonymous users, who would win over 'cdc'@'%'.
SETUP = [
    "CREATE USER root@'%'",
    "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION",
    f"CREATE USER {REPLICATION_USER}@'%' IDENTIFIED BY '{REPLICATION_PASSWORD}'",
    f"GRANT SELECT, REPLICATION CLIENT, REPLICATION SLAVE, SHOW VIEW ON *.* TO {REPLICATION_USER}@'%'",
    "FLUSH PRIVILEGES",
]


class Server:
    """Starts, stops, kills and restarts a server; its port and data stay the same through all of that.

    name: a key of KINDS. options: further arguments of the daemon, later ones win. gtid: None for the server's
    default. tls: certificates of tls.Certificates. log_bin: False switches the binlog off.
    """

    def __init__(self, name, options=(), gtid=None, tls=None, log_bin=True, small=True, keep=False):
        self.kind = KINDS[name]
        self.name = name
        self.copy = prepared(name)
        self.version = self.copy.version
        self.port = free_port()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="mr-server-"))
        self.data = self.dir / "data"
        self.socket = self.dir / "s.sock"  # the folder's name is short: a socket path has 107 bytes
        self.log = self.dir / "server.log"
        self.keep = keep
        self.arguments = [
            *self.kind.required, *(self.kind.small if small else ()),
            *(["--log-bin=bin", "--sync-binlog=0"] if log_bin else self._no_log_bin()),
            *(self.kind.gtid(gtid) if gtid is not None else ()), *(tls.arguments() if tls else ()), *options,
        ]
        self._process = None
        cache.run(["cp", "-a", self.copy.template, self.data], "clone of the data directory")

    def _no_log_bin(self):
        return ["--skip-log-bin"] if self.name != "mysql-5.6" else []

    def start(self):
        """Starts it and waits for its own word that it takes connections (not by connecting: see ports.py)."""
        assert self._process is None, "it runs already"
        begin = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                [*WITH_US, *self.copy.daemon, *user_argument(), f"--datadir={self.data}", f"--tmpdir={self.dir}",
                 "--bind-address=127.0.0.1", f"--port={self.port}", f"--socket={self.socket}",
                 f"--pid-file={self.dir}/s.pid", f"--server-id={self.port}", "--skip-name-resolve", *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env={**os.environ, **self.copy.env},
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S_MAX
        while True:
            with open(self.log, "rb") as log:
                log.seek(begin)
                text = log.read()
            if b"ready for connections" in text:
                return self
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = "\n".join(text.decode(errors="replace").splitlines()[-15:])
                raise RuntimeError(f"{self.name} did not start on port {self.port}:\n{tail}")
            time.sleep(0.01)

    def stop(self):
        """A clean shutdown, by the pid that we started."""
        self._end(signal.SIGTERM)

    def kill(self):
        """kill -9: what a power failure of the server's process looks like."""
        self._end(signal.SIGKILL)

    def _end(self, how):
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def restart(self, options=(), kill=False):
        """Down and up again on the same port and data; options are added to those from before."""
        self._end(signal.SIGKILL if kill else signal.SIGTERM)
        self.arguments += options
        return self.start()

    @property
    def pid(self):
        return self._process.pid if self._process else None

    def is_up(self):
        """Whether the process lives, a moment given to one that is about to die."""
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            return True
        return False

    def pause(self):
        """Stops the process without ending it: a server that hangs. `resume` undoes it."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def close(self):
        """Stops it and removes its data."""
        self.kill()
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def connect(self, database=None, **kwargs):
        """A PyMySQL connection as root, autocommit on; values come back as Python's types."""
        import pymysql  # here, so that fetching works where it is not installed yet

        arguments = {"unix_socket": str(self.socket), "user": "root", "charset": "utf8mb4", "autocommit": True,
                     "database": database, **kwargs}
        return pymysql.connect(**arguments)

    def sql(self, *statements, database=None, **kwargs):
        """Runs statements on one new connection and returns the last one's rows."""
        with contextlib.closing(self.connect(database, **kwargs)) as connection, connection.cursor() as cursor:
            rows = ()
            for statement in statements:
                cursor.execute(statement)
                rows = cursor.fetchall()
            return rows

    def value(self, statement, **kwargs):
        """The first cell of a query's answer."""
        return self.sql(statement, **kwargs)[0][0]

    def reset_log(self):
        self.sql(self.kind.reset_log)

    def binlogs(self):
        """The binlog files on disk, oldest first."""
        return sorted(p for p in self.data.glob("bin.[0-9]*") if p.suffix[1:].isdigit())

    def flush_log(self):
        self.sql("FLUSH BINARY LOGS")

    def purge_log(self, flush=True):
        """Begins a new file and removes all others; MariaDB lets go of the last one when its checkpoint is written."""
        if flush:
            self.flush_log()
        deadline = time.monotonic() + STOP_S_MAX
        while len(self.sql("SHOW BINARY LOGS")) > 1:
            assert time.monotonic() < deadline, "the log is not purged"
            self.sql(f"PURGE BINARY LOGS TO '{self.position()[0]}'")

    def position(self):
        """(file, offset) where the next transaction will be written."""
        word = "SHOW BINARY LOG STATUS" if self.name == "mysql-9" else "SHOW MASTER STATUS"
        row = self.sql(word)[0]
        return row[0], int(row[1])

    def url(self, user=REPLICATION_USER, **query):
        """What millrace calls this source; the password goes apart."""
        tail = "?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else ""
        return f"mysql://{user}@127.0.0.1:{self.port}{tail}"

    def create_user(self, user, password, grants, extra=""):
        """A user with just these grants, such as ["REPLICATION SLAVE"], on *.*."""
        self.sql(f"CREATE USER {user}@'%' IDENTIFIED BY '{password}' {extra}")
        if grants:
            self.sql(f"GRANT {', '.join(grants)} ON *.* TO {user}@'%'")

    def tool(self, name):
        """The command line that starts another program of this server, such as mysqlbinlog."""
        return list(self.copy.tools[name])


def prepared(name):
    """The fetched copy, with a data directory to clone in it."""
    kind = KINDS[name]
    copy = kind.fetch()
    with cache.locked(f"{name}-template"):
        if not copy.template.is_dir():
            make_template(kind, copy)
    return copy


def make_template(kind, copy):
    """A stopped, clean data directory with our users in it, no binlog and no server uuid."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="mr-template-"))
    try:
        kind.initialize(copy, work / "data")
        server = Server.__new__(Server)
        server.__dict__.update(
            kind=kind, name=kind.name, copy=copy, version=copy.version, port=free_port(), dir=work, data=work / "data",
            socket=work / "s.sock", log=work / "server.log", keep=False, _process=None,
            arguments=[*kind.required, *kind.small],
        )
        if kind.name == "mysql-9":
            server.arguments += ["--skip-log-bin"]
        server.start()
        if kind.name == "mysql-5.6":
            server.sql("DELETE FROM mysql.user WHERE user=''", "FLUSH PRIVILEGES")
        server.sql(*SETUP)
        server.stop()
        for leftover in ("auto.cnf", "bin.index"):
            (work / "data" / leftover).unlink(missing_ok=True)
        staged = copy.template.parent / f"{copy.template.name}.{os.getpid()}"
        cache.run(["cp", "-a", work / "data", staged], "template")
        staged.rename(copy.template)
    except RuntimeError as error:
        raise cache.FetchError(str(error)) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
