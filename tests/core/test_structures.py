import numpy as np
import pytest

from sharcs_core.structures import Bank, Inputs, Split


def some_split():
    table = Inputs("tabular", {"values": np.arange(8.0).reshape(4, 2)})
    words = Inputs("text", {"tokens": np.arange(6).reshape(3, 2)})
    return Split(
        inputs={"table": table, "words": words},
        semantics={"table": np.array([0, 1, 0, 1]), "words": np.array([1, 0, 1])},
        sources={"table": np.array([10, 11, 12, 13]), "words": np.array([20, 21, 22])},
        pairing={"table": np.array([3, 0, 1]), "words": np.array([0, 0, 2])},
        labels=np.array([5, 6, 7]),
    )


@pytest.mark.parametrize(
    ("kind", "arrays", "message"),
    [
        ("tabular", {}, "need an array"),
        ("tabular", {"values": np.eye(2), "extra": np.ones(3)}, r"equal length \(got {'values': 2, 'extra': 3}\)"),
    ],
)
def test_inputs_refuse_what_does_not_make_inputs(kind, arrays, message):
    with pytest.raises(ValueError, match=message):
        Inputs(kind, arrays)


@pytest.mark.parametrize("index", [slice(1, 3), np.array([2, 1]), np.array([False, True, True, False]), [1]])
def test_taking_inputs_takes_every_array_alike(index):
    rows = Inputs("tabular", {"values": np.arange(4.0)[:, None], "colour": np.arange(4)})
    taken = rows.take(index)
    expected = np.arange(4)[index]
    assert taken.arrays["values"][:, 0].tolist() == expected.tolist()
    assert taken.arrays["colour"].tolist() == expected.tolist()


def test_samples_follow_the_pairing():
    split = some_split()
    samples = split.samples()
    assert samples["table"].arrays["values"].tolist() == [[6, 7], [0, 1], [2, 3]]
    assert samples["words"].arrays["tokens"].tolist() == [[0, 1], [0, 1], [4, 5]]
    assert split.sample_semantics()["table"].tolist() == [1, 0, 1]
    assert split.sample_sources()["words"].tolist() == [20, 20, 22]


def test_a_part_of_a_split_has_the_same_samples_as_the_whole():
    split, part = some_split(), some_split().select(np.array([2, 0]))
    assert len(part) == 2
    assert part.labels.tolist() == [7, 5]
    for name, inputs in part.samples().items():
        for field, values in inputs.arrays.items():
            np.testing.assert_array_equal(values, split.samples()[name].arrays[field][[2, 0]])


def test_a_bank_finds_samples_by_id_and_says_what_ids_look_like():
    bank = Bank(np.array(["test/00007", "test/00003"]), np.array([0, 1]), {})
    assert bank.row("test/00003") == 1
    with pytest.raises(KeyError, match="No sample 'test/1' in this bank; ids look like 'test/00007'"):
        bank.row("test/1")
