"""Opening a page of the dashboard as a person does: through Home."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

HOME = Path(__file__).resolve().parents[2] / "dashboard" / "Home.py"


def open_page(name: str, **choices: str) -> AppTest:
    """A page by its file name, with the run or sample of the URL in ``choices``."""
    app = AppTest.from_file(str(HOME), default_timeout=60)
    for key, value in choices.items():
        app.session_state[key] = value
    return app.switch_page(f"views/{name}/{name}.py").run()


def as_read(markdown: str) -> str:
    """Markdown without what keeps its signs from acting: backslashes, and characters of no width."""
    return re.sub(r"\\([^\w\s])", r"\1", markdown).replace("\u2060", "")


def texts(app: AppTest) -> str:
    """All Markdown, captions and HTML of the page, to look for words in."""
    drawn = [block.proto.body for block in app.get("html")]
    return "\n".join([*(as_read(element.value) for element in [*app.title, *app.markdown, *app.caption]), *drawn])


def faultless(app: AppTest) -> AppTest:
    assert not app.exception, [element.value for element in app.exception]
    assert not app.error, [element.value for element in app.error]
    return app
