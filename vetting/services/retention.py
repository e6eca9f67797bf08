"""Deletes what has been kept long enough, each kind after its own time; says beforehand what that would be.

The days are settings (`domain.retention.SETTINGS`). The worker does it once a day; `vetting retention` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlmodel import Session, col

from vetting.config import Settings
from vetting.db.document_models import DocumentRow
from vetting.db.engine import reading, scrub, writing
from vetting.db.mail_models import Mail
from vetting.db.models import (
    Candidate,
    Draft,
    IdempotencyKey,
    Interview,
    Invite,
    LoginToken,
    ModelCallRow,
    Organisation,
    ProfileItem,
    WebSession,
)
from vetting.db.own_models import Appeal, Erasure
from vetting.db.review_models import Decision
from vetting.db.shortlist_models import EntryStep, Inquiry
from vetting.db.staffing_models import Assignment
from vetting.db.webhook_models import WebhookDelivery
from vetting.domain.interview_events import Phase
from vetting.domain.letter import MailState
from vetting.domain.retention import SETTINGS, Until
from vetting.domain.webhook import DeliveryState
from vetting.services import audit, erasure
from vetting.services.context import Context

JOB = "retention"
ONE_DAY = 1
AT_ONCE = 200
"""People erased per run: each is a transaction of its own, and the index is built anew after it."""


class Due(NamedTuple):
    """What has been kept long enough: of which kind, after how many days, how many rows (or people)."""

    until: Until
    table: str
    days: int
    rows: int


class _Rule(NamedTuple):
    """Rows of a table that go once `at` is so many days ago, as far as `only` holds."""

    until: Until
    table: type[Any]
    at: Any
    only: Callable[[], ColumnElement[bool]] | None = None


def _over(state: Any, *states: str) -> Callable[[], ColumnElement[bool]]:
    return lambda: col(state).in_(states)


_RULES: tuple[_Rule, ...] = (
    _Rule(Until.DOCUMENT, DocumentRow, DocumentRow.at),
    _Rule(Until.DRAFT, Draft, Draft.saved_at),
    _Rule(Until.LINK, Invite, Invite.expires_at),
    _Rule(Until.LINK, WebSession, WebSession.expires_at),
    _Rule(Until.LINK, LoginToken, LoginToken.expires_at),
    _Rule(Until.CALL, ModelCallRow, ModelCallRow.at),
    _Rule(
        Until.LETTER, Mail, Mail.created_at,
        _over(Mail.state, *(s.value for s in MailState if s not in (MailState.WAITING, MailState.SENDING))),
    ),
    _Rule(
        Until.EVENT, WebhookDelivery, WebhookDelivery.created_at,
        _over(WebhookDelivery.state, DeliveryState.DELIVERED.value, DeliveryState.FAILED.value),
    ),
    _Rule(Until.DAY, IdempotencyKey, IdempotencyKey.created_at),
)  # fmt: skip


def days_of(settings: Settings, until: Until) -> int | None:
    """After how many days something of this kind goes; None: not by itself."""
    if until is Until.DAY:
        return ONE_DAY
    found: int | None = getattr(settings, SETTINGS[until]) if until in SETTINGS else None
    return found


def due(ctx: Context) -> list[Due]:
    """What would be deleted now in this organisation; changes nothing."""
    with reading(ctx.engine) as session:
        found = [
            Due(rule.until, rule.table.__tablename__, days, _count(session, ctx, rule, days))
            for rule, days in _in_force(ctx)
        ]
        days = days_of(ctx.settings, Until.PERSON)
        people = [] if days is None else [Due(Until.PERSON, "candidate", days, len(_unseen(session, ctx, days)))]
    return [one for one in (*people, *found) if one.rows]


def apply(ctx: Context) -> list[Due]:
    """Delete what has been kept long enough in this organisation; returns what that was."""
    done = _erase_unseen(ctx)
    letters: list[str] = []
    with writing(ctx.engine) as session:
        for rule, days in _in_force(ctx):
            where = _where(ctx, rule, days)
            if rule.table is Mail:
                letters = list(session.scalars(select(col(Mail.public_id)).where(*where)))
            if rule.table is DocumentRow:
                _forget_items(session, where)
            gone: Any = session.execute(delete(rule.table).where(*where))
            done.append(Due(rule.until, rule.table.__tablename__, days, gone.rowcount))
        done = [one for one in done if one.rows]
        if done:
            counts = {one.table: one.rows for one in done}
            audit.record(ctx, session, "retention.apply", f"organisation:{ctx.org}", by=audit.SYSTEM, **counts)
    ctx.mailer.forget(letters)
    if done:
        scrub(ctx.engine)
    return done


def sweep(ctx: Context) -> None:
    """Have it done once a day in every organisation."""
    with writing(ctx.engine) as session:
        for org in session.scalars(select(col(Organisation.id))):
            assert org is not None
            ctx.jobs.enqueue(session, JOB, f"retention:{org}:{ctx.now():%Y%m%d}", org)


def run(ctx: Context, organisation_id: int) -> None:
    """The job."""
    apply(ctx.for_organisation(organisation_id))


def _in_force(ctx: Context) -> list[tuple[_Rule, int]]:
    return [(rule, days) for rule in _RULES if (days := days_of(ctx.settings, rule.until)) is not None]


def _where(ctx: Context, rule: _Rule, days: int) -> list[ColumnElement[bool]]:
    before: datetime = ctx.now() - timedelta(days=days)
    only = [rule.only()] if rule.only else []
    return [col(rule.table.organisation_id) == ctx.org, col(rule.at) < before, *only]


def _count(session: Session, ctx: Context, rule: _Rule, days: int) -> int:
    query = select(func.count()).select_from(rule.table).where(*_where(ctx, rule, days))
    return session.scalar(query) or 0


def _forget_items(session: Session, where: Sequence[ColumnElement[bool]]) -> None:
    """The pieces of a profile stay when the CV they were read from goes; they only forget where they came from."""
    mine = select(col(DocumentRow.id)).where(*where)
    for item in session.scalars(select(ProfileItem).where(col(ProfileItem.document_id).in_(mine))):
        item.document_id = None
    session.flush()


def _erase_unseen(ctx: Context) -> list[Due]:
    days = days_of(ctx.settings, Until.PERSON)
    if days is None:
        return []
    with reading(ctx.engine) as session:
        people = _unseen(session, ctx, days)[:AT_ONCE]
    for person in people:
        erasure.erase(ctx, person, audit.SYSTEM)
    return [Due(Until.PERSON, "candidate", days, len(people))] if people else []


def _unseen(session: Session, ctx: Context, days: int) -> list[int]:
    """People with whom nothing happened for so long: not imported or changed, not invited, asked or chosen, no
    interview, nothing decided about one or contested, no work."""
    before = ctx.now() - timedelta(days=days)
    query = (
        select(col(Candidate.id))
        .where(col(Candidate.organisation_id) == ctx.org, col(Candidate.updated_at) < before)
        .where(*(col(Candidate.id).not_in(seen) for seen in _seen(before, ctx.now())))
        .where(col(Candidate.id).not_in(select(col(Erasure.candidate_id))))
        .order_by(col(Candidate.id))
    )
    return [key for key in session.scalars(query) if key is not None]


def _seen(before: datetime, now: datetime) -> Iterator[Any]:
    """People with whom something happened since then, by each sign of it."""
    interviewed = select(col(Interview.candidate_id))
    yield interviewed.where(
        (col(Interview.created_at) >= before) | (col(Interview.completed_at) >= before)
        | col(Interview.phase).in_((Phase.OPEN.value, Phase.PAUSED.value))
    )  # fmt: skip
    invited = interviewed.join(Invite, col(Invite.interview_id) == col(Interview.id))
    yield invited.where(col(Interview.phase) == Phase.CREATED.value, col(Invite.expires_at) > now)
    for table in (Decision, Appeal):
        yield interviewed.join(table, col(table.interview_id) == col(Interview.id)).where(col(table.at) >= before)
    yield select(col(EntryStep.candidate_id)).where(col(EntryStep.at) >= before)
    yield select(col(Inquiry.candidate_id)).where(col(Inquiry.created_at) >= before)
    yield select(col(Assignment.candidate_id)).where(
        col(Assignment.ended_at).is_(None) | (col(Assignment.ended_at) >= before)
    )
