"""The tutorial's code runs as it stands there."""

from __future__ import annotations

import io
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from sharcs_core import projection
from sharcs_core.checkpoints import RunError, load_run

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = ROOT / "docs" / "from-python.md"
MAX_LINES, MAX_OWN_LINES = 40, 25


def blocks():
    """The tutorial, an encoder of one's own, and its training."""
    return re.findall(r"^```python\n(.*?)^```$", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def ran(code, folder):
    """What a program prints, line by line; it looks at no map, and UMAP would take longer than all else."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
        exec(compile(code, TUTORIAL.name, "exec"), {"__name__": "__main__"})
    return said.getvalue().splitlines()


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tutorial")
    said = ran(blocks()[0], folder)
    assert (folder / "my_runs" / "digits").is_dir()
    return said


def test_it_is_short():
    tutorial, encoder, training = blocks()
    assert len(tutorial.splitlines()) <= MAX_LINES
    assert len([line for line in (encoder + training).splitlines() if line]) <= MAX_OWN_LINES


def test_its_readme_leads_to_it():
    assert "docs/from-python.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_trains_a_model_that_is_mostly_right(printed):
    (share,) = re.findall(r"^right: ([\d.]+)% of \d+ test samples$", printed[0])
    assert float(share) >= 95


def test_it_says_what_the_brought_picture_is_and_why(printed):
    assert printed[1] == "It is a 0"
    assert re.fullmatch(r"Nearest sums: train/\d+/sums", printed[2])
    assert printed[3].startswith("The picture's nearest training inputs are ")
    assert "0" in printed[3]


def test_an_encoder_of_ones_own_is_trained_as_it_stands_there(tmp_path):
    _, encoder, training = blocks()
    (tmp_path / "my_encoders.py").write_text(encoder, encoding="utf-8")
    (line,) = ran(training, tmp_path)
    del sys.modules["my_encoders"]
    (share,) = re.findall(r"^right: ([\d.]+)%$", line)
    assert float(share) >= 95
    with pytest.raises(
        RunError, match=r"^The run 'own' cannot be loaded: The encoder my_encoders:Encoder is code that"
    ):
        load_run(tmp_path / "my_runs" / "own")
