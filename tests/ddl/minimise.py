# SPDX-License-Identifier: Apache-2.0
"""A difference made small: the fewest statements of its session that still give one, as a file of the corpus."""

from tests.servers import Server

from . import corpus
from .oracle import OPTIONS, Oracle


class Minimiser:
    """Replays what a session ran on a server of its own, again and again, with less and less."""

    def __init__(self, name, program, options):
        self.server = Server(name, options=[*OPTIONS, *options])
        self.program = program

    def __enter__(self):
        self.server.start()
        self.oracle = Oracle(self.server, self.program)
        return self

    def __exit__(self, *_):
        self.oracle.close()
        self.server.close()

    def differs(self, statements):
        """After how many of them a difference comes; 0 if none does."""
        self.oracle.found.clear()
        self.oracle.begin(databases=False)
        for number, text in enumerate(statements, 1):
            self.oracle.watch(text)
            if self.oracle.found:
                return number
        return 0

    def smallest(self, statements):
        """None if it does not come again."""
        end = self.differs(statements)
        if end == 0:
            return None
        kept = statements[:end]
        size = len(kept) // 2
        while size > 0:
            start = 0
            while start + size < len(kept):  # the last one is what it is about
                fewer = kept[:start] + kept[start + size :]
                end = self.differs(fewer)
                if end:
                    kept = fewer[:end]
                else:
                    start += size
            size //= 2
        return kept


def write(name, program, options, seed, found):
    """A file of the corpus for each; gives their paths."""
    paths = []
    with Minimiser(name, program, options) as minimiser:
        for number, (lived, said) in enumerate(found, 1):
            small = minimiser.smallest(lived)
            if small is not None:
                title = said.splitlines()[0].replace("\n", " ")
                paths.append(corpus.write(f"found-{name}-{seed}-{number}.sql", f"{name}: {title}", small))
    return paths
