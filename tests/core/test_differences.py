"""Where two runs differ: against slow counting, against scipy, and on samples that only look the same."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from sharcs_core.checkpoints import load_run
from sharcs_core.differences import (
    Comparison,
    Difference,
    compare_answers,
    compare_runs,
    error_of_share,
    in_words,
    is_beyond_noise,
    mcnemar_exact,
)
from sharcs_core.structures import Bank, BankSide, Inputs

N = 40


def bank(seed=0, n=N, names=("table",)) -> Bank:
    """A bank of made-up tables: equal seeds hold equal samples."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"test/{i:05d}" for i in range(n)])
    sides = {
        name: BankSide(
            ids=np.array([f"{one}/{name}" for one in ids]),
            inputs=Inputs("tabular", {"values": rng.random((n, 3))}),
            semantics=rng.integers(0, 4, n),
            sources=np.arange(n),
            local=rng.random((n, 2)),
            shared=rng.random((n, 2)),
        )
        for name in names
    }
    return Bank(ids, rng.integers(0, 3, n), sides)


def rows_of(one: Bank, rows) -> Bank:
    def side_of(side):
        taken = {name: getattr(side, name)[rows] for name in ("ids", "semantics", "sources", "local", "shared")}
        return replace(side, inputs=side.inputs.take(rows), **taken)

    sides = {name: side_of(side) for name, side in one.sides.items()}
    return Bank(one.sample_ids[rows], one.labels[rows], sides)


def answers_of(one: Bank, seed: int, wrong=0.4):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(one)) < wrong, rng.integers(0, 3, len(one)), one.labels)


# the test of McNemar


@pytest.mark.parametrize("n_first", range(13))
@pytest.mark.parametrize("n_second", [0, 1, 4, 12, 30])
def test_the_exact_test_is_the_two_sided_binomial_one(n_first, n_second):
    expected = binomtest(n_first, n_first + n_second, 0.5).pvalue if n_first + n_second else 1.0
    assert mcnemar_exact(n_first, n_second) == pytest.approx(expected, abs=1e-12)
    assert mcnemar_exact(n_first, n_second) == mcnemar_exact(n_second, n_first)


def test_large_counts_do_not_overflow():
    assert mcnemar_exact(3000, 3300) == pytest.approx(binomtest(3000, 6300, 0.5).pvalue, rel=1e-9)


def test_negative_counts_are_refused():
    with pytest.raises(ValueError, match="negative"):
        mcnemar_exact(-1, 3)


# noise


def test_errors_are_those_of_the_textbook():
    rng = np.random.default_rng(0)
    drawn = (rng.random((4000, 500)) < 0.9).mean(axis=1)
    assert error_of_share(0.9, 500) == pytest.approx(drawn.std(), rel=0.05)
    assert error_of_share(1.0, 10) == 0.0


def test_a_share_of_no_samples_is_refused():
    with pytest.raises(ValueError, match="one sample at least"):
        error_of_share(0.5, 0)


def test_a_difference_must_exceed_two_errors_of_itself_in_either_direction():
    error = error_of_share(0.9, 100)  # .03
    both = 2 * math.sqrt(2) * error
    assert not is_beyond_noise(both * 0.99, (error, error))
    assert is_beyond_noise(both * 1.01, (error, error))
    assert is_beyond_noise(-both * 1.01, (error, error))
    assert not is_beyond_noise(0.0, (0.0, 0.0))
    assert not is_beyond_noise(9.0, (None, 0.0))


# which samples, and who is right


def test_the_counts_are_those_of_counting_one_by_one():
    one = bank()
    own, other = answers_of(one, 1), answers_of(one, 2)
    found = compare_answers(one, bank(), (own, other))
    differing, only = [], {"first": 0, "second": 0, "neither": 0}
    for i in range(N):
        first, second = own[i] == one.labels[i], other[i] == one.labels[i]
        if own[i] != other[i]:
            differing.append(str(one.sample_ids[i]))
            only["first" if first else "second" if second else "neither"] += 1
    assert found.n_common == N
    assert [d.sample_id for d in found.differences] == differing
    assert {which: found.n_right(which) for which in only} == only
    assert found.p_value == mcnemar_exact(only["first"], only["second"])


def test_samples_are_matched_by_id_in_whatever_order_they_stand():
    one = bank()
    order = np.random.default_rng(3).permutation(N)[: N // 2]
    other = rows_of(one, order)
    own, theirs = answers_of(one, 1), answers_of(one, 2)
    found = compare_answers(one, other, (own, theirs[order]))
    assert found.n_common == N // 2
    for difference in found.differences:
        left, right = difference.rows
        assert one.sample_ids[left] == other.sample_ids[right] == difference.sample_id
        assert difference.answers == (own[left], theirs[order][right])
        assert difference.label == one.labels[left]


def test_equal_ids_of_another_draw_are_no_common_samples():
    found = compare_answers(bank(0), bank(1), (answers_of(bank(0), 1), answers_of(bank(1), 2)))
    assert (found.n_common, found.n_unlike, found.differences) == (0, N, ())
    assert "no unseen sample in common" in in_words(found, ("a", "b"))[0]
    assert f"{N} bear the same ids" in in_words(found, ("a", "b"))[0]


@pytest.mark.parametrize("change", ["values", "key", "label", "width"])
def test_one_changed_value_makes_another_sample(change):
    one, other = bank(), bank()
    side = other.sides["table"]
    values = side.inputs.arrays["values"].copy()
    if change == "values":
        values[5, 1] += 1e-9
        other = replace(other, sides={"table": replace(side, inputs=Inputs("tabular", {"values": values}))})
    elif change == "width":
        other = replace(other, sides={"table": replace(side, inputs=Inputs("tabular", {"values": values[:, :2]}))})
    elif change == "key":
        other = replace(other, sides={"table": replace(side, semantics=side.semantics + (np.arange(N) == 5))})
    else:
        other = replace(other, labels=other.labels + (np.arange(N) == 5))
    found = compare_answers(one, other, (one.labels, one.labels))
    assert found.n_unlike == (N if change == "width" else 1)
    assert found.n_common == N - found.n_unlike


def test_of_modalities_only_those_that_both_read_are_compared():
    both, alone = bank(names=("table", "more")), bank(names=("table", "more"))
    alone = replace(alone, sides={"table": alone.sides["table"]})
    assert compare_answers(both, alone, (both.labels, both.labels)).n_common == N
    other = replace(alone, sides={"else": alone.sides["table"]})
    assert compare_answers(both, other, (both.labels, both.labels)).n_common == 0


def test_answers_that_do_not_belong_to_the_bank_are_refused():
    with pytest.raises(ValueError, match="one answer a sample"):
        compare_answers(bank(), bank(), (bank().labels[:3], bank().labels))


# in words


def made(n_first: int, n_second: int, n_neither: int = 0, n_common: int = 1000) -> Comparison:
    kinds = [(1, 0)] * n_first + [(0, 1)] * n_second + [(2, 0)] * n_neither
    found = tuple(Difference(f"test/{i:05d}", (i, i), 1, answers) for i, answers in enumerate(kinds))
    return Comparison(n_common, 0, found)


def test_words_say_which_run_is_better_only_beyond_chance():
    often, better = in_words(made(12, 10, 2), ("named", "free"))
    assert often == "On 24 of the 1,000 unseen samples that both keep the two give different answers."
    assert better.startswith("Only named is right on 12, only free on 10: no more than chance")
    assert "p = .832" in better
    assert "free is better beyond chance" in in_words(made(2, 20), ("named", "free"))[1]
    assert "named is better beyond chance" in in_words(made(20, 2), ("named", "free"))[1]
    assert "p < .001" in in_words(made(40, 2), ("named", "free"))[1]


def test_words_of_runs_that_agree_and_of_runs_that_err_differently():
    assert in_words(made(0, 0), ("a", "b")) == (
        "On all of the 1,000 unseen samples that both keep the two give the same answer.",
        "",
    )
    assert in_words(made(0, 0, 3), ("a", "b"))[1] == "Neither is right where the other is wrong."


# shipped runs


def test_two_shipped_runs_of_one_task_keep_the_same_unseen_samples(shipped_runs):
    first, second = (load_run(shipped_runs / name) for name in ("clevr", "clevr_free"))
    found = compare_runs(first, second)
    assert found.n_common == len(first.test_bank)
    assert found.n_unlike == 0
    for difference in found.differences:
        assert len(set(difference.answers)) == 2


def test_runs_of_two_tasks_are_not_compared(shipped_runs, xor_run):
    with pytest.raises(ValueError, match="one task"):
        compare_runs(xor_run, load_run(shipped_runs / "clevr"))
