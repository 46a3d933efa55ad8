"""What the pages read: runs, what they say, and how it is drawn, kept in memory for all visitors.

Each is kept under the names of what it says and the state of the run's files, so that a run trained anew is read anew
without a restart (``kept.py``). All together is bounded in bytes: a quarter of the memory, or ``$SHARCS_MEMORY_MB``
megabytes (``memory.py``). What was not used for longest goes first, and what belongs to a run goes with it
(``store.py``).
"""

from resources.concepts import (
    concept_meanings,
    concept_profiles,
    loose_factors,
    prototypes,
    size_curve,
    tree_nodes,
)
from resources.disk import one_look, results_folder, runs_folder
from resources.folders import has_explanations, looked_at
from resources.kept import state_of
from resources.pictures import (
    drawing,
    lit,
    map_frame,
    map_inputs,
    map_names,
    map_painted,
    map_places,
    map_points,
    map_rows,
    on_map,
    pointed,
    run_picture,
)
from resources.reasons import concepts_read, guided, guided_mistakes, guided_runs, reason
from resources.runs import (
    list_runs,
    models_compared,
    reasons_results,
    results,
    run,
    run_card,
    run_differences,
    run_settings,
    run_titles,
    where_results,
)
from resources.samples import (
    choices,
    effects_alone,
    explanation,
    filed_elsewhere,
    first_samples,
    predictions,
    said,
    what_changes,
    where,
    why,
    words_of,
)

__all__ = [
    "choices",
    "concept_meanings",
    "concept_profiles",
    "concepts_read",
    "drawing",
    "effects_alone",
    "explanation",
    "filed_elsewhere",
    "first_samples",
    "guided",
    "guided_mistakes",
    "guided_runs",
    "has_explanations",
    "list_runs",
    "lit",
    "looked_at",
    "loose_factors",
    "map_frame",
    "map_inputs",
    "map_names",
    "map_painted",
    "map_places",
    "map_points",
    "map_rows",
    "models_compared",
    "on_map",
    "one_look",
    "pointed",
    "predictions",
    "prototypes",
    "reason",
    "reasons_results",
    "results",
    "results_folder",
    "run",
    "run_card",
    "run_differences",
    "run_picture",
    "run_settings",
    "run_titles",
    "runs_folder",
    "said",
    "size_curve",
    "state_of",
    "tree_nodes",
    "what_changes",
    "where",
    "where_results",
    "why",
    "words_of",
]
