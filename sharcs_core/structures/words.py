"""Texts of very different length, as NumPy has them and without the room that the longest would need in each row."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

ENCODING = ("utf-8", "surrogatepass")


class Words:
    """An array of str whose texts stand one after the other, in a file perhaps; what is asked for is made an array.

    It is read as an array is, by rows, and is one to whatever asks for ``np.asarray``.

    Args:
        content: (bytes,) all texts in UTF-8.
        ends: (texts,) where each text ends.
        shape: of the array.
        width: characters of the longest text, of this array and of those that it goes with.

    >>> words = Words(np.frombuffer(b"redtwo", np.uint8), np.array([3, 3, 6]), (3,), 4)
    >>> words[[2, 0]].tolist(), words[1].item(), words.dtype.str[1:]
    (['two', 'red'], '', 'U4')
    """

    def __init__(self, content: NDArray[np.uint8], ends: NDArray[np.int64], shape: tuple[int, ...], width: int) -> None:
        self.content, self.ends, self.shape = content, ends, shape
        self.dtype: np.dtype[Any] = np.dtype(f"<U{max(1, width)}")

    @property
    def ndim(self) -> int:
        """Its dimensions."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """What it takes, which is far less than an array would."""
        return self.content.nbytes + self.ends.nbytes

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, tuple):
            return np.asarray(self)[index]
        rows = np.arange(len(self))[index]
        found = self._at(np.atleast_1d(rows))
        return found[0] if np.ndim(rows) == 0 else found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._at(np.arange(len(self))).astype(dtype or self.dtype, copy=False)

    def _at(self, rows: NDArray[np.int64]) -> NDArray[np.str_]:
        """The texts of rows."""
        n_each = prod(self.shape[1:])
        places = (rows[:, None] * n_each + np.arange(n_each)).ravel()
        ends = self.ends[places]
        starts = np.where(places > 0, self.ends[np.maximum(places - 1, 0)], 0)
        texts = [
            self.content[start:end].tobytes().decode(*ENCODING)
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
        return np.array(texts, dtype=self.dtype).reshape(len(rows), *self.shape[1:])
