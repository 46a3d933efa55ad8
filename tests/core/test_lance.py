"""LanceDB behind the interface: against exact search, on disk, and what is said where it is not there."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from sharcs_core.checkpoints import load_run, resolve_run
from sharcs_core.neighbours import choosing, index_for, lance, nearest_rows
from sharcs_core.neighbours.lance import LanceIndex

with_lancedb = pytest.mark.skipif(find_spec("lancedb") is None, reason="needs pip install 'sharcs[engine]'")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def heaps(n, seed=0):
    """Rows in heaps, as those of concepts are, hardly two alike."""
    rng = np.random.default_rng(seed)
    centres = rng.random((20, 5)) < 0.5
    return (centres[rng.integers(0, 20, n)] + rng.normal(0, 0.03, (n, 5))).clip(0, 1).astype(np.float32)


@with_lancedb
def test_the_engine_finds_nearly_all_that_exact_search_finds_and_says_exactly_how_far_it_is():
    rows, points = heaps(6000), heaps(120, seed=1)
    found, away = LanceIndex(rows).nearest(points, 10)
    expected, apart = nearest_rows(points, rows, 10)
    shared = [set(one) & set(other) for one, other in zip(found.tolist(), expected.tolist(), strict=True)]
    assert np.mean([len(both) / 10 for both in shared]) > 0.98
    whole = (found == expected).all(axis=1)
    assert away[whole].tolist() == apart[whole].tolist()  # to the bit
    assert (np.diff(away, axis=1) >= 0).all()


@with_lancedb
def test_equal_distances_come_by_lower_row_and_too_few_candidates_are_made_up_for():
    rows = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    engine = LanceIndex(rows)
    assert engine.nearest(np.eye(3)[1:2], 4)[0].tolist() == [[4, 5, 6, 7]]
    every = engine.nearest(np.eye(3), 14)
    assert [part.tolist() for part in every] == [part.tolist() for part in nearest_rows(np.eye(3), rows, 14)]


@with_lancedb
def test_rows_are_written_once_and_written_anew_where_they_are_others_or_not_whole(cache, monkeypatch):
    written = []
    write = lance._write
    monkeypatch.setattr(lance, "_write", lambda folder, shared: (written.append(len(shared)), write(folder, shared)))
    rows = heaps(300)
    LanceIndex(rows).nearest(rows[:1], 1)
    assert LanceIndex(rows.copy()).nearest(rows[7:8], 1)[0].tolist() == [[7]]
    assert written == [300]
    LanceIndex(rows[:200]).nearest(rows[:1], 1)
    assert written == [300, 200]
    for whole in cache.rglob(lance.WHOLE):
        whole.unlink()  # as `sharcs cache --clear`, or a kill, leaves it
    assert LanceIndex(rows).nearest(rows[7:8], 1)[0].tolist() == [[7]]
    assert written == [300, 200, 300]


@with_lancedb
def test_a_run_that_is_opened_with_the_engine_explains_as_it_does_without(monkeypatch):
    from sharcs_core.explanations import explain_sample

    path = resolve_run("xor_and_xor")
    exact = load_run(path)
    assert all(side.index is None for side in exact.bank.sides.values())
    monkeypatch.setenv(choosing.VARIABLE, "lancedb")
    assert load_run(path).bank.sides["table"].index is None  # so few rows
    monkeypatch.setattr(choosing, "FEWEST_ROWS", 1)
    run = load_run(path)
    assert all(isinstance(side.index, LanceIndex) for side in run.bank.sides.values())
    assert all(side.index is None for side in run.test_bank.sides.values())
    for sample_id in (str(run.test_bank.sample_ids[3]), str(run.bank.sample_ids[9])):
        one, other = (explain_sample(of, sample_id, missing=["graph"], handling="absent") for of in (exact, run))
        assert one.neighbours["table"] == other.neighbours["table"]
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)


def test_an_engine_that_nobody_knows_or_that_is_not_there_is_told_before_a_run_is_read(monkeypatch):
    monkeypatch.setenv(choosing.VARIABLE, "oracle")
    with pytest.raises(ValueError, match=r"choose one of \['exact', 'lancedb'\] \(got 'oracle'\)"):
        load_run(resolve_run("xor_and_xor"))
    monkeypatch.setenv(choosing.VARIABLE, "lancedb")
    monkeypatch.setattr(choosing, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'sharcs\[engine\]', or unset \$SHARCS_NEIGHBOURS"):
        load_run(resolve_run("xor_and_xor"))


@pytest.mark.parametrize("said", ["", "exact"])
def test_exact_search_is_the_default(said, monkeypatch):
    monkeypatch.setenv(choosing.VARIABLE, said)
    monkeypatch.setattr(choosing, "FEWEST_ROWS", 0)
    assert index_for(heaps(3)) is None
