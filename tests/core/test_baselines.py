"""Other wirings of the same parts: what each predicts from, and that it trains at all."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sharcs_benchmark.plan import WIRING_OF, changed, configured, models_of
from sharcs_core.baselines import WITHOUT_DATA, Relative, build_model, choose_anchors
from sharcs_core.config import HAS_CONCEPTS, WIRINGS
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.predictor import Predictor
from sharcs_core.tensors import to_tensors
from sharcs_core.training import fit
from toy_task import MODALITIES, ToyTask

TASK = ToyTask()
PRESET = TASK.preset()
FAMILIES = [name for name in WIRING_OF if not name.startswith("unimodal")]


@pytest.fixture(scope="module")
def data():
    return TASK.load(seed=0)


@pytest.fixture(scope="module")
def batch(data):
    return {name: to_tensors(inputs) for name, inputs in data.test.samples().items()}


def model_of(wiring, data, seed=0):
    config = replace(PRESET.model, wiring=wiring)
    return build_model(config, seed, choose_anchors(config, data.train, np.random.default_rng(seed)))


def test_every_wiring_can_be_built(data):
    assert {*WITHOUT_DATA, "relative"} == set(WIRINGS)
    for wiring in WIRINGS:
        assert model_of(wiring, data).config.wiring == wiring


@pytest.mark.parametrize("wiring", WIRINGS)
def test_any_subset_of_modalities_can_be_encoded_and_all_are_needed_to_predict(wiring, data, batch):
    model = model_of(wiring, data).eval()
    with torch.inference_mode():
        one = model.share(model.encode({"words": batch["words"]}))
        output = model(batch)
    torch.testing.assert_close(one["words"], output.shared["words"])
    assert output.logits.shape == (len(batch["words"]["tokens"]), 4)
    with pytest.raises(KeyError):
        model.predict(one)


@pytest.mark.parametrize("wiring", WIRINGS)
def test_evaluation_depends_on_no_other_sample(wiring, data, batch):
    model = model_of(wiring, data).eval()
    alone = {name: {field: values[:1] for field, values in fields.items()} for name, fields in batch.items()}
    with torch.inference_mode():
        torch.testing.assert_close(model(alone).logits, model(batch).logits[:1], atol=1e-5, rtol=1e-4)


def test_only_models_of_concepts_stay_between_0_and_1(data, batch):
    for wiring in WIRINGS:
        with torch.inference_mode():
            shared = torch.cat(list(model_of(wiring, data).train()(batch).shared.values()))
        assert bool(((shared >= 0) & (shared <= 1)).all()) == (wiring in HAS_CONCEPTS), wiring


@pytest.mark.parametrize("wiring", ["sharcs", "concept", "fusion", "late", "embedding"])
def test_concepts_are_centred_before_they_are_read_and_scores_are_not(wiring, data, batch):
    model = model_of(wiring, data)
    said = model.share(model.encode(batch))
    read = []
    for module in model.modules():
        if isinstance(module, Predictor):
            module.layers.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    model.predict(said)
    expected = torch.cat([said[name] for name in model.config.modalities], dim=1)
    expected = 2 * expected - 1 if wiring in HAS_CONCEPTS else expected
    torch.testing.assert_close(torch.cat(read, dim=1), expected)


def test_late_fusion_says_the_mean_of_what_each_modality_says(data, batch):
    model = model_of("late", data).eval()
    with torch.inference_mode():
        shared = model.share(model.encode(batch))
        said = [model.predictors[name](shared).softmax(-1) for name in MODALITIES]
        torch.testing.assert_close(model.predict(shared).softmax(-1), torch.stack(said).mean(0))


def test_embeddings_lie_on_the_sphere_around_the_cube_of_concepts(data, batch):
    with torch.inference_mode():
        shared = model_of("embedding", data).eval()(batch).shared
    for values in shared.values():
        torch.testing.assert_close(values.norm(dim=-1), torch.full((len(values),), (5**0.5) / 2))


def test_relative_representations_are_cosines_to_the_anchors(data, batch):
    model = model_of("relative", data).eval()
    assert isinstance(model, Relative)
    with torch.inference_mode():
        local = model.encode(batch)
        shared = model.share(local)
        anchors = model.encode({"table": {"values": model.anchors_table_values}})["table"]
    for i in (0, 7):
        for a in (0, 3):
            cosine = float(local["table"][i] @ anchors[a] / (local["table"][i].norm() * anchors[a].norm()))
            assert shared["table"][i, a].item() == pytest.approx(cosine, abs=1e-5)


def test_anchors_mean_the_same_in_every_modality_and_come_from_training(data):
    config = replace(PRESET.model, wiring="relative", n_shared=7)
    anchors = choose_anchors(config, data.train, np.random.default_rng(3))
    keys = []
    for name, inputs in anchors.items():
        field = next(iter(inputs.arrays))
        own, others = inputs.arrays[field], data.train.inputs[name].arrays[field]
        rows = [next(r for r in range(len(others)) if np.array_equal(others[r], value)) for value in own]
        keys.append([int(data.train.semantics[name][row]) for row in rows])
    assert keys[0] == keys[1] == keys[2]
    assert len(keys[0]) == 7
    assert set(keys[0]) == {0, 1, 2, 3}  # four meanings: all come round before one comes again


def test_a_relative_model_without_anchors_is_refused():
    with pytest.raises(ValueError, match="anchors"):
        build_model(replace(PRESET.model, wiring="relative"))


@pytest.mark.parametrize("wiring", sorted(set(WIRINGS) - {"relative"}))
def test_anchors_are_refused_by_every_other_model(wiring, data):
    """They used to make it a relative one, whatever its settings said."""
    anchors = choose_anchors(replace(PRESET.model, wiring="relative"), data.train, np.random.default_rng(0))
    with pytest.raises(ValueError, match=f"Only a relative model has anchors .* wiring {wiring!r}"):
        build_model(replace(PRESET.model, wiring=wiring), anchors=anchors)


@pytest.mark.parametrize("change", ["fewer", "one modality less"])
def test_other_anchors_than_a_relative_model_needs_are_refused(change, data):
    config = replace(PRESET.model, wiring="relative")
    anchors = choose_anchors(config, data.train, np.random.default_rng(0))
    if change == "fewer":
        anchors["table"] = anchors["table"].take(slice(0, 3))
    else:
        del anchors["table"]
    with pytest.raises(ValueError, match="Anchors must be 5 inputs of each of"):
        build_model(config, anchors=anchors)


def test_anchors_need_a_meaning_common_to_all(data):
    config = replace(PRESET.model, wiring="relative")
    apart = replace(
        data.train, semantics={name: keys + 10 * i for i, (name, keys) in enumerate(data.train.semantics.items())}
    )
    with pytest.raises(ValueError, match="every modality"):
        choose_anchors(config, apart, np.random.default_rng(0))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_model_of_many_modalities_learns_the_toy_task(family, data):
    config = changed(PRESET, WIRING_OF[family])
    model = fit(config, TASK, data).model
    _, shared = concepts_of(model, data.test.samples())
    accuracy = (probabilities(model, shared).argmax(1) == data.test.labels).mean()
    # a mean of what each modality says cannot count across them, so late fusion is but better than chance
    assert accuracy > (0.6 if family == "late_fusion" else 0.9), accuracy


def test_a_model_of_one_modality_reads_that_alone(data):
    config = changed(PRESET, WIRING_OF["unimodal"])
    config = replace(config, model=replace(config.model, encoders={"table": PRESET.model.encoders["table"]}))
    model = fit(config, TASK, data).model
    _, shared = concepts_of(model, {"table": data.test.samples()["table"]})
    accuracy = (probabilities(model, shared).argmax(1) == data.test.labels).mean()
    assert 0.35 < accuracy < 0.75  # of three numbers one is known: half the samples at best


def test_the_models_of_a_task_differ_from_sharcs_in_nothing_but_their_wiring():
    preset = configured(PRESET.__class__(**{**vars(PRESET), "task": "xor_and_xor"}), "sharcs")
    for model in models_of("xor_and_xor"):
        if model.startswith("unimodal") or model == "edge_count":
            continue
        other = configured(preset, model)
        assert other.model.encoders == preset.model.encoders
        assert other.training.epochs == preset.training.epochs
        assert other.training.learning_rate == preset.training.learning_rate
