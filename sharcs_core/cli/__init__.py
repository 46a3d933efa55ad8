"""The ``sharcs`` command: train, evaluate, explain, list, download."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sharcs_core.cli.faults import DEBUG, finish_output, plain_warnings, tell, tolerate_any_text
from sharcs_core.cli.report import explanation_report

__all__ = ["explanation_report", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    An error becomes one line on stderr: one that a person can mend says how, any other says that it is a fault of
    ours, with exit code 70. ``--debug``, anywhere on the line, shows where it was raised.
    """
    tolerate_any_text()
    words = list(sys.argv[1:] if argv is None else argv)
    debug = DEBUG in words
    code = _called([word for word in words if word != DEBUG], debug)
    try:
        finish_output()
    except OSError as error:
        code = code or tell(error, debug)
    return code


def _called(words: Sequence[str], debug: bool) -> int:
    try:
        from sharcs_core.cli.arguments import build_parser  # here, so that a fault in them is reported as one
        from sharcs_core.cli.commands import COMMANDS

        arguments = build_parser().parse_args(words)
        with plain_warnings():
            COMMANDS[arguments.command](arguments)
    except SystemExit as stop:  # argparse has said what there is to say
        return int(stop.code or 0)
    except BaseException as error:
        return tell(error, debug)
    return 0
