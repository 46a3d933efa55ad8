"""A Parquet file → its cells as text, the same as a CSV file of them would have; and the pictures in it.

Read by pyarrow, which is what pandas and Hugging Face's data sets write it with.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sharcs_core.kinds.columns.cells import number_word
from sharcs_core.named import listed
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder.csv_table import check_size
from sharcs_core.tasks.folder.faults import Fault, FolderError

if TYPE_CHECKING:
    import pyarrow as pa

Cells = list[str | None]

MOST_UNPACKED = 2_000_000_000
"""Bytes of all cells; a small file can be packed from far more."""

_INDEX = re.compile(r"__index_level_\d+__")
_PICTURES = ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"), (b"RIFF", ".webp"))
"""First bytes of pictures, and what their files end in."""


class Columns(NamedTuple):
    """What a Parquet file holds.

    Attributes:
        header: the names of the columns.
        cells: of each column its cells as text, None where there is nothing.
        pictures: the name that stands in a cell → the content of the picture.
        notes: on what was found out.
    """

    header: list[str]
    cells: list[Cells]
    pictures: Mapping[str, bytes]
    notes: tuple[str, ...]


def read_columns(file: str, content: bytes, ignored: Collection[str] = ()) -> Columns:
    """The columns of a Parquet file.

    Args:
        ignored: columns that are not read, whatever they hold; their cells are None.

    Raises:
        FolderError: for what is no Parquet file, and with every column that holds what is no cell.
    """
    import pyarrow as pa

    try:
        table = _table(file, content)
        table.validate(full=True)  # places of words that there are not, among others
        return _columns(file, table, ignored)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, TypeError, LookupError) as error:
        if isinstance(error, FolderError):
            raise
        says = f"is no Parquet file that one can read ({shown(str(error))})"
        raise FolderError([Fault(file, None, None, says, "write it again, or export it as CSV")]) from None


def _table(file: str, content: bytes) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    opened = pq.ParquetFile(io.BytesIO(content))
    schema = opened.schema_arrow
    check_size(file, len(schema.names), opened.metadata.num_rows)
    unpacked = sum(
        opened.metadata.row_group(number).total_byte_size for number in range(opened.metadata.num_row_groups)
    )
    if unpacked > MOST_UNPACKED:
        says = f"unpacks to {unpacked / 1e9:,.1f} GB, more than {MOST_UNPACKED / 1e9:.0f}"
        raise FolderError([Fault(file, None, None, says, "put pictures beside it as files, or bring less")])
    words = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
    # equal words are held once, as the file has them: or else a small file could fill the memory
    return pq.read_table(io.BytesIO(content), read_dictionary=words, use_threads=False)


def _columns(file: str, table: pa.Table, ignored: Collection[str]) -> Columns:
    header: list[str] = []
    cells: list[Cells] = []
    pictures: dict[str, bytes] = {}
    faults: list[Fault] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if _INDEX.fullmatch(name):
            continue
        header.append(name)
        reader = _reader(file, name, column.type, pictures)
        if name in ignored or reader is None:
            cells.append([None] * len(column))
        else:
            cells.append(reader(column))
        if reader is None and name not in ignored:
            faults.append(_no_cells(file, name, column.type))
    if faults:
        raise FolderError(faults)
    n_index = len(table.column_names) - len(header)
    notes = ("The index of the data frame was left out",) if n_index else ()
    return Columns(header, cells, pictures, notes)


def _no_cells(file: str, name: str, of_type: pa.DataType) -> Fault:
    says = f"holds {_called(of_type)} in each cell, and a cell is one number, word, text or name of a file"
    mend = f"write a column for each value, or ignore = [{name!r}] in task.toml".replace("'", '"')
    return Fault(file, None, name, says, mend)


def _called(of_type: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_struct(of_type):
        return f"an object ({listed([shown(of_type.field(place).name) for place in range(min(3, len(of_type)))])})"
    if pa.types.is_nested(of_type):
        return "a list"
    return f"a value of type {shown(str(of_type)).strip(chr(39))}"


# -- cells


def _reader(
    file: str, name: str, of_type: pa.DataType, pictures: dict[str, bytes]
) -> Callable[[pa.ChunkedArray], Cells] | None:
    """What makes text of the cells of a type; None for what is no cell."""
    import pyarrow as pa

    is_ = pa.types
    if is_.is_dictionary(of_type):
        inner = _reader(file, name, of_type.value_type, pictures)
        return None if inner is None or is_.is_struct(of_type.value_type) else _from_dictionary(inner)
    if is_picture(of_type):
        return lambda column: _named_pictures(file, name, column, pictures)
    if is_.is_null(of_type):
        return lambda column: [None] * len(column)
    if is_.is_floating(of_type):
        return lambda column: [_number(cell) for cell in column.to_numpy()]
    is_word = is_.is_string(of_type) or is_.is_large_string(of_type) or str(of_type) == "string_view"
    if is_word:
        return lambda column: [cell or None for cell in column.to_pylist()]
    if is_.is_decimal(of_type):
        return lambda column: [None if cell is None else f"{cell:f}" for cell in column.to_pylist()]
    if is_.is_integer(of_type) or is_.is_boolean(of_type) or is_.is_temporal(of_type):
        return lambda column: [None if cell is None else str(cell) for cell in column.to_pylist()]
    return None


def _from_dictionary(reader: Callable[[pa.ChunkedArray], Cells]) -> Callable[[pa.ChunkedArray], Cells]:
    import pyarrow as pa

    def read(column: pa.ChunkedArray) -> Cells:
        cells: Cells = []
        for chunk in column.chunks:
            values = reader(pa.chunked_array([chunk.dictionary]))
            cells += [None if place is None else values[place] for place in chunk.indices.to_pylist()]
        return cells

    return read


def _number(cell: Any) -> str | None:
    """A number as short as it is exact; a whole one without ``.0``, as whole numbers beside gaps are kept so."""
    if cell is None or cell != cell:
        return None
    return number_word(float(str(cell))) if abs(cell) != float("inf") else str(float(cell))


# -- pictures


def is_picture(of_type: pa.DataType) -> bool:
    """Whether a type is ``{bytes, path}``, as data sets keep pictures."""
    import pyarrow as pa

    if not pa.types.is_struct(of_type):
        return False
    fields = {of_type.field(place).name: of_type.field(place).type for place in range(of_type.num_fields)}
    if set(fields) - {"path"} != {"bytes"}:
        return False
    return bool(pa.types.is_binary(fields["bytes"]) or pa.types.is_large_binary(fields["bytes"]))


def _named_pictures(file: str, name: str, column: pa.ChunkedArray, pictures: dict[str, bytes]) -> Cells:
    """Cells that name pictures, which are held beside them; the path alone where there are no bytes."""
    cells: Cells = []
    for row, cell in enumerate(_one_by_one(column)):
        content = cell.get("bytes") if cell else None
        if content:
            called = f"{file}/{name}/{row + 2}{_suffix(content, cell.get('path'))}"
            pictures[called] = content
            cells.append(called)
        else:
            cells.append((cell.get("path") if cell else None) or None)
    return cells


def _one_by_one(column: pa.ChunkedArray) -> Iterator[Mapping[str, Any]]:
    for chunk in column.chunks:
        for scalar in chunk:
            yield scalar.as_py()


def _suffix(content: bytes, path: str | None) -> str:
    """What a picture's file would end in, by its first bytes, or else as its path does."""
    found = next((suffix for start, suffix in _PICTURES if content.startswith(start)), None)
    ends: Sequence[str] = re.findall(r"\.\w{1,8}\Z", path or "")
    return found or "".join(ends).lower()
