"""What is kept in memory: made once, bounded in bytes, and gone with what it belongs to."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import numpy as np
import psutil
import pytest
import torch

import resources
from frame import RUNS
from resources import disk, kept, memory
from resources.sizes import size_of
from resources.store import ROOT, Store
from sharcs_core.checkpoints import load_run, rename_concept
from sharcs_core.checkpoints.finding import runs_folder
from sharcs_core.errors import UserError

KB = 1000


def block(n_kilobytes):
    return np.zeros(n_kilobytes * KB, dtype=np.uint8)


def unexpected():
    pytest.fail("this is kept already")


# --- sizes ---------------------------------------------------------------------------------------------------


def test_shared_parts_count_once_and_what_is_seen_not_at_all():
    whole = block(100)
    seen: set[int] = set()
    assert 100 * KB < size_of({"a": whole, "view": whole[50:]}, seen) < 102 * KB
    assert size_of([whole, whole[:10]], seen) < KB


def test_a_view_counts_for_the_array_that_it_holds():
    assert size_of(block(100)[:10], set()) > 100 * KB


def test_weights_count():
    layer = torch.nn.Linear(500, 500)
    assert 1_002_000 < size_of(layer, set()) < 1_100_000
    assert size_of(layer.weight[:1], set()) > 1_000_000


def test_circles_end():
    ring: list[object] = [block(10)]
    ring.append(ring)
    assert 10 * KB < size_of(ring, set()) < 12 * KB


def test_a_run_counts_for_all_that_it_has_read():
    run = load_run(RUNS / "xor_and_xor")
    arrays = [side.shared for bank in (run.bank, run.test_bank) for side in bank.sides.values()]
    weights = sum(weight.numel() * weight.element_size() for weight in run.model.parameters())
    assert size_of(run, set()) > weights + sum(array.nbytes for array in arrays) + run.answers.nbytes


# --- the store -----------------------------------------------------------------------------------------------


def test_what_was_not_used_for_longest_goes_first():
    store = Store(250 * KB)
    for name in "abc":
        store.get(name, ROOT, lambda: block(100))
        store.get("a", ROOT, unexpected)
    assert [(name, ROOT) in store for name in "abc"] == [True, False, True]
    assert store.n_bytes <= 250 * KB


def test_the_values_of_a_run_go_before_the_run_and_all_others_with_it():
    store = Store(345 * KB)
    store.get("old", ROOT, lambda: block(100))
    for number in range(3):
        store.get("old", number, lambda: block(30))
    store.get("new", ROOT, lambda: block(210))
    store.get("new", 0, lambda: block(30))
    assert ("old", ROOT) in store
    assert [("old", number) in store for number in range(3)] == [False, False, False]
    store.get("new", 1, lambda: block(100))
    assert ("old", ROOT) not in store
    assert len(store) == 3


def test_what_a_run_holds_already_does_not_count_again():
    store, shared = Store(10_000 * KB), block(100)
    store.get("run", ROOT, lambda: shared)
    before = store.n_bytes
    store.get("run", "view", lambda: shared[:50])
    assert store.n_bytes - before < KB


def test_what_is_larger_than_all_room_is_kept_while_it_is_used():
    store = Store(10 * KB)
    store.get("run", ROOT, lambda: block(100))
    store.get("run", "one", lambda: block(50))
    store.get("run", ROOT, unexpected)
    store.get("run", "one", unexpected)
    store.get("other", ROOT, lambda: block(1))
    assert len(store) == 1
    assert store.n_bytes < 2 * KB


def test_forgetting_gives_all_bytes_back():
    store = Store(1000 * KB)
    for owner in ("a", "b"):
        for key in (ROOT, 1, 2):
            store.get(owner, key, lambda: block(10))
    store.forget(lambda owner: owner == "a")
    assert [(owner, 1) in store for owner in ("a", "b")] == [False, True]
    store.forget(lambda owner: True)
    assert (len(store), store.n_bytes) == (0, 0)


def test_many_who_ask_at_once_get_one_value_made_once():
    store, made, together = Store(1000 * KB), [], Barrier(8)

    def make():
        made.append(1)
        return block(1)

    def ask(_):
        together.wait()
        return store.get("run", ROOT, make)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert all(one is found[0] for one in found)


def test_a_fault_reaches_who_asked_and_the_next_one_tries_again():
    store, begun, go_on = Store(1000 * KB), Event(), Event()

    def fail():
        begun.set()
        go_on.wait()
        raise ValueError("damaged")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.get, "run", ROOT, fail)
        begun.wait()
        second = pool.submit(store.get, "run", ROOT, lambda: "good")
        go_on.set()
        with pytest.raises(ValueError, match="damaged"):
            first.result()
        assert second.result() == "good"


# --- how much ------------------------------------------------------------------------------------------------


def test_a_quarter_of_the_memory_is_for_what_is_kept(monkeypatch):
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    assert 0 < memory.bytes_to_keep() <= psutil.virtual_memory().total / 4


def test_a_container_that_is_allowed_less_has_less(monkeypatch, tmp_path):
    limit, none = tmp_path / "memory.max", tmp_path / "memory.limit_in_bytes"
    limit.write_text("64000000\n", encoding="utf-8")
    none.write_text("max\n", encoding="utf-8")
    monkeypatch.setattr(memory, "CONTAINER_LIMITS", (str(none), str(tmp_path / "absent"), str(limit)))
    assert memory.memory_there() == 64_000_000


def test_the_variable_says_how_many_megabytes(monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, " 300 ")
    assert memory.bytes_to_keep() == 300_000_000


@pytest.mark.parametrize("said", ["0", "-5", "1.5", "2 GB", "much"])
def test_another_word_for_it_is_refused_in_a_sentence(monkeypatch, said):
    monkeypatch.setenv(memory.VARIABLE, said)
    with pytest.raises(UserError, match=rf"whole number of megabytes.*got '{said}'"):
        memory.bytes_to_keep()


# --- runs ----------------------------------------------------------------------------------------------------


@pytest.fixture
def own_runs(tmp_path, monkeypatch):
    """A folder of two small runs, which a test may change, and an empty store."""
    for name in ("xor_and_xor", "xor_four_ways"):
        shutil.copytree(RUNS / name, tmp_path / name)
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    own = Store(1_000_000 * KB)
    monkeypatch.setattr(kept, "store", lambda: own)
    monkeypatch.setattr("resources.runs.store", lambda: own)
    return tmp_path, own


def touch(file: Path) -> None:
    """As if it had been written anew."""
    os.utime(file, ns=(1, 1))


def test_a_run_and_all_of_it_is_read_anew_when_its_files_change_and_the_former_is_dropped(own_runs):
    folder, store = own_runs
    first = resources.run("xor_and_xor")
    explained = resources.explanation("xor_and_xor", str(first.test_bank.sample_ids[0]))
    n, n_bytes = len(store), store.n_bytes
    assert resources.run("xor_and_xor") is first
    touch(folder / "xor_and_xor" / "metrics.json")
    assert resources.run("xor_and_xor") is not first
    assert resources.explanation("xor_and_xor", str(first.test_bank.sample_ids[0])) is not explained
    assert len(store) == n
    assert store.n_bytes == pytest.approx(n_bytes, rel=0.01)


def test_a_new_name_loads_no_model_and_makes_no_explanation_again(own_runs):
    first = resources.run("xor_and_xor")
    sample = str(first.test_bank.sample_ids[0])
    explained, why = resources.explanation("xor_and_xor", sample), resources.why("xor_and_xor", sample)
    rename_concept(first.path, 0, "a name of mine", len(first.concept_names))
    renamed = resources.run("xor_and_xor")
    assert renamed.concept_names[0] == "a name of mine"
    assert renamed.model is first.model
    assert resources.explanation("xor_and_xor", sample) is explained
    assert resources.why("xor_and_xor", sample) is not why


def test_runs_take_turns_where_there_is_room_for_one_and_nothing_of_the_other_stays(own_runs):
    _, store = own_runs
    resources.drawing("xor_and_xor", "table", 0)
    resources.drawing("xor_four_ways", "table", 0)
    everything = len(store)
    store.most_bytes = store.n_bytes - 1
    resources.drawing("xor_four_ways", "table", 1)
    owners = {owner.path for owner, _ in store._kept}
    assert not any(path.endswith("xor_and_xor") for path in owners)
    assert len(store) < everything


def test_a_page_looks_at_each_folder_once(own_runs, monkeypatch):
    looked: list[Path] = []
    signature = disk._signature

    def look(folder, pattern):
        looked.append(folder)
        return signature(folder, pattern)

    monkeypatch.setattr(disk, "_signature", look)

    @resources.one_look()
    def part_of_a_page():
        resources.list_runs()
        resources.run_titles()
        for name in ("xor_and_xor", "xor_four_ways"):
            resources.run(name)
            resources.drawing(name, "table", 0)

    with resources.one_look():
        for _ in range(3):
            part_of_a_page()
    assert sorted(path.name for path in looked) == ["xor_and_xor", "xor_four_ways"]


def test_the_next_page_looks_again(own_runs):
    folder, _ = own_runs
    with resources.one_look():
        first = resources.run("xor_and_xor")
        touch(folder / "xor_and_xor" / "metrics.json")
        assert resources.run("xor_and_xor") is first
    with resources.one_look():
        assert resources.run("xor_and_xor") is not first


def test_a_file_that_vanishes_meanwhile_is_no_fault(tmp_path):
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "here").write_text("x", encoding="utf-8")
    assert [name for name, _, _ in disk.signature(tmp_path)] == ["here"]


def test_runs_and_results_lie_where_the_environment_says_also_below_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("SHARCS_RUNS", "~/runs")
    monkeypatch.setenv("SHARCS_RESULTS", "~/results")
    assert (resources.runs_folder(), resources.results_folder()) == (tmp_path / "runs", tmp_path / "results")


def test_runs_are_looked_for_where_the_command_line_looks(monkeypatch, tmp_path):
    monkeypatch.delenv("SHARCS_RUNS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert resources.runs_folder() == RUNS
    (tmp_path / "checkpoints").mkdir()
    assert resources.runs_folder().resolve() == (tmp_path / "checkpoints").resolve()
    assert resources.runs_folder() == runs_folder()
