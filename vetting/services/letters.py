"""What a letter says: read when it is sent, with a link made for it, and nothing where it would no longer be true."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session, col, select

from vetting.db.log import Log, load
from vetting.db.mail_models import Mail
from vetting.db.models import Candidate, Invite, ScorecardRow, User
from vetting.db.own_models import Appeal
from vetting.db.project_models import Project, Shortlist
from vetting.db.review_models import Decision
from vetting.domain.interview_events import Phase
from vetting.domain.letter import Letter, LetterKind, MailState
from vetting.services import accounts, invitations
from vetting.services.context import Context
from vetting.services.invite_links import Link, add_link

RUNNING = (Phase.OPEN, Phase.PAUSED)


def letter_of(ctx: Context, session: Session, row: Mail) -> Letter | None:
    """The letter as of now, in the transaction that marks it as being sent; None where nobody should be told any more.

    For a candidate it makes a link of its own: only its hash is kept.
    """
    if row.user_id is not None:
        return _to_user(ctx, session, row)
    if row.interview_id is None or row.candidate_id is None:
        return None
    person, log = session.get(Candidate, row.candidate_id), load(session, ctx.org, row.interview_id)
    kind = LetterKind(row.kind)
    if person is None or not person.email or not _still_true(session, log, kind, row.about):
        return None
    link = _link(ctx, session, log, kind)
    if link is None:
        return None
    letter = _to_candidate(ctx, session, log, person, kind, link)
    if kind is not LetterKind.DECIDED:
        return letter
    decision, told = _decision(session, log.id), _told(session, log.id)
    return replace(letter, choice=decision.choice if decision else "", before=told is not None)


def _still_true(session: Session, log: Log, kind: LetterKind, about: str) -> bool:
    phase = log.state.phase
    if log.row.phase == Phase.EXPIRED.value or phase is Phase.ERASED:
        return False
    if kind in (LetterKind.INVITE, LetterKind.REMINDER):
        return phase is Phase.CREATED
    if kind is LetterKind.RESUME:
        return phase in RUNNING
    if kind is LetterKind.FEEDBACK_READY:
        return session.exec(select(ScorecardRow.id).where(ScorecardRow.interview_id == log.id)).first() is not None
    if kind is LetterKind.DECIDED:
        decision = _decision(session, log.id)
        return decision is not None and str(decision.id) == about and decision.choice != _told(session, log.id)
    mine = select(Appeal.id).where(Appeal.interview_id == log.id, Appeal.public_id == about)
    return session.exec(mine).first() is not None


def _decision(session: Session, interview_id: int) -> Decision | None:
    """The decision that counts."""
    return session.exec(select(Decision).where(Decision.interview_id == interview_id, col(Decision.current))).first()


def _told(session: Session, interview_id: int) -> str | None:
    """What the last letter that went out, or may have, said was decided; None where none has told of a decision."""
    gone = (MailState.SENDING.value, MailState.SENT.value, MailState.UNSURE.value)
    about = session.exec(
        select(Mail.about)
        .where(Mail.interview_id == interview_id, Mail.kind == LetterKind.DECIDED.value, col(Mail.state).in_(gone))
        .order_by(col(Mail.id).desc())
    ).first()
    decision = session.get(Decision, int(about)) if about else None
    return decision.choice if decision else None


def _link(ctx: Context, session: Session, log: Log, kind: LetterKind) -> Link | None:
    """A new link; that of an invitation works no longer than the one it was made with, and not at all after that."""
    newest = session.exec(
        select(Invite).where(Invite.interview_id == log.id).order_by(col(Invite.expires_at).desc())
    ).first()
    until = None
    if kind in (LetterKind.INVITE, LetterKind.REMINDER):
        if newest is None or newest.expires_at <= ctx.now():
            return None
        until = newest.expires_at
    return add_link(ctx, session, log.id, until=until)


def _to_candidate(ctx: Context, session: Session, log: Log, person: Candidate, kind: LetterKind, link: Link) -> Letter:
    inviting = kind in (LetterKind.INVITE, LetterKind.REMINDER)
    return Letter(
        kind=kind,
        to=person.email or "",
        name=person.name,
        house=accounts.organisation_name(session, ctx.org),
        link=invitations.invite_url(ctx, link.token),
        about=log.rubric.title,
        contact=log.row.invited_by,
        purpose=log.row.purpose if inviting else "",
        offer=log.row.offer if inviting else "",
        minutes=round(log.rubric.time_budget_minutes) if inviting else None,
        until=link.until,
    )


def _to_user(ctx: Context, session: Session, row: Mail) -> Letter | None:
    user = session.get(User, row.user_id)
    found = session.exec(
        select(Shortlist, Project)
        .join(Project, col(Project.id) == Shortlist.project_id)
        .where(Shortlist.organisation_id == ctx.org, Shortlist.public_id == row.about)
    ).first()
    if user is None or user.organisation_id != ctx.org or user.disabled_at is not None or found is None:
        return None
    shortlist, project = found
    return Letter(
        kind=LetterKind(row.kind),
        to=user.email,
        name="",
        house=accounts.organisation_name(session, ctx.org),
        link=f"{ctx.settings.public_url.rstrip('/')}/shortlists/{shortlist.public_id}",
        about=project.title,
    )
