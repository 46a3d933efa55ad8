"""What inputs are read as: taught factors by their concepts, others by the votes of near training inputs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from sharcs_core.checkpoints import load_run
from sharcs_core.named import values_said
from sharcs_core.readings import LEAST_REACH, N_VOTES, UNKNOWN, UNREAD, Voters, elected, keys_read, readings_of


@pytest.fixture(scope="module")
def half_run(shipped_runs: Path):
    return load_run(shipped_runs / "half_mnist")


def elected_by_hand(votes: list[int]) -> tuple[int, bool]:
    cast = [vote for vote in votes if vote != UNREAD]
    if not cast:
        return UNREAD, False
    counts = Counter(cast)
    best = max(counts.values())
    winner = next(vote for vote in votes if vote != UNREAD and counts[vote] == best)
    second = max((count for vote, count in counts.items() if vote != winner), default=0)
    return winner, best - second < 0.2 * len(cast)


def test_the_election_is_that_of_a_plain_count():
    votes = np.random.default_rng(0).integers(-1, 4, (400, 7))
    votes[0] = UNREAD
    winners, unsure = elected(votes)
    expected = [elected_by_hand(row) for row in votes.tolist()]
    assert winners.tolist() == [winner for winner, _ in expected]
    assert unsure.tolist() == [doubt for _, doubt in expected]


def test_a_taught_factor_is_read_off_its_own_concepts(xor_run):
    for name, side in xor_run.test_bank.sides.items():
        outer, middle = (values_said(side.shared, factor) for factor in xor_run.model.config.factors)
        np.testing.assert_array_equal(keys_read(xor_run, name, side.shared), 2 * outer + middle)


@pytest.mark.parametrize("width", [1, 5])
def test_concepts_of_another_width_are_said(xor_run, width):
    for ask in (
        lambda: readings_of(xor_run, {"table": np.zeros(width)}),
        lambda: keys_read(xor_run, "table", np.zeros((3, width))),
    ):
        with pytest.raises(ValueError, match=rf"'table' must be of shape \(n, 2\) \(got \(., {width}\)\)"):
            ask()


def test_free_concepts_are_read_by_the_nearest_training_inputs(half_run):
    shared = half_run.test_bank.sides["graph"].shared[:25]
    rows = np.concatenate([side.shared for side in half_run.bank.sides.values()])
    keys = np.concatenate([side.semantics for side in half_run.bank.sides.values()])
    for query, read in zip(shared, keys_read(half_run, "graph", shared), strict=True):
        away = np.linalg.norm(rows.astype(np.float64) - query, axis=1)
        near = [row for row in np.argsort(away, kind="stable")[:N_VOTES] if away[row] <= half_run.voters.reach]
        if not near:
            assert read == UNREAD
            continue
        digit, half = (
            elected_by_hand([of_key[keys[row]] for row in near])[0] for of_key in half_run.card.factors.values()
        )
        assert read == 2 * digit + half


def test_what_is_far_from_everything_has_no_vote_and_no_meaning(half_run):
    far = np.full(half_run.model.config.width, 0.5)
    assert keys_read(half_run, "image", far[None]).tolist() == [UNREAD]
    read = readings_of(half_run, {"image": far}, truth={"image": 3})["image"]
    assert (read.key, read.words, read.is_misread) == (None, UNKNOWN, True)


def test_an_input_of_the_bank_does_not_vote_on_itself(half_run):
    side = half_run.bank.sides["image"]
    voters = half_run.voters
    assert (voters.rows(side.shared[:50], None)[:, 0] == np.arange(50)).mean() > 0.9
    rows = voters.rows(side.shared[:50], side.sources[:50])
    found = rows != -1
    assert not (voters.sources[rows] == side.sources[:50, None])[found].any()


def test_reach_is_how_far_training_inputs_are_from_each_other(half_run):
    bank = half_run.bank
    voters = Voters.of(bank)
    rows = np.linspace(0, len(voters.shared) - 1, 40).astype(int)
    nearest = [
        np.linalg.norm(voters.shared[voters.sources != voters.sources[row]] - voters.shared[row], axis=1).min()
        for row in rows
    ]
    assert np.median(nearest) < voters.reach
    assert voters.reach >= LEAST_REACH


def test_readings_carry_the_truth_and_tell_what_is_misread(xor_run):
    bank = xor_run.test_bank
    shared = {name: side.shared[0] for name, side in bank.sides.items()}
    truth = {name: int(side.semantics[0]) for name, side in bank.sides.items()}
    right = readings_of(xor_run, shared, truth=truth)
    assert not any(read.is_misread for read in right.values())
    other = readings_of(xor_run, shared, truth={**truth, "graph": 3 - truth["graph"]})
    assert [name for name, read in other.items() if read.is_misread] == ["graph"]
    assert other["graph"].truth_words == xor_run.card.modality("graph").key_names[3 - truth["graph"]]
    assert not readings_of(xor_run, shared)["table"].is_misread


def test_a_task_without_known_factors_is_read_by_whole_keys(toy_run):
    for name, side in toy_run.test_bank.sides.items():
        read = keys_read(toy_run, name, side.shared)
        assert (read == side.semantics).mean() > 0.8
        one = readings_of(toy_run, {name: side.shared[0]})[name]
        assert one.values == {}
        assert one.key == read[0]


def test_an_unknown_modality_is_refused(xor_run):
    with pytest.raises(ValueError, match="no modality 'sound'"):
        keys_read(xor_run, "sound", np.zeros((1, 2)))
