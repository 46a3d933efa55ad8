"""Halves of digits that people bring: what is kept of them, where, and what is said."""

from __future__ import annotations

import io
import json

import networkx as nx
import numpy as np
import pytest
from PIL import Image

from sharcs_core.structures import Inputs
from sharcs_core.tasks import get_task
from sharcs_core.tasks.files import InputError, read_digit_image
from sharcs_core.tasks.mnist.half_files import read_half_graph, read_half_image
from sharcs_core.tasks.mnist.half_superpixels import MAX_HALF_NODES, OTHER_HALF, half_graphs, half_picture
from sharcs_core.tasks.mnist.source import load_mnist
from sharcs_core.tasks.mnist.superpixels import nearest_nodes, superpixel_graphs

N = 40

TASK = get_task("half_mnist")


@pytest.fixture(scope="module")
def pictures():
    return load_mnist()[0]["test_images"][:N]


@pytest.fixture(scope="module")
def halves(pictures):
    """All top halves, then all bottom halves."""
    return np.concatenate([half_picture(pictures, 0), half_picture(pictures, 1)])


@pytest.fixture(scope="module")
def graphs(pictures):
    return half_graphs(pictures)


def encoded(pixels: np.ndarray, kind: str = "PNG", **options) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind, **options)
    return content.getvalue()


def pixels_of(content: bytes, name: str = "half.png") -> tuple[np.ndarray, str]:
    inputs, notes = read_half_image(name, content)
    assert inputs.kind == "image"
    pixels = inputs.arrays["pixels"]
    assert pixels.shape == (1, 28, 28)
    assert pixels.dtype == np.uint8
    assert not (pixels[0, :14].any() and pixels[0, 14:].any())
    return pixels[0], " ".join(notes)


def as_json(nodes, edges=None, **more) -> bytes:
    return json.dumps({"nodes": nodes} | ({} if edges is None else {"edges": edges}) | more).encode()


def nodes_at(places, **fields):
    return [{"id": i, "intensity": 0.5, "x": x, "y": y} | fields for i, (x, y) in enumerate(places)]


def grid(rows: int, columns: int, top: float, bottom: float) -> list[tuple[float, float]]:
    return [(x, y) for y in np.linspace(top, bottom, rows).round(4) for x in np.linspace(0, 1, columns).round(4)]


# -- pictures -----------------------------------------------------------------------------------------------------


def test_templates_of_both_halves_are_read_as_they_are(halves):
    for row in range(len(halves)):
        suffix, content, _ = TASK.write("image", Inputs("image", {"pixels": halves}), row)
        pixels, note = pixels_of(content, f"half{suffix}")
        np.testing.assert_array_equal(pixels, halves[row])
        assert note == ""


@pytest.mark.parametrize("row", [0, 3, N, N + 3])
def test_the_negative_of_a_half_is_only_inverted_in_place(halves, row):
    pixels, note = pixels_of(encoded(255 - halves[row]))
    np.testing.assert_array_equal(pixels, halves[row])
    assert note == "The picture was 28×28; it was inverted, to be as MNIST is."


@pytest.mark.parametrize("row", [1, N + 1])
def test_a_half_in_colours_or_with_traces_in_the_black_half_is_read_in_place(halves, row):
    colours = np.stack([halves[row]] * 3, axis=-1)
    assert np.array_equal(pixels_of(encoded(colours))[0], halves[row])
    traces = np.maximum(halves[row], 9)
    pixels, note = pixels_of(encoded(traces))
    assert np.array_equal(pixels > 0, half_picture(traces[None], row // N)[0] > 0)
    assert "blackened where one half was all but black" in note


@pytest.mark.parametrize("row", [2, N + 2])
def test_a_jpeg_of_a_half_is_read_in_place(halves, row):
    pixels, _ = pixels_of(encoded(halves[row], "JPEG", quality=95), "half.jpg")
    assert np.abs(pixels.astype(int) - halves[row]).max() < 40


def test_of_a_whole_digit_the_top_half_is_kept_and_the_way_to_a_bottom_half_is_said(pictures):
    for picture in pictures[:10]:
        pixels, note = pixels_of(encoded(picture))
        np.testing.assert_array_equal(pixels, half_picture(picture[None], 0)[0])
        assert note == (
            "Only the top half of the digit was kept; "
            "to bring a bottom half, put it in place on a 28×28 picture whose top half is black."
        )


def test_a_photo_is_read_as_a_whole_digit_and_cut(pictures):
    page = 235 - np.asarray(Image.fromarray(pictures[0]).resize((300, 300), Image.Resampling.BICUBIC)) * 0.8
    content = encoded(page.astype(np.uint8))
    whole, whole_notes = read_digit_image("digit.png", content)
    pixels, note = pixels_of(content, "digit.png")
    np.testing.assert_array_equal(pixels, half_picture(whole.arrays["pixels"], 0)[0])
    assert note.startswith(whole_notes[0])
    assert "Only the top half" in note


def test_paper_beside_a_black_half_is_not_taken_for_ink(halves):
    """A white top half with dark ink on it is no bright half digit; it is read as any picture is."""
    page = halves[0].copy()
    page[:14] = 255 - page[:14]
    try:
        _, note = pixels_of(encoded(page))
    except InputError:
        return
    assert "Only the top half" in note


@pytest.mark.parametrize("value", [0, 3, 255])
def test_a_blank_picture_is_refused(value):
    with pytest.raises(InputError, match=r"half\.png is blank: it shows no half of a digit"):
        pixels_of(encoded(np.full((28, 28), value, dtype=np.uint8)))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("half.gif", b"GIF89a", "is not a picture this page can read"),
        ("half.png", b"", "is empty"),
        ("half.png", b"not a picture", "is not a PNG, JPEG or WebP"),
        ("half.png", b"\x89PNG\r\n\x1a\nrest", "damaged"),
    ],
)
def test_what_is_no_picture_is_refused(name, content, says):
    with pytest.raises(InputError, match=says):
        read_half_image(name, content)


# -- graphs -------------------------------------------------------------------------------------------------------


def test_templates_of_half_graphs_are_read_again(graphs):
    for row in range(0, len(graphs), 7):
        suffix, content, _ = TASK.write("graph", graphs, row)
        inputs, notes = read_half_graph(f"half{suffix}", content)
        assert notes == ()
        n_nodes = graphs.arrays["n_nodes"][row]
        assert inputs.arrays["n_nodes"].tolist() == [n_nodes]
        np.testing.assert_array_equal(inputs.arrays["nodes"][0], graphs.arrays["nodes"][row])
        heard, expected = inputs.arrays["neighbours"][0], graphs.arrays["neighbours"][row]
        same = [set(a) == set(b) for a, b in zip(heard[:n_nodes].tolist(), expected[:n_nodes].tolist(), strict=True)]
        assert np.mean(same) > 0.9  # rounded places may swap a few that are equally near
        assert (heard[n_nodes:] == -1).all()
        segments = inputs.arrays["segments"][0]
        np.testing.assert_array_equal(segments == OTHER_HALF, graphs.arrays["segments"][row] == OTHER_HALF)


def test_a_read_half_graph_stacks_with_those_of_the_task(graphs):
    inputs, _ = read_half_graph("half.json", TASK.write("graph", graphs, 0).content)
    for name, values in graphs.arrays.items():
        assert inputs.arrays[name].shape[1:] == values.shape[1:]
        assert inputs.arrays[name].dtype == values.dtype


@pytest.mark.parametrize("half", [0, 1])
def test_graphml_is_read_too(half):
    graph = nx.Graph()
    for i, (x, y) in enumerate(grid(6, 8, 0.5 * half + 0.02, 0.5 * half + 0.48)):
        graph.add_node(i, intensity=0.25, x=x, y=y)
    content = "\n".join(nx.generate_graphml(graph)).encode()
    inputs, notes = read_half_graph("half.graphml", content)
    assert inputs.arrays["n_nodes"].tolist() == [48]
    assert notes == ("The graph has no edges; each node was joined to its 8 nearest.",)


def test_of_a_whole_graph_the_half_with_more_nodes_is_kept(pictures):
    whole = superpixel_graphs(pictures[:12])
    for row in range(12):
        inputs, notes = read_half_graph("whole.json", get_task("mnist_superpixels").write("graph", whole, row).content)
        nodes = whole.arrays["nodes"][row, : whole.arrays["n_nodes"][row]]
        in_bottom = nodes[:, 2] >= 0.5
        half = int(in_bottom.sum() > (~in_bottom).sum())
        kept = nodes[in_bottom == half]
        np.testing.assert_array_equal(inputs.arrays["nodes"][0, : len(kept)], kept)
        assert inputs.arrays["n_nodes"].tolist() == [len(kept)]
        name = ("top", "bottom")[half]
        assert notes[0] == (
            f"The graph has nodes in both halves; only the {len(kept)} of its {name} half were kept, "
            "each joined to its 8 nearest."
        )
        nearest = nearest_nodes(kept[:, 1:].astype(float)).tolist()
        heard = inputs.arrays["neighbours"][0, : len(kept)].tolist()
        same = [set(a) == set(b) for a, b in zip(heard, nearest, strict=True)]
        assert np.mean(same) > 0.9  # rounded places may swap a few that are equally near


def test_a_heavier_bottom_half_is_kept():
    places = grid(2, 5, 0.1, 0.4) + grid(6, 8, 0.55, 1.0)
    inputs, notes = read_half_graph("whole.json", as_json(nodes_at(places)))
    assert notes == (
        "The graph has nodes in both halves; only the 48 of its bottom half were kept, each joined to its 8 nearest.",
    )
    np.testing.assert_allclose(inputs.arrays["nodes"][0, :48, 1:], places[10:], atol=1e-3)
    assert (inputs.arrays["segments"][0, :14] == OTHER_HALF).all()


def test_of_equal_halves_the_top_is_kept():
    inputs, notes = read_half_graph("even.json", as_json(nodes_at([(0.2, 0.1), (0.4, 0.9)])))
    assert inputs.arrays["nodes"][0, 0].tolist() == pytest.approx([0.5, 0.2, 0.1], abs=1e-3)
    assert inputs.arrays["n_nodes"].tolist() == [1]
    assert "top half" in notes[0]


def test_edges_of_a_half_are_heard():
    content = as_json(nodes_at(grid(5, 8, 0.0, 0.48)), [{"source": 0, "target": 39}])
    inputs, notes = read_half_graph("half.json", content)
    heard = inputs.arrays["neighbours"][0]
    assert heard[0].tolist() == [39] + [-1] * 7
    assert heard[39].tolist() == [0] + [-1] * 7
    assert (heard[1:39] == -1).all()
    assert notes == ()


def test_a_pixel_shows_the_nearest_node_of_its_half_and_the_other_half_stays_black():
    places = grid(5, 8, 0.52, 1.0)
    inputs, _ = read_half_graph("half.json", as_json(nodes_at(places, intensity=1.0)))
    segments = inputs.arrays["segments"][0]
    assert (segments[:14] == OTHER_HALF).all()
    for row, column in ((14, 0), (20, 13), (27, 27)):
        away = [np.hypot(x - column / 27, y - row / 27) for x, y in places]
        assert away[segments[row, column]] == pytest.approx(min(away))
    assert not inputs.arrays["nodes"][0, OTHER_HALF].any()


def test_few_nodes_and_further_fields_are_said():
    _, notes = read_half_graph("half.json", as_json(nodes_at(grid(3, 5, 0, 0.4), colour="red")))
    text = " ".join(notes)
    assert "The graph has 15 nodes; the model was trained on about 50, so judge with care." in text
    assert "(colour) was not used" in text


def test_too_many_nodes_in_one_half_are_refused():
    fits = nodes_at(grid(1, MAX_HALF_NODES - 1, 0.1, 0.1))
    assert read_half_graph("half.json", as_json(fits))[0].arrays["n_nodes"].tolist() == [MAX_HALF_NODES - 1]
    with pytest.raises(InputError, match=r"half\.json has 60 nodes in its top half, too many; bring at most 59"):
        read_half_graph("half.json", as_json(nodes_at(grid(1, MAX_HALF_NODES, 0.1, 0.1))))


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ([], "has no nodes"),
        ([{"id": 0, "intensity": 0.5, "x": 0.5}], "node number 1 has no y"),
        ([{"id": 0, "intensity": 0.5, "x": 0.5, "y": 1.5}], "outside"),
        (nodes_at([(0.5, 0.1)] * 85), "at most 84"),
    ],
)
def test_a_faulty_graph_is_refused(nodes, says):
    with pytest.raises(InputError, match=says):
        read_half_graph("half.json", as_json(nodes))
