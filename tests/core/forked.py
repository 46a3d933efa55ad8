"""A process of its own that is forked off the tests': to be killed, or to work beside them.

It has imported all that the tests have, which a new interpreter would need seconds for. Whatever the interpreter
itself is asked about (its environment, what it imports) needs a new one.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import TextIO

PATIENCE = 300
"""Seconds after which it is ended by the system, so that who waits for it does not wait for ever."""

Work = Callable[[TextIO, TextIO], object]
"""What to do, told where it hears the tests and where it says something to them."""


class Forked:
    """A process that goes on beside this one.

    Args:
        work: what it does; it ends with 0 after it, with 1 where it raises, and as ``sys.exit`` says.
    """

    def __init__(self, work: Work) -> None:
        heard, to_it = os.pipe()
        from_it, said = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(to_it)
            os.close(from_it)
            _work(work, heard, said)
        os.close(heard)
        os.close(said)
        self.stdin = os.fdopen(to_it, "w", encoding="utf-8")
        self.stdout = os.fdopen(from_it, encoding="utf-8")
        self._ended: int | None = None

    def communicate(self, text: str = "") -> str:
        """Say something, and hear what else it says until it ends."""
        if text:
            self.stdin.write(text)
            self.stdin.flush()
        said = self.stdout.read()
        self.wait()
        return said

    def wait(self) -> int:
        """With what it ended, below 0 by a signal."""
        if self._ended is None:
            self._ended = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            self.stdin.close()
            self.stdout.close()
        return self._ended

    def kill(self) -> int:
        """End it, if it goes on still."""
        if self._ended is None:
            os.kill(self.pid, signal.SIGKILL)
        return self.wait()


def _work(work: Work, heard: int, said: int) -> None:
    code = 1
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE)
    try:
        with open(heard, encoding="utf-8") as ear, open(said, "w", encoding="utf-8", buffering=1) as mouth:
            work(ear, mouth)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)  # nothing of the tests' own goes on in here
