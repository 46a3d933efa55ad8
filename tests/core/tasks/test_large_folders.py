"""Folders of many rows: what they are prepared into lies in files, and is what it would be in memory."""

from __future__ import annotations

import hashlib
import io
import os
import signal
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch
from PIL import Image

from forked import Forked
from made_folders import csv_of, folder
from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.text import learning
from sharcs_core.storage import StorageError
from sharcs_core.structures import Inputs
from sharcs_core.structures.words import Words
from sharcs_core.tasks import mapped, preparing
from sharcs_core.tasks.cache import choose, clear, list_kept
from sharcs_core.tasks.folder import cells, contents, decoded, labels
from sharcs_core.tasks.folder.cells import Collected, Packed
from sharcs_core.tasks.folder.task import folder_task
from sharcs_core.tasks.given.raw_inputs import RawInputs, Repeated
from sharcs_core.tensors import held_tensors, rows_of
from sharcs_core.training import fit

N = 90
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def small_parts(monkeypatch):
    """Everything goes the way of large folders, a few inputs at a time."""
    monkeypatch.setattr(preparing, "MANY", 1)
    monkeypatch.setattr(mapped, "AT_ONCE", 7)
    monkeypatch.setattr(cells, "MOST_DIFFERENT", 5)
    monkeypatch.setattr(labels, "MOST_DIFFERENT", 5)
    monkeypatch.setattr(learning, "HELD", 5)
    monkeypatch.setattr(contents, "CHUNK", 8)
    monkeypatch.setattr(decoded, "SHARD", 500)


def png(row):
    content = io.BytesIO()
    Image.new("RGB", (9, 8 + row % 2), (row // 2 * 3, row % 7, 9)).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def made(tmp_path):
    """A folder with gaps, equal texts and pictures, rare words, texts of very different length, another script."""
    rng = np.random.default_rng(0)
    rows = []
    for row in range(N):
        said = (
            ["", "it is so " * 30, "ねこがいる"][row % 3] if row % 10 == 0 else f"the {('cat', 'dog')[row % 2]} {row}"
        )
        picture = f"p/{row}.png" if row % 9 else ""
        rows.append((f"r{row}", f"{rng.normal():.3f}", ("red", "blue")[row % 2], said, picture, ("a", "b")[row % 2]))
    header = ("id", "size", "colour", "text", "picture", "label")
    folder(tmp_path / "data", {"metadata.csv": csv_of(header, *rows), **{f"p/{row}.png": png(row) for row in range(N)}})
    return tmp_path / "data"


def same(one, other):
    assert one.source == other.source
    for name in ("train", "validation", "test"):
        left, right = getattr(one, name), getattr(other, name)
        assert left.ids.tolist() == right.ids.tolist()
        for modality, inputs in left.inputs.items():
            assert {key: value.dtype for key, value in inputs.arrays.items()} == {
                key: value.dtype for key, value in right.inputs[modality].arrays.items()
            }
            for key, values in inputs.arrays.items():
                np.testing.assert_array_equal(np.asarray(right.inputs[modality].arrays[key]), values)
            for part in ("semantics", "sources", "pairing"):
                np.testing.assert_array_equal(getattr(right, part)[modality], getattr(left, part)[modality])


def short(task):
    config = task.preset(0)
    return replace(config, training=replace(config.training.of_length(3), batch_size=32))


def test_a_task_is_the_same_whether_its_inputs_lie_in_memory_or_in_files(made, request):
    held = folder_task(made)
    request.getfixturevalue("small_parts")
    lying = folder_task(made)
    assert all(
        isinstance(values, np.memmap | Words)
        for inputs in lying.task.data.train.inputs.values()
        for values in inputs.arrays.values()
    )
    same(held.task.data, lying.task.data)
    assert held.task.card == lying.task.card
    assert [str(note) for note in held.notes] == [str(note) for note in lying.notes]
    assert held.parts == lying.parts
    weights = [fit(short(one.task), one.task, one.task.data, device=CPU).model.state_dict() for one in (held, lying)]
    assert all(torch.equal(weights[0][name], values) for name, values in weights[1].items())


def test_what_was_prepared_is_not_prepared_again_and_other_content_is(made, small_parts, monkeypatch):
    first, counted = folder_task(made).task.data, []
    for kind in ("text", "tabular", "image"):
        prepare = KINDS[kind].prepare
        counting = lambda form, raws, own=prepare: (counted.append(len(raws)), own(form, raws))[1]  # noqa: E731
        monkeypatch.setitem(KINDS, kind, replace(KINDS[kind], prepare=counting))
    same(first, folder_task(made).task.data)
    assert counted == [1, 1, 1]  # one of each, to see how large they are
    sheet = made / "metadata.csv"
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("dog 5,", "dog dog,"), encoding="utf-8")
    assert folder_task(made).task.data.source != first.source
    assert sum(counted) > N


def test_a_preparation_that_is_killed_leaves_nothing_half_and_is_begun_anew(made, cache, request):
    def prepare(*_):  # what is changed is changed in that process alone
        preparing.MANY, mapped.AT_ONCE = 1, 7
        add, turns = mapped._Array.add, count(1)

        def add_until_killed(self, values):
            if next(turns) == 40:
                os.kill(os.getpid(), signal.SIGKILL)
            return add(self, values)

        mapped._Array.add = add_until_killed
        folder_task(made)

    assert Forked(prepare).wait() == -signal.SIGKILL
    (left,) = [path for path in cache.iterdir() if path.name.endswith(".part")]
    assert left.name.startswith(".prepared-")
    held = folder_task(made).task.data
    request.getfixturevalue("small_parts")
    same(held, folder_task(made).task.data)
    assert not left.exists()


@pytest.mark.parametrize("damage", ["cut", "gone", "facts"])
def test_prepared_inputs_that_are_damaged_are_made_anew(made, cache, small_parts, damage):
    first = folder_task(made).task.data
    expected = hashlib.sha256(first.train.inputs["text"].arrays["tokens"].tobytes()).hexdigest()
    for path in cache.glob("prepared-*/*"):
        if damage == "cut" and path.name.startswith("train"):
            path.write_bytes(path.read_bytes()[:-3])
        if damage == "gone" and path.name.startswith("test"):
            path.unlink()
        if damage == "facts" and path.name == mapped.FACTS:
            path.write_text('{"arrays": 3}', encoding="utf-8")
    again = folder_task(made).task.data
    assert again.source == first.source
    assert hashlib.sha256(again.train.inputs["text"].arrays["tokens"].tobytes()).hexdigest() == expected


def test_a_full_disk_is_one_sentence_and_leaves_nothing(made, cache, small_parts, monkeypatch):
    def no_space(self, values):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mapped._Array, "add", no_space)
    with pytest.raises(StorageError, match=r"cannot be written \(No space left on device\); free some space"):
        folder_task(made)
    assert not [path for path in cache.iterdir() if "prepared" in path.name]


def test_too_little_room_is_said_before_anything_is_prepared(made, small_parts, monkeypatch):
    monkeypatch.setattr(mapped, "_bytes_of", lambda one: 10**15)
    with pytest.raises(StorageError, match="will be needed in"):
        folder_task(made)


def test_inputs_of_several_sizes_stay_in_memory(tmp_path):
    one = Inputs("graph", {"nodes": np.zeros((1, 2, 3))})
    larger = lambda rows: Inputs("graph", {"nodes": np.zeros((len(rows), 5, 3))})  # noqa: E731
    assert mapped.mapped("graph", "0" * 32, {"train": np.arange(4)}, one, larger) is None


def test_a_fault_names_the_sample_however_many_there_are(made, small_parts):
    parts = folder_task(made).parts
    far = [own for own, part in parts.items() if part == "test"][7]
    sheet = made / "metadata.csv"
    rows = [row.split(",") for row in sheet.read_text(encoding="utf-8").splitlines()]
    lines = [",".join([own, "1e300", *rest] if own == far else [own, size, *rest]) for own, size, *rest in rows]
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=f"^Sample '{far}', 'table': The row: size is 1e.300, too far"):
        folder_task(made)


# -- pictures


def test_pictures_are_decoded_in_shards_and_decoding_goes_on_after_a_kill(made, cache, small_parts, monkeypatch):
    counted = []
    decode = KINDS["image"].decode

    def stopping(*words):
        counted.append(words[0])
        if len(counted) == 50:
            raise KeyboardInterrupt
        return decode(*words)

    monkeypatch.setitem(KINDS, "image", replace(KINDS["image"], decode=stopping))
    with pytest.raises(KeyboardInterrupt):
        folder_task(made)
    assert len(list(cache.glob("folder-*.npz"))) > 1
    first = folder_task(made).task.data
    n_once = len(counted)
    assert n_once < 50 + N - 16  # those of whole shards were not decoded again
    same(first, folder_task(made).task.data)
    assert len(counted) == n_once


def test_where_the_cache_cannot_be_written_pictures_are_decoded_in_memory(made, monkeypatch):
    def full(self, values, index):
        raise StorageError("no room")

    held = folder_task(made).task.data
    monkeypatch.setattr(decoded.Decoded, "_write", full)
    monkeypatch.setenv("SHARCS_CACHE", str(made / "none"))
    same(held, folder_task(made).task.data)
    monkeypatch.setattr(decoded, "MOST_HELD", 1)
    with pytest.raises(StorageError):
        folder_task(made)


def test_shards_of_pictures_that_are_no_longer_there_go(made, cache, small_parts):
    folder_task(made)
    before = set(cache.glob("folder-*"))
    for row in range(N):
        content = io.BytesIO()
        Image.new("RGB", (9, 9), (row, 200, 3)).save(content, "PNG")
        (made / "p" / f"{row}.png").write_bytes(content.getvalue())
    folder_task(made)
    assert before.isdisjoint(cache.glob("folder-*"))


# -- the cache says what lies there


def test_what_was_prepared_is_listed_and_can_be_deleted(made, cache, small_parts):
    folder_task(made)
    (cache / f".prepared-{'0' * 32}.abcdefgh.part").mkdir()
    kept = {entry.name: entry for entry in list_kept(cache)}
    named = [name for name in kept if name.startswith("prepared-")]
    assert len(named) == 3
    assert all(kept[name].kind == "prepared" and kept[name].n_bytes for name in named)
    assert not clear(choose(list_kept(cache, now=2e9), ["all"])).failed
    assert not [path for path in cache.iterdir() if "prepared" in path.name or "folder-" in path.name]


# -- parts


def test_words_are_read_as_an_array_is():
    texts = np.array([["red", ""], ["blå", "two words"], ["", "z"]])
    flat = [text.encode() for text in texts.ravel()]
    ends = np.cumsum([len(text) for text in flat])
    words = Words(np.frombuffer(b"".join(flat), np.uint8), ends, texts.shape, 9)
    assert (words.dtype, words.shape, words.ndim, len(words)) == (texts.dtype, texts.shape, 2, 3)
    np.testing.assert_array_equal(np.asarray(words), texts)
    for index in (1, -1, slice(1, None), [2, 0, 2], np.array([True, False, True]), (0, 1), (slice(None), 1)):
        np.testing.assert_array_equal(words[index], texts[index])
    assert words[[2, 0]].dtype == texts.dtype
    with pytest.raises(IndexError):
        words[3]


def test_packed_cells_are_those_that_were_added(monkeypatch):
    monkeypatch.setattr(cells, "MOST_DIFFERENT", 3)
    said = ["a", None, "", "bcd", "a", "é\ud800", "x" * 5000, ""]
    collected = Collected()
    for cell in said:
        collected.add(cell)
    packed = collected.done()
    assert isinstance(packed, Packed)
    assert list(packed) == [cell or None for cell in said] == [packed[row] for row in range(len(said))]
    assert packed[-2] == "x" * 5000
    assert packed[1:5] == [None, None, "bcd", "a"]
    assert list(packed.without({"a"}))[:5] == [None, None, None, "bcd", None]
    with pytest.raises(IndexError):
        packed[len(said)]


def test_raw_inputs_are_made_when_they_are_asked_for():
    made = []
    raws = RawInputs(lambda row: (made.append(row), f"raw {row}")[1], np.array([True, False, True]))
    some = raws.at(np.array([2, 1]))
    assert (len(raws), len(some), made) == (3, 2, [])
    assert list(some) == ["raw 2", None]
    assert list(raws) == ["raw 0", None, "raw 2"]
    assert list(raws[1:]) == [None, "raw 2"]
    assert list(Repeated(7, 3)) == [7, 7, 7]
    with pytest.raises(IndexError):
        Repeated(7, 3)[3]


def test_a_batch_reads_no_more_of_a_file_than_its_rows(tmp_path):
    values = np.arange(24, dtype=np.uint16).reshape(6, 2, 2)
    np.save(tmp_path / "pixels.npy", values)
    lying = np.load(tmp_path / "pixels.npy", mmap_mode="c")
    held = held_tensors(Inputs("image", {"pixels": lying}), CPU)["pixels"]
    assert held.data_ptr() == lying.ctypes.data  # no copy
    read = rows_of(held, torch.tensor([4, 1]), CPU)
    assert read.dtype == torch.int32
    np.testing.assert_array_equal(read.numpy(), values[[4, 1]])
