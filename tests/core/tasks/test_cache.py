"""What lies in the cache, and what goes when some of it is deleted: only that, and nothing outside."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from sharcs_core import storage
from sharcs_core.structures import DataSource
from sharcs_core.tasks import get_task
from sharcs_core.tasks.cache import KINDS, LEFT_AFTER, CacheError, choose, clear, list_kept, total_bytes
from sharcs_core.tasks.clevr import generated
from sharcs_core.tasks.clevr.generated import RENDERER_VERSION
from sharcs_core.tasks.mnist.source import IDX_FILES, _find_idx, load_mnist
from sharcs_core.tasks.reasons.generated import reason_scenes

NOW = 1e9
PRESENT = f"clevr-test-2000-0-160x120-renderer{RENDERER_VERSION}.npz"
FORMER = f"clevr-test-2000-0-160x120-renderer{RENDERER_VERSION - 1}.npz"
LATER = f"clevr-test-2000-0-160x120-renderer{RENDERER_VERSION + 1}.npz"
HASHED = "clevr-train-8000-0-160x120-0a1b2c3d4e5f.npz"
GRAPHS = "superpixels-06b0d1f124c4e5fa-train-75-0.25-skimage0.26.0.npz"
HALVES = "half-superpixels-06b0d1f124c4e5fa-test-52-0.25-skimage0.26.0.npz"
FROZEN = "frozen-0123456789abcdef0123456789abcdef.npz"
FOLDER = "folder-0123456789abcdef-image.01234567.npz"
LEFT, LEFT_TRAINING = ".clevr-test-2000-0-160x120-renderer1-a_b1c2d3.part", "benchmark/a_sharcs-0123456789abcdef.part"
TRAININGS = [f"benchmark/{name}-0123456789abcdef.safetensors" for name in ("a_sharcs", "b_late_fusion")]
STRANGE = ["notes.txt", "clevr-notes.npz", "mnist.npz.bak", ".hidden.part", "benchmark/notes.part", PRESENT + ".old"]
SIZES = {
    PRESENT: 2000,
    FORMER: 1000,
    LATER: 500,
    HASHED: 4000,
    GRAPHS: 300,
    HALVES: 200,
    FROZEN: 150,
    FOLDER: 160,
    "mnist.npz": 110,
    "t10k-labels.idx1-ubyte.gz": 10,
    LEFT: 70,
    LEFT_TRAINING: 30,
    TRAININGS[0]: 600,
    TRAININGS[1]: 700,
    **dict.fromkeys(STRANGE, 1),
}
"""Bytes of each file of the cache that the tests look at."""


def put(folder, name, size=1, age=2 * LEFT_AFTER):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (NOW - age, NOW - age))
    return path


@pytest.fixture
def folder(tmp_path):
    for name, size in SIZES.items():
        put(tmp_path / "cache", name, size)
    return tmp_path / "cache"


def listed(folder):
    return {entry.name: entry for entry in list_kept(folder, NOW)}


def cleared(folder, *wanted):
    return clear(choose(list_kept(folder, NOW), wanted))


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


# -- what there is --------------------------------------------------------------------------------------------------


def test_every_file_is_listed_once_with_its_size(folder):
    kept = list_kept(folder, NOW)
    files = [str(path.relative_to(folder)) for entry in kept for path in entry.files]
    assert sorted(files) == sorted(SIZES)
    for entry in kept:
        assert entry.n_bytes == sum(SIZES[str(path.relative_to(folder))] for path in entry.files)
    assert total_bytes(kept) == sum(SIZES.values())


@pytest.mark.parametrize(
    ("name", "kind", "is_old", "words"),
    [
        (PRESENT, "scenes", False, ["2,000 test scenes of CLEVR", "the present one"]),
        (FORMER, "scenes", True, [f"renderer {RENDERER_VERSION - 1},", f"the present one is {RENDERER_VERSION}"]),
        (LATER, "scenes", True, [f"renderer {RENDERER_VERSION + 1},", f"the present one is {RENDERER_VERSION}"]),
        (HASHED, "scenes", True, ["8,000 train scenes", "0a1b2c3d4e5f", f"the present one is {RENDERER_VERSION}"]),
        (GRAPHS, "superpixels", False, ["the train digits", "75 segments", "scikit-image 0.26.0"]),
        (HALVES, "superpixels", False, ["halves of the test digits", "52 segments"]),
        (FROZEN, "frozen", False, ["the frozen part of an encoder"]),
        (FOLDER, "folders", False, ["decoded pictures of a folder"]),
        ("mnist.npz", "mnist", False, ["MNIST"]),
        ("t10k-labels.idx1-ubyte.gz", "mnist", False, ["MNIST"]),
        ("benchmark", "trainings", False, ["2 trainings of the benchmark"]),
        (LEFT, "unfinished", True, ["left unfinished"]),
        (LEFT_TRAINING, "unfinished", True, ["left unfinished"]),
        *((name, "unknown", False, ["unknown", "not made by SHARCS"]) for name in STRANGE),
    ],
)
def test_each_name_says_what_it_is(folder, name, kind, is_old, words):
    entry = listed(folder)[name]
    assert (entry.kind, entry.is_old) == (kind, is_old)
    for word in words:
        assert word in entry.what


def test_decoded_pictures_from_before_there_were_shards_are_old(folder):
    name = FOLDER.replace(".01234567", "")
    put(folder, name)
    entry = listed(folder)[name]
    assert (entry.kind, entry.is_old) == ("folders", True)
    assert "before there were shards" in entry.what


def test_the_version_of_the_renderer_stands_by_scenes_alone(folder):
    versions = {name: entry.renderer for name, entry in listed(folder).items() if entry.renderer}
    assert versions == {
        PRESENT: str(RENDERER_VERSION),
        FORMER: str(RENDERER_VERSION - 1),
        LATER: str(RENDERER_VERSION + 1),
        HASHED: "0a1b2c3d4e5f",
    }


def test_entries_stand_by_kind_and_name(folder):
    put(folder, "numba/umap_1/a.nbi")
    put(folder, "neighbours/a1/whole")
    put(folder, f"prepared-{'0' * 32}/train.values.npy")
    order = [(KINDS.index(entry.kind), entry.name) for entry in list_kept(folder, NOW)]
    assert order == sorted(order)
    assert {kind for kind, _ in order} == set(range(len(KINDS)))


def test_names_that_are_given_today_are_known(tmp_path, monkeypatch):
    """Whoever changes what a file of the cache is called must tell the list."""
    from sharcs_benchmark import plan, runner

    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path))
    monkeypatch.setattr(generated, "render_keys", lambda part, keys: np.zeros((len(keys), 1), np.uint8))
    generated.generated_scenes("validation")
    reason_scenes("test", 1)
    pictures = load_mnist()[0]["test_images"][:2]
    for name in ("mnist_superpixels", "half_mnist"):
        get_task(name)._graphs(pictures, DataSource("mnist-custom", "06b0d1f124c4e5fa" * 4), "test")
    state = runner._state_file(plan.plans(["A"], ["clevr"], ["sharcs"], None, True)[0])
    put(tmp_path, str(state.relative_to(tmp_path)))
    kinds = [entry.kind for entry in list_kept(tmp_path)]
    assert kinds == ["scenes", "scenes", "superpixels", "superpixels", "trainings"]
    assert not any(entry.is_old for entry in list_kept(tmp_path))


def test_files_that_writing_leaves_behind_are_known(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path))

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(storage.writing, "move", stop)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # a kill tidies nothing up
    training = tmp_path / TRAININGS[0]
    for name in (PRESENT, GRAPHS, HALVES, "mnist.npz", training):
        with pytest.raises(KeyboardInterrupt), storage.replacing(tmp_path / name) as stream:
            stream.write(b"half")
    assert [entry.kind for entry in list_kept(tmp_path)] == ["unfinished"] * 5
    assert all(entry.is_old for entry in list_kept(tmp_path, time.time() + 2 * LEFT_AFTER))


def test_the_lock_of_a_training_is_known_and_only_goes_when_it_is_named(tmp_path):
    lock = storage.lock_file(tmp_path / TRAININGS[0])
    put(tmp_path, str(lock.relative_to(tmp_path)))
    entry = listed(tmp_path)[f"benchmark/{lock.name}"]
    assert (entry.kind, entry.is_old) == ("unfinished", False)
    assert "the lock of a training" in entry.what
    assert cleared(tmp_path, "all", "old").deleted == ()
    assert cleared(tmp_path, f"benchmark/{lock.name}").deleted == (entry,)


def test_what_an_engine_searches_is_one_entry_and_deleted_as_one(tmp_path):
    for name in ("a1/whole", "a1/rows.lance/data/x.lance", "b2/rows.lance/_versions/1.manifest"):
        put(tmp_path, f"neighbours/{name}", 10)
    entry = listed(tmp_path)["neighbours"]
    assert (entry.kind, entry.n_bytes) == ("engine", 30)
    assert cleared(tmp_path, "all").deleted == (entry,)
    assert list_kept(tmp_path) == ()  # empty folders are nothing


def test_what_numba_compiled_is_one_entry_and_deleted_as_one(tmp_path):
    for name in ("umap_1/a.nbi", "umap_1/a.1.nbc", "utils_2/b.nbi"):
        put(tmp_path, f"numba/{name}", 10)
    put(tmp_path, "numba/notes.txt", 5)
    entry = listed(tmp_path)["numba"]
    assert (entry.kind, entry.n_bytes, len(entry.files)) == ("compiled", 30, 3)
    assert cleared(tmp_path, "all").deleted == (entry,)
    assert files_below(tmp_path) == {"numba/notes.txt"}
    assert listed(tmp_path)["numba"].kind == "unknown"


@pytest.mark.parametrize("name", IDX_FILES)
def test_what_mnist_is_read_from_is_known(tmp_path, name):
    stem = IDX_FILES[name]
    for file_name in (stem, stem + ".gz", stem.replace("-idx", ".idx"), stem.replace("-idx", ".idx") + ".gz"):
        path = put(tmp_path, file_name)
        assert _find_idx(tmp_path, name) == path
        assert listed(tmp_path)[file_name].kind == "mnist"
        path.unlink()


def test_where_there_is_no_cache_nothing_is_kept(tmp_path):
    assert list_kept(tmp_path / "none") == ()
    (tmp_path / "empty" / "benchmark").mkdir(parents=True)
    assert list_kept(tmp_path / "empty") == ()


def test_a_folder_that_shares_no_name_with_us_is_weighed_and_left(tmp_path):
    put(tmp_path, "photos/2020/sea.png", 50)
    put(tmp_path, "photos/sky.png", 7)
    put(tmp_path, "benchmark/mine/notes.txt", 3)
    assert {name: (entry.kind, entry.n_bytes) for name, entry in listed(tmp_path).items()} == {
        "photos": ("unknown", 57),
        "benchmark/mine": ("unknown", 3),
    }
    for name in ("photos", "photos/", "benchmark/mine"):
        with pytest.raises(CacheError, match="SHARCS did not make: delete it yourself"):
            cleared(tmp_path, name)
    assert cleared(tmp_path, "all", "old").deleted == ()
    assert len(files_below(tmp_path)) == 3


# -- deleting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "gone"),
    [
        (["old"], {FORMER, LATER, HASHED, LEFT, LEFT_TRAINING}),
        (["all"], set(SIZES) - set(STRANGE)),
        (["all", "old"], set(SIZES) - set(STRANGE)),
        ([PRESENT], {PRESENT}),
        (["mnist.npz", "old"], {"mnist.npz", FORMER, LATER, HASHED, LEFT, LEFT_TRAINING}),
        (["benchmark"], set(TRAININGS)),
        (["benchmark/"], set(TRAININGS)),
        (["notes.txt", "benchmark/notes.part"], {"notes.txt", "benchmark/notes.part"}),
        ([LEFT, LEFT], {LEFT}),
        ([], set()),
    ],
)
def test_what_is_named_goes_and_nothing_else(folder, wanted, gone):
    put(folder.parent, "beside/mnist.npz")
    result = cleared(folder, *wanted)
    assert files_below(folder) == set(SIZES) - gone
    assert total_bytes(result.deleted) == sum(SIZES[name] for name in gone)
    assert {str(path.relative_to(folder)) for entry in result.deleted for path in entry.files} == gone
    assert result.failed == ()
    assert files_below(folder.parent / "beside") == {"mnist.npz"}


def test_what_is_deleted_is_not_listed_again(folder):
    cleared(folder, "old")
    assert not any(entry.is_old for entry in list_kept(folder, NOW))
    assert cleared(folder, "old").deleted == ()


def test_a_file_that_may_still_be_written_goes_by_its_name_only(tmp_path):
    put(tmp_path, LEFT, age=60)
    entry = listed(tmp_path)[LEFT]
    assert (entry.kind, entry.is_old) == ("unfinished", False)
    assert "perhaps still in use" in entry.what
    assert cleared(tmp_path, "all", "old").deleted == ()
    cleared(tmp_path, LEFT)
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize(
    "name", ["none.npz", "../outside.npz", "", "/", ".", "..", "benchmark/a_sharcs-0123456789abcdef.safetensors", "ALL"]
)
def test_a_name_that_nothing_has_is_refused_before_anything_is_deleted(folder, name):
    put(folder.parent, "outside.npz")
    for wanted in ([name], ["all", name], [PRESENT, name]):
        with pytest.raises(CacheError, match=r"nothing named .*: name all, old or what `sharcs cache` lists"):
            cleared(folder, *wanted)
    with pytest.raises(CacheError):
        cleared(folder, str(folder.parent / "outside.npz"))
    assert files_below(folder) == set(SIZES)
    assert (folder.parent / "outside.npz").exists()


def test_a_file_that_cannot_be_deleted_is_told_and_stops_no_other(folder, monkeypatch):
    really = Path.unlink

    def unlink(path, *rest, **named):
        if path.name == FORMER:
            raise PermissionError(13, "Permission denied", str(path))
        really(path, *rest, **named)

    monkeypatch.setattr(Path, "unlink", unlink)
    result = cleared(folder, "old")
    assert result.failed == (f"{folder / FORMER} (Permission denied)",)
    assert FORMER not in {entry.name for entry in result.deleted}
    assert files_below(folder) == set(SIZES) - {LATER, HASHED, LEFT, LEFT_TRAINING}


def test_what_somebody_else_deleted_meanwhile_does_not_count(folder):
    chosen = choose(list_kept(folder, NOW), [FORMER, "benchmark"])
    (folder / FORMER).unlink()
    (folder / TRAININGS[0]).unlink()
    result = clear(chosen)
    assert result.failed == ()
    assert [(entry.name, len(entry.files), entry.n_bytes) for entry in result.deleted] == [("benchmark", 1, 700)]


# -- links and faults -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [FORMER, "mnist.npz", LEFT, "link"])
def test_a_link_is_unknown_and_deleting_it_leaves_what_it_leads_to(tmp_path, name):
    outside = put(tmp_path, "outside.npz", 5000)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / name).symlink_to(outside)
    entry = listed(tmp_path / "cache")[name]
    assert (entry.kind, entry.is_old) == ("unknown", False)
    assert entry.n_bytes < 5000
    assert cleared(tmp_path / "cache", "all", "old").deleted == ()
    cleared(tmp_path / "cache", name)
    assert files_below(tmp_path / "cache") == set()
    assert outside.stat().st_size == 5000


@pytest.mark.parametrize("name", ["benchmark", "photos"])
def test_a_link_to_a_folder_is_not_entered(tmp_path, name):
    put(tmp_path, "outside/a_sharcs-0123456789abcdef.safetensors", 5000)
    put(tmp_path, "cache/mine/notes.txt", 3)
    (tmp_path / "cache" / name).symlink_to(tmp_path / "outside", target_is_directory=True)
    (tmp_path / "cache" / "mine" / "link").symlink_to(tmp_path / "outside", target_is_directory=True)
    assert listed(tmp_path / "cache")[name].kind == "unknown"
    assert total_bytes(list_kept(tmp_path / "cache", NOW)) < 1000
    assert cleared(tmp_path / "cache", "all", "old").deleted == ()
    cleared(tmp_path / "cache", name)
    assert files_below(tmp_path / "outside") == {"a_sharcs-0123456789abcdef.safetensors"}


def test_a_link_among_the_trainings_is_none(tmp_path):
    outside = put(tmp_path, "outside.safetensors", 5000)
    put(tmp_path, f"cache/{TRAININGS[0]}", 600)
    (tmp_path / "cache" / TRAININGS[1]).symlink_to(outside)
    assert listed(tmp_path / "cache")["benchmark"].n_bytes == 600
    cleared(tmp_path / "cache", "all")
    assert files_below(tmp_path / "cache") == {TRAININGS[1]}
    assert outside.exists()


def test_a_cache_that_cannot_be_read_is_told(tmp_path):
    path = put(tmp_path, "cache")
    with pytest.raises(CacheError, match=r"cannot be read \(Not a directory\): make it readable, or name another in"):
        list_kept(path)
