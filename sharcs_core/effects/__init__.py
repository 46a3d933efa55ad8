"""What edits of concepts would do: each alone, all together beside real samples, and in words.

An *edit* sets one concept (:mod:`sharcs_core.interventions`); a *change* is what a person means by some of them: a
taught factor says another value, a free concept is switched. Whatever is asked about one sample is answered in one
pass of the model.
"""

from sharcs_core.effects.alone import LoneEffect, effects_alone, steps_in_common
from sharcs_core.effects.seen import Occurrence, RealSample, contrast, nearest_samples, occurrence_of
from sharcs_core.effects.words import changes_in_words, edits_in_words, things_edited, values_alone

__all__ = [
    "LoneEffect",
    "Occurrence",
    "RealSample",
    "changes_in_words",
    "contrast",
    "edits_in_words",
    "effects_alone",
    "nearest_samples",
    "occurrence_of",
    "steps_in_common",
    "things_edited",
    "values_alone",
]
