"""An input without a file: filled in, or begun with a sample of the run and changed."""

from __future__ import annotations

import numpy as np
import pytest

import resources
from brought_runs import RUN, made_of, ponds
from frame import RUNS
from pages import faultless, open_page, texts
from resources.uploads import uploads
from sharcs_core.filling import cells_in, fields_of
from sharcs_core.readers.checks import InputError
from shared import keeping
from shared.plain import plain
from views.upload import form

__all__ = ["ponds"]

KEPT = f"brought|{RUN}|readings"
FILL = f"fill|{KEPT}"


@pytest.fixture
def run(ponds):
    return resources.run(RUN)


@pytest.fixture
def page(run):
    return faultless(open_page("upload", run=RUN))


def opened(page):
    page.session_state[FILL] = True
    return page.run()


def press(page, label):
    return next(button for button in page.button if button.label == label).click().run()


def field(page, name):
    widgets = [*page.text_input, *page.selectbox, *page.get("button_group")]
    return next(one for one in widgets if (one.key or "").startswith(f"cell|{KEPT}|") and one.key.endswith(f"|{name}"))


def fill(page, name, value):
    widget = field(page, name)
    if widget.type == "selectbox" and value not in widget.options:
        widget.options.append(value)  # what is typed into the box, which AppTest takes for none of its own
    widget.set_value(value)


def brought(page, modality):
    """What the page reads of a modality."""
    file = uploads().get(page.session_state[keeping.HELD], f"brought|{RUN}|{modality}")
    return file, made_of(file, "read")


def same(one, other):
    return one.arrays.keys() == other.arrays.keys() and all(
        np.array_equal(one.arrays[name], other.arrays[name]) for name in one.arrays
    )


def test_the_form_has_a_field_for_each_column_with_what_is_usual(page, run):
    page = faultless(opened(page))
    numbers = [one for one in page.text_input if (one.key or "").startswith("cell|")]
    column = run.card.modality("readings").form.columns[0]
    assert numbers[0].placeholder == f"usually {column.mean:.3g} ± {column.scale:.2g}"
    assert field(page, "site").options == ["north", "south", "west"]
    assert [one.name for one in fields_of(run.card.modality("readings"))] == ["ph", "wet", "site"]


@pytest.mark.parametrize("filled", [{"ph": "6.125"}, {"ph": "-1e-3", "site": "west"}, {"site": "a place nobody knows"}])
def test_what_is_filled_in_reaches_the_model_as_the_csv_that_says_so(page, run, filled):
    page = opened(page)
    for name, value in filled.items():
        fill(page, name, value)
    page = faultless(press(page, "Use these values"))
    names = [one.name for one in fields_of(run.card.modality("readings"))]
    row = ",".join(filled.get(name, "") for name in names)
    wanted, notes = run.task.read("readings", "mine.csv", f"{','.join(names)}\n{row}\n".encode())
    _, (inputs, said) = brought(page, "readings")
    assert same(inputs, wanted)
    assert said == notes
    assert "Using the form" in texts(page)
    assert page.session_state[FILL] is False


def test_a_form_that_says_nothing_brings_nothing(page):
    page = faultless(press(opened(page), "Use these values"))
    assert "Nothing to explain yet" in page.info[0].value


def test_a_wrong_number_gets_a_sentence_and_what_was_filled_in_stays(page):
    page = opened(page)
    field(page, "ph").set_value("seven")
    field(page, "site").set_value("west")
    page = press(page, "Use these values")
    assert not page.exception
    assert [error.value.split(":")[0].split(",")[0] for error in page.error] == ["The form"]
    assert "seven" in page.error[0].value
    page = opened(page)
    assert (field(page, "ph").value, field(page, "site").value) == ("seven", "west")
    field(page, "ph").set_value("7")
    faultless(press(page, "Use these values"))


def test_a_sample_is_begun_with_and_only_what_is_changed_changes(run, ponds):
    sample = str(run.bank.sample_ids[5])
    page = faultless(open_page("upload", run=RUN, sample=sample))
    page = faultless(page.button(key="start_from").click().run())
    before = {name: brought(page, name)[1][0] for name in run.card.names}
    for name, inputs in before.items():
        assert same(inputs, run.bank.sides[name].inputs.take([5])), name
    page = faultless(opened(page))
    cells = cells_in(run.task, "readings", before["readings"])
    assert {name: field(page, name).value for name in ("ph", "site")} == {name: cells[name] for name in ("ph", "site")}
    field(page, "ph").set_value("9.75")
    page = faultless(press(page, "Use these values"))
    after = {name: brought(page, name)[1][0] for name in run.card.names}
    assert cells_in(run.task, "readings", after["readings"]) == {**cells, "ph": "9.75"}
    assert not same(after["readings"], before["readings"])
    assert same(after["picture"], before["picture"])
    assert same(after["note"], before["note"])


def test_the_sentence_of_a_sample_is_in_the_field_to_be_changed(run, ponds):
    page = open_page("upload", run=RUN, sample=str(run.test_bank.sample_ids[1]))
    page = faultless(page.button(key="start_from").click().run())
    box = next(one for one in page.text_input if one.key == f"sentence|brought|{RUN}|note")
    assert box.value == str(run.test_bank.sides["note"].inputs.arrays["texts"][1])
    before = brought(page, "readings")[0].content
    page = faultless(box.set_value("this is a bog of day 3").run())
    assert brought(page, "note")[0].content == b"this is a bog of day 3"
    assert brought(page, "readings")[0].content == before


def test_of_a_wide_table_columns_are_found_by_name_and_the_others_stay(page, run, monkeypatch):
    monkeypatch.setattr(form, "MOST_FIELDS", 1)
    page = faultless(page.button(key="try_example").click().run())
    before = cells_in(run.task, "readings", brought(page, "readings")[1][0])
    page = opened(page)
    assert "1 of 3 columns" in texts(page)
    page = next(one for one in page.text_input if one.key == f"find|{KEPT}").set_value("SIT").run()
    fill(page, "site", "somewhere else")
    page = faultless(press(page, "Use these values"))
    after = cells_in(run.task, "readings", brought(page, "readings")[1][0])
    assert after == {**before, "site": "somewhere else"}


def with_bits(monkeypatch, bits):
    """The page of the built-in task of bits, with these filled in, and the CSV that says the same."""
    monkeypatch.setenv("SHARCS_RUNS", str(RUNS))
    page = open_page("upload", run="xor_and_xor", **{"fill|brought|xor_and_xor|table": True})
    widgets = [one for one in page.get("button_group") if (one.key or "").startswith("cell|")]
    for widget, bit in zip(widgets, bits, strict=True):
        widget.set_value(bit or None)
    return press(page, "Use these values"), f"bit_0,bit_1,bit_2,bit_3,bit_4,bit_5\n{','.join(bits)}\n".encode()


def test_a_built_in_table_of_bits_says_as_a_form_what_it_says_as_a_file(xor_run, monkeypatch):
    page, content = with_bits(monkeypatch, ("1", "0", "1", "1", "0", "0"))
    wanted, _ = xor_run.task.read("table", "a.csv", content)
    file = uploads().get(faultless(page).session_state[keeping.HELD], "brought|xor_and_xor|table")
    assert same(made_of(file, "read")[0], wanted)


def test_a_bit_that_may_not_be_left_open_is_asked_for_as_of_a_file(xor_run, monkeypatch):
    page, content = with_bits(monkeypatch, ("1", "0", "", "1", "0", "0"))
    with pytest.raises(InputError) as fault:
        xor_run.task.read("table", "a.csv", content)
    assert [one.value for one in page.error] == [plain(str(fault.value).replace("a.csv", "The form"))]
