"""The page of cross-modal retrieval."""

from __future__ import annotations

import pytest

import resources
from pages import faultless, open_page, texts
from sharcs_core.likeness import likeness
from shared.missing import COMPANIONS_TOLD

RUN = "xor_and_xor"
WITH_MISTAKES = "mnist_superpixels"


@pytest.fixture
def page():
    return faultless(open_page("retrieval", run=RUN))


@pytest.fixture
def gallery():
    """The page with its gallery unfolded."""
    return faultless(open_page("retrieval", run=RUN, gallery=True))


def neighbour_buttons(page):
    return [button for button in page.button if (button.key or "").startswith("neighbour|")]


def compare_buttons(page):
    return [button for button in page.button if (button.key or "").startswith("compare|neighbour|")]


def search(page, label):
    """The control of a label; its key follows the sample."""
    return next(control for control in page.segmented_control if control.label == label)


def drawn(page):
    return "".join(block.proto.body for block in page.get("html"))


def test_shows_eight_neighbours_of_the_other_modality(page):
    assert {button.key.split("|")[1] for button in neighbour_buttons(page)} == {"graph"}
    assert len(neighbour_buttons(page)) == 8


def test_every_ordered_pair_of_modalities_can_be_asked(page):
    for query in ("table", "graph"):
        faultless(search(page, "Ask with").set_value(query).run())
        assert {button.key.split("|")[1] for button in neighbour_buttons(page)} == {"table", "graph"} - {query}
        for target in ("table", "graph"):
            faultless(search(page, "Look among").set_value(target).run())
            assert {button.key.split("|")[1] for button in neighbour_buttons(page)} == {target}


def misread_samples(run_name, n=3):
    """Unseen samples of which exactly one input is misread, and which."""
    run, found = resources.run(run_name), []
    for sample_id in run.test_bank.sample_ids.tolist():
        wrong = [name for name, one in resources.why(run_name, sample_id).readings.items() if one.is_misread]
        if len(wrong) == 1:
            found.append((sample_id, wrong[0]))
        if len({name for _, name in found}) == 2 and len(found) >= n:
            break
    return found


def test_the_page_opens_on_the_input_that_was_misread():
    found = misread_samples(WITH_MISTAKES)
    assert {name for _, name in found} == {"image", "graph"}
    for sample_id, misread in found:
        page = faultless(open_page("retrieval", run=WITH_MISTAKES, sample=sample_id))
        assert search(page, "Ask with").value == misread
        assert search(page, "Look among").value != misread


def test_any_neighbour_can_be_compared_and_the_first_is_at_first(page):
    assert [button.label for button in compare_buttons(page)] == [f"Compare {number}" for number in range(1, 9)]
    assert "beside no. 1" in texts(page)
    faultless(compare_buttons(page)[4].click().run())
    assert "beside no. 5" in texts(page)
    assert "No. 5" in drawn(page)
    faultless(neighbour_buttons(page)[4].click().run())  # another sample begins with its first
    assert "beside no. 1" in texts(page)


def test_what_two_inputs_share_is_told_in_names(xor_run):
    sample_id = str(xor_run.test_bank.sample_ids[4])
    page = faultless(open_page("retrieval", run=RUN, sample=sample_id))
    explanation = resources.explanation(RUN, sample_id)
    neighbour = explanation.neighbours["table"]["graph"][0]
    row = xor_run.bank.sides["graph"].shared[neighbour.row]
    found = likeness(xor_run, ("table", explanation.shared["table"]), ("graph", row))
    assert f"both: {found.words}" in drawn(page)
    assert f"<span>Both:</span> <b>{found.words}</b>" in drawn(page)


def test_a_neighbour_becomes_the_chosen_sample_and_the_former_is_a_press_away(page):
    first = resources.first_samples(RUN).ids[0]
    assert "way_back" not in {button.key for button in page.button}
    path = [first]
    for place in (0, 2):
        button = neighbour_buttons(page)[place]
        faultless(button.click().run())
        assert page.session_state["sample"] == button.label
        assert button.label.startswith("train/")
        path.append(button.label)
    for former in path[1::-1]:
        back = page.button(key="way_back")
        assert back.label == f"Back to {former}"
        faultless(back.click().run())
        assert page.session_state["sample"] == former
    assert "way_back" not in {button.key for button in page.button}


def test_a_training_sample_is_never_its_own_neighbour(xor_run):
    sample_id = str(xor_run.bank.sample_ids[3])
    page = faultless(open_page("retrieval", run=RUN, sample=sample_id))
    assert sample_id not in {button.label for button in neighbour_buttons(page)}


def test_the_gallery_chooses_a_sample_and_filters_by_meaning(gallery, xor_run):
    meaning = gallery.selectbox(key=f"gallery_meaning|{RUN}|table")
    faultless(meaning.set_value(2).run())
    shown = [button for button in gallery.button if (button.key or "").startswith("gallery-table-")]
    rows = [xor_run.test_bank.row(button.label) for button in shown]
    assert rows
    assert set(xor_run.test_bank.sides["table"].semantics[rows]) == {2}
    faultless(shown[1].click().run())
    assert gallery.session_state["sample"] == shown[1].label
    assert gallery.button(key="way_back").label == f"Back to {resources.first_samples(RUN).ids[0]}"


def test_the_gallery_turns_its_pages(gallery):
    def shown():
        return [button.label for button in gallery.button if (button.key or "").startswith("gallery-table-")]

    first = shown()
    faultless(gallery.number_input[0].set_value(2).run())
    assert len(shown()) == len(first)
    assert not set(first) & set(shown())


@pytest.mark.parametrize(("missing", "described_in"), [("table", "Ring graph"), ("graph", "Table of bits")])
def test_a_missing_modality_is_described_or_absent(page, missing, described_in):
    faultless(page.segmented_control(key=f"take_away|{RUN}").set_value(missing).run())
    stand_in = [button for button in page.button if (button.key or "").startswith("stand_in|")]
    assert [button.key.split("|")[1] for button in stand_in] == [missing]
    assert f"was described by an input of the kind {described_in}" in texts(page)
    faultless(page.radio(key="handling").set_value("absent").run())
    assert "No stand-in" in texts(page)
    assert COMPANIONS_TOLD in texts(page)
    assert not [button for button in page.button if (button.key or "").startswith("stand_in|")]


def test_an_unknown_sample_is_told_and_replaced():
    page = open_page("retrieval", run=RUN, sample="test/99999")
    assert not page.exception
    assert "test/99999" in page.warning[0].value
    assert neighbour_buttons(page)
