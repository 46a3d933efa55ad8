"""The tree for other programs and for print: its rules as text, and all of it as JSON.

Shapes: T concepts, C classes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sharcs_core.named import counted
from sharcs_core.naming import question_in_words, step_in_words
from sharcs_core.rules.figures import classes_in_words
from sharcs_core.rules.short import short_rule
from sharcs_core.rules.words import rule_lines
from sharcs_core.tasks.task import Task
from sharcs_core.tree import ConceptTree, TreeNode

FORMAT = 1


Loose = frozenset[tuple[str, str]]


def tree_as_rules(tree: ConceptTree, names: Sequence[str], task: Task, loose: Loose = frozenset()) -> str:
    """A rule an answer of the tree, without redundant steps, from left to right: no before yes.

    Args:
        names: of the concepts, (T,). loose: see :func:`~sharcs_core.rules.short.short_rule`.
    """
    leaves = counted(tree.n_leaves, "leaf", "leaves")
    head = f"{task.card.title}: {task.card.question}\nA decision tree of {leaves}, a rule each.\n"
    return "\n".join([head, *(_rule(tree, node, names, task, loose) for node in _leaves(tree))])


def tree_as_json(tree: ConceptTree, names: Sequence[str], task: Task, loose: Loose = frozenset()) -> str:
    """The whole tree as JSON: its classes, modalities and concepts by name, and its nodes by id, the root first.

    Args:
        names: of the concepts, (T,). loose: see :func:`~sharcs_core.rules.short.short_rule`.
    """
    content = {
        "format": FORMAT,
        "task": task.name,
        "question": task.card.question,
        "classes": list(task.card.target.names),
        "modalities": {name: task.card.modality(name).title for name in tree.modalities},
        "concepts": list(names),
        "nodes": [_node(tree, node, names, task, loose) for node in tree.nodes()],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _leaves(tree: ConceptTree) -> list[TreeNode]:
    """The leaves from left to right."""
    nodes, waiting, found = tree.nodes(), [0], []
    while waiting:
        node = nodes[waiting.pop()]
        if node.no_child is None or node.yes_child is None:
            found.append(node)
        else:
            waiting += [node.yes_child, node.no_child]
    return found


def _rule(tree: ConceptTree, leaf: TreeNode, names: Sequence[str], task: Task, loose: Loose) -> str:
    lines = rule_lines(short_rule(tree.rule(leaf.id), tree.factors, loose), names, task)
    spread = classes_in_words(leaf.probabilities, task.card.target.names)
    answer, among = task.card.target.name(leaf.class_index), counted(leaf.n_samples, "training sample")
    said = f"answer {answer}, as in {among}: {spread}"
    return "\n".join([*(f"{'if' if i == 0 else 'and'} {line}" for i, line in enumerate(lines)), f"then {said}\n"])


def _node(tree: ConceptTree, node: TreeNode, names: Sequence[str], task: Task, loose: Loose) -> dict[str, Any]:
    steps = tree.rule(node.id)
    content: dict[str, Any] = {
        "id": node.id,
        "parent": node.parent,
        "n_samples": node.n_samples,
        "class": task.card.target.names[node.class_index],
        "shares": [round(float(share), 6) for share in node.probabilities],
        "steps": [step_in_words(step, names, task) for step in steps],
        "rule": list(rule_lines(short_rule(steps, tree.factors, loose), names, task)),
    }
    if node.question is not None:
        content |= {
            "asks": question_in_words(node.question, names, task),
            "kind": node.question.kind,
            "of": list(node.question.modalities),
            "factor": node.question.factor,
            "about": [names[concept] for concept in node.question.concepts],
            "no": node.no_child,
            "yes": node.yes_child,
        }
    return content
