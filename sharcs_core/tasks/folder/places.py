"""Which file of a folder a cell names. The one way from a cell to a file, whoever asks.

Nothing outside of the folder is ever read: a name that leads out of it is refused, and so is a link that does.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from sharcs_core.named import counted, listed
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder.faults import Fault
from sharcs_core.tasks.folder.graph_lines import Span, graph_lines
from sharcs_core.tasks.folder.listing import Listing, PlaceError, folded, inside, is_hidden, list_folder, stem

__all__ = ["Place", "PlaceError", "Places"]

OWN = (
    *("metadata.csv", "metadata.parquet", "task.toml"),
    *("license", "license.txt", "license.md", "readme", "readme.md", "readme.txt"),
)
"""Files that belong to the folder and to no row."""

_MOST_LINKS = 40
_MOST_ALIKE = 1000
"""Files of one last name, of which none is looked for by that alone."""


@dataclass(frozen=True)
class Place:
    """One file of a folder, or one line of a file, or a picture that the sheet itself holds.

    Attributes:
        name: relative to the folder, with ``/``; of a line with ``#`` and the id. One name for one content.
        file: what to call it for whoever reads it; it ends as files of its kind do.
        notes: on what was forgiven.
    """

    name: str
    file: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    """A folder, listed once, and how cells find what lies in it.

    Attributes:
        held: name → content, of pictures that the sheet itself holds.
    """

    listing: Listing
    held: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Places:
        """The places of a folder. Raises UserError where it cannot be listed."""
        return cls(list_folder(folder))

    def holding(self, pictures: Mapping[str, bytes]) -> Places:
        """The same, with pictures that the sheet itself holds."""
        return replace(self, held=pictures) if pictures else self

    def find(self, cell: str, suffixes: Collection[str] = ()) -> Place:
        """The file that a cell names: relative to the folder, ``\\`` as ``/``.

        Where there is none of that very name, case, suffix and folders are forgiven if one file alone fits then. Where
        ``.json`` is among the suffixes, a cell may be the ``id`` of a graph in a ``.jsonl`` file.

        Args:
            suffixes: what the file may end in; nothing for anything.

        Raises:
            PlaceError: for a name that leads out of the folder, and for one that fits no file or several.
        """
        if cell in self.held:
            return Place(cell, cell)
        name = self._led(inside(cell))
        if name in self.listing.files and _fits(name, suffixes):
            return Place(name, name)
        if ".json" in suffixes and cell in self.graph_lines:
            return Place(f"{self.graph_lines[cell].file}#{cell}", f"{cell}.json")
        return self._forgiven(cell, name, suffixes)

    def read(self, place: Place, max_bytes: int) -> bytes:
        """The content of a place that was found.

        Raises:
            PlaceError: where it is larger than ``max_bytes``, or is no longer what it was.
        """
        if place.name in self.held:
            content = self.held[place.name]
            _check_size(place.name, len(content), max_bytes)
            return content
        if place.name in self.listing.files:
            return self._read(place.name, max_bytes)
        file, _, graph = place.name.partition("#")
        span = self.graph_lines[graph]
        _check_size(place.name, span.n_bytes, max_bytes)
        return self._read(file, None, span)

    def own(self, name: str, max_bytes: int) -> bytes | None:
        """The content of a file of the folder's own, such as ``task.toml``; None where nothing is called so.

        Raises:
            PlaceError: where it is no file, leads out of the folder, or is larger than ``max_bytes``.
        """
        listing = self.listing
        if not any(name in names for names in (listing.files, listing.links, listing.leaving, *self._no_files)):
            return None
        found = self._led(name)
        if found not in listing.files:
            raise self._nothing(name, found, ())
        return self._read(found, max_bytes)

    def without_rows(self, used: Collection[str]) -> tuple[str, ...]:
        """The files that no row names, the folder's own left out.

        Args:
            used: the names of the places that rows name.
        """
        files = self.listing.files
        named = {name if name in files else name.partition("#")[0] for name in used}
        return tuple(name for name in files if name not in named and name.lower() not in OWN)

    @property
    def graph_lines(self) -> Mapping[str, Span]:
        """The id of a graph → the line of a ``.jsonl`` file that it stands in."""
        return self._graph_lines[0]

    @property
    def line_faults(self) -> tuple[Fault, ...]:
        """What is wrong with lines of ``.jsonl`` files."""
        return self._graph_lines[1]

    # -- how a name is found

    def _led(self, name: str) -> str:
        """A name with the links in it followed. Raises PlaceError where they lead out of the folder."""
        if not self.listing.links and not self.listing.leaving:
            return name
        for _ in range(_MOST_LINKS):
            parts = name.split("/")
            starts = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
            if any(start in self.listing.leaving for start in starts):
                raise PlaceError(f"{shown(name)} is a link that leads out of the folder", "put the file itself there")
            link = next((start for start in starts if start in self.listing.links), None)
            if link is None:
                return name
            name = f"{self.listing.links[link]}{name[len(link) :]}".lstrip("/")
        raise PlaceError(f"{shown(name)} leads from link to link", "put the file itself there")

    def _forgiven(self, cell: str, name: str, suffixes: Collection[str]) -> Place:
        for near in self._near(folded(name.strip())):
            found = [one for one in near if _fits(one, suffixes)]
            if len(found) == 1:
                note = f"{shown(cell)} was read as {shown(found[0])}, the only file that it can mean"
                return Place(found[0], found[0], (note,))
            if found:
                raise PlaceError(
                    f"{shown(cell)} may be any of {counted(len(found), 'file')}, such as "
                    f"{listed([shown(one) for one in found[:2]], 'or')}",
                    "write the one that is meant, with its folder and suffix",
                )
        raise self._nothing(cell, name, suffixes)

    def _near(self, key: str) -> Iterator[Sequence[str]]:
        """Files that a name may mean, those first for which least is forgiven: case, suffix, folder, both."""
        alike = [*self._by_stem.get(stem(key), ()), *(self._by_stem.get(key, ()) if stem(key) != key else ())]
        yield [one for one in alike if folded(one) == key]
        yield alike
        last = key.rpartition("/")[2]
        there = [*self._by_last.get(stem(last), ()), *(self._by_last.get(last, ()) if stem(last) != last else ())]
        if len(there) <= _MOST_ALIKE:
            yield [one for one in there if folded(one).endswith(f"/{key}")]
            yield [one for one in there if stem(folded(one)).endswith((f"/{key}", f"/{stem(key)}"))]

    @cached_property
    def _by_stem(self) -> Mapping[str, Sequence[str]]:
        return _grouped(self.listing.files, lambda name: stem(folded(name)))

    @cached_property
    def _by_last(self) -> Mapping[str, Sequence[str]]:
        return _grouped(self.listing.files, lambda name: stem(folded(name.rpartition("/")[2])))

    @cached_property
    def _graph_lines(self) -> tuple[Mapping[str, Span], tuple[Fault, ...]]:
        return graph_lines(self.listing)

    @property
    def _no_files(self) -> tuple[Collection[str], Collection[str]]:
        return self.listing.folders, self.listing.others

    def _nothing(self, cell: str, name: str, suffixes: Collection[str]) -> PlaceError:
        what = shown(cell)
        if name in self.listing.others:
            return PlaceError(f"{what} is no file but a pipe or a device", "name a file")
        if name in self.listing.folders or not name:
            return PlaceError(f"{what} is a folder", "name one file in it")
        if any(is_hidden(part) for part in name.split("/")):
            return PlaceError(
                f"{what} is hidden, and hidden files are not read", "give it a name that begins otherwise"
            )
        if any(near for near in self._near(folded(name.strip()))):
            return PlaceError(f"{what} is no file that is read here", f"bring a {listed(list(suffixes), 'or')} file")
        return PlaceError(f"there is no file {what} in the folder", "put it there, or correct the name")

    # -- what is read

    def _read(self, name: str, max_bytes: int | None, span: Span | None = None) -> bytes:
        """A file, or a span of it."""
        with self.listing.opened(name) as file:
            if max_bytes is not None:
                _check_size(name, os.fstat(file.fileno()).st_size, max_bytes)
            file.seek(span.start if span else 0)
            return file.read(span.n_bytes if span else max_bytes or -1)


def _check_size(name: str, n_bytes: int, max_bytes: int) -> None:
    if n_bytes > max_bytes:
        says = f"{shown(name)} is too large ({n_bytes / 1e6:,.1f} MB)"
        raise PlaceError(says, f"bring a file of at most {max_bytes / 1e6:,.6g} MB")


def _fits(name: str, suffixes: Collection[str]) -> bool:
    return not suffixes or name.lower().endswith(tuple(suffixes))


def _grouped(names: Collection[str], key: Callable[[str], str]) -> Mapping[str, Sequence[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[key(name)].append(name)
    return groups
