"""Inputs that are given on the command line: files, sentences, and what comes by standard input."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.named import listed

if TYPE_CHECKING:
    from sharcs_core.structures import Inputs
    from sharcs_core.tasks.card import Modality
    from sharcs_core.tasks.task import Task

Read = tuple["Inputs", tuple[str, ...]]
"""One input, and what was changed to read it."""

FILE, STDIN = "@", "-"
"""What stands before a file where a sentence could be meant, and what stands for standard input in place of a file."""
STDIN_NAME = "stdin"
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_brought(task: Task, given: Mapping[str, str]) -> dict[str, Read]:
    """Modality → what was given for it, read.

    Args:
        given: modality → a file, or ``-`` for standard input; of a text a sentence, or ``@`` and one of the two.

    Raises:
        UserError: for standard input in two places, or what cannot be read.
        OSError: for a file that the system does not give.
    """
    files = {name: _file_of(task.card.modality(name), value) for name, value in given.items()}
    by_stdin = [f"--{name}" for name, file in files.items() if file == STDIN]
    if len(by_stdin) > 1:
        raise UserError(f"Standard input can be read once (got {STDIN} for {listed(by_stdin)}); give the rest as files")
    return {name: _read(task, name, given[name], file) for name, file in files.items()}


def _file_of(modality: Modality, value: str) -> str | None:
    """The file that is meant, or ``-``; None for a sentence."""
    if not KINDS[modality.kind].typed:
        return value
    return value.removeprefix(FILE) if value.startswith(FILE) else None


def _read(task: Task, modality: str, value: str, file: str | None) -> Read:
    if file is None:
        return _read_sentence(task, modality, value)
    return _read_stdin(task, modality) if file == STDIN else task.read(modality, Path(file).name, _content(Path(file)))


def _read_sentence(task: Task, modality: str, sentence: str) -> Read:
    if sentence == STDIN:
        raise UserError(f"{STDIN} is no sentence; write --{modality} {FILE}{STDIN} to read one by standard input")
    return task.read_sentence(modality, sentence)


def _content(path: Path) -> bytes:
    from sharcs_core.tasks.files import MAX_PICTURE_BYTES

    with path.open("rb") as file:
        return file.read(MAX_PICTURE_BYTES + 1)  # the reader refuses what is longer, and says so


def _read_stdin(task: Task, modality: str) -> Read:
    from sharcs_core.tasks.files import MAX_PICTURE_BYTES, InputError

    if sys.stdin is None:
        raise UserError(f"There is no standard input to read the {modality} from; give it as a file")
    content = sys.stdin.buffer.read(MAX_PICTURE_BYTES + 1)
    name = STDIN_NAME + suffix_of(task.suffixes_of(modality), content)
    try:
        return task.read(modality, name, content)
    except InputError as error:
        raise InputError(str(error).replace(name, "Standard input", 1)) from None


def suffix_of(suffixes: Sequence[str], content: bytes) -> str:
    """How a file with that content would end: readers go by content but for graphs, of which XML is GraphML."""
    start = content[:100].decode("utf-16" if content.startswith(BYTE_ORDER_MARKS) else "utf-8-sig", errors="ignore")
    is_xml = start.lstrip().startswith("<")
    return ".graphml" if is_xml and ".graphml" in suffixes else suffixes[0]
