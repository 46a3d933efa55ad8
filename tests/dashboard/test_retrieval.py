"""The page of cross-modal retrieval, and the drawings it is made of."""

from __future__ import annotations

import numpy as np
import pytest

from figures.concepts import concept_bars, concept_chips, in_percent, probability_bars, spread_strip
from pages import faultless, open_page, texts
from widgets.missing import COMPANIONS_TOLD

RUN = "xor_and_xor"


@pytest.fixture
def page():
    return faultless(open_page("retrieval", run=RUN))


def neighbour_buttons(page):
    return [button for button in page.button if (button.key or "").startswith("neighbour|")]


def test_shows_eight_neighbours_of_the_other_modality(page):
    assert {button.key.split("|")[1] for button in neighbour_buttons(page)} == {"graph"}
    assert len(neighbour_buttons(page)) == 8


def test_every_ordered_pair_of_modalities_can_be_asked(page):
    for query in ("table", "graph"):
        for target in ("table", "graph"):
            page.segmented_control(key=f"ask_with|{RUN}").set_value(query)
            faultless(page.segmented_control(key=f"look_among|{RUN}").set_value(target).run())
            assert {button.key.split("|")[1] for button in neighbour_buttons(page)} == {target}


def test_a_neighbour_becomes_the_chosen_sample(page):
    button = neighbour_buttons(page)[0]
    faultless(button.click().run())
    assert page.session_state["sample"] == button.label
    assert button.label.startswith("train/")


def test_a_training_sample_is_never_its_own_neighbour(xor_run):
    sample_id = str(xor_run.bank.sample_ids[3])
    page = faultless(open_page("retrieval", run=RUN, sample=sample_id))
    assert sample_id not in {button.label for button in neighbour_buttons(page)}


def test_the_gallery_chooses_a_sample_and_filters_by_meaning(page, xor_run):
    meaning = page.selectbox(key=f"gallery_meaning|{RUN}|table")
    faultless(meaning.set_value(2).run())
    shown = [button for button in page.button if (button.key or "").startswith("gallery-table-")]
    rows = [xor_run.test_bank.row(button.label) for button in shown]
    assert rows
    assert set(xor_run.test_bank.sides["table"].semantics[rows]) == {2}
    faultless(shown[1].click().run())
    assert page.session_state["sample"] == shown[1].label


def test_the_gallery_turns_its_pages(page):
    def shown():
        return [button.label for button in page.button if (button.key or "").startswith("gallery-table-")]

    first = shown()
    faultless(page.number_input[0].set_value(2).run())
    assert len(shown()) == len(first)
    assert not set(first) & set(shown())


@pytest.mark.parametrize("missing", ["table", "graph"])
def test_a_missing_modality_is_described_or_absent(page, missing):
    faultless(page.toggle(key="predict_missing").set_value(True).run())
    faultless(page.segmented_control(key=f"take_away|{RUN}").set_value(missing).run())
    stand_in = [button for button in page.button if (button.key or "").startswith("stand_in|")]
    assert [button.key.split("|")[1] for button in stand_in] == [missing]
    faultless(page.radio(key="handling").set_value("absent").run())
    assert "No stand-in" in texts(page)
    assert COMPANIONS_TOLD in texts(page)
    assert not [button for button in page.button if (button.key or "").startswith("stand_in|")]


def test_an_unknown_sample_is_told_and_replaced():
    page = open_page("retrieval", run=RUN, sample="test/99999")
    assert not page.exception
    assert "test/99999" in page.warning[0].value
    assert neighbour_buttons(page)


NAMES = ("red", "<not> small")


def test_concept_bars_tell_name_value_state_and_what_the_name_leaves_open():
    meanings = {"table": ["on for red", "off for <a>"]}
    drawn = concept_bars({"table": np.array([0.9, 0.2])}, {"table": "Table"}, NAMES, meanings)
    assert "title='red is on (0.90)'" in drawn
    assert "&lt;not&gt; small is off (0.20) · off for &lt;a&gt;" in drawn
    assert "aria-label='Table: red on'" in drawn


@pytest.mark.parametrize("n", [2, 12])
def test_concept_bars_name_every_column_and_many_names_stand_upright(n):
    names = [f"digit {t}" for t in range(n)]
    drawn = concept_bars({"image": np.zeros(n), "graph": np.ones(n)}, {}, names, {})
    assert [drawn.count(f">{name}</div>") for name in names] == [1] * n
    assert drawn.count("writing-mode") == (n if n > 3 else 0)
    assert "image: nothing on" in drawn


def test_concept_bars_mark_only_what_was_edited():
    before, after = {"table": np.array([0.9, 0.2])}, {"table": np.array([0.1, 0.2])}
    drawn = concept_bars(after, {"table": "Table"}, NAMES, {"table": ["", ""]}, before=before)
    assert drawn.count("was ") == 1
    assert "was 0.90" in drawn


@pytest.mark.parametrize("n_classes", [2, 19])
def test_probability_bars_name_every_class_and_escape_it(n_classes):
    names = ["<b>", *map(str, range(1, n_classes))]
    drawn = probability_bars(np.full(n_classes, 1 / n_classes), names, ["#000000"] * n_classes, label=0)
    assert "<b>" not in drawn
    assert drawn.count("title='the true class'") == 1
    assert f">{n_classes - 1}<" in drawn


def test_strip_and_chips_leave_out_what_is_not_there():
    assert spread_strip(np.array([1.0, 0.0]), ["a", "b"], ["#111111", "#222222"]).count("title=") == 1
    assert "no concept in common" in concept_chips((), NAMES, "table", {})
    chips = concept_chips((1,), NAMES, "table", {"table": ["", "off for <a>"]})
    assert chips.count("<span") == 1
    assert "title='&lt;not&gt; small: off for &lt;a&gt;'" in chips


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0 %"), (1.0, "100 %"), (0.001, "<1 %"), (0.999, ">99 %"), (0.5, "50 %")]
)
def test_shares_never_round_a_doubt_away(share, said):
    assert in_percent(share) == said
