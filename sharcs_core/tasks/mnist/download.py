"""Fetching the full MNIST, checked file by file, when a person asks for it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pooch
import requests

from sharcs_core.storage import check_writable
from sharcs_core.tasks.mnist.source import (
    IDX_FILES,
    NPZ_NAME,
    DataError,
    checked,
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
SHA256 = {
    "train_images": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train_labels": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "test_images": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "test_labels": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
"""Of the gzipped IDX files as they were published."""
MAX_COMPRESSED = 32 * 2**20
TIMEOUT_SECONDS = 30.0
RETRIES = 1
CHUNK = 2**16


def download_mnist(
    destination: Path,
    mirrors: Sequence[str] = MIRRORS,
    progress: Progress | None = None,
    *,
    sha256: Mapping[str, str] = SHA256,
    timeout: float = TIMEOUT_SECONDS,
    retries: int = RETRIES,
) -> Path:
    """Fetches the full MNIST into ``destination/mnist.npz`` and returns that path.

    Each file is taken from the first mirror that gives it with the expected SHA-256. Nothing is written before
    all four are there, and what was there before stays until then.

    Raises:
        DataError: names the file and each mirror that failed, and why.
        StorageError: ``destination`` cannot be written.
    """
    destination = Path(destination)
    check_writable(destination)
    pooch.get_logger().setLevel("ERROR")  # it would tell of every file itself
    with tempfile.TemporaryDirectory(prefix="sharcs-") as folder:
        paths = {name: _fetch(name, mirrors, sha256[name], folder, timeout, retries, progress) for name in IDX_FILES}
        with naming(destination / NPZ_NAME):
            arrays = checked({name: parse_idx(unzipped(path.read_bytes())) for name, path in paths.items()}, "MNIST")
    return write_npz(destination / NPZ_NAME, arrays)


def _fetch(
    name: str,
    mirrors: Sequence[str],
    sha256: str,
    folder: str,
    timeout: float,
    retries: int,
    progress: Progress | None,
) -> Path:
    """One gzipped IDX file from the first mirror that gives it whole."""
    file_name, failures = f"{IDX_FILES[name]}.gz", []
    downloader = pooch.HTTPDownloader(_Received(file_name, progress), CHUNK, timeout=timeout)
    for mirror in mirrors:
        fetcher = pooch.create(folder, _address(mirror), registry={file_name: sha256}, retry_if_failed=retries)
        try:
            return Path(fetcher.fetch(file_name, downloader=downloader))
        except (OSError, ValueError) as error:
            failures.append(f"{mirror}: {_reason(error)}")
    raise DataError(
        f"{file_name} could not be downloaded ({'; '.join(failures) or 'no mirror given'}): try again later, or "
        f"put the four IDX files in a folder of your own and name it with --data"
    )


def _address(mirror: str) -> str:
    if not mirror.startswith(("https://", "http://")):
        raise DataError(f"A mirror must be an http or https address (got {mirror!r})")
    return mirror.rstrip("/") + "/"


def _reason(error: Exception) -> str:
    """Why a file could not be fetched, in few words: those of the libraries name sockets and pools."""
    if isinstance(error, requests.Timeout):
        return "it timed out"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"it answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.ConnectionError):
        return "there is no connection to it"
    if isinstance(error, requests.RequestException):
        return "the download broke off"
    if isinstance(error, (DataError, OSError)):
        return str(error)
    return "its content is not what was published"  # pooch: the hash differs


class _Received:
    """What pooch takes for a progress bar: passes on how much has come, and cuts off what does not end."""

    def __init__(self, name: str, progress: Progress | None) -> None:
        self.name, self.progress = name, progress
        self.total = self.received = 0

    def update(self, n: int) -> None:
        """So many bytes came; pooch counts the last piece as if it were a whole one."""
        self.received += n
        if self.received > MAX_COMPRESSED:
            raise DataError(f"larger than {MAX_COMPRESSED} bytes")
        if self.progress and n:
            self.progress(self.name, min(self.received, self.total or self.received), self.total or None)

    def reset(self) -> None:
        self.received = 0

    def close(self) -> None:
        self.reset()
