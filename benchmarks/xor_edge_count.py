"""How far the number of edges alone goes on XOR-AND-XOR: edges → the bits of the graph, by a decision tree.

    python benchmarks/xor_edge_count.py [--seeds 0 4 13 23 42]

A tree is fitted on the training split and scored on the 5,000 test samples, beside the majority rate.
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from sharcs_core.data.xor_and_xor import XorAndXor
from sharcs_core.structures import Split


def edge_counts(split: Split) -> NDArray[np.int64]:
    """Undirected edges of each graph, self-loops not counted, (n, 1)."""
    graphs = split.inputs["graph"]
    listened_to = (graphs.arrays["neighbours"] >= 0).sum((1, 2))
    return (listened_to - graphs.arrays["n_nodes"])[:, None] // 2


def majority(values: NDArray[np.integer]) -> float:
    return float(np.bincount(values).max() / len(values))


def edge_count_baseline(seed: int) -> tuple[float, float, float]:
    """Test accuracy of the graph's bits and of the class from the number of edges; and the data's majority."""
    data = XorAndXor().load(seed)
    train, test = edge_counts(data.train), edge_counts(data.test)
    bits = DecisionTreeClassifier(random_state=0).fit(train, data.train.semantics["graph"])
    classes = DecisionTreeClassifier(random_state=0).fit(train, data.train.labels)
    return (
        float(bits.score(test, data.test.semantics["graph"])),
        float(classes.score(test, data.test.labels)),
        majority(data.test.labels),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 4, 13, 23, 42])
    seeds = parser.parse_args().seeds
    results = [edge_count_baseline(seed) for seed in seeds]
    titles = ("bits of the graph from its number of edges", "class from the number of edges", "majority class")
    print(f"data source: generated, seeds {seeds}; test accuracy min / median / max")
    for title, values in zip(titles, zip(*results, strict=True), strict=True):
        print(f"{title}: {min(values):.4f} / {statistics.median(values):.4f} / {max(values):.4f}")


if __name__ == "__main__":
    main()
