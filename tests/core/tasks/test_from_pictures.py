"""The graph that a picture someone brought can give."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sharcs_core.tasks import TASKS
from sharcs_core.tasks.files import InputError
from sharcs_core.tasks.mnist.from_pictures import HALF, WHOLE, other_half, same_picture
from sharcs_core.tasks.mnist.half_superpixels import half_graphs, half_picture
from sharcs_core.tasks.mnist.source import SUBSET, read_npz
from sharcs_core.tasks.mnist.superpixels import superpixel_graphs


@pytest.fixture(scope="module")
def digit():
    return read_npz(SUBSET)["test_images"][5]


def png(pixels):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def assert_same(graph, expected):
    assert graph.kind == expected.kind == "graph"
    for name, values in expected.arrays.items():
        np.testing.assert_array_equal(graph.arrays[name], values)


def test_a_picture_gives_the_graph_that_its_pixels_give(digit):
    assert_same(same_picture("a.png", png(digit)), superpixel_graphs(digit[None]))


def test_a_whole_digit_gives_its_bottom_half(digit):
    graph = other_half("a.png", png(digit))
    assert_same(graph, half_graphs(digit[None]).take([1]))
    n_nodes = int(graph.arrays["n_nodes"][0])
    assert (graph.arrays["nodes"][0, :n_nodes, 2] > 0.5).all()


def test_the_other_half_is_offered_of_a_whole_digit_and_not_of_half_a_picture(digit):
    read = TASKS["half_mnist"].readers["image"]
    assert HALF.is_offered(read("a.png", png(digit))[1])
    for half in (0, 1):
        assert not HALF.is_offered(read("a.png", png(half_picture(digit[None], half)[0]))[1])


def test_the_whole_picture_is_offered_however_it_was_read():
    assert WHOLE.is_offered(())


@pytest.mark.parametrize("make", [same_picture, other_half])
@pytest.mark.parametrize("content", [b"", b"no picture", png(np.zeros((28, 28), dtype=np.uint8))])
def test_what_is_no_digit_is_refused(make, content):
    with pytest.raises(InputError, match=r"a\.png"):
        make("a.png", content)


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_every_offer_is_for_a_modality_out_of_another_one_of_the_task(task):
    for modality, making in task.makings.items():
        assert {modality, making.source} <= {one.name for one in task.card.modalities}
        assert modality != making.source
        assert making.offer
        assert making.note
