"""What the original generator of CLEVR writes (its folder of pictures and its JSON), read and checked.

Whoever wrote the files is not trusted: nothing in them leads outside the folder, and every fault is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, TypeAdapter

from sharcs_core.faults import short
from sharcs_core.json_text import JsonError, checked, json_values
from sharcs_core.readers.checks import InputError, shown
from sharcs_core.readers.pictures import MAX_PICTURE_BYTES
from sharcs_core.tasks.clevr.question_files import SentenceError, parse_question
from sharcs_core.tasks.clevr.questions import SYNONYMS, TOKENS, keys_of, keys_of_tokens
from sharcs_core.tasks.clevr.scene_files import read_scene_image
from sharcs_core.tasks.mnist.source import DataError

MAX_JSON_BYTES = 500_000_000
PICTURE_FOLDERS = ("", "images")
JSON_FOLDERS = ("", "questions", "scenes")
ANSWERS = {"yes": True, "true": True, "no": False, "false": False}
FIELDS = {"size": "size", "colour": "color", "material": "material", "shape": "shape"}
"""Attribute → what the generator calls it."""
Wanted = TypeVar("Wanted")

QUESTIONS_LIKE = '{"questions": [{"image_filename": …, "question": …, "answer": …}, …]}'


@dataclass(frozen=True)
class Asked:
    """One question about one picture: its four tokens, what it asks for, and whether the answer is yes."""

    picture: str
    tokens: tuple[int, ...]
    key: int
    answer: bool
    place: str


def _answer(value: Any) -> bool:
    answer = ANSWERS.get(str(value).strip().lower()) if isinstance(value, str | bool) else None
    if answer is None:
        raise ValueError(f"answer must be yes or no (got {short(value)})")
    return answer


def _picture_name(value: str) -> str:
    """The name of a picture below the folder; one that could lead elsewhere is refused."""
    if not value.lower().endswith(".png"):
        raise ValueError(f"image_filename must be the name of a PNG file (got {short(value)})")
    path = PurePosixPath(value)
    leads_out = path.is_absolute() or ".." in path.parts or PureWindowsPath(value).drive or "\\" in value
    if leads_out or not value.isprintable():
        raise ValueError(f"image_filename must stay inside the folder (got {short(value)})")
    return str(path)


@dataclass(frozen=True)
class _Question:
    image_filename: Annotated[str, AfterValidator(_picture_name)]
    question: str
    answer: Annotated[bool, BeforeValidator(_answer)]


@dataclass(frozen=True)
class _Scene:
    image_filename: Annotated[str, AfterValidator(lambda name: str(PurePosixPath(name)))]


@dataclass(frozen=True)
class _Object:
    size: str
    color: str
    material: str
    shape: str


@dataclass(frozen=True)
class _Objects:
    objects: list[_Object]


_QUESTION, _SCENE, _OBJECTS = TypeAdapter(_Question), TypeAdapter(_Scene), TypeAdapter(_Objects)
"""What is read of a question and of a scene; the generator writes much more."""


def find_lists(folder: Path) -> tuple[Path, list[Any], list[Any]]:
    """The file of the questions, the questions in it, and the scenes, of which there may be none.

    Raises:
        DataError: where there is no file of questions, more than one of either, or one that is no JSON.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}: name the folder that the generator wrote its output to")
    paths = sorted(path for sub in JSON_FOLDERS for path in (folder / sub).glob("[!.]*.json") if path.is_file())
    contents = {path: content for path in paths if isinstance(content := _read_json(path), dict)}
    questions = _the_one(folder, "questions", contents)
    if questions is None:
        seen = f"; none of {', '.join(path.name for path in paths[:5])} is one" if paths else ""
        raise DataError(f"No questions in {folder}: expected one JSON file {QUESTIONS_LIKE} beside the pictures{seen}")
    scenes = _the_one(folder, "scenes", contents)
    return questions[0], questions[1], scenes[1] if scenes else []


def _the_one(folder: Path, what: str, contents: Mapping[Path, Mapping[str, Any]]) -> tuple[Path, list[Any]] | None:
    """The file whose JSON has a list of ``what``, and the list."""
    found = {path: content[what] for path, content in contents.items() if what in content}
    if len(found) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in list(found)[:5])
        raise DataError(f"{folder} holds {len(found)} JSON files with {what} ({names}); keep the one that is meant")
    for path, values in found.items():
        if not isinstance(values, list) or not values:
            raise DataError(f"{path}: {what} must be a list with something in it (got {short(values)})")
        return path, values
    return None


def _read_json(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise DataError(f"{path} is too large; keep JSON files of at most {MAX_JSON_BYTES // 1_000_000} MB")
        return json_values(path.read_bytes(), constant=float)  # coordinates, which nobody reads here, may be NaN
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); see to its permissions, or remove it") from None
    except JsonError as error:
        raise DataError(f"{path} cannot be read as JSON: {error}; write it again, or remove it") from None


def read_questions(path: Path, values: Sequence[Any]) -> list[Asked]:
    """The questions as tokens. Raises DataError that names the first one that is not as expected."""
    return [_asked(f"{path}: question {number}", value) for number, value in enumerate(values)]


def _asked(place: str, value: Any) -> Asked:
    try:
        given = checked(_QUESTION, value)
    except JsonError as error:
        raise DataError(f"{place}: {error}; expected {QUESTIONS_LIKE}") from None
    try:
        words, _ = parse_question(given.question)
    except SentenceError as error:
        raise DataError(f"{place}, {shown(given.question)}, {error}") from None
    tokens = tuple(TOKENS[word] for word in words)
    return Asked(given.image_filename, tokens, int(keys_of_tokens(np.array(tokens))), given.answer, place)


def read_scene_keys(values: Sequence[Any], names: Sequence[str]) -> dict[str, int]:
    """Picture → key of its object, for those of ``names`` that the list of scenes knows.

    Raises:
        DataError: for a scene without exactly one object of known attributes, or listed twice differently.
    """
    wanted = set(names)
    keys: dict[str, int] = {}
    for number, value in enumerate(values):
        name = _scene(f"Scene {number} of the scenes JSON", _SCENE, value).image_filename
        if name not in wanted:
            continue
        key = _key_of_objects(name, value)
        if keys.setdefault(name, key) != key:
            raise DataError(f"The scenes JSON lists {name} twice, with different objects; keep one of them")
    return keys


def _scene(place: str, kind: TypeAdapter[Wanted], value: Any) -> Wanted:
    try:
        return checked(kind, value)
    except JsonError as error:
        raise DataError(f"{place}: {error}; write the scenes again, or remove their file") from None


def _key_of_objects(name: str, value: Any) -> int:
    objects = _scene(f"What the scenes JSON says of {name}", _OBJECTS, value).objects
    if len(objects) != 1:
        raise DataError(
            f"The scenes JSON must say one object for {name} (got {len(objects)}): the task is of one object a scene"
        )
    return int(keys_of(np.array([_value_of(name, factor, getattr(objects[0], FIELDS[factor])) for factor in SYNONYMS])))


def _value_of(name: str, factor: str, word: str) -> int:
    for value, words in enumerate(SYNONYMS[factor]):
        if word in words:
            return value
    known = ", ".join(words[0] for words in SYNONYMS[factor])
    raise DataError(f"The scenes JSON says {FIELDS[factor]} {shown(word)} for {name}; expected one of {known}")


def read_picture(folder: Path, name: str) -> NDArray[np.uint8]:
    """A picture as the model sees scenes, (120, 160, 3). Raises DataError that names the file and its fault."""
    path = _picture_path(folder, name)
    try:
        with open(path, "rb") as stream:
            content = stream.read(MAX_PICTURE_BYTES + 1)
        pixels: NDArray[np.uint8] = read_scene_image(name, content)[0].arrays["pixels"][0]
    except InputError as error:
        raise DataError(f"A picture of {folder} cannot be used: {error}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); see to its permissions, or copy it again") from None
    return pixels


def _picture_path(folder: Path, name: str) -> Path:
    for sub in PICTURE_FOLDERS:
        path = folder / sub / name
        if path.is_file():
            if not path.resolve().is_relative_to((folder / sub).resolve()):
                raise DataError(f"{path} is a link that leads outside the folder; put a copy of the picture there")
            return path
    raise DataError(f"The picture {name} is missing: it is neither in {folder} nor in {folder / 'images'}")
