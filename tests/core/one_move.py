"""Moves of one sample at a time, found by trying every key: slow, obvious, and what the core must agree with."""

from __future__ import annotations

from sharcs_core.moves import Move, all_moves


def moves_of(task, keys):
    """The moves that change what a sample states; ``keys`` are those of its inputs, modality → key."""
    stated = task.stated(keys)
    return tuple(move for move in all_moves(task) if stated[move.fact] - {move.value})


def moved_keys(task, keys, move):
    """The keys of a sample's inputs after a move; None where some input cannot mean that."""
    moved = {name: moved_key(task, keys[name], by, move.value) for name, by in stating(task, keys, move).items()}
    return None if None in moved.values() else {**keys, **moved}


def stating(task, keys, move: Move):
    return {name: factor for name, factor in task.card.facts[move.fact].items() if name in keys}


def moved_key(task, key, moved_factor, value):
    """The key that differs in one factor alone: the own one where nothing changes, else the lowest."""
    wanted = {name: values[key] for name, values in task.card.factors.items()} | {moved_factor: value}
    n_keys = len(task.card.factors[moved_factor])
    fits = [
        other for other in range(n_keys) if all(task.card.factors[name][other] == of for name, of in wanted.items())
    ]
    return key if key in fits else next(iter(fits), None)


def moved_concepts(config, task, bank, shared, keys, move):
    """The concepts of one sample after a move, modality → (T,); None where it cannot be shown."""
    after = moved_keys(task, keys, move)
    if after is None:
        return None
    moved = dict(shared)
    for name, moved_factor in stating(task, keys, move).items():
        side = bank.sides[name]
        factor = next((factor for factor in config.factors if factor.name == moved_factor), None)
        if factor is not None:
            moved[name] = shared[name].copy()
            for place, concept in enumerate(factor.concepts):
                moved[name][concept] = move.value if factor.n_values == 2 else place == move.value
        elif after[name] in side.semantics:
            moved[name] = side.shared[side.semantics == after[name]].mean(0)
        else:
            return None
    return moved
