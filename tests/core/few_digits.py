"""The tasks made from MNIST, on a few pictures of the shipped subset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sharcs_core.structures import DataSource
from sharcs_core.tasks.mnist import task as mnist_task
from sharcs_core.tasks.mnist.source import load_mnist, source_of

Few = tuple[dict[str, Any], DataSource]


def few_digits(n_train: int, n_test: int) -> Few:
    """The first pictures of either part, and the source that they make."""
    arrays, _ = load_mnist()
    part = {name: values[: n_train if name.startswith("train") else n_test] for name, values in arrays.items()}
    return part, source_of(part)


@contextmanager
def in_place_of_mnist(few: Few, cache: Path) -> Iterator[None]:
    """Tasks load these pictures and keep their graphs in ``cache``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARCS_CACHE", str(cache))
        patch.setattr(mnist_task, "load_mnist", lambda data_dir: few)
        yield
