"""A run that keeps nothing of the originals, on every page: what cannot be shown is said to be so, in a sentence."""

from __future__ import annotations

import base64
import re

import pytest

import resources
from drawings.inputs import draw, is_told, width_of
from drawings.pictures import NOT_KEPT
from drawings.prototypes import prototype_sheet
from drawings.thumbnails import thumbnail
from pages import faultless, open_page, texts
from sharcs_core.structures import Inputs
from sharcs_core.tasks.redistribution import ORIGINALS_NOT_KEPT
from shared.frame import PAGES
from withheld_folder import LABELS, make_folder, png, rows, trained

RUN, AGAIN = "walks", "walks again"
STATES = (
    *((page, {}) for page in PAGES),
    *(("overview", {"tour": step, "pick_run": True}) for step in range(1, 6)),
    *(("concept_map", {"map_colour": colour, "map_unseen": True}) for colour in ("Answer", "Mistakes", "Concept")),
    ("retrieval", {"gallery": True}),
    ("intervention", {"borrow|picture": True, "borrow|note": True, "borrow|readings": True}),
    ("intervention", {"edit_with": "Sliders"}),
    *(("concepts", {"see": part, "on": [0]}) for part in ("One concept", "Find samples")),
    ("results", {"part": "Two runs"}),
)
NAMES = [f"{page}-{'-'.join(map(str, choices.values()))}" for page, choices in STATES]
DRAWN = ("overview", "retrieval", "intervention", "tree")
SVG = "data:image/svg+xml;base64,"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("withheld")
    data = make_folder(folder / "walks", redistribute=False)
    with pytest.MonkeyPatch.context() as patch:
        for name in (RUN, AGAIN):
            trained(data, folder / "runs" / name)
        patch.setenv("SHARCS_RUNS", str(folder / "runs"))
        yield folder / "runs"


def placeholders(page):
    """How many drawings of a page say that there is nothing to draw, by what a screen reader says of them."""
    return len(re.findall(rf'alt="[^"]*\({NOT_KEPT}\)"', texts(page)))


@pytest.mark.parametrize(("page", "choices"), STATES, ids=NAMES)
def test_every_page_shows_it_and_nothing_of_a_row(runs, page, choices):
    chosen = dict(choices)
    if "tour" in choices:
        first = resources.first_samples(RUN)
        chosen["sample"] = first.mistake or first.least_sure
    shown = faultless(open_page(page, run=RUN, **chosen))
    said = texts(shown)
    assert not any(row[column] in said for row in rows() for column in (0, 2, 3, 8))
    if page not in ("results", "train"):  # which are of no one run
        assert ORIGINALS_NOT_KEPT in said
    if page in DRAWN:
        assert placeholders(shown) >= 3  # the inputs of the chosen sample at least


def test_a_neighbour_of_unknown_meaning_is_told_by_the_class_of_its_sample(runs):
    said = texts(faultless(open_page("retrieval", run=RUN)))
    cards = re.findall(r"class='says'>(.*?)</div>", said)
    assert cards
    assert {re.sub("<[^>]*>.*?</[^>]*>", "", card) for card in cards} <= {f"of {name}" for name in LABELS}


def test_in_place_of_an_input_stands_a_drawing_that_says_so_whatever_its_kind(runs):
    for kind in ("image", "graph", "tabular", "text"):
        inputs = Inputs.withheld(kind, 2)
        assert not is_told(inputs)
        assert width_of(inputs, 100) == 100
        for drawn in (draw(inputs, 1, says="Note"), thumbnail(inputs, 1, 60, resources_look())):
            (source,) = re.findall(rf'src="{re.escape(SVG)}([^"]+)"', drawn)
            assert f">{NOT_KEPT}<" in base64.b64decode(source).decode()
        assert f'alt="Note ({NOT_KEPT})"' in draw(inputs, 1, says="Note")


def resources_look():
    from drawings.look import look_of

    card = resources.run_card(RUN)
    return look_of(card.modality("note"), card.names)


def test_under_the_pointer_on_the_map_stand_words_instead_of_pictures(runs):
    for part in ("train", "test"):
        for name in resources.run(RUN).card.names:
            said = resources.pointed(RUN, part, name, 1)
            assert (said.told, said.picture) == (NOT_KEPT, "")
            assert len(said.lines) > 1


def test_no_prototypes_stand_beside_switches(runs):
    run = resources.run(RUN)
    sheet = prototype_sheet(run.bank, run.task, [0])
    assert not sheet.style
    assert not any(sheet.pairs.values())
    assert set(sheet.pairs) == {(name, 0) for name in run.card.names}


def test_what_is_brought_is_drawn_and_explained_and_no_example_is_offered(runs):
    page = faultless(open_page("upload", run=RUN))
    assert page.button(key="try_example").disabled
    assert not [one for one in page.selectbox if one.key and one.key.startswith("example|")]
    assert not page.get("download_button")
    box = next(widget for widget in page.file_uploader if "|picture|" in widget.key)
    page = faultless(box.upload("mine.png", png(3), "image/png").run())
    said = texts(page)
    assert "##### Answer" in said
    assert "The model reads the picture as" in said
    assert "mine.png" in said
    assert "data:image/png;base64," in said
    assert placeholders(page) > 0  # its neighbours


def test_two_such_runs_have_no_samples_that_could_be_compared(runs):
    page = faultless(open_page("results", run=RUN, part="Two runs"))
    assert "keep no unseen sample in common" in texts(page)
