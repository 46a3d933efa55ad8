"""The folder that examples/molecules makes; only where the packages that it is made of are installed."""

from __future__ import annotations

import csv
import importlib.util
import json
from collections import Counter
from pathlib import Path

import pytest

Chem = pytest.importorskip("rdkit.Chem", reason="rdkit comes with the extra molecules")
pytest.importorskip("datamol", reason="datamol comes with the extra molecules")
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "molecules"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder, its rows and its graphs by id."""
    spec = importlib.util.spec_from_file_location("make_molecules", EXAMPLE / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    out = tmp_path_factory.mktemp("examples") / "molecules"
    module.write(out)
    with (out / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = (out / "graphs.jsonl").read_text(encoding="utf-8").splitlines()
    return out, rows, {graph["id"]: graph for graph in map(json.loads, lines)}


def test_no_molecule_is_there_twice_and_those_of_the_test_are_in_no_training(made):
    _, rows, _ = made
    keys = [Chem.MolToInchiKey(Chem.MolFromSmiles(row["smiles"])) for row in rows]
    parts = Counter(row["split"] for row in rows)
    assert len({row["smiles"] for row in rows}) == len(rows)
    assert len(keys) - len(set(keys)) == 0
    assert parts == {"train": 1021, "test": 253}
    assert {row["solubility"] for row in rows} == {"low", "medium", "high"}


def test_a_graph_has_the_atoms_and_bonds_of_its_molecule(made):
    _, rows, graphs = made
    for row in rows[::97]:
        molecule, graph = Chem.MolFromSmiles(row["smiles"]), graphs[row["id"]]
        assert len(graph["nodes"]) == molecule.GetNumAtoms()
        assert len(graph["edges"]) == molecule.GetNumBonds()
        elements = Counter(atom.GetSymbol() for atom in molecule.GetAtoms())
        assert Counter(node["element"] for node in graph["nodes"]) == elements
        aromatic = sum(bond.GetIsAromatic() for bond in molecule.GetBonds())
        assert sum(edge["order"] == "aromatic" for edge in graph["edges"]) == aromatic


def test_a_functional_group_is_said_where_it_is(made):
    _, rows, _ = made
    by_name = {row["name"]: row for row in rows}
    assert by_name["1-pentanol"]["alcohol"] == "yes"
    assert by_name["1-pentanol"]["halogen"] == "no"
    assert by_name["toluene"]["benzene ring"] == "yes"
    assert not any("\uff74" in name or "_" in name for name in by_name)


def test_the_folder_says_where_it_comes_from_and_is_read_without_a_fault(made):
    from sharcs_core.tasks.folder.task import folder_task

    out, rows, _ = made
    assert "Apache License" in (out / "LICENSE").read_text(encoding="utf-8")
    task = folder_task(out).task
    assert task.card.names == ("graph", "depiction", "descriptors", "name")
    assert task.card.license == (out / "LICENSE").read_text(encoding="utf-8")
    assert len(task.card.traits) > 20
    assert len(task.data.test) == sum(row["split"] == "test" for row in rows)
    inputs = [column.name for modality in ("descriptors",) for column in task.card.modality(modality).form.columns]
    assert not {"log S", "smiles", "solubility"} & set(inputs)
