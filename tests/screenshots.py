"""Draws every page at three widths, light and dark, into an ignored folder: `make screenshots`.

python -m tests.screenshots [--only NAME ...] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from tests.browser.chromium import launched, serving
from tests.browser.gallery import PAGES, Gallery, Page, gallery
from tests.conftest import NO_BROWSER, chromium_path

WIDTHS = {1440: 900, 1024: 768, 390: 844}
SCHEMES = ("light", "dark")
OUT = Path("screenshots")


def draw(browser: Browser, home: Gallery, address: str, pages: Iterable[Page], out: Path) -> int:
    """Write `NAME-WIDTH-SCHEME.png` for each page; returns how many files."""
    count = 0
    for page in pages:
        for width, height in WIDTHS.items():
            context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
            if page.who in home.cookies:
                name, value = home.cookies[page.who]
                context.add_cookies([{"name": name, "value": value, "url": address}])
            tab = context.new_page()
            tab.goto(address + home.path(page))
            for scheme in SCHEMES:
                tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the literals it names
                tab.screenshot(path=out / f"{page.name}-{width}-{scheme}.png", full_page=True)
                count += 1
            context.close()
    return count


def main() -> None:
    """Draw all pages, or those that are named."""
    parser = argparse.ArgumentParser(description="Draw every page.")
    parser.add_argument("--only", nargs="*", default=[], help="names of pages")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    if (executable := chromium_path()) is None:
        sys.exit(NO_BROWSER)
    wanted = [page for page in PAGES if not given.only or page.name in given.only]
    given.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, launched(executable) as browser:
        home = gallery(Path(folder))
        with serving(home.home.ctx) as address:
            count = draw(browser, home, address, wanted, given.out)
    print(f"{count} pictures of {len(wanted)} pages in {given.out}/")


if __name__ == "__main__":
    main()
