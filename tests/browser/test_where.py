"""Where a concept is read: under the pointer and under the keyboard's focus, without the page moving."""

from __future__ import annotations

import pytest

PANEL = ".st-key-pointed_at"
CONTROLS = ".st-key-controls"


LABELS = f"{CONTROLS} button[data-variant=pills], {CONTROLS} [data-testid=stCheckbox] label"
REACHED = f"{CONTROLS} button[data-variant=pills], {CONTROLS} [data-testid=stCheckbox] input"


@pytest.mark.parametrize("reach", ["pointer", "keyboard"])
def test_what_is_pointed_at_is_lit_and_nothing_moves(opened, run, reach):
    tab = opened("intervention", str(run.test_bank.sample_ids[0]))
    tab.page.locator(f"{PANEL} .st-key-see_where label").first.click()
    tab.wait_for_text("Answer:", PANEL)
    tab.settle()
    tab.page.locator(LABELS).first.scroll_into_view_if_needed()
    before = tab.page.locator(LABELS).first.bounding_box()
    if reach == "pointer":
        tab.page.locator(LABELS).first.hover()
    else:
        tab.page.locator(REACHED).first.focus()
    tab.wait_for_text("not asked", PANEL)
    tab.settle()
    assert "Answer:" not in tab.text(PANEL)
    assert tab.page.locator(LABELS).first.bounding_box() == before
