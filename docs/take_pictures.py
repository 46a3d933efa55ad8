"""Takes the README's pictures from the running app.

python docs/take_pictures.py [reasons upload]
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from browsing import PAGES, Visit, running_app, running_browser  # noqa: E402

SHOWN = ("mnist_superpixels", "test/00307")
SHOWN_ON = {"reasons": ("clevr_reasons", "test/00003")}
"""Where a page shows another run and sample than the rest."""
N_COLOURS = 128


def main() -> None:
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as logs,
        running_app(Path(logs) / "app.log") as address,
        running_browser() as browser,
    ):
        visit = Visit(browser, address, width=1440, height=960)
        for place in sys.argv[1:] or PAGES.values():
            run, sample = SHOWN_ON.get(place, SHOWN)
            visit.open(f"{place}?run={run}&sample={sample}")
            if place == "upload":
                visit.press("Try an example")
            visit.page.wait_for_timeout(2500)  # charts draw themselves after the script has ended
            picture = Image.open(io.BytesIO(visit.page.screenshot()))
            small = picture.convert("RGB").quantize(N_COLOURS, dither=Image.Dither.NONE)
            small.save(folder / f"{place or 'home'}.png", optimize=True)
        visit.close()


if __name__ == "__main__":
    main()
