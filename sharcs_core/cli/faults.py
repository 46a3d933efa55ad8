"""What the command says of an error: one line, and whether it is for the caller to mend or for us."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sharcs_core.errors import UserError, is_out_of_memory

DEBUG = "--debug"
FAULT, BUG, STOPPED = 1, 70, 130
"""Exit codes: what a person can mend, what only we can, and what was interrupted."""
LONGEST = 300
PACKAGE = Path(__file__).resolve().parents[1]


def say(text: str) -> None:
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


def tell(error: BaseException, debug: bool) -> int:
    """Say what is to be said of an error; returns the exit code.

    Args:
        debug: whether to show where it was raised, too.
    """
    code, text = _judged(error)
    with contextlib.suppress(OSError):  # of a stderr that nobody reads any more, there is nobody to tell
        if debug:
            traceback.print_exception(error)
        if text:
            say(f"sharcs: {_on_one_line(text)}")
    return code


def _judged(error: BaseException) -> tuple[int, str]:
    """Exit code, and what to say."""
    if isinstance(error, KeyboardInterrupt):
        return STOPPED, "stopped; call the same command again to go on"
    if isinstance(error, BrokenPipeError):
        return FAULT, ""  # whoever read the output has seen enough
    if is_out_of_memory(error):
        return FAULT, f"not enough memory: close other programs, or take a larger machine{_in_brackets(error)}"
    if isinstance(error, UserError):
        return FAULT, str(error)
    if isinstance(error, OSError) and error.errno is not None:
        return FAULT, f"{error.strerror or error}" + (f": {_path(error.filename)}" if error.filename else "")
    return BUG, (
        f"this is a fault of sharcs, not of what you gave it: {type(error).__name__}{_in_brackets(error)}; "
        f"call the same with {DEBUG} to see where, and report it"
    )


def _in_brackets(error: BaseException) -> str:
    said = " ".join(str(error).split())
    return f" ({said if len(said) <= LONGEST else said[:LONGEST] + ' …'})" if said else ""


def _path(name: object) -> str:
    return os.fsdecode(name) if isinstance(name, str | bytes | os.PathLike) else str(name)


def _on_one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """``text`` with escapes for what a terminal would act upon instead of showing it.

    >>> printable("a\\x1b[2Jb λ")
    'a\\\\x1b[2Jb λ'
    """
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


@contextlib.contextmanager
def plain_warnings() -> Iterator[None]:
    """Within, a warning of ours is a line like all else that is said; those of libraries stay what they are."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], filename: str, *further: Any, **named: Any) -> None:
            if Path(filename).is_relative_to(PACKAGE):
                say(f"sharcs: {_on_one_line(str(message))}")
            else:
                usual(message, category, filename, *further, **named)

        warnings.showwarning = show
        yield


def tolerate_any_text() -> None:
    """From now on, characters that a terminal cannot show are replaced."""
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def finish_output() -> None:
    """Write what is still to be written to stdout. Raises OSError where that fails, and it is not tried again."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):  # or Python would try once more at the end, and complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
