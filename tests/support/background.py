# SPDX-License-Identifier: Apache-2.0
"""Work that goes on beside a test."""

import threading
import time

MORE_S_MAX = 120


class Background:
    """`with` starts and ends its threads, and raises what went wrong in them. Whoever inherits this has work(number), which ends
    soon after `going` is cleared and counts what it did in `done`."""

    def __init__(self, threads=1):
        self.going, self.done, self.failed = threading.Event(), 0, None
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]

    def __enter__(self):
        self.going.set()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going.clear()
        for thread in self._threads:
            thread.join()
        if self.failed:
            raise self.failed

    def more(self, count):
        """Waits until so much more is done."""
        end, deadline = self.done + count, time.monotonic() + MORE_S_MAX
        while self.done < end and not self.failed:
            assert time.monotonic() < deadline, "what should go on beside the test stands still"
            time.sleep(0.002)

    def _run(self, number):
        try:
            self.work(number)
        except Exception as error:  # told by __exit__ in the test's own thread
            self.failed = error
