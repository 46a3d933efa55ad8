"""Files as other programs write them: read as they are meant, or refused with the cause; never read as the contrary."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from builders import graph_json
from sharcs_core.readers.checks import InputError
from sharcs_core.readers.graphs.files import read_structure_graph
from sharcs_core.readers.pictures import read_digit_image
from sharcs_core.readers.tables import read_bits_table
from sharcs_core.tasks import get_task
from sharcs_core.tasks.clevr.question_files import read_question, words_of
from sharcs_core.tasks.mnist.source import load_mnist
from sharcs_core.tasks.mnist.superpixel_files import INVERTED, read_superpixel_graph
from sharcs_core.tasks.mnist.superpixels import superpixel_graphs
from sharcs_core.tasks.xor.lamp_files import read_lamp_sentence
from sharcs_core.tasks.xor.lamp_sentences import TOKENS
from sharcs_core.tasks.xor.shape_files import read_shape_picture

ROW = "bit_0,bit_1,bit_2,bit_3,bit_4,bit_5\n0,1,1,0,0,1\n"
BITS = [0, 1, 1, 0, 0, 1]


def refused(read: Callable[[str, bytes], Any], name: str, content: bytes) -> str:
    with pytest.raises(InputError) as error:
        read(name, content)
    message = str(error.value)
    assert "\n" not in message
    return message


# -- tables


@pytest.mark.parametrize(
    "text",
    [
        ROW.replace(",", ";"),
        ROW.replace(",", "\t"),
        "sep=;\n" + ROW.replace(",", ";"),
        "sep=,\r\n" + ROW.replace("\n", "\r\n"),
        "sep=|\n" + ROW.replace(",", "|"),
        ROW.replace("0,0,1\n", "0,0,1,\n"),
        ROW.replace("\n", ",\n"),
        ROW.replace("bit_0", "bit_0\u200b"),
        "\ufeff\u2060" + ROW,
    ],
)
def test_a_table_as_spreadsheets_write_it_is_read(text):
    inputs, _ = read_bits_table("a.csv", text.encode())
    assert inputs.arrays["values"].tolist() == [BITS]


def test_a_table_in_utf_16_is_read():
    assert read_bits_table("a.csv", ROW.encode("utf-16"))[0].arrays["values"].tolist() == [BITS]


def test_another_separator_is_told():
    assert read_bits_table("a.csv", ROW.replace(",", ";").encode())[1] == ("The columns are separated by semicolons.",)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"PK\x03\x04\x14\x00", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"| bit_0 | bit_1 |\n|---|---|\n| 0 | 1 |\n", "Markdown"),
        (ROW.replace("0,0,1\n", "0,0,1,1\n").encode(), "7 values for 6 columns"),
    ],
)
def test_what_is_no_such_table_is_refused_with_the_cause(content, cause):
    assert cause in refused(read_bits_table, "a.csv", content)


# -- sentences


@pytest.mark.parametrize(
    "said",
    [
        *(f"the lamp isn{mark}t lit and the door is open" for mark in "'’‘ʼ´`′＇"),
        "the lamp isnt lit and the door is open",
        "the lamp aint lit and the door is open",
        "none of the lamps, lit; the door open",
        "the lamp is scarcely lit, the door open",
        "the lamp is far from lit, the door open",
        "the lamp is anything but lit, the door open",
        "the lamp is un-shining and the door open",
        "the lamp is nonglowing and the door open",
    ],
)
def test_a_negation_is_never_read_as_its_contrary(said):
    assert "say what is, not what is not" in refused(read_lamp_sentence, "a.txt", said.encode())


@pytest.mark.parametrize("hyphen", ["-", "‐", "‑", "–", "\u00ad"])
def test_a_word_with_a_hyphen_is_the_word(hyphen):
    inputs, _ = read_lamp_sentence("a.txt", f"the lamp is un{hyphen}lit and the door open".encode())
    assert TOKENS["unlit"] in inputs.arrays["tokens"]
    assert TOKENS["lit"] not in inputs.arrays["tokens"]


def test_but_alone_negates_nothing():
    read_lamp_sentence("a.txt", b"the lamp is lit but the door is shut")


def test_invisible_characters_in_a_question_are_dropped():
    tokens = read_question("a.txt", "big red shi\u00adny cu\u200bbe".encode())[0].arrays["tokens"]
    assert words_of(tokens[0]) == "big red shiny cube"


def test_a_sentence_that_is_no_text_is_refused_in_our_own_words():
    with pytest.raises(InputError, match="bytes that are no text"):
        get_task("clevr").read_sentence("text", "big red \udcff cube")


# -- graphs


def a_graph() -> nx.Graph:
    return nx.relabel_nodes(nx.gnm_random_graph(9, 14, seed=3), {0: "first"})


def arrays_of(graph: Any) -> dict[str, Any]:
    return dict(read_structure_graph("a.json", json.dumps(graph).encode())[0].arrays)


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_every_way_to_write_edges_gives_the_same_graph():
    graph = a_graph()
    node_link = nx.node_link_data(graph, edges="edges")
    places = {node: place for place, node in enumerate(graph)}
    both_ways = [(places[a], places[b]) for a, b in graph.edges] + [(places[b], places[a]) for a, b in graph.edges]
    index = {"nodes": node_link["nodes"], "edge_index": [list(row) for row in zip(*both_ways, strict=True)]}
    capital = {"Nodes": node_link["nodes"], "Edges": node_link["edges"]}
    adjacency = nx.adjacency_data(graph)
    expected = arrays_of(node_link)
    assert int((expected["neighbours"] >= 0).sum()) == 2 * graph.number_of_edges() + len(graph)
    for way in (index, capital, adjacency):
        assert same(arrays_of(way), expected)


@pytest.mark.parametrize(
    ("extra", "cause"),
    [
        ({"edge_index": [[0, 1], [1]]}, "two lists of equal length"),
        ({"edge_index": [[0], [9]]}, "may name the nodes 0 to 1"),
        ({"edge_index": [[0], [True]]}, "may name the nodes"),
        ({"adjacency": [[]]}, "one for each of the 2 nodes"),
        ({"adjacency": [[{"id": 5}], []]}, "none of its nodes"),
        ({"adjacency": [[{"no": 1}], []]}, "is a JSON null|none of its nodes"),
        ({"edges": [], "Edges": []}, "in other capitals"),
        ({"edges": [], "edge_index": [[], []]}, "has both"),
    ],
)
def test_edges_that_cannot_be_meant_are_refused(extra, cause):

    content = json.dumps({"nodes": [{"id": 0}, {"id": 1}], **extra}).encode()
    assert re.search(cause, refused(read_structure_graph, "a.json", content))


def superpixels() -> dict[str, Any]:
    """A superpixel graph of a bright stroke on black."""
    picture = np.zeros((1, 28, 28), dtype=np.uint8)
    picture[0, 6:22, 11:17] = 230
    found: dict[str, Any] = json.loads(graph_json(superpixel_graphs(picture)))
    return found


def read(graph: dict[str, Any]) -> tuple[Any, tuple[str, ...]]:
    inputs, notes = read_superpixel_graph("a.json", json.dumps(graph).encode())
    return inputs.arrays["nodes"][0], notes


def test_dark_ink_on_bright_paper_is_inverted_and_told():
    graph = superpixels()
    expected, notes = read(graph)
    assert INVERTED not in notes
    for node in graph["nodes"]:
        node["intensity"] = 1 - node["intensity"]
    found, notes = read(graph)
    assert INVERTED in notes
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_a_number_that_rounding_carried_beyond_one_is_one():
    graph = superpixels()
    graph["nodes"][3]["intensity"] = 1.0000000001
    graph["nodes"][4]["x"] = -1e-9
    nodes, _ = read(graph)
    assert (nodes[3, 0], nodes[4, 1]) == (1, 0)
    graph["nodes"][3]["intensity"] = 1.001
    assert "outside [0, 1]" in refused(read_superpixel_graph, "a.json", json.dumps(graph).encode())


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ('<key id="i" for="node" attr.name="intensity"/>', "0.25"),
        ('<key id="i" for="node" attr.name="intensity" attr.type="double"/>', "0x1.0p-2"),
        ('<key id="i" attr.name="intensity" attr.type="double"><default>0.25</default></key>', None),
    ],
)
def test_graphml_of_other_programs_is_read(key, number):
    places = [("x", "0.5"), ("y", "0.5")]
    keys = key + "".join(f'<key id="{name}" for="node" attr.name="{name}"/>' for name, _ in places)
    values = places if number is None else [("i", number), *places]
    data = "".join(f'<data key="{name}">{value}</data>' for name, value in values)
    content = f'<graphml>{keys}<graph edgedefault="undirected"><node id="a">{data}</node></graph></graphml>'
    nodes = read_superpixel_graph("a.graphml", content.encode())[0].arrays["nodes"]
    assert nodes[0, 0].tolist() == [0.25, 0.5, 0.5]


# -- pictures


def png(picture: Image.Image, form: str = "PNG", **settings: Any) -> bytes:
    content = io.BytesIO()
    picture.save(content, form, **settings)
    return content.getvalue()


def stroke(side: int = 280, ink: int = 0, paper: int = 255) -> np.ndarray:
    """A thick upright stroke with a foot, so that it has a right way up."""
    picture = np.full((side, side), paper, dtype=np.uint8)
    picture[side // 5 : 4 * side // 5, side // 2 - 20 : side // 2 + 12] = ink
    picture[4 * side // 5 - 28 : 4 * side // 5, side // 4 : 3 * side // 4] = ink
    return picture


def pixels_of(name: str, content: bytes) -> np.ndarray:
    return read_digit_image(name, content)[0].arrays["pixels"][0]


def test_ink_on_a_transparent_ground_is_seen_whatever_its_colour():
    expected = pixels_of("a.png", png(Image.fromarray(stroke())))
    for ink in (0, 255, 200):
        colours = np.full((280, 280, 4), ink, dtype=np.uint8)
        colours[..., 3] = 255 - stroke()
        found = pixels_of("a.png", png(Image.fromarray(colours)))
        assert np.abs(found.astype(int) - expected).max() <= 40, ink
        greys = Image.merge("LA", (Image.fromarray(colours[..., 0]), Image.fromarray(colours[..., 3])))
        assert np.abs(pixels_of("a.png", png(greys)).astype(int) - found).max() <= 2


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_sixteen_bits_are_scaled_by_those_in_use(bits):
    expected = pixels_of("a.png", png(Image.fromarray(stroke())))
    values = np.rint(stroke() / 255 * (2**bits - 1)).astype(np.uint16)
    pixels, notes = read_digit_image("a.png", png(Image.fromarray(values)))
    assert np.abs(pixels.arrays["pixels"][0].astype(int) - expected).max() <= 12
    assert (f"from the {bits} of 16 bits" in notes[0]) == (bits < 16)


def test_a_jpeg_of_another_suffix_is_a_jpeg():
    content = png(Image.fromarray(stroke()), "JPEG", quality=95)
    assert np.array_equal(pixels_of("a.jfif", content), pixels_of("a.jpg", content))


def test_a_large_photo_is_scaled_down_and_a_bomb_is_not():
    large = Image.fromarray(np.kron(stroke(), np.ones((27, 27), dtype=np.uint8)))  # 57 megapixels
    content = png(large, "JPEG", quality=30)
    small = pixels_of("a.jpg", png(Image.fromarray(stroke()), "JPEG", quality=95))
    assert np.abs(pixels_of("a.jpg", content).astype(int) - small).mean() < 12
    progressive = png(large, "JPEG", quality=30, progressive=True)
    assert "at most 25 megapixels" in refused(read_digit_image, "a.jpg", progressive)
    assert "at most 25 megapixels" in refused(read_digit_image, "a.png", png(large.convert("1")))
    assert "at most 25 MB" in refused(read_digit_image, "a.png", b"\x89PNG" + b"0" * 25_000_000)


def on_ground(picture: np.ndarray, ground: int, side: int = 600) -> np.ndarray:
    """A picture lying on a larger ground of another brightness, a little turned."""
    canvas = Image.new("L", (side, side), ground)
    turned = Image.fromarray(picture).rotate(6, expand=True, fillcolor=ground)
    canvas.paste(turned, ((side - turned.width) // 3, (side - turned.height) // 2))
    return np.asarray(canvas)


@pytest.mark.parametrize(("ink", "paper", "ground"), [(20, 235, 60), (20, 235, 160), (230, 50, 200)])
def test_a_digit_on_a_sheet_is_read_and_not_the_sheet(ink, paper, ground):
    sheet = stroke(ink=ink, paper=paper)
    expected = pixels_of("a.png", png(Image.fromarray(sheet).rotate(6, fillcolor=paper)))
    inputs, notes = read_digit_image("a.png", png(Image.fromarray(on_ground(sheet, ground))))
    assert "cut to the sheet" in notes[0]
    found = inputs.arrays["pixels"][0]
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.9


def test_a_ring_is_no_sheet():
    ring = Image.new("L", (300, 300), 240)
    ImageDraw.Draw(ring).ellipse((60, 40, 240, 260), outline=15, width=34)
    _, notes = read_digit_image("a.png", png(ring))
    assert "sheet" not in notes[0]


def test_a_shape_on_a_sheet_is_read_and_not_the_sheet():
    sheet = Image.new("L", (300, 300), 235)
    ImageDraw.Draw(sheet).ellipse((90, 90, 210, 210), outline=15, width=18)
    inputs, notes = read_shape_picture("a.png", png(Image.fromarray(on_ground(np.asarray(sheet), 50))))
    assert "cut to the sheet" in notes[0]
    pixels = inputs.arrays["pixels"][0]
    assert pixels[14, 14] < 100 < pixels[:, 14].max()  # hollow


@pytest.mark.parametrize("marks", ["46", "123\n456\n789", "\n".join(["this is a page of text"] * 12)])
def test_more_than_one_mark_is_refused(marks):
    page = Image.new("L", (600, 420), 255)
    size = 15 if len(marks) > 20 else 80
    ImageDraw.Draw(page).multiline_text((40, 20), marks, fill=0, font=ImageFont.load_default(size), spacing=20)
    assert "more than one mark" in refused(read_digit_image, "a.png", png(page))


def test_a_filled_patch_is_no_digit():
    patch = np.full((300, 300), 240, dtype=np.uint8)
    patch[100:190, 100:180] = 20
    assert "filled patch" in refused(read_digit_image, "a.png", png(Image.fromarray(patch)))


def test_pictures_of_mnist_are_taken_as_they_are_and_others_of_their_size_are_not():
    mnist, _ = load_mnist()
    for digit in mnist["test_images"][:60]:
        assert np.array_equal(pixels_of("a.png", png(Image.fromarray(digit))), digit)
        assert np.array_equal(pixels_of("a.png", png(Image.fromarray(255 - digit))), digit)
    digit = mnist["test_images"][0]
    for other in (np.roll(digit, 4, axis=1), digit // 3, np.roll(digit, -3, axis=0)):
        inputs, notes = read_digit_image("a.png", png(Image.fromarray(other)))
        assert notes
        found = inputs.arrays["pixels"][0].astype(float)
        assert np.corrcoef(found.ravel(), digit.ravel().astype(float))[0, 1] > 0.85
