"""What is known of each concept: its profile, in figures and in words, and the samples that have it."""

from sharcs_core.profiles.finding import concept_profiles
from sharcs_core.profiles.profile import (
    N_BINS,
    UNDECIDED,
    Agreement,
    Asked,
    Association,
    Follows,
    Profile,
    Relative,
    Said,
)
from sharcs_core.profiles.samples import (
    ANY,
    EVERY,
    PARTS,
    Found,
    Pattern,
    find_samples,
    has_pattern,
    n_samples,
    samples_csv,
)
from sharcs_core.profiles.words import Doubt, doubts_of

__all__ = [
    "ANY",
    "EVERY",
    "N_BINS",
    "PARTS",
    "UNDECIDED",
    "Agreement",
    "Asked",
    "Association",
    "Doubt",
    "Follows",
    "Found",
    "Pattern",
    "Profile",
    "Relative",
    "Said",
    "concept_profiles",
    "doubts_of",
    "find_samples",
    "has_pattern",
    "n_samples",
    "samples_csv",
]
