"""What is kept on disk: written whole or not at all, claimed before it is worked on, locked while it is.

All that is written over or beside something else goes through here.
"""

from sharcs_core.storage.folders import cache_dir, folder_from, prepare_numba
from sharcs_core.storage.locks import Holder, InUseError, holder_of, lock_file, locked
from sharcs_core.storage.names import checked_name, safe_name
from sharcs_core.storage.room import check_writable, claim, numbered
from sharcs_core.storage.writing import (
    StorageError,
    append_line,
    move,
    move_folder,
    remove_folder,
    replacing,
    replacing_folder,
    tidy_up,
    write_bytes,
    write_text,
)

__all__ = [
    "Holder",
    "InUseError",
    "StorageError",
    "append_line",
    "cache_dir",
    "check_writable",
    "checked_name",
    "claim",
    "folder_from",
    "holder_of",
    "lock_file",
    "locked",
    "move",
    "move_folder",
    "numbered",
    "prepare_numba",
    "remove_folder",
    "replacing",
    "replacing_folder",
    "safe_name",
    "tidy_up",
    "write_bytes",
    "write_text",
]
