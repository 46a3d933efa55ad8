"""A task out of what is in memory: what it becomes, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sharcs_core.checkpoints import load_run
from sharcs_core.cli.report import explanation_report, explanation_text
from sharcs_core.errors import UserError
from sharcs_core.explanations import explain_inputs, explain_sample
from sharcs_core.pipeline import evaluate_run, train_run
from sharcs_core.tasks import preparing
from sharcs_core.tasks.card import card_values
from sharcs_core.tasks.task import Task

N = 40
LABELS = ["no", "yes"] * (N // 2)
SPLIT = (["train"] * 6 + ["validation"] * 2 + ["test"] * 2) * (N // 10)


def picture(row):
    return np.random.default_rng(row).integers(0, 17, (8, 8))


def charged(made, charge):
    nx.set_node_attributes(made, {node: charge * node % 7 for node in made}, "charge")
    return made


def graph(row):
    return charged(nx.path_graph(3 + row % 4), float(row))


def cells(row):
    return {"size": float(row % 7), "colour": ("red", "blue")[row % 2]}


def sentence(row):
    return f"the {('red', 'blue')[row % 2]} cube number {row}"


RAW = {"image": picture, "graph": graph, "tabular": cells, "text": sentence}


def inputs_of(*kinds, n=N):
    return {kind: [RAW[kind](row) for row in range(n)] for kind in kinds}


def task_of(labels=LABELS, **more):
    inputs = more.pop("inputs", inputs_of("image", "tabular"))
    return Task.from_arrays(more.pop("name", "made_up"), inputs, labels, **more)


# -- what it becomes


@pytest.mark.parametrize("kinds", [("image", "tabular"), ("graph", "text")])
def test_validation_and_test_samples_change_no_byte_of_the_card(kinds):
    rows = [row if SPLIT[row] == "train" else row + 1000 for row in range(N)]
    other = {kind: [RAW[kind](row) for row in rows] for kind in kinds}
    for kind in kinds:
        for row in range(N):
            if SPLIT[row] != "train":
                other[kind][row] = STRANGE[kind]
    one, two = (task_of(inputs=inputs, split=SPLIT) for inputs in (inputs_of(*kinds), other))
    assert json.dumps(card_values(one.card)).encode() == json.dumps(card_values(two.card)).encode()
    assert one.data.source.sha256 != two.data.source.sha256


STRANGE = {
    "image": np.full((20, 30), 16),
    "graph": charged(nx.complete_graph(9), 99.0),
    "tabular": {"size": 1e6, "colour": "mauve", "weight": 3},
    "text": "Ganz andere Wörter ☃",
}


def test_the_form_says_what_training_inputs_were_like():
    forms = {modality.name: modality.form for modality in task_of().card.modalities}
    assert (forms["image"].height, forms["image"].width, forms["image"].high) == (8, 8, 16)
    assert [(column.name, column.kind) for column in forms["tabular"].columns] == [
        ("size", "number"),
        ("colour", "category"),
    ]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([0, 1], ("0", "1")),
        ([1, 1.0, 2], ("1", "2")),
        ([np.int8(1), np.float32(1), 2, Decimal("2.0")], ("1", "2")),
        ([True, False, np.bool_(True)], ("False", "True")),
        ([10, 9, "10"], ("9", "10")),
        (["a b", " a  b ", "c"], ("a b", "c")),
    ],
)
def test_labels_that_people_write_alike_are_one_class(labels, names):
    given = [labels[row % len(labels)] for row in range(N)]
    assert task_of(given).card.target.names == names


def test_samples_may_come_as_arrays_frames_series_and_pictures():
    inputs = {
        "pictures": [Image.fromarray(picture(row).astype(np.uint8)) for row in range(N)],
        "frame": pd.DataFrame([cells(row) for row in range(N)]),
        "rows": np.random.default_rng(0).normal(size=(N, 3)),
        "words": pd.Series([sentence(row) for row in range(N)]),
        "graphs": [graph(row) for row in range(N)],
    }
    task = task_of(pd.Series(LABELS, dtype="category"), inputs=inputs, split=pd.Series(SPLIT))
    assert [modality.kind for modality in task.card.modalities] == ["image", "tabular", "tabular", "text", "graph"]
    assert len(task.data.train) == SPLIT.count("train")


def test_a_drawn_split_keeps_the_shares_of_classes_and_of_gaps():
    labels = np.repeat(["a", "b", "c"], [500, 300, 200])
    inputs = inputs_of("text", "tabular", n=1000)
    for row in range(0, 1000, 4):
        inputs["text"][row] = None
    data = task_of(labels, inputs=inputs, seed=3).data
    for split, share in ((data.train, 0.7), (data.validation, 0.1), (data.test, 0.2)):
        assert len(split) == round(1000 * share)
        assert np.abs(np.bincount(split.labels) - share * np.array([500, 300, 200])).max() <= 2
        assert abs(int((split.pairing["text"] < 0).sum()) - share * 250) <= 4


def test_the_seed_draws_the_split_and_nothing_else_does():
    one, same, other = (task_of(seed=seed).data for seed in (0, 0, 1))
    assert one.source.sha256 == same.source.sha256 != other.source.sha256


def test_every_class_of_many_small_ones_is_trained_on():
    labels = [row // 3 for row in range(30)]
    data = task_of(labels, inputs=inputs_of("image", "tabular", n=30)).data
    assert set(data.train.labels) == set(range(10))


def test_a_row_without_any_value_is_a_missing_input():
    frame = pd.DataFrame([cells(row) for row in range(N)])
    frame.loc[[3, 4]] = np.nan
    inputs = {"image": inputs_of("image")["image"], "frame": frame}
    data = task_of(inputs=inputs, split=SPLIT).data
    assert (data.train.pairing["frame"] < 0).sum() == 2
    assert len(data.train.inputs["frame"]) == len(data.train) - 2


def test_ids_may_be_strings_and_stay_with_their_samples():
    data = task_of(ids=[f"case {row:02d}" for row in range(N)], split=SPLIT).data
    assert data.test.ids.tolist()[:2] == ["case 08", "case 09"]


def test_equal_content_has_one_source():
    inputs = inputs_of("image", "tabular")
    inputs["image"][1] = inputs["image"][0]
    sources = task_of(inputs=inputs, split=SPLIT).data.train.sources["image"]
    assert sources[0] == sources[1] != sources[2]


def test_factors_name_keys_and_an_unknown_value_is_masked():
    shades = ["dark", "light", None, "dark"] * (N // 4)
    task = task_of(means={"image": {"shade": shades}}, split=SPLIT)
    assert task.card.factors == {"shade": (0, 1)}
    assert task.card.modality("image").key_names == ("dark", "light")
    assert task.data.train.semantics["image"].tolist()[:6] == [0, 1, -1, 0, 0, 1]
    assert set(task.data.train.semantics["tabular"]) == {-1}


# -- inputs that are missing


def with_gaps(rng, n=200):
    """A level a sample, told by both of its inputs, of which 30 of 100 are missing."""
    levels = rng.integers(0, 3, n)
    shades = [np.full((8, 8), 3 + 5 * level) + rng.integers(-2, 3, (8, 8)) for level in levels]
    rows = [{"size": level + rng.normal(0, 0.2), "noise": rng.normal()} for level in levels]
    inputs = {"image": shades, "tabular": rows}
    which = np.where(rng.random(n) < 0.6, rng.integers(0, 2, n), -1)
    for place, raws in enumerate(inputs.values()):
        raws[:] = [None if lacks == place else raw for raw, lacks in zip(raws, which, strict=True)]
    return inputs, [("low", "middle", "high")[level] for level in levels]


def shortly_trained(task, out):
    settings = task.preset()
    return train_run(replace(settings, training=replace(settings.training, epochs=20, polish_epochs=1)), task, out)


@pytest.fixture(scope="module")
def gaps(tmp_path_factory):
    inputs, labels = with_gaps(np.random.default_rng(0))
    task = Task.from_arrays("gaps", inputs, labels)
    return task, shortly_trained(task, tmp_path_factory.mktemp("runs") / "gaps")


def test_a_training_with_gaps_learns_from_what_is_there(gaps):
    task, run = gaps
    assert not task.data.train.whole().all()
    assert run.metrics["accuracy"] > 0.8 > 2 * run.metrics["majority_accuracy"] - 0.1


def test_its_bank_holds_whole_samples_and_its_figures_come_again(gaps):
    task, run = gaps
    assert len(run.bank) == task.data.train.whole().sum()
    assert evaluate_run(run, task=task) == run.metrics


def test_the_run_alone_says_that_it_brings_no_data(gaps):
    with pytest.raises(UserError, match=r"^The data of gaps are not here"):
        evaluate_run(gaps[1])


def test_it_is_loaded_and_explains_samples_and_single_inputs(gaps):
    _, saved = gaps
    run = load_run(saved.path)
    for sample in run.test_bank.sample_ids[:3]:
        assert explain_sample(run, str(sample)).path.steps
    for name, side in run.test_bank.sides.items():
        of_one = explain_inputs(run, {name: side.inputs.take([0])})
        assert run.card.modality(name).title in explanation_text(run, explanation_report(run, of_one))


# -- what is refused


def without(kind, parts):
    inputs = inputs_of("image", "tabular")
    inputs[kind] = [None if SPLIT[row] in parts else raw for row, raw in enumerate(inputs[kind])]
    return inputs


def but(kind, row, raw):
    inputs = inputs_of("image", "tabular")
    inputs[kind][row] = raw
    return inputs


def labelled(row, label):
    return [*LABELS[:row], label, *LABELS[row + 1 :]]


FRAME = pd.DataFrame([cells(row) for row in range(N)])
PICTURES = {"image": inputs_of("image")["image"]}

REFUSED = {
    "no dict": ({"inputs": [1, 2]}, r"^inputs must say of each modality its inputs \(got \[1, 2\]\); bring a dict$"),
    "one modality": ({"inputs": PICTURES}, r"^Concepts are shared between modalities.* at least 2 \(got \['image'\]"),
    "name of a modality": ({"inputs": {"2nd": [], **PICTURES}}, "^A modality cannot be called '2nd'"),
    "no text as name of a modality": ({"inputs": {7: [], **PICTURES}}, "^A modality cannot be called '7'"),
    "name of the task": ({"name": "my task"}, "^A task cannot be called 'my task'; call it by"),
    "no name": ({"name": ""}, "^A task cannot be called ''"),
    "title": ({"title": 5}, r"^title must be a text \(got 5\)"),
    "target": ({"target": " "}, "^target says in a word"),
    "one input": ({"inputs": {**PICTURES, "text": "a b"}}, r"^The inputs 'text' must be a sequence \(got 'a b'\)"),
    "inputs in no order": ({"inputs": {**PICTURES, "text": {"a", "b"}}}, "^The inputs 'text' must be a sequence"),
    "length": ({"inputs": {**PICTURES, "text": ["a"]}}, r"^There must be as many of the inputs 'text' as labels, 40"),
    "no samples": ({"labels": [], "inputs": {"a": [], "b": []}}, r"^There are no samples \(got no labels\)"),
    "no rows": ({"labels": np.zeros(0), "inputs": {"a": np.zeros((0, 3)), "b": []}}, "^There are no samples"),
    "kind of nothing": ({"inputs": {**PICTURES, "x": [object()] * N}}, r"^Sample \d+ .* type object are of no known"),
    "kinds": (
        {"inputs": but("image", 5, "a sentence")},
        r"^'image': there are inputs of several kinds \(image and",
    ),
    "shape": ({"inputs": but("image", 2, np.zeros((5, 5, 9)))}, r"^Sample 2 \(counted from 0\), 'image': .*channels\)"),
    "objects": (
        {"inputs": but("image", 2, np.full((5, 5), "a", dtype=object))},
        r"^Sample 2 \(counted from 0\), 'image': .* holds object and not numbers",
    ),
    "not finite": ({"inputs": but("tabular", 2, {"size": float("inf"), "colour": "red"})}, "^Sample 2 .*size.*finite"),
    "cell": (
        {"inputs": but("tabular", 9, {"size": "big", "colour": "red"}), "split": SPLIT},
        r"^Sample 9 \(counted from 0\), 'tabular': .*size is 'big'; write a number",
    ),
    "cell of a sample with an id": (
        {"inputs": but("tabular", 9, {"size": "big"}), "split": SPLIT, "ids": [f"case {row}" for row in range(N)]},
        "^Sample 'case 9', 'tabular': ",
    ),
    "column without a value": (
        {"inputs": {**PICTURES, "frame": FRAME.assign(weight=np.nan)}},
        "^'frame': Of weight no training row says anything; leave the column out$",
    ),
    "column twice": (
        {"inputs": {**PICTURES, "frame": pd.concat([FRAME, FRAME[["size"]]], axis=1)}},
        "^The inputs 'frame' have the column 'size' more than once",
    ),
    "order of a frame": (
        {"inputs": {**PICTURES, "frame": FRAME[::-1]}, "labels": pd.Series(LABELS)},
        "^The index of the inputs 'frame' is not that of the labels.*reset_index",
    ),
    "index of a frame": (
        {"inputs": {**PICTURES, "frame": FRAME.set_axis(range(5, N + 5))}, "labels": pd.Series(LABELS)},
        "^The index of the inputs 'frame' is not that of the labels",
    ),
    "nothing in training": (
        {"inputs": without("tabular", ["train"]), "split": SPLIT},
        "^No train sample has 'tabular'",
    ),
    "nothing in test": ({"inputs": without("image", ["test"]), "split": SPLIT}, "^No test sample has 'image'"),
    "nothing anywhere": ({"inputs": without("image", ["train", "validation", "test"])}, "has 'image'; bring some"),
    "no whole sample": (
        {
            "inputs": {
                kind: [raw if row % 2 == place else None for row, raw in enumerate(raws)]
                for place, (kind, raws) in enumerate(inputs_of("image", "tabular").items())
            },
        },
        r"^The train part needs at least 2 samples with an input of every modality \(got 0\)",
    ),
    "no input": (
        {"inputs": {kind: [None, *raws[1:]] for kind, raws in inputs_of("image", "tabular").items()}},
        "^1 sample has no input at all",
    ),
    "no label": ({"labels": [None] * N}, "^No sample has a label; give some one"),
    "blank labels": ({"labels": [" "] * N}, "^No sample has a label"),
    "list as label": ({"labels": labelled(3, ["a"])}, r"^The labels: number 3 \(counted from 0\) holds a list"),
    "table of labels": ({"labels": np.eye(N)}, "^The labels must be a list of one number or word a sample"),
    "frame of labels": ({"labels": pd.DataFrame({"y": LABELS})}, "^The labels must be a list of one number or word"),
    "text as labels": ({"labels": "ab" * (N // 2)}, "^The labels must be a sequence"),
    "long label": ({"labels": labelled(3, "a" * 101)}, "^The label .* is longer than 100 characters"),
    "quantities": ({"labels": np.random.default_rng(0).normal(size=N)}, r"^The labels look like a quantity \(40"),
    "one class": ({"labels": ["yes"] * N}, "^There is nothing to tell apart: all labels are 'yes'; bring a second"),
    "rare class": ({"labels": labelled(3, "perhaps")}, "^'perhaps' has a single sample, too few"),
    "many classes": (
        {"labels": list(range(2002)) * 2, "inputs": inputs_of("text", "tabular", n=4004)},
        "^There are 2,002",
    ),
    "class never trained on": (
        {
            "labels": ["perhaps" if part == "test" else label for part, label in zip(SPLIT, LABELS, strict=True)],
            "split": SPLIT,
        },
        "^'perhaps' is in validation or test and in no training sample",
    ),
    "unknown part": ({"split": ["val", *SPLIT[1:]]}, r"^The split of a sample must be one of .* \(got 'val'\)"),
    "part of nothing": ({"split": [None, *SPLIT[1:]]}, r"must be one of .* \(got 'None'\)"),
    "no validation": (
        {"split": [part.replace("validation", "train") for part in SPLIT]},
        r"^The validation part needs at least 2 samples \(got 0\)",
    ),
    "few": ({"labels": LABELS[:8], "inputs": inputs_of("image", "text", n=8)}, "^The validation part needs at least 2"),
    "length of the split": ({"split": SPLIT[:-1]}, "^There must be as many of the split as labels"),
    "ids twice": ({"ids": ["a", "a", *range(N - 2)]}, r"^Every id may stand once \(got 'a' 2 times\)"),
    "ids that are written alike": ({"ids": [1, "1", *range(5, N + 3)]}, r"^Every id may stand once \(got '1' 2 times"),
    "no id": ({"ids": [None, *range(N - 1)]}, "^Sample 0 .* has no id"),
    "seed": ({"seed": -1}, "^seed must be a whole number from 0"),
    "kind of another modality": ({"kinds": {"text": "text"}}, "^kinds names the modality 'text', which is not there"),
    "unknown kind": ({"kinds": {"image": "film"}}, "^The kind of 'image' must be one of"),
    "wrong kind": ({"kinds": {"image": "text"}}, r"^Sample \d+ .*'image': Training text 0"),
    "means of nothing": ({"means": {"text": {"a": LABELS}}}, "^means names the modality 'text', which is not there"),
    "shape of means": ({"means": {"image": ["a"] * N}}, "^means must say modality → factor → values"),
    "length of means": ({"means": {"image": {"a": ["b"]}}}, "^There must be as many of the values of 'a' as labels"),
    "name of a factor": ({"means": {"image": {"": LABELS}}}, "^A factor cannot be called ''"),
    "factor of one value": ({"means": {"image": {"a": ["b"] * N}}}, "^'a' has 1 value in the training samples"),
    "factor of nothing": ({"means": {"image": {"a": [None] * N}}}, "^'a' has 0 value in the training samples"),
    "list as a value": ({"means": {"image": {"a": [[]] * N}}}, "^The values of 'a': number 0 .*holds a list"),
    "factor of many values": (
        {"labels": [*LABELS] * 5, "inputs": inputs_of("image", "text", n=200), "means": {"image": {"a": range(200)}}},
        r"^'a' has 140 values, more than 100; group them",
    ),
    "the label as a factor": (
        {"means": {"image": {"a": [{"yes": 1, "no": 0}[label] for label in LABELS]}}},
        "^'a' says of each input just what its label says, which would turn alignment into classification",
    ),
}


@pytest.mark.parametrize(("brought", "message"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_task_is_refused_in_one_sentence(brought, message):
    with pytest.raises(UserError, match=message) as error:
        task_of(**brought)
    assert "\n" not in str(error.value)
    assert not str(error.value).endswith(".")


def test_inputs_that_no_memory_holds_are_refused_before_they_are_prepared(monkeypatch):
    monkeypatch.setattr(preparing, "MOST_BYTES", 1000)
    with pytest.raises(UserError, match=r"^'image' would take .* GB of memory, more than 0; bring fewer samples"):
        task_of()
