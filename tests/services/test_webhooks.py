"""Other systems are told with what happens or not at all, with ids and no words; what is not taken is tried again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from tests.cast import GOOD, Clock, begun
from tests.services.test_mail import Lost
from tests.web.site import site
from tests.web.staff import second_organisation
from vetting.db.engine import reading, writing
from vetting.db.models import Candidate
from vetting.db.webhook_models import Webhook, WebhookDelivery
from vetting.domain.interview_events import FinishNow, SubmitAnswer
from vetting.domain.webhook import CHOOSABLE, EventKind
from vetting.errors import BadInput, Conflict, NotFound
from vetting.ports import Answered, HookRequest
from vetting.services import (
    accounts,
    deliveries,
    erasure,
    events,
    interviews,
    matching,
    profiles,
    projects,
    reviews,
    shortlists,
    webhooks,
)
from vetting.services.accounts import Account, Role
from vetting.services.candidates import create_candidate
from vetting.services.context import Context
from vetting.services.reviews import Verdict

URL = "https://hooks.example.org/vetting"


@dataclass
class Other:
    """Another system that answers as a test wants: `ports.Hooks`."""

    answers: list[Answered] = field(default_factory=list)
    got: list[HookRequest] = field(default_factory=list)

    def post(self, request: HookRequest) -> Answered:
        self.got.append(request)
        return self.answers.pop(0) if self.answers else Answered(204)

    def told(self, kind: EventKind) -> list[dict[str, Any]]:
        found = [json.loads(request.body) for request in self.got]
        return [document["data"] for document in found if document["type"] == kind.value]


@dataclass(frozen=True)
class Desk:
    """A service with one address that is told of everything."""

    ctx: Context
    other: Other
    clock: Clock
    hook: str

    def emit(self, key: str = "k") -> None:
        with writing(self.ctx.engine) as session:
            events.emit(self.ctx, session, EventKind.INTERVIEW_COMPLETED, key, {"interview": {"id": "x"}})

    def rows(self) -> list[WebhookDelivery]:
        with reading(self.ctx.engine) as session:
            return list(session.exec(select(WebhookDelivery).order_by(col(WebhookDelivery.id))))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    other, clock = Other(), Clock()
    ctx = site(tmp_path, clock=clock, hooks=other)
    ctx.settings.webhook_hosts = "hooks.example.org"
    made = webhooks.add(ctx, URL, [kind.value for kind in CHOOSABLE], by="ada@example.org")
    return Desk(ctx, other, clock, made.public_id)


def test_what_happens_to_an_interview_is_told_with_the_ids_by_which_it_is_known(desk: Desk) -> None:
    key = begun(desk.ctx)
    interviews.submit_answer(desk.ctx, key, SubmitAnswer(turn=1, text=GOOD))
    interviews.do(desk.ctx, key, FinishNow())
    (done,) = desk.other.told(EventKind.INTERVIEW_COMPLETED)
    with reading(desk.ctx.engine) as session:
        person = session.exec(select(Candidate)).one()
    assert done["candidate"] == {"id": person.imported_id, "public_id": person.public_id}
    assert done["interview"]["rubric"] == "test.pack"
    accounts.add_user(desk.ctx, "ben@example.org", "recruiter")
    account = Account(1, desk.ctx.org, "ben@example.org", Role.RECRUITER)
    levels = {"alpha": "4", "beta": "3"}
    reviews.rate(desk.ctx, done["interview"]["id"], account, levels, {"alpha": "WORDS-OF-STAFF"}, "")
    verdict = Verdict("advance", "WORDS-OF-STAFF", levels)
    reviews.settle(desk.ctx, done["interview"]["id"], account, verdict)
    (decided,) = desk.other.told(EventKind.SCORECARD_DECIDED)
    assert decided["choice"] == "advance" and decided["candidate"]["id"] == person.imported_id
    sent = "".join(request.body for request in desk.other.got)
    assert not any(word in sent for word in ("WORDS-OF-STAFF", "Ana", "queue", "ben@example.org"))


def test_decisions_about_entries_are_told_and_once_that_the_list_is_full(desk: Desk) -> None:
    for n in (1, 2):
        create_candidate(desk.ctx, name=f"Person {n}", imported_id=f"x-{n}", headline="Queues under load")
    profiles.embed_pending(desk.ctx)
    projects.create_project(desk.ctx, {"id": "p-1", "title": "T", "brief": "Knows queues.", "seats": 1})
    made = matching.request_shortlist(desk.ctx, "p-1", 2)
    first, second = (entry["id"] for entry in matching.shortlist_document(desk.ctx, made.public_id)["entries"])
    shortlists.decide(desk.ctx, first, "decline", reason="SECRET REASON", by="mia@example.org")
    shortlists.decide(desk.ctx, first, "undo", by="mia@example.org")
    for entry in (first, second):
        shortlists.decide(desk.ctx, entry, "approve", by="mia@example.org")
    told = desk.other.told(EventKind.ENTRY_DECIDED)
    assert [one["entry"]["decision"] for one in told] == ["declined", "proposed", "approved", "approved"]
    assert {(one["project"]["id"], one["candidate"]["id"]) for one in told} == {("p-1", "x-1"), ("p-1", "x-2")}
    (full,) = desk.other.told(EventKind.SHORTLIST_APPROVED)
    assert full["approved"] == 1 and full["seats"] == 1
    assert "SECRET" not in "".join(request.body for request in desk.other.got)


def test_an_erased_person_is_told_of_and_what_was_about_them_is_gone(desk: Desk) -> None:
    desk.other.answers = [Answered(500)] * 9
    key = begun(desk.ctx)
    interviews.do(desk.ctx, key, FinishNow())
    with reading(desk.ctx.engine) as session:
        person = session.exec(select(Candidate)).one()
    assert desk.rows()[0].candidate_id == person.id
    erasure.erase(desk.ctx, person.id or 0, "test")
    (row,) = desk.rows()
    assert row.kind == "candidate.erased" and row.document["data"]["candidate"] == {"public_id": person.public_id}
    assert len(row.document["data"]["interviews"]) == 1 and person.imported_id not in json.dumps(row.document)


def test_an_event_is_written_with_what_happens_or_not_at_all(desk: Desk) -> None:
    class Failed(Exception):
        pass

    with pytest.raises(Failed), writing(desk.ctx.engine) as session:
        events.emit(desk.ctx, session, EventKind.INTERVIEW_COMPLETED, "k", {})
        raise Failed
    assert desk.rows() == [] and desk.other.got == []
    desk.emit()
    desk.emit()  # the same event again
    assert [row.state for row in desk.rows()] == ["delivered"] and len(desk.other.got) == 1


def test_what_was_not_taken_is_tried_again_with_the_same_id_and_then_by_hand(desk: Desk) -> None:
    desk.other.answers = [Answered(None, "it could not be reached"), Answered(302), *[Answered(503)] * 20]
    desk.emit()
    deliveries.sweep(desk.ctx)
    assert len(desk.other.got) == 1  # not before its time
    for minutes in deliveries.WAITS:
        desk.clock.pass_minutes(minutes)
        deliveries.sweep(desk.ctx)
    (row,) = desk.rows()
    assert row.state == "failed" and row.status == 503 and len(desk.other.got) == len(deliveries.WAITS) + 1
    assert len({(request.id, request.body) for request in desk.other.got}) == 1
    desk.clock.pass_minutes(10_000)
    deliveries.sweep(desk.ctx)
    desk.other.answers.clear()
    deliveries.again(desk.ctx, row.public_id, by="ada@example.org")
    assert desk.rows()[0].state == "delivered" and len(desk.other.got) == len(deliveries.WAITS) + 2


def test_a_worker_that_dies_while_it_sends_loses_nothing(desk: Desk) -> None:
    class Killed(BaseException):
        pass

    def die(request: HookRequest) -> Answered:
        raise Killed

    real, desk.other.post = desk.other.post, die  # type: ignore[method-assign]  # it dies at this very place
    with pytest.raises(Killed):
        desk.emit()
    desk.other.post = real  # type: ignore[method-assign]  # as above
    desk.clock.pass_minutes(deliveries.WAITS[0])
    deliveries.sweep(desk.ctx)
    assert [row.state for row in desk.rows()] == ["delivered"]


def test_an_event_whose_job_failed_is_asked_for_again_though_not_every_minute(desk: Desk) -> None:
    lost = Lost()
    slow = replace(desk, ctx=replace(desk.ctx, jobs=lost))
    slow.emit()
    for _ in range(25):
        deliveries.sweep(slow.ctx)
        desk.clock.pass_minutes(1)
    assert [row.state for row in desk.rows()] == ["waiting"] and 3 <= len(lost.names) <= 4


def test_an_address_that_is_gone_is_told_of_nothing_more(desk: Desk) -> None:
    desk.other.answers = [Answered(410)]
    desk.emit()
    desk.emit("another")
    assert len(desk.other.got) == 1
    with pytest.raises(Conflict):
        deliveries.again(desk.ctx, desk.rows()[0].public_id, by="ada@example.org")
    with pytest.raises(Conflict):
        webhooks.ping(desk.ctx, desk.hook)


def test_a_secret_is_shown_once_stands_nowhere_and_is_another_after_renewal(desk: Desk) -> None:
    first = desk.other
    webhooks.ping(desk.ctx, desk.hook)
    renewed = webhooks.renew(desk.ctx, desk.hook, by="ada@example.org").secret
    desk.clock.pass_minutes(1)
    webhooks.ping(desk.ctx, desk.hook)
    before, after = (request.secret for request in first.got)
    assert before != after == renewed
    stored = b"".join(p.read_bytes() for p in desk.ctx.settings.data_dir.rglob("*") if p.is_file())
    assert before.encode() not in stored and after.encode() not in stored


def test_only_hosts_that_were_named_are_taken_and_only_by_their_own_organisation(desk: Desk) -> None:
    for url in ("https://evil.example/", "http://hooks.example.org/", "https://127.0.0.1/", ""):
        with pytest.raises(BadInput, match=r"Address: "):
            webhooks.add(desk.ctx, url, ["candidate.erased"], by="ada@example.org")
    for kinds in ([], ["no.such"], ["ping"]):
        with pytest.raises(BadInput):
            webhooks.add(desk.ctx, URL, kinds, by="ada@example.org")
    foreign = second_organisation(desk.ctx)
    with pytest.raises(NotFound):
        webhooks.end(foreign, desk.hook, by="eve@example.org")
    with writing(desk.ctx.engine) as session:
        events.emit(foreign, session, EventKind.INTERVIEW_COMPLETED, "theirs", {})
    assert desk.other.got == []
    webhooks.end(desk.ctx, desk.hook, by="ada@example.org")
    desk.emit()
    assert desk.rows() == []
    with reading(desk.ctx.engine) as session:
        assert session.exec(select(Webhook)).one().ended_at is not None
