"""The decision tree on the answers of all questions."""

from sharcs_core.tree.concept_tree import ConceptTree
from sharcs_core.tree.fitting import MAX_LEAVES, MIN_LEAVES, TREE_TOLERANCE, choose_leaves, fit_tree
from sharcs_core.tree.nodes import TreeNode, leaves_below, route_to

__all__ = [
    "MAX_LEAVES",
    "MIN_LEAVES",
    "TREE_TOLERANCE",
    "ConceptTree",
    "TreeNode",
    "choose_leaves",
    "fit_tree",
    "leaves_below",
    "route_to",
]
