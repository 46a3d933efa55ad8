"""``sharcs explain --where``: pictures in a folder, sentences, and JSON."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from sharcs_core.checkpoints import load_run
from sharcs_core.cli import main
from sources import ROOT

ROW = "bit_0,bit_1,bit_2,bit_3,bit_4,bit_5\n0,1,0,1,0,1\n"


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("SHARCS_RUNS", raising=False)


def test_a_row_is_drawn_and_told(tmp_path, capsys):
    row, folder = tmp_path / "row.csv", tmp_path / "a folder" / "of pictures"
    row.write_text(ROW, encoding="utf-8")
    main(["explain", "xor_and_xor", "--table", str(row), "--where", str(folder)])
    said = capsys.readouterr().out
    assert "The model says" in said
    assert str(folder / "answer_table.svg") in said
    assert all(path.read_text(encoding="utf-8").startswith("<svg") for path in folder.iterdir())


def test_a_scene_is_painted_at_its_own_shape_and_json_tells_where(tmp_path, capsys):
    run, scene = load_run(ROOT / "checkpoints" / "clevr"), tmp_path / "scene.png"
    scene.write_bytes(run.task.write("image", run.test_bank.sides["image"].inputs, 2).content)
    main(
        ["explain", "clevr", "--json", "--image", str(scene), "--text", "big red shiny cube", "--where", str(tmp_path)]
    )
    told = json.loads(capsys.readouterr().out)["where"]
    assert set(told["found"]["answer"]["parts"]["text"]) == {"words", "shares"}
    assert len(told["says"]) in (1, 2, 3)
    picture = np.asarray(Image.open(io.BytesIO((tmp_path / "answer_image.png").read_bytes())))
    assert picture.shape[0] * 160 == picture.shape[1] * 120
    assert set(told["found"]["answer"]["files"]) == {"image", "text"}


def test_without_the_option_nothing_is_written(tmp_path, capsys, monkeypatch):
    row = tmp_path / "row.csv"
    row.write_text(ROW, encoding="utf-8")
    main(["explain", "xor_and_xor", "--json", "--table", str(row)])
    assert "where" not in json.loads(capsys.readouterr().out)
    assert list(tmp_path.iterdir()) == [row]


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path, capsys):
    row = tmp_path / "row.csv"
    row.write_text(ROW, encoding="utf-8")
    assert main(["explain", "xor_and_xor", "--table", str(row), "--where", str(row / "inside")]) != 0
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
