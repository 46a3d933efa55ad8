"""What the map's script asks for beside the page: the points, their inks, what the pointer is to say of one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

import resources
from drawings.concept_map import colours_for
from drawings.meaning import meanings_of
from sharcs_core.errors import UnknownError, UserError

if TYPE_CHECKING:
    from drawings.pointed import Pointed
    from sharcs_core.checkpoints import Run
    from views.concept_map.controls import MapChoice

    Asked = Mapping[str, str]

NOT_KEPT = {"Cache-Control": "no-store"}
KEPT = {"Cache-Control": "private, max-age=86400, immutable"}
"""Of what is named with the state of its run, and so never changes."""
NOTHING = "There is no such input; reload the page"
NO_COLOUR = "There is no such colour; reload the page"


def of_points(run: Run, shown: MapChoice) -> str:
    """What is to be asked for the points of a map."""
    return urlencode({"run": run.name, "of": resources.state_of(run.name), "method": shown.method, **_unseen(shown)})


def of_inks(run: Run, shown: MapChoice) -> str:
    """What is to be asked for their inks."""
    colour = {"colour": shown.colour, "detail": shown.detail}
    return urlencode({"run": run.name, "of": resources.state_of(run.name), **colour, **_unseen(shown)})


def _unseen(shown: MapChoice) -> dict[str, str]:
    return {"unseen": "1"} if shown.unseen else {}


def pointed(asked: Asked) -> Response:
    """What is to be said of the input ``row`` of a ``side`` (``<part>/<modality>``) of ``run``, or why nothing is."""
    return _answer(lambda: JSONResponse(asdict(_pointed(asked)), headers=NOT_KEPT))


def points(asked: Asked) -> Response:
    """The points of ``run`` by ``method``, see :meth:`drawings.map_points.Places.to_bytes`, or why there are none."""
    return _answer(lambda: _binary(_points(asked)))


def inks(asked: Asked) -> Response:
    """Their inks by ``colour`` and ``detail``, see :meth:`drawings.map_points.Painted.to_bytes`, or why not."""
    return _answer(lambda: _binary(_inks(asked)))


def _answer(make: Callable[[], Response]) -> Response:
    try:
        with resources.one_look():
            return make()
    except UserError as error:
        return JSONResponse({"fault": str(error)}, status_code=404, headers=NOT_KEPT)


def _binary(content: bytes) -> Response:
    return Response(content, media_type="application/octet-stream", headers=KEPT)


def _listed(asked: Asked) -> str:
    """Only runs that pages list are looked at: a name from an address must not become a path."""
    name = asked.get("run", "")
    if not any(one.name == name and not one.error for one in resources.list_runs()):
        raise UnknownError(NOTHING)
    return name


def _pointed(asked: Asked) -> Pointed:
    name, row = _listed(asked), asked.get("row", "")
    part, _, modality = asked.get("side", "").partition("/")
    if part not in ("train", "test") or not _is_number(row):
        raise UnknownError(NOTHING)
    return resources.pointed(name, part, modality, int(row))


def _points(asked: Asked) -> bytes:
    run, method = _as_it_was(asked), asked.get("method", "")
    if method not in next(iter(run.bank.sides.values())).maps:
        raise UnknownError("There is no such map; reload the page")
    return resources.map_points(run.name, method, bool(asked.get("unseen"))).to_bytes()


def _inks(asked: Asked) -> bytes:
    run, colour = _as_it_was(asked), asked.get("colour", "")
    if colour not in colours_for(run.task):
        raise UnknownError(NO_COLOUR)
    detail = _detail(run, colour, asked.get("detail", ""))
    return resources.map_painted(run.name, colour, detail, bool(asked.get("unseen"))).to_bytes()


def _detail(run: Run, colour: str, asked: str) -> int | str:
    """The number of a concept, or by what the meaning is coloured."""
    if colour == "Meaning" and asked in meanings_of(run.task):
        return asked
    if colour == "Concept" and _is_number(asked) and int(asked) < len(run.concept_names):
        return int(asked)
    if colour in ("Meaning", "Concept"):
        raise UnknownError(NO_COLOUR)
    return 0


def _as_it_was(asked: Asked) -> Run:
    """The run, if it is in the state that the page saw."""
    name = _listed(asked)
    if asked.get("of") != resources.state_of(name):
        raise UnknownError("The run has changed; reload the page")
    return resources.run(name)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
