import contextlib
import gzip
import hashlib
import http.server
import io
import os
import struct
import tempfile
import threading
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pooch
import pytest

from sharcs_core import storage
from sharcs_core.storage import StorageError
from sharcs_core.tasks.mnist import download as mnist_download
from sharcs_core.tasks.mnist import source as mnist
from sharcs_core.tasks.mnist.download import download_mnist
from sharcs_core.tasks.mnist.source import DataError, idx_bytes, load_mnist, parse_idx, write_npz


@pytest.fixture
def small():
    rng = np.random.default_rng(0)
    return {
        "train_images": rng.integers(0, 256, (30, 28, 28), dtype=np.uint8),
        "train_labels": np.arange(30, dtype=np.uint8) % 10,
        "test_images": rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "test_labels": np.arange(20, dtype=np.uint8) % 10,
    }


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("SHARCS_CACHE", str(folder))
    monkeypatch.setenv("NO_PROXY", "*")
    return folder


@pytest.fixture
def data_dir(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def write_idx(folder, arrays, zipped=False):
    for name, array in arrays.items():
        content = idx_bytes(array)
        path = folder / (mnist.IDX_FILES[name] + (".gz" if zipped else ""))
        path.write_bytes(gzip.compress(content) if zipped else content)


def assert_same(found, expected):
    for name in mnist.IDX_FILES:
        assert found[name].dtype == np.uint8
        np.testing.assert_array_equal(found[name], expected[name])


# Sources


def test_the_shipped_subset_is_stratified_and_needs_nothing():
    arrays, source = load_mnist(None)
    assert source.name == "mnist-subset"
    assert source.sha256 == mnist.SUBSET_SHA256
    assert arrays["train_images"].shape == (10_000, 28, 28)
    assert arrays["test_images"].shape == (2_000, 28, 28)
    full_counts = np.array([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    assert np.abs(np.bincount(arrays["train_labels"]) - full_counts / 6).max() < 1
    assert mnist.SUBSET.stat().st_size < 2.5 * 2**20


def test_subset_pictures_do_not_repeat():
    arrays, _ = load_mnist(None)
    pictures = np.concatenate([arrays["train_images"], arrays["test_images"]]).reshape(12_000, -1)
    assert len(np.unique(pictures, axis=0)) == 12_000


def test_a_changed_subset_is_refused(tmp_path, monkeypatch, small):
    monkeypatch.setattr(mnist, "SUBSET", write_npz(tmp_path / "subset.npz", small))
    with pytest.raises(DataError, match="install SHARCS again"):
        load_mnist(None)


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_are_read_gzipped_or_not(data_dir, small, zipped):
    write_idx(data_dir, small, zipped)
    arrays, source = load_mnist(data_dir)
    assert_same(arrays, small)
    assert source.name == "mnist-custom"
    expected = hashlib.sha256(b"".join(small[name].tobytes() for name in mnist.IDX_FILES)).hexdigest()
    assert source.sha256 == expected


def test_npz_of_ours_and_of_keras_are_read(data_dir, small):
    write_npz(data_dir / "mnist.npz", small)
    assert_same(load_mnist(data_dir)[0], small)
    np.savez(data_dir / "mnist.npz", **{mnist.OTHER_NAMES[name]: array for name, array in small.items()})
    assert_same(load_mnist(data_dir)[0], small)


def test_only_the_published_checksums_make_the_full_set(data_dir, small, monkeypatch):
    write_idx(data_dir, small)
    for name, array in small.items():
        monkeypatch.setitem(mnist.MD5, name, hashlib.md5(idx_bytes(array)).hexdigest())
    assert load_mnist(data_dir)[1].name == "mnist-full"
    monkeypatch.setitem(mnist.MD5, "test_labels", "0" * 32)
    assert load_mnist(data_dir)[1].name == "mnist-custom"


def test_the_subset_keeps_its_name_wherever_it_lies(data_dir):
    (data_dir / "mnist.npz").write_bytes(mnist.SUBSET.read_bytes())
    assert load_mnist(data_dir)[1].name == "mnist-subset"


def test_the_cache_goes_before_the_subset_and_the_given_folder_before_the_cache(cache, data_dir, small):
    cache.mkdir()
    write_npz(cache / "mnist.npz", small)
    assert_same(load_mnist(None)[0], small)
    other = {**small, "train_labels": small["train_labels"][::-1]}
    write_idx(data_dir, other)
    assert_same(load_mnist(data_dir)[0], other)


def test_the_cache_is_at_home_without_the_variable(monkeypatch, tmp_path):
    monkeypatch.delenv("SHARCS_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert storage.cache_dir() == tmp_path / ".cache" / "sharcs"


# Faults of a folder


def test_an_empty_or_absent_folder_is_named(data_dir, tmp_path):
    for folder in (data_dir, tmp_path / "nowhere"):
        with pytest.raises(DataError, match=rf"No MNIST in {folder}: expected a folder with mnist.npz or"):
            load_mnist(folder)


def test_some_idx_files_without_the_others_are_named(data_dir, small):
    write_idx(data_dir, {name: small[name] for name in ("train_images", "test_labels")})
    with pytest.raises(DataError, match="incomplete: add train-labels-idx1-ubyte, t10k-images-idx3-ubyte"):
        load_mnist(data_dir)


@pytest.mark.parametrize("keep", [0, 3, 100, -100])
def test_a_truncated_npz_is_refused(data_dir, small, keep):
    path = write_npz(data_dir / "mnist.npz", small)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"mnist.npz cannot be read"):
        load_mnist(data_dir)


def test_every_flipped_byte_of_an_npz_is_refused_or_harmless(data_dir, small):
    path = write_npz(data_dir / "mnist.npz", small)
    content = path.read_bytes()
    for at in np.random.default_rng(0).integers(0, len(content), 200).tolist():
        path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        with contextlib.suppress(DataError):
            assert_same(load_mnist(data_dir)[0], small)


def test_an_npz_with_pickled_objects_is_refused(data_dir, small):
    np.savez(data_dir / "mnist.npz", **{**small, "train_labels": np.array([{}] * 30, dtype=object)})
    with pytest.raises(DataError, match=r"cannot be read .*train_labels\.npy holds Python objects"):
        load_mnist(data_dir)


def test_that_memory_ran_out_is_not_called_damage(data_dir, small, monkeypatch):
    np.savez(data_dir / "mnist.npz", **small)
    monkeypatch.setattr(np.lib.format, "read_array", lambda *_, **__: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(MemoryError):
        load_mnist(data_dir)


def test_an_npz_without_an_array_is_refused(data_dir, small):
    np.savez(data_dir / "mnist.npz", **{name: small[name] for name in ("train_images", "train_labels")})
    with pytest.raises(DataError, match="lacks arrays: expected train_images"):
        load_mnist(data_dir)


def test_an_npz_bomb_is_refused_before_it_is_unpacked(data_dir, monkeypatch, small):
    write_npz(data_dir / "mnist.npz", small)
    monkeypatch.setattr(mnist, "MAX_UNCOMPRESSED", 1000)
    with pytest.raises(DataError, match=r"train_images.npy is larger than 1000 bytes"):
        load_mnist(data_dir)


@pytest.mark.parametrize("shape", [(10**12,), (10**9, 28, 28), (-1, 28, 28), (2**63, 2**63)])
def test_an_npz_whose_header_promises_more_than_it_holds_is_refused(data_dir, small, shape):
    path = write_npz(data_dir / "mnist.npz", small)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    members["train_images.npy"] = header.getvalue() + bytes(100)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match="cannot be read"):
        load_mnist(data_dir)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("train_images", np.zeros((30, 27, 28), np.uint8), r"train_images must be uint8 \(n, 28, 28\) \(got uint8"),
        ("train_images", np.zeros((30, 28, 28)), r"got float64"),
        ("test_labels", np.zeros(7, np.uint8), "test_labels must be 20 integers"),
        ("test_labels", np.zeros(20), "test_labels must be 20 integers"),
        ("test_labels", np.full(20, 10, np.uint8), r"must lie in 0\.\.9 \(got 10\.\.10\)"),
        ("test_labels", np.full(20, -1), r"must lie in 0\.\.9"),
    ],
)
def test_wrong_arrays_are_refused(data_dir, small, name, array, message):
    np.savez(data_dir / "mnist.npz", **{**small, name: array})
    with pytest.raises(DataError, match=message):
        load_mnist(data_dir)


def test_no_pictures_are_refused(data_dir, small):
    np.savez(data_dir / "mnist.npz", **{name: array[:0] for name, array in small.items()})
    with pytest.raises(DataError, match="holds no pictures"):
        load_mnist(data_dir)


def test_a_damaged_gzip_is_refused(data_dir, small):
    write_idx(data_dir, small, zipped=True)
    path = data_dir / "train-images-idx3-ubyte.gz"
    content = path.read_bytes()
    for damaged in (content[:-20], b"no gzip", content[:-8] + b"\0" * 8, b""):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz cannot be read"):
            load_mnist(data_dir)


def test_a_gzip_bomb_is_refused(data_dir, small, monkeypatch):
    write_idx(data_dir, small, zipped=True)
    (data_dir / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(5_000_000)))
    monkeypatch.setattr(mnist, "MAX_UNCOMPRESSED", 1_000_000)
    with pytest.raises(DataError, match="larger than 1000000 bytes"):
        load_mnist(data_dir)


# IDX


@pytest.mark.parametrize("shape", [(5,), (2, 3), (4, 28, 28), (0, 28, 28)])
def test_idx_survives_a_round_trip(shape):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(parse_idx(idx_bytes(array)), array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with 00 00 08"),
        (b"\0\0", "must begin with 00 00 08"),
        (b"<!doctype html>", "must begin with 00 00 08"),
        (b"\0\0\x0d\x01" + struct.pack(">I", 1) + bytes(4), "must begin with 00 00 08"),
        (b"\0\0\x08\x00", "0 dimensions"),
        (b"\0\0\x08\xff" + bytes(2000), "255 dimensions"),
        (b"\0\0\x08\x03" + struct.pack(">2I", 1, 28), "cut short"),
        (b"\0\0\x08\x01" + struct.pack(">I", 10) + bytes(9), "announces 10 bytes of data .got 9"),
        (b"\0\0\x08\x01" + struct.pack(">I", 10) + bytes(11), "announces 10 bytes of data .got 11"),
        (b"\0\0\x08\x03" + struct.pack(">3I", *[2**32 - 1] * 3), "announces 79228162458924105385300197375 bytes"),
        (b"\0\0\x08\x02" + struct.pack(">2I", 2**31, 2**31 + 4) + bytes(4), "announces"),
    ],
)
def test_hostile_idx_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        parse_idx(content)


# Download


@pytest.fixture
def serve():
    """Starts a local mirror that gives ``files`` (path → body, or body and announced length) and 404 else."""
    servers = []

    def start(files):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = files.get(self.path)
                self.send_response(404 if body is None else 200)
                body, length = body if isinstance(body, tuple) else (body or b"", len(body or b""))
                if length is not None:
                    self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/mnist/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def files(small):
    return {f"/mnist/{mnist.IDX_FILES[name]}.gz": gzip.compress(idx_bytes(array)) for name, array in small.items()}


@pytest.fixture
def download(files, cache):
    """Downloads from mirrors into the cache, once each; what is expected is what ``files`` has."""
    sha256 = {name: hashlib.sha256(files[f"/mnist/{mnist.IDX_FILES[name]}.gz"]).hexdigest() for name in mnist.IDX_FILES}
    return partial(download_mnist, cache, sha256=sha256, retries=0)


FIRST = "/mnist/train-images-idx3-ubyte.gz"


def test_a_download_fills_the_cache(serve, files, download, small, cache):
    seen = []
    path = download([serve(files)], lambda *report: seen.append(report))
    assert path == cache / "mnist.npz"
    assert [entry.name for entry in cache.iterdir()] == ["mnist.npz"]
    assert_same(load_mnist(None)[0], small)
    assert (FIRST.split("/")[-1], len(files[FIRST]), len(files[FIRST])) in seen


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (gzip.compress(b"something else"), "not what was published"),
        (b"not gzip at all", "not what was published"),
        (gzip.compress(bytes(5000))[:-10], "not what was published"),
        ((b"\x1f\x8b" + bytes(10), 5000), "the download broke off"),
        (None, "it answers 404 Not Found"),
        (b"", "not what was published"),
    ],
    ids=["other content", "no gzip", "truncated gzip", "broken off", "not found", "empty"],
)
def test_a_bad_file_stops_the_download_and_leaves_what_was_there(serve, files, download, cache, small, body, message):
    cache.mkdir()
    before = write_npz(cache / "mnist.npz", small).read_bytes()
    bad = {**files, FIRST: body} if body is not None else {path: files[path] for path in files if path != FIRST}
    mirror = serve(bad)
    with pytest.raises(DataError, match=message) as raised:
        download([mirror])
    assert "train-images-idx3-ubyte.gz could not be downloaded" in str(raised.value)
    assert mirror in str(raised.value)
    assert "\n" not in str(raised.value)
    assert [entry.name for entry in cache.iterdir()] == ["mnist.npz"]
    assert (cache / "mnist.npz").read_bytes() == before


def test_the_next_mirror_steps_in(serve, files, download, small):
    dead = "http://127.0.0.1:9/mnist/"
    corrupt = serve({**files, FIRST: gzip.compress(b"something else")})
    download([dead, corrupt, serve(files)])
    assert_same(load_mnist(None)[0], small)


def test_a_file_that_was_damaged_on_the_way_is_fetched_again(serve, files, download, small, monkeypatch):
    monkeypatch.setattr(pooch.core.time, "sleep", lambda _: None)
    mirror = serve(Counted(files, spoiled=2))
    with pytest.raises(DataError, match="not what was published"):
        download([mirror], retries=1)
    download([serve(Counted(files, spoiled=1))], retries=1)
    assert_same(load_mnist(None)[0], small)


class Counted(dict):
    """Files of a server that spoils the first answers of each."""

    def __init__(self, files, spoiled):
        super().__init__(files)
        self.left = dict.fromkeys(files, spoiled)

    def get(self, path):
        self.left[path] -= 1
        return self[path][:-1] if self.left[path] >= 0 else self[path]


def test_a_file_without_announced_length_is_taken(serve, files, download, small):
    download([serve({path: (body, None) for path, body in files.items()})])
    assert_same(load_mnist(None)[0], small)


def test_a_huge_answer_is_cut_off(serve, files, download, cache, monkeypatch):
    monkeypatch.setattr(mnist_download, "MAX_COMPRESSED", 100_000)
    with pytest.raises(DataError, match="larger than 100000 bytes"):
        download([serve({**files, FIRST: bytes(200_000)})])
    assert not cache.exists()


def test_a_bomb_in_a_folder_of_data_is_cut_off(data_dir, small, monkeypatch):
    write_idx(data_dir, small)
    (data_dir / "train-images-idx3-ubyte").unlink()
    (data_dir / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(5_000_000)))
    monkeypatch.setattr(mnist, "MAX_UNCOMPRESSED", 1_000_000)
    with pytest.raises(DataError, match="larger than 1000000 bytes"):
        load_mnist(data_dir)


def test_without_a_connection_one_sentence_says_so_and_what_else_there_is(download, cache):
    with pytest.raises(DataError) as raised:
        download(["http://127.0.0.1:9/mnist/"])
    assert str(raised.value) == (
        "train-images-idx3-ubyte.gz could not be downloaded (http://127.0.0.1:9/mnist/: there is no connection to it): "
        "try again later, or put the four IDX files in a folder of your own and name it with --data"
    )
    assert not cache.exists()


def test_a_mirror_that_falls_silent_is_given_up(download):
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as silent:
        mirror = f"http://127.0.0.1:{silent.server_port}/"
        with pytest.raises(DataError, match="timed out"):
            download([mirror], timeout=0.2)


@pytest.mark.parametrize("mirror", ["file:///etc/", "ftp://127.0.0.1/", "nonsense"])
def test_only_web_addresses_are_mirrors(mirror, cache):
    with pytest.raises(DataError, match="must be an http or https address"):
        download_mnist(cache, [mirror])


def test_a_destination_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"cache cannot be a folder, for .*file is a file; name another folder"):
        download_mnist(tmp_path / "file" / "cache", [])


def test_a_failed_write_leaves_nothing_behind(serve, files, download, cache, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageError, match=r"mnist.npz cannot be written \(No space left"):
        download([serve(files)])
    assert not list(cache.iterdir())


def test_the_mirrors_are_secure_addresses_that_end_in_a_slash():
    assert len(mnist_download.MIRRORS) >= 2
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in mnist_download.MIRRORS)


@pytest.mark.parametrize("inner", ["MNIST/raw", "raw"])
def test_the_folders_of_torchvision_are_found(data_dir, small, inner):
    folder = data_dir / inner
    folder.mkdir(parents=True)
    write_idx(folder, small)
    found, _ = load_mnist(data_dir)
    assert all(np.array_equal(found[name], small[name]) for name in small)


def test_the_cache_is_where_it_is_said_to_be(monkeypatch):
    monkeypatch.setenv("SHARCS_CACHE", "~/sharcs_cache")
    assert storage.cache_dir() == Path.home() / "sharcs_cache"

    def homeless(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("SHARCS_CACHE")
    monkeypatch.setattr(Path, "expanduser", homeless)
    assert storage.cache_dir() == Path(tempfile.gettempdir()) / "sharcs"
