"""The tour: what it follows, what each step says, and that it can be left."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

import resources
from pages import faultless, texts

WITH_MISTAKES, WITHOUT = "mnist_superpixels", "xor_and_xor"
VIEWS = ("overview", "tree", "retrieval", "intervention", "upload")
PLACES = [f"views/{view}/{view}.py {number}" for number, view in enumerate(VIEWS, start=1)]


def bar() -> None:
    """A page of nothing but the tour, as AppTest runs it."""
    import streamlit as st

    from shared.tour import tour_bar

    st.session_state.setdefault("run", "")
    tour_bar()


def at_step(step: int, run: str, sample: str | None = None) -> AppTest:
    first = resources.first_samples(run)
    app = AppTest.from_function(bar, default_timeout=60)
    app.session_state["run"] = run
    app.session_state["sample"] = sample or first.mistake or first.least_sure
    app.query_params["tour"] = str(step)
    return app.run()


@pytest.fixture(autouse=True)
def _pages(monkeypatch):
    """Links to pages need an app of many pages; here it is enough to know where they lead."""
    import streamlit as st

    monkeypatch.setattr(
        st, "page_link", lambda page, label, icon, query_params: st.caption(f"{label} → {page} {query_params['tour']}")
    )


@pytest.mark.parametrize("run", [WITH_MISTAKES, "clevr_free", WITHOUT])
def test_every_step_says_something_and_links_to_every_other(run):
    said = set()
    for step in range(1, 6):
        app = faultless(at_step(step, run))
        links = [caption.value for caption in app.caption]
        assert [link.split(" → ")[1] for link in links if not link.startswith("Next")] == PLACES
        assert [link.split(" → ")[1] for link in links if link.startswith("Next")] == PLACES[step : step + 1]
        assert f"**Step {step} of 5.**" in texts(app)
        said.add(app.markdown[-1].value)
    assert len(said) == 5


def test_a_mistake_is_told_with_its_truth_its_misread_input_and_its_neighbours():
    run = resources.run(WITH_MISTAKES)
    sample_id = resources.first_samples(WITH_MISTAKES).mistake
    explanation, why = resources.explanation(WITH_MISTAKES, sample_id), resources.why(WITH_MISTAKES, sample_id)
    names = run.card.target.names
    first = texts(at_step(1, WITH_MISTAKES))
    assert f"says **{names[explanation.class_index]}**, the truth is **{names[explanation.label]}**" in first
    (misread,) = (one for one in why.readings.values() if one.is_misread)
    third = texts(at_step(3, WITH_MISTAKES))
    target = next(name for name in why.readings if name != misread.modality)
    found = explanation.neighbours[misread.modality][target]
    commonest = max({one.key for one in found}, key=lambda key: sum(one.key == key for one in found))
    n = sum(one.key == commonest for one in found)
    assert f"{n} of the {len(found)} nearest inputs" in third
    assert f"mean **{run.card.modality(target).key_names[commonest]}**" in third
    assert f"is **{misread.truth_words}**" in third
    assert f"the right answer, {names[explanation.label]}" in texts(at_step(4, WITH_MISTAKES))


def test_a_model_without_mistakes_shows_the_answer_that_it_is_least_sure_of():
    said = texts(at_step(1, WITHOUT))
    assert "A close call" in said
    assert "of this answer it is the least sure" in said
    assert "the truth is" not in said


def test_whoever_goes_on_to_another_sample_is_offered_the_way_back():
    other = resources.first_samples(WITH_MISTAKES).ids[0]
    app = faultless(at_step(2, WITH_MISTAKES, other))
    assert "another sample" in texts(app)
    faultless(app.button(key="tour_sample").click().run())
    assert app.session_state["sample"] == resources.first_samples(WITH_MISTAKES).mistake
    assert "**Step 2 of 5.**" in texts(app)


def test_the_tour_can_be_left_and_is_gone():
    app = faultless(at_step(3, WITH_MISTAKES))
    faultless(app.button(key="leave_tour").click().run())
    assert not texts(app)
    assert "tour" not in app.query_params
    assert "tour" not in app.session_state


@pytest.mark.parametrize("step", ["", "0", "6", "mistake"])
def test_an_unknown_step_is_no_tour(step):
    app = AppTest.from_function(bar, default_timeout=60)
    app.session_state["run"] = WITH_MISTAKES
    app.query_params["tour"] = step
    assert not texts(faultless(app.run()))


def test_home_starts_the_tour_on_the_mistake(open_app):
    app = open_app(run=WITH_MISTAKES)
    assert "A mistake → Why → Where it lies → What would mend it → Your own" in texts(app)
    faultless(app.button(key="start_tour").click().run())
    assert app.session_state["sample"] == resources.first_samples(WITH_MISTAKES).mistake
    assert app.session_state["tour"] == 1
    assert "start_tour" not in {button.key for button in app.button}
