"""The expert's side of an offer: reading it changes nothing, and only a deliberate answer does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from vetting.db import shortlist_queries
from vetting.db.engine import reading, writing
from vetting.db.models import Candidate
from vetting.db.project_models import ShortlistEntry
from vetting.db.shortlist_models import Offer
from vetting.domain.shortlist import Side, State, Step
from vetting.domain.tongue import N_, _
from vetting.errors import Conflict, Expired
from vetting.services import accounts, shortlists
from vetting.services.context import Context
from vetting.services.interviews import token_sha256

GONE = N_("This offer is no longer open: it has run out or was taken back. Whoever sent it to you can say more.")


@dataclass(frozen=True)
class OfferShown:
    """An offer as the expert reads it; `reason` is what they gave when they turned it down."""

    name: str
    organisation: str
    offered_by: str
    terms: shortlists.Terms
    state: State
    expires_at: datetime
    answered_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state is State.INVITED

    @property
    def can_step_back(self) -> bool:
        """Whether an acceptance can still be taken back here."""
        return self.state is State.ACCEPTED


def read(ctx: Context, token: str) -> OfferShown:
    """The offer of a link. Raises Expired for one that is unknown, closed, or ran out unanswered."""
    with reading(ctx.engine) as session:
        row, entry = _found(ctx, session, token)
        person = session.get(Candidate, entry.candidate_id)
        organisation = accounts.organisation_name(session, row.organisation_id)
    assert person is not None
    return OfferShown(
        name=person.name,
        organisation=organisation,
        offered_by=row.offered_by,
        terms=shortlists.Terms(**row.terms),
        state=State(entry.state),
        expires_at=row.expires_at,
        answered_at=row.answered_at,
    )


def answer(ctx: Context, token: str, *, accept: bool, reason: str = "") -> State:
    """Accept the offer or turn it down; the same answer again changes nothing. Returns the state after it.

    What was accepted can be turned down until the expert is assigned. Raises Expired, Conflict.
    """
    with writing(ctx.engine) as session:
        row, entry = _found(ctx, session, token)
        scoped = ctx.for_organisation(row.organisation_id)
        entry = shortlist_queries.entry_to_change(session, row.organisation_id, entry.public_id)
        session.refresh(row)
        _require_open(ctx, row, entry)
        wanted, step = (State.ACCEPTED, Step.ACCEPT) if accept else (State.TURNED_DOWN, Step.TURN_DOWN)
        state = State(entry.state)
        if state is wanted or (accept and state is State.ASSIGNED):
            return state
        if state not in (State.INVITED, State.ACCEPTED):
            raise Conflict(_("You have answered already. To change that, please write to whoever sent you the offer."))
        person = session.get(Candidate, entry.candidate_id)
        assert person is not None
        row.answered_at = ctx.now()
        session.add(row)
        by = f"expert:{person.public_id}"
        return shortlists.take(scoped, session, entry, step, by=by, reason=reason, side=Side.EXPERT)


def _found(ctx: Context, session: Session, token: str) -> tuple[Offer, ShortlistEntry]:
    row = shortlist_queries.offer_of_token(session, token_sha256(token))
    if row is None:
        raise Expired(_(GONE))
    entry = session.get(ShortlistEntry, row.entry_id)
    assert entry is not None
    _require_open(ctx, row, entry)
    return row, entry


def _require_open(ctx: Context, row: Offer, entry: ShortlistEntry) -> None:
    """Raises Expired for an offer that ran out unanswered or was closed, unless by the expert's own no."""
    ran_out = row.answered_at is None and row.expires_at < ctx.now()
    if ran_out or (row.closed_at is not None and State(entry.state) is not State.TURNED_DOWN):
        raise Expired(_(GONE))
