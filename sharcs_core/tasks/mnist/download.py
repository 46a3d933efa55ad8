"""Fetching the full MNIST, checked file by file, when a person asks for it."""

from __future__ import annotations

import http.client
import urllib.request
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sharcs_core.tasks.mnist.source import (
    IDX_FILES,
    MD5,
    NPZ_NAME,
    DataError,
    checked,
    idx_md5,
    naming,
    parse_idx,
    unzipped,
    write_npz,
)

Progress = Callable[[str, int, int | None], None]
"""Called with a file's name, the bytes received so far, and the bytes to come in all where known."""

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
MAX_COMPRESSED = 32 * 2**20
TIMEOUT_SECONDS = 30.0
CHUNK = 2**16
DOWNLOAD_ERRORS = (OSError, ValueError, EOFError, zlib.error, http.client.HTTPException)


def download_mnist(
    destination: Path,
    mirrors: Sequence[str] = MIRRORS,
    progress: Progress | None = None,
    *,
    md5: Mapping[str, str] = MD5,
    timeout: float = TIMEOUT_SECONDS,
) -> Path:
    """Fetches the full MNIST into ``destination/mnist.npz`` and returns that path.

    Each file is taken from the first mirror that gives it with the expected MD5. Nothing is written before
    all four are there, and what was there before stays until then.

    Raises:
        DataError: names each file and mirror that failed, and why; or that ``destination`` cannot be written.
    """
    destination = Path(destination)
    _make_folder(destination)
    contents = {name: _fetch(name, mirrors, md5[name], timeout, progress) for name in IDX_FILES}
    with naming(destination / NPZ_NAME):
        arrays = checked({name: parse_idx(content) for name, content in contents.items()}, "The download")
    return write_npz(destination / NPZ_NAME, arrays)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"Cannot make the folder {folder} ({error.strerror}): choose another") from error


def _fetch(name: str, mirrors: Sequence[str], md5: str, timeout: float, progress: Progress | None) -> bytes:
    """One uncompressed IDX file from the first mirror that gives it whole."""
    file_name = f"{IDX_FILES[name]}.gz"
    failures = []
    for mirror in mirrors:
        try:
            content = unzipped(_get(mirror.rstrip("/") + "/" + file_name, timeout, progress))
            if idx_md5(content) != md5:
                raise ValueError(f"its content is not what was published (MD5 {idx_md5(content)})")
            return content
        except DOWNLOAD_ERRORS as error:
            failures.append(f"{mirror}: {str(error) or type(error).__name__}")
    raise DataError(
        f"{file_name} could not be downloaded ({'; '.join(failures) or 'no mirror given'}): try again later, or "
        f"put the four IDX files in a folder of your own and name it with --data"
    )


def _get(url: str, timeout: float, progress: Progress | None) -> bytes:
    """The body of a URL, at most ``MAX_COMPRESSED`` bytes."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("a mirror must be an http or https address")
    received = bytearray()
    with urllib.request.urlopen(url, timeout=timeout) as response:
        announced = response.headers.get("Content-Length", "")
        total = int(announced) if announced.isdecimal() else None
        while chunk := response.read(CHUNK):
            received += chunk
            if len(received) > MAX_COMPRESSED:
                raise ValueError(f"larger than {MAX_COMPRESSED} bytes")
            if progress is not None:
                progress(url.rsplit("/", 1)[-1], len(received), total)
    if total is not None and len(received) < total:
        raise ValueError(f"the download broke off after {len(received)} of {total} bytes")
    return bytes(received)
