"""What the pointer says of an input of the map, asked for by the map's script: no page runs anew for it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

import resources
from sharcs_core.errors import UnknownError, UserError

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

    from drawings.pointed import Pointed

HEADERS = {"Cache-Control": "no-store"}


def answer(asked: QueryParams) -> JSONResponse:
    """What is to be said of the input ``row`` of a ``side`` (``<part>/<modality>``) of ``run``, or why nothing is."""
    try:
        with resources.one_look():
            return JSONResponse(asdict(_pointed(asked)), headers=HEADERS)
    except UserError as error:
        return JSONResponse({"fault": str(error)}, status_code=404, headers=HEADERS)


def _pointed(asked: QueryParams) -> Pointed:
    """Only runs that pages list are looked at: a name from an address must not become a path."""
    name, row = asked.get("run", ""), asked.get("row", "")
    part, _, modality = asked.get("side", "").partition("/")
    is_listed = any(one.name == name and not one.error for one in resources.list_runs())
    if not is_listed or part not in ("train", "test") or not (row.isascii() and row.isdecimal() and len(row) < 10):
        raise UnknownError("There is no such input; reload the page")
    return resources.pointed(name, part, modality, int(row))
