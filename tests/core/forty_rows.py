"""A folder of forty samples that is read and learnt at once: words and two columns, each of which gives the class."""

from __future__ import annotations

from pathlib import Path

from made_folders import csv_of

N = 40
WORDS = {"oak": ("tall", "broad", "old", "crown"), "fern": ("low", "green", "wet", "fronds")}


def rows(n: int = N) -> list[tuple[str, ...]]:
    found = []
    for row in range(n):
        label = list(WORDS)[row % 2]
        words = WORDS[label]
        story = f"{words[row % 4]} and {words[(row + 1) % 4]} beside way {'abcd'[row % 4]}"
        height = f"{(20 if label == 'oak' else 1) + row % 5 / 10:.1f}"
        found.append((f"s{row:02}", label, story, height, "north" if row % 3 else "south"))
    return found


def sheet(n: int = N) -> str:
    return csv_of(("id", "label", "story", "height", "site"), *rows(n))


def write_rows(folder: Path, n: int = N) -> Path:
    """The folder, with its sheet and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metadata.csv").write_text(sheet(n), encoding="utf-8")
    return folder
