"""Graphs: a module each for their form, what people bring, fitting, preparing, edges, files, and noise."""

from __future__ import annotations

from sharcs_core.kinds.graph.edges import edges_of, messages_of, n_edges
from sharcs_core.kinds.graph.encoding import counts, encoder, faults, says, settings, vary
from sharcs_core.kinds.graph.files import decode, read, write
from sharcs_core.kinds.graph.fitting import fit
from sharcs_core.kinds.graph.form import GraphForm, drawable, words_of
from sharcs_core.kinds.graph.noise import perturb
from sharcs_core.kinds.graph.preparing import prepare
from sharcs_core.kinds.graph.raw import takes
from sharcs_core.kinds.graph.saying import said_of_edges, said_of_nodes
from sharcs_core.kinds.kind import Kind
from sharcs_core.readers.graphs.files import GRAPH_SUFFIXES

__all__ = ["GRAPH", "GraphForm", "edges_of", "messages_of", "n_edges", "said_of_edges", "said_of_nodes"]

GRAPH = Kind(
    name="graph",
    form=GraphForm,
    arrays=("nodes", "n_nodes"),
    suffixes=GRAPH_SUFFIXES,
    words=words_of,
    takes=takes,
    fit=fit,
    prepare=prepare,
    read=read,
    write=write,
    settings=settings,
    encoder=encoder,
    faults=faults,
    perturb=perturb,
    decode=decode,
    vary=vary,
    counts=counts,
    says=says,
    drawable=drawable,
)
