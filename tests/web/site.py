"""How tests of pages use the site: a browser without script, and a candidate who sits at it."""

from __future__ import annotations

import re
from typing import NamedTuple

from fastapi.testclient import TestClient

from tests.cast import invited
from vetting.domain.rubric import Rubric
from vetting.services.context import Context
from vetting.web.app import create_app

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}


def browser(ctx: Context, *, https: bool = False) -> TestClient:
    """A browser without script that says where its requests come from, and does not follow redirects by itself."""
    base = "https://testserver" if https else "http://testserver"
    app = create_app(ctx, https=https)
    return TestClient(app, base_url=base, headers=SAME_ORIGIN, follow_redirects=False, raise_server_exceptions=False)


class Candidate(NamedTuple):
    """A candidate at a browser with an invitation, and how they use the pages."""

    page: TestClient
    token: str
    interview_id: int

    def begin(self, **consents: str) -> None:
        """Accept the invitation and begin."""
        answer = self.page.post(f"/i/{self.token}", data={"interview": "true", **consents})
        assert answer.status_code == 303 and answer.headers["location"] == "/interview"

    def say(self, turn: int, text: str) -> None:
        """Submit an answer."""
        assert self.page.post("/interview/answer", data={"turn": turn, "text": text}).status_code == 303

    def see(self) -> str:
        """The interview page."""
        found = self.page.get("/interview", follow_redirects=True)
        assert found.status_code == 200
        return found.text

    def turn(self) -> int:
        """The number of the open question."""
        found = re.search(r'name="turn" value="(\d+)"', self.see())
        assert found is not None
        return int(found[1])

    def to_the_end(self, text: str) -> None:
        """Answer every question alike."""
        for _ in range(40):
            at = self.page.get("/interview")
            if at.status_code == 303:
                return
            self.say(self.turn(), text)
        raise AssertionError("the interview did not end")


def candidate(ctx: Context, pack: Rubric | None = None, *, name: str = "Ana Reyes", https: bool = False) -> Candidate:
    """A candidate who has opened nothing yet."""
    link = invited(ctx, pack, name=name)
    return Candidate(browser(ctx, https=https), link.token, link.interview_id)
