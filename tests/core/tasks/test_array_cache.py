"""What was made once is read back; what cannot be read is made again; what cannot be kept is still returned."""

import io
import os
import zipfile

import numpy as np
import pytest

from sharcs_core.tasks.array_cache import cached_arrays


class Maker:
    """Builds three rows and counts how often it was asked to."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return {"a": np.arange(6, dtype=np.int8).reshape(3, 2), "b": np.array([0.5, 1.5, 2.5], dtype=np.float16)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The cache folder, which is not there yet."""
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def cached(make, n=3, fields=("a", "b")):
    return cached_arrays("rows", fields, n, make)


def same(first, second):
    return first.keys() == second.keys() and all(
        first[name].dtype == second[name].dtype and np.array_equal(first[name], second[name]) for name in first
    )


def test_arrays_are_built_once_and_come_back_as_they_were(folder):
    make = Maker()
    first, again = cached(make), cached(make)
    assert make.calls == 1
    assert same(first, again)
    assert same(first, Maker()())
    assert [path.name for path in folder.iterdir()] == ["rows.npz"]


def test_another_name_is_another_file(folder):
    make = Maker()
    cached(make)
    cached_arrays("other", ("a", "b"), 3, make)
    assert make.calls == 2
    assert sorted(path.name for path in folder.iterdir()) == ["other.npz", "rows.npz"]


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def one_bit(path):
    content = bytearray(path.read_bytes())
    at = content.index(np.arange(6, dtype=np.int8).tobytes())
    content[at + 2] ^= 1
    path.write_bytes(bytes(content))


def pickled(path):
    np.savez(path, a=np.array([{}, {}, {}], dtype=object), b=np.zeros(3))


def shorter(path):
    np.savez(path, a=np.zeros((2, 2)), b=np.zeros(3))


def without_rows(path):
    np.savez(path, a=np.float64(3), b=np.zeros(3))


def with_less(path):
    np.savez(path, a=np.zeros((3, 2)))


def with_more(path):
    np.savez(path, a=np.zeros((3, 2)), b=np.zeros(3), c=np.zeros(3))


def emptied(path):
    path.write_bytes(b"")


def one_array(path):
    with open(path, "wb") as stream:
        np.save(stream, np.zeros(3))


def folder_instead(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "damage",
    [cut, one_bit, pickled, shorter, without_rows, with_less, with_more, emptied, one_array, folder_instead],
)
def test_what_cannot_be_trusted_is_built_again(folder, damage):
    make = Maker()
    cached(make)
    damage(folder / "rows.npz")
    assert same(cached(make), Maker()())
    assert make.calls == 2


def test_a_damaged_file_is_mended(folder):
    make = Maker()
    cached(make)
    cut(folder / "rows.npz")
    cached(make)
    cached(make)
    assert make.calls == 2


def test_a_cache_that_cannot_be_made_costs_only_time(folder):
    folder.write_text("a file where the folder should be")
    make = Maker()
    assert same(cached(make), Maker()())
    assert same(cached(make), Maker()())
    assert make.calls == 2


def test_a_failed_write_leaves_nothing_behind(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert same(cached(Maker()), Maker()())
    assert list(folder.iterdir()) == []


def test_a_fault_in_building_is_heard_and_nothing_is_kept(folder):
    def fail():
        raise ValueError("no such picture")

    with pytest.raises(ValueError, match="no such picture"):
        cached(fail)
    assert not list(folder.glob("*"))


def test_a_file_that_claims_more_than_it_holds_takes_no_room_and_is_made_again(folder):
    make = Maker()
    built = cached(make)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (3, 10**13)})
    with zipfile.ZipFile(folder / "rows.npz", "w") as parts:
        parts.writestr("a.npy", header.getvalue() + b"12345678")
    assert same(cached(make), built)
    assert make.calls == 2


def test_that_memory_ran_out_is_no_reason_to_make_it_again(folder, monkeypatch):
    make = Maker()
    cached(make)
    monkeypatch.setattr("sharcs_core.npz.np.load", lambda *_, **__: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(MemoryError):
        cached(make)
    assert make.calls == 1
