"""The one distinction that matters to whoever sees an error: whether they can mend it."""

from __future__ import annotations


class UserError(ValueError):
    """A fault that a person can mend; its message is one sentence that names the fault and the mend.

    Command line and pages show that sentence and nothing else. Any other exception is a bug and is said to be one.
    """
