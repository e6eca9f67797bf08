"""What staff do with the entries of a shortlist: decide, offer work, assign, rate how the work went.

Every step is one transaction: the entry's new state, the step with its reason, and the link of the audit chain.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session

from vetting.db import shortlist_queries
from vetting.db.engine import writing
from vetting.db.project_models import Shortlist, ShortlistEntry
from vetting.db.shortlist_models import EntryStep, Offer, Outcome
from vetting.domain.shortlist import RATED, READY, Side, State, Step, advance, decision
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict
from vetting.services import audit, shortlist_events
from vetting.services.context import Context
from vetting.services.interviews import token_sha256

OFFER_DAYS = 14
LONGEST_OFFER_DAYS = 90
LONGEST_REASON = 2000
LONGEST_TERM = 200
LONGEST_MESSAGE = 2000
WORST, BEST = 1, 5

DECISIONS: Mapping[str, Step] = {
    "approve": Step.APPROVE,
    "approved": Step.APPROVE,
    "decline": Step.DECLINE,
    "declined": Step.DECLINE,
    "undo": Step.UNDO,
}


@dataclass(frozen=True)
class Terms:
    """What an expert reads in an offer; every line may be empty, the title may not."""

    title: str
    pay: str = ""
    hours: str = ""
    start: str = ""
    message: str = ""


class Offered(NamedTuple):
    """An offer and the token of its link; the token is shown once and never stored."""

    public_id: str
    token: str
    expires_at: datetime


def decide(ctx: Context, entry_id: str, chosen: str, *, reason: str = "", by: str) -> ShortlistEntry:
    """Approve, decline or undo for an entry (its public id); a decline needs a reason. Deciding again replaces.

    Raises NotFound, BadInput, Conflict where the expert or the assignment is already further.
    """
    if chosen not in DECISIONS:
        raise BadInput(_("decision: {chosen!r} is none of approve, decline and undo.").format(chosen=chosen[:40]))
    with writing(ctx.engine) as session:
        entry = shortlist_queries.entry_to_change(session, ctx.org, entry_id)
        take(ctx, session, entry, DECISIONS[chosen], by=by, reason=reason)
    return entry


def offer(ctx: Context, entry_id: str, terms: Terms, *, days: int = OFFER_DAYS, by: str) -> Offered:
    """Offer the work to an approved expert; a former link of this entry ends. Returns the new one's token.

    Raises NotFound, BadInput, Conflict (also where the expert already has an offer for the project from another
    shortlist).
    """
    terms = _checked(terms)
    if not 1 <= days <= LONGEST_OFFER_DAYS:
        raise BadInput(
            _("days: an offer can be open for 1 to {longest_offer_days} days.").format(
                longest_offer_days=LONGEST_OFFER_DAYS
            )
        )
    token, now = secrets.token_urlsafe(32), ctx.now()
    with writing(ctx.engine) as session:
        entry = shortlist_queries.entry_to_change(session, ctx.org, entry_id)
        _require_no_other(session, ctx.org, entry)
        take(ctx, session, entry, Step.INVITE, by=by)
        assert entry.id is not None
        made = Offer(
            organisation_id=ctx.org, entry_id=entry.id, token_sha256=token_sha256(token), terms=asdict(terms),
            offered_by=by, created_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        session.add(made)
    return Offered(made.public_id, token, made.expires_at)


def move(ctx: Context, entry_id: str, step: Step, *, by: str) -> ShortlistEntry:
    """Withdraw an offer, assign an expert who accepted, or release one again. Raises NotFound, Conflict."""
    if step not in (Step.WITHDRAW, Step.ASSIGN, Step.RELEASE):
        raise BadInput(_("step: {step} is none of withdraw, assign and release.").format(step=step.value))
    with writing(ctx.engine) as session:
        entry = shortlist_queries.entry_to_change(session, ctx.org, entry_id)
        take(ctx, session, entry, step, by=by)
    return entry


def rate_outcome(ctx: Context, entry_id: str, rating: int, *, note: str = "", by: str) -> None:
    """How the work of an assigned expert went, 1 to 5; the same person rating again replaces. Raises NotFound,
    BadInput, Conflict.
    """
    if not WORST <= rating <= BEST:
        raise BadInput(
            _("rating: {rating} is not from {worst} to {best}.").format(rating=rating, worst=WORST, best=BEST)
        )
    with writing(ctx.engine) as session:
        entry = shortlist_queries.entry_to_change(session, ctx.org, entry_id)
        if State(entry.state) not in RATED:
            raise Conflict(_("Only the work of an assigned expert can be rated."))
        assert entry.id is not None
        row = shortlist_queries.outcome_of(session, ctx.org, entry.id, by) or Outcome(
            organisation_id=ctx.org, entry_id=entry.id, by=by, rating=rating, at=ctx.now()
        )
        row.rating, row.note, row.at = rating, note.strip()[:LONGEST_REASON], ctx.now()
        session.add(row)
        audit.record(ctx, session, "entry.rate", f"entry:{entry.public_id}", by=by, rating=rating)


def take(
    ctx: Context, session: Session, entry: ShortlistEntry, step: Step, *, by: str, reason: str = "",
    side: Side = Side.STAFF,
) -> State:  # fmt: skip
    """Take a step within the transaction of `session`; the entry was read in it. Raises Conflict, BadInput.

    A step that changes nothing (a second click) leaves no trace.
    """
    before = State(entry.state)
    after = advance(before, step, by=side, reason=reason)
    if after is before and step not in (Step.DECLINE, Step.INVITE):
        return after
    entry.state, reason = after.value, reason.strip()[:LONGEST_REASON]
    if side is Side.STAFF:
        _note_decision(ctx, entry, step, after, reason, by)
    session.add(entry)
    if before in (State.INVITED, State.ACCEPTED) and after not in READY:
        _close_offers(ctx, session, entry)
    row = _step_row(ctx, session, entry, step, reason, by if side is Side.STAFF else "")
    session.add(row)
    subject, detail = f"entry:{entry.public_id}", {"state": after.value}
    if reason:
        detail["reason"] = audit.fingerprint(ctx, reason)
    audit.record(ctx, session, f"entry.{step.value}", subject, by=by, **detail)
    if side is Side.STAFF and step in (Step.APPROVE, Step.DECLINE, Step.UNDO):
        shortlist_events.decided(ctx, session, entry, row)
    return after


def _note_decision(ctx: Context, entry: ShortlistEntry, step: Step, after: State, reason: str, by: str) -> None:
    """Who decided last, and why: an offer or an assignment is no new decision."""
    entry.decision = decision(after)
    if step in (Step.APPROVE, Step.DECLINE, Step.UNDO):
        entry.decision_reason, entry.decided_by, entry.decided_at = reason, by, ctx.now()


def _step_row(ctx: Context, session: Session, entry: ShortlistEntry, step: Step, reason: str, by: str) -> EntryStep:
    shortlist = session.get(Shortlist, entry.shortlist_id)
    assert shortlist is not None and entry.id is not None
    return EntryStep(
        organisation_id=ctx.org, entry_id=entry.id, project_id=shortlist.project_id, candidate_id=entry.candidate_id,
        step=step.value, state=entry.state, reason=reason, by=by, at=ctx.now(),
    )  # fmt: skip


def _close_offers(ctx: Context, session: Session, entry: ShortlistEntry) -> None:
    for row in shortlist_queries.open_offers(session, ctx.org, entry.id or 0):
        row.closed_at = ctx.now()
        session.add(row)


def _require_no_other(session: Session, org: int, entry: ShortlistEntry) -> None:
    other = shortlist_queries.live_elsewhere(session, org, entry)
    if other is not None:
        raise Conflict(_("This expert already has an offer for this project, from another of its shortlists."))


def _checked(terms: Terms) -> Terms:
    tidy = Terms(**{name: str(value).strip() for name, value in asdict(terms).items()})
    if not tidy.title:
        raise BadInput(_("title: an offer needs to say what the work is."))
    for name, value in asdict(tidy).items():
        longest = LONGEST_MESSAGE if name == "message" else LONGEST_TERM
        if len(value) > longest:
            raise BadInput(
                _("{name}: at most {longest:,} characters can be sent, and this has {count:,}.").format(
                    name=name, longest=longest, count=len(value)
                )
            )
    return tidy
