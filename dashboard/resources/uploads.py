"""What people bring: kept apart from the visit, so that it outlives a reload, and forgotten when the page says so.

Each visitor's files lie under a token that nobody can guess. Whoever has the token has the files, so it stands in the
addresses of the pages that show them, and nowhere else. What is made of the files goes with them.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cache
from threading import Lock, Timer
from time import monotonic
from typing import Any, TypeVar

from resources.memory import bytes_to_keep
from resources.sizes import size_of

T = TypeVar("T")

SECONDS = 3600
"""So long after they were last looked at files are kept."""

SHARE = 4
"""One part in so many of what may be kept in memory is for files."""


@dataclass(frozen=True)
class File:
    """A file, or a sentence, as it was brought.

    Attributes:
        read_as: the name that it is read under, where that says more of its content than its own.
        made: what was made of it so far: what, and by what → that.
    """

    name: str
    content: bytes
    read_as: str = ""
    made: dict[tuple[str, Hashable], Any] = field(default_factory=dict)

    def once(self, what: tuple[str, Hashable], make: Callable[[], T]) -> T:
        """What is made of the file, made when it is asked for first."""
        if what not in self.made:
            self.made[what] = make()
        value: T = self.made[what]
        return value


@dataclass
class _Bag:
    files: dict[str, File]
    seen: float
    made: dict[Hashable, Any] = field(default_factory=dict)


class Uploads:
    """Files by token and key, bounded in time and in bytes; those not looked at for longest go first.

    Args:
        clock: gives the time in seconds.
    """

    def __init__(self, most_bytes: int, seconds: float = SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self.most_bytes = most_bytes
        self.seconds = seconds
        self._clock = clock
        self._bags: OrderedDict[str, _Bag] = OrderedDict()
        self._lock = Lock()
        self._timer: Timer | None = None

    def __contains__(self, token: str) -> bool:
        """Whether there are files under a token; that counts as looking at them."""
        with self._lock:
            self._forget_old()
            return self._look(token) is not None

    def get(self, token: str, key: str) -> File | None:
        """A file; that counts as looking at all of its token."""
        with self._lock:
            self._forget_old()
            bag = self._look(token)
            return bag.files.get(key) if bag else None

    def put(self, token: str | None, key: str, file: File) -> str:
        """Keeps a file, and gives the token that it lies under: a new one where there is nothing under ``token``."""
        with self._lock:
            bag = self._look(token) if token else None
            if token is None or bag is None:
                token = secrets.token_urlsafe(24)
                bag = self._bags[token] = _Bag({}, self._clock())
            bag.files.pop(key, None)
            bag.files[key] = file  # as the last one
            bag.made = {}
            self._make_room(token)
            self._watch()
        return token

    def remove(self, token: str, key: str) -> bool:
        """Forgets a file; with the last one, its token. Gives whether any are left under it."""
        with self._lock:
            bag = self._look(token)
            if bag is None:
                return False
            bag.files.pop(key, None)
            bag.made = {}
            if not bag.files:
                del self._bags[token]
            return bool(bag.files)

    def keys(self, token: str) -> tuple[str, ...]:
        """The keys of a token's files, the one that was kept last at the end."""
        with self._lock:
            self._forget_old()
            bag = self._look(token)
            return tuple(bag.files) if bag else ()

    def once(self, token: str, what: Hashable, make: Callable[[], T]) -> T:
        """What is made of all files of a token, made when it is asked for first after any of them has changed."""
        with self._lock:
            self._forget_old()
            bag = self._look(token)
            made = bag.made if bag else {}  # of these files: a change begins another
            if what in made:
                there: T = made[what]
                return there
        value = make()
        with self._lock:
            made[what] = value
            if token in self._bags:
                self._make_room(token)
        return value

    def _look(self, token: str) -> _Bag | None:
        bag = self._bags.get(token)
        if bag is not None:
            bag.seen = self._clock()
            self._bags.move_to_end(token)
        return bag

    def _make_room(self, token: str) -> None:
        while size_of(self._bags, set()) > self.most_bytes and (oldest := next(iter(self._bags))) != token:
            del self._bags[oldest]

    def _forget_old(self) -> None:
        now = self._clock()
        for token in [token for token, bag in self._bags.items() if now - bag.seen >= self.seconds]:
            del self._bags[token]

    def _watch(self) -> None:
        """Sees to it that files are forgotten in time where nobody comes any more."""
        if self._timer is None and self._bags:
            oldest = next(iter(self._bags.values()))
            self._timer = Timer(max(1.0, oldest.seen + self.seconds - self._clock()), self._wake)
            self._timer.daemon = True
            self._timer.start()

    def _wake(self) -> None:
        with self._lock:
            self._timer = None
            self._forget_old()
            self._watch()


@cache
def uploads() -> Uploads:
    """The files of all visitors."""
    return Uploads(bytes_to_keep() // SHARE)
