"""The one distinction that matters to whoever sees an error: whether they can mend it."""

from __future__ import annotations

import errno

_OF_MEMORY = ("can't allocate memory", "Cannot allocate memory", "failed to map segment from shared object")
"""What torch, safetensors and the loader of libraries say in errors of other types."""


class UserError(ValueError):
    """A fault that a person can mend; its message is one sentence that names the fault and the mend.

    Command line and pages show that sentence and nothing else. Any other exception is a bug and is said to be one.
    """


class UnknownError(UserError, KeyError):
    """An id or a name that is not there; the message says what to choose from."""

    def __str__(self) -> str:
        return ValueError.__str__(self)  # KeyError's own puts the sentence in quotes


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, which says nothing of what was read just then; not all libraries have a type for it.

    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("size mismatch"))
    (True, False)
    """
    if isinstance(error, UserError):
        return False
    is_typed = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return is_typed or getattr(error, "errno", None) == errno.ENOMEM or any(said in str(error) for said in _OF_MEMORY)
