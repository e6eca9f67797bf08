"""A canary in every field that people fill in goes through the pages, the API, jobs, mail and faults: no log holds it.

The service runs as `vetting serve` runs it, in uvicorn with its log at the most talkative, and every log is read.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.browser.chromium import serving
from tests.domain.packs import rubric as small_rubric
from tests.services.test_mail import Post
from tests.web.site import SAME_ORIGIN, site
from vetting.domain.letter import MailState
from vetting.errors import trail
from vetting.ports import Posted
from vetting.services import accounts, interviews, mail, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context
from vetting.worker import Worker

CLIENT = ("httpx2", "httpcore2")
"""The browser of this test writes down the addresses it opens; that is no log of the service."""
CANARY = re.compile(r"canary-\w+-7731", re.IGNORECASE)


class Reading(logging.Handler):
    """Everything that is logged, as it would be written, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(CLIENT):
            self.lines.append(self.format(record))


@contextmanager
def read_logs() -> Iterator[Reading]:
    """All loggers, also those that keep to themselves."""
    handler = Reading()
    own = [logging.getLogger(name) for name in ("", "uvicorn", "uvicorn.error", "uvicorn.access", "dbos")]
    levels = [logger.level for logger in own]
    for logger in own:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        for logger, level in zip(own, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


def browser(address: str) -> httpx2.Client:
    return httpx2.Client(base_url=address, headers=SAME_ORIGIN, follow_redirects=False, timeout=20)


def test_no_log_holds_what_people_write(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    post = Post(answers=[Posted(MailState.FAILED, "the mail server refused it (code 550)")])
    ctx = site(tmp_path, mailer=post)
    with read_logs() as logs, serving(ctx) as address:
        statuses = _use(ctx, address, post)
    assert {200, 303, 401, 404, 422, 500} <= statuses
    everything = "\n".join([*logs.lines, *capfd.readouterr()])
    assert [line[:200] for line in everything.split("\n") if CANARY.search(line)] == []
    assert '"event": "signed_in"' in everything and '"event": "key_failed"' in everything
    assert "RuntimeError" in everything, "the fault that was made was logged, without its words"


def _use(ctx: Context, address: str, post: Post) -> set[int]:
    found: set[int] = set()

    def note(answer: httpx2.Response) -> httpx2.Response:
        found.add(answer.status_code)
        return answer

    staff, key = browser(address), accounts.create_api_key(ctx, "tests")
    token = accounts.add_user(ctx, "canary-staff-7731@example.org", "admin")
    note(staff.post(f"/sign-in/{token}"))
    who = "Canary-Name-7731 <canary-mail-7731@example.org>"
    sent = {"who": who, "rubric": "test.pack", "purpose": "canary-purpose-7731", "offer": "canary-offer-7731"}
    rubrics.install(ctx, small_rubric())
    note(staff.post("/invites/preview", data=sent))
    person = create_candidate(ctx, name="Canary-Name-7731", email="canary-mail-7731@example.org")
    ask = interviews.Ask(person, rubrics.install(ctx, small_rubric()), "canary-by-7731", "canary-for-7731", mail=True)
    invited = interviews.invite(ctx, ask)
    for path in ("/candidates?q=canary-search-7731", "/candidates/canary-path-7731", "/interviews/canary-id-7731"):
        note(staff.get(path))
    note(staff.post("/candidates/import", files={"file": ("canary-file-7731.csv", b"canary-row-7731,\x00")}))
    note(staff.post("/projects", data={"title": "canary-title-7731", "brief": "canary-brief-7731"}))
    note(httpx2.get(f"{address}/api/v1/search", headers={"authorization": "Bearer canary-key-7731"}))
    note(
        httpx2.post(
            f"{address}/candidates/canary-from-7731/facts", headers={"origin": "https://canary-site-7731.example"}
        )
    )
    note(staff.post("/sign-in/canary-token-7731", headers={"user-agent": "canary-agent-7731"}))
    program = httpx2.Client(base_url=address, headers={"authorization": f"Bearer {key}"}, timeout=20)
    new = {"id": "canary-api-7731", "name": "canary-new-7731"}
    note(program.post("/api/v1/candidates", json=new))
    note(program.post("/api/v1/candidates", json=new | {"canary-field-7731": "canary-value-7731"}))
    note(program.post("/api/v1/projects", content=b'{"title": "canary-json-7731"'))
    note(program.get("/api/v1/search", params={"q": "canary-q-7731", "fact": "canary-fact-7731"}))
    note(httpx2.get(f"{address}/interview/done?x=canary-open-7731"))
    them = browser(address)
    note(them.post(f"/i/{invited.token}", data={"interview": "true", "words": "canary-need-7731"}))
    note(them.post("/interview/draft", data={"turn": "1", "text": "canary-draft-7731"}))
    note(them.post("/interview/dispute", data={"turn": "1", "reason": "canary-dispute-7731"}))
    note(them.post("/interview/answer", data={"turn": "canary-turn-7731", "text": "canary-lost-7731"}))
    _fail_in_the_middle(ctx, them, note)
    note(them.get("/interview"))
    note(them.post("/interview/finish"))
    note(them.post("/interview/note", data={"turn": "1", "text": "canary-note-7731"}))
    note(them.post("/interview/read"))
    note(them.post("/interview/contest", data={"reason": "canary-appeal-7731"}))
    note(them.post("/me/person", data={"text": "canary-person-7731"}))
    mail.sweep(ctx)
    assert post.letters
    return found


def _fail_in_the_middle(ctx: Context, them: httpx2.Client, note: Callable[[httpx2.Response], object]) -> None:
    """An answer whose next question fails with the words of the answer in the error."""
    import vetting.services.interviews as module

    real = module._propose

    def fail(*given: object) -> object:
        raise RuntimeError("cannot parse 'canary-answer-7731'")

    module._propose = fail  # type: ignore[assignment]  # it fails at this very place
    try:
        note(them.post("/interview/answer", data={"turn": "1", "text": "canary-answer-7731"}))
    finally:
        module._propose = real


def test_a_job_that_fails_is_logged_and_kept_without_the_words_of_its_error(tmp_path: Path) -> None:
    def job(_: object, key: int) -> None:
        raise ValueError("canary-job-7731")

    worker = Worker(None, tmp_path, lambda: None, {"job": job})  # type: ignore[arg-type]  # it is not started, so needs no database
    worker._context = None  # as after a start
    with pytest.raises(Exception, match="ValueError") as failed:
        worker._workflow("job")(1)
    assert not CANARY.search(str(failed.value)) and "job" in str(failed.value)


def test_a_trail_names_the_places_and_no_words() -> None:
    try:
        int("canary-number-7731")
    except ValueError as error:
        told = trail(error)
    assert told.startswith("ValueError < test_no_personal_data_in_logs.py:") and not CANARY.search(told)
