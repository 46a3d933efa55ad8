"""Code that is no part of SHARCS: encoders by their dotted name, imported only where somebody allows it.

The settings of a run may come from anywhere and name whatever can be imported. So to name a class is not enough: who
trains or loads says ``allow_code``, and without it nothing of that name is imported.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import TYPE_CHECKING

from sharcs_core.errors import UserError, is_out_of_memory

if TYPE_CHECKING:
    from torch import nn

LONGEST = 200
"""Characters of what somebody else's code says of its fault."""

_allowed: ContextVar[bool] = ContextVar("code_allowed", default=False)


class CodeError(UserError):
    """An encoder of one's own is not allowed, cannot be imported, or does not do what an encoder has to."""


@contextmanager
def code_allowed(allow: bool = True) -> Iterator[None]:
    """Within, what settings name is imported if ``allow``, or if a block around this one allows it.

    It holds for this thread alone.
    """
    former = _allowed.set(allow or _allowed.get())
    try:
        yield
    finally:
        _allowed.reset(former)


def refusal(module: str) -> str:
    """The sentence for an encoder that nobody allowed."""
    return (
        f"The encoder {module} is code that is no part of SHARCS and runs only where you allow it; if you trust it, "
        "pass allow_code=True from Python, or --allow-code on the command line"
    )


def check_code(modules: Iterable[str]) -> None:
    """Import classes that encoders name, to find out what is wrong before anything else is done. Raises CodeError."""
    for module in modules:
        class_of(module)


def class_of(module: str) -> type[nn.Module]:
    """The class that ``module`` names, as ``package.module:Class``.

    Raises:
        CodeError: nobody allows it (then nothing is imported), it cannot be imported, or is no ``torch.nn.Module``.
    """
    if not _allowed.get():
        raise CodeError(refusal(module))
    place, name = module.split(":")
    found = getattr(_imported(place), name, None)
    if found is None:
        raise CodeError(f"{place} has no {name}; name an encoder as package.module:Class")
    from torch import nn

    if not isinstance(found, type) or not issubclass(found, nn.Module):
        raise CodeError(f"{module} must be a class made of torch.nn.Module (got {type(found).__name__}); name another")
    return found


def _imported(place: str) -> ModuleType:
    try:
        return importlib.import_module(place)
    except (Exception, SystemExit) as error:
        if is_out_of_memory(error):
            raise
        if isinstance(error, ModuleNotFoundError) and error.name and f"{place}.".startswith(f"{error.name}."):
            raise CodeError(
                f"{place} cannot be imported, for there is no module {error.name}; install it, or put the folder that "
                "it is in into PYTHONPATH"
            ) from None
        raise CodeError(f"{place} cannot be imported ({said(error)}); mend it") from error


def said(error: BaseException) -> str:
    """What an error of somebody else's code says, on one line and not without end."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} …"
