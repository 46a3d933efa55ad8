"""Files that people bring, apart from the page: found again under their token, and forgotten in time."""

from __future__ import annotations

import pytest

from resources.uploads import File, Uploads

HOUR = 3600.0
KB = 1000


class Clock:
    """A time that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def uploads(clock):
    kept = Uploads(1000 * KB, HOUR, clock)
    yield kept
    if kept._timer:
        kept._timer.cancel()


def file(n_kilobytes=1):
    return File("a.png", bytes(n_kilobytes * KB))


def test_a_file_is_found_under_its_token_and_under_no_other(uploads):
    first, second = uploads.put(None, "image", file()), uploads.put(None, "image", file())
    assert first != second
    assert len(first) >= 32
    assert uploads.get(first, "image") is not uploads.get(second, "image")
    assert uploads.get("guessed", "image") is None
    assert "guessed" not in uploads


def test_files_of_one_visitor_lie_under_one_token_and_the_last_one_takes_it_away(uploads):
    token = uploads.put(None, "image", file())
    assert uploads.put(token, "graph", file()) == token
    assert uploads.remove(token, "image")
    assert uploads.get(token, "graph")
    assert not uploads.remove(token, "graph")
    assert token not in uploads


def test_a_token_that_is_forgotten_is_never_given_again(uploads):
    token = uploads.put(None, "image", file())
    uploads.remove(token, "image")
    assert uploads.put(token, "image", file()) != token
    assert token not in uploads


def test_files_are_forgotten_an_hour_after_they_were_last_looked_at(uploads, clock):
    token = uploads.put(None, "image", file())
    clock.now += HOUR - 1
    assert uploads.get(token, "image")
    clock.now += HOUR - 1
    assert token in uploads
    clock.now += HOUR
    assert uploads.get(token, "image") is None
    assert token not in uploads


def test_they_are_forgotten_where_nobody_comes_any_more(uploads, clock):
    uploads.put(None, "image", file())
    clock.now += 10
    uploads.put(None, "image", file())
    assert 0 < uploads._timer.interval <= HOUR
    assert uploads._timer.daemon
    clock.now += HOUR - 10
    uploads._timer.cancel()
    uploads._wake()
    assert len(uploads._bags) == 1
    clock.now += 10
    uploads._timer.cancel()
    uploads._wake()
    assert not uploads._bags
    assert uploads._timer is None


def test_those_not_looked_at_for_longest_make_room(uploads):
    first, second = uploads.put(None, "image", file(400)), uploads.put(None, "image", file(400))
    assert first in uploads
    third = uploads.put(None, "image", file(400))
    assert [token in uploads for token in (first, second, third)] == [True, False, True]


def test_what_is_made_of_a_file_is_made_once_and_goes_with_it(uploads):
    made = []
    one = file()
    for _ in range(3):
        assert one.once("read", lambda: made.append(1) or "read") == "read"
    assert made == [1]
    assert file().once("read", lambda: "anew") == "anew"
