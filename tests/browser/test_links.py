"""Addresses: back, links to others, unknown names in them; and what every page must keep to."""

from __future__ import annotations

import re

import pytest

from browsing import DRAWN_TREE, PAGES
from sharcs_core.checkpoints import list_runs
from two_runs import RUNS, on_one_run


@on_one_run
def test_back_goes_back_and_a_link_shows_the_same_to_others(opened, visit, run, browser):
    sample = str(run.test_bank.sample_ids[5])
    tab = opened("")
    field = tab.page.get_by_label("Sample", exact=True)
    field.fill(sample)
    field.press("Enter")
    tab.wait_for_address("sample", sample)
    tab.settle()
    tab.go_to("Decision tree")
    tab.wait_for_text(f"Pink is the way of {sample}")
    tab.go_to("Retrieval")
    tab.page.go_back()
    tab.wait_for_text(f"Pink is the way of {sample}")
    tab.settle()
    with browser.new_context() as somebody:
        other = visit(somebody)
        other.page.goto(tab.page.url)
        other.wait_for_text(f"Pink is the way of {sample}")
        for one in (tab, other):
            one.settle()
            one.page.wait_for_selector(DRAWN_TREE)
            assert one.in_address("sample") == sample
        assert other.page.locator(DRAWN_TREE).all_inner_texts() == tab.page.locator(DRAWN_TREE).all_inner_texts()
        other.close()


@on_one_run
def test_a_model_is_chosen_by_name_and_picture_and_stands_in_the_address(opened, run):
    tab = opened("")
    box = tab.page.locator(".st-key-pick_run")
    assert run.card.title in box.inner_text()
    assert not tab.page.locator(".st-key-run").is_visible()
    box.get_by_role("button").first.click()
    tab.settle()
    rows = tab.page.locator('[class*="st-key-pick-"]')
    n_runs = len(list_runs(run.path.parent))
    assert rows.count() == n_runs
    assert tab.page.locator(".run-pictures img").count() >= n_runs
    rows.filter(has_text="XOR-AND-XOR, four ways").get_by_role("button").click()
    tab.wait_for_address("run", "xor_four_ways")
    tab.settle()
    assert "XOR-AND-XOR, four ways" in box.inner_text()
    assert tab.in_address("sample") in (None, "")


def test_unknown_names_in_a_link_are_told(visit):
    tab = visit()
    tab.open("retrieval?run=xor_and_xor&sample=test/nowhere")
    tab.wait_for_text("This model keeps no sample “test/nowhere”")
    tab.open("tree?run=no_such_run")
    tab.wait_for_text("There is no model “no_such_run”")


@pytest.mark.parametrize("run", RUNS[:1], indirect=True)  # test_accessibility.py has others in such windows
def test_no_page_overflows_a_narrow_window_or_asks_another_machine(opened):
    tab = opened("", width=1024, height=768)
    for title in PAGES:
        tab.go_to(title)
        if title == "Explain your own":
            tab.press("Try an example")
        tab.page.wait_for_timeout(300)  # charts take the width of the window
        widths = tab.ask(
            "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]"
            ".map((element) => [element.scrollWidth, element.clientWidth])"
        )
        assert all(inner <= outer for inner, outer in widths), f"{title}: (needed, there) {widths}"
    assert tab.requests  # any that left this machine would be a fault of the visit


@on_one_run
def test_a_page_that_is_opened_in_a_new_tab_shows_the_same_model_and_sample(opened, context, run):
    sample = str(run.test_bank.sample_ids[5])
    tab = opened("", sample)
    tab.page.get_by_text("All figures, and what each page is for").click()
    links = tab.page.locator("[data-testid=stSidebarNavLink]"), tab.page.locator("[data-testid=stPageLink] a")
    for link in (found.filter(has_text="Decision tree") for found in links):
        with context.expect_page() as new:
            link.click(button="middle")
        new.value.wait_for_selector("h1")
        new.value.get_by_text(f"Pink is the way of {sample}").wait_for()
        assert f"run={run.name}" in new.value.url
        new.value.close()
    assert tab.in_address("sample") == sample


@on_one_run
@pytest.mark.parametrize(
    ("place", "press", "name"),
    [("concept_map", "Kind", "map_colour"), ("concepts", "One concept", "see")],
)
def test_back_leads_to_what_was_chosen_on_a_page(opened, place, press, name):
    tab = opened(place)
    tab.page.locator("[data-testid=stMain]").get_by_role("radio", name=press, exact=True).click()
    tab.wait_for_address(name, press)
    tab.settle()
    tab.go_to("Decision tree")
    tab.page.go_back()
    tab.page.wait_for_url(re.compile(rf"/{place}\?"))
    tab.wait_for_address(name, press)
    tab.settle()
    assert tab.page.locator("[data-testid=stMain]").get_by_role("radio", name=press, exact=True).is_checked()


def test_a_file_survives_a_reload_and_stands_in_the_addresses_that_show_it_alone(visit, browser):
    tab, example = visit(), b"bit_0,bit_1,bit_2,bit_3,bit_4,bit_5\n0,1,0,1,0,1\n"
    tab.open("upload?run=xor_and_xor")
    tab.bring("xor_and_xor", "table", "mine.csv", example)
    tab.wait_for_text("Using mine.csv")
    tab.settle()
    token = tab.in_address("upload")
    assert len(token) >= 32
    tab.page.reload()
    tab.wait_for_text("Using mine.csv")
    tab.settle()
    tab.go_to("Decision tree")
    tab.wait_for_text("Pink is the way of your own")
    tab.settle()
    assert tab.in_address("upload") == token
    tab.page.get_by_role("button", name="Surprise me").click()
    tab.wait_for_text("Pink is the way of test/")
    tab.settle()
    assert tab.in_address("upload") in (None, "")
    tab.go_to("Explain your own")
    tab.wait_for_text("Using mine.csv")
    assert tab.in_address("upload") == token
    tab.press("Clear")
    tab.wait_for_text("Nothing to explain yet")
    tab.settle()
    with browser.new_context() as other:
        theirs = visit(other)
        theirs.open(f"upload?run=xor_and_xor&upload={token}")
        theirs.wait_for_text("What you brought here before is forgotten")
        theirs.close()


def test_what_was_brought_goes_from_page_to_page_back_and_into_a_new_tab(visit):
    tab = visit()
    tab.open("upload?run=xor_and_xor")
    tab.press("Try an example")
    tab.wait_for_address("sample", "own")
    tab.settle()
    main = tab.page.locator("[data-testid=stMain]")
    main.get_by_role("link", name="Its way through the tree").click()
    tab.wait_for_text("Pink is the way of your own")
    tab.settle()
    tab.go_to("Retrieval")
    tab.wait_for_text("Your own test-00001-table.csv")
    token = tab.in_address("upload")
    tab.page.go_back()
    tab.wait_for_text("Pink is the way of your own")
    tab.settle()
    assert (tab.in_address("sample"), tab.in_address("upload")) == ("own", token)
    tab.page.go_back()
    tab.wait_for_text("Using test-00001-table.csv")
    tab.settle()
    link = main.get_by_role("link", name="Its concepts")
    with tab.page.context.expect_page() as new:
        link.click(button="middle")
    new.value.get_by_text("What your own has on").wait_for()
    new.value.close()
