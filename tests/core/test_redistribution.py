"""A run of a task whose originals may not be passed on: nothing of them is in it, and it works."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

import withheld_folder
from sharcs_core.checkpoints import RunError, load_run, save_run
from sharcs_core.checkpoints.pictures import unpacked
from sharcs_core.checkpoints.preview import first_input
from sharcs_core.differences import compare_runs
from sharcs_core.errors import UserError
from sharcs_core.explanations import explain_inputs, explain_sample
from sharcs_core.inference import concepts_of
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.npz import read_arrays
from sharcs_core.perturbation import perturb
from sharcs_core.pipeline import evaluate_run, train_run
from sharcs_core.retrieval import neighbours
from sharcs_core.structures import Bank, BankSide, Inputs, without_originals
from sharcs_core.tasks.card import card_values
from sharcs_core.tasks.redistribution import stays_in_words, what_stays, without_values
from sharcs_core.unusual import UsualFeatures, UsualRanges
from sharcs_core.unusual.layers import TEXTURE
from sharcs_core.why import why
from untrained_runs import PARTS
from withheld_folder import CONSTANT, LABELS, SITES, N, make_folder, pixels, rows

TOLD = 6
"""So many signs of a text tell whose it is."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder, its run without originals, the task, and what the training said."""
    path, said = tmp_path_factory.mktemp("withheld"), []
    run, task = withheld_folder.trained(make_folder(path / "walks", redistribute=False), path / "run", said.append)
    return path / "walks", run, task, said


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The run of the same folder where originals may be kept."""
    path = tmp_path_factory.mktemp("kept")
    return withheld_folder.trained(make_folder(path / "walks", redistribute=True), path / "run")[0]


def contents(path):
    """Everything in a run, byte for byte, archives unpacked and pictures decoded; and its arrays."""
    found, arrays = [], []
    for file in sorted(path.rglob("*")):
        found += [file.name.encode(), file.read_bytes()]
        if file.suffix == ".npz":
            with zipfile.ZipFile(file) as archive:
                found += [archive.read(name) for name in archive.namelist()]
            own = read_arrays(file)
            folders = {name.rpartition("/")[0] for name in own}
            for folder in folders:
                below = {name.rpartition("/")[2]: own[name] for name in own if name.rpartition("/")[0] == folder}
                arrays += unpacked(below).values()
        if file.suffix == ".json":
            found.append(json.dumps(json.loads(file.read_text(encoding="utf-8")), ensure_ascii=False).encode())
    return b"\n".join([*found, *(array.tobytes() for array in arrays)]), arrays


def texts_in(path):
    """The source strings that are somewhere in a run, in the ways that files and arrays write text."""
    haystack, _ = contents(path)
    texts = {cell for row in rows() for cell in row if len(cell) >= TOLD}
    texts |= {word for row in rows() for cell in row for word in cell.split() if len(word) >= TOLD}
    return {text for text in texts if text.encode() in haystack or text.encode("utf-32-le") in haystack}


def pixel_rows_in(path):
    """How many of the pictures have a row of pixels that is somewhere in a run."""
    haystack, _ = contents(path)
    return sum(any(line.tobytes() in haystack for line in pixels(row)) for row in range(N))


def numbers_in(path):
    """How many cells of the columns of numbers are among the numbers of a run, in either precision."""
    _, arrays = contents(path)
    numbers = [array.ravel().astype(np.float64) for array in arrays if array.dtype.kind == "f"]
    stored = np.unique(np.concatenate(numbers))
    cells = np.array([[float(row[column]) for column in (4, 5, 6)] for row in rows()]).ravel()
    return int(np.isin([*cells, *cells.astype(np.float32)], stored).sum())


def test_no_text_of_a_row_is_in_a_run_but_what_is_listed(made):
    _, run, _, _ = made
    listed = {text for texts in what_stays(run.card).values() for text in texts}
    assert texts_in(run.path) <= listed
    assert {*LABELS, *SITES} <= listed
    assert not any(row[column] in listed for row in rows() for column in (0, 2, 3, 8))


def test_no_row_of_pixels_and_no_number_of_a_row_is_in_a_run(made):
    _, run, _, _ = made
    assert pixel_rows_in(run.path) == 0
    assert numbers_in(run.path) == 0


def test_the_same_search_finds_them_all_where_originals_are_kept(kept):
    found = texts_in(kept.path)
    bank_ids = {*kept.bank.sample_ids.tolist(), *kept.test_bank.sample_ids.tolist()}
    assert bank_ids
    assert bank_ids <= found
    assert len(found & {row[3] for row in rows()}) == len(bank_ids)
    assert CONSTANT in found
    assert any(text.startswith("lonely hut") for text in found)
    assert pixel_rows_in(kept.path) == len(bank_ids)
    assert numbers_in(kept.path) > 0


def test_everything_that_the_card_says_in_words_is_listed(made):
    _, run, _, _ = made
    listed = {text for texts in what_stays(run.card).values() for text in texts}

    def texts(value):
        if isinstance(value, dict):
            return {text for part in value.values() for text in texts(part)}
        if isinstance(value, list | tuple):
            return {text for part in value for text in texts(part)}
        return {value} if isinstance(value, str) and value else set()

    ours = {"class", "image", "text", "tabular", "number", "category"}
    assert texts(card_values(run.card)) - ours <= listed


def test_a_training_says_in_a_line_what_stays(made):
    _, run, task, said = made
    assert stays_in_words(task.card) in said
    assert "classes: heathland and peat bog;" in stays_in_words(run.card)


def test_samples_are_numbered_and_inputs_are_known_to_be_gone(made):
    _, run, _, _ = made
    assert run.bank.sample_ids[0] == "train/00000"
    assert run.test_bank.sample_ids[-1].startswith("unseen/")
    for bank in (run.bank, run.test_bank):
        assert not bank.is_kept
        assert all(len(side.inputs) == len(bank) for side in bank.sides.values())
    assert not first_input(run.path, "picture", "image").is_kept


def test_a_file_that_is_brought_is_read_explained_and_measured(made):
    _, run, _, _ = made
    picture, _ = run.task.read("picture", "mine.png", withheld_folder.png(3))
    row, _ = run.task.read("readings", "mine.csv", b"ph,depth,always,site\n99.5,120,73121.5,hillside\n")
    found = explain_inputs(run, {"picture": picture, "readings": row})
    assert run.card.target.name(found.class_index) in why(run, found).sentence
    assert set(found.unusual) == {"picture", "readings"}
    assert found.unusual["readings"].is_unusual
    assert found.unusual["readings"].says.startswith("ph is 99.5, training had ")
    assert all(found.neighbours["picture"].values())


def test_a_sample_is_explained_and_how_unusual_it_is_is_left_open(made, kept):
    _, run, _, _ = made
    sample_id = str(run.bank.sample_ids[0])
    found = explain_sample(run, sample_id)
    assert found.unusual == {}
    assert why(run, found).sentence
    assert explain_sample(kept, str(kept.bank.sample_ids[0])).unusual


def test_the_folder_gives_the_figures_of_the_training_again(made):
    folder, run, task, _ = made
    assert evaluate_run(run, task=task) == run.metrics
    assert evaluate_run(run, data_dir=folder) == run.metrics


def test_both_runs_learn_the_same_and_give_the_same_figures_but_for_the_constant_column(made, kept):
    _, run, _, _ = made
    assert run.metrics["n_train"] == kept.metrics["n_train"]
    assert run.labels.tolist() == kept.labels.tolist()
    assert run.bank.labels.tolist() == kept.bank.labels.tolist()


@pytest.mark.parametrize(
    "use",
    [
        lambda run, inputs: run.task.write("picture", inputs),
        lambda run, inputs: perturb(inputs, 0.5, np.random.default_rng(0)),
        lambda run, inputs: concepts_of(run.model, {"picture": inputs}),
        lambda run, inputs: explain_inputs(run, {"picture": inputs.take([0])}),
    ],
    ids=["download", "noise", "model", "explain"],
)
def test_what_needs_an_original_is_refused_in_one_sentence(made, use):
    _, run, _, _ = made
    with pytest.raises(UserError, match="The originals of these inputs are not kept with the run"):
        use(run, run.bank.sides["picture"].inputs)


def test_samples_of_runs_without_originals_are_not_taken_for_the_same(made):
    _, run, _, _ = made
    found = compare_runs(run, run)
    assert (found.n_common, found.n_unlike) == (0, 0)


def test_what_is_usual_keeps_no_coarse_pictures_and_no_ends_that_stood_in_a_row(made, kept):
    _, run, _, _ = made
    assert isinstance(run.usual["picture"], UsualFeatures)
    assert isinstance(kept.usual["picture"], UsualFeatures)
    assert TEXTURE not in run.usual["picture"].references
    assert TEXTURE in run.usual["picture"].spreads
    assert TEXTURE in kept.usual["picture"].references
    rounded, exact = run.usual["readings"], kept.usual["readings"]
    assert isinstance(rounded, UsualRanges)
    assert isinstance(exact, UsualRanges)
    assert (rounded.lowest <= exact.lowest + 1e-3).all()
    assert (rounded.highest >= exact.highest - 1e-3).all()
    assert not np.isin([*exact.lowest, *exact.highest], [*rounded.lowest, *rounded.highest]).any()
    assert (rounded.highest - rounded.lowest)[:2] == pytest.approx((exact.highest - exact.lowest)[:2], rel=1)


def test_a_column_that_never_varies_does_not_stand_in_the_form(made):
    _, run, _, _ = made
    assert CONSTANT not in (run.path / "card.json").read_text(encoding="utf-8")
    form = TableForm((Column("flat", mean=-731.25), Column("mixed", mean=3.0, scale=2.0), Column("sort", "category")))
    flat, mixed, sort = without_values(form).columns
    assert (flat.mean, flat.scale) == (0.0, 1000.0)
    assert (mixed, sort) == form.columns[1:]


def test_which_inputs_were_made_from_the_same_is_still_known():
    def bank(name, sources):
        inputs = Inputs("tabular", {"values": np.arange(len(sources), dtype=float)[:, None]})
        none = np.zeros((len(sources), 1))
        side = BankSide(np.array([name] * len(sources)), inputs, np.array(sources), np.array(sources), none, none)
        return Bank(np.array([f"{name} {one}" for one in sources]), np.zeros(len(sources), int), {"one": side})

    train, unseen = without_originals(bank("anna", [70, 30, 70]), bank("otto", [30, 90]))
    assert train.sides["one"].sources.tolist() == [0, 1, 0]
    assert unseen.sides["one"].sources.tolist() == [1, 2]
    assert train.sides["one"].ids.tolist()[:1] == ["train/00000/one"]
    assert len(neighbours(np.zeros(1), train, "one", source=0)) == 1


def test_a_run_that_holds_originals_against_its_card_is_refused(made, kept, tmp_path):
    card = replace(kept.card, redistribute=False)
    run = load_run(kept.path)
    save_run(tmp_path / "kept", **{name: getattr(run, name) for name in PARTS if name != "card"}, card=run.card)
    from sharcs_core.checkpoints import writing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "without_originals", lambda *banks: banks)
        save_run(tmp_path / "leak", **{name: getattr(run, name) for name in PARTS if name != "card"}, card=card)
    load_run(tmp_path / "kept")
    with pytest.raises(RunError, match="must not be kept, as its card says"):
        load_run(tmp_path / "leak")


def test_a_model_that_holds_training_inputs_is_refused_before_it_is_trained(made, tmp_path):
    _, run, task, _ = made
    config = replace(run.config, model=replace(run.config.model, wiring="relative", named={}, states={}))
    with pytest.raises(UserError, match="may not be kept with a run"):
        train_run(config, task, tmp_path / "relative")
    assert not (tmp_path / "relative").exists()
