"""What is known of a column."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sharcs_core.kinds.kind import frozen_form

Real = Annotated[float, Field(allow_inf_nan=False)]


@frozen_form
class Column:
    """One value of a row, and how it is prepared.

    Attributes:
        name: as it stands above the column.
        kind: ``number``: centred and scaled. ``category``: one place a value, and one for all others. ``bit``:
            0 or 1, as it is.
        mean, scale: of a number, over the training inputs; 0 and 1 leave it as it is.
        values: of a category, those that have a place of their own, in natural order.
        missing: whether a place says that there was no value.
    """

    name: str
    kind: Literal["number", "category", "bit"] = "number"
    mean: Real = 0.0
    scale: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    values: tuple[str, ...] = ()
    missing: bool = False

    @property
    def width(self) -> int:
        """Places that it takes in a prepared row."""
        return (len(self.values) + 1 if self.kind == "category" else 1) + self.missing

    @property
    def other(self) -> str:
        """What is written for a value of a category that has no place of its own: a word that has none either."""
        word = "other"
        while word in self.values:
            word += "?"
        return word
