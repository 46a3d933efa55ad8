"""What many raw inputs are prepared into, in files of the cache that are read as if they were in memory.

Inputs are prepared some at a time and written as they come, a split's one after the other, so that no more than some
are ever in memory. A folder of the cache is whole or not there: one that a kill left is begun anew.

Shapes: n inputs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from sharcs_core.storage import cache_dir, check_writable, locked, replacing_folder, tidy_up
from sharcs_core.structures import Inputs, Ints
from sharcs_core.structures.words import ENCODING, Words

AT_ONCE = 2000
"""Inputs that are prepared at one time."""
LARGEST_AT_ONCE = 32_000_000
"""Bytes of them, where inputs are large."""
WAIT = 24 * 3600.0
"""Seconds for another process to prepare the same."""
VERSION = 1
"""Counted up whenever the same raw inputs come to be prepared into something else."""
FACTS, SOURCES = "facts.json", "sources.npy"
_CONTENT, _ENDS = ".texts", ".ends.npy"

Prepare = Callable[[Ints], Inputs]
"""Numbers of inputs, ascending → these, prepared."""


@dataclass(frozen=True)
class Prepared:
    """Prepared inputs of a modality.

    Attributes:
        parts: split → its inputs, in the order of the samples.
        sources: (n,) the first of all inputs that equals each.
    """

    parts: Mapping[str, Inputs]
    sources: Ints


def mapped(kind: str, key: str, parts: Mapping[str, Ints], one: Inputs, prepare: Prepare) -> Prepared | None:
    """The inputs of a modality in files of the cache, made where they are not there.

    None where inputs are of several sizes, as graphs may be that are larger than any in training.

    Args:
        key: what tells apart all that they depend on.
        parts: split → numbers of its inputs, ascending; each of the n inputs is in one.
        one: the first of them, prepared.

    Raises:
        StorageError: the cache cannot be written, or has no room.
        UserError: from ``prepare``.
    """
    path = cache_dir() / f"prepared-{key}"
    found = _read(path, kind, parts)
    if found is not None:
        return found
    n = sum(map(len, parts.values()))
    check_writable(path.parent, n * _bytes_of(one))
    with locked(path, wait=WAIT):
        tidy_up(path)
        found = _read(path, kind, parts)
        if found is None:
            try:
                with replacing_folder(path) as aside:
                    _write(aside, parts, one, prepare)
            except _UnevenError:
                return None
            found = _read(path, kind, parts)
    return found


def _bytes_of(one: Inputs) -> int:
    return sum(values.nbytes for values in one.arrays.values())


def key_of(*facts: object) -> str:
    """A name for all that inputs depend on."""
    return hashlib.sha256(repr((VERSION, *facts)).encode(*ENCODING)).hexdigest()[:32]


# -- write


def _write(folder: Path, parts: Mapping[str, Ints], one: Inputs, prepare: Prepare) -> None:
    n = sum(map(len, parts.values()))
    part_of = np.empty(n, dtype=np.int8)
    for place, rows in enumerate(parts.values()):
        part_of[rows] = place
    at_once = max(1, min(AT_ONCE, LARGEST_AT_ONCE // max(1, _bytes_of(one))))
    digests = np.empty((n, 16), dtype=np.uint8)
    with ExitStack() as opened:
        growing = [
            {
                array: _growing(opened, folder / f"{name}.{array}", len(rows), values)
                for array, values in one.arrays.items()
            }
            for name, rows in parts.items()
        ]
        for start in range(0, n, at_once):
            rows = np.arange(start, min(n, start + at_once))
            inputs = prepare(rows)
            digests[rows] = row_digests(inputs)
            for place, arrays in enumerate(growing):
                chosen = part_of[rows] == place
                for array, file in arrays.items():
                    file.add(inputs.arrays[array][chosen])
        texts = {
            array: {"width": max(of_part[array].width for of_part in growing), "shape": values.shape[1:]}
            for array, values in one.arrays.items()
            if values.dtype.kind == "U"
        }
    np.save(folder / SOURCES, first_of_equals(digests))
    facts = {"arrays": {name: texts.get(name) for name in one.arrays}}
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


class _UnevenError(Exception):
    """Inputs are of several sizes."""


class _Array:
    """A file of an array whose length is known, row after row."""

    width = 0

    def __init__(self, file: BinaryIO, n: int, like: NDArray[Any]) -> None:
        self.file, self.shape, self.dtype = file, like.shape[1:], like.dtype
        header = {"descr": np.lib.format.dtype_to_descr(like.dtype), "fortran_order": False, "shape": (n, *self.shape)}
        np.lib.format.write_array_header_2_0(file, header)

    def add(self, values: NDArray[Any]) -> None:
        if values.shape[1:] != self.shape:
            raise _UnevenError
        self.file.write(np.ascontiguousarray(values, dtype=self.dtype).tobytes())


class _Texts:
    """Files of texts: all one after the other, and where each ends."""

    def __init__(self, content: BinaryIO, ends: _Array) -> None:
        self.content, self.ends, self.n_bytes, self.width = content, ends, 0, 0

    def add(self, values: NDArray[Any]) -> None:
        texts = [text.encode(*ENCODING) for text in values.ravel().tolist()]
        self.content.write(b"".join(texts))
        ends = self.n_bytes + np.cumsum([len(text) for text in texts], dtype=np.int64)
        self.ends.add(ends.reshape(len(values), *self.ends.shape))
        self.n_bytes = int(ends[-1]) if len(ends) else self.n_bytes
        self.width = max(self.width, int(np.strings.str_len(values).max(initial=0)))


def _growing(opened: ExitStack, path: Path, n: int, like: NDArray[Any]) -> _Array | _Texts:
    def file(ending: str) -> BinaryIO:
        return opened.enter_context(path.with_name(path.name + ending).open("wb"))

    if like.dtype.kind != "U":
        return _Array(file(".npy"), n, like)
    n_each = like[0].size
    return _Texts(file(_CONTENT), _Array(file(_ENDS), n, np.zeros((1, n_each), dtype=np.int64)))


def row_digests(inputs: Inputs) -> NDArray[np.uint8]:
    """What tells apart different inputs of one modality, (n, 16)."""
    arrays = [np.ascontiguousarray(values) for values in inputs.arrays.values()]
    found = [
        hashlib.blake2b(b"\0".join(_content(values[row]) for values in arrays), digest_size=16).digest()
        for row in range(len(inputs))
    ]
    return np.frombuffer(b"".join(found), dtype=np.uint8).reshape(-1, 16)


def _content(values: Any) -> bytes:
    """The bytes of a row; of texts without what pads them, so that they do not depend on the longest beside them."""
    if values.dtype.kind == "U":
        return "\0".join(np.atleast_1d(values).ravel().tolist()).encode(*ENCODING)
    content: bytes = values.tobytes()
    return content


def first_of_equals(digests: NDArray[np.uint8]) -> Ints:
    """The number of the first row that equals each, (n,).

    >>> first_of_equals(np.array([[1, 2], [0, 7], [1, 2]], dtype=np.uint8)).tolist()
    [0, 1, 0]
    """
    whole = np.ascontiguousarray(digests).view(np.dtype((np.void, digests.shape[1]))).ravel()
    _, first, number = np.unique(whole, return_index=True, return_inverse=True)
    found: Ints = first[number].astype(np.int64)
    return found


# -- read


def _read(path: Path, kind: str, parts: Mapping[str, Ints]) -> Prepared | None:
    """What is kept in a folder; None where it is not there, or not as it was written."""
    try:
        facts = json.loads((path / FACTS).read_text(encoding="utf-8"))
        sources = np.load(path / SOURCES, allow_pickle=False)
        inputs = {
            name: Inputs(kind, {array: _array(path / f"{name}.{array}", of) for array, of in facts["arrays"].items()})
            for name in parts
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    whole = len(sources) == sum(map(len, parts.values()))
    return (
        Prepared(inputs, sources)
        if whole and all(len(inputs[name]) == len(rows) for name, rows in parts.items())
        else None
    )


def _array(path: Path, texts: Mapping[str, Any] | None) -> Any:
    """An array that lies in a file; whoever changes it changes a copy of the page that it stands on."""
    if texts is None:
        return np.load(path.with_name(f"{path.name}.npy"), mmap_mode="c", allow_pickle=False)
    content = path.with_name(path.name + _CONTENT)
    ends = np.load(path.with_name(path.name + _ENDS), mmap_mode="c", allow_pickle=False)
    n_bytes = content.stat().st_size
    if n_bytes != (int(ends[-1, -1]) if ends.size else 0):
        raise ValueError(f"{content} is not whole")
    held = np.memmap(content, dtype=np.uint8, mode="r") if n_bytes else np.zeros(0, dtype=np.uint8)
    return Words(held, ends.ravel(), (len(ends), *texts["shape"]), texts["width"])


def in_chunks(n: int) -> Iterator[slice]:
    """Rows of an array, some at a time."""
    return (slice(start, start + AT_ONCE) for start in range(0, n, AT_ONCE))
