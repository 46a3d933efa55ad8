"""Where the shipped runs lie, and what a page says: helpers of the tests of the frame."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages import as_read

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / "checkpoints"


def words(app: AppTest) -> str:
    """Everything a page says in Markdown, headings, captions and messages."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error")
    return "\n".join(as_read(str(element.value)) for kind in kinds for element in getattr(app, kind))
