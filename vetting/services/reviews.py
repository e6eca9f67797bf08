"""People rate interviews before they see the machine's ratings, settle the differences, and decide.

Each step is one transaction with its link of the audit chain. A first rating is never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from vetting.db import own_queries, queries, review_queries
from vetting.db.engine import reading, writing
from vetting.db.log import Log, load
from vetting.db.models import Interview, ScorecardRow
from vetting.db.review_models import Decision, Review, ScorecardSight
from vetting.domain import review
from vetting.domain.letter import LetterKind
from vetting.domain.review import AGREES, LONGEST_SECONDS, Choice, Mark
from vetting.domain.scoring import Scorecard
from vetting.domain.second_look import Deciding, deciding, doubted, lengths
from vetting.domain.tongue import N_, _
from vetting.domain.webhook import EventKind
from vetting.errors import BadInput, Conflict
from vetting.services import appeals, audit, events, outbox
from vetting.services.accounts import Account
from vetting.services.context import Context

RATE_FIRST = N_("Rate this interview yourself first; then you see the machine's ratings beside yours and decide.")

TAKEN_BACK = timedelta(minutes=10)
"""So long a slip can be decided again before the candidate is written to; only what then counts is told."""


@dataclass(frozen=True)
class Verdict:
    """What a person decides: `levels` and `reasons` by competency are the ratings they stand by, and why changed.

    `opened` is when the page was shown, seconds since 1970.
    """

    choice: str
    reason: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    opened: str = ""


def rate(
    ctx: Context, public_id: str, account: Account, levels: Mapping[str, str], notes: Mapping[str, str], opened: str
) -> Review:
    """Keep a person's own ratings, for good. Raises NotFound, BadInput, Conflict the second time or unrated."""
    with writing(ctx.engine) as session:
        row, card, log = _rated(ctx, session, public_id)
        assert row.id is not None
        if review_queries.own_review(session, ctx.org, row.id, account.user_id):
            raise Conflict(_("You have rated this interview already; your first rating stays as it is."))
        of = log.rubric.competency_by_question
        marks = review.blind(log.rubric, levels, notes, doubted(card, of, lengths(log.transcript, of)))
        made = Review(
            organisation_id=ctx.org,
            interview_id=row.id,
            user_id=account.user_id,
            blind={name: mark._asdict() for name, mark in marks.items()},
            machine={c.id: c.level for c in card.competencies},
            unseen=not review_queries.seen(session, ctx.org, row.id, account.user_id),
            seconds=spent(ctx, opened),
            saved_at=ctx.now(),
        )
        session.add(made)
        given = {f"level:{name}": mark.level for name, mark in marks.items()}
        audit.record(
            ctx, session, "review.rate", f"interview:{public_id}", by=account.email, unseen=made.unseen, **given
        )
        return made


def settle(ctx: Context, public_id: str, account: Account, verdict: Verdict) -> Decision:
    """Keep the ratings a person stands by and what they decide. Deciding again replaces; what was before is kept.

    Raises NotFound, BadInput, and Conflict where they have not rated the interview themselves.
    """
    with writing(ctx.engine) as session:
        row, card, log = _rated(ctx, session, public_id)
        assert row.id is not None
        own = review_queries.own_review(session, ctx.org, row.id, account.user_id)
        if own is None:
            raise Conflict(_(RATE_FIRST))
        marks = review.settled(log.rubric, marks_of(own.blind), verdict.levels, verdict.reasons)
        choice, reason = _choice(verdict.choice), review.note("Reason", verdict.reason)
        basis = deciding(card, against=choice is not Choice.ADVANCE)
        if not reason and (needed := why_needed(card, choice, basis)):
            raise BadInput(needed)
        own.settled = {name: mark._asdict() for name, mark in marks.items()}
        own.settled_at = ctx.now()
        session.add(own)
        made = _decided(ctx, row, card, account, choice, reason, basis)
        made.seconds = spent(ctx, verdict.opened)
        changed = sum(mark.level != own.blind[name]["level"] for name, mark in marks.items())
        return _replace(ctx, session, row, made, account, changed=changed)


def confirm(ctx: Context, public_id: str, account: Account, verdict: Verdict) -> Decision:
    """Confirm a recommendation of which the machine is sure.

    Raises NotFound, and Conflict where the machine is not sure, recommends something else, or it was decided already.
    """
    with writing(ctx.engine) as session:
        row, card, _log = _rated(ctx, session, public_id)
        stored = queries.scorecard(session, ctx.org, row.id or 0)
        choice = _choice(verdict.choice)
        if stored is None or stored.concern is not None or AGREES.get(card.recommendation) is not choice:
            raise Conflict(_("This cannot be confirmed as it stands. {rate_first}").format(rate_first=_(RATE_FIRST)))
        if any(d.row.current for d in review_queries.decisions(session, ctx.org, row.id or 0)):
            raise Conflict(_("This was decided in the meantime; open the interview to see by whom."))
        basis = deciding(card, against=choice is not Choice.ADVANCE)
        made = _decided(ctx, row, card, account, choice, "", basis)
        made.confirmed, made.seconds = True, spent(ctx, verdict.opened)
        return _replace(ctx, session, row, made, account)


def note_sight(ctx: Context, interview_id: int, account: Account) -> None:
    """Remember that a person has seen the scorecard, so that a later rating of theirs does not count as blind."""
    with reading(ctx.engine) as session:
        if review_queries.seen(session, ctx.org, interview_id, account.user_id):
            return
    sight = ScorecardSight(organisation_id=ctx.org, interview_id=interview_id, user_id=account.user_id, at=ctx.now())
    with suppress(IntegrityError), writing(ctx.engine) as session:  # two tabs at once: one of them remembers it
        session.add(sight)


def why_needed(card: Scorecard, choice: Choice, basis: Deciding | None) -> str | None:
    """Why a decision needs a reason in words, if it does: it goes against a recommendation, or no quote carries it."""
    recommended = AGREES.get(card.recommendation)
    if choice is Choice.ASK_MORE:
        return _("Say in a few words what to ask.")
    if recommended is not None and recommended is not choice:
        return _("You decide against the recommendation; say in a few words why.")
    if choice is Choice.DO_NOT_ADVANCE and (basis is None or basis.quote is None):
        return _("No quote carries this decision; say in a few words why.")
    return None


def marks_of(stored: Mapping[str, Mapping[str, object]]) -> dict[str, Mark]:
    """Ratings as they are stored -> by competency."""
    return {name: Mark(**mark) for name, mark in stored.items()}  # type: ignore[arg-type]  # written by `_asdict`


def spent(ctx: Context, opened: str) -> int | None:
    """Seconds since a page was opened, at most LONGEST_SECONDS; None where that is not known.

    The browser sends the time back as it got it. It measures work, it controls nothing, so it is not sealed.
    """
    try:
        seconds = ctx.now().timestamp() - float(opened)
    except ValueError:
        return None
    return round(min(seconds, LONGEST_SECONDS)) if 0 <= seconds < float("inf") else None


def _rated(ctx: Context, session: Session, public_id: str) -> tuple[Interview, Scorecard, Log]:
    """The interview, held against a second decision at the same time, with its scorecard and log."""
    row = queries.interview(session, ctx.org, public_id)
    session.exec(select(Interview.id).where(Interview.id == row.id).with_for_update()).one()
    stored: ScorecardRow | None = queries.scorecard(session, ctx.org, row.id or 0)
    if stored is None:
        raise Conflict(_("This interview is not rated yet, so there is nothing to settle; look again in a moment."))
    return row, Scorecard.model_validate(stored.document), load(session, ctx.org, row.id or 0)


def _choice(text: str) -> Choice:
    try:
        return Choice(text)
    except ValueError:
        raise BadInput(_("Decide: advance, do not advance, or ask for more.")) from None


def _decided(
    ctx: Context, row: Interview, card: Scorecard, account: Account, choice: Choice, reason: str, basis: Deciding | None
) -> Decision:
    quote = basis.quote if basis else None
    assert row.id is not None
    return Decision(
        organisation_id=ctx.org,
        interview_id=row.id,
        user_id=account.user_id,
        choice=choice.value,
        reason=reason,
        recommended=card.recommendation.value,
        confirmed=False,
        turn=quote.turn if quote else None,
        start=quote.start if quote else None,
        end=quote.end if quote else None,
        at=ctx.now(),
    )


def _replace(
    ctx: Context, session: Session, row: Interview, made: Decision, account: Account, **detail: int
) -> Decision:
    session.connection().execute(
        update(Decision).where(col(Decision.interview_id) == row.id, col(Decision.current)).values(current=False)
    )
    session.add(made)
    session.flush()
    told = {"choice": made.choice, "recommended": made.recommended, "confirmed": made.confirmed}
    person = events.candidate_of(session, row)
    data = {"interview": {"id": row.public_id}, **told}
    events.emit(ctx, session, EventKind.SCORECARD_DECIDED, f"decision:{made.id}", data, person)
    contested = own_queries.appeals_against(session, ctx.org, row.id or 0)
    appeals.decided(ctx, session, row, contested)
    to = outbox.To(row.candidate_id, row.id)
    outbox.post(
        ctx, session, LetterKind.DECIDED, f"decision:{made.id}", to, about=str(made.id), due=ctx.now() + TAKEN_BACK
    )
    reason = audit.fingerprint(ctx, made.reason) if made.reason else ""
    audit.record(
        ctx, session, "interview.decide", f"interview:{row.public_id}", by=account.email,
        choice=made.choice, recommended=made.recommended, confirmed=made.confirmed, reason=reason, **detail,
    )  # fmt: skip
    return made
