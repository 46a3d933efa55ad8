"""What is kept on disk: written whole or not at all, claimed before it is worked on, locked while it is.

All that is written over or beside something else goes through here.
"""

from sharcs_core.storage.folders import cache_dir, folder_from, prepare_numba
from sharcs_core.storage.locks import InUseError, lock_file, locked
from sharcs_core.storage.room import check_writable, claim, numbered
from sharcs_core.storage.writing import (
    StorageError,
    move,
    replacing,
    replacing_folder,
    tidy_up,
    write_bytes,
    write_text,
)

__all__ = [
    "InUseError",
    "StorageError",
    "cache_dir",
    "check_writable",
    "claim",
    "folder_from",
    "lock_file",
    "locked",
    "move",
    "numbered",
    "prepare_numba",
    "replacing",
    "replacing_folder",
    "tidy_up",
    "write_bytes",
    "write_text",
]
