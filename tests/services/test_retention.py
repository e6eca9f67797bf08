"""What has been kept long enough is shown first, deleted then, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from tests.cast import GOOD, Clock, begun
from tests.domain.packs import rubric as small_rubric
from tests.web.site import browser, site
from tests.web.staff import second_organisation
from vetting.db.audit_queries import chain
from vetting.db.document_models import DocumentRow
from vetting.db.engine import reading, writing
from vetting.db.mail_models import Mail
from vetting.db.models import Candidate, Draft, Invite, ModelCallRow, ProfileItem, metadata
from vetting.db.own_models import Erasure
from vetting.db.webhook_models import Webhook, WebhookDelivery
from vetting.domain.interview_events import FinishNow, SubmitAnswer
from vetting.domain.retention import SETTINGS, Until
from vetting.services import (
    accounts,
    appeals,
    audit,
    interviews,
    matching,
    profiles,
    projects,
    retention,
    rubrics,
    shortlists,
)
from vetting.services.candidates import create_candidate
from vetting.services.context import Context


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Context:
    """A service with one row of every kind that goes after its days."""
    ctx = site(tmp_path, clock=clock)
    person = create_candidate(ctx, name="Ana Reyes", email="ana@example.org")
    key = begun(ctx)
    interviews.save_draft(ctx, key, 1, "Loss means")
    now = clock()
    with writing(ctx.engine) as session:
        hook = Webhook(organisation_id=ctx.org, url="https://x.example/", kinds=[], made_by="a", created_at=now)
        document = DocumentRow(
            organisation_id=ctx.org, candidate_id=person, name="cv.pdf", kind="pdf", sha256="0", pages=1, text="CV",
            at=now,
        )  # fmt: skip
        session.add_all([hook, document])
        session.flush()
        assert hook.id is not None
        session.add(
            ProfileItem(
                organisation_id=ctx.org, candidate_id=person, document_id=document.id, position=1, kind="role",
                title="Of the CV", text="", sha256="0",
            )
        )  # fmt: skip
        session.add(
            ModelCallRow(
                organisation_id=ctx.org, prompt="p", prompt_sha="s", model="m", status="ok", rung="", error="",
                milliseconds=1, input_tokens=1, output_tokens=1, at=now,
            )
        )  # fmt: skip
        for state, name in (("sent", "old"), ("waiting", "still")):
            session.add(
                Mail(
                    organisation_id=ctx.org, key=name, kind="invite", candidate_id=person, state=state, due_at=now,
                    created_at=now,
                )
            )  # fmt: skip
        for state, name in (("delivered", "old"), ("waiting", "still")):
            session.add(
                WebhookDelivery(
                    organisation_id=ctx.org, webhook_id=hook.id, key=name, kind="ping", document={}, state=state,
                    due_at=now, created_at=now,
                )
            )  # fmt: skip
    return ctx


def with_days(ctx: Context, **days: int | None) -> Context:
    return replace(ctx, settings=ctx.settings.model_copy(update=days))


def count(ctx: Context, table: type) -> int:
    with reading(ctx.engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def counts(ctx: Context) -> dict[str, int]:
    with reading(ctx.engine) as session:
        return {
            name: session.connection().execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata().tables.items()
        }


def test_nothing_is_due_before_its_time_and_looking_changes_nothing(ctx: Context, clock: Clock) -> None:
    assert retention.due(ctx) == [] == retention.apply(ctx)
    clock.at += timedelta(days=3650)
    before = counts(ctx)
    assert {one.table for one in retention.due(ctx)} == {
        "draft", "invite", "model_call", "mail", "webhook_delivery"
    }  # fmt: skip
    assert counts(ctx) == before


def test_each_kind_goes_after_its_own_days_and_what_still_waits_stays(ctx: Context, clock: Clock) -> None:
    never = dict.fromkeys(SETTINGS.values(), None)
    clock.at += timedelta(days=1000)
    for until, table, left in (
        (Until.DRAFT, Draft, 0),
        (Until.LINK, Invite, 0),
        (Until.CALL, ModelCallRow, 0),
        (Until.LETTER, Mail, 1),
        (Until.EVENT, WebhookDelivery, 1),
        (Until.DOCUMENT, DocumentRow, 0),
    ):
        only = with_days(ctx, **(never | {SETTINGS[until]: 100}))
        shown, before = retention.due(only), counts(ctx)
        assert [one.table for one in shown] == [table.__tablename__] and shown[0].days == 100
        assert retention.apply(only) == shown and count(ctx, table) == left
        changed = {name for name, n in counts(ctx).items() if n != before[name]}
        assert changed <= {table.__tablename__, "audit_entry", "audit_head"}
    assert count(ctx, ProfileItem) == 1  # the profile stays when the CV goes
    assert audit.check(ctx).fault is None


def test_sessions_and_sign_in_links_that_ran_out_go_too_and_the_chain_says_how_many(ctx: Context, clock: Clock) -> None:
    accounts.sign_in(ctx, accounts.add_user(ctx, "mia@example.org", "recruiter"))
    clock.at += timedelta(days=45)
    assert {one.table: one.rows for one in retention.apply(ctx) if one.until is Until.LINK} == {
        "session": 1, "login_token": 1,
    }  # fmt: skip
    with reading(ctx.engine) as session:
        detail = list(chain(session, ctx.org))[-1].link.detail
    assert (detail["session"], detail["login_token"]) == (1, 1)


def test_people_with_whom_nothing_happens_any_more_are_erased_and_nobody_else(ctx: Context, clock: Clock) -> None:
    clock.at += timedelta(days=400)
    create_candidate(ctx, name="New Person")
    yearly = with_days(ctx, keep_people_days=365)
    assert [(one.table, one.rows) for one in retention.due(yearly) if one.until is Until.PERSON] == [("candidate", 1)]
    retention.apply(yearly)
    with reading(ctx.engine) as session:
        names = sorted(session.exec(select(Candidate.name)))
        assert len(session.exec(select(Erasure)).all()) == 1
    assert names == ["Ana Reyes", "Erased person", "New Person"]  # one of two of that name is in an interview
    assert retention.apply(yearly) == []


def chosen(ctx: Context) -> None:
    """Somebody puts the one person there is on a list and approves them."""
    profiles.embed_pending(ctx)
    projects.create_project(ctx, {"id": "p-1", "title": "T", "brief": "Knows queues."})
    made = matching.request_shortlist(ctx, "p-1", 1)
    (entry,) = matching.shortlist_document(ctx, made.public_id)["entries"]
    shortlists.decide(ctx, entry["id"], "approve", by="mia@example.org")


def invited(ctx: Context) -> None:
    """The person is invited by a link that works for longer than people are kept."""
    with reading(ctx.engine) as session:
        (person,) = session.exec(select(Candidate.id)).all()
    interviews.invite(ctx, interviews.Ask(person or 0, rubrics.install(ctx, small_rubric()), "mia", days=300))


@pytest.mark.parametrize(("happens", "after", "seen"), [(chosen, 0, 100), (invited, 200, 250)])
def test_who_was_chosen_or_may_still_open_an_invitation_is_kept(
    tmp_path: Path, clock: Clock, happens: Callable[[Context], None], after: int, seen: int
) -> None:
    ctx = with_days(site(tmp_path, clock=clock), keep_people_days=150)
    create_candidate(ctx, name="Ana Reyes", headline="Queues under load")
    clock.at += timedelta(days=100)
    happens(ctx)
    clock.at += timedelta(days=seen)
    assert [one for one in retention.due(ctx) if one.until is Until.PERSON] == []
    clock.at += timedelta(days=151 + after)
    assert [one.rows for one in retention.due(ctx) if one.until is Until.PERSON] == [1]


def test_who_contests_an_old_result_is_kept(tmp_path: Path, clock: Clock) -> None:
    ctx = with_days(site(tmp_path, clock=clock), keep_people_days=365)
    key = begun(ctx)
    interviews.submit_answer(ctx, key, SubmitAnswer(turn=1, text=GOOD))
    interviews.do(ctx, key, FinishNow())
    clock.at += timedelta(days=400)
    assert [one.rows for one in retention.due(ctx) if one.until is Until.PERSON] == [1]
    appeals.contest(ctx, key, "Answer 1 was misread.")
    assert [one for one in retention.due(ctx) if one.until is Until.PERSON] == []


def test_another_organisation_keeps_what_is_its_own(ctx: Context, clock: Clock) -> None:
    other = second_organisation(ctx)
    clock.at += timedelta(days=3650)
    assert retention.due(other) == [] == retention.apply(other)
    assert count(ctx, Draft) == 1
    retention.sweep(ctx)  # the worker's, for all of them
    assert count(ctx, Draft) == 0


def test_a_letter_that_goes_takes_its_file_along(tmp_path: Path, clock: Clock) -> None:
    ctx = site(tmp_path, clock=clock)
    create_candidate(ctx, name="Ana Reyes", email="ana@example.org")
    key = begun(ctx)
    with writing(ctx.engine) as session:
        row = session.exec(select(Candidate).order_by(col(Candidate.id).desc())).first()
        assert row is not None
        row.email = "cal@example.org"
        session.add(row)
    interviews.submit_answer(ctx, key, SubmitAnswer(turn=1, text=GOOD))
    interviews.do(ctx, key, FinishNow())
    assert len(ctx.mailer.kept()) == 1
    clock.at += timedelta(days=91)
    retention.apply(ctx)
    assert ctx.mailer.kept() == [] and count(ctx, Mail) == 0


def test_everybody_reads_what_is_kept_with_the_days_that_are_set(ctx: Context) -> None:
    page = browser(with_days(ctx, keep_letters_days=12)).get("/privacy").text
    assert "12 days after it was sent, sooner where the person is erased" in page
    assert "uestions, answers, notes and marks, word for word" in page and "interview_text" not in page
