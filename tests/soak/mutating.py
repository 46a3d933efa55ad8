"""Valid files with something changed in them: bytes cut out and put in, values of JSON and arrays replaced."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

SPLICED = (
    *(b"=", b'"', b"'", b",", b"\n", b"\r\n", b";", b"\t", b"\0", b"[", b"]", b"{", b"}", b"../", b"\\", b"<", b"&"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", "\u202e\u200b".encode(), "é".encode("cp1252")),
    *(b"NaN", b"-Infinity", b"1e999", b"-1", b"9" * 40, b"{" * 40, b"[" * 40, b"null", b"<!DOCTYPE a>", b"\xff" * 8),
)
"""What readers stumble over."""
Path = tuple[str | int, ...]


def spliced(content: bytes, rng: np.random.Generator) -> bytes:
    """The content with one or two places of it changed, cut out or put in: quick, for very many."""
    for _ in range(int(rng.integers(1, 3))):
        start, length = int(rng.integers(len(content) + 1)), int(rng.integers(0, 12))
        put = SPLICED[int(rng.integers(len(SPLICED)))] if rng.random() < 0.5 else rng.bytes(int(rng.integers(0, 9)))
        content = content[:start] + put + content[start + length :]
    return content


def cut(content: bytes, start: int, length: int, put: bytes) -> bytes:
    start = start % (len(content) + 1)
    return content[:start] + put + content[start + length :]


@st.composite
def changed(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """One of the contents with up to three places changed, or one cut short, or any bytes."""
    content = draw(st.sampled_from(seeds))
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=64))
    for _ in range(draw(st.integers(1, 3))):
        put = draw(st.sampled_from(SPLICED) | st.binary(max_size=9))
        content = cut(content, draw(st.integers(0, max(1, len(content)))), draw(st.integers(0, 12)), put)
    return content[: len(content) // 2] if draw(st.integers(0, 29)) == 0 else content


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 1, 2**31, 2**63, 10**30, "", "..", "a/b", "\x00", "\u202e", "x" * 5000, "é" * 61])
    | st.floats()
    | st.text(max_size=9)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def paths(values: Any, above: Path = ()) -> Iterator[Path]:
    """The way to every value in JSON, all of it first."""
    yield above
    inner = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in inner:
        yield from paths(value, (*above, key))


def replaced(values: Any, path: Path, put: Any, *, is_out: bool = False) -> Any:
    """The values with another one at the end of a path, or without it."""
    if not path:
        return put
    key, *rest = path
    copy: Any = dict(values) if isinstance(values, dict) else list(values)
    if is_out and not rest:
        del copy[key]
    else:
        copy[key] = replaced(values[key], tuple(rest), put, is_out=is_out)
    return copy


@st.composite
def changed_json(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """JSON in which one or two values are others, gone, or in a place of others."""
    values = json.loads(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 2))):
        every = list(paths(values))
        path = every[draw(st.integers(0, len(every) - 1))]
        from_elsewhere = every[draw(st.integers(0, len(every) - 1))]
        put = draw(VALUES) if draw(st.booleans()) else at(values, from_elsewhere)
        values = replaced(values, path, put, is_out=draw(st.integers(0, 3)) == 0)
    return json.dumps(values, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")


def at(values: Any, path: Path) -> Any:
    for key in path:
        values = values[key]
    return values


def _spoilt(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    yield from (values[:0], values[:-1], np.concatenate([values, values[-1:]]), values.ravel(), values[None])
    yield from (values.astype("U3"), np.zeros((), values.dtype), np.zeros(values.shape, complex))
    if values.dtype.kind in "iufb":
        with np.errstate(all="ignore"):
            yield from (values.astype(kind) for kind in (np.int8, np.uint64, np.float64, np.float16, bool))
            yield from (np.full_like(values, limit) for limit in (0, 1, _largest(values.dtype)))
            yield -values if values.dtype.kind in "if" else values ^ True
    if values.dtype.kind == "f":
        yield from (np.full_like(values, wrong) for wrong in (np.nan, np.inf, -1))


def _largest(dtype: np.dtype[Any]) -> Any:
    return True if dtype.kind == "b" else (np.finfo if dtype.kind == "f" else np.iinfo)(dtype).max


def archive(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getvalue()


@st.composite
def changed_arrays(draw: st.DrawFn, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Arrays of which one or two are of another form, type or content, or not there."""
    found = dict(arrays)
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from(sorted(arrays)))
        ways = list(_spoilt(arrays[name])) if arrays[name].size and arrays[name].ndim else []
        way = draw(st.integers(-1, len(ways) - 1))
        if way < 0:
            found.pop(name, None)
        else:
            found[name] = ways[way]
    return found


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """The parts of a PNG, name and content each."""
    found, start = [], 8
    while start < len(png):
        (n_bytes,) = struct.unpack_from(">I", png, start)
        found.append((png[start + 4 : start + 8], png[start + 8 : start + 8 + n_bytes]))
        start += 12 + n_bytes
    return found


@st.composite
def changed_png(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """A PNG of which one part is changed, gone or there twice; its sums are right, so that they keep nothing out."""
    parts = chunks(draw(st.sampled_from(seeds)))
    place = draw(st.integers(0, len(parts) - 1))
    name, content = parts[place]
    if name == b"IDAT" and draw(st.booleans()):
        inner = zlib.decompress(content)
        content = zlib.compress(draw(changed([inner])))
    else:
        content = draw(changed([content]))
    parts[place : place + 1] = [(name, content)] * draw(st.sampled_from([1, 1, 1, 1, 0, 2]))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(inner)) + of + inner + struct.pack(">I", zlib.crc32(of + inner)) for of, inner in parts
    )


def zipped(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        for name, inner in files.items():
            if name.partition("\0")[0]:  # else Python writes none
                parts.writestr(name, inner)
    return content.getvalue()


NAMES = st.sampled_from(["../a", "/a", "a/../b", "a\\b", ".a", "x/", "a" * 300, "con", "x/y/z", "é\x00b"]) | st.text(
    min_size=1, max_size=6
)


@st.composite
def changed_zip(draw: st.DrawFn, files: Mapping[str, bytes]) -> bytes:
    """A zip of which one file is changed, gone, or called otherwise."""
    found = dict(files)
    name = draw(st.sampled_from(sorted(files)))
    content = found.pop(name)
    way = draw(st.integers(0, 3))
    if way:
        found[draw(NAMES) if way == 1 else name] = draw(changed([content])) if way == 2 else content
    return draw(changed([zipped(found)])) if draw(st.integers(0, 3)) == 0 else zipped(found)
