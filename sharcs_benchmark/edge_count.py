"""What counting edges says of XOR-AND-XOR: the number alone gives the graph's bits away."""

from __future__ import annotations

from typing import Any

import numpy as np

from sharcs_core import metrics
from sharcs_core.structures import Ints, Split, TaskData


def edge_counts(split: Split) -> Ints:
    """Undirected edges of each graph, self-loops not counted, (n,)."""
    graphs = split.inputs["graph"]
    listened_to = (graphs.arrays["neighbours"] >= 0).sum((1, 2))
    counts: Ints = (listened_to - graphs.arrays["n_nodes"]) // 2
    return counts


def edge_count_figures(data: TaskData) -> dict[str, Any]:
    """Test figures of a decision tree that sees the table's bits and the number of edges, and of the number alone."""
    from sklearn.tree import DecisionTreeClassifier

    def seen(split: Split) -> Any:
        return np.column_stack([split.samples()["table"].arrays["values"], edge_counts(split)[split.pairing["graph"]]])

    train, test = data.train, data.test
    predicted = DecisionTreeClassifier(random_state=0).fit(seen(train), train.labels).predict(seen(test))
    counts = {name: edge_counts(split)[:, None] for name, split in (("train", train), ("test", test))}
    bits = DecisionTreeClassifier(random_state=0).fit(counts["train"], train.semantics["graph"])
    return {
        "accuracy": metrics.accuracy(predicted, test.labels),
        "majority_accuracy": metrics.majority_accuracy(train.labels, test.labels),
        "balanced_accuracy": metrics.balanced_accuracy(predicted, test.labels),
        "majority_prediction": metrics.majority_prediction(predicted),
        "semantics_accuracy": {"graph": metrics.accuracy(bits.predict(counts["test"]), test.semantics["graph"])},
    }
