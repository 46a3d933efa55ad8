"""Files that people bring: what is read from them, and what each fault says."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
from PIL import Image, ImageDraw

from builders import graph_json
from sharcs_core.named import counted
from sharcs_core.structures import Inputs
from sharcs_core.tasks import files
from sharcs_core.tasks.files import (
    InputError,
    read_bits_table,
    read_digit_image,
    read_structure_graph,
    read_superpixel_graph,
    to_node_link,
)
from sharcs_core.tasks.mnist.superpixels import MAX_NODES, superpixel_graphs
from toy_task import ToyTask

# -- helpers ----------------------------------------------------------------------------------------------------


def encoded(picture: Image.Image | np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    content = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(content, kind, **options)
    return content.getvalue()


def digit(centred: bool = True) -> np.ndarray:
    """A 5 of our own, as MNIST shows digits: in a 20×20 box, its centre of mass in the middle of 28×28."""
    large = Image.new("L", (560, 560))
    points = [(390, 90), (190, 90), (180, 260), (330, 250), (390, 340), (340, 440), (170, 460)]
    ImageDraw.Draw(large).line(points, fill=255, width=56, joint="curve")
    box = large.getbbox()
    small = large.crop(box)
    scale = 20 / max(small.size)
    small = small.resize((round(small.width * scale), round(small.height * scale)), Image.Resampling.BOX)
    ink = np.asarray(small)
    canvas = np.zeros((28, 28), dtype=np.uint8)
    rows, columns = np.indices(ink.shape)
    top = round(14 - (rows * ink).sum() / ink.sum()) if centred else 1
    left = round(14 - (columns * ink).sum() / ink.sum()) if centred else 1
    canvas[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return canvas


def photo(
    height: int = 480, width: int = 640, *, slope: float = 0, noise: float = 0, shadow: bool = False
) -> np.ndarray:
    """The digit in dark ink, off the middle of light paper."""
    ink = np.asarray(Image.fromarray(digit()).resize((224, 224), Image.Resampling.BICUBIC)) / 255.0
    page = np.zeros((height, width))
    page[30 : 30 + 224, width - 260 : width - 260 + 224] = ink
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    light = 1 - slope * (0.7 * across + 0.3 * down)
    light = np.where(shadow & (across < 0.25), 0.6 * light, light)
    grey = (225 * (1 - page) + 40 * page) * light
    grey += noise * np.random.default_rng(0).standard_normal(grey.shape)
    return grey.clip(0, 255).astype(np.uint8)


def pixels_of(name: str, content: bytes) -> tuple[np.ndarray, str]:
    inputs, notes = read_digit_image(name, content)
    assert inputs.kind == "image"
    assert len(inputs) == 1
    pixels = inputs.arrays["pixels"][0]
    assert pixels.shape == (28, 28)
    assert pixels.dtype == np.uint8
    return pixels, " ".join(notes)


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def node(number: Any, **fields: Any) -> dict[str, Any]:
    return {"id": number, "intensity": 0.5, "x": 0.25, "y": 0.75} | fields


def graph(nodes: Any, edges: Any = None, **more: Any) -> bytes:
    return json.dumps({"nodes": nodes} | ({} if edges is None else {"edges": edges}) | more).encode()


def edge(source: Any, target: Any, **fields: Any) -> dict[str, Any]:
    return {"source": source, "target": target} | fields


def graphml(body: str, head: str = "", keys: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{head}<graphml>{keys}<graph edgedefault="undirected">{body}</graph></graphml>'.encode()
    )


def plain_message(error: pytest.ExceptionInfo[InputError]) -> str:
    """The message, once it is one readable sentence."""
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 300
    assert not any(sign in message for sign in ("Traceback", "0x", "/tmp", "<class", "Errno"))
    return message


def refused(read: Callable[[str, bytes], Any], name: str, content: bytes) -> str:
    with pytest.raises(InputError) as error:
        read(name, content)
    return plain_message(error)


# -- pictures ---------------------------------------------------------------------------------------------------


def test_mnist_picture_is_taken_as_it_is():
    pixels, note = pixels_of("five.png", encoded(digit()))
    assert np.array_equal(pixels, digit())
    assert note == ""


def test_negative_of_mnist_is_only_inverted():
    pixels, note = pixels_of("five.png", encoded(255 - digit()))
    assert np.array_equal(pixels, digit())
    assert "inverted" in note
    assert "cropped" not in note


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.png", encoded(photo())),
        ("sloped.png", encoded(photo(slope=0.5))),
        ("photo.jpg", encoded(photo(slope=0.5, noise=8), "JPEG", quality=80)),
        ("photo.webp", encoded(photo(noise=4), "WEBP")),
        ("shadow.png", encoded(photo(shadow=True, noise=3))),
        ("colour.png", encoded(Image.fromarray(photo()).convert("RGB"))),
        ("ink.jpeg", encoded(Image.merge("RGB", [Image.fromarray(c) for c in (photo(), photo(), photo() // 2 + 120)]))),
        ("cmyk.jpg", encoded(Image.fromarray(photo()).convert("CMYK"), "JPEG")),
        ("palette.png", encoded(Image.fromarray(photo()).convert("P"))),
        ("two-levels.png", encoded(Image.fromarray(photo()).convert("1", dither=Image.Dither.NONE))),
        ("deep.png", encoded(photo().astype(np.uint16) * 257)),
        ("bright-on-dark.png", encoded(255 - photo())),
        ("large.jpg", encoded(Image.fromarray(photo()).resize((3200, 2400)), "JPEG")),
    ],
)
def test_photo_becomes_as_mnist_is(name, content):
    pixels, note = pixels_of(name, content)
    assert likeness(pixels, digit()) > 0.9
    assert pixels.max() == 255
    assert "cropped to the ink" in note
    assert "scaled to 28×28" in note
    assert ("inverted" in note) == (name != "bright-on-dark.png")


def test_note_says_the_size_and_each_change():
    _, note = pixels_of("photo.jpg", encoded(Image.fromarray(photo(slope=0.5)).convert("RGB"), "JPEG"))
    assert note == (
        "The picture was 640×480; it was inverted, evened out, cropped to the ink and scaled to 28×28, "
        "to be as MNIST is."
    )


def test_result_keeps_mnists_box_and_centre():
    pixels, _ = pixels_of("photo.png", encoded(photo()))
    rows, columns = np.nonzero(pixels > 40)
    assert 19 <= np.ptp(rows) + 1 <= 20
    weights = pixels / pixels.sum()
    centre = [(weights * index).sum() for index in np.indices(pixels.shape)]
    assert centre == pytest.approx([14, 14], abs=0.75)
    assert max(np.ptp(rows), np.ptp(columns)) < 20


def test_aspect_is_kept():
    one = np.full((300, 300), 230, dtype=np.uint8)
    one[60:240, 140:160] = 20
    pixels, _ = pixels_of("one.png", encoded(one))
    rows, columns = np.nonzero(pixels > 128)
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 <= 3


def test_thin_strokes_are_widened():
    page = Image.new("L", (600, 600), 235)
    ImageDraw.Draw(page).ellipse((120, 100, 480, 500), outline=30, width=3)
    pixels, note = pixels_of("zero.png", encoded(page))
    assert "wider pen" in note
    assert (pixels > 128).sum() > 80
    assert pixels[14, 14] == 0


def test_specks_do_not_move_the_digit():
    page = photo()
    page[440:446, 40:46] = 40
    assert likeness(pixels_of("a.png", encoded(page))[0], pixels_of("a.png", encoded(photo()))[0]) > 0.98


@pytest.mark.parametrize("orientation", range(1, 9))
def test_camera_orientation_is_honoured(orientation):
    # the transpositions that undo Pillow's own table for the eight orientations
    laid = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.T,
        6: lambda p: np.rot90(p, 1),
        7: lambda p: p[::-1, ::-1].T,
        8: lambda p: np.rot90(p, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels, note = pixels_of("turned.jpg", encoded(np.ascontiguousarray(laid(photo())), "JPEG", exif=exif))
    assert likeness(pixels, digit()) > 0.9
    assert "The picture was 640×480" in note
    assert ("turned as its camera data say" in note) == (orientation > 1)


def test_transparent_parts_are_white_paper():
    ink = np.zeros((480, 640, 4), dtype=np.uint8)
    ink[..., 3] = 255 - photo().astype(int).clip(40, 225)
    pixels, note = pixels_of("drawing.png", encoded(ink))
    assert likeness(pixels, digit()) > 0.9
    assert "laid over white" in note


def test_transparent_palette_is_white_paper():
    page = Image.fromarray((photo() < 130).astype(np.uint8), "L").convert("P")
    page.putpalette([0, 0, 0, 30, 30, 30])
    pixels, _ = pixels_of("drawing.png", encoded(page, transparency=0))
    assert likeness(pixels, digit()) > 0.85


def test_content_decides_among_picture_formats():
    assert likeness(pixels_of("named.png", encoded(photo(), "JPEG"))[0], digit()) > 0.9


def test_reading_twice_gives_the_same():
    content = encoded(photo(noise=8))
    assert np.array_equal(pixels_of("a.png", content)[0], pixels_of("b.png", content)[0])


def header_only_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


NOISE = np.random.default_rng(0).integers(0, 256, (200, 200)).astype(np.uint8)
BAD_PICTURES = {
    "empty": ("a.png", b"", "empty"),
    "text": ("a.png", b"hello", "not a PNG, JPEG or WebP"),
    "gif by name": ("a.gif", encoded(digit(), "GIF"), ".png, .jpg, .jpeg, .jfif or .webp"),
    "gif by content": ("a.png", encoded(digit(), "GIF"), "not a PNG, JPEG or WebP"),
    "svg by content": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG, JPEG or WebP"),
    "no suffix": ("digit", encoded(digit()), ".png, .jpg, .jpeg, .jfif or .webp"),
    "signature only": ("a.png", b"\x89PNG\r\n\x1a\n", "damaged"),
    "jpeg signature only": ("a.jpg", b"\xff\xd8\xff\xe0", "damaged"),
    "webp signature only": ("a.webp", b"RIFF\x00\x00\x00\x00WEBP", "damaged"),
    "truncated png": ("a.png", encoded(photo(noise=9))[:20_000], "cut off"),
    "truncated jpeg": ("a.jpg", encoded(photo(noise=9), "JPEG")[:9_000], "cut off"),
    "truncated webp": ("a.webp", encoded(photo(noise=9), "WEBP")[:900], "damaged"),
    "flipped bytes": ("a.png", encoded(photo(noise=9))[:300] + bytes(2000) + encoded(photo(noise=9))[2300:], "damaged"),
    "bomb": ("a.png", header_only_png(20_000, 20_000), "20,000×20,000 pixels"),
    "bomb Pillow would only warn of": ("a.png", header_only_png(10_000, 10_000), "25 megapixels"),
    "bomb Pillow would take": ("a.png", header_only_png(6_000, 6_000), "too large"),
    "bomb webp": ("a.webp", encoded(Image.new("L", (9_000, 9_000)), "WEBP", quality=1, method=0), "too large"),
    "bytes": ("a.png", encoded(digit()) + bytes(files.MAX_PICTURE_BYTES), "at most 25 MB"),
    "tiny": ("a.png", encoded(np.zeros((3, 3), np.uint8)), "too small"),
    "line": ("a.png", encoded(np.zeros((1, 400), np.uint8)), "too small"),
    "strip": ("a.png", encoded(np.zeros((7000, 8), np.uint8)), "thin strip (8×7,000 pixels); cut it"),
    "blank white": ("a.png", encoded(np.full((300, 300), 255, np.uint8)), "blank"),
    "blank black": ("a.png", encoded(np.zeros((28, 28), np.uint8)), "blank"),
    "blank sloped": ("a.png", encoded(np.tile(np.linspace(120, 240, 300).astype(np.uint8), (300, 1))), "blank"),
    "blank transparent": ("a.png", encoded(np.zeros((50, 50, 4), np.uint8)), "blank"),
    "blank grainy": ("a.png", encoded(215 + NOISE // 24), "blank"),
    "only noise": ("a.png", encoded(NOISE), "no digit"),
}


@pytest.mark.parametrize(("name", "content", "fault"), BAD_PICTURES.values(), ids=BAD_PICTURES.keys())
def test_bad_picture_is_refused_in_one_sentence(name, content, fault, recwarn):
    message = refused(read_digit_image, name, content)
    assert fault in message
    assert name in message
    assert not list(recwarn)  # Pillow's warning on bombs would be a second line on the command line


def test_bomb_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("decoded"))
    refused(read_digit_image, "a.png", header_only_png(20_000, 20_000))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_no_damage_gets_past_the_reader(kind):
    whole = encoded(photo(120 + 224, 300, noise=5), kind)
    rng = np.random.default_rng(1)
    for _ in range(60):
        broken = bytearray(whole[: rng.integers(1, len(whole))] if rng.random() < 0.3 else whole)
        for place in rng.integers(0, len(broken), rng.integers(1, 30)):
            broken[place] = rng.integers(0, 256)
        with contextlib.suppress(InputError):
            pixels_of("a.png", bytes(broken))


# -- superpixel graphs ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def superpixels() -> Inputs:
    return superpixel_graphs(digit()[None])


def test_superpixel_graph_comes_back_as_it_was_written(superpixels):
    again, notes = read_superpixel_graph("graph.json", graph_json(superpixels))
    assert notes == ()
    assert np.array_equal(again.arrays["nodes"], superpixels.arrays["nodes"])
    assert again.arrays["nodes"].dtype == np.float16
    assert again.arrays["n_nodes"] == superpixels.arrays["n_nodes"]
    same = np.sort(again.arrays["neighbours"]) == np.sort(superpixels.arrays["neighbours"])
    assert same.mean() > 0.98  # half precision may swap neighbours that are equally near


def test_written_graph_is_networkx_node_link(superpixels):
    written = to_node_link(superpixels)
    graph = nx.node_link_graph(written, edges="edges")
    assert len(graph) == superpixels.arrays["n_nodes"][0]
    assert set(graph.nodes[0]) == {"intensity", "x", "y"}
    assert nx.node_link_data(graph, edges="edges") == written


@pytest.mark.parametrize("key", ["edges", "links"])
def test_networkx_json_is_read(superpixels, key):
    graph = nx.node_link_graph(to_node_link(superpixels), edges="edges")
    content = json.dumps(nx.node_link_data(graph, edges=key)).encode()
    assert_same(
        read_superpixel_graph("a.json", content)[0], read_superpixel_graph("a.json", graph_json(superpixels))[0]
    )


def test_networkx_graphml_is_read(superpixels):
    graph = nx.node_link_graph(to_node_link(superpixels), edges="edges")
    content = "\n".join(nx.generate_graphml(graph)).encode()
    from_xml, notes = read_superpixel_graph("a.graphml", content)
    assert notes == ()
    assert_same(from_xml, read_superpixel_graph("a.json", graph_json(superpixels))[0])


def assert_same(first: Inputs, second: Inputs) -> None:
    assert first.arrays.keys() == second.arrays.keys()
    for name, values in first.arrays.items():
        assert np.array_equal(values, second.arrays[name]), name


def random_nodes(n: int, seed: int = 0) -> list[dict[str, Any]]:
    rows = np.random.default_rng(seed).random((n, 3))
    return [node(f"n{i}", intensity=float(a), x=float(x), y=float(y)) for i, (a, x, y) in enumerate(rows)]


def test_without_edges_each_node_hears_its_eight_nearest():
    nodes = random_nodes(60)
    inputs, notes = read_superpixel_graph("a.json", graph(nodes))
    places = np.array([[n["x"], n["y"]] for n in nodes])
    for i in range(60):
        away = ((places - places[i]) ** 2).sum(1)
        away[i] = np.inf
        assert inputs.arrays["neighbours"][0, i].tolist() == np.argsort(away)[:8].tolist()
    assert inputs.arrays["nodes"].shape == (1, MAX_NODES, 3)
    assert (inputs.arrays["neighbours"][0, 60:] == -1).all()
    assert "no edges; each node was joined to its 8 nearest" in " ".join(notes)


def test_given_edges_are_kept_and_cut_to_the_eight_nearest():
    nodes = random_nodes(60)
    hub = [edge("n0", f"n{i}") for i in range(1, 31)]
    inputs, notes = read_superpixel_graph("a.json", graph(nodes, hub))
    places = np.array([[n["x"], n["y"]] for n in nodes])
    away = ((places - places[0]) ** 2).sum(1)
    assert inputs.arrays["neighbours"][0, 0].tolist() == (1 + np.argsort(away[1:31])[:8]).tolist()
    assert inputs.arrays["neighbours"][0, 5].tolist() == [0] + 7 * [-1]
    assert inputs.arrays["neighbours"][0, 40].tolist() == 8 * [-1]
    assert "keeps the 8 nearest" in " ".join(notes)


def test_segments_paint_each_pixel_with_its_nearest_node():
    corners = [node(0, x=0, y=0), node(1, x=1, y=0), node(2, x=0, y=1), node(3, x=1, y=1)]
    segments = read_superpixel_graph("a.json", graph(corners))[0].arrays["segments"][0]
    assert segments.shape == (28, 28)
    assert [segments[0, 0], segments[0, 27], segments[27, 0], segments[27, 27]] == [0, 1, 2, 3]


@pytest.mark.parametrize("ids", [["a", "b"], [1, 2], [0.5, -7], [[0, 0], [0, 1]], [None, True]])
def test_nodes_may_have_any_name(ids):
    inputs, _ = read_superpixel_graph("a.json", graph([node(ids[0]), node(ids[1])], [edge(*ids)]))
    assert inputs.arrays["neighbours"][0, :2, 0].tolist() == [1, 0]


def test_features_may_come_as_a_list():
    listed = [{"id": i, "features": [0.5, 0.25, 0.75]} for i in range(2)]
    named = [node(i) for i in range(2)]
    assert_same(*(read_superpixel_graph("a.json", graph(nodes))[0] for nodes in (listed, named)))


def test_byte_order_mark_is_dropped():
    assert len(read_superpixel_graph("a.json", b"\xef\xbb\xbf" + graph([node(0)]))[0]) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (graph([node(0), node(1)], [edge(0, 1)], directed=True), "direction"),
        (graph([node(0), node(1)], [edge(0, 1), edge(1, 0), edge(0, 1)], multigraph=True), "(2 left out)"),
        (graph([node(0), node(1)], [edge(0, 0), edge(0, 1)]), "itself"),
        (graph([node(0), node(1)], [edge(0, 1, weight=3)]), "weight"),
        (graph([node(0, size=9), node(1)], []), "size"),
        (graph([node(0), node(1)], []), "2 nodes"),
    ],
)
def test_notes_say_what_was_changed(content, said):
    assert said in " ".join(read_superpixel_graph("a.json", content)[1])


DEEP = b'{"nodes": ' + b"[" * 1000 + b"]" * 1000 + b', "edges": []}'
DEEP_AROUND = b'{"graph":' * 1000 + b"{}" + b"}" * 1000
BILLION = '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE g [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BAD_GRAPHS = {
    "empty": ("a.json", b"", "empty"),
    "wrong suffix": ("a.csv", graph([node(0)]), ".json or .graphml"),
    "not json": ("a.json", b"{nodes: []}", "not valid JSON (line 1, column 2)"),
    "cut off": ("a.json", graph([node(0)])[:-3], "not valid JSON"),
    "xml named json": ("a.json", graphml("<node id='a'/>"), "not valid JSON"),
    "json named graphml": ("a.graphml", graph([node(0)]), "not valid XML"),
    "not utf-8": ("a.json", graph([node(0)]) + b"\xff\xfe", "UTF-8"),
    "a list": ("a.json", b"[]", "JSON list"),
    "a number": ("a.json", b"7", "JSON number"),
    "null": ("a.json", b"null", "JSON null"),
    "deep": ("a.json", DEEP, "nested more than"),
    "deep where nobody looks": ("a.json", DEEP_AROUND, "nested more than"),
    "very deep": ("a.json", b"[" * 1_000_000, "nested more than"),
    "number of 9,999 digits": ("a.json", b'{"nodes": [{"id": ' + b"9" * 9999 + b"}]}", "too long"),
    "no list of nodes": ("a.json", b'{"edges": []}', "no list of nodes"),
    "nodes an object": ("a.json", graph({"a": 1}), "nodes is a JSON object"),
    "no nodes": ("a.json", graph([], []), "has no nodes"),
    "many nodes": ("a.json", b'{"nodes":[' + b'{"id":1},' * 400_000 + b'{"id":1}]}', "400,001 nodes"),
    "a million nodes": ("a.json", b'{"nodes":[' + b'{"id":1},' * 1_000_000 + b'{"id":1}]}', "bring a graph of at most"),
    "many edges": ("a.json", graph([node(0), node(1)], [edge(0, 1)] * 20_001), "20,001 edges"),
    "node without id": ("a.json", graph([{"x": 1}]), "node number 1 has no id"),
    "node a number": ("a.json", graph([1, 2]), "node number 1 has no id"),
    "id an object": ("a.json", graph([node({"a": 1})]), "id of node number 1"),
    "id a nest": ("a.json", graph([node([[1]])]), "id of node number 1"),
    "same id twice": ("a.json", graph([node("a"), node("a")], []), "two nodes with the id 'a'"),
    "edges an object": ("a.json", graph([node(0)], {"0": 0}), "edges is a JSON object"),
    "edges null": ("a.json", b'{"nodes": [{"id": 0}], "edges": null}', "edges is a JSON null"),
    "edges and links": ("a.json", graph([node(0)], [], links=[]), "both edges and links"),
    "edge a pair": ("a.json", graph([node(0), node(1)], [[0, 1]]), "edge number 1"),
    "edge without target": ("a.json", graph([node(0)], [{"source": 0}]), "no source or target"),
    "edge end a list": ("a.json", graph([node(0)], [edge(0, [[]])]), "target of edge number 1"),
    "dangling edge": ("a.json", graph([node(0)], [edge(0, "ghost")]), "'ghost', which is none of its nodes"),
    "dangling by type": ("a.json", graph([node(0), node(1)], [edge("0", 1)]), "'0', which is none"),
    "broken xml": ("a.graphml", b"<graphml><graph>", "not valid XML"),
    "other xml": ("a.graphml", b"<svg/>", "not GraphML"),
    "two graphs": ("a.graphml", b"<graphml><graph/><graph/></graphml>", "one graph"),
    "xml without nodes": ("a.graphml", graphml(""), "no nodes"),
    "xml entities": ("a.graphml", graphml('<node id="&b;"/>', BILLION), "entities"),
    "xml outside entity": ("a.graphml", graphml('<node id="&x;"/>', OUTSIDE), "entities"),
    "xml document type": ("a.graphml", graphml('<node id="a"/>', "<!DOCTYPE graphml>"), "remove the <!DOCTYPE"),
    "xml undeclared entity": ("a.graphml", graphml('<node id="&b;"/>'), "not valid XML"),
    "xml deep": ("a.graphml", b"<graphml>" * 100_000, "nested more than"),
    "xml odd encoding": ("a.graphml", b'<?xml version="1.0" encoding="no-such"?><graphml/>', "XML"),
    "xml not utf-8": ("a.graphml", graphml('<node id="a"/>') + b"\xff", "not valid XML"),
    "xml node without id": ("a.graphml", graphml("<node/>"), "node number 1 has no id"),
    "xml same id twice": ("a.graphml", graphml('<node id="a"/><node id="a"/>'), "two nodes"),
    "xml dangling": ("a.graphml", graphml('<node id="a"/><edge source="a" target="b"/>'), "none of its nodes"),
    "xml edge without target": ("a.graphml", graphml('<node id="a"/><edge source="a"/>'), "edge number 1"),
    "xml nested graph": ("a.graphml", graphml('<node id="a"><graph/></node>'), "graph inside a graph"),
    "xml many nodes": ("a.graphml", graphml('<node id="a"/>' * 50_000), "50,000 nodes"),
}


BAD_SUPERPIXELS = {
    "only intensity": ("a.json", graph([{"id": 0, "intensity": 1}]), "no x and no y"),
    "no features": ("a.json", graph([{"id": 0}]), "no intensity and no x and no y"),
    "missing on the second": ("a.json", graph([node(0), {"id": 1, "x": 1, "y": 1}]), "node number 2 has no intensity"),
    "too wide": ("a.json", graph([{"id": 0, "features": [0.1] * 4}]), "expected 3: intensity, x, y; got 4"),
    "too narrow": ("a.json", graph([{"id": 0, "features": [0.1]}]), "got 1"),
    "features a number": ("a.json", graph([{"id": 0, "features": 0.1}]), "got no list"),
    "NaN": ("a.json", graph([node(0, x=float("nan"))]), "the x of node number 1 is NaN"),
    "infinite": ("a.json", graph([node(0, y=float("inf"))]), "the y of node number 1 is infinite"),
    "text": ("a.json", graph([node(0, intensity="0.5")]), "not a number ('0.5')"),
    "true": ("a.json", graph([node(0, intensity=True)]), "not a number"),
    "null feature": ("a.json", graph([node(0, intensity=None)]), "is empty"),
    "list for a feature": ("a.json", graph([node(0, x=[0.1])]), "not a number"),
    "pixels": ("a.json", graph([node(0, x=27)]), "27, outside [0, 1]"),
    "negative": ("a.json", graph([node(0, y=-0.01)]), "-0.01, outside [0, 1]"),
    "huge whole number": ("a.json", graph([node(0, x=10**400)]), "outside [0, 1]"),
    "85 nodes": ("a.json", graph(random_nodes(85)), "85 nodes, too many; bring a graph of at most 84"),
    "xml 85 nodes": ("a.graphml", graphml("".join(f'<node id="{i}"/>' for i in range(85))), "85 nodes"),
    "xml no features": ("a.graphml", graphml('<node id="a"/>'), "no intensity"),
}
ALL_BAD = BAD_GRAPHS | BAD_SUPERPIXELS


@pytest.mark.parametrize(("name", "content", "fault"), ALL_BAD.values(), ids=ALL_BAD.keys())
def test_bad_superpixel_graph_is_refused_in_one_sentence(name, content, fault):
    message = refused(read_superpixel_graph, name, content)
    assert fault in message
    assert name in message


@pytest.mark.parametrize(
    ("declared", "text", "fault"),
    [
        ("double", "NaN", "NaN"),
        ("double", "", "is empty"),
        ("double", "much", "not a number ('much')"),
        ("string", "0.5", "not a number ('0.5')"),
        ("double", "27.0", "outside [0, 1]"),
    ],
)
def test_graphml_features_are_checked(declared, text, fault):
    keys = "".join(
        f'<key id="{k}" for="node" attr.name="{k}" attr.type="{declared}"/>' for k in ("intensity", "x", "y")
    )
    values = "".join(f'<data key="{k}">{text}</data>' for k in ("intensity", "x", "y"))
    assert fault in refused(read_superpixel_graph, "a.graphml", graphml(f'<node id="a">{values}</node>', keys=keys))


# -- structure graphs -------------------------------------------------------------------------------------------


def test_structure_graph_equals_networkx():
    ring = nx.cycle_graph(10)
    ring.add_edges_from([(0, 5), (2, 2)])
    inputs, notes = read_structure_graph("ring.json", json.dumps(nx.node_link_data(ring, edges="edges")).encode())
    expected = nx.betweenness_centrality(ring)
    assert inputs.arrays["nodes"][0, :, 0] == pytest.approx([expected[i] for i in range(10)])
    assert inputs.arrays["nodes"].dtype == np.float32
    heard = [sorted(j for j in row if j >= 0) for row in inputs.arrays["neighbours"][0].tolist()]
    assert heard == [sorted({i, *ring[i]}) for i in range(10)]
    assert notes == ("Every node was joined to itself, as in training.",)


def test_structure_graph_comes_back_as_it_was_written():
    ring = nx.cycle_graph(10)
    first, _ = read_structure_graph("a.json", json.dumps(nx.node_link_data(ring, edges="links")).encode())
    again, notes = read_structure_graph("a.json", graph_json(first))
    assert notes == ()
    assert_same(first, again)


def test_structure_graph_from_graphml():
    content = "\n".join(nx.generate_graphml(nx.cycle_graph(10))).encode()
    from_json, _ = read_structure_graph(
        "a.json", json.dumps(nx.node_link_data(nx.cycle_graph(10), edges="edges")).encode()
    )
    assert_same(read_structure_graph("a.graphml", content)[0], from_json)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_small_structures_are_read(order):
    inputs, notes = read_structure_graph("a.json", graph([{"id": i} for i in range(order)], []))
    assert inputs.arrays["nodes"].shape == (1, order, 1)
    assert not inputs.arrays["nodes"].any()
    assert f"has {counted(order, 'node')}; the model was trained on graphs of 10" in " ".join(notes)


def test_node_features_of_a_structure_are_not_used_and_said_so():
    notes = read_structure_graph("a.json", graph([node(i, x=float("nan")) for i in range(10)], []))[1]
    assert "its nodes was not used" in " ".join(notes)


@pytest.mark.parametrize(("name", "content", "fault"), BAD_GRAPHS.values(), ids=BAD_GRAPHS.keys())
def test_bad_structure_graph_is_refused_in_one_sentence(name, content, fault):
    assert fault in refused(read_structure_graph, name, content)


def test_structures_hear_of_their_own_limits():
    nodes = [{"id": i} for i in range(201)]
    assert "201 nodes, too many; bring a graph of at most 200" in refused(
        read_structure_graph, "a.json", graph(nodes, [])
    )
    assert "no list of edges" in refused(read_structure_graph, "a.json", graph(nodes[:3]))
    million = b'{"nodes":[' + b'{"id":1},' * 1_000_000 + b"]}"
    assert "at most 200 nodes" in refused(read_structure_graph, "a.json", million)


def test_only_graphs_are_written_as_node_link():
    with pytest.raises(ValueError, match="Only graphs"):
        to_node_link(Inputs("tabular", {"values": np.zeros((1, 6))}))


# -- tables -----------------------------------------------------------------------------------------------------

HEADER = "bit_0,bit_1,bit_2,bit_3,bit_4,bit_5"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"{HEADER}\n1,0,1,1,0,0\n", [1, 0, 1, 1, 0, 0]),
        (f"{HEADER}\r\n0,1,1,0,0,1", [0, 1, 1, 0, 0, 1]),
        (f"\ufeff{HEADER}\n1,1,1,0,0,0\n\n", [1, 1, 1, 0, 0, 0]),
        (f"{HEADER}\n 1 , 0,1.0,0.0,0,1\n,,,,,\n", [1, 0, 1, 0, 0, 1]),
        ('"bit_0","bit_1","bit_2","bit_3","bit_4","bit_5"\n"1",0,0,0,0,1\n', [1, 0, 0, 0, 0, 1]),
    ],
)
def test_table_is_read(content, expected):
    inputs, notes = read_bits_table("row.csv", content.encode())
    assert inputs.kind == "tabular"
    assert inputs.arrays["values"].tolist() == [expected]
    assert inputs.arrays["values"].dtype == np.float32
    assert notes == ()


def test_columns_may_stand_in_any_order():
    inputs, notes = read_bits_table("row.csv", b"bit_5,bit_4,bit_3,bit_2,bit_1,bit_0\n1,0,0,0,0,0\n")
    assert inputs.arrays["values"].tolist() == [[0, 0, 0, 0, 0, 1]]
    assert "put in order" in notes[0]


ROW = "0,1,0,1,0,1"
BAD_TABLES = {
    "empty": ("a.csv", b"", "empty"),
    "only blank lines": ("a.csv", b"\n\n  \n", "empty"),
    "wrong suffix": ("a.xlsx", f"{HEADER}\n{ROW}".encode(), ".csv"),
    "only a header": ("a.csv", HEADER.encode(), "0 rows"),
    "two rows": ("a.csv", f"{HEADER}\n{ROW}\n{ROW}\n".encode(), "2 rows"),
    "no header": ("a.csv", ROW.encode(), "no column bit_0, bit_1"),
    "missing column": ("a.csv", b"bit_0,bit_1,bit_2,bit_3,bit_4\n0,1,0,1,0\n", "no column bit_5"),
    "further column": ("a.csv", f"{HEADER},bit_6\n{ROW},1\n".encode(), "further column 'bit_6'"),
    "index column": ("a.csv", f",{HEADER}\n0,{ROW}\n".encode(), "further column ''"),
    "same column twice": ("a.csv", f"{HEADER},bit_0\n{ROW},1\n".encode(), "bit_0 more than once"),
    "short row": ("a.csv", f"{HEADER}\n0,1,0\n".encode(), "3 values for 6 columns"),
    "long row": ("a.csv", f"{HEADER}\n{ROW},1\n".encode(), "7 values for 6 columns"),
    "a two": ("a.csv", f"{HEADER}\n0,1,2,1,0,1\n".encode(), "bit_2 is '2'"),
    "a half": ("a.csv", f"{HEADER}\n0,1,0.5,1,0,1\n".encode(), "bit_2 is '0.5'"),
    "NaN": ("a.csv", f"{HEADER}\n0,1,nan,1,0,1\n".encode(), "bit_2 is 'nan'"),
    "text": ("a.csv", f"{HEADER}\n0,1,yes,1,0,1\n".encode(), "bit_2 is 'yes'"),
    "empty cell": ("a.csv", f"{HEADER}\n0,1,,1,0,1\n".encode(), "bit_2 is empty"),
    "latin-1": ("a.csv", f"{HEADER},é\n{ROW},1\n".encode("latin-1"), "UTF-8"),
    "NUL bytes": ("a.csv", b"\x00" * 50, "a.csv"),
    "a picture": ("a.csv", encoded(digit()), "UTF-8"),
    "endless field": ("a.csv", b'"' + b"1" * 300_000, "CSV"),
    "bytes": ("a.csv", b"1" * (files.MAX_BYTES + 1), "at most 5 MB"),
}


@pytest.mark.parametrize(("name", "content", "fault"), BAD_TABLES.values(), ids=BAD_TABLES.keys())
def test_bad_table_is_refused_in_one_sentence(name, content, fault):
    message = refused(read_bits_table, name, content)
    assert fault in message
    assert name in message


# -- templates and names ----------------------------------------------------------------------------------------


def test_a_typed_sentence_is_read_as_a_file_would_be_and_its_faults_name_no_file():
    task = ToyTask()
    inputs, notes = task.read_sentence("words", "old three")
    assert_same(inputs, task.read("words", "a.txt", b"old three")[0])
    assert notes == ()
    with pytest.raises(InputError, match=r"^The sentence has the word 'many'"):
        task.read_sentence("words", "many")
    with pytest.raises(InputError, match=r"^The sentence holds no words"):
        task.read_sentence("words", "  ")


@pytest.mark.parametrize("name", ["/home/me/secret/a.png", "C:\\Users\\me\\a.png", "../../a.png"])
def test_messages_name_no_folders(name):
    assert refused(read_digit_image, name, b"x").startswith("a.png ")


def test_messages_carry_no_markup_and_stay_short():
    assert "<" not in refused(read_digit_image, "<script>`x`.png", b"x")
    assert "\x1b" not in refused(read_superpixel_graph, "a.json", graph([node("\x1b[31m"), node("\x1b[31m")]))
    refused(read_superpixel_graph, "a.json", graph([node("a" * 9999), node("a" * 9999)]))
    refused(read_bits_table, "a" * 999 + ".csv", f"{HEADER},{'b' * 9999}\n{ROW},1".encode())
