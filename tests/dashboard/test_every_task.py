"""Every page for every kind of task: scenes, sentences, halves of pictures, and four modalities at once."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import resources
from drawings.inputs import draw, sentence, width_of
from drawings.look import Look
from drawings.map_legend import legend_entries
from drawings.map_points import Layer, painted, places
from drawings.meaning import WHOLE, meanings_of
from drawings.pointed import LARGE_WIDTH
from drawings.theme import NAMED_COLOURS
from pages import as_read, faultless, open_page, texts
from sharcs_core.structures import Inputs
from sharcs_core.tasks import get_task
from sharcs_core.tasks.mnist.half_superpixels import half_picture
from sharcs_core.tasks.mnist.source import SUBSET, read_npz
from tiny_runs import TINY_TASKS, make_tiny_runs

PAGES = ("overview", "concept_map", "retrieval", "intervention", "tree", "upload")
LONGEST_MEANING = 90


@pytest.fixture(scope="module")
def runs_folder(tmp_path_factory):
    return make_tiny_runs(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True)
def tiny(runs_folder, monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(runs_folder))


def drawn(page):
    return "".join(block.proto.body for block in page.get("html"))


def example_box(page, modality):
    return next(box for box in page.selectbox if str(box.key).startswith(f"example|{modality}|"))


def means(task, modality):
    return f"the {get_task(task).card.modality(modality).title.lower()} as"


def upload(page, run, modality, name, content):
    uploaders = [widget for widget in page.file_uploader if widget.key.startswith(f"upload|{run}|{modality}|")]
    return uploaders[0].upload(name, content, "application/octet-stream").run()


def say(page, run, words, modality="text"):
    return page.text_input(key=f"sentence|brought|{run}|{modality}").set_value(words).run()


def png(pixels):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


# --- every page ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TINY_TASKS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_every_task(page, name):
    shown = faultless(open_page(page, run=name))
    if page == "upload":
        shown = faultless(shown.button(key="try_example").click().run())
        assert get_task(name).card.question in texts(shown)
    elif page != "concept_map":
        assert "<img" in drawn(shown)


@pytest.mark.parametrize("name", TINY_TASKS)
def test_what_concepts_mean_is_told_briefly(name):
    for lines in resources.concept_meanings(name).values():
        assert all(line and len(line) <= LONGEST_MEANING for line in lines)


@pytest.mark.parametrize("name", ["clevr", "xor_four_ways"])
def test_a_sentence_is_shown_in_words_wherever_it_is_shown(name):
    run = resources.run(name)
    said = sentence(run.test_bank.sides["text"].inputs, 0, run.card.modality("text").words)
    sample = str(run.test_bank.sample_ids[0])
    for page in ("retrieval", "intervention"):
        assert said in drawn(faultless(open_page(page, run=name, sample=sample)))


def test_four_modalities_are_all_offered_and_any_of_them_may_be_missing():
    page = faultless(open_page("retrieval", run="xor_four_ways"))
    asking = next(control for control in page.segmented_control if control.label == "Ask with")
    assert asking.options == [modality.title for modality in get_task("xor_four_ways").card.modalities]
    for gone in (["text"], ["table", "text"], ["table", "graph", "image"]):
        faultless(page.segmented_control(key="take_away|xor_four_ways").set_value(gone).run())
        stand_ins = [button.key.split("|")[1] for button in page.button if (button.key or "").startswith("stand_in|")]
        assert stand_ins == gone
    for too_few_or_many in ([], ["table", "graph", "image", "text"]):
        faultless(page.segmented_control(key="take_away|xor_four_ways").set_value(too_few_or_many).run())
        assert "at least one" in page.info[0].value


def test_home_sums_up_many_modalities():
    two, four = (drawn(faultless(open_page("overview", run=name))).count("at random") for name in TINY_TASKS[1:])
    assert two == 1 + 2  # the worst of all above, and below one for each kind of query
    assert four == 1 + 4


# --- drawings ------------------------------------------------------------------------------------------------


def test_a_scene_keeps_its_proportions_and_is_smoothed_while_small_pictures_stay_crisp():
    scene = Inputs("image", {"pixels": np.zeros((1, 120, 160, 3), np.uint8)})
    small = Inputs("image", {"pixels": np.zeros((1, 28, 28), np.uint8)})
    assert "aspect-ratio:160/120" in draw(scene, 0, 160)
    assert "pixelated" not in draw(scene, 0, 160)
    assert "pixelated" in draw(small, 0, 160)
    assert (width_of(scene, 90), width_of(small, 90)) == (120, 90)


def test_a_sentence_leaves_padding_out_and_escapes_its_words():
    text = Inputs("text", {"tokens": np.array([[2, 1, 0, 0], [3, 0, 0, 0]])})
    words = ("", "lamp", "<b>")
    assert sentence(text, 0, words) == "<b> lamp"
    assert "&lt;b&gt; lamp" in draw(text, 0, 100, Look("text", words=words))
    assert sentence(text, 1, words) == "#3"


def test_under_the_pointer_stand_sentences_as_words_and_scenes_in_their_proportions():
    run = resources.run("clevr")
    words, tokens = run.card.modality("text").words, run.bank.sides["text"].inputs.arrays["tokens"]
    for row in (0, 7):
        said = resources.pointed("clevr", "train", "text", row)
        assert (said.told, said.picture) == (" ".join(words[t] for t in tokens[row]), "")
    said = resources.pointed("clevr", "test", "image", 3)
    assert (said.told, said.shape) == ("", (LARGE_WIDTH, LARGE_WIDTH * 3 // 4))
    with Image.open(io.BytesIO(base64.b64decode(said.picture.partition(",")[2]))) as tile:
        scene = Image.fromarray(run.test_bank.sides["image"].inputs.arrays["pixels"][3]).resize(tile.size)
        assert np.abs(np.asarray(tile, dtype=float) - np.asarray(scene, dtype=float)).mean() < 6


# --- colour by meaning ---------------------------------------------------------------------------------------


def test_many_meanings_are_coloured_by_what_they_are_made_of():
    assert list(meanings_of(get_task("clevr"))) == ["colour", "shape", "size", "material"]
    assert list(meanings_of(get_task("half_mnist"))) == ["digit", "half", WHOLE]
    assert list(meanings_of(get_task("xor_and_xor"))) == [WHOLE, "outer bit", "middle bit"]
    assert list(meanings_of(get_task("mnist_superpixels"))) == [WHOLE]


def test_colours_of_objects_are_drawn_in_their_own_colours():
    run = resources.run("clevr")
    layers = [Layer("train", run.bank, run.bank.labels)]
    lie, inks = places(layers, "PCA"), painted(run.task, layers, "Meaning", "colour")
    for row, number in zip(lie.rows, inks.of, strict=True):
        ink = inks.inks[number]
        modality = ink.side.removeprefix("train/")
        key = run.bank.sides[modality].semantics[row]
        assert ink.colour == NAMED_COLOURS[run.card.modality(modality).key_names[key].split()[1]]
    said = [words for words, _, _ in legend_entries(run.task, "Meaning", "colour")]
    assert said[2:] == ["gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow"]


def test_the_map_page_offers_the_factors():
    page = faultless(open_page("concept_map", run="clevr"))
    for factor in ("size", "material", "shape"):
        faultless(page.segmented_control(key="map_meaning").set_value(factor).run())
        assert drawn(page)
    page = faultless(open_page("concept_map", run="half_mnist"))
    assert page.segmented_control(key="map_meaning").options == ["digit", "half", "the whole meaning"]


# --- one's own -----------------------------------------------------------------------------------------------


def test_a_typed_question_is_explained_and_its_fault_told_in_one_sentence():
    page = faultless(open_page("upload", run="clevr"))
    faultless(say(page, "clevr", "Is there a big red shiny cube?"))
    assert means("clevr", "text") in texts(page)
    assert "big red shiny cube" in drawn(page)
    assert "is, there, a" in texts(page)
    say(page, "clevr", "big red")
    assert not page.exception
    assert [error.value.startswith("The sentence names no material") for error in page.error] == [True]
    assert page.text_input(key="sentence|brought|clevr|text").value == "big red"
    faultless(say(page, "clevr", ""))
    assert "Nothing to explain yet" in page.info[0].value


def test_an_example_fills_the_field_and_a_file_empties_it():
    page = faultless(open_page("upload", run="clevr"))
    example = example_box(page, "text")
    said = example.options[1]
    faultless(example.select_index(1).run())
    field = page.text_input(key="sentence|brought|clevr|text")
    assert field.value == said
    faultless(upload(page, "clevr", "text", "asked.txt", b"tiny blue rubber ball"))
    assert page.text_input(key="sentence|brought|clevr|text").value == ""
    assert "Using `asked.txt`" in texts(page)
    assert "tiny blue rubber ball" in drawn(page)


def test_a_typed_sentence_survives_a_change_of_page():
    page = faultless(open_page("upload", run="clevr"))
    faultless(say(page, "clevr", "small gray metal sphere"))
    faultless(page.switch_page("views/tree/tree.py").run())
    faultless(page.switch_page("views/upload/upload.py").run())
    assert page.text_input(key="sentence|brought|clevr|text").value == "small gray metal sphere"
    assert means("clevr", "text") in texts(page)


def test_a_scene_of_another_size_is_read_with_a_note():
    wide = np.random.default_rng(0).integers(0, 255, (240, 480, 3), dtype=np.uint8)
    page = faultless(open_page("upload", run="clevr"))
    faultless(upload(page, "clevr", "image", "scene.png", png(wide)))
    assert means("clevr", "image") in texts(page)
    assert "480×240" in texts(page)
    page = upload(page, "clevr", "image", "scene.png", png(np.zeros((240, 480, 3), dtype=np.uint8)))
    assert len(page.error) == 1


def test_the_other_half_of_a_whole_digit_is_offered_as_the_graph_and_no_half_of_a_half():
    digit = read_npz(SUBSET)["test_images"][3]
    page = faultless(open_page("upload", run="half_mnist"))
    faultless(upload(page, "half_mnist", "image", "whole.png", png(digit)))
    faultless(page.checkbox(key="making|half_mnist|graph").set_value(True).run())
    assert means("half_mnist", "graph") in texts(page)
    page = faultless(open_page("upload", run="half_mnist"))
    faultless(upload(page, "half_mnist", "image", "half.png", png(half_picture(digit[None], 1)[0])))
    assert means("half_mnist", "image") in texts(page)
    assert not page.checkbox


@pytest.mark.parametrize("name", ["clevr", "xor_four_ways"])
def test_no_graph_is_made_of_a_picture_that_has_none(name):
    page = faultless(open_page("upload", run=name))
    faultless(page.button(key="try_example").click().run())
    assert not page.checkbox


def test_some_of_four_inputs_are_enough_for_an_explanation():
    run = resources.run("xor_four_ways")
    page = faultless(open_page("upload", run="xor_four_ways"))
    faultless(say(page, "xor_four_ways", "the lamp is lit and the door is open"))
    faultless(example_box(page, "table").select_index(0).run())
    assert [tab.label for tab in page.tabs] == [
        f"Of your {run.card.modality(name).title.lower()}" for name in ("table", "text")
    ]
    said = texts(page) + "".join(warning.value for warning in page.warning)
    assert " and ".join(run.card.modality(name).title.lower() for name in ("graph", "image")) in said
    templates = [one for one in page.get("download_button") if one.label.endswith("template")]
    assert len(run.card.modalities) == len(templates)


# --- words that fit, and samples filed elsewhere -----------------------------------------------------------------


def test_words_that_neighbours_have_are_suggested_for_a_picture_and_not_said_again():
    content = png(resources.run("clevr").test_bank.sides["image"].inputs.arrays["pixels"][0])
    page = faultless(upload(open_page("upload", run="clevr"), "clevr", "image", "scene.png", content))
    suggested = re.findall(r"<li>(\w+) <i>", drawn(page))
    assert suggested
    known = {word for form in resources.run("clevr").card.modalities if form.kind == "text" for word in form.form.words}
    assert set(suggested) <= known
    said = faultless(say(page, "clevr", "large red metal cube"))
    assert not {"large", "red", "metal", "cube"} & set(re.findall(r"<li>(\w+) <i>", drawn(said)))


def test_a_task_without_texts_suggests_no_words():
    page = faultless(open_page("upload", run="half_mnist").button(key="try_example").click().run())
    assert "class='word-chips'" not in drawn(page)


@pytest.mark.parametrize("name", TINY_TASKS)
def test_samples_filed_elsewhere_are_listed_on_home_the_surest_first(name):
    found = resources.filed_elsewhere(name)
    page = faultless(open_page("overview", run=name, elsewhere=True))
    listed = [button.label for button in page.button if (button.key or "").startswith("elsewhere|")]
    ids = resources.run(name).test_bank.sample_ids
    assert [as_read(label) for label in listed] == [str(ids[one.row]) for one in found[:6]]
    assert f"{len(found):,} of" in texts(page)
