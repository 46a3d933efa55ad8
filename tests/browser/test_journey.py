"""What a person does with the dashboard, from the first page to their own file, in a real browser."""

from __future__ import annotations

import re

from browsing import DRAWN_TREE, Visit
from sharcs_core.data.files import template

MAP = ".st-key-map .js-plotly-plot"
OUTCOME = ".st-key-outcome"

ISOLATED_POINT = """
(selector) => {
  const chart = document.querySelector(selector), { xaxis, yaxis } = chart._fullLayout;
  const box = chart.getBoundingClientRect();
  const points = chart._fullData.flatMap((trace) => Array.from(trace.x, (x, i) => ({
    x: box.left + xaxis._offset + xaxis.d2p(x), y: box.top + yaxis._offset + yaxis.d2p(trace.y[i]),
    id: trace.customdata[i],
  }))).filter((point) => point.y > 0 && point.y < innerHeight);
  const room = (point) => Math.min(...points.map(
    (other) => other === point ? Infinity : Math.hypot(other.x - point.x, other.y - point.y)));
  const some = points.filter((_, i) => i % Math.ceil(points.length / 2000) === 0);
  return some.map((point) => ({ ...point, room: room(point) })).reduce((a, b) => a.room > b.room ? a : b);
}
"""


def wait_for_map(tab: Visit) -> None:
    tab.page.wait_for_function(f"Boolean(document.querySelector('{MAP}')?._fullLayout?.xaxis?.d2p)")
    tab.page.wait_for_selector(f"{MAP} canvas")
    tab.page.wait_for_selector(".map-overlay .ring")
    tab.page.wait_for_timeout(500)  # the points are put in place after the axes


def click_a_point(tab: Visit) -> str:
    """Points at the place of the map that has most room around it, sees its input, clicks; the input's id."""
    point = tab.ask(ISOLATED_POINT, MAP)
    assert point["room"] > 3, "no point of the map stands alone"
    tab.page.mouse.move(point["x"] - 30, point["y"] - 30)
    tab.page.mouse.move(point["x"], point["y"], steps=4)
    tab.wait_for_text(point["id"].rsplit("/", 1)[0], f"{MAP} .hoverlayer")
    tab.page.wait_for_selector(".map-tip", state="visible")
    tab.page.wait_for_timeout(400)
    tab.page.mouse.click(point["x"], point["y"])
    return point["id"]


def n_drawn(tab: Visit, selector: str) -> int:
    """How many inputs are drawn inside an element."""
    return tab.page.locator(f"{selector} :is(img, svg, [style*='border-left'])").count()  # a sentence has a line


def test_a_point_of_the_map_becomes_the_sample_of_every_page(opened):
    tab = opened("")
    tab.go_to("Concept map")
    wait_for_map(tab)
    sample = click_a_point(tab).rsplit("/", 1)[0]
    tab.wait_for_address("sample", sample)
    tab.wait_for_text("Chosen sample")
    tab.page.locator("[data-testid=stMain] code", has_text=sample).first.wait_for()
    for title, says in (
        ("Retrieval", f"Sample {sample}"),
        ("Intervention", sample),
        ("Decision tree", f"Opened on the way of {sample}"),
        ("Concept map", sample),
    ):
        tab.go_to(title)
        tab.wait_for_text(says)
        assert tab.in_address("sample") == sample


def n_selected(tab: Visit, tool: str, left: float, right: float) -> int:
    """Selects a part of the map's width with a tool of its bar; how many inputs the page says that these now are."""
    says = tab.page.get_by_text(re.compile(r"^Your selection: showing \d+ of [\d,]+ inputs$"))
    former = says.inner_text() if says.count() else "none yet"
    tab.page.locator(MAP).hover()
    tab.page.locator(f'{MAP} .modebar-btn[data-val="{tool}"]').click()
    box = tab.page.locator(f"{MAP} .nsewdrag").first.bounding_box()
    corners = ((left, 0.05), (right, 0.05), (right, 0.95), (left, 0.95), (left, 0.1))
    at = [(box["x"] + box["width"] * u, min(box["y"] + box["height"] * v, 980)) for u, v in corners]
    tab.page.mouse.move(*at[0])
    tab.page.mouse.down()
    for place in at[1:] if tool == "lasso" else at[2:3]:
        tab.page.mouse.move(*place, steps=6)
    tab.page.mouse.up()
    says.filter(has_not_text=former).wait_for()
    tab.settle()
    return int(says.inner_text().split(" of ")[1].split()[0].replace(",", ""))


def test_a_box_and_a_lasso_show_many_inputs(opened):
    tab = opened("concept_map")
    wait_for_map(tab)
    boxed = n_selected(tab, "select", 0.05, 0.95)
    assert tab.page.locator('[class*="st-key-lasso-"]').count() > 4
    tab.page.wait_for_timeout(500)  # or the next press would be the second of a double click
    assert 1 < n_selected(tab, "lasso", 0.1, 0.6) < boxed
    assert tab.page.locator('[class*="st-key-lasso-"]').count() > 4


def test_retrieval_draws_neighbours_moves_on_to_one_and_predicts_without_a_modality(opened, run):
    sample = str(run.test_bank.sample_ids[1])
    tab = opened("retrieval", sample)
    tab.wait_for_text(f"Sample {sample}")
    for modality in run.task.modalities:
        tab.page.locator(f'[class*="st-key-look_among"] button:has-text("{modality.title}")').click()
        tab.wait_for_text(f"{modality.title}: nearest to this ")
        tab.settle()
        found = tab.page.locator(f'[class*="st-key-neighbour-{modality.name}-"]')
        assert found.count() == 8
        assert n_drawn(tab, '[data-testid=stVerticalBlock]:has(> [class*="st-key-neighbour-"])') >= 8
    neighbour = found.nth(2).get_by_role("button").inner_text()
    found.nth(2).get_by_role("button").click()
    tab.wait_for_address("sample", neighbour)
    tab.wait_for_text(f"Sample {neighbour}")
    tab.settle()  # a switch that is thrown while the page is still being redrawn is redrawn too
    tab.page.locator('[class*="st-key-predict_missing"] label').click()
    tab.wait_for_text("Stand-in")
    tab.page.get_by_text("Absent: nothing is known of it").click()
    tab.wait_for_text("The answer is averaged over")


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
    from sharcs_core.named import factor_named
    from sharcs_core.naming import value_words

    kind, part = "Switches" if value is None else "Choices", f"-{modality}-{what.replace(' ', '-')}"
    widget = tab.page.locator(f'[class*="st-key-{kind}-{run.name}-"]:is([class$="{part}"], [class*="{part} "])')
    if value is None:
        widget.locator("label").click()
        return
    word = value_words(run.task, factor_named(run.model.config.factors, what), modality)[value]
    widget.get_by_role("radio", name=word.removeprefix(f"{what} "), exact=True).click()


def test_an_edit_changes_answer_and_path_stays_over_pages_and_can_be_taken_back(opened, run):
    sample = str(run.test_bank.sample_ids[0])
    edit = answered_otherwise(run, sample)
    tab = opened("intervention", sample)
    tab.wait_for_text("The model says", OUTCOME)
    untouched, way = tab.text(OUTCOME), tab.page.locator(OUTCOME).inner_html()
    make_edit(tab, run, *edit)
    edited = tab.wait_for_change(OUTCOME, untouched)
    assert edited.split("before\n")[-1] != untouched.split("before\n")[-1], "the path stayed as it was"
    assert tab.page.locator(OUTCOME).inner_html() != way
    tab.wait_for_text("1 edit")
    tab.press("Undo")
    assert tab.wait_for_change(OUTCOME, edited) == untouched
    make_edit(tab, run, *edit)
    assert tab.wait_for_change(OUTCOME, untouched) == edited
    tab.go_to("Decision tree")
    tab.go_to("Intervention")
    tab.wait_for_text("1 edit")
    assert tab.text(OUTCOME) == edited
    tab.press("Reset")
    assert tab.wait_for_change(OUTCOME, edited) == untouched
    tab.wait_for_text("nothing edited")


def test_a_tree_of_another_size_is_shown_at_once(opened, run):
    tab = opened("tree")
    tab.page.wait_for_selector(DRAWN_TREE)
    size = tab.page.get_by_test_id("stNumberInputField")
    assert size.input_value() == str(run.tree_leaves)
    size.fill("2")
    size.press("Enter")
    tab.wait_for_text("2 leaves, at most 1 question to an answer")
    tab.settle()
    assert tab.page.locator('[class*="st-key-look-"]').count() == 1


def test_the_tree_opens_on_the_sample_and_on_a_branch(opened, run):
    sample = str(run.test_bank.sample_ids[2])
    tab = opened("tree", sample)
    tab.wait_for_text(f"Opened on the way of {sample}")
    tab.page.wait_for_selector(DRAWN_TREE)
    tab.press(re.compile("if (no|yes): "))
    tab.wait_for_text("Opened on a branch you chose")
    tab.press("Back to the way of")
    tab.wait_for_text(f"Opened on the way of {sample}")
    tab.page.get_by_role("tab", name="The whole tree").click()
    tab.page.locator(".st-key-whole_tree .js-plotly-plot .slice").first.wait_for()


def bring(tab: Visit, run, modality: str, row: int) -> str:
    """Brings an unseen input as the file that the page itself writes, or types it; what it means, in words."""
    side, words = run.test_bank.sides[modality], run.task.modality(modality).words
    suffix, content, _ = template(side.inputs, row, words)
    if words:
        field = tab.page.locator(f'[class*="st-key-sentence-brought-{run.name}-{modality}"] input')
        field.fill(content.decode().strip())
        field.press("Enter")
        tab.settle()
    else:
        tab.bring(run.name, modality, f"mine{suffix}", content)
        tab.wait_for_text(f"Using mine{suffix}")
    return run.task.modality(modality).key_names[side.semantics[row]]


def test_an_example_and_files_of_ones_own_are_explained(opened, run):
    tab = opened("upload")
    tab.wait_for_text("Nothing to explain yet")
    tab.press("Try an example")
    tab.wait_for_text(re.compile(r"The model is .* % sure"))
    tab.page.locator(".st-key-own_place .js-plotly-plot").wait_for()
    tab.press("Clear")
    tab.wait_for_text("Nothing to explain yet")
    *others, last = run.task.modalities
    for modality in (*others, last):
        meaning = bring(tab, run, modality.name, 3)
        tab.wait_for_text(f"Your {modality.title.lower()} means {meaning}")
        tab.settle()
        if modality is not last:
            tab.wait_for_text("this cannot be known")
    tab.wait_for_text(re.compile(r"The model is .* % sure"))
    assert "this cannot be known" not in tab.text()
