"""What lies in a folder, found out in one walk; and what names of files may be."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sharcs_core.errors import UserError
from sharcs_core.readers.checks import shown

MOST_FILES = 1_000_000
MOST_CHARACTERS = 1000
"""Of a file's name with its folders."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
"""So that nobody waits for the other end of a pipe, and no link is followed, where the system knows of such."""
_STILL = "leave the folder as it is while it is read"
_HIDDEN = ("__macosx", "thumbs.db", "desktop.ini")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|(data|file|https?):", re.IGNORECASE)
_DRIVE = re.compile(r"[a-z]:", re.IGNORECASE)
_SUFFIX = re.compile(r"(?<=[^/])\.[A-Za-z0-9]{1,8}\Z")


class PlaceError(UserError):
    """A name leads to no file of the folder, or to one that is not to be read."""

    def __init__(self, says: str, mend: str) -> None:
        super().__init__(f"{says}; {mend}")
        self.says, self.mend = says, mend


@dataclass(frozen=True)
class Listing:
    """A folder, by the names that lie in it: relative to it, with ``/``. What is hidden is not in it.

    Attributes:
        root: the folder itself, without links.
        files: name → size in bytes.
        folders: names.
        links: name of a link → what it leads to, inside of the folder; ``""`` is the folder itself.
        leaving: names of links that lead out of the folder, or nowhere.
        others: names of pipes, devices and the like.
    """

    root: Path
    files: Mapping[str, int]
    folders: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    leaving: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """A file of the folder, to be read. Its path is looked at again, for it may lead elsewhere by now.

        Raises:
            PlaceError: where it is no longer the file that it was, or cannot be read.
        """
        path = self.root.joinpath(*name.split("/"))
        try:
            if Path(os.path.realpath(path)) != path:
                raise PlaceError(f"{shown(name)} has become a link", _STILL)
            with open(os.open(path, _FLAGS), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise PlaceError(f"{shown(name)} is no file any more", _STILL)
                yield file
        except OSError as error:
            raise PlaceError(f"{shown(name)} cannot be read ({error.strerror})", "see that it is there") from None


def list_folder(folder: Path) -> Listing:
    """What lies in a folder; links are not followed, but where they lead is found out.

    Raises:
        UserError: for what is no folder, cannot be read, or holds too many files.
    """
    root = Path(os.path.realpath(folder))
    if not root.is_dir():
        raise UserError(f"There is no folder {shown(str(folder))}; name one that holds metadata.csv")
    files: dict[str, int] = {}
    links: dict[str, str] = {}
    folders, leaving, others = set(), set(), set()
    for name, entry in _entries(root):
        if entry.is_symlink():
            target = _target(root, entry)
            if target is None:
                leaving.add(name)
            else:
                links[name] = target
        elif entry.is_dir(follow_symlinks=False):
            folders.add(name)
        elif entry.is_file(follow_symlinks=False):
            files[name] = entry.stat(follow_symlinks=False).st_size
        else:
            others.add(name)
        if len(files) > MOST_FILES:
            raise UserError(f"{shown(str(folder))} holds more than {MOST_FILES:,} files; name the folder of the task")
    return Listing(root, dict(sorted(files.items())), frozenset(folders), links, frozenset(leaving), frozenset(others))


def _entries(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything in the folder that is not hidden, with its name; half a character in it cannot be named in a sheet."""
    ahead = [""]
    while ahead:
        start = ahead.pop()
        try:
            with os.scandir(root / start if start else root) as entries:
                for entry in entries:
                    name = f"{start}/{entry.name}" if start else entry.name
                    if is_hidden(entry.name) or not entry.name.isprintable() or len(name) > MOST_CHARACTERS:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        ahead.append(name)
                    yield name, entry
        except OSError as error:
            raise UserError(f"The folder {shown(start or str(root))} cannot be read ({error.strerror})") from None


def _target(root: Path, entry: os.DirEntry[str]) -> str | None:
    """What a link leads to inside of the folder; None where it leads out of it, or to nothing."""
    try:
        target = Path(os.path.realpath(entry.path, strict=True))
    except OSError:
        return None
    if not target.is_relative_to(root) or any(is_hidden(part) for part in target.relative_to(root).parts):
        return None
    return "/".join(target.relative_to(root).parts)


def is_hidden(part: str) -> bool:
    """Whether a part of a name hides what it names."""
    return part.startswith(".") or part.lower() in _HIDDEN


def inside(cell: str) -> str:
    """A cell as a name in a folder, with ``/`` and without detours.

    Raises:
        PlaceError: for what leads out of the folder, whatever lies there.

    >>> inside("pictures\\\\cats/./7.png"), inside("a/../b.png")
    ('pictures/cats/7.png', 'b.png')
    >>> inside("../b.png")
    Traceback (most recent call last):
    sharcs_core.tasks.folder.listing.PlaceError: '../b.png' leads out of the folder; put the file into the folder, ...
    """
    name = cell.replace("\\", "/")
    for wrong, what in (
        (len(cell) > MOST_CHARACTERS or not cell.isprintable() or not cell.strip(), "is no name of a file"),
        (_URL.match(cell), "is an address, and nothing is fetched"),
        (name.startswith("//"), "is an address of a network"),
        (_DRIVE.match(cell) or name.startswith("/"), "does not begin in the folder"),
        (name.startswith("~"), "begins in a person's own folder"),
    ):
        if wrong:
            raise PlaceError(f"{shown(cell)} {what}", _INTO)
    parts: list[str] = []
    for part in name.split("/"):
        if part == ".." and not parts:
            raise PlaceError(f"{shown(cell)} leads out of the folder", _INTO)
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


_INTO = "put the file into the folder, and name it relative to metadata.csv"


def folded(name: str) -> str:
    """A name such that those that only differ in case, or in how accents are written, are one.

    >>> folded("Ä.PNG") == folded("a\\u0308.png")
    True
    """
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def stem(name: str) -> str:
    """A name without its suffix.

    >>> stem("a.b/c.tar.gz"), stem("a.b/c"), stem("a/.png")
    ('a.b/c.tar', 'a.b/c', 'a/.png')
    """
    return _SUFFIX.sub("", name)
