"""Values in memory, bounded in bytes: what was not used for longest goes first, what belongs to a run goes with it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, TypeVar

from resources.sizes import size_of

T = TypeVar("T")

ROOT = "root"
"""The key of what all else of an owner belongs to: of a run, the loaded model."""

Place = tuple[Hashable, Hashable]
"""Owner and key."""


@dataclass(frozen=True)
class _Kept:
    value: Any
    n_bytes: int


class Store:
    """Values by owner and key, made once however many threads ask at once.

    Using anything of an owner counts as using its root too, so that a root is older than nothing of its own, and goes
    last. Whatever is left of an owner then goes with it.

    Args:
        most_bytes: as much is kept. What was asked for last, and its root, are kept even where they take more: else
            each press would load them anew.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.n_bytes = 0
        self._kept: OrderedDict[Place, _Kept] = OrderedDict()
        self._being_made: dict[Place, Event] = {}
        self._roots: dict[Hashable, frozenset[int]] = {}
        self._lock = Lock()

    def __contains__(self, place: Place) -> bool:
        return place in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, owner: Hashable, key: Hashable, make: Callable[[], T]) -> T:
        """The value that is kept, else that of ``make``; whoever asks meanwhile waits for it.

        Where ``make`` raises, the next one who waits tries it in turn.
        """
        place = (owner, key)
        while True:
            with self._lock:
                if place in self._kept:
                    there: T = self._used(place)
                    return there
                others = self._being_made.get(place)
                if others is None:
                    done = self._being_made[place] = Event()
            if others is None:
                return self._made(place, make, done)
            others.wait()

    def forget(self, is_meant: Callable[[Hashable], bool]) -> None:
        """Drops all of the owners that are meant."""
        with self._lock:
            for place in [place for place in self._kept if is_meant(place[0])]:
                self._drop(place)

    def _made(self, place: Place, make: Callable[[], T], done: Event) -> T:
        try:
            value = make()
            self._keep(place, value)
        finally:
            with self._lock:
                del self._being_made[place]
            done.set()
        return value

    def _keep(self, place: Place, value: object) -> None:
        owner, key = place
        seen = set(self._roots.get(owner, ()))
        n_bytes = size_of(value, seen)
        with self._lock:
            self._kept[place] = _Kept(value, n_bytes)
            self.n_bytes += n_bytes
            if key == ROOT:
                self._roots[owner] = frozenset(seen)
            self._used(place)
            self._make_room(place)

    def _used(self, place: Place) -> Any:
        root = (place[0], ROOT)
        for one in (place, root):
            if one in self._kept:
                self._kept.move_to_end(one)
        return self._kept[place].value

    def _make_room(self, place: Place) -> None:
        needed = {place, (place[0], ROOT)}
        while self.n_bytes > self.most_bytes and (oldest := next(iter(self._kept))) not in needed:
            self._drop(oldest)

    def _drop(self, place: Place) -> None:
        """Takes a value out; with a root, all that is left of its owner."""
        kept = self._kept.pop(place, None)
        if kept is None:
            return
        self.n_bytes -= kept.n_bytes
        if place[1] == ROOT:
            del self._roots[place[0]]
            for other in [other for other in self._kept if other[0] == place[0]]:
                self._drop(other)
