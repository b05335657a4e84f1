# SPDX-License-Identifier: Apache-2.0
"""The folder outside of the repository where fetched servers live, and how two runs share it.

A fetched thing is a folder NAME/copy-STAMP that nobody changes once the link NAME/current points to it.
A fetch that fails leaves the link alone, so the last good copy stays in use.
"""

import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import time

FREE_BYTES_MIN = 6 << 30
AGE_MAX_S = 30 * 24 * 3600  # a moving suite is looked at again after this long


class FetchError(Exception):
    """A server could not be had, and there is no older copy of it either."""


def say(text):
    print(f"servers: {text}", file=sys.stderr, flush=True)


def cache_root():
    """MILLRACE_CACHE, or ~/.cache/millrace."""
    root = os.environ.get("MILLRACE_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "millrace"
    )
    path = pathlib.Path(root)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(name):
    """One fetch of a thing at a time on this machine. The lock dies with its process."""
    folder = cache_root() / "locks"
    folder.mkdir(exist_ok=True)
    with open(folder / f"{name}.lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{name}: waiting for another run that is fetching it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def check_space():
    free = shutil.disk_usage(cache_root()).free
    if free < FREE_BYTES_MIN:
        raise FetchError(
            f"{cache_root()} has {free / 2**30:.1f} GiB free and {FREE_BYTES_MIN / 2**30:.0f} GiB are needed: "
            "make room, or point MILLRACE_CACHE at another disk"
        )


def run(argv, what, **kwargs):
    """Runs a program; its output is shown only if it fails, as part of a FetchError."""
    try:
        done = subprocess.run(
            [str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            text=True, errors="replace", check=False, **kwargs
        )
    except OSError as error:
        raise FetchError(f"{what}: {argv[0]}: {error.strerror}") from error
    if done.returncode != 0:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise FetchError(f"{what}: {argv[0]} exited with {done.returncode}\n{tail}")
    return done.stdout


def as_root(argv):
    """The command with sudo before it, unless we are root already."""
    if os.geteuid() == 0:
        return list(argv)
    if shutil.which("sudo"):
        return ["sudo", "-n", *argv]
    raise FetchError(f"{argv[0]} needs root or sudo, and there is neither")


def current(name):
    """The copy in use, or None."""
    link = cache_root() / "servers" / name / "current"
    return link.resolve() if (link / "version").is_file() else None


def fetched(name, make, refresh=False):
    """The folder of a good copy of `name`; `make(folder)` fills a new one and returns its version.

    Falls back to the last good copy when `make` fails, and raises FetchError when there is none.
    """
    with locked(name):
        have = current(name)
        stale = have is not None and time.time() - have.stat().st_mtime > AGE_MAX_S
        if have is not None and not refresh and not stale:
            return have
        home = cache_root() / "servers" / name
        home.mkdir(parents=True, exist_ok=True)
        folder = home / f"copy-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        try:
            check_space()
            say(f"{name}: fetching")
            start = time.monotonic()
            folder.mkdir()
            version = make(folder)
            (folder / "version").write_text(version + "\n", encoding="utf-8")
            os.utime(folder)
        except (FetchError, OSError) as error:
            remove(folder)
            if have is None:
                raise FetchError(f"{name}: {error}") from error
            say(f"{name}: could not be fetched anew, the copy of {version_of(have)} is used: {error}")
            os.utime(have)  # asked again after AGE_MAX_S, not at every run
            return have
        link = home / "new"
        with contextlib.suppress(FileNotFoundError):
            link.unlink()
        link.symlink_to(folder.name)
        link.rename(home / "current")
        say(f"{name}: {version}, fetched in {time.monotonic() - start:.0f} s")
        if have is not None:
            drop_old(home, keep={folder.name, have.name})
        return folder


def version_of(folder):
    return (folder / "version").read_text(encoding="utf-8").strip()


def drop_old(home, keep):
    """Removes copies before the previous one: a server that still runs may use that."""
    for old in home.glob("copy-*"):
        if old.name not in keep:
            remove(old)


def remove(folder):
    """Removes a tree, with sudo where debootstrap made it."""
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        with contextlib.suppress(FetchError):
            run(as_root(["rm", "-rf", "--one-file-system", str(folder)]), "clean up")
