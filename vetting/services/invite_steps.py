"""What happens to an invitation between its making and the first question: opened, sent again, withdrawn."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import update
from sqlmodel import Session, col, select

from vetting.db import queries
from vetting.db.engine import reading, writing
from vetting.db.log import load
from vetting.db.models import Interview, Invite
from vetting.db.review_models import InviteStep
from vetting.domain.interview_events import Phase
from vetting.domain.letter import LetterKind
from vetting.domain.tongue import _
from vetting.errors import Conflict
from vetting.services import audit, interviews, outbox
from vetting.services.context import Context

OPEN = (Phase.CREATED.value, Phase.OPEN.value, Phase.PAUSED.value)


class InviteEvent(StrEnum):
    """A step of an invitation."""

    OPENED = "opened"
    RESENT = "resent"
    WITHDRAWN = "withdrawn"


def opened(ctx: Context, interview_id: int) -> None:
    """Remember when the link was first opened; later openings, and those of a running interview, change nothing.

    Some mail programs fetch links by themselves: opened means that the page was asked for, no more.
    """
    with reading(ctx.engine) as session:
        row = session.get(Interview, interview_id)
        if row is None or row.phase != Phase.CREATED.value or _opened(session, interview_id):
            return
    with writing(ctx.engine) as session:
        if not _opened(session, interview_id):
            session.add(_step(ctx, interview_id, InviteEvent.OPENED))


def resend(ctx: Context, public_id: str, *, by: str, mail: bool = False) -> str:
    """Another link to an interview that is not over; returns its token. `mail` also sends one to the candidate.

    Raises NotFound, Conflict.
    """
    with reading(ctx.engine) as session:
        row = queries.interview(session, ctx.org, public_id)
    if row.phase not in OPEN or row.id is None:
        raise Conflict(_("This interview is over, so no link leads into it any more. Send a new invitation instead."))
    token = interviews.new_link(ctx, row.id)
    with writing(ctx.engine) as session:
        step = _step(ctx, row.id, InviteEvent.RESENT, by)
        session.add(step)
        session.flush()
        if mail:
            kind = LetterKind.INVITE if row.phase == Phase.CREATED.value else LetterKind.RESUME
            outbox.post(ctx, session, kind, f"again:{public_id}:{step.id}", outbox.To(row.candidate_id, row.id))
    return token


def withdraw(ctx: Context, public_id: str, *, by: str) -> None:
    """End every link of an interview that has not begun. Raises NotFound, Conflict once it has."""
    with writing(ctx.engine) as session:
        row = queries.interview(session, ctx.org, public_id)
        assert row.id is not None
        if row.phase != Phase.CREATED.value or load(session, ctx.org, row.id).state.phase is not Phase.CREATED:
            raise Conflict(_("Only an invitation that was not accepted yet can be withdrawn; this one was."))
        row.phase = Phase.EXPIRED.value
        session.add(row)
        ended = update(Invite).where(col(Invite.interview_id) == row.id, col(Invite.expires_at) > ctx.now())
        session.connection().execute(ended.values(expires_at=ctx.now()))
        session.add(_step(ctx, row.id, InviteEvent.WITHDRAWN, by))
        audit.record(ctx, session, "invite.withdraw", f"interview:{public_id}", by=by)


def _opened(session: Session, interview_id: int) -> bool:
    mine = (col(InviteStep.interview_id) == interview_id) & (col(InviteStep.step) == InviteEvent.OPENED.value)
    return session.exec(select(InviteStep.id).where(mine)).first() is not None


def _step(ctx: Context, interview_id: int, step: InviteEvent, by: str = "") -> InviteStep:
    return InviteStep(organisation_id=ctx.org, interview_id=interview_id, step=step.value, by=by, at=ctx.now())
