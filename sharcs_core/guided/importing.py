"""The annotations that MEGL's authors keep, as a folder that is read as any other.

``exp_annotation.json`` maps an id to ``image_path``, ``class_id``, ``visual_exp`` (the file of a mask, or nothing) and
``exp`` (sentences, or none); ``label_class_id_mapping.json`` maps the name of a class to its id, or ids to names.
Paths are taken from the folder that holds both.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sharcs_core.guided.annotations import AnnotationError, mask_of_picture
from sharcs_core.guided.folder import ID, IMAGE, LABEL, TEXTUAL, VISUAL
from sharcs_core.json_text import JsonError, json_object
from sharcs_core.readers.checks import InputError, shown
from sharcs_core.readers.pictures import IMAGE_SUFFIXES, MAX_PICTURE_BYTES, open_colours
from sharcs_core.storage import replacing_folder
from sharcs_core.tasks.folder.faults import Fault, FolderError
from sharcs_core.tasks.folder.listing import PlaceError
from sharcs_core.tasks.folder.places import Places

ANNOTATIONS, CLASSES = "exp_annotation.json", "label_class_id_mapping.json"
COLUMNS = (ID, IMAGE, LABEL, VISUAL, TEXTUAL)
PICTURES, MASKS = "images", "masks"
MAX_BYTES = 200_000_000


@dataclass(frozen=True)
class _Entry:
    """One annotated picture: what its row says, and the contents of its files by their new names."""

    cells: tuple[str, ...]
    files: Mapping[str, bytes]


def import_annotations(source: Path, target: Path) -> int:
    """Writes the folder ``target`` out of the authors' folder ``source``, whole or not at all; how many samples it has.

    A sample with several sentences keeps them all in one cell, one a line.

    Raises:
        FolderError: with every fault: a file that is not there or no picture, half an annotation, an id of no class, a
            mask of another size, empty or all on.
        StorageError: the target cannot be written.
    """
    places = Places.of(source)
    classes = _classes(_json(places, CLASSES))
    entries: list[_Entry] = []
    faults: list[Fault] = []
    for name, values in _json(places, ANNOTATIONS).items():
        try:
            entries.append(_entry(places, name, values, classes))
        except _EntryError as error:
            faults.append(Fault(ANNOTATIONS, None, None, f"{shown(name)} {error.args[0]}", error.args[1]))
    if faults:
        raise FolderError(faults)
    if not entries:
        raise FolderError([Fault(ANNOTATIONS, None, None, "annotates nothing", "bring one with samples")])
    _write(target, entries)
    return len(entries)


class _EntryError(Exception):
    """Of one entry: what is wrong with it, and the mend."""


def _json(places: Places, name: str) -> dict[str, Any]:
    try:
        content = places.own(name, MAX_BYTES)
        if content is None:
            raise FolderError([Fault(name, None, None, "is not in the folder", "put it there")])
        return json_object(content)
    except PlaceError as error:
        raise FolderError([Fault(name, None, None, error.says, error.mend)]) from None
    except JsonError as error:
        raise FolderError([Fault(name, None, None, f"cannot be read ({error})", "save it again")]) from None


def _classes(mapping: Mapping[str, Any]) -> dict[str, str]:
    """Id, as text → name of the class."""
    by_name = all(isinstance(value, int) or str(value).isdigit() for value in mapping.values())
    pairs = mapping.items() if by_name else ((value, key) for key, value in mapping.items())
    return {str(number): str(name) for name, number in pairs}


def _entry(places: Places, name: str, values: Any, classes: Mapping[str, str]) -> _Entry:
    wanted = ("image_path", "class_id", "visual_exp", "exp")
    absent = [field for field in wanted if not isinstance(values, dict) or field not in values]
    if absent:
        raise _EntryError(f"is half an annotation, without {absent[0]!r}", f"write {', '.join(wanted)}")
    label = classes.get(str(values["class_id"]))
    if label is None:
        raise _EntryError(
            f"has the class id {shown(values['class_id'])}, which {CLASSES} does not know", "add it there"
        )
    sentences = values["exp"] if isinstance(values["exp"], list) else [values["exp"]]
    picture, content = _file(places, values["image_path"])
    files, mask = {f"{PICTURES}/{_safe(name)}{_suffix(picture)}": content}, ""
    if values["visual_exp"]:
        mask_file, mask_content = _file(places, values["visual_exp"])
        _check_mask(mask_file, mask_content, picture, content)
        mask = f"{MASKS}/{_safe(name)}{_suffix(mask_file)}"
        files[mask] = mask_content
    said = "\n".join(" ".join(str(text).split()) for text in sentences if text)
    return _Entry((name, next(iter(files)), label, mask, said), files)


def _file(places: Places, path: Any) -> tuple[str, bytes]:
    if not isinstance(path, str) or not path:
        raise _EntryError(f"names {shown(path)} as a file", "write the path of a picture")
    try:
        place = places.find(path, IMAGE_SUFFIXES)
        return place.file, places.read(place, MAX_PICTURE_BYTES)
    except PlaceError as error:
        raise _EntryError(f"cannot be used: {error.says}", error.mend) from None


def _check_mask(mask: str, content: bytes, picture: str, own: bytes) -> None:
    try:
        size = open_colours(picture, own).shape
        mask_of_picture(open_colours(mask, content), (size[0], size[1]))
    except AnnotationError as error:
        raise _EntryError(f"has a visual explanation that {error.says}", error.mend) from None
    except InputError as error:
        raise _EntryError("cannot be used", str(error)) from None


def _suffix(file: str) -> str:
    return PurePosixPath(file).suffix.lower()


def _safe(name: str) -> str:
    """A name that any disk takes, still different for different ids."""
    return "".join(letter if letter.isalnum() or letter in "-_" else f"~{ord(letter):x}~" for letter in name)


def _write(target: Path, entries: list[_Entry]) -> None:
    with replacing_folder(target) as folder:
        for path, content in _contents(entries):
            place = folder / path
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)


def _contents(entries: list[_Entry]) -> Iterator[tuple[str, bytes]]:
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerows([COLUMNS, *(entry.cells for entry in entries)])
    yield "metadata.csv", sheet.getvalue().encode()
    for entry in entries:
        yield from entry.files.items()
