"""Inputs that come to ``sharcs explain`` by standard input."""

import io
import json
import sys

import networkx as nx
import pytest

from sharcs_core.cli import main
from sharcs_core.cli.brought import suffix_of
from sharcs_core.tasks import TASKS


@pytest.fixture
def explained(shipped_runs, monkeypatch, capsys):
    """Call ``sharcs explain`` with something at standard input; returns exit code, stdout and stderr."""

    def call(content, run, *argv):
        given = None if content is None else io.TextIOWrapper(io.BytesIO(content), encoding="ascii")
        monkeypatch.setattr(sys, "stdin", given)
        capsys.readouterr()
        code = main(["explain", str(shipped_runs / run), *map(str, argv)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture(scope="session")
def table(xor_run):
    return xor_run.task.write("table", xor_run.test_bank.sides["table"].inputs).content


@pytest.fixture(scope="session")
def graph(xor_run):
    return xor_run.task.write("graph", xor_run.test_bank.sides["graph"].inputs).content


@pytest.fixture(scope="session")
def graphml(graph):
    content = io.BytesIO()
    nx.write_graphml(nx.node_link_graph(json.loads(graph), edges="edges"), content)
    return content.getvalue()


def answer(result):
    code, out, err = result
    assert code == 0, err
    found = json.loads(out)
    return found["class"], found["concepts"]


def test_standard_input_is_read_as_the_file_would_be(explained, table, graph, graphml, tmp_path):
    for name, content, file in (("table", table, "a.csv"), ("graph", graph, "a.json"), ("graph", graphml, "a.graphml")):
        (tmp_path / file).write_bytes(content)
        wanted = answer(explained(b"", "xor_and_xor", f"--{name}", tmp_path / file, "--json"))
        assert answer(explained(content, "xor_and_xor", f"--{name}", "-", "--json")) == wanted


def test_one_comes_by_standard_input_and_another_as_a_file(explained, table, graph, tmp_path):
    (tmp_path / "a.csv").write_bytes(table)
    _, concepts = answer(explained(graph, "xor_and_xor", "--table", tmp_path / "a.csv", "--graph", "-", "--json"))
    assert set(concepts) == {"table", "graph"}


def test_a_sentence_and_a_picture_come_by_standard_input_too(explained, shipped_runs):
    code, out, _ = explained(b"big red shiny cube\n", "clevr", "--text", "@-")
    assert code == 0
    assert "large red metal cube" in out
    from sharcs_core.checkpoints.preview import first_input

    first = first_input(shipped_runs / "mnist_superpixels", "image", "image")
    picture = TASKS["mnist_superpixels"].write("image", first).content
    assert explained(picture, "mnist_superpixels", "--image", "-")[0] == 0


@pytest.mark.parametrize(
    ("content", "argv", "said"),
    [
        (b"", ["--table", "-"], "Standard input is empty (0 bytes)"),
        (b"a,b\n1,2\n", ["--table", "-"], "Standard input has no column bit_0"),
        (b"<graphml", ["--graph", "-"], "Standard input is not valid XML"),
        (b"{", ["--graph", "-"], "Standard input is not valid JSON"),
        (b"x", ["--table", "-", "--graph", "-"], "Standard input can be read once (got - for --table and --graph)"),
        (None, ["--table", "-"], "There is no standard input to read the table from; give it as a file"),
    ],
)
def test_what_cannot_be_read_is_said_of_standard_input(explained, content, argv, said):
    code, out, err = explained(content, "xor_and_xor", *argv)
    assert (code, out) == (1, "")
    assert err.startswith(f"sharcs: {said}")
    assert len(err.splitlines()) == 1


def test_a_sentence_is_told_from_standard_input(explained):
    code, _, err = explained(b"big red shiny cube", "clevr", "--text", "-")
    assert (code, err) == (1, "sharcs: - is no sentence; write --text @- to read one by standard input\n")
    assert "can be read once" in explained(b"x", "clevr", "--text", "@-", "--image", "-")[2]


@pytest.mark.parametrize(
    ("modality", "content", "suffix"),
    [
        ("graph", b'{"nodes": []}', ".json"),
        ("graph", b"", ".json"),
        ("graph", b"<?xml version='1.0'?>", ".graphml"),
        ("graph", b"\xef\xbb\xbf \n<graphml>", ".graphml"),
        ("graph", "<graphml>".encode("utf-16"), ".graphml"),
        ("table", b"<", ".csv"),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_content(modality, content, suffix):
    assert suffix_of(TASKS["xor_and_xor"].suffixes_of(modality), content) == suffix


def test_help_says_what_stands_for_standard_input(capsys):
    assert main(["explain", "--help"]) == 0
    assert "for standard input (@- for a text)" in " ".join(capsys.readouterr().out.split())
