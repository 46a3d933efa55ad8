"""Files of many graphs, a graph a line, each found by its ``id``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sharcs_core.json_text import JsonError, json_values
from sharcs_core.kinds.columns.cells import word
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder.faults import Fault, first_faults
from sharcs_core.tasks.folder.listing import Listing, PlaceError

GRAPH_LINES = ".jsonl"
MOST_BYTES = 2_000_000_000
"""Of all such files together."""
MOST_LINE_BYTES = 20_000_000


class Span(NamedTuple):
    """Where a line stands in a file."""

    file: str
    start: int
    n_bytes: int


def graph_lines(listing: Listing) -> tuple[Mapping[str, Span], tuple[Fault, ...]]:
    """The id of each graph in the folder's ``.jsonl`` files → its line; and what is wrong with the other lines."""
    files = [file for file in listing.files if file.lower().endswith(GRAPH_LINES)]
    if sum(listing.files[file] for file in files) > MOST_BYTES:
        says = f"makes more than {MOST_BYTES / 1e9:.0f} GB of graphs"
        return {}, (Fault(files[-1], None, None, says, "bring fewer"),)
    spans: dict[str, Span] = {}
    faults: list[Fault] = []
    for file in files:
        faults += first_faults(list(_faults_of(listing, file, spans)), "lines at fault")
    return spans, tuple(faults)


def _faults_of(listing: Listing, file: str, spans: dict[str, Span]) -> Iterator[Fault]:
    """What is wrong with lines of a file; those of the others are added to ``spans``."""
    try:
        for number, span, said in _lines(listing, file):
            if isinstance(said, Fault):
                yield said
            elif said in spans:
                yield Fault(file, number, None, f"has the id {shown(said)} of {spans[said].file} again", "keep one")
            else:
                spans[said] = span
    except PlaceError as error:
        yield Fault(file, None, None, error.says, error.mend)


def _lines(listing: Listing, file: str) -> Iterator[tuple[int, Span, str | Fault]]:
    """Of each line that holds something its number, its place, and its id or what is wrong with it."""
    with listing.opened(file) as opened:
        start = number = 0
        while line := opened.readline(MOST_LINE_BYTES):
            number += 1
            if len(line) == MOST_LINE_BYTES:
                yield number, Span(file, start, 0), Fault(file, number, None, "is too long", "write one graph a line")
                return
            if line.strip():
                yield number, Span(file, start, len(line)), _id(file, number, line)
            start += len(line)


def _id(file: str, number: int, line: bytes) -> str | Fault:
    try:
        values = json_values(line.removeprefix(b"\xef\xbb\xbf"), constant=float)
    except JsonError as error:
        return Fault(file, number, None, str(error).replace(" (line 1, column", " (column"), "write one graph a line")
    own = values.get("id") if isinstance(values, dict) else None
    if isinstance(own, bool) or not isinstance(own, str | int | float) or not str(own):
        return Fault(file, number, None, "is no graph with an id", 'write {"id": ..., "nodes": [...], "edges": [...]}')
    return own if isinstance(own, str) else word(own)
