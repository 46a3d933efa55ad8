"""Where something is read: shares, signs and places, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sharcs_core.checkpoints import load_run
from sharcs_core.errors import UserError
from sharcs_core.explanations import explain_inputs, explain_sample
from sharcs_core.structures import Answer, Inputs, OnGraph, OnPicture, OnTable, Question
from sharcs_core.tasks.xor.ring_graphs import clean_adjacency, pack_adjacency
from sharcs_core.where import EXPLAINERS, agreement, concept, deciding, inputs_of, where
from sharcs_core.where.asked import same_side, same_value
from sharcs_core.where.explainers import KEPT
from sharcs_core.where.graphs import without
from sharcs_core.where.sample import Sample
from sources import ROOT


@pytest.fixture(scope="module", params=["clevr", "xor_four_ways", "half_mnist", "icons", "molecules"])
def run(request):
    return load_run(ROOT / "checkpoints" / request.param)


@pytest.fixture(scope="module")
def bits():
    return load_run(ROOT / "checkpoints" / "xor_four_ways")


@pytest.fixture(scope="module")
def scenes():
    return load_run(ROOT / "checkpoints" / "clevr")


def sample_of(run, row=3):
    return inputs_of(run, str(run.test_bank.sample_ids[row]))


def fits(part, inputs):
    if isinstance(part, OnPicture):
        return part.shares.shape == inputs.arrays["pixels"].shape[1:3]
    if isinstance(part, OnGraph):
        return len(part.nodes) == inputs.arrays["n_nodes"][0]
    if isinstance(part, OnTable):
        return len(part.cells) == len(part.columns)
    return [part.text[start:end] for start, end in part.places.tolist()] == list(part.words)


def test_every_explainer_of_every_kind_shares_out_the_evidence(run):
    inputs = sample_of(run)
    for modality, one in inputs.items():
        for name in EXPLAINERS[one.kind]:
            found = where(run, {modality: one}, concept(run, modality, 0), name)
            part = found.parts[modality]
            assert found.explainers == {modality: name}
            assert fits(part, one)
            assert np.abs(part.flat()).sum() == pytest.approx(1)
            assert np.isfinite(part.flat()).all()


def test_what_is_said_is_what_the_model_says(run):
    sample_id = str(run.test_bank.sample_ids[5])
    explanation, found = explain_sample(run, sample_id), where(run, inputs_of(run, sample_id))
    assert found.asked == Answer(explanation.class_index)
    assert found.certainty == pytest.approx(explanation.probabilities[explanation.class_index], abs=2e-3)
    assert sum(abs(weight) for weight in found.weights.values()) == pytest.approx(1)
    for modality, concepts in explanation.shared.items():
        told = where(run, inputs_of(run, sample_id), concept(run, modality, 1))
        assert told.says == (concepts[1] > 0.5)
        assert told.certainty == pytest.approx(max(concepts[1], 1 - concepts[1]), abs=5e-3)
        assert set(told.parts) == {modality}


def test_what_is_absent_is_averaged_as_predictions_are(run):
    inputs = dict(list(sample_of(run).items())[:1])
    probabilities = explain_inputs(run, inputs).probabilities
    found = where(run, inputs)
    assert set(found.parts) == set(inputs)
    assert found.certainty == pytest.approx(probabilities.max(), abs=1e-4)


def test_an_upload_is_explained_as_the_stored_sample_is(scenes):
    inputs = sample_of(scenes)
    file = scenes.task.write("image", inputs["image"])
    brought, _ = scenes.task.read("image", f"scene{file.suffix}", file.content)
    ours, theirs = (where(scenes, {**inputs, "image": one}).parts["image"] for one in (inputs["image"], brought))
    np.testing.assert_array_equal(ours.shares, theirs.shares)


def test_nothing_of_the_run_changes_and_its_arrays_are_read_only(run):
    before = {name: values.clone() for name, values in run.model.state_dict().items()}
    found = where(run, sample_of(run))
    assert all(torch.equal(before[name], values) for name, values in run.model.state_dict().items())
    assert not any(layer._forward_hooks for layer in run.model.modules())
    for part in found.parts.values():
        values = next(getattr(part, field) for field in ("shares", "nodes", "cells") if hasattr(part, field))
        with pytest.raises(ValueError, match="read-only"):
            values[...] = 0


def test_the_same_is_found_twice(run):
    first, second = (where(run, sample_of(run)) for _ in range(2))
    for name in first.parts:
        np.testing.assert_array_equal(first.parts[name].flat(), second.parts[name].flat())


def test_a_glimpse_lies_where_the_encoder_looks(scenes):
    inputs = sample_of(scenes)
    part = where(scenes, inputs, concept(scenes, "image", 0)).parts["image"]
    top, left, bottom, right = part.seen
    outside = part.shares.copy()
    outside[top:bottom, left:right] = 0
    assert not outside.any()
    prepared = scenes.model.encoders["image"].prepare(
        {"pixels": torch.as_tensor(inputs["image"].arrays["pixels"].copy())}
    )
    cut = inputs["image"].arrays["pixels"][0][top:bottom, left:right].transpose(2, 0, 1) / 255 - 0.5
    np.testing.assert_allclose(prepared["seen"][0].numpy(), cut, atol=1e-6)


@pytest.mark.parametrize(("number", "column"), [(0, "bit_1"), (1, "bit_4")])
def test_a_bit_is_read_in_its_cell(bits, number, column):
    for row in range(12):
        part = where(bits, sample_of(bits, row), concept(bits, "table", number)).parts["table"]
        assert part.columns[np.abs(part.cells).argmax()] == column


def test_a_concept_that_is_off_is_explained_as_being_off(bits):
    for row in range(8):
        found = where(bits, sample_of(bits, row), concept(bits, "table", 0))
        assert found.parts["table"].cells[1] > 0.5  # speaks for what is said, whichever it is
        assert found.certainty > 0.9


def test_words_are_read_where_they_stand(bits):
    inputs = {"text": Inputs("text", {"tokens": bits.test_bank.sides["text"].inputs.arrays["tokens"][:1]})}
    part = where(bits, inputs, concept(bits, "text", 0)).parts["text"]
    assert part.text.split() == list(part.words)


def test_a_removed_part_is_what_occlusion_says(bits):
    inputs = sample_of(bits)
    asked = concept(bits, "table", 0)
    sample = Sample.of(bits, inputs)
    keep = KEPT["tabular"](sample.probe("table", sample.amount(asked)))
    with torch.no_grad():
        chances = [
            torch.sigmoid(keep(torch.tensor([[float(c != gone) for c in range(6)]])).double()) for gone in range(7)
        ]
    lost = np.array([float(chances[6] - chances[gone]) for gone in range(6)])
    lost *= 1 if float(chances[6]) > 0.5 else -1
    part = where(bits, inputs, asked, "occlusion").parts["table"]
    np.testing.assert_allclose(part.cells, lost / np.abs(lost).sum(), atol=1e-6)


def test_a_graph_without_some_nodes_is_the_smaller_graph():
    run = load_run(ROOT / "checkpoints" / "half_mnist")
    inputs = sample_of(run)
    probe = Sample.of(run, inputs).probe("graph", lambda evidence: evidence["graph"])
    n = int(inputs["graph"].arrays["n_nodes"][0])
    kept = torch.arange(n) % 3 != 1
    made = without(probe, kept[None])
    numbers = np.flatnonzero(kept.numpy())
    place = {int(old): new for new, old in enumerate(numbers)}
    heard = inputs["graph"].arrays["neighbours"][0][numbers]
    expected = [[place[int(one)] for one in row if int(one) in place] for row in heard]
    found = [[one for one in row if one >= 0] for row in made["neighbours"][0, : len(numbers)].tolist()]
    assert found == expected
    np.testing.assert_array_equal(made["nodes"][0, : len(numbers)], inputs["graph"].arrays["nodes"][0][numbers])
    assert made["n_nodes"].tolist() == [len(numbers)]


def test_edges_are_left_out_of_a_list_of_them():
    run = load_run(ROOT / "checkpoints" / "molecules")
    inputs = sample_of(run, 7)
    probe = Sample.of(run, inputs).probe("graph", lambda evidence: evidence["graph"])
    n, ends = int(inputs["graph"].arrays["n_nodes"][0]), inputs["graph"].arrays["edges"][0]
    kept = torch.ones(1, n, dtype=torch.bool)
    kept[0, 0] = False
    left = [one for one in without(probe, kept)["edges"][0].tolist() if one[0] >= 0]
    assert left == [[a - 1, b - 1] for a, b in ends.tolist() if a > 0 and b > 0]


def test_rings_are_found_out_afresh_when_an_edge_goes(bits):
    graph = pack_adjacency(clean_adjacency(np.array([1]), np.array([0])))
    sample = Sample.of(bits, {"graph": graph})
    found = KEPT["graph"](sample.probe("graph", sample.amount(concept(bits, "graph", 0))))
    part = where(bits, {"graph": graph}, concept(bits, "graph", 0)).parts["graph"]
    kept = torch.ones(1, len(part.flat()))
    kept[0, :10] = torch.tensor([1.0] * 4 + [0.0] * 6)
    empty = pack_adjacency(clean_adjacency(np.array([0]), np.array([0])))
    other = Sample.of(bits, {"graph": empty})
    with torch.no_grad():
        assert float(found(kept)) == pytest.approx(other.total(other.amount(concept(bits, "graph", 0))), abs=1e-4)
    assert np.abs(part.nodes[4:]).sum() + np.abs(part.edges).sum() > 0.99


def test_two_modalities_are_weighed_where_they_agree(scenes):
    found = where(scenes, sample_of(scenes), agreement(scenes, "image", "text", "colour"))
    assert set(found.parts) == set(found.weights) == {"image", "text"}
    assert found.parts["text"].words[found.parts["text"].shares.argmax()] in (
        "gray",
        "red",
        "blue",
        "green",
        "brown",
        "purple",
        "cyan",
        "yellow",
    )


def test_agreement_is_what_independent_chances_say():
    rng = np.random.default_rng(0)
    first, second = torch.tensor(rng.normal(0, 3, (2, 6, 4)))
    p, q = torch.sigmoid(first[:, 0]), torch.sigmoid(second[:, 0])
    torch.testing.assert_close(torch.sigmoid(same_side(first[:, 0], second[:, 0])), p * q + (1 - p) * (1 - q))
    same = (first.softmax(1) * second.softmax(1)).sum(1)
    torch.testing.assert_close(torch.sigmoid(same_value(first, second)), same)


def test_what_decides_is_what_the_answer_needs(scenes):
    for row in range(6):
        inputs = sample_of(scenes, row)
        found = deciding(Sample.of(scenes, inputs))
        assert [one.lost for one in found] == sorted((one.lost for one in found), reverse=True)
        assert all(one.question.kind == "agreement" for one in found)


FAULTS = [
    (lambda run, inputs: where(run, {}), "Give at least one input"),
    (lambda run, inputs: where(run, {"image": inputs["image"]}, concept(run, "text", 0)), "no input of 'text'"),
    (lambda run, inputs: where(run, inputs, explainer="tea leaves"), "No explainer 'tea leaves' for inputs of kind"),
    (lambda run, inputs: where(run, inputs, explainer={"text": "GNNExplainer"}), "kind 'text'; choose from"),
    (lambda run, inputs: where(run, inputs, concept(run, "image", 99)), "Concepts of clevr are 0 to 12"),
    (lambda run, inputs: where(run, inputs, Question(("image",), (99,))), r"Concepts are 0 to 12 \(got \[99\]\)"),
    (lambda run, inputs: where(run, inputs, Answer(2)), r"Classes are 0 to 1 \(got 2\)"),
    (lambda run, inputs: where(run, inputs, agreement(run, "image", "text", "smell")), "smell"),
    (lambda run, inputs: where(run, {"image": Inputs.withheld("image", 1)}), "are not kept with the run"),
    (lambda run, inputs: where(run, {"image": replace(inputs["image"], kind="text")}), "tokens"),
]


@pytest.mark.parametrize(("ask", "says"), FAULTS)
def test_what_cannot_be_told_is_said_in_one_sentence(scenes, ask, says):
    with pytest.raises(UserError, match=says) as fault:
        ask(scenes, sample_of(scenes))
    assert "\n" not in str(fault.value)


def test_an_empty_graph_and_a_text_without_words(bits):
    graph = bits.test_bank.sides["graph"].inputs.take([0])
    empty = Inputs("graph", {**graph.arrays, "n_nodes": np.zeros(1, dtype=np.int16)})
    with pytest.raises(UserError, match=r"graphs of 1 to 10 nodes \(got 0 to 0\)"):
        where(bits, {"graph": empty})
    silent = Inputs("text", {"tokens": np.zeros((1, 16), dtype=np.int16)})
    with pytest.raises(UserError, match="has nothing in it that is known"):
        where(bits, {"text": silent}, concept(bits, "text", 0))
    assert where(bits, {"text": silent}).parts["text"].words == ()


class Opaque(torch.nn.Module):
    """An encoder of somebody's own: rows go in, scores come out."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = [encoder]

    def forward(self, batch):
        return self.encoder[0](batch)


@pytest.mark.parametrize("name", ["xor_four_ways", "clevr", "molecules"])
def test_an_encoder_that_prepares_nothing_is_a_black_box(name):
    run = load_run(ROOT / "checkpoints" / name)
    inputs = sample_of(run)
    expected = {one: where(run, inputs, concept(run, one, 0), "occlusion").parts[one] for one in inputs}
    for modality in inputs:
        run.model.encoders[modality] = Opaque(run.model.encoders[modality])
    for modality, part in expected.items():
        found = where(run, inputs, concept(run, modality, 0))
        assert found.explainers == {modality: "occlusion"}
        if not isinstance(part, OnPicture):  # of which it is shown all and not only a glimpse
            np.testing.assert_allclose(found.parts[modality].flat(), part.flat(), atol=1e-5)
        for explainer in set(EXPLAINERS[inputs[modality].kind]) - {"occlusion", "Shapley values"}:
            with pytest.raises(UserError, match="needs an encoder that prepares what it scores"):
                where(run, inputs, concept(run, modality, 0), explainer)


def test_a_kind_that_nothing_explains_is_said_to_be_one(scenes):
    inputs = sample_of(scenes)
    probe = Sample.of(scenes, inputs).probe("image", lambda evidence: evidence["image"])
    from sharcs_core.where.explainers import explainer_of

    with pytest.raises(UserError, match="of kind 'series', for which there is no explainer"):
        explainer_of(replace(probe, inputs=Inputs("series", inputs["image"].arrays)))
