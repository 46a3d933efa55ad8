"""XOR-AND-XOR: a table and a graph, each of which holds two of three hidden bits.

Fair bits f1, f2, f3; the answer is (f1 xor f2) and (f2 xor f3). The table knows f1 and f2 among four coin
flips, the graph knows f2 and f3 under a few random edges, so neither settles the answer alone.

Shapes: n samples or inputs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig
from sharcs_core.errors import UserError
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.graph import GraphForm
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.readers.tables import COLUMNS
from sharcs_core.structures import DataSource, Inputs, Ints, Split, TaskData
from sharcs_core.tasks import files
from sharcs_core.tasks.card import Modality, Target, TaskCard
from sharcs_core.tasks.task import Reader, Task
from sharcs_core.tasks.xor.ring_graphs import N_NODES, ring_graphs

N_TRAIN, N_VALIDATION, N_TEST = 800, 200, 5000
N_BITS = 6
FIRST_BIT, SECOND_BIT = 1, 4
BITS = TableForm(tuple(Column(name, "bit") for name in COLUMNS))
RINGS = GraphForm((Column("betweenness"),), most_nodes=N_NODES, n_neighbours=N_NODES, structure=True)
KEY_NAMES = ("bits 0 0", "bits 0 1", "bits 1 0", "bits 1 1")
FACTS = ("first bit", "second bit", "third bit")


@dataclass(frozen=True)
class Witness:
    """How one modality tells two of the three hidden bits.

    Attributes:
        outer: the bit it tells beside the second one: 0 for f1, 2 for f3.
        render: that bit (n,), the second one (n,) and a generator → n inputs that say both under fresh noise.
    """

    outer: int
    render: Callable[[Ints, Ints, np.random.Generator], Inputs]


def bits_tables(first: Ints, second: Ints, rng: np.random.Generator) -> Inputs:
    """Tables of six bits: ``first`` and ``second`` (n,) at positions 1 and 4, coin flips elsewhere."""
    values = rng.integers(0, 2, size=(len(first), N_BITS)).astype(np.float32)
    values[:, FIRST_BIT], values[:, SECOND_BIT] = first, second
    return Inputs("tabular", {"values": values})


WITNESSES: Mapping[str, Witness] = {"table": Witness(0, bits_tables), "graph": Witness(2, ring_graphs)}


def bits_stated(witnesses: Mapping[str, Witness]) -> dict[str, dict[str, str]]:
    """The hidden bits that witnesses state between them → witness → the factor of its key that states it."""
    first, third = (
        {name: "outer bit" for name, witness in witnesses.items() if witness.outer == place} for place in (0, 2)
    )
    return dict(zip(FACTS, (first, dict.fromkeys(witnesses, "middle bit"), third), strict=True))


def generate_split(n_samples: int, rng: np.random.Generator, witnesses: Mapping[str, Witness] = WITNESSES) -> Split:
    """A split of ``n_samples`` freshly drawn samples; input i of every modality makes sample i."""
    bits = rng.integers(0, 2, size=(3, n_samples))
    first, second, third = bits
    own = np.arange(n_samples)
    return Split(
        inputs={name: witness.render(bits[witness.outer], second, rng) for name, witness in witnesses.items()},
        semantics={name: 2 * bits[witness.outer] + second for name, witness in witnesses.items()},
        sources=dict.fromkeys(witnesses, own),
        pairing=dict.fromkeys(witnesses, own),
        labels=(first ^ second) & (second ^ third),
    )


def first_samples(split: Split, n: int) -> Split:
    """The first ``n`` samples of a generated split and their inputs alone; all of them where there are fewer.

    Samples are drawn independently of each other, so the first are as good a choice as any.

    Raises:
        ValueError: for n < 1.
    """
    if n < 1:
        raise UserError(f"n_train must be at least 1 (got {n})")
    kept = slice(n)
    return Split(
        inputs={name: inputs.take(kept) for name, inputs in split.inputs.items()},
        semantics={name: keys[kept] for name, keys in split.semantics.items()},
        sources={name: sources[kept] for name, sources in split.sources.items()},
        pairing={name: rows[kept] for name, rows in split.pairing.items()},
        labels=split.labels[kept],
    )


def content_hash(splits: tuple[Split, ...]) -> str:
    """SHA-256 of the bytes of all inputs and labels, in a fixed order."""
    digest = hashlib.sha256()
    for split in splits:
        for inputs in split.inputs.values():
            for values in inputs.arrays.values():
                digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(split.labels.tobytes())
    return digest.hexdigest()


class XorAndXor(Task):
    """Does the middle bit differ from both others? Table and graph each hold the middle bit and one other."""

    card = TaskCard(
        name="xor_and_xor",
        title="XOR-AND-XOR",
        summary="A made-up task with a known answer. Three hidden bits; a table of six bits shows the first and the "
        "second, a graph of two possible rings shows the second and the third, both among random noise.",
        question="Does the second bit differ from both the first and the third?",
        target=Target(("0", "1"), title="answer"),
        modalities=(
            Modality("table", "Table of bits", BITS, KEY_NAMES),
            Modality("graph", "Ring graph", RINGS, KEY_NAMES),
        ),
        factors={"outer bit": (0, 0, 1, 1), "middle bit": (0, 1, 0, 1)},
        facts=bits_stated(WITNESSES),
    )
    readers: Mapping[str, Reader] = {"table": files.read_bits_table, "graph": files.read_structure_graph}
    default_concepts = "named"
    witnesses: Mapping[str, Witness] = WITNESSES
    encoders: Mapping[str, EncoderConfig] = {
        "table": EncoderConfig("tabular", N_BITS, (32, 32)),
        "graph": EncoderConfig("graph", 1, (32, 32)),
    }

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        """800 training, 200 validation and 5,000 test samples; ``seed`` governs them all.

        Args:
            data_dir: not used: the data are generated.
            n_train: keeps only so many of the 800; the source stays that of them all.

        Raises:
            ValueError: for ``n_train`` < 1.
        """
        sizes = (N_TRAIN, N_VALIDATION, N_TEST)
        streams = np.random.SeedSequence(seed).spawn(len(sizes))
        train, validation, test = (
            generate_split(size, np.random.default_rng(stream), self.witnesses)
            for size, stream in zip(sizes, streams, strict=True)
        )
        source = DataSource("generated", content_hash((train, test)))
        kept = train if n_train is None else first_samples(train, n_train)
        return TaskData(self.name, seed, source, kept, validation, test)

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        named = self.named(concepts)
        return RunConfig(
            task=self.name,
            model=ModelConfig(
                self.encoders, n_classes=2, n_local=7, n_shared=2 if named else 7, slope=5.0, named=named
            ),
            training=TrainingConfig(
                epochs=60, batch_size=64, learning_rate=6e-3, polish_epochs=0 if named else 10, seed=seed
            ),
            bank_size=0,
            test_size=500,
        )

    def answer(self, keys: Mapping[str, int]) -> int | None:
        """Whether the second bit differs from both others; one that equals it is enough to say no."""
        bits = self.stated(keys)
        first, second, third = (bits[fact] for fact in FACTS)
        if max(len(first), len(second), len(third)) > 1:
            return None
        if second and second in (first, third):
            return 0
        return 1 if first and third else None

    def because(self, keys: Mapping[str, int]) -> str:
        """Such as ``the second bit, 1, differs from both others, so the answer is 1``."""
        second = next(iter(self.stated(keys)["second bit"]))
        others = {fact: bits for fact, bits in self.stated(keys).items() if fact != "second bit" and bits}
        same = [fact.removesuffix(" bit") for fact, bits in others.items() if second in bits]
        says = f"is the same as the {' and the '.join(same)}" if same else "differs from both others"
        return f"the second bit, {second}, {says}, so the answer is {self._answered(keys)}"

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        """The two bits of each sample's ``missing`` input under fresh noise, as inputs of ``described_in``.

        Raises:
            ValueError: for modalities that the task does not have, or twice the same.
        """
        missing, described_in = self.card.modality(missing).name, self.card.modality(described_in).name
        if missing == described_in:
            raise UserError(f"A missing {missing} must be described in another modality (got {described_in!r})")
        keys = split.sample_semantics()[missing]
        return self.witnesses[described_in].render(keys // 2, keys % 2, rng)
