"""Sets of inputs against slow and obvious counts: mistakes, what sets some apart, and islands of a map."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from sharcs_core.errors import UserError
from sharcs_core.inference import probabilities
from sharcs_core.readings import keys_read
from sharcs_core.selections import (
    MOST_DRAWN,
    ConceptShare,
    Fault,
    InputTable,
    describe_selection,
    faults_of,
    inputs_of,
    islands,
    mistakes_first,
    most_telling,
    read_as,
    rows_by_group,
    rows_drawn,
    rows_in_areas,
    rows_within,
    share_in_words,
    summed,
    usual_values,
)
from sharcs_core.selections.description import CLEAR, SURE
from sharcs_core.selections.sampled import shares_of

N_KEYS = 6
GROUP_OF_KEY = np.array([0, 0, 1, 1, 2, 2])


def make_table(seed: int = 0, n: int = 120) -> InputTable:
    """Inputs of two modalities in both parts, with concepts that follow their keys more or less."""
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, N_KEYS, n)
    shared = np.stack([keys / 5, rng.random(n), (keys > 3) * 0.9], axis=1)
    faults = rng.choice([0, 0, 0, 1, 2], n)
    samples = np.array([f"train/{row // 2:05d}" for row in range(n)])
    return InputTable(
        parts=np.where(np.arange(n) < n // 2, "train", "test"),
        modalities=np.where(np.arange(n) % 2, "graph", "image"),
        sample_ids=samples,
        places=np.arange(n) // 2 % (n // 4),
        keys=keys,
        labels=keys % 2,
        shared=shared,
        is_wrong=faults > 0,
        faults=faults,
    )


# --- mistakes ------------------------------------------------------------------------------------------------


def test_an_input_is_a_mistake_where_it_is_misread_or_nothing_else_explains_the_wrong_answer():
    rng = np.random.default_rng(1)
    labels, predicted = rng.integers(0, 3, (2, 200))
    means = {name: rng.integers(0, 4, 200) for name in ("image", "graph", "text")}
    read = {name: np.where(rng.random(200) < 0.3, rng.integers(-1, 4, 200), keys) for name, keys in means.items()}
    found = faults_of(labels, predicted, means, read)
    for row in range(200):
        misread = [name for name in means if means[name][row] != read[name][row]]
        for name in means:
            if labels[row] == predicted[row]:
                wanted = Fault.NONE
            elif name in misread:
                wanted = Fault.MISREAD
            else:
                wanted = Fault.NONE if misread else Fault.UNEXPLAINED
            assert found[name][row] == wanted


@pytest.mark.parametrize("name", ["xor_and_xor", "mnist_superpixels", "clevr_free"])
def test_the_inputs_of_a_run_are_those_of_its_banks(name, shipped_runs):
    from sharcs_core.checkpoints import load_run

    run = load_run(shipped_runs / name)
    banks = {"train": run.bank, "test": run.test_bank}
    predicted = {part: probabilities(run.model, bank.shared()).argmax(1) for part, bank in banks.items()}
    table = inputs_of(run, predicted)
    assert len(table) == sum(len(bank) * len(bank.sides) for bank in banks.values())
    for part, bank in banks.items():
        means = {side: own.semantics for side, own in bank.sides.items()}
        read = {side: keys_read(run, side, own.shared, own.sources) for side, own in bank.sides.items()}
        faults = faults_of(bank.labels, predicted[part], means, read)
        for modality, side in bank.sides.items():
            rows = table.rows_of_side(part, modality)
            assert list(table.ids[rows]) == [f"{sample}/{modality}" for sample in bank.sample_ids]
            np.testing.assert_array_equal(table.keys[rows], side.semantics)
            np.testing.assert_array_equal(table.shared[rows], side.shared)
            np.testing.assert_array_equal(table.faults[rows], faults[modality])
            np.testing.assert_array_equal(table.is_wrong[rows], bank.labels != predicted[part])
            np.testing.assert_array_equal(read_as(run, table, rows[:30]), read[modality][:30])


def test_rows_are_found_by_id_each_once_and_unknown_ones_are_left_out():
    table = make_table()
    ids = [str(table.ids[7]), "train/99999/image", str(table.ids[2]), str(table.ids[7])]
    assert table.rows_of(ids).tolist() == [7, 2]
    assert table.rows_of([]).tolist() == []


def test_some_rows_are_a_table_again():
    table = make_table()
    part = table.take(table.parts == "test")
    assert set(part.parts) == {"test"}
    np.testing.assert_array_equal(part.keys, table.keys[60:])
    np.testing.assert_array_equal(part.ids, table.ids[60:])


# --- what is to be said of some inputs -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_selection_is_counted_by_group_modality_and_answer(seed):
    table, rng = make_table(seed), np.random.default_rng(seed)
    chosen = rng.choice(len(table), 40, replace=False)
    said = describe_selection(table, chosen, GROUP_OF_KEY)
    for count in said.counts:
        of_group = [row for row in chosen if GROUP_OF_KEY[table.keys[row]] == count.group]
        assert count.n == len(of_group)
        for modality in ("image", "graph"):
            assert count.by_modality[modality] == sum(table.modalities[row] == modality for row in of_group)
    assert [count.n for count in said.counts] == sorted((count.n for count in said.counts), reverse=True)
    assert said.n == summed(said.counts).n == 40
    assert said.n_samples == len({table.sample_ids[row] for row in chosen})
    assert said.n_wrong == sum(bool(table.is_wrong[row]) for row in chosen)
    assert said.n_right + said.n_wrong == 40
    assert said.n_misread == sum(table.faults[row] == Fault.MISREAD for row in chosen)
    assert sorted(said.rows) == sorted(chosen)


def test_strays_are_of_another_group_than_most_and_the_misread_ones_come_first():
    table = make_table()
    most = np.flatnonzero(GROUP_OF_KEY[table.keys] == 1)[:20]
    few = np.flatnonzero(GROUP_OF_KEY[table.keys] != 1)[:9]
    said = describe_selection(table, np.concatenate([few, most]), GROUP_OF_KEY)
    assert said.majority == 1
    assert sorted(said.strays) == sorted(few)
    assert list(table.faults[said.strays]) == sorted(table.faults[few], reverse=True)
    assert list(said.others) == list(most)


def test_without_a_majority_nothing_is_a_stray():
    table = make_table()
    halves = [np.flatnonzero(GROUP_OF_KEY[table.keys] == group)[:10] for group in (0, 1)]
    said = describe_selection(table, np.concatenate(halves), GROUP_OF_KEY)
    assert said.majority is None
    assert not len(said.strays)


@pytest.mark.parametrize("seed", range(4))
def test_concepts_that_set_a_selection_apart_are_on_clearly_more_or_less_often(seed):
    table = make_table(seed)
    among = table.parts == "train"
    chosen = np.flatnonzero(among & (table.keys >= 4))
    others = [row for row in range(len(table)) if among[row] and row not in set(chosen)]
    said = describe_selection(table, chosen, GROUP_OF_KEY, among)
    wanted = {}
    for concept in range(table.shared.shape[1]):
        on = table.shared[:, concept] > 0.5
        here, elsewhere = on[chosen].mean(), on[others].mean()
        every = on[[*chosen, *others]].mean()
        error = (every * (1 - every) * (1 / len(chosen) + 1 / len(others))) ** 0.5
        if abs(here - elsewhere) >= max(CLEAR, SURE * error):
            wanted[concept] = (here, elsewhere)
    assert {share.concept for share in said.concepts} == set(wanted)
    for share in said.concepts:
        assert (share.here, share.elsewhere) == pytest.approx(wanted[share.concept])
    gaps = [abs(share.here - share.elsewhere) for share in said.concepts]
    assert gaps == sorted(gaps, reverse=True)
    assert 2 in wanted


def test_two_inputs_that_differ_from_the_others_by_chance_are_not_set_apart():
    table = make_table()
    pair = np.flatnonzero(table.shared[:, 1] > 0.5)[:2]
    assert 1 not in [share.concept for share in describe_selection(table, pair, GROUP_OF_KEY).concepts]


def test_nothing_sets_all_inputs_apart_and_of_none_there_is_nothing_to_say():
    table = make_table()
    assert describe_selection(table, np.arange(len(table)), GROUP_OF_KEY).concepts == ()
    with pytest.raises(ValueError, match="choose some"):
        describe_selection(table, np.array([], dtype=int), GROUP_OF_KEY)


@pytest.mark.parametrize(
    ("here", "elsewhere", "words"),
    [
        (1.0, 0.0, "red: on in all of these, in none of the others"),
        (0.999, 0.001, "red: on in 99 % of these, in 1 % of the others"),
        (0.25, 0.5, "red: on in 25 % of these, in 50 % of the others"),
    ],
)
def test_all_and_none_are_said_of_exactly_these(here, elsewhere, words):
    assert share_in_words(ConceptShare(0, here, elsewhere), ["red"]) == words


def test_inputs_are_grouped_and_mistakes_come_first():
    table = make_table()
    among = table.parts == "train"
    groups = rows_by_group(table, among, GROUP_OF_KEY)
    assert sorted(np.concatenate(list(groups.values()))) == list(np.flatnonzero(among))
    for group, rows in groups.items():
        assert set(GROUP_OF_KEY[table.keys[rows]]) == {group}
    mistakes, others = mistakes_first(table, among)
    assert list(table.faults[mistakes]) == sorted(table.faults[among][table.faults[among] > 0], reverse=True)
    assert set(table.faults[others]) == {0}
    assert sorted([*mistakes, *others]) == list(np.flatnonzero(among))


# --- islands, and what to call them --------------------------------------------------------------------------


def blob(rng: np.random.Generator, x: float, y: float, n: int = 100) -> np.ndarray:
    return np.clip(rng.normal((x, y), 0.03, (n, 2)), -1, 1)


def test_a_group_that_lies_in_two_places_has_two_islands_with_most_of_its_inputs_in_their_boxes():
    rng = np.random.default_rng(0)
    places = np.concatenate([blob(rng, -0.7, 0), blob(rng, 0.6, 0.6, 60), blob(rng, 0, -0.8)])
    groups = np.repeat([4, 4, 7], [100, 60, 100])
    found = islands(places, groups)
    assert sorted(island.group for island in found) == [4, 4, 7]
    assert [island.n for island in found] == sorted((island.n for island in found), reverse=True)
    for group, own in ((4, places[:100]), (4, places[100:160]), (7, places[160:])):
        boxes = [island for island in found if island.group == group]
        holding = [((own >= island.low).all(1) & (own <= island.high).all(1)).mean() for island in boxes]
        assert max(holding) > 0.7
        assert sorted(holding)[:-1] in ([], [0])


def test_strays_make_no_island_and_bridge_none():
    rng = np.random.default_rng(0)
    bridge = np.stack([np.linspace(-0.7, 0.7, 12), np.zeros(12)], axis=1)
    places = np.concatenate([blob(rng, -0.7, 0, 300), blob(rng, 0.7, 0, 300), bridge, [[0, 0.9], [0, -0.9]]])
    assert len(islands(places, np.zeros(len(places), dtype=int))) == 2


def test_groups_below_zero_have_no_islands_and_the_borders_of_a_map_belong_to_it():
    assert islands(np.zeros((3, 2)), np.full(3, -1)) == ()
    corner = islands(np.ones((3, 2)), np.zeros(3, dtype=int))
    assert [(island.n, island.low, island.high) for island in corner] == [(3, (1, 1), (1, 1))]


def test_the_usual_values_are_the_fewest_that_cover_nearly_all():
    assert usual_values(np.array([1] * 96 + [2, 3, 4, 5])) == (1,)
    assert usual_values(np.arange(10).repeat(7)) == tuple(range(10))
    assert usual_values(np.array([3])) == (3,)


def test_the_most_telling_grouping_is_right_most_often():
    rng = np.random.default_rng(3)
    keys = rng.integers(0, N_KEYS, 200)
    groupings = {"halves": np.array([0, 0, 0, 1, 1, 1]), "pairs": GROUP_OF_KEY, "odd": np.arange(N_KEYS) % 2}
    for is_on in (keys % 2 == 1, keys > 2, (keys // 2) == 1, rng.random(200) > 0.5):
        right = {}
        for name, group in groupings.items():
            right[name] = sum(
                max((is_on & (group[keys] == g)).sum(), (~is_on & (group[keys] == g)).sum()) for g in set(group)
            )
        assert right[most_telling(groupings, keys, is_on)] == max(right.values())


# --- a sample of a large map ----------------------------------------------------------------------------------


def strata_of(table: InputTable, rows: np.ndarray) -> Counter[tuple[str, str, int]]:
    sides = zip(table.parts[rows], table.modalities[rows], table.labels[rows], strict=True)
    return Counter((str(part), str(modality), int(label)) for part, modality, label in sides)


def shares_one_by_one(counts: list[int], most: int) -> list[int]:
    """One place a stratum, then each further place to the one that lacks most of its share."""
    places = [1] * len(counts)
    wanted = [(count - 1) * (most - len(counts)) / max(1, sum(counts) - len(counts)) for count in counts]
    places = [place + int(share) for place, share in zip(places, wanted, strict=True)]
    for i in sorted(range(len(counts)), key=lambda i: (int(wanted[i]) - wanted[i], i))[: most - sum(places)]:
        places[i] += 1
    return places


@pytest.mark.parametrize("seed", range(8))
def test_places_go_to_strata_by_their_share(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 400, rng.integers(1, 9))
    for most in rng.integers(len(counts), counts.sum() + 1, 5).tolist():
        found = shares_of(counts, most)
        assert found.tolist() == shares_one_by_one(counts.tolist(), most)
        assert found.sum() == most
        assert ((found >= 1) & (found <= counts)).all()


def test_with_fewer_places_than_strata_the_largest_get_one():
    assert shares_of(np.array([5, 0, 9, 7]), 2).tolist() == [0, 0, 1, 1]
    assert shares_of(np.array([5, 0, 9]), 100).tolist() == [5, 0, 9]


@pytest.mark.parametrize("most", [1, 40, 120, 399])
def test_a_sample_has_of_each_stratum_its_share_and_mistakes_first(most):
    table = make_table(n=400)
    among = table.is_train if most < 200 else np.ones(400, dtype=bool)
    rows = rows_drawn(table, among, most)
    assert len(set(rows.tolist())) == len(rows) == min(most, among.sum())
    assert (np.diff(rows) > 0).all()
    assert among[rows].all()
    mistakes = np.flatnonzero(among & (table.faults > 0))
    n_others = int(among.sum()) - len(mistakes)
    n_mistakes = min(len(mistakes), max(most // 4, most - n_others))
    assert (table.faults[rows] > 0).sum() == n_mistakes
    drawn, whole = (strata_of(table, own[table.faults[own] == 0]) for own in (rows, np.flatnonzero(among)))
    names = list(whole)
    if len(rows) - n_mistakes > len(names):
        wanted = shares_of(np.array([whole[name] for name in names]), len(rows) - n_mistakes)
        for name, n in zip(names, wanted.tolist(), strict=True):
            assert abs(drawn[name] - n) <= 1  # equal remainders go by the order of the strata


def test_the_same_table_gives_the_same_sample_and_a_small_one_is_whole():
    table = make_table(n=400)
    every = np.ones(400, dtype=bool)
    np.testing.assert_array_equal(rows_drawn(table, every, 100), rows_drawn(make_table(n=400), every, 100))
    assert rows_drawn(table, every, 100).tolist() != rows_drawn(table, every, 100, seed=1).tolist()
    np.testing.assert_array_equal(rows_drawn(table, every), np.arange(400))
    assert MOST_DRAWN == 100_000
    with pytest.raises(UserError, match="one input at least"):
        rows_drawn(table, every, 0)


def is_within(point: np.ndarray, corners: np.ndarray) -> bool:
    """How often the way around turns about a point: odd within, by the angles between the corners."""
    around = np.arctan2(*(np.vstack([corners, corners[:1]]) - point).T[::-1])
    turns = (np.diff(around) + np.pi) % (2 * np.pi) - np.pi
    return round(turns.sum() / (2 * np.pi)) % 2 != 0


@pytest.mark.parametrize("n_corners", [3, 4, 7, 30])
def test_what_lies_within_a_polygon_is_what_it_turns_about_an_odd_number_of_times(n_corners):
    rng = np.random.default_rng(n_corners)
    places, corners = rng.uniform(-1, 1, (300, 2)), rng.uniform(-1, 1, (n_corners, 2))
    wanted = [row for row, place in enumerate(places) if is_within(place, corners)]
    assert rows_within(places, corners).tolist() == wanted
    among = rng.random(300) < 0.5
    areas = [corners.tolist(), [(-1, -1), (0, -1), (0, 0), (-1, 0)]]
    both = set(wanted) | set(np.flatnonzero((places < 0).all(1)).tolist())
    assert rows_in_areas(places, areas, among).tolist() == sorted(row for row in both if among[row])


def test_a_line_and_nothing_hold_no_place():
    places = np.zeros((3, 2))
    for corners in ([], [(0, 0)], [(-1, 0), (1, 0)], [(-1, 0), (1, 0), (0, 0)]):
        assert not len(rows_within(places, corners))
    assert not len(rows_in_areas(places, [], np.ones(3, dtype=bool)))


def test_sides_are_told_apart_however_rows_are_taken():
    table = make_table(n=40).take(np.random.default_rng(0).permutation(40))
    for part in ("train", "test", "valid"):
        for modality in ("image", "graph", "none"):
            wanted = np.flatnonzero((table.parts == part) & (table.modalities == modality))
            np.testing.assert_array_equal(table.rows_of_side(part, modality), wanted)
    names = [table.side_names[number] for number in table.sides]
    assert names == list(zip(table.parts.tolist(), table.modalities.tolist(), strict=True))
