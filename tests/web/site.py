"""How tests of pages use the site: a browser without script, and a candidate who sits at it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from fastapi.testclient import TestClient

from tests import databases
from tests.cast import invited
from tests.domain.packs import rubric as small_rubric
from vetting.bootstrap import build_context
from vetting.config import load_settings
from vetting.domain.rubric import Rubric
from vetting.domain.verdict import Finding, RaterId, RawAssessment, RawVerdict
from vetting.ports import JobQueue, RatingReply, RatingRequest
from vetting.services.context import Context
from vetting.services.jobs import with_inline_jobs
from vetting.web.app import create_app

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}


class LiteralRater:
    """Finds an indicator exactly where its statement stands word for word in an answer."""

    id = RaterId(engine="embedded", model="literal")

    def rate(self, request: RatingRequest) -> RatingReply:
        """A verdict on every indicator and misconception."""
        answers = [t.answer for t in request.transcript.of_question(request.question.id) if t.answer]
        verdicts = []
        for part in (*request.question.indicators, *request.question.misconceptions):
            quote = next((m[0] for a in answers if (m := re.search(re.escape(part.statement), a, re.I))), None)
            finding = Finding.MET if quote else Finding.NOT_SHOWN
            verdicts.append(RawVerdict(target=part.id, finding=finding, p=0.95 if quote else 0.05, quote=quote))
        return RatingReply(RawAssessment(verdicts=tuple(verdicts)))


def site(folder: Path, files: Mapping[str, bytes] | None = None, **changes: Any) -> Context:
    """A whole service in a folder that rates literally, so that tests know which levels to expect.

    `files` are those of a service that was put down (`databases.kept`); without them it is a new one.
    """
    settings = load_settings(data_dir=folder / "data", embedder="hash")
    databases.take_up(settings.data_dir, files or databases.migrated())
    rater = LiteralRater()

    def make(queue: JobQueue) -> Context:
        ctx = build_context(settings, jobs=queue, in_process=True)
        return replace(ctx, **{"steering": rater, "panel": (rater,), **changes})

    return with_inline_jobs(make)


def reworded() -> Rubric:
    """The small rubric with a second wording of each question."""
    document = small_rubric().model_dump(mode="json")
    for competency in document["competencies"]:
        for question in competency["questions"]:
            question["rephrase"] = f"In other words: what does {question['id']} do?"
    return Rubric.model_validate(document)


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

    def read(self) -> None:
        """Say that the transcript is read, which shows the feedback."""
        assert self.page.post("/interview/read").status_code == 303

    def to_the_end(self, text: str) -> None:
        """Answer every question alike, and read what was said."""
        for _ in range(40):
            at = self.page.get("/interview")
            if at.status_code == 303:
                self.read()
                return
            self.say(self.turn(), text)
        raise AssertionError("the interview did not end")


def candidate(ctx: Context, pack: Rubric | None = None, *, name: str = "Ana Reyes", https: bool = False) -> Candidate:
    """A candidate who has opened nothing yet."""
    link = invited(ctx, pack, name=name)
    return Candidate(browser(ctx, https=https), link.token, link.interview_id)
