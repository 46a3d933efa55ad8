"""What a modality can be called, so that its name serves as a part of a model, of a command and of an address."""

from __future__ import annotations

import re

from sharcs_core.errors import UserError

MAX_LENGTH = 40
RULE = f"1 to {MAX_LENGTH} of the letters a to z or A to Z, digits and _, with a letter first"

OPTIONS = frozenset({"debug", "help", "json", "neighbours", "runs"})
"""Options of ``sharcs explain``, which takes a modality's input as ``--NAME``."""

ATTRIBUTES = frozenset(
    (
        *("T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "clear"),
        *("compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer"),
        *("get_extra_state", "get_parameter", "get_submodule", "half", "ipu", "items", "keys", "load_state_dict"),
        *("modules", "mtia", "named_buffers", "named_children", "named_modules", "named_parameters", "parameters"),
        *("pop", "register_backward_hook", "register_buffer", "register_forward_hook", "register_forward_pre_hook"),
        *("register_full_backward_hook", "register_full_backward_pre_hook", "register_load_state_dict_post_hook"),
        *("register_load_state_dict_pre_hook", "register_module", "register_parameter"),
        *("register_state_dict_post_hook", "register_state_dict_pre_hook", "requires_grad_", "set_extra_state"),
        *("set_submodule", "share_memory", "state_dict", "to", "to_empty", "train", "training", "type", "update"),
        *("values", "xpu", "zero_grad"),
    )
)
"""What ``torch.nn.ModuleDict`` has of its own: a part of a model cannot be called so. Listed, for asking torch means
importing it, which takes longer than all else that settings need."""


def check_modality_name(name: str) -> None:
    """Raise UserError for a name that no modality can have.

    >>> check_modality_name("graph")
    >>> check_modality_name("2nd look")
    Traceback (most recent call last):
    sharcs_core.errors.UserError: A modality cannot be called '2nd look'; call it by 1 to 40 of the letters ...
    """
    if not re.fullmatch(rf"[A-Za-z][A-Za-z0-9_]{{0,{MAX_LENGTH - 1}}}", name):
        shown = name if len(name) <= MAX_LENGTH else f"{name[:MAX_LENGTH]}…"
        raise UserError(f"A modality cannot be called {shown!r}; call it by {RULE}")
    if name in ATTRIBUTES:
        raise UserError(f"A modality cannot be called {name!r}, which torch calls a part of every model; rename it")
    if name in OPTIONS:
        raise UserError(f"A modality cannot be called {name!r}, for sharcs explain has --{name} already; rename it")
