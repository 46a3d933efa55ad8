"""The ``sharcs`` command: train, evaluate, explain, list, download."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from sharcs_core.cli.arguments import build_parser
from sharcs_core.cli.commands import COMMANDS, say
from sharcs_core.cli.report import explanation_report

__all__ = ["explanation_report", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. Faults become one line on stderr."""
    arguments = build_parser().parse_args(argv)
    try:
        COMMANDS[arguments.command](arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        say("sharcs: stopped; call the same command again to go on")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        say(f"sharcs: {error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
        return 1
    except (ValueError, KeyError) as error:
        say(f"sharcs: {' '.join(str(error.args[0] if error.args else error).split())}")
        return 1
    return 0
