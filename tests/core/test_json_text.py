"""JSON from elsewhere: whatever is wrong with it is one clause, and what is right comes back as it was."""

import json
from dataclasses import dataclass

import pytest
from pydantic import StrictInt, TypeAdapter

from sharcs_core.errors import UnknownError, UserError, is_out_of_memory
from sharcs_core.json_text import JsonError, checked, json_object, json_text, json_values


@pytest.mark.parametrize(
    "values", [{"a": [1, 2.5, None, True, "λ 😀"]}, [], 3, "text", {"": {}}, {"a": {"b": 1}, "c": {"b": 1}}]
)
def test_what_is_json_comes_back(values):
    for text in (json.dumps(values), json.dumps(values, ensure_ascii=False), json_text(values)):
        assert json_values(text.encode()) == values
        assert json_values(text.encode("utf-8-sig")) == values


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is not JSON that one can read (line 1, column 1)"),
        (b"{\n  'a': 1}", "it is not JSON that one can read (line 2, column 3)"),
        (b'{"a": 1, "b": 2, "a": 3}', "it has 'a' twice in one object"),
        (b'[{"b": {"a": 1, "a": 1}}]', "it has 'a' twice in one object"),
        (b'{"a": NaN}', "it holds NaN, which is no number in JSON"),
        (b"[-Infinity]", "it holds -Infinity, which is no number in JSON"),
        (b'"\xff"', "it is not UTF-8 text (byte 2 cannot be read)"),
        (b'{"\\ud800": 1}', "it holds half a character, '\\ud800'"),
        (b"9" * 5000, "it holds a number of too many digits"),
        (b"[" * 100_000 + b"]" * 100_000, "it is nested too deeply"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_keeps_it_from_being_json_is_said(content, said):
    with pytest.raises(JsonError) as caught:
        json_values(content)
    assert str(caught.value) == said
    assert isinstance(caught.value, UserError)


def test_a_name_of_any_length_makes_no_long_sentence():
    with pytest.raises(JsonError) as caught:
        json_values(json.dumps({"a" * 10_000: 1})[:-1].encode() + b', "' + b"a" * 10_000 + b'": 2}')
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("depth", [200, 240])
def test_an_object_may_be_as_deep_as_programs_can_follow(depth):
    content = b'{"a":' * depth + b"1" + b"}" * depth
    assert json.loads(json_text(json_object(content))) == json.loads(content)


@pytest.mark.parametrize("depth", [300, 600, 100_000])
def test_what_is_deeper_is_refused_before_it_is_followed(depth):
    with pytest.raises(JsonError, match="is nested too deeply"):
        json_object(b'{"a":' * depth + b"1" + b"}" * depth)


@dataclass(frozen=True)
class Box:
    label: str
    sizes: tuple[StrictInt, ...]


@dataclass(frozen=True)
class Shelf:
    boxes: list[Box]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "shelf must be an object (got [])"),
        ({}, "shelf.boxes must be given"),
        ({"boxes": {}}, "shelf.boxes must be a list (got {})"),
        ({"boxes": [{"label": 3, "sizes": []}]}, "shelf.boxes.0.label must be text (got 3)"),
        ({"boxes": [{"label": "a", "sizes": [1, 2.0]}]}, "shelf.boxes.0.sizes.1 must be a whole number (got 2.0)"),
        ({"boxes": [{"label": "a", "sizes": [True]}]}, "shelf.boxes.0.sizes.0 must be a whole number (got True)"),
        ({"boxes": [{"label": "a", "sizes": ["1"]}]}, "shelf.boxes.0.sizes.0 must be a whole number (got '1')"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_what_it_must_be(values, said):
    with pytest.raises(JsonError) as caught:
        checked(TypeAdapter(Shelf), values, "shelf")
    assert str(caught.value) == said


def test_fields_that_are_right_are_what_they_stand_for():
    values = {"boxes": [{"label": "a", "sizes": [1, 10**30]}]}
    assert checked(TypeAdapter(Shelf), values) == Shelf([Box("a", (1, 10**30))])


def test_what_is_unknown_is_told_in_a_plain_sentence_to_whoever_looks_for_a_key():
    error = UnknownError("No sample 'a'; choose another")
    assert isinstance(error, KeyError)
    assert isinstance(error, UserError)
    assert str(error) == "No sample 'a'; choose another"


def test_only_what_is_of_memory_is_told_to_be():
    mapped = RuntimeError("unable to mmap 9 bytes from file <weights.safetensors>: Cannot allocate memory (12)")
    loaded = ImportError("libtorch_cpu.so: failed to map segment from shared object")
    assert all(map(is_out_of_memory, (OSError(12, "Cannot allocate memory"), mapped, loaded)))
    assert not any(map(is_out_of_memory, (OSError(28, "No space"), UserError("can't allocate memory"), KeyError(12))))
