"""Zips that people bring: unpacked into a folder of their own, bounded in every way, and gone afterwards.

Nothing of a zip is trusted: neither what it says of itself, nor the names in it.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from sharcs_core.errors import UserError
from sharcs_core.readers.checks import InputError, file_name, shown

NameOf = Callable[[str], str | None]
"""A name in a zip → where its file goes, relative and with ``/``; None to leave it out. Raises UserError to refuse."""

_CHUNK = 1 << 20
_END = b"PK\x05\x06"
_END_BYTES = 22
_MOST_COMMENT = 1 << 16
_MOST_DIRECTORY = 8_000_000
"""Bytes of a zip's own list of files: some 400 a file where there are as many as may be."""
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_AGAIN = "zip the folder once more, and bring that"


@dataclass(frozen=True)
class Bounds:
    """How large a zip may be.

    Attributes:
        packed: bytes of the zip itself.
        unpacked: bytes of all its files.
        files: how many.
        ratio: bytes unpacked for a byte packed, over all; what is smaller than ``always`` bytes may be denser.
    """

    packed: int = 500_000_000
    unpacked: int = 2_000_000_000
    files: int = 20_000
    ratio: int = 100
    always: int = 20_000_000


BOUNDS = Bounds()


@contextmanager
def unpacked(
    name: str, content: BinaryIO, name_of: NameOf, bounds: Bounds = BOUNDS, within: Path | None = None
) -> Iterator[Path]:
    """A zip as a temporary folder, which is deleted at the end, whatever happens.

    Args:
        name: of the zip, for messages.
        content: open to read, from anywhere.
        name_of: checks the names in it; see ``NameOf``.
        within: the folder that it is unpacked in, for what is kept of it to be moved; else where temporary files are.

    Raises:
        InputError: for what is no zip, is damaged or too large, and for links and encrypted files in it.
        UserError: what ``name_of`` raises.
    """
    file = file_name(name)
    with TemporaryDirectory(prefix=".sharcs-", dir=within, ignore_cleanup_errors=True) as folder:
        try:
            _unpack(file, content, Path(folder), name_of, bounds)
        except UserError:
            raise
        except (FileExistsError, NotADirectoryError):
            raise InputError(f"{file} holds a file and a folder of one name; {_AGAIN}") from None
        except OSError as error:
            raise InputError(f"{file} cannot be unpacked ({error.strerror}); make room, or bring less") from None
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError):
            raise InputError(f"{file} is damaged, or no zip; {_AGAIN}") from None
        yield Path(folder)


def _unpack(file: str, content: BinaryIO, folder: Path, name_of: NameOf, bounds: Bounds) -> None:
    n_bytes = _check_size(file, content, bounds)
    with zipfile.ZipFile(content) as archive:
        found = _checked(file, archive.infolist(), name_of, bounds, n_bytes)
        left = _most(n_bytes, bounds)
        for target, member in found.items():
            left -= _write(archive, member, folder, target, left)
            if left < 0:
                raise _bomb(file, n_bytes, bounds)


def _check_size(file: str, content: BinaryIO, bounds: Bounds) -> int:
    """The bytes of a zip. Its list of files is read whole by whoever opens it, so its size is looked at before."""
    n_bytes = content.seek(0, io.SEEK_END)
    if not n_bytes:
        raise InputError(f"{file} is empty (0 bytes); {_AGAIN}")
    if n_bytes > bounds.packed:
        raise InputError(f"{file} has {_megabytes(n_bytes)}; bring at most {_megabytes(bounds.packed)}")
    start = max(0, n_bytes - _END_BYTES - _MOST_COMMENT - 1)
    content.seek(start)
    tail = content.read()
    content.seek(0)
    if _directory_bytes(tail) > _MOST_DIRECTORY:
        raise InputError(f"{file} holds too many files; bring at most {bounds.files:,}")
    return n_bytes


def _directory_bytes(tail: bytes) -> int:
    """Bytes of the list of files by the last bytes of a zip; what is made for millions of them is without bounds."""
    end = len(tail) - _END_BYTES
    if tail[end : end + 4] != _END:
        end = tail.rfind(_END)
    if end < 0 or end + _END_BYTES > len(tail):
        raise zipfile.BadZipFile
    is_for_millions = end >= 20 and tail[end - 20 : end - 16] == b"PK\x06\x07"
    (n_bytes,) = struct.unpack_from("<L", tail, end + 12)
    return _MOST_DIRECTORY + 1 if is_for_millions else int(n_bytes)


def _checked(
    file: str, members: Sequence[zipfile.ZipInfo], name_of: NameOf, bounds: Bounds, n_bytes: int
) -> dict[str, zipfile.ZipInfo]:
    """Where each file goes → the file. Nothing is written before all is looked at."""
    if len(members) > bounds.files:
        raise InputError(f"{file} holds {len(members):,} files; bring at most {bounds.files:,}")
    if sum(member.file_size for member in members) > _most(n_bytes, bounds):
        raise _bomb(file, n_bytes, bounds)
    found: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        _check_kind(file, member)
        target = name_of(member.orig_filename)
        if target is None or member.is_dir():
            continue
        if target in found:
            raise InputError(f"{file} holds {shown(target)} twice; {_AGAIN}")
        found[target] = member
    return found


def _check_kind(file: str, member: zipfile.ZipInfo) -> None:
    """Raise InputError for what is neither a plain file nor a folder."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    said = shown(member.orig_filename)
    if kind == stat.S_IFLNK:
        raise InputError(f"{file} holds the link {said}; put the file itself there")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise InputError(f"{file} holds {said}, which is no file; leave it out")
    if member.flag_bits & _ENCRYPTED:
        raise InputError(f"{file} is encrypted; zip the folder without a password")
    if member.compress_type not in _KINDS:
        raise InputError(f"{file} is packed in an unusual way; zip the folder with the usual one, deflate")


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, target: str, most: int) -> int:
    """Write a file and give its bytes; stops soon after ``most`` of them, whatever the zip says of its size."""
    path = folder.joinpath(*target.split("/"))
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member) as source, path.open("xb") as stream:
        while written <= most and (chunk := source.read(_CHUNK)):
            written += stream.write(chunk)
    return written


def _most(n_bytes: int, bounds: Bounds) -> int:
    """Bytes that a zip of so many may unpack to."""
    return min(bounds.unpacked, max(bounds.always, bounds.ratio * n_bytes))


def _bomb(file: str, n_bytes: int, bounds: Bounds) -> InputError:
    most = _megabytes(_most(n_bytes, bounds))
    return InputError(f"{file} of {_megabytes(n_bytes)} unpacks to more than {most}; bring it in parts")


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.0f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:,.0f} kB"
