"""Which rows are in which part: given, drawn, and taken up again."""

from __future__ import annotations

from collections import Counter, defaultdict

import networkx as nx
import numpy as np
import pytest

from sharcs_core.tasks.folder.dealing import SHARES, dealt, linked
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.sheet import Sheet
from sharcs_core.tasks.folder.splits import EITHER, SYNONYMS, parts_of, split_named


def sheet(**cells):
    n = len(next(iter(cells.values())))
    return Sheet("metadata.csv", cells, range(2, n + 2))


def parts(cells, contents=None, **more):
    roles = {name: name if name in cells else None for name in ("split", "group", "label")}
    return parts_of(sheet(**cells), contents=contents or {}, **(roles | more))


def labels(n, n_classes=3, seed=0):
    return [f"c{one}" for one in np.random.default_rng(seed).integers(0, n_classes, n)]


def lies_in(split, values):
    found = defaultdict(set)
    for part, value in zip(split, values, strict=True):
        found[value].add(part)
    found.pop(None, None)
    return found


# -- drawn


@pytest.mark.parametrize("n", [30, 100, 1000])
def test_single_rows_are_drawn_exactly_and_each_class_nearly_so(n):
    of_class = labels(n)
    split = parts({"label": of_class}).split
    assert Counter(split) == {part: round(share * n) for part, share in SHARES.items()}
    for name in set(of_class):
        own = [part for part, label in zip(split, of_class, strict=True) if label == name]
        assert all(abs(own.count(part) - share * len(own)) <= 2 for part, share in SHARES.items())


def test_many_small_classes_leave_no_part_out():
    of_class = [f"c{row // 3}" for row in range(900)]
    split = parts({"label": of_class}).split
    assert Counter(split) == {"train": 630, "validation": 90, "test": 180}
    assert all("train" in found for found in lies_in(split, of_class).values())


@pytest.mark.parametrize("seed", range(5))
def test_groups_stay_together_every_class_is_trained_on_and_shares_are_near(seed):
    rng = np.random.default_rng(seed)
    group = [f"g{one}" for one in rng.integers(0, 60, 600)]
    of_class = [f"c{int(one[1:]) % 4}" if rng.random() < 0.8 else None for one in group]
    split = parts({"label": of_class, "group": group}, seed=seed).split
    assert all(len(found) == 1 for found in lies_in(split, group).values())
    assert all("train" in found for found in lies_in(split, of_class).values())
    largest = max(Counter(group).values())
    assert all(abs(split.count(part) - share * 600) <= largest for part, share in SHARES.items())


def test_the_seed_alone_says_what_is_drawn():
    cells = {"label": labels(200), "group": [f"g{row // 3}" for row in range(200)]}
    assert parts(cells, seed=1).split == parts(cells, seed=1).split != parts(cells, seed=2).split


def test_gaps_have_the_same_shares_in_all_parts():
    gaps = [("picture",) if row % 4 == 0 else () for row in range(400)]
    split = parts({"label": labels(400)}, gaps=gaps).split
    lacking = Counter(part for part, gap in zip(split, gaps, strict=True) if gap)
    assert all(abs(lacking[part] - share * 100) <= 2 for part, share in SHARES.items())


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_linked_as_the_components_of_a_graph(seed):
    rng = np.random.default_rng(seed)
    columns = [[None if rng.random() < 0.5 else int(rng.integers(60)) for _ in range(80)] for _ in range(3)]
    joined = nx.Graph()
    joined.add_nodes_from(range(80))
    for column in columns:
        joined.add_edges_from(
            (a, b) for a in range(80) for b in range(a) if column[a] is not None and column[a] == column[b]
        )
    expected = {row: min(found) for found in nx.connected_components(joined) for row in found}
    assert linked(columns) == [expected[row] for row in range(80)]


def test_rows_that_share_a_content_are_one_group():
    picture = [row // 5 for row in range(100)]
    graph = [row % 50 if row < 10 else None for row in range(100)]
    split = parts({"label": labels(100)}, {"picture": picture, "graph": graph}).split
    assert all(len(found) == 1 for values in (picture, graph) for found in lies_in(split, values).values())


def test_contents_that_would_link_nearly_all_rows_are_told_and_link_none():
    graph = [0 if row < 80 else row for row in range(100)]
    drawn = parts({"label": labels(100), "group": [f"g{row // 2}" for row in range(100)]}, {"graph": graph})
    held_out = sum(part != "train" for part in drawn.split[:80])
    assert f"{held_out} rows of validation and test equal one of another part in graph" in str(drawn.notes[-1])
    assert all(note.is_note for note in drawn.notes)


def test_so_few_contents_that_no_part_could_be_drawn_link_none_and_are_told():
    text = [row % 2 for row in range(80)]
    drawn = parts({"label": labels(80)}, {"text": text})
    assert {part: Counter(drawn.split)[part] for part in SHARES} == {"train": 56, "validation": 8, "test": 16}
    assert "24 rows of validation and test equal one of another part in text" in str(drawn.notes[-1])


@pytest.mark.parametrize("n_groups", [3, 4, 5])
def test_few_groups_still_give_every_part_one(n_groups):
    group = [f"g{row % n_groups}" for row in range(60)]
    assert set(parts({"label": [None] * 60, "group": group}).split) == set(SHARES)


@pytest.mark.parametrize("cells", [{"label": ["a", "b"] * 20, "group": ["x", "y"] * 20}, {"label": ["a", "b", "a"]}])
def test_too_few_groups_are_refused(cells):
    with pytest.raises(FolderError, match="too few for a"):
        parts(cells)


# -- taken up again


@pytest.mark.parametrize("seed", range(3))
def test_with_more_rows_no_old_id_moves_and_shares_stay(seed):
    n, rng = 1000, np.random.default_rng(seed)
    of_class = labels(n + 100, seed=seed)
    ids = [f"s{row}" for row in range(n + 100)]
    first = parts({"label": of_class[:n]}, seed=seed).split
    order = rng.permutation(n + 100)
    again = parts(
        {"label": [of_class[row] for row in order]},
        seed=seed + 7,
        ids=[ids[row] for row in order],
        split_from=dict(zip(ids, first, strict=False)),
    )
    now = dict(zip(order.tolist(), again.split, strict=True))
    assert [now[row] for row in range(n)] == list(first)
    assert all(abs(again.split.count(part) - share * (n + 100)) <= 3 for part, share in SHARES.items())
    assert "1,000 rows as in the other run" in str(again.notes[0])


def test_a_new_row_of_an_old_group_goes_where_that_is():
    group = [f"g{row // 4}" for row in range(200)]
    ids = [str(row) for row in range(200)]
    first = parts({"label": labels(200), "group": group}).split
    kept = {one: part for row, (one, part) in enumerate(zip(ids, first, strict=True)) if row % 4}
    again = parts({"label": labels(200), "group": group}, ids=ids, split_from=kept, seed=3)
    assert again.split == first


def test_an_old_row_stays_even_where_it_equals_one_of_another_part():
    kept = {"a": "train", "b": "test", "c": "validation"}
    again = parts({"label": ["x", "x", "y", "y"]}, {"picture": [1, 1, 2, 1]}, ids=list("abcd"), split_from=kept)
    assert again.split[:3] == ("train", "test", "validation")
    assert "in picture" in str(again.notes[-1])


def test_a_given_split_and_that_of_a_run_are_not_both_to_be_had():
    with pytest.raises(FolderError, match="is there, and so is the split of another run"):
        parts({"split": ["train", "test"]}, ids=["a", "b"], split_from={"a": "train"})


# -- given


@pytest.mark.parametrize(("part", "name"), [(part, name) for part, names in SYNONYMS.items() for name in names])
def test_synonyms_are_read_however_they_are_written(part, name):
    for cell in (name, name.upper(), f" {name.capitalize()} ", "-".join((name[:2], name[2:]))):
        assert split_named(cell) == part
    given = {"split": ["train", "validation", "test", name], "label": list("xxxx")}
    assert parts(given).split[-1] == part


def test_no_name_means_two_parts():
    names = [name for of_part in (*SYNONYMS.values(), EITHER) for name in of_part]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", EITHER)
@pytest.mark.parametrize(("other", "part"), [("val", "test"), ("test", "validation")])
def test_eval_is_what_the_other_held_out_part_is_not(name, other, part):
    given = parts({"split": ["train", other, name], "label": list("xxx")})
    assert given.split[-1] == part
    assert f"{name!r} was read as {part}" in str(given.notes[0])


@pytest.mark.parametrize(
    ("named", "drawn"),
    [
        ({"train": 80, "test": 20}, {"train": 70, "validation": 10, "test": 20}),
        ({"train": 90, "val": 10}, {"train": 70, "validation": 10, "test": 20}),
        ({"train": 100}, {"train": 70, "validation": 10, "test": 20}),
    ],
)
def test_a_part_that_a_given_split_lacks_is_drawn_from_training(named, drawn):
    split = [name for name, n in named.items() for _ in range(n)]
    given = parts({"split": split, "label": labels(100)}, {"picture": [row % 60 for row in range(100)]})
    moved = [(one, other) for one, other in zip(split, given.split, strict=True) if split_named(one) != other]
    assert {one for one, _ in moved} == {"train"}
    assert all(abs(given.split.count(part) - n) <= 3 for part, n in drawn.items())
    assert "was drawn from the training rows" in str(given.notes[0])


@pytest.mark.parametrize(
    ("split", "says"),
    [
        (
            ["train", "tset", "val"],
            "row 3, column 'split': is 'tset', which is no part; write train, validation",
        ),
        (["train", None, "val"], "row 3, column 'split': is empty"),
        (["test", "test", "val"], "column 'split': has no training rows"),
    ],
)
def test_a_split_that_is_none_is_refused_by_row(split, says):
    with pytest.raises(FolderError) as caught:
        parts({"split": split})
    (fault,) = caught.value.faults
    assert says in str(fault)


def test_a_group_that_crosses_a_given_split_is_a_fault_each():
    cells = {"split": ["train", "train", "test", "val", "test"], "group": ["a", "b", "a", "b", "a"]}
    with pytest.raises(FolderError) as caught:
        parts(cells)
    assert [str(fault) for fault in caught.value.faults] == [
        "metadata.csv, row 4, column 'group': 'a' is in test here and in train in row 2; put all rows of a group into "
        "one part",
        "metadata.csv, row 5, column 'group': 'b' is in validation here and in train in row 3; put all rows of a group "
        "into one part",
    ]


def test_equal_contents_that_cross_a_given_split_are_counted_and_nothing_moves():
    split = ["train", "train", "validation", "test", "test"]
    given = parts({"split": split}, {"picture": [1, 2, 1, 1, None], "graph": [1, 1, 2, 3, 4]})
    assert list(given.split) == split
    assert [str(note).partition(";")[0] for note in given.notes] == [
        "metadata.csv, row 4: 2 rows of validation and test equal one of another part in picture"
    ]


# -- dealing


def test_what_is_kept_elsewhere_counts_for_nothing_and_stays():
    kept = ["test"] * 50 + [None] * 80
    split = dealt(list(range(130)), [[None] * 130], kept, {"train": 0.7, "validation": 0.1}, np.random.default_rng(0))
    assert split[:50] == ["test"] * 50
    assert Counter(split[50:]) == {"train": 70, "validation": 10}
