import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

from sharcs_core.baselines import build_model
from sharcs_core.concepts import ConceptActivation
from sharcs_core.config import WIRINGS, EncoderConfig, ModelConfig
from sharcs_core.predictor import Predictor
from sharcs_core.tensors import to_tensors
from toy_task import MODALITIES, ToyTask

CONFIG = ToyTask().preset().model
SUBSETS = [subset for size in (1, 2, 3) for subset in combinations(MODALITIES, size)]


@pytest.fixture(scope="module")
def batch():
    samples = ToyTask().load(seed=1).test.samples()
    return {name: to_tensors(inputs) for name, inputs in samples.items()}


@pytest.fixture
def model(batch):
    """Drawn weights, and batch statistics from one pass in training mode."""
    model = build_model(CONFIG, seed=0)
    model(batch)
    return model.eval()


def test_a_concept_is_the_sigmoid_of_its_scaled_standard_score():
    raw = torch.rand(50, 3, generator=torch.Generator().manual_seed(0)) * 9
    activation = ConceptActivation(3, slope=5)
    standard = (raw - raw.mean(0)) / raw.std(0, unbiased=False)
    torch.testing.assert_close(activation(raw), torch.sigmoid(5 * standard), atol=1e-3, rtol=1e-3)
    assert not list(activation.parameters())


def test_taught_concepts_learn_their_scale_and_shift_and_free_ones_have_none():
    raw = torch.rand(50, 4, generator=torch.Generator().manual_seed(0)) * 9
    activation = ConceptActivation(4, slope=5, n_named=2)
    torch.testing.assert_close(activation(raw), ConceptActivation(4, slope=5)(raw))  # as all others, to begin with
    with torch.no_grad():
        activation.scale.copy_(torch.tensor([2.0, 0.5]))
        activation.shift.copy_(torch.tensor([-1.0, 0.3]))
    standard = ((raw - raw.mean(0)) / (raw.var(0, unbiased=False) + 1e-5).sqrt()).tolist()
    found = activation(raw)
    for row, scores in zip(found.tolist(), standard, strict=True):
        moved = [2 * scores[0] - 1, 0.5 * scores[1] + 0.3, scores[2], scores[3]]
        assert row == pytest.approx([1 / (1 + np.exp(-5 * score)) for score in moved], abs=1e-4)
    found.sum().backward()
    assert {name: tuple(of.shape) for name, of in activation.named_parameters()} == {"scale": (2,), "shift": (2,)}
    assert activation.scale.grad.abs().min() > 0
    assert activation.shift.grad.abs().min() > 0


def test_all_concepts_may_be_taught():
    raw = torch.rand(9, 3, generator=torch.Generator().manual_seed(0))
    assert ConceptActivation(3, slope=5, n_named=3)(raw).shape == (9, 3)


@pytest.mark.parametrize("wiring", ["sharcs", "concept"])
def test_what_is_taught_is_the_concepts_that_the_class_is_predicted_from(wiring):
    named = replace(CONFIG, wiring=wiring, named={"half": 2, "number": 4})
    scales = [name for name, of in build_model(named).named_parameters() if name.endswith("scale") and len(of) == 5]
    own = [f"concepts.{name}.scale" for name in MODALITIES]
    assert scales == (["space.activation.scale"] if wiring == "sharcs" else own)


@pytest.mark.parametrize("wiring", sorted(set(WIRINGS) - {"relative"}))
def test_free_models_have_the_weights_that_they_had_before_there_were_names(wiring):
    names = [name for name, _ in build_model(replace(CONFIG, wiring=wiring)).named_parameters()]
    assert not [name for name in names if re.search(r"scale|shift", name)]


def read_by(predictor, shared):
    """What the perceptron of a predictor is given."""
    seen = []
    with_hook = predictor.layers.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    logits = predictor(shared)
    with_hook.remove()
    return seen[0].tolist(), logits


def test_agreements_are_products_of_what_two_modalities_say():
    generator = torch.Generator().manual_seed(0)
    shared = {name: torch.rand(6, CONFIG.n_shared, generator=generator) for name in MODALITIES}
    read, logits = read_by(Predictor(replace(CONFIG, agreements=True)), shared)
    for row in range(6):
        expected = [2 * float(concept) - 1 for name in MODALITIES for concept in shared[name][row]]
        for first, second in (("table", "words"), ("table", "picture"), ("words", "picture")):
            for concept in range(CONFIG.n_shared):
                one, other = float(shared[first][row, concept]), float(shared[second][row, concept])
                expected.append((2 * one - 1) * (2 * other - 1))
        assert read[row] == pytest.approx(expected, abs=1e-6)
    assert logits.shape == (6, 4)


def test_concepts_that_are_sure_agree_by_1_or_minus_1():
    on, off = torch.ones(1, CONFIG.n_shared), torch.zeros(1, CONFIG.n_shared)
    read, _ = read_by(Predictor(replace(CONFIG, agreements=True)), {"table": on, "words": off, "picture": on})
    agreed = np.reshape(read[0], (6, CONFIG.n_shared))[3:]
    np.testing.assert_array_equal(agreed, np.repeat([[-1.0], [1.0], [-1.0]], CONFIG.n_shared, axis=1))


def test_without_agreements_only_concepts_are_read(batch):
    predictor = Predictor(CONFIG)
    shared = {name: torch.rand(3, CONFIG.n_shared) for name in MODALITIES}
    assert len(read_by(predictor, shared)[0][0]) == 3 * CONFIG.n_shared


def test_a_predictor_of_one_modality_has_nothing_to_compare():
    config = replace(CONFIG, agreements=True, wiring="late")
    read, _ = read_by(Predictor(config, CONFIG.n_local, ("words",)), {"words": torch.rand(3, CONFIG.n_local)})
    assert len(read[0]) == CONFIG.n_local


def test_shapes_and_ranges_for_three_modalities(model, batch):
    with torch.inference_mode():
        output = model(batch)
    n = len(batch["table"]["values"])
    assert output.logits.shape == (n, 4)
    for concepts, width in ((output.local, CONFIG.n_local), (output.shared, CONFIG.n_shared)):
        assert list(concepts) == list(MODALITIES)
        for values in concepts.values():
            assert values.shape == (n, width)
            assert 0 <= values.min() <= values.max() <= 1


def test_one_normalisation_is_common_to_all_modalities(batch):
    model = build_model(CONFIG, seed=0).train()
    local = model.encode(batch)
    shared = model.share(local)
    raw = torch.cat([model.space.projections[name](2 * local[name] - 1) for name in MODALITIES])
    standard = (raw - raw.mean(0)) / (raw.var(0, unbiased=False) + 1e-5).sqrt()
    expected = torch.sigmoid(CONFIG.slope * standard)
    torch.testing.assert_close(torch.cat([shared[name] for name in MODALITIES]), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("subset", SUBSETS, ids="+".join)
@torch.inference_mode()
def test_any_subset_of_modalities_gives_the_same_concepts_as_all(model, batch, subset):
    everything = model(batch)
    local = model.encode({name: batch[name] for name in subset})
    shared = model.share(local)
    assert set(shared) == set(subset)
    for name in subset:
        torch.testing.assert_close(local[name], everything.local[name])
        torch.testing.assert_close(shared[name], everything.shared[name])


@torch.inference_mode()
def test_order_and_size_of_a_batch_change_nothing(model, batch):
    everything = model(batch)
    order = torch.randperm(len(everything.logits), generator=torch.Generator().manual_seed(0))
    shuffled = {name: {field: values[order] for field, values in fields.items()} for name, fields in batch.items()}
    torch.testing.assert_close(model(shuffled).logits, everything.logits[order])
    alone = {name: {field: values[:1] for field, values in fields.items()} for name, fields in batch.items()}
    torch.testing.assert_close(model(alone).logits, everything.logits[:1])


@torch.inference_mode()
def test_the_predictor_reads_modalities_by_name_not_by_order(model, batch):
    shared = model(batch).shared
    backwards = {name: shared[name] for name in reversed(MODALITIES)}
    torch.testing.assert_close(model.predict(shared), model.predict(backwards))
    swapped = {**shared, "table": shared["words"], "words": shared["table"]}
    assert (model.predict(shared) - model.predict(swapped)).abs().max() > 1e-4
    with pytest.raises(KeyError):
        model.predict({"table": shared["table"]})


def test_evaluation_leaves_the_model_as_it_was(model, batch):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.inference_mode():
        model(batch)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_the_seed_makes_the_weights_and_the_global_generators_stay_untouched():
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    one, again, other = (build_model(CONFIG, seed) for seed in (0, 0, 1))
    assert torch.equal(torch_state, torch.get_rng_state())
    assert (numpy_state == np.random.get_state()[1]).all()  # noqa: NPY002
    pairs = list(zip(one.parameters(), again.parameters(), strict=True))
    assert all(torch.equal(left, right) for left, right in pairs)
    assert any(not torch.equal(left, right) for left, right in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("n_modalities", [2, 5])
def test_the_number_of_modalities_is_free(n_modalities):
    config = replace(
        ModelConfig({f"m{i}": EncoderConfig("tabular", 3, (4,)) for i in range(n_modalities)}, 2, 3, 3), slope=1.0
    )
    batch = {name: {"values": torch.rand(6, 3)} for name in config.encoders}
    assert build_model(config)(batch).logits.shape == (6, 2)
