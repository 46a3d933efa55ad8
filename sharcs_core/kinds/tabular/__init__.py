"""Rows of a table: a module each for their form, what people bring, fitting, preparing, files, and the encoder."""

from __future__ import annotations

from sharcs_core.kinds.kind import Kind
from sharcs_core.kinds.tabular.encoding import counts, encoder, faults, perturb, says, settings
from sharcs_core.kinds.tabular.files import read, row_cells, write
from sharcs_core.kinds.tabular.fitting import fit
from sharcs_core.kinds.tabular.form import TableForm, words_of
from sharcs_core.kinds.tabular.preparing import prepare
from sharcs_core.kinds.tabular.raw import takes
from sharcs_core.readers.tables import TABLE_SUFFIXES

__all__ = ["TABULAR", "TableForm", "row_cells"]

TABULAR = Kind(
    name="tabular",
    form=TableForm,
    arrays=("values",),
    suffixes=TABLE_SUFFIXES,
    words=words_of,
    takes=takes,
    fit=fit,
    prepare=prepare,
    read=read,
    write=write,
    settings=settings,
    encoder=encoder,
    faults=faults,
    perturb=perturb,
    counts=counts,
    says=says,
    of_columns=True,
)
