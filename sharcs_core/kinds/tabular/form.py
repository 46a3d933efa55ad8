"""What the rows of a table are like."""

from __future__ import annotations

from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.kind import Form, frozen_form


@frozen_form
class TableForm(Form):
    """The columns of a table, in their order."""

    kind = "tabular"

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What stands above the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def width(self) -> int:
        """Places of a prepared row."""
        return sum(column.width for column in self.columns)


def words_of(form: TableForm) -> tuple[str, ...]:
    """The names of the columns."""
    return tuple(column.name for column in form.columns)
