# SPDX-License-Identifier: Apache-2.0
"""Programs of other languages, built in the cache folder with libraries from their registries."""

import os
import pathlib
import re
import shutil

import pytest

from tests.servers import cache

NO_ANSWER = re.compile(r"timed? ?out|could not (resolve|transfer|connect)|connection (refused|reset)|unknown host|unresolved|"
                       r"no such host|temporary failure|network is unreachable|max retries", re.I)


def build(argv, what, registry, **kwargs):
    """Runs a package manager; a registry that does not answer skips, anything else fails."""
    try:
        return cache.run(argv, what, **kwargs)
    except cache.FetchError as error:
        if NO_ANSWER.search(str(error)):
            pytest.skip(f"{registry} does not answer: {str(error).splitlines()[-1][:200]}")
        raise


def copied(name, *files):
    """A folder in the cache with copies of these files: nothing is built inside the repository."""
    folder = cache.cache_root() / "interop" / name
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder / pathlib.Path(file).name)
    return folder


def java_class(folder, name, jar, *definitions):
    """The command line of NAME.java in a folder with a pom.xml; `jar` is one of its libraries, with its version."""
    jars = folder / "jars"
    if not (jars / f"{jar}.jar").exists():
        build(["mvn", "-B", "-q", *definitions, "dependency:copy-dependencies", f"-DoutputDirectory={jars}"], "maven",
              "the Maven registry", cwd=folder)
    cache.run(["javac", "-encoding", "UTF-8", "-cp", f"{jars}/*", "-d", folder, folder / f"{name}.java"], "javac")
    return ["java", "-cp", f"{folder}:{jars}/*", name]


def go_program(folder, modules, name):
    """Builds main.go in a folder. `modules` holds go.mod, and go-1.19.mod for the Go of Debian 12, each with its sums."""
    version = tuple(map(int, re.search(r"go(\d+)\.(\d+)", cache.run(["go", "version"], "go")).groups()))
    mod = "go.mod" if version >= (1, 26) else "go-1.19.mod"
    for file in (mod, mod.replace(".mod", ".sum")):
        shutil.copy(modules / file, folder / file)
    build(["go", "build", f"-modfile={mod}", "-o", name, "."], "go", "the Go module proxy", cwd=folder,
          env={**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"})
    return folder / name
