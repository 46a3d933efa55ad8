"""Names of concepts, and the tree in words that use them."""

from __future__ import annotations

import numpy as np
import pytest

from builders import ToyTask, make_bank, make_side
from sharcs_core.naming import (
    concept_names,
    question_in_words,
    reading,
    step_in_words,
    stop_in_words,
    value_words,
)
from sharcs_core.structures import Factor, Question, TreePath, TreeStep
from sharcs_core.tasks import get_task
from sharcs_core.tree import fit_tree

CLEVR = get_task("clevr")
SIZE, COLOUR, SHAPE = FACTORS = (Factor("size", 2, 0), Factor("colour", 8, 1), Factor("shape", 3, 9))
SIZES, COLOURS, SHAPES = (np.array(CLEVR.card.factors[factor.name]) for factor in FACTORS)
METALS = np.array(CLEVR.card.factors["material"])
NAMES = (
    *("small", "gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow"),
    *("cube", "sphere", "cylinder", "metal", "not blue"),
)
BOTH = ("image", "text")
T = len(NAMES)


def concepts_of(keys):
    """What inputs of these keys (n,) say when they say it well, (n, T)."""
    taught = [SIZES[keys] == 1, *(COLOURS[keys] == v for v in range(8)), *(SHAPES[keys] == v for v in range(3))]
    return np.stack([*taught, METALS[keys] == 1, COLOURS[keys] != 2], axis=1) * 0.8 + 0.1


@pytest.fixture(scope="module")
def bank():
    keys = np.arange(96)
    return make_bank(**{name: make_side(name, concepts_of(keys), keys) for name in BOTH})


# --- names -----------------------------------------------------------------------------------------------------


def test_taught_concepts_are_called_by_their_values_and_free_ones_by_what_they_say(bank):
    assert concept_names(bank, CLEVR, FACTORS) == NAMES


def test_nothing_taught_says_the_same_with_words_found_in_the_bank(bank):
    """Of a factor of two values the concept is named by the one it is on for, found or taught."""
    assert concept_names(bank, CLEVR, ()) == NAMES


def test_a_concept_has_one_name_even_where_the_modalities_differ(bank):
    """The picture has it on for a and c, the graph for a and b: what both say is a."""
    image = make_side("image", [[1.0], [0.0], [1.0]], [0, 1, 2])
    graph = make_side("graph", [[1.0], [1.0], [0.0]], [0, 1, 2])
    (name,) = concept_names(make_bank(image=image, graph=graph), ToyTask(), ())
    assert name == "letter a"


@pytest.mark.parametrize(
    ("task", "factor", "names"),
    [
        ("xor_and_xor", Factor("outer bit", 2, 0), ("outer bit",)),
        ("xor_and_xor", Factor("middle bit", 2, 0), ("middle bit",)),
        ("half_mnist", Factor("half", 2, 0), ("bottom",)),
        ("half_mnist", Factor("digit", 10, 0), tuple(f"digit {digit}" for digit in range(10))),
        ("clevr", SIZE, ("small",)),
    ],
)
def test_a_factor_of_two_has_one_name_its_own_where_values_are_numbers(task, factor, names):
    known = get_task(task)
    first = known.card.modalities[0].name
    bank = make_bank(**{first: make_side(first, np.zeros((4, len(names))), np.arange(4))})
    assert concept_names(bank, known, (factor,)) == names


def test_given_names_go_before_all_others_and_are_text_as_they_are(bank):
    hostile = "<script>alert('red')</script> **bold** {x} %s \\n ; Scene: not red"
    names = concept_names(bank, CLEVR, FACTORS, {2: hostile, 12: "shiny", 5: "  "})
    assert names[2] == hostile
    assert names[12] == "shiny"
    assert names[5] == "brown"  # a blank one is none
    assert [name for place, name in enumerate(names) if place not in (2, 12)] == [
        name for place, name in enumerate(NAMES) if place not in (2, 12)
    ]
    step = TreeStep(0, 2, Question(("image",), (2,)), False)
    assert step_in_words(step, names, CLEVR) == f"Scene: not {hostile}"


def test_equal_names_are_told_apart_by_a_number_and_a_given_one_stays_plain():
    by_key = np.array([[1, 1, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]], dtype=float)
    bank = make_bank(image=make_side("image", by_key, [0, 1, 2]))
    plain = concept_names(bank, ToyTask(), ())
    assert plain == ("letter a", "letter a (2)", "letter a (3)", "never on", "never on (2)")
    given = concept_names(bank, ToyTask(), (), {4: "letter a"})
    assert given == ("letter a (2)", "letter a (3)", "letter a (4)", "never on", "letter a")
    taken = concept_names(bank, ToyTask(), (), {4: "letter a (2)"})
    assert taken == ("letter a", "letter a (3)", "letter a (4)", "never on", "letter a (2)")


@pytest.mark.parametrize("seed", range(5))
def test_names_are_each_another_whatever_is_given(seed):
    rng = np.random.default_rng(seed)
    bank = make_bank(image=make_side("image", rng.random((8, 9)).round(), np.arange(8) % 4))
    words = ("letter a", "letter a (2)", "x", "x (2)", "never on")
    given = {int(concept): str(rng.choice(words)) for concept in rng.choice(9, 6, replace=False)}
    names = concept_names(bank, ToyTask(), (), given)
    assert len(names) == len(set(names)) == 9
    for concept, name in given.items():
        assert names[concept].startswith(name)


@pytest.mark.parametrize("concept", [-1, T, "2"])
def test_a_name_for_a_concept_that_is_not_there_is_refused(bank, concept):
    with pytest.raises(ValueError, match=rf"There are concepts 0 to 13 \(got a name for {concept}\)"):
        concept_names(bank, CLEVR, FACTORS, {concept: "red"})


def test_factors_that_the_task_does_not_have_so_are_refused(bank):
    with pytest.raises(ValueError, match=r"clevr has no factor 'mood'; choose from \['colour', 'material'"):
        concept_names(bank, CLEVR, (Factor("mood", 2, 0),))
    with pytest.raises(ValueError, match=r"'colour' of clevr has 8 values \(got 7\)"):
        value_words(CLEVR, Factor("colour", 7, 0))
    with pytest.raises(ValueError, match="no factor 'letter'"):
        value_words(ToyTask(), Factor("letter", 4, 0))
    with pytest.raises(ValueError, match="clevr has no modality 'sound'"):
        value_words(CLEVR, COLOUR, "sound")


# --- what one input says ---------------------------------------------------------------------------------------


def test_a_reading_says_every_taught_factor_in_words():
    for key in range(0, 96, 5):
        found = reading(concepts_of(np.array([key]))[0], FACTORS, CLEVR, "text")
        size, colour, _, shape = CLEVR.card.modality("text").key_names[key].split()
        assert found == {"size": (size, False), "colour": (colour, False), "shape": (shape, False)}
    assert reading(np.zeros(T), (), CLEVR, "text") == {}


def test_a_reading_says_of_what_it_is_unsure():
    concepts = concepts_of(np.array([0]))[0]
    concepts[0], concepts[10] = 0.45, 0.85  # nearly small; a sphere as much as a cube
    found = reading(concepts, FACTORS, CLEVR, "image")
    assert found == {"size": ("large", True), "colour": ("gray", False), "shape": ("cube", True)}


# --- questions and answers -------------------------------------------------------------------------------------

OF_ONE, OF_FREE = Question(("text",), (2,)), Question(("image",), (13,))
OF_FACTOR, OF_CONCEPT = Question(BOTH, COLOUR.concepts, "colour"), Question(BOTH, (12,))


@pytest.mark.parametrize(
    ("question", "asks", "yes", "no"),
    [
        (OF_ONE, "Does the Question say red?", "Question: red", "Question: not red"),
        (OF_FREE, "Does the Scene say not blue?", "Scene: not blue", "Scene: blue"),
        (
            OF_FACTOR,
            "Do Scene and Question agree on colour?",
            "Scene and Question agree on colour",
            "Scene and Question differ in colour",
        ),
        (
            OF_CONCEPT,
            "Do Scene and Question agree on metal?",
            "Scene and Question agree on metal",
            "Scene and Question differ in metal",
        ),
    ],
)
def test_questions_and_answers_in_words(question, asks, yes, no):
    assert question_in_words(question, NAMES, CLEVR) == asks
    assert step_in_words(TreeStep(0, 5, question, True), NAMES, CLEVR) == yes
    assert step_in_words(TreeStep(0, 5, question, False), NAMES, CLEVR) == no


def test_what_holds_mostly_is_off_where_mostly_the_opposite_holds():
    step = TreeStep(0, 0, Question(("image",), (0,)), False)
    assert step_in_words(step, ["mostly big"], CLEVR) == "Scene: mostly not big"
    assert step_in_words(step, ["mostly not big"], CLEVR) == "Scene: mostly big"
    assert step_in_words(step, ["nothing"], CLEVR) == "Scene: not nothing"


def test_a_modality_that_the_task_lacks_is_said():
    for question in (Question(("sound",), (0,)), Question(("image", "sound"), (0,))):
        with pytest.raises(ValueError, match="clevr has no modality 'sound'"):
            question_in_words(question, NAMES, CLEVR)
        with pytest.raises(ValueError, match="clevr has no modality 'sound'"):
            step_in_words(TreeStep(0, 0, question, True), NAMES, CLEVR)


# --- a path that stops -----------------------------------------------------------------------------------------


def tree_that_asks(question, deeper=False):
    """Yes leads to class yes; no leads to no, or, if ``deeper``, to a further question, most often to no."""
    known = {concept for asked in (question,) for concept in asked.concepts}
    other = Question(("image",), (min(set(range(T)) - known),))
    every = Question(("image",), (T - 1,)), Question(("text",), (T - 1,))  # so that T is known
    answers = np.array([[1, 0, 0, 0]] * 4 + [[0, 0, 0, 0]] * 3 + [[0, 1, 0, 0]])
    labels = [1] * 4 + [0] * 3 + [int(deeper)]
    return fit_tree(answers, labels, (question, other, *every), FACTORS, 2)


RED_METAL = concepts_of(np.array([9]))[0]  # large red metal cube


def stopped(tree, **shared):
    return stop_in_words(tree.path(shared), shared, tree, NAMES, CLEVR)


def test_what_the_missing_one_would_have_to_say_to_agree_on_a_factor():
    said = "It would ask whether Scene and Question agree on colour"
    tree = tree_that_asks(OF_FACTOR)
    assert stopped(tree, image=RED_METAL) == (
        f"{said}: the Scene says red, so a Question that says red leads to yes, any other leads to no"
    )
    assert stopped(tree, text=RED_METAL) == (
        f"{said}: the Question says red, so a Scene that says red leads to yes, any other leads to no"
    )
    assert stopped(tree) == f"{said}: if so, that leads to yes, if not, it leads to no"


def test_it_follows_the_reading_and_says_where_that_is_unsure():
    torn = RED_METAL.copy()
    torn[3] = 0.95  # blue, though red is at .9
    assert "the Scene says blue, though not for sure, so a Question that says blue leads to yes" in stopped(
        tree_that_asks(OF_FACTOR), image=torn
    )


def test_what_it_would_have_to_say_to_agree_on_a_free_concept():
    said = "It would ask whether Scene and Question agree on metal"
    tree, dull = tree_that_asks(OF_CONCEPT), concepts_of(np.array([6]))[0]
    assert stopped(tree, image=RED_METAL) == (
        f"{said}: the Scene says it, so a Question that says it too leads to yes, any other leads to no"
    )
    assert stopped(tree, image=dull) == (
        f"{said}: the Scene does not say it, so a Question that does not either leads to yes, any other leads to no"
    )


def test_what_it_would_have_to_say_of_one_concept():
    assert stopped(tree_that_asks(OF_ONE), image=RED_METAL) == (
        "It would ask whether the Question says red: if so, that leads to yes, if not, it leads to no"
    )


def test_a_branch_that_goes_on_is_called_by_most_of_its_samples():
    assert stopped(tree_that_asks(OF_ONE, deeper=True), image=RED_METAL) == (
        "It would ask whether the Question says red: if so, that leads to yes, if not, it leads on, most often to no"
    )


def test_what_it_says_of_agreement_holds_for_every_question_that_could_be_put():
    """Every key as the missing question: those that say the scene's colour go where it says they would."""
    tree = tree_that_asks(OF_FACTOR)
    for key in range(96):
        said = tree.path({"image": RED_METAL, "text": concepts_of(np.array([key]))[0]})
        assert CLEVR.card.target.names[said.class_index] == (
            "yes" if "red" in CLEVR.card.modality("text").key_names[key] else "no"
        )


def test_a_path_that_went_to_its_end_has_nothing_to_add():
    tree = tree_that_asks(OF_ONE)
    assert stopped(tree, image=RED_METAL, text=RED_METAL) == ""
    assert stop_in_words(TreePath((), 0, np.array([1.0, 0.0])), {}, tree, NAMES, CLEVR) == ""


def test_an_article_fits_the_title():
    """The titles of the toy are Image and Graph."""
    asked = Question(("image", "graph"), (0,))
    tree = fit_tree(np.array([[1], [0]]), [1, 0], (asked,), (), 2)
    shared = {"graph": np.array([0.9])}
    words = stop_in_words(tree.path(shared), shared, tree, ["letter a"], ToyTask())
    assert "the Graph says it, so an Image that says it too leads to yes, any other leads to no" in words
