"""What a column looks like, by its cells alone: numbers, words, texts, or nothing that a model could learn from."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count, islice
from statistics import median
from typing import Literal, NamedTuple

from sharcs_core.kinds.columns.cells import number_in
from sharcs_core.named import counted, listed
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder.cells import Packed, n_different
from sharcs_core.tasks.folder.sheet import WITH_COMMA

TEXT_WORDS = 3
"""The median of a text's words, at least; in scripts without spaces so many characters count as a word."""
NEARLY_UNIQUE = 0.9
"""Share of different cells beyond which words say nothing that is true of several samples."""
MOST_LOOKED_AT, MOST_WORDS = 20_000, 1000
"""Of very many different cells so many are looked at; and so many beside them that are no numbers."""
MANY_NUMBERS, FEW_WORDS = 20, 3
"""More different numbers than that, and no more words beside them, are numbers with words for missing ones."""

_CODE = re.compile(r"[+-]?0\d")
_TIME = r"([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?(Z|[+-]\d{2}:?\d{2})?)?"
_DATE = re.compile(
    rf"(\d{{4}}([-/.])\d{{1,2}}\2\d{{1,2}}|\d{{1,2}}([-/.])\d{{1,2}}\3(\d{{4}}|\d{{2}})){_TIME}|\d{{1,2}}:\d{{2}}(:\d{{2}})?",
    re.ASCII,
)
_LIST = re.compile(r"\s*(\[.*\]|\{.*\})\s*", re.DOTALL)
_ADDRESS = re.compile(r"(https?|ftp|s3|gs)://\S+", re.IGNORECASE)
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")

OTHER_FILES: Mapping[str, str] = {
    **dict.fromkeys((".tif", ".tiff", ".bmp", ".gif", ".heic", ".svs", ".dcm", ".nii", ".ppm"), "save them as PNG"),
    **dict.fromkeys((".wav", ".mp3", ".flac", ".ogg"), "save the spectrogram of each as PNG"),
    **dict.fromkeys((".mp4", ".avi", ".mov"), "save one frame of each as PNG"),
    **dict.fromkeys((".npy", ".npz", ".mat", ".h5"), "save pictures as PNG, and rows of numbers as columns here"),
    **dict.fromkeys((".csv", ".tsv", ".xlsx", ".xls"), "write what is to be known of each as columns here"),
    **dict.fromkeys((".pdf", ".docx", ".doc", ".rtf", ".html"), "save the text of each as .txt"),
    **dict.fromkeys((".gml", ".gexf", ".sdf", ".mol", ".pt"), "save them as node-link JSON or GraphML"),
}
"""What files of other formats end in, and what to do with them."""


class Look(NamedTuple):
    """What a column looks like, and of one that is to be left out why."""

    kind: Literal["numbers", "words", "texts", "left out"]
    why: str = ""


def look_of(cells: Sequence[str | None], pointed: Callable[[str], str | None] = str) -> Look:
    """What a column that names no files looks like.

    Args:
        pointed: writes a number with a decimal point.

    >>> [look_of(cells).kind for cells in (["1.5", None, "2"], ["red", "blue", "red"], ["a red cube", "no, two of"])]
    ['numbers', 'words', 'texts']
    >>> look_of(["2024-01-31", "2024-02-01"])
    Look(kind='left out', why='holds dates; write what counts of them as numbers or words, such as the month')
    """
    present = _some(cells, pointed) if isinstance(cells, Packed) else [cell for cell in cells if cell is not None]
    different = dict.fromkeys(present)
    if len(different) < 2:
        return Look("left out", "is the same in every row" if different else "is empty")
    numbers = {cell: number_in(pointed(cell)) for cell in different}
    if None not in numbers.values() and not any(_CODE.match(cell) for cell in different):
        counts = _counts_rows(None if cell is None else number_in(pointed(cell)) for cell in cells)
        return Look("left out", "only counts the rows") if counts else Look("numbers")
    why = _strange(different)
    if why is not None:
        return Look("left out", why)
    if median(_n_words(cell) for cell in present) >= TEXT_WORDS:
        return Look("texts")
    n_present = sum(cell is not None for cell in cells)
    n_values = len(different) if len(present) == n_present else n_different(cells, len(cells))
    why = _nearly_numbers(present, numbers) or _nearly_unique(n_values, n_present)
    return Look("left out", why) if why else Look("words")


def _some(cells: Packed, pointed: Callable[[str], str | None]) -> list[str]:
    """Of very many different cells some at equal distances, and before them the first that are no numbers."""
    words = (cell for cell in cells if cell is not None and number_in(pointed(cell)) is None)
    spread = (cells[row] for row in range(0, len(cells), max(1, len(cells) // MOST_LOOKED_AT)))
    return [*islice(words, MOST_WORDS), *(cell for cell in spread if cell is not None)]


def _strange(different: Collection[str]) -> str | None:
    """Why a column of values is left out that are neither numbers nor words."""
    most = len(different) / 2
    if all(_DATE.fullmatch(cell.strip()) for cell in different):
        return "holds dates; write what counts of them as numbers or words, such as the month"
    if sum(bool(_LIST.fullmatch(cell)) for cell in different) > most:
        return "holds lists; write a column for each value"
    if sum(bool(_ADDRESS.fullmatch(cell.strip())) for cell in different) > most:
        return "holds addresses, and nothing is fetched; put the files into the folder and name them here"
    ends = [cell[cell.rfind(".") :].lower() for cell in different if "." in cell]
    other = next((end for end in ends if end in OTHER_FILES), None)
    if other and sum(end in OTHER_FILES for end in ends) > most:
        return f"names {other} files, which are not read; {OTHER_FILES[other]}"
    return None


def _counts_rows(numbers: Iterable[float | None]) -> bool:
    """Whether each row has a whole number, one more than the row before."""
    left = iter(numbers)
    first = next(left, None)
    if first is None or first % 1:
        return False
    return all(number == next_one for number, next_one in zip(left, count(first + 1), strict=False))


def _n_words(cell: str) -> int:
    without_spaces = 0 if cell.isascii() else len(_WITHOUT_SPACES.findall(cell)) // TEXT_WORDS
    return max(len(cell.split()), without_spaces)


def _nearly_numbers(present: Sequence[str], numbers: Mapping[str, float | None]) -> str | None:
    """Why a column is left out that would be of numbers but for some cells."""
    words = [cell for cell, number in numbers.items() if number is None]
    with_comma = [cell for cell in words if WITH_COMMA.fullmatch(cell.strip())]
    if len(numbers) - len(words) + len(with_comma) > MANY_NUMBERS and len(with_comma) == len(words) > 0:
        cell = with_comma[0]
        return f"holds numbers such as {shown(cell)}, whose comma may stand for thousands or decimals; write a point"
    if len(numbers) - len(words) <= MANY_NUMBERS or not 0 < len(words) <= FEW_WORDS:
        return None
    n_cells = counted(sum(numbers[cell] is None for cell in present), "cell")
    quoted = ", ".join(f'"{word}"' for word in words)
    return (
        f"holds numbers but for {listed([shown(word) for word in words])} ({n_cells}); "
        f"write missing = [{quoted}] in task.toml if nothing is known there, or name it in numeric or category"
    )


def _nearly_unique(n_different: int, n_present: int) -> str | None:
    if n_different <= NEARLY_UNIQUE * n_present:
        return None
    return f"has {n_different:,} different values in {counted(n_present, 'row')}, nearly one each"
