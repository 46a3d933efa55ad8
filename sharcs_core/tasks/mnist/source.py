"""MNIST: where the pictures come from, and how they are read, checked and written.

Arrays: ``train_images`` (n, 28, 28) uint8, ``train_labels`` (n,) uint8 in 0..9, and the same for ``test_``.

Source: LeCun and Cortes, CC BY-SA 3.0 (see DATA-LICENSE beside the shipped subset).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core import npz
from sharcs_core.errors import UserError, is_out_of_memory
from sharcs_core.storage import cache_dir, replacing
from sharcs_core.structures import DataSource

Arrays = dict[str, NDArray[np.uint8]]
IDX_FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
IDX_FOLDERS = ("", "MNIST/raw", "raw")
"""Where the four lie in a folder: as they were downloaded, or as torchvision lays them out."""
MD5 = {
    "train_images": "6bbc9ace898e44ae57da46a324031adb",
    "train_labels": "a25bea736e30d166cdddb491f175f624",
    "test_images": "2646ac647ad5339dbf082846283269ea",
    "test_labels": "27ae3e4e09519cfbb04c329615203637",
}
"""Published MD5 of the uncompressed IDX files."""
NPZ_NAME = "mnist.npz"
OTHER_NAMES = {"train_images": "x_train", "train_labels": "y_train", "test_images": "x_test", "test_labels": "y_test"}
"""What Keras calls the arrays in its ``mnist.npz``."""
SUBSET = Path(__file__).with_name("mnist_subset.npz")
SUBSET_SHA256 = "fd8edca2d664f97681351a211b79ea2446aa5298d2e411c863d39fe6e1cba39e"
SIDE = 28
MAX_UNCOMPRESSED = 64 * 2**20

READ_ERRORS = (OSError, *npz.ERRORS)


class DataError(UserError):
    """A data set is missing, damaged or cannot be fetched; one sentence says what, and what to do."""


def load_mnist(data_dir: Path | None = None) -> tuple[Arrays, DataSource]:
    """MNIST from ``data_dir``, else from the cache, else the subset that is shipped.

    Args:
        data_dir: a folder with ``mnist.npz`` or the four IDX files, gzipped or not.

    Returns:
        The four arrays; and their source: ``mnist-full`` for the published set, ``mnist-subset`` for the
        shipped one, ``mnist-custom`` for anything else, with the SHA-256 of the arrays.

    Raises:
        DataError: where ``data_dir`` holds neither, or what was found is damaged.
    """
    if data_dir is not None:
        arrays = read_folder(Path(data_dir))
        if arrays is None:
            raise DataError(
                f"No MNIST in {data_dir}: expected a folder with {NPZ_NAME} or the four IDX files "
                f"({', '.join(IDX_FILES.values())}, gzipped or not)"
            )
        return arrays, source_of(arrays)
    arrays = read_folder(cache_dir())
    return _load_subset() if arrays is None else (arrays, source_of(arrays))


def source_of(arrays: Mapping[str, NDArray[Any]]) -> DataSource:
    """Name and SHA-256 of MNIST arrays, by their content alone."""
    sha256 = content_hash(arrays)
    if sha256 == SUBSET_SHA256:
        return DataSource("mnist-subset", sha256)
    is_full = all(idx_md5(idx_bytes(arrays[name])) == expected for name, expected in MD5.items())
    return DataSource("mnist-full" if is_full else "mnist-custom", sha256)


def content_hash(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the bytes of the four arrays, in the order of ``IDX_FILES``."""
    digest = hashlib.sha256()
    for name in IDX_FILES:
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def idx_md5(content: bytes) -> str:
    """MD5 of an uncompressed IDX file, to compare with the published one."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def read_folder(folder: Path) -> Arrays | None:
    """MNIST as it lies in ``folder``; None where there is nothing of it.

    Raises:
        DataError: for damaged files, or some of the four IDX files without the others.
    """
    if (folder / NPZ_NAME).is_file():
        return read_npz(folder / NPZ_NAME)
    found = next(filter(None, (_idx_in(folder / inner) for inner in IDX_FOLDERS)), {})
    if not found:
        return None
    missing = [file_name for name, file_name in IDX_FILES.items() if name not in found]
    if missing:
        raise DataError(f"MNIST in {folder} is incomplete: add {', '.join(missing)} (gzipped or not)")
    return checked({name: _read_idx(path) for name, path in found.items()}, str(folder))


def _load_subset() -> tuple[Arrays, DataSource]:
    arrays = read_npz(SUBSET)
    if content_hash(arrays) != SUBSET_SHA256:
        raise DataError("The MNIST subset that is shipped does not match its checksum: install SHARCS again")
    return arrays, source_of(arrays)


def checked(arrays: Mapping[str, NDArray[Any]], where: str) -> Arrays:
    """The arrays as uint8 once their shapes, types and labels are found right. Raises DataError."""
    for part in ("train", "test"):
        images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"]
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
            got = f"{images.dtype} {images.shape}"
            raise DataError(f"{where}: {part}_images must be uint8 (n, {SIDE}, {SIDE}) (got {got})")
        if labels.dtype.kind not in "iu" or labels.shape != (len(images),):
            got = f"{labels.dtype} {labels.shape}"
            raise DataError(f"{where}: {part}_labels must be {len(images)} integers, one a picture (got {got})")
        if not len(labels):
            raise DataError(f"{where}: {part}_images holds no pictures")
        if labels.min() < 0 or labels.max() > 9:
            raise DataError(f"{where}: {part}_labels must lie in 0..9 (got {labels.min()}..{labels.max()})")
    return {name: np.ascontiguousarray(arrays[name], dtype=np.uint8) for name in IDX_FILES}


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turns whatever a damaged file raises into a DataError that names the file."""
    try:
        yield
    except DataError:
        raise
    except READ_ERRORS as error:
        if is_out_of_memory(error):
            raise
        reason = str(error) or type(error).__name__
        raise DataError(f"{path} cannot be read ({reason}): fetch it again, or remove it") from error


def read_npz(path: Path) -> Arrays:
    """MNIST from an npz of our own or of Keras. Raises DataError for a damaged or strange one."""
    with naming(path), zipfile.ZipFile(path) as archive:
        members = {member.filename: member for member in archive.infolist()}
        names = IDX_FILES if "train_images.npy" in members else OTHER_NAMES
        keys = {name: OTHER_NAMES[name] if names is OTHER_NAMES else name for name in IDX_FILES}
        absent = [key for key in keys.values() if f"{key}.npy" not in members]
        if absent:
            raise DataError(f"{path} lacks arrays: expected {', '.join(IDX_FILES)} (got {sorted(members)})")
        return checked({name: _read_member(archive, members[f"{key}.npy"]) for name, key in keys.items()}, str(path))


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    if member.file_size > MAX_UNCOMPRESSED:
        raise ValueError(f"{member.filename} is larger than {MAX_UNCOMPRESSED} bytes")
    with archive.open(member) as stream:
        npz.check_header(member, stream)
        stream.seek(0)
        array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
        if stream.read(1):  # also makes zipfile compare the checksum, which it does at the end only
            raise ValueError(f"{member.filename} is longer than its header says")
    return array


def _idx_in(folder: Path) -> dict[str, Path]:
    """The IDX files that lie in a folder, by what they hold."""
    return {name: path for name in IDX_FILES if (path := _find_idx(folder, name)) is not None}


def _find_idx(folder: Path, name: str) -> Path | None:
    file_name = IDX_FILES[name]
    dotted = file_name.replace("-idx", ".idx")
    candidates = (folder / f"{stem}{ending}" for stem in (file_name, dotted) for ending in ("", ".gz"))
    return next((path for path in candidates if path.is_file()), None)


def _read_idx(path: Path) -> NDArray[np.uint8]:
    with naming(path), open(path, "rb") as stream:
        content = _read_limited(stream, MAX_UNCOMPRESSED)
        return parse_idx(unzipped(content) if path.suffix == ".gz" else content)


def _read_limited(stream: IO[bytes] | gzip.GzipFile, limit: int) -> bytes:
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"larger than {limit} bytes")
    return content


def unzipped(content: bytes) -> bytes:
    """Gunzips at most ``MAX_UNCOMPRESSED`` bytes. Raises OSError, EOFError, zlib.error or ValueError."""
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        return _read_limited(stream, MAX_UNCOMPRESSED)


def parse_idx(content: bytes) -> NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes.

    >>> parse_idx(idx_bytes(np.arange(6, dtype=np.uint8).reshape(2, 3))).tolist()
    [[0, 1, 2], [3, 4, 5]]

    Raises:
        ValueError: for another format or element type, or a length that the header does not announce.
    """
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError(f"an IDX file of unsigned bytes must begin with 00 00 08 (got {content[:3].hex(' ')!r})")
    n_dimensions = content[3]
    start = 4 + 4 * n_dimensions
    if not 1 <= n_dimensions <= 3 or len(content) < start:
        raise ValueError(f"its IDX header is cut short or has {n_dimensions} dimensions instead of 1 to 3")
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4))
    expected, got = int(np.prod(shape, dtype=object)), len(content) - start
    if expected != got:
        raise ValueError(f"its IDX header announces {expected} bytes of data (got {got})")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape).copy()


def idx_bytes(array: NDArray[Any]) -> bytes:
    """The IDX file of an array of unsigned bytes; the inverse of :func:`parse_idx`."""
    dimensions = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return b"\0\0\x08" + bytes([array.ndim]) + dimensions + np.ascontiguousarray(array, dtype=np.uint8).tobytes()


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> Path:
    """Writes the arrays: ``path`` is whole or untouched. Raises StorageError."""
    with replacing(path) as stream, zipfile.ZipFile(stream, "w") as zipped:
        for key in IDX_FILES:
            _write_member(zipped, key, np.ascontiguousarray(arrays[key]))
    return path


def _write_member(zipped: zipfile.ZipFile, key: str, array: NDArray[Any]) -> None:
    content = io.BytesIO()
    np.lib.format.write_array(content, array, allow_pickle=False)
    member = zipfile.ZipInfo(f"{key}.npy")  # a fixed date: equal arrays make equal files
    member.compress_type = zipfile.ZIP_DEFLATED
    zipped.writestr(member, content.getvalue(), compresslevel=9)
