"""Zips as people bring them, and as those do who mean harm: unpacked within bounds, or refused whole; nothing stays."""

from __future__ import annotations

import io
import os
import random
import stat
import struct
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from sharcs_core.bundles import _name_in_zip
from sharcs_core.errors import UserError
from sharcs_core.readers.checks import InputError
from sharcs_core.readers.zips import Bounds, unpacked

SMALL = Bounds(packed=100_000, unpacked=1_000_000, files=50, ratio=100, always=50_000)


@pytest.fixture(autouse=True)
def aside(tmp_path, monkeypatch):
    """The only place for temporary folders, empty again after each test."""
    place = tmp_path / "aside"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert not list(place.iterdir())
    assert [one.name for one in tmp_path.iterdir()] == ["aside"]


def zipped(*members, compression=zipfile.ZIP_DEFLATED):
    """A zip of names or their ZipInfo with contents."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data, compression)
    return content.getvalue()


def special(name, mode):
    member = zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, mode << 16
    return member


def opened(content, bounds=SMALL, name_of=_name_in_zip):
    """Name → content of all that was unpacked."""
    with unpacked("my.zip", io.BytesIO(content), name_of, bounds) as folder:
        return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def refused(content, bounds=SMALL):
    with pytest.raises(UserError) as error:
        opened(content, bounds)
    said = str(error.value)
    assert "\n" not in said
    assert len(said) < 250
    return said


def test_a_folder_comes_out_as_it_went_in_without_what_is_hidden():
    files = {"t/metadata.csv": b"id\n1\n", "t/a/ü b.png": bytes(range(256)), "t/empty.txt": b""}
    hidden = {"__MACOSX/t/._a.png": b"x", "t/.DS_Store": b"x"}
    content = zipped(("t/", b""), *files.items(), *hidden.items())
    assert opened(content) == files
    assert opened(b"MZ some program before it" + content) == files
    assert opened(zipped(*files.items(), compression=zipfile.ZIP_STORED)) == files


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../out.txt",
            "a/../../out.txt",
            "/tmp/out.txt",
            "\\\\host\\out.txt",
            "..\\out.txt",
            "C:\\out.txt",
            "C:out.txt",
        ),
        *("~/out.txt", "file:///out.txt", "https://a.org/b.png", "a\nb.txt", "x" * 1001, "", " "),
    ],
)
def test_a_name_that_leads_elsewhere_refuses_the_whole_zip(name):
    member = zipfile.ZipInfo("a")
    member.filename = name
    assert "zip" in refused(zipped(("good.txt", b"1"), (member, b"2")))


def test_a_name_that_ends_at_a_nul_for_some_is_refused():
    content = zipped(("good.txtZ../x", b"1")).replace(b"good.txtZ", b"good.txt\0")
    assert "zip" in refused(content)


@pytest.mark.parametrize("target", ["/etc/passwd", "../..", "metadata.csv"])
def test_a_link_is_refused_wherever_it_leads(target):
    link = special("images", stat.S_IFLNK | 0o777)
    assert "link 'images'" in refused(zipped((link, target.encode()), ("images/passwd", b"x")))


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_a_pipe_or_a_device_is_refused(kind):
    assert "no file" in refused(zipped((special("it", kind | 0o666), b"")))


def test_an_encrypted_file_is_refused_before_anything_is_written():
    content = bytearray(zipped(("good.txt", b"1"), ("b.txt", b"2")))
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    assert "without a password" in refused(bytes(content))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_whose_memory_has_no_bounds_is_refused(compression):
    assert "deflate" in refused(zipped(("a.txt", b"1"), compression=compression))


# -- bombs


def test_a_bomb_that_says_so_is_refused_before_it_is_unpacked(monkeypatch):
    content = zipped(("bomb", bytes(5_000_000)))
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    assert "unpacks to more than" in refused(content)


def test_many_small_bombs_are_one():
    said = refused(zipped(*((f"{n}.txt", bytes(40_000)) for n in range(40))))
    assert "unpacks to more than" in said


def test_a_bomb_that_lies_of_its_size_stops_early(monkeypatch):
    content = bytearray(zipped(("bomb", bytes(5_000_000))))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", content, content.rfind(mark) + place, 10)
    written, real = [], Path.open

    def noted(path, mode="r", *rest):
        stream = real(path, mode, *rest)
        if "x" in mode:
            written.append(path)
        return stream

    monkeypatch.setattr(Path, "open", noted)
    assert "damaged" in refused(bytes(content))  # what is read is not what it says
    assert len(written) == 1


def test_files_that_share_their_bytes_are_refused():
    content = bytearray(zipped(*((f"{n}.txt", bytes(9_000)) for n in range(5))))
    place = content.find(b"PK\x01\x02")
    while place >= 0:  # all entries point to the first file
        struct.pack_into("<L", content, place + 42, 0)
        place = content.find(b"PK\x01\x02", place + 4)
    assert "damaged" in refused(bytes(content))


def test_too_many_files_are_refused_by_the_size_of_their_list(monkeypatch):
    content = zipped(*((f"{n}.txt", b"1") for n in range(60)))
    assert "60 files" in refused(content)
    large = bytearray(content)
    struct.pack_into("<L", large, large.rfind(b"PK\x05\x06") + 12, 2**31)
    monkeypatch.setattr(zipfile, "ZipFile", None)  # it is not read at all
    assert "too many files" in refused(bytes(large))


def test_a_list_for_millions_of_files_is_refused(monkeypatch):
    content = zipped(("a.txt", b"1"))
    end = content.rfind(b"PK\x05\x06")
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "too many files" in refused(content[:end] + b"PK\x06\x07" + bytes(16) + content[end:])


def test_a_zip_that_is_too_large_is_not_read():
    assert "bring at most" in refused(bytes(SMALL.packed + 1))


# -- damage


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", b"PK\x05\x06" + bytes(17), bytes(9999)])
def test_what_is_no_zip_is_refused_in_a_sentence(content):
    assert "my.zip" in refused(content)


def test_twice_one_name_and_a_file_that_is_a_folder_are_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(("a.txt", b"1"), ("a.txt", b"2"))
    assert "twice" in refused(twice)
    assert "twice" in refused(zipped(("a.txt", b"1"), ("b/../a.txt", b"2")))
    assert "of one name" in refused(zipped(("a", b"1"), ("a/b.txt", b"2")))


def test_damage_anywhere_is_refused_or_changes_nothing_that_matters():
    random_bytes = random.Random(0)
    content = zipped(("t/metadata.csv", b"id,label\n" * 50), ("t/a.png", random_bytes.randbytes(300)))
    for _ in range(400):
        damaged = bytearray(content)
        for _ in range(random_bytes.randint(1, 4)):
            damaged[random_bytes.randrange(len(damaged))] = random_bytes.randrange(256)
        damaged = damaged[: random_bytes.choice([len(damaged), random_bytes.randrange(len(damaged))])]
        with suppress(UserError):
            assert sum(map(len, opened(bytes(damaged)).values())) <= SMALL.unpacked


def test_nothing_stays_when_whoever_reads_it_fails(aside):
    def fail():
        with unpacked("a.zip", io.BytesIO(zipped(("a", b"1"))), _name_in_zip) as folder:
            assert folder.parent == aside
            assert os.stat(folder).st_mode & 0o077 == 0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()


def test_a_full_disk_is_told(monkeypatch):
    def full(*_, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(InputError, match="No space left"):
        opened(zipped(("t/a.txt", b"1")))
