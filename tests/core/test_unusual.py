"""How far inputs lie from what a model was trained on: measures against plain loops, and what is told of strangers."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sharcs_core.baselines import build_model
from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.explanations import explain_inputs, explain_sample
from sharcs_core.kinds import build_encoder
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.image import ImageForm
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.kinds.text import TextForm
from sharcs_core.structures import Inputs
from sharcs_core.tasks import get_task
from sharcs_core.tasks.mnist.superpixels import superpixel_graphs
from sharcs_core.tasks.xor.ring_graphs import ring_graphs
from sharcs_core.tasks.xor.xor_and_xor import RINGS
from sharcs_core.tensors import to_tensors
from sharcs_core.unusual import UsualFeatures, UsualRanges, fit_usual, has_fields, scores_of, unusual_input
from sharcs_core.unusual.features import BANK, LEADING, NEAR, References, Spread, joint_limits
from sharcs_core.unusual.layers import GRID, HIDDEN, LEAST_DEVIATION, TEXTURE, summaries
from sharcs_core.unusual.measuring import distances_to, in_words
from sharcs_core.unusual.ranges import Fault, in_one_clause, quantities

PICTURES = EncoderConfig("image", 1, (4, 6))
SCENES = EncoderConfig("image", 3, (4, 6, 8), positions=True)
GRAPHS = EncoderConfig("graph", 3, (5, 7), positions=True)


def digits(n, rng):
    """Pictures with a stroke, whose superpixels are not all alike."""
    pixels = np.zeros((n, 28, 28), dtype=np.uint8)
    for picture, (row, column) in zip(pixels, rng.integers(4, 20, (n, 2)), strict=True):
        picture[row : row + 4, 4:24] = 200
        picture[4:24, column : column + 3] = 250
    return pixels


def graphs(n, rng):
    return superpixel_graphs(digits(n, rng))


def summaries_by(config, inputs):
    encoder = build_encoder(config, 3).eval()
    with torch.no_grad():
        found = summaries(encoder, to_tensors(inputs))
    return encoder, {name: values.numpy() for name, values in found.items()}


# --- layers ----------------------------------------------------------------------------------------------------


def test_the_first_layer_of_a_picture_is_the_picture():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    _, found = summaries_by(PICTURES, Inputs("image", {"pixels": pixels}))
    values = pixels / 255 - 0.5
    expected = np.stack([values.mean((1, 2)), np.log(values.std((1, 2)) + LEAST_DEVIATION)], axis=1)
    np.testing.assert_allclose(found["moments_0"], expected, rtol=1e-4)
    tiles = values.reshape(3, GRID, 7, GRID, 7)
    means, deviations = tiles.mean((2, 4)).reshape(3, -1), tiles.std((2, 4)).reshape(3, -1)
    np.testing.assert_allclose(found["layout_first"], means, atol=1e-5)
    texture = np.concatenate([means, np.log(deviations + LEAST_DEVIATION)], axis=1)
    np.testing.assert_allclose(found[TEXTURE], texture, rtol=1e-3, atol=1e-5)


def test_what_a_picture_encoder_reads_last_is_what_its_head_hides():
    inputs = Inputs("image", {"pixels": digits(3, np.random.default_rng(0))})
    encoder, found = summaries_by(PICTURES, inputs)
    with torch.no_grad():
        raw = encoder(to_tensors(inputs))
        again = encoder.head[-1](torch.relu(torch.as_tensor(found[HIDDEN])))
    torch.testing.assert_close(again, raw)
    assert {name for name in found if name.startswith("moments")} == {"moments_0", "moments_1"}


def test_of_a_scene_the_glimpse_is_looked_at():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 80, 96, 3)).astype(np.uint8)
    encoder, found = summaries_by(SCENES, Inputs("image", {"pixels": pixels}))
    with torch.no_grad():
        raw = encoder({"pixels": torch.as_tensor(pixels)})
        again = encoder.head[-1](torch.relu(torch.as_tensor(found[HIDDEN])))
    torch.testing.assert_close(again, raw)
    assert found["moments_0"].shape == (2, 6)
    assert found["layout_last"].shape == (2, 6 * GRID**2)


def test_the_first_layer_of_a_graph_is_its_nodes_one_graph_at_a_time():
    inputs = graphs(3, np.random.default_rng(0))
    encoder, found = summaries_by(GRAPHS, inputs)
    for row in range(3):
        n = int(inputs.arrays["n_nodes"][row])
        nodes = inputs.arrays["nodes"][row, :n].astype(np.float64)
        heard = inputs.arrays["neighbours"][row, :n].astype(int)
        away = [[np.linalg.norm(nodes[i, 1:] - nodes[j, 1:]) for j in heard[i] if j >= 0] for i in range(n)]
        about = [[len(of), encoder.SCALE * np.mean(of), encoder.SCALE * np.max(of)] for of in away]
        field = np.concatenate([nodes[:, :1], nodes[:, 1:] - 0.5, about], axis=1)
        moments = [*field.mean(0), *np.log(field.std(0) + LEAST_DEVIATION), n]
        np.testing.assert_allclose(found["moments_0"][row], moments, rtol=2e-3, atol=1e-3)
        cells = np.minimum((nodes[:, 1:] * GRID).astype(int), GRID - 1)
        for cell in range(GRID**2):
            inside = (cells[:, 1] == cell // GRID) & (cells[:, 0] == cell % GRID)
            shades = nodes[inside, 0] if inside.any() else np.zeros(1)
            assert found["layout_first"][row, cell] == pytest.approx(shades.mean(), abs=1e-3)
            deviation = np.exp(found[TEXTURE][row, GRID**2 + cell]) - LEAST_DEVIATION
            assert deviation == pytest.approx(shades.std(), abs=1e-3)
            assert found["layout_first"][row, GRID**2 + cell] == pytest.approx(inside.mean(), abs=1e-6)
    with torch.no_grad():
        again = encoder.head[-1](torch.relu(torch.as_tensor(found[HIDDEN])))
        torch.testing.assert_close(again, encoder(to_tensors(inputs)))


@pytest.mark.parametrize("config", [PICTURES, GRAPHS], ids=["pictures", "graphs"])
def test_an_input_is_summarised_the_same_in_any_company(config):
    rng = np.random.default_rng(0)
    inputs = Inputs("image", {"pixels": digits(5, rng)}) if config is PICTURES else graphs(5, rng)
    encoder = build_encoder(config, 3).eval()
    with torch.no_grad():
        together = summaries(encoder, to_tensors(inputs))
        alone = summaries(encoder, to_tensors(inputs.take([3])))
    for name, values in alone.items():
        torch.testing.assert_close(values[0], together[name][3], rtol=1e-4, atol=1e-4)


def test_tables_texts_and_graphs_without_places_have_no_fields():
    plain = [EncoderConfig("tabular", 3, (4,)), EncoderConfig("text", 9, (4,)), EncoderConfig("graph", 1, (4,))]
    for config in plain:
        encoder = build_encoder(config, 3)
        assert not has_fields(encoder)
        with pytest.raises(ValueError, match=r"Only encoders of pictures and of graphs in the plane .* \(got "):
            summaries(encoder, {})


# --- features --------------------------------------------------------------------------------------------------


def test_a_spread_measures_as_mahalanobis_does_where_there_are_many_inputs():
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(4, 4))
    values = rng.normal(size=(20_000, 4)) @ mixing + 3
    others = rng.normal(size=(5, 4)) * 4
    inverse = np.linalg.inv(np.cov(values.T))
    plain = [np.sqrt((x - values.mean(0)) @ inverse @ (x - values.mean(0)) / 4) for x in others]
    np.testing.assert_allclose(Spread.of(values).distances(others), plain, rtol=0.02)


def test_of_many_features_the_leading_directions_are_told_apart_and_the_rest_is_alike():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(400, 300)) * np.linspace(3, 0.1, 300)
    spread = Spread.of(values)
    assert spread.axes.shape == (300, LEADING)
    assert spread.distances(values).mean() == pytest.approx(1, abs=0.1)
    outside = np.zeros(300)
    outside[-1] = 5.0  # fifty deviations along one of the least
    assert spread.distances(outside[None])[0] > 2 * spread.distances(values).max()


def test_a_feature_that_never_varied_is_seen_to_vary():
    values = np.random.default_rng(0).normal(size=(300, 3))
    values[:, 1] = 8.0
    spread = Spread.of(values)
    assert spread.distances(values).max() < 5
    assert spread.distances(np.array([[0.0, 7.0, 0.0]]))[0] > 20


def test_features_that_are_all_constant_do_not_break_it():
    spread = Spread.of(np.ones((10, 3)))
    assert spread.distances(np.ones((1, 3)))[0] == 0
    assert np.isfinite(spread.distances(np.zeros((1, 3)))).all()


def test_the_fifth_nearest_reference_counts():
    rng = np.random.default_rng(0)
    values, others = rng.normal(size=(50, 3)), rng.normal(size=(6, 3))
    references = References.of(values, 40)
    points = (values[:40] - values.mean(0)) / values.std(0)
    plain = [sorted(np.linalg.norm((x - values.mean(0)) / values.std(0) - points, axis=1))[4] for x in others]
    np.testing.assert_allclose(references.distances(others), plain, rtol=2e-3)
    assert np.isfinite(References.of(values[:2], 40).distances(others)).all()


@pytest.mark.parametrize("n", [3, 40, 777])
@pytest.mark.parametrize("allowed", [0.03, 0.3])
def test_no_more_than_allowed_lie_beyond_any_limit_and_one_more_step_would_be_too_many(n, allowed):
    rng = np.random.default_rng(n)
    distances = {"one": rng.lognormal(size=n), "other": rng.random(n), "third": rng.random(n)}
    limits = joint_limits(distances, allowed)

    def beyond(of):
        return np.mean(np.any([distances[name] > limit for name, limit in of.items()], axis=0))

    assert beyond(limits) <= allowed
    counts = {int((distances[name] > limit).sum()) for name, limit in limits.items()}
    assert len(counts) == 1
    lower = {name: np.sort(of)[max(0, n - 2 - min(counts))] for name, of in distances.items()}
    assert n == 3 or beyond(lower) > allowed


def test_a_limit_of_nothing_flags_nothing():
    limits = joint_limits({"one": np.zeros(10)}, 0.03)
    assert 0 < limits["one"] < 1e-5


# --- ranges ----------------------------------------------------------------------------------------------------


def table(*values):
    return Inputs("tabular", {"values": np.array([values], dtype=np.float32)})


SIZES = TableForm((Column("width"), Column("length"), Column("depth")))
ROWS = Inputs("tabular", {"values": np.array([[0, 1, 5.5], [1, 1, -2]], dtype=np.float32)})


def test_what_is_outside_a_tables_ranges_is_told_exactly():
    usual = UsualRanges.of(SIZES, ROWS)
    assert usual.faults(table(1, 1, 0)) == [()]
    (faults,) = usual.faults(table(1.75, 1.5, 0))
    assert [fault.words for fault in faults] == ["width is 1.75, training had 0 to 1", "length is 1.5, training had 1"]
    assert in_one_clause(faults) == (1.75, "width is 1.75, training had 0 to 1; length is 1.5, training had 1")
    assert usual.scores(ROWS).tolist() == [0, 0]
    assert usual.scores(table(0, 1, -9.5)).tolist() == [2.0]


def test_what_is_no_number_is_outside():
    (faults,) = UsualRanges.of(SIZES, ROWS).faults(table(np.nan, 1, 0))
    assert [fault.words for fault in faults] == ["width is nan, training had 0 to 1"]


def test_columns_are_called_as_the_task_calls_them_and_no_other_tasks_names_are_used(xor_run, toy_run):
    for run, first in ((xor_run, "bit_0"), (toy_run, "number 0")):
        name = next(name for name, side in run.bank.sides.items() if side.inputs.kind == "tabular")
        strange = run.bank.sides[name].inputs.arrays["values"][:1] + 30
        found = explain_inputs(run, {name: Inputs("tabular", {"values": strange})}).unusual[name]
        assert found.says.startswith(f"{first} is ")


def test_many_faults_are_counted():
    faults = [Fault(f"column {place}", 0.5 * place) for place in range(5)]
    assert in_one_clause(faults) == (3.0, "column 0; column 1; column 2; and 2 more")
    assert in_one_clause(()) == (0.0, "like what it was trained on")


def test_a_table_of_other_columns_is_refused():
    with pytest.raises(ValueError, match=r"must have the 3 columns of training \(got 2\)"):
        UsualRanges.of(SIZES, ROWS).faults(table(0, 1))


def test_the_nodes_and_edges_of_ring_graphs_are_counted():
    bits = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    rings = ring_graphs(*bits, np.random.default_rng(0))
    usual = UsualRanges.of(RINGS, rings)
    for row in range(4):
        heard = rings.arrays["neighbours"][row]
        edges = {frozenset((i, int(j))) for i in range(10) for j in heard[i] if j >= 0 and j != i}
        assert quantities(RINGS, rings)[row].tolist() == [10, len(edges)]
    lonely = Inputs("graph", {
        "nodes": np.zeros((1, 12, 1)), "n_nodes": np.array([12]), "neighbours": np.arange(12).reshape(1, 12, 1),
    })  # fmt: skip
    (faults,) = usual.faults(lonely)
    assert faults[0].words == "12 nodes, training had 10"
    assert faults[1].words.startswith("0 edges, training had 1 to ")


def test_words_that_training_never_had_and_lengths_are_told():
    words = ("", "red", "blue", "small")
    usual = UsualRanges.of(TextForm(words), Inputs("text", {"tokens": np.array([[1, 3, 0], [1, 1, 0]])}))
    assert usual.faults(Inputs("text", {"tokens": np.array([[3, 1, 0]])})) == [()]
    (faults,) = usual.faults(Inputs("text", {"tokens": np.array([[2, 2, 1]])}))
    assert in_one_clause(faults) == (2.0, "3 words, training had 2; “blue” never occurred in training")
    (faults,) = usual.faults(Inputs("text", {"tokens": np.array([[9, 1, 0]])}))
    assert in_one_clause(faults)[1] == "word 9 never occurred in training"


def test_a_short_text_is_usual_where_training_left_words_out():
    inputs = Inputs("text", {"tokens": np.array([[1, 3, 1], [1, 1, 3]])})
    form, short = TextForm(("", "red", "blue", "small")), Inputs("text", {"tokens": np.array([[3, 0, 0]])})
    assert UsualRanges.of(form, inputs, in_parts=True).faults(short) == [()]
    assert UsualRanges.of(form, inputs).faults(short)[0][0].words == "1 word, training had 3"


def test_pictures_have_nothing_to_count():
    with pytest.raises(ValueError, match=r"Inputs of kind 'image' have nothing to count"):
        quantities(ImageForm(4, 4), Inputs("image", {"pixels": np.zeros((1, 4, 4), dtype=np.uint8)}))


# --- a model ---------------------------------------------------------------------------------------------------


def test_each_modality_is_measured_by_what_it_is(toy_run):
    assert {name: type(usual) for name, usual in toy_run.usual.items()} == {
        "table": UsualRanges,
        "words": UsualRanges,
        "picture": UsualFeatures,
    }
    picture = toy_run.usual["picture"]
    assert set(picture.limits) == {*picture.spreads, TEXTURE, HIDDEN, BANK}
    assert picture.limits[BANK] >= NEAR


def test_few_unseen_inputs_and_all_strangers_are_told(toy_run, toy_data):
    assert (scores_of(toy_run, "picture", toy_data.validation.inputs["picture"]) > 1).mean() <= 0.03
    assert (scores_of(toy_run, "picture", toy_data.test.inputs["picture"]) > 1).mean() <= 0.12
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (50, 8, 8)).astype(np.uint8)
    blank = np.broadcast_to(rng.integers(0, 256, (50, 1, 1)), (50, 8, 8)).astype(np.uint8)
    for strangers in (noise, blank):
        assert (scores_of(toy_run, "picture", Inputs("image", {"pixels": strangers})) > 1).all()


def test_the_same_data_and_seed_give_the_same_limits(toy_run, toy_data):
    again = fit_usual(toy_run.model, toy_run.card, toy_data, toy_run.bank, seed=0)
    assert again["picture"].limits == pytest.approx(toy_run.usual["picture"].limits)


def test_graphs_in_the_plane_are_measured_too():
    rng = np.random.default_rng(0)
    model = build_model(ModelConfig({"graph": GRAPHS}, n_classes=2, n_local=3, n_shared=3, wiring="concept")).eval()
    split = {part: SimpleNamespace(inputs={"graph": graphs(40, rng)}) for part in ("train", "validation")}
    side = SimpleNamespace(shared=np.zeros((2, 3)), sources=np.arange(2), index=None)
    bank = SimpleNamespace(sides={"graph": side})
    usual = fit_usual(model, get_task("xor_and_xor").card, SimpleNamespace(**split), bank, seed=0)
    run = SimpleNamespace(model=model, usual=usual, bank=bank)
    assert (scores_of(run, "graph", split["validation"].inputs["graph"]) > 1).mean() <= 0.03
    noise = graphs(10, rng)
    noise = Inputs("graph", {**noise.arrays, "nodes": rng.random(noise.arrays["nodes"].shape)})
    assert (scores_of(run, "graph", noise) > 1).all()


def test_an_input_of_the_bank_is_not_near_by_being_itself():
    side = SimpleNamespace(shared=np.array([[0.0, 0.0], [0.6, 0.8]]), sources=np.array([7, 8]), index=None)
    query = np.zeros((1, 2))
    assert distances_to(side, query).tolist() == [0]
    assert distances_to(side, query, source=7).tolist() == [1]
    alone = SimpleNamespace(shared=query, sources=np.array([7]), index=None)
    assert distances_to(alone, query, source=7).tolist() == [0]


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (1.0, "like what it was trained on"),
        (1.01, "unlike the shapes it was trained on (just beyond the limit)"),
        (2.25, "unlike the shapes it was trained on (2.2 times the limit)"),
        (4e4, "unlike the shapes it was trained on (over 100 times the limit)"),
    ],
)
def test_the_words_of_a_score(score, words):
    assert in_words(score, "Shape") == words


def test_an_explanation_says_it_of_what_is_present(toy_run):
    sample_id = str(toy_run.test_bank.sample_ids[0])
    found = explain_sample(toy_run, sample_id)
    assert list(found.unusual) == ["table", "words", "picture"]
    side = toy_run.test_bank.sides["picture"]
    assert found.unusual["picture"].score == pytest.approx(scores_of(toy_run, "picture", side.inputs)[0], rel=1e-4)
    assert set(explain_sample(toy_run, sample_id, missing=["words"]).unusual) == {"table", "picture"}
    bits = Inputs("tabular", {"values": np.full((1, 4), 30.0, dtype=np.float32)})
    strange = explain_inputs(toy_run, {"table": bits}).unusual["table"]
    assert strange.is_unusual
    assert strange.says.startswith("number 0 is 30, training had ")


def test_a_sample_of_the_bank_is_explained_as_if_it_were_not_there(toy_run):
    row = 5
    side = toy_run.bank.sides["picture"]
    said_of = explain_sample(toy_run, str(toy_run.bank.sample_ids[row])).unusual["picture"]
    shared, source = side.shared[row], int(side.sources[row])
    without = unusual_input(toy_run, "picture", side.inputs.take([row]), shared, source)
    assert said_of == without
    lone = replace(toy_run.usual["picture"], limits={BANK: 1.0})
    alone = replace(toy_run, usual={**toy_run.usual, "picture": lone})
    assert unusual_input(alone, "picture", side.inputs.take([row]), shared).score == pytest.approx(0, abs=1e-6)
    assert unusual_input(alone, "picture", side.inputs.take([row]), shared, source).score > 0
