"""Addresses: back, links to others, unknown names in them; and what every page must keep to."""

from __future__ import annotations

from browsing import DRAWN_TREE, PAGES


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
    other = visit(browser.new_context())
    other.page.goto(tab.page.url)
    other.wait_for_text(f"Pink is the way of {sample}")
    for one in (tab, other):
        one.settle()
        one.page.wait_for_selector(DRAWN_TREE)
        assert one.in_address("sample") == sample
    assert other.page.locator(DRAWN_TREE).all_inner_texts() == tab.page.locator(DRAWN_TREE).all_inner_texts()


def test_a_model_is_chosen_by_name_and_picture_and_stands_in_the_address(opened, run):
    tab = opened("")
    box = tab.page.locator(".st-key-pick_run")
    assert run.task.title in box.inner_text()
    assert not tab.page.locator(".st-key-run").is_visible()
    box.get_by_role("button").first.click()
    tab.settle()
    rows = tab.page.locator('[class*="st-key-pick-"]')
    assert rows.count() == 8
    assert tab.page.locator(".run-pictures img").count() >= 8
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
