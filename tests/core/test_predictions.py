"""A table of predictions: a row a sample in the order they came, each as it is explained alone."""

from __future__ import annotations

import numpy as np
import pytest

from sharcs_core.brought import Brought
from sharcs_core.explanations import explain_inputs
from sharcs_core.predictions import cells_of, columns_of, predict
from sharcs_core.why import why


def sample_of(run, row, *, without=()):
    sides = run.test_bank.sides
    inputs = {name: side.inputs.take([row]) for name, side in sides.items() if name not in without}
    return Brought(f"sample {row}", inputs, ("It was turned upright",) if row == 1 else ())


def rows_of(run, samples):
    columns = columns_of(run)
    rows = [dict(zip(columns, cells_of(run, one), strict=True)) for one in predict(run, samples)]
    assert len(set(columns)) == len(columns)
    return rows


@pytest.fixture(scope="module")
def run(xor_run):
    return xor_run


def test_rows_come_in_order_and_say_what_an_explanation_says(run):
    samples = [sample_of(run, row) for row in (2, 1, 0)]
    rows = rows_of(run, samples)
    assert [row["id"] for row in rows] == ["sample 2", "sample 1", "sample 0"]
    for row, sample in zip(rows, samples, strict=True):
        alone = explain_inputs(run, sample.inputs)
        assert row["answer"] == run.card.target.name(alone.class_index)
        shares = [float(row[f"probability of {name}"]) for name in run.card.target.names]
        np.testing.assert_allclose(shares, alone.probabilities, atol=5e-5)
        assert row["why"].startswith(why(run, alone).sentence)
        assert row["table: outer bit"].startswith("outer bit ")
    assert [row["notes"] for row in rows] == ["", "It was turned upright", ""]


def test_what_a_sample_lacks_is_empty(run):
    (row,) = rows_of(run, [sample_of(run, 0, without=["graph"])])
    assert row["graph: outer bit"] == row["graph: unusual"] == ""
    assert row["table: outer bit"]
    assert "ring graph" not in row["why"]


def test_what_cannot_be_read_says_so_and_the_others_are_told_all_the_same(run):
    rows = rows_of(
        run, [Brought("broken", {}, faults={"table": "a.csv is empty"}), Brought("none", {}), sample_of(run, 0)]
    )
    assert [row["answer"] for row in rows][:2] == ["", ""]
    assert [row["notes"] for row in rows][:2] == ["table: a.csv is empty", "There is no input of any modality"]
    assert rows[2]["answer"]
