"""What tests of the library share beside what all tests do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def pca_alone() -> Iterator[None]:
    """Trainings draw a single map: t-SNE and UMAP have tests of their own (test_projection.py), and take seconds."""
    from sharcs_core import projection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
        yield
