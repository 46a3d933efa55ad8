"""Bytes of a sheet → its text, whatever program wrote it."""

from __future__ import annotations

import codecs
import re

from sharcs_core.readers.checks import other_format, shown
from sharcs_core.tasks.folder.faults import Fault, FolderError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a mark before it"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
"""Marks at the beginning of a file, their codecs, and what these are called."""
_HEAD = 1000
"""Bytes that tell UTF-16 without a mark: of plain letters every other one is NUL."""
_BEYOND = re.compile(r"\w*[^\W\x00-\x7f]\w*")
_SAVE = "save it with the encoding UTF-8"


def text_of_sheet(file: str, content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a CSV file, in UTF-8, UTF-16 or Windows-1252, and a note where it is not plain UTF-8.

    Raises:
        FolderError: for what is no text, or is of several encodings.

    >>> text_of_sheet("metadata.csv", "id,größe".encode("cp1252"))
    ('id,größe', ("The encoding is Windows-1252; 'größe' is one of its words",))
    """
    other = other_format(content)
    if other is not None:
        raise FolderError([Fault(file, None, None, f"is {other}, whatever its name", "export it as CSV in UTF-8")])
    if content.startswith(b"PAR1"):
        raise FolderError([Fault(file, None, None, "is a Parquet file", "call it metadata.parquet")])
    text, encoding = _decoded(file, content)
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise FolderError([Fault(file, row, None, "holds a NUL, which is no text", f"take it out, or {_SAVE}")])
    word = _BEYOND.search(text) if encoding == _WINDOWS else None
    seen = f"; {shown(word[0])} is one of its words" if word else ""
    return text, (f"The encoding is {encoding}{seen}",) if encoding else ()


_WINDOWS = "Windows-1252"


def _decoded(file: str, content: bytes) -> tuple[str, str]:
    """The text, and what its encoding is called; nothing of plain UTF-8."""
    for mark, codec, name in (*_BOMS, *_without_mark(content)):
        if content.startswith(mark):
            try:
                return (content.removeprefix(mark) if codec == "utf-8" else content).decode(codec), name
            except UnicodeDecodeError as error:
                raise FolderError([_broken(file, content, error.start, name)]) from None
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        return _from_windows(file, content, error.start), _WINDOWS


def _without_mark(content: bytes) -> tuple[tuple[bytes, str, str], ...]:
    head = content[:_HEAD]
    for first, codec in ((0, "utf-16-be"), (1, "utf-16-le")):
        nuls, others = head[first::2], head[1 - first :: 2]
        if len(nuls) > 1 and 2 * nuls.count(0) > len(nuls) and not others.count(0):
            return ((b"", codec, "UTF-16 without a mark"),)
    return ()


def _from_windows(file: str, content: bytes, start: int) -> str:
    """Text in Windows-1252. No line of it may be UTF-8 beyond plain letters: then it is two files in one."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise FolderError([_broken(file, content, error.start, "UTF-8 or Windows-1252")]) from None
    beyond = [(row, line) for row, line in enumerate(content.split(b"\n"), start=1) if not line.isascii()]
    in_utf8 = [row for row, line in beyond if _is_utf8(line)]
    if in_utf8:
        row = content.count(b"\n", 0, start) + 1
        says = f"is in another encoding than row {in_utf8[0]}, which is in UTF-8"
        raise FolderError([Fault(file, row, None, says, f"{_SAVE} from one program")])
    return text


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _broken(file: str, content: bytes, start: int, encoding: str) -> Fault:
    row = content.count(b"\n", 0, start) + 1
    return Fault(file, row, None, f"is no text in {encoding} (byte {start + 1:,} of the file)", _SAVE)
