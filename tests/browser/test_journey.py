"""What a person does with the dashboard, from the first page to their own file, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

from browsing import DRAWN_TREE, Visit
from on_map import click, isolated_point, wait_for_map
from sharcs_core.kinds import KINDS
from sharcs_core.readings import readings_of
from sharcs_core.why import short_words
from two_runs import on_one_run

OUTCOME = ".st-key-outcome"
EDITED = re.compile("^Edited ")


def n_drawn(tab: Visit, selector: str) -> int:
    """How many inputs are drawn inside an element."""
    return tab.page.locator(f"{selector} :is(img, svg, [style*='border-left'])").count()  # a sentence has a line


@on_one_run
def test_a_point_of_the_map_becomes_the_sample_of_every_page(opened):
    tab = opened("")
    tab.go_to("Concept map")
    wait_for_map(tab)
    point = isolated_point(tab)
    click(tab, point)
    sample = point["id"].rsplit("/", 1)[0]
    tab.wait_for_text("Chosen sample")
    tab.page.locator("[data-testid=stMain] code", has_text=sample).first.wait_for()
    for title, says in (
        ("Retrieval", f"Sample {sample}"),
        ("Intervention", sample),
        ("Decision tree", f"Pink is the way of {sample}"),
        ("Concept map", sample),
    ):
        tab.go_to(title)
        tab.wait_for_text(says)
        assert tab.in_address("sample") == sample


def test_retrieval_draws_neighbours_compares_moves_on_to_one_and_back_and_predicts_without_a_modality(opened, run):
    sample = str(run.test_bank.sample_ids[1])
    tab = opened("retrieval", sample)
    tab.wait_for_text(f"Sample {sample}")
    for modality in run.card.modalities:
        tab.page.locator(f'[class*="st-key-look_among"] button:has-text("{modality.title}")').click()
        tab.wait_for_text(f"{modality.title}: nearest to the ")
        tab.settle()
        found = tab.page.locator(f'[class*="st-key-neighbour-{modality.name}-"]')
        assert found.count() == 8
        assert n_drawn(tab, '[class*="st-key-cards-neighbour"]') >= 8
    tab.press("Compare 6")
    tab.wait_for_text("beside no. 6")
    neighbour = found.nth(2).get_by_role("button").inner_text()
    found.nth(2).get_by_role("button").click()
    tab.wait_for_address("sample", neighbour)
    tab.wait_for_text(f"Sample {neighbour}")
    tab.settle()
    tab.press(f"Back to {sample}")
    tab.wait_for_address("sample", sample)
    tab.wait_for_text(f"Sample {sample}")
    tab.wait_for_text("Stand-in for the")
    tab.settle()
    tab.page.get_by_text("Absent: nothing is known of it").click()
    tab.wait_for_text("The answer is averaged over")


def test_home_stands_on_one_screen_and_says_why(opened, run):
    tab = opened("", width=1440, height=900)
    tab.wait_for_text("The model reads the")
    tab.wait_for_text("Right answers")
    tab.settle()
    heights = tab.ask(
        "() => { const page = document.querySelector('[data-testid=stMain]');"
        " return [page.scrollHeight, page.clientHeight]; }"
    )
    assert heights[0] <= heights[1], f"{run.name}: (needed, there) {heights}"


@on_one_run
def test_the_tour_leads_through_five_pages_and_can_be_left(opened):
    tab = opened("")
    tab.press("Start the tour")
    tab.wait_for_text("Step 1 of 5")
    sample = tab.in_address("sample")
    for number, place in enumerate(("tree", "retrieval", "intervention", "upload"), start=2):
        tab.page.get_by_role("link", name=re.compile(f"{number} ")).click()
        tab.page.wait_for_url(re.compile(rf"/{place}\?.*tour={number}"))
        tab.wait_for_text(f"Step {number} of 5")
        tab.settle()
        assert tab.in_address("sample") == sample
    tab.go_to("Concept map")
    tab.wait_for_text("Step 5 of 5")  # it waits where it was left
    tab.settle()
    tab.page.go_back()
    tab.page.go_back()
    tab.wait_for_text("Step 4 of 5")
    tab.settle()
    tab.press("Leave the tour")
    tab.page.get_by_text("Step 4 of 5").wait_for(state="detached")
    assert tab.in_address("tour") is None


def answered_otherwise(run, sample: str) -> tuple[str, str, int | None]:
    """An edit that answers the tree's first question otherwise: modality, what is edited, and the value of a factor.

    A free concept has no value to choose; its switch is thrown.
    """
    from sharcs_core.explanations import explain_sample
    from sharcs_core.named import values_said

    explanation = explain_sample(run, sample)
    step = explanation.path.steps[0]
    modality, concept = step.question.modalities[-1], step.question.concepts[0]
    factor = next((one for one in run.model.config.factors if concept in one.concepts), None)
    if factor is None:
        return modality, str(concept), None
    said = {name: int(values_said(shared[None], factor)[0]) for name, shared in explanation.shared.items()}
    if step.question.kind == "agreement":
        asked = said[step.question.modalities[0]]
    else:
        asked = 1 if factor.n_values == 2 else factor.concepts.index(concept)
    return modality, factor.name, (asked + 1) % factor.n_values if step.value else asked


def make_edit(tab: Visit, run, modality: str, what: str, value: int | None) -> None:
    """Throws the switch of a free concept, or chooses a value of a taught factor."""
    from sharcs_core.effects import values_alone
    from sharcs_core.named import factor_named

    kind, part = "Switches" if value is None else "Choices", f"-{modality}-{what.replace(' ', '-')}"
    widget = tab.page.locator(f'[class*="st-key-{kind}-{run.name}-"]:is([class$="{part}"], [class*="{part} "])')
    if value is None:
        widget.locator("label").click()
        return
    word = values_alone(run, factor_named(run.model.config.factors, what), modality)[value]
    widget.get_by_role("radio", name=re.compile(f"^{re.escape(word)}( →|$)")).click()


def test_an_edit_changes_answer_and_path_stays_over_pages_and_can_be_taken_back(opened, run):
    sample = str(run.test_bank.sample_ids[0])
    edit = answered_otherwise(run, sample)
    tab = opened("intervention", sample)
    tab.wait_for_text("The model says", OUTCOME)
    untouched, way = tab.text(OUTCOME), tab.page.locator(OUTCOME).inner_html()
    make_edit(tab, run, *edit)
    edited = tab.wait_for_change(OUTCOME, untouched)
    assert "Here they part" in edited, "the path stayed as it was"
    assert tab.page.locator(OUTCOME).inner_html() != way
    tab.wait_for_text(EDITED, ".edited")
    tab.press("Undo")
    assert tab.wait_for_change(OUTCOME, edited) == untouched
    tab.press("Redo")
    assert tab.wait_for_change(OUTCOME, untouched) == edited
    tab.go_to("Decision tree")
    tab.go_to("Intervention")
    tab.wait_for_text(EDITED, ".edited")
    assert tab.text(OUTCOME) == edited
    tab.press("Reset")
    assert tab.wait_for_change(OUTCOME, edited) == untouched
    tab.wait_for_text("Nothing edited", ".edited")


@on_one_run
def test_the_outcome_stays_in_sight_and_a_press_makes_the_smallest_edit(opened, run):
    tab = opened("intervention", str(run.test_bank.sample_ids[0]), width=1440, height=900)
    tab.wait_for_text("The model says", OUTCOME)
    before = tab.text(f"{OUTCOME} h4")
    tab.page.locator('[class*="st-key-changer-"] button').first.click()
    tab.wait_for_text("(before: ", f"{OUTCOME} h4")
    assert tab.text(f"{OUTCOME} h4") != before
    tab.page.get_by_role("button", name="Keep these edits").scroll_into_view_if_needed()
    tab.settle()
    place = tab.page.locator(f"{OUTCOME} h4").bounding_box()
    assert 0 < place["y"] < 300, "the outcome has scrolled away"


@on_one_run
def test_on_a_narrow_screen_a_line_of_the_outcome_stays_below(opened, run):
    tab = opened("intervention", str(run.test_bank.sample_ids[0]), width=390, height=800)
    tab.wait_for_text("The model says", ".outcome-bar")
    bar = tab.page.locator(".outcome-bar").bounding_box()
    assert bar["y"] + bar["height"] == 800
    assert bar["width"] == 390


def n_shown(run, leaves: int) -> int:
    """Boxes of a tree of at most so many leaves that is small enough to be drawn whole."""
    return len(run.tree_of(leaves).nodes())


@on_one_run
def test_a_tree_of_another_size_is_shown_at_once(opened, run):
    tab = opened("tree")
    tab.page.wait_for_selector(DRAWN_TREE)
    slider = tab.page.get_by_role("slider", name="Leaves at most")
    slider.focus()
    tab.page.keyboard.press("Home")
    tab.wait_for_text("2 leaves, at most 1 question to an answer")
    tab.wait_for_address("leaves", "2")
    tab.settle()
    assert tab.page.locator(DRAWN_TREE).count() == n_shown(run, 2) == 3


def looked_at(tab: Visit) -> str:
    return tab.page.locator(f"{DRAWN_TREE}.looked-at").get_attribute("data-node")


@on_one_run
def test_a_box_of_the_tree_is_pressed_and_walked_to_by_the_keyboard(opened, run):
    sample = str(run.test_bank.sample_ids[2])
    tab = opened("tree", sample)
    tab.wait_for_text(f"Pink is the way of {sample}")
    tab.page.wait_for_selector(DRAWN_TREE)
    own = looked_at(tab)
    root = tab.page.locator(f'{DRAWN_TREE}[data-node="0"]')
    root.click()
    tab.wait_for_address("node", "0")
    tab.page.wait_for_selector(f'{DRAWN_TREE}.looked-at[data-node="0"]')
    tab.settle()
    assert root.get_attribute("aria-pressed") == "true"
    root.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("Enter")
    child = str(run.tree.nodes()[0].yes_child)
    tab.wait_for_address("node", child)
    tab.page.wait_for_selector(f'{DRAWN_TREE}.looked-at[data-node="{child}"]')
    tab.settle()
    tab.page.go_back()
    tab.wait_for_address("node", "0")
    tab.settle()
    tab.press("Back to the way of")
    tab.page.wait_for_selector(f'{DRAWN_TREE}.looked-at[data-node="{own}"]')
    tab.settle()


def test_a_small_tree_is_whole_on_one_screen_and_a_large_one_is_folded(opened, run):
    tab = opened("tree", width=1440, height=900)
    tab.page.wait_for_selector(DRAWN_TREE)
    box = tab.page.locator(".tree svg").bounding_box()
    shown = tab.page.locator(DRAWN_TREE).count()
    if run.tree.n_leaves <= 12:
        assert shown == n_shown(run, run.tree_leaves)
        assert box["y"] + box["height"] <= 900
        return
    assert shown < run.tree.n_nodes
    tab.page.locator(f"{DRAWN_TREE}.folded").first.click()
    tab.page.wait_for_selector(f"{DRAWN_TREE}.question.looked-at")
    tab.settle()
    assert tab.page.locator(DRAWN_TREE).count() > shown
    tab.page.get_by_text("The whole tree at a glance").click()
    tab.page.locator(".st-key-whole_tree .js-plotly-plot .slice").first.wait_for()


@on_one_run
def test_a_sample_of_a_node_becomes_the_chosen_one(opened):
    tab = opened("tree")
    tab.page.wait_for_selector(DRAWN_TREE)
    samples = tab.page.locator(".st-key-node_samples")
    assert n_drawn(tab, ".st-key-node_samples") >= 12
    button = samples.get_by_role("button").first
    name = button.inner_text().strip()
    button.click()
    tab.wait_for_address("sample", name)
    tab.wait_for_text(f"Pink is the way of {name}")
    tab.settle()


@on_one_run
def test_the_tree_is_taken_along(opened):
    tab = opened("tree")
    tab.page.wait_for_selector(DRAWN_TREE)
    tab.settle()
    starts = {"Rules": b"", "JSON": b"{", "DOT": b"digraph", "SVG": b"<svg", "PNG": b"\x89PNG"}
    for title, start in starts.items():
        with tab.page.expect_download() as found:
            tab.page.locator(".st-key-tree_export").get_by_role("button", name=title).click()
        content = Path(found.value.path()).read_bytes()
        assert len(content) > 200
        assert content.startswith(start)
    tab.settle()


def bring(tab: Visit, run, modality: str, row: int) -> str:
    """Brings an unseen input as the file that the page itself writes, or types it; what it is read as, in words."""
    side = run.test_bank.sides[modality]
    suffix, content, _ = run.task.write(modality, side.inputs, row)
    if KINDS[side.inputs.kind].typed:
        field = tab.page.locator(f'[class*="st-key-sentence-brought-{run.name}-{modality}"] input')
        field.fill(content.decode().strip())
        field.press("Enter")
        tab.settle()
    else:
        tab.bring(run.name, modality, f"mine{suffix}", content)
        tab.wait_for_text(f"Using mine{suffix}")
    return short_words(run.task, readings_of(run, {modality: side.shared[row]})[modality])


def test_an_example_and_files_of_ones_own_are_explained(opened, run):
    tab = opened("upload")
    tab.wait_for_text("Nothing to explain yet")
    tab.press("Try an example")
    tab.wait_for_text(re.compile(r"The model is .* % sure"))
    tab.page.locator(".st-key-own_place .js-plotly-plot").wait_for()
    tab.press("Clear")
    tab.wait_for_text("Nothing to explain yet")
    *others, last = run.card.modalities
    for modality in (*others, last):
        meaning = bring(tab, run, modality.name, 3)
        tab.wait_for_text(f"the {modality.title.lower()} as {meaning}")
        tab.settle()
        if modality is not last:
            tab.wait_for_text("this cannot be known")
    tab.wait_for_text(re.compile(r"The model is .* % sure"))
    assert "this cannot be known" not in tab.text()
