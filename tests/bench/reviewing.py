"""Minutes in which a person decides finished interviews: what there is to read, to choose and to wait for.

The interviews of the demo are decided on its pages, with the time a reader takes for every word that is in sight and
for every click, as the keystroke-level model counts it (Card, Moran and Newell, 1980). Nobody was watched doing it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi.testclient import TestClient
from lxml import html

from tests.bench.clock import timed
from tests.bench.demo import demo
from tests.bench.figures import Figure, Sample
from tests.web.site import browser
from vetting.bootstrap import build_context
from vetting.config import load_settings
from vetting.domain.second_look import MINUTES_PER_RATING, WORDS_PER_MINUTE
from vetting.services import accounts
from vetting.services.jobs import with_inline_jobs

CLICK_SECONDS = 2.65
"""Mentally preparing (1.35), pointing (1.1) and pressing (.2)."""
REASON_SECONDS = 20.0
"""Eight words at 25 a minute."""
MOST_LOOK, MOST_CONFIRM, MOST_HUNDRED = 4.0, 1.0, 300.0
HIDDEN = ".//script|.//style|.//*[contains(@class, 'sr')]|.//details[not(@open)]/*[not(self::summary)]"


class Page(NamedTuple):
    """A page as it came: its tree, its address, the seconds it took, and the words of its main part in sight."""

    tree: html.HtmlElement
    path: str
    seconds: float

    def words(self, inside: str = "//main") -> int:
        """Words in sight in the elements of that path."""
        found = 0
        for element in self.tree.xpath(inside):
            for hidden in element.xpath(HIDDEN):
                hidden.drop_tree()
            found += len(element.text_content().split())
        return found


def run(folder: Path) -> list[Figure]:
    """Confirm what the machine is sure of, look at the rest, and what a hundred like these take."""
    demo(folder)
    settings = load_settings(data_dir=folder / "work", embedder="hash")
    ctx = with_inline_jobs(lambda queue: build_context(settings, jobs=queue, in_process=True))
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'rita@example.org', 'recruiter')}")
    confirmed, looked = list(_confirm_all(page)), list(_look_at_all(page))
    decided = [*confirmed, *looked]
    beside = f"{len(confirmed)} confirmed, {len(looked)} looked at"
    return [
        Figure("one to confirm", "min", Sample.of(confirmed), at_most=MOST_CONFIRM),
        Figure("one that needs a second look", "min", Sample.of(looked), at_most=MOST_LOOK),
        Figure(f"a hundred ({beside} here)", "min", Sample.of([100 * mean(decided)]), at_most=MOST_HUNDRED),
    ]


def _confirm_all(page: TestClient) -> Iterator[float]:
    """Minutes of each: read what stands there, press once."""
    while True:
        shown = _get(page, "/confirm")
        forms = shown.tree.xpath("//form[contains(@action, '/decision')]")
        if not forms:
            return
        seconds = shown.seconds + _post(page, forms[0].get("action"), dict(forms[0].fields))
        yield shown.words() / WORDS_PER_MINUTE + (seconds + CLICK_SECONDS) / 60


def _look_at_all(page: TestClient) -> Iterator[float]:
    """Minutes of each: read the answers it is about, rate, read both ratings, decide with a reason."""
    links = _get(page, "/").tree.xpath("//ol[@class='needs']//a/@href")
    for link in links:
        review = _get(page, link)
        about = "//section[@class='rate'][not(ancestor::details)]"
        ids = [one.get("id").removeprefix("c-") for one in review.tree.xpath(about)]
        minutes = review.words(f"{about}//article") / WORDS_PER_MINUTE + len(ids) * MINUTES_PER_RATING
        waited = review.seconds + _post(page, link, {f"level:{id_}": "3" for id_ in ids})
        settle = _get(page, link)
        said = {"choice": "ask_more", "reason": "Ask about what was left open in beta"}
        waited += settle.seconds + _post(page, link.replace("/review", "/decision"), said)
        clicks = 1 + len(ids) + 1 + 1 + 1  # open, a level each, save, a choice, decide
        seconds = waited + clicks * CLICK_SECONDS + REASON_SECONDS
        yield minutes + settle.words("//main//article|//main//blockquote") / WORDS_PER_MINUTE + seconds / 60


def _get(page: TestClient, path: str) -> Page:
    with timed() as spent:
        answer = page.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return Page(html.fromstring(answer.text), urlsplit(path).path, spent.wall)


def _post(page: TestClient, path: str, fields: dict[str, str]) -> float:
    """Send a form; the seconds until it is kept."""
    with timed() as spent:
        answer = page.post(path, data=fields)
    assert answer.status_code == 303, f"{path}: {answer.status_code}"
    return spent.wall
