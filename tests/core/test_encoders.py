import networkx as nx
import numpy as np
import pytest
import torch

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders import scene as scene_encoder
from sharcs_core.kinds import KINDS, build_encoder
from sharcs_core.structures import Inputs
from sharcs_core.tasks.mnist.superpixels import superpixel_graphs
from sharcs_core.tensors import to_tensors

K = 5


def encoder_of(config, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_encoder(config, K).eval()


@torch.inference_mode()
def scores(encoder, inputs):
    return encoder(to_tensors(inputs)).numpy()


def graph_inputs(graph, padding=0, features=1):
    """A networkx graph whose nodes 0 … n-1 listen to their neighbours; the feature is the degree."""
    n = len(graph)
    nodes = np.zeros((1, n + padding, features), dtype=np.float32)
    neighbours = np.full((1, n + padding, n), -1, dtype=np.int16)
    for node in range(n):
        nodes[0, node] = graph.degree(node)
        near = sorted(graph[node])
        neighbours[0, node, : len(near)] = near
    return Inputs("graph", {"nodes": nodes, "n_nodes": np.array([n]), "neighbours": neighbours})


def relabelled(inputs, order):
    """The same graphs with nodes in another order: node i becomes node order[i]."""
    arrays = dict(inputs.arrays)
    n = len(order)
    nodes, neighbours = arrays["nodes"].copy(), arrays["neighbours"].copy()
    old = arrays["neighbours"][:, :n]
    nodes[:, order] = arrays["nodes"][:, :n]
    neighbours[:, order] = np.where(old >= 0, order[old], -1)
    return Inputs("graph", {**arrays, "nodes": nodes, "neighbours": neighbours})


@pytest.fixture(scope="module")
def superpixel_inputs():
    rows, columns = np.indices((28, 28))
    ring = np.abs(np.hypot(rows - 13, columns - 14) - 7) < 2
    bar = (np.abs(columns - 9) < 2) & (rows > 4)
    pictures = np.stack([ring, bar]).astype(np.uint8) * 230
    return superpixel_graphs(pictures)


def test_counting_adds_one_per_node_and_ignores_padding():
    encoder = encoder_of(EncoderConfig("graph", 1, (8, 8)))
    graph = nx.lollipop_graph(4, 3)
    plain, padded = graph_inputs(graph), graph_inputs(graph, padding=6)
    assert scores(encoder, plain).sum() == pytest.approx(len(graph), abs=1e-4)  # each node is one whole vote
    np.testing.assert_allclose(scores(encoder, plain), scores(encoder, padded), atol=1e-5)


def test_counting_does_not_care_how_nodes_are_numbered():
    encoder = encoder_of(EncoderConfig("graph", 1, (8, 8)))
    inputs = graph_inputs(nx.lollipop_graph(4, 3))
    order = np.random.default_rng(0).permutation(7)
    np.testing.assert_allclose(scores(encoder, inputs), scores(encoder, relabelled(inputs, order)), atol=1e-5)


def test_counting_sees_structure_where_the_nodes_look_alike():
    encoder = encoder_of(EncoderConfig("graph", 1, (8, 8)))
    ring, chain = graph_inputs(nx.cycle_graph(6)), graph_inputs(nx.path_graph(6))
    for inputs in (ring, chain):
        inputs.arrays["nodes"][:] = 1
    assert np.abs(scores(encoder, ring) - scores(encoder, chain)).max() > 1e-3


def test_convolution_over_positions_does_not_care_how_nodes_are_numbered(superpixel_inputs):
    encoder = encoder_of(EncoderConfig("graph", 3, (8, 8), positions=True))
    one = superpixel_inputs.take([0])
    order = np.random.default_rng(0).permutation(int(one.arrays["n_nodes"][0]))
    np.testing.assert_allclose(scores(encoder, one), scores(encoder, relabelled(one, order)), atol=1e-4)


def test_padding_and_company_change_nothing_for_graphs_in_the_plane(superpixel_inputs):
    encoder = encoder_of(EncoderConfig("graph", 3, (8, 8), positions=True))
    together = scores(encoder, superpixel_inputs)
    for row in (0, 1):
        np.testing.assert_allclose(scores(encoder, superpixel_inputs.take([row]))[0], together[row], atol=1e-5)
    arrays = dict(superpixel_inputs.arrays)
    nodes = arrays["nodes"].copy()
    for graph, n_nodes in enumerate(arrays["n_nodes"]):
        nodes[graph, n_nodes:] = 9
    rubbish = Inputs("graph", {**arrays, "nodes": nodes})
    np.testing.assert_allclose(scores(encoder, rubbish), together, atol=1e-6)


def test_noise_moves_nodes_only_where_a_batch_brings_it(superpixel_inputs):
    encoder = encoder_of(EncoderConfig("graph", 3, (8, 8), positions=True, jitter=0.05))
    batch = to_tensors(superpixel_inputs)
    shape = (*batch["nodes"].shape[:2], 2)
    with torch.inference_mode():
        still, unmoved = encoder(batch), encoder({**batch, "noise": torch.zeros(shape)})
        moved = encoder({**batch, "noise": torch.randn(shape, generator=torch.Generator().manual_seed(0))})
    torch.testing.assert_close(still, unmoved)
    assert (still - moved).abs().max() > 1e-3


def test_words_count_whatever_their_order_and_padding_not_at_all():
    encoder = encoder_of(EncoderConfig("text", 9, (6, 6)))
    tokens = [[3, 5, 8, 0, 0], [8, 3, 5, 0, 0], [0, 5, 0, 3, 8]]
    found = scores(encoder, Inputs("text", {"tokens": np.array(tokens)}))
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    np.testing.assert_allclose(found[0], found[2], atol=1e-6)
    unpadded = scores(encoder, Inputs("text", {"tokens": np.array([[3, 5, 8]])}))
    np.testing.assert_allclose(found[0], unpadded[0], atol=1e-6)
    nothing = scores(encoder, Inputs("text", {"tokens": np.zeros((1, 5), dtype=np.int64)}))
    assert np.isfinite(nothing).all()


@pytest.mark.parametrize("shape", [(3, 28, 28), (3, 8, 8), (3, 20, 30, 3)])
def test_pictures_of_any_size_give_k_scores(shape):
    channels = shape[3] if len(shape) == 4 else 1
    encoder = encoder_of(EncoderConfig("image", channels, (4, 8)))
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert scores(encoder, Inputs("image", {"pixels": pixels})).shape == (3, K)


# The encoder of scenes looks where the thing is.


@pytest.fixture(scope="module")
def scenes():
    from sharcs_core.tasks.clevr.renderer.renderer import render
    from sharcs_core.tasks.clevr.scenes import draw_scene

    rng = np.random.default_rng(11)
    return [render(draw_scene(int(key), rng)) for key in rng.permutation(96)[:40]]


def test_the_whole_thing_lies_in_the_glimpse(scenes):
    pixels = torch.as_tensor(np.stack([scene.pixels for scene in scenes]))
    centres = scene_encoder.fixate(pixels)
    _, places = scene_encoder.glimpses(pixels, centres)
    corners = ((places + 1) / 2 * torch.tensor([120, 160]) - scene_encoder.GLIMPSE / 2).round().long().tolist()
    for scene, (top, left) in zip(scenes, corners, strict=True):
        rows, columns = np.nonzero(scene.mask)
        assert top <= rows.min() <= rows.max() < top + scene_encoder.GLIMPSE
        assert left <= columns.min() <= columns.max() < left + scene_encoder.GLIMPSE


def test_a_glimpse_is_cut_out_of_the_picture_and_never_leaves_it():
    pixels = torch.randint(0, 256, (4, 120, 160, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    centres = torch.tensor([[0.0, 0.0], [119.0, 159.0], [60.0, 80.0], [-50.0, 400.0]])
    seen, places = scene_encoder.glimpses(pixels, centres)
    for i, (row, column) in enumerate([(0, 0), (56, 96), (28, 48), (0, 96)]):
        cut = pixels[i, row : row + 64, column : column + 64].permute(2, 0, 1) / 255 - 0.5
        torch.testing.assert_close(seen[i], cut)
        torch.testing.assert_close(places[i], torch.tensor([2 * (row + 32) / 120 - 1, 2 * (column + 32) / 160 - 1]))


def test_a_plain_picture_has_a_centre_too():
    assert torch.isfinite(scene_encoder.fixate(torch.full((2, 120, 160, 3), 90, dtype=torch.uint8))).all()


def test_moving_the_camera_moves_the_fixation():
    pixels = torch.full((2, 120, 160, 3), 120, dtype=torch.uint8)
    pixels[0, 40:52, 30:42] = 20
    pixels[1, 60:72, 100:112] = 20
    torch.testing.assert_close(
        scene_encoder.fixate(pixels), torch.tensor([[46.0, 36.0], [66.0, 106.0]]), atol=1, rtol=0
    )


def test_scenes_are_varied_by_the_noise_that_the_batch_brings_and_by_nothing_else(scenes):
    config = EncoderConfig("image", 3, (8, 16, 16), positions=True, jitter=0.1)
    encoder = build_encoder(config, 5).eval()
    batch = {"pixels": torch.as_tensor(np.stack([scene.pixels for scene in scenes[:6]]))}
    drawn = KINDS[config.kind].vary(config, batch, torch.Generator().manual_seed(1))
    with torch.inference_mode():
        plain, again, varied = encoder(batch), encoder(batch), encoder({**batch, **drawn})
    torch.testing.assert_close(plain, again)
    assert plain.shape == (6, 5)
    assert not torch.allclose(plain, varied)
    assert KINDS["image"].vary(EncoderConfig("image", 3, (8, 16), positions=True), batch, torch.Generator()) == {}
