"""What docs/own-data.md says is done word by word, and the rule in it is the one that is followed."""

from __future__ import annotations

import csv
import io
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from sharcs_core import projection
from sharcs_core.cli import main
from sharcs_core.tasks.folder import roles

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "own-data.md"


def blocks():
    return re.findall(r"^```\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_rule_is_the_one_that_is_followed():
    rule = re.search(r"^1\. .*?(?=\n\ntask\.toml overrides)", roles.__doc__, re.DOTALL | re.MULTILINE)[0]
    assert rule.replace("``", "`") in PAGE.read_text(encoding="utf-8")


def test_the_readme_leads_to_it():
    assert "docs/own-data.md" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The commands of the page, all but the last, which opens the pages; the folder they were called in."""
    where = tmp_path_factory.mktemp("afternoon")
    sheet, commands, *_ = blocks()
    (where / "plants").mkdir()
    (where / "plants" / "metadata.csv").write_text(sheet, encoding="utf-8")
    *lines, pages = commands.splitlines()
    assert "streamlit run dashboard/Home.py" in pages
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(where)
        patch.setenv("SHARCS_CACHE", str(where / "cache"))
        patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
        return where, [called(line) for line in lines]


def called(line):
    """What a command prints."""
    name, *words = shlex.split(line)
    assert name == "sharcs"
    said, faults = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(faults):
        code = main(words)
    assert code == 0, f"{line}: {faults.getvalue()}"
    return said.getvalue()


def test_the_sheet_is_thirty_lines_and_the_commands_do_what_they_say(done):
    where, (_, checked, trained, _) = done
    assert "No fault." in checked
    assert "30 rows" in checked
    assert re.search(r"accuracy [\d.]+", trained)
    assert "accuracy without story" in trained
    assert (where / "plants" / "task.toml").is_file()


def test_every_row_is_answered_with_its_class_and_a_reason(done):
    where, _ = done
    with (where / "answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [f"p{number:02d}" for number in range(1, 31)]
    assert {row["answer"] for row in rows} == {"fern", "oak"}
    truth = ["oak" if number % 2 else "fern" for number in range(1, 31)]
    assert sum(row["answer"] == name for row, name in zip(rows, truth, strict=True)) >= 27
    assert all(row["why"] for row in rows)
