"""What the page noticed while an answer was written: pastes, leaving it. Shown to both sides, never scored."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from vetting.db.engine import writing
from vetting.db.integrity_models import PageSignal
from vetting.db.log import load
from vetting.domain.signals import MOST_AMOUNT, MOST_SIGNALS, Signal, SignalKind
from vetting.domain.tongue import _
from vetting.errors import BadInput, StaleTurn
from vetting.services.context import Context


@dataclass(frozen=True)
class Noticed:
    """A signal as the browser sends it; `number` counts within the turn, `amount` is characters or seconds."""

    turn: int
    number: int
    kind: SignalKind
    amount: int


def notice(ctx: Context, interview_id: int, noticed: Noticed) -> None:
    """Keep a signal of the open turn; the same number a second time changes nothing. Raises StaleTurn, BadInput."""
    if not 1 <= noticed.number <= MOST_SIGNALS or not 0 <= noticed.amount <= MOST_AMOUNT:
        raise BadInput(
            _("A page reports at most {most_signals} signals for one question, each up to {most_amount:,}.").format(
                most_signals=MOST_SIGNALS, most_amount=MOST_AMOUNT
            )
        )
    with writing(ctx.engine, interview=interview_id) as session:
        log = load(session, ctx.org, interview_id)
        current = log.state.current
        if current is None or current.asked.turn != noticed.turn:
            raise StaleTurn
        known = session.exec(
            select(func.count())
            .select_from(PageSignal)
            .where(
                PageSignal.interview_id == interview_id,
                PageSignal.turn == noticed.turn,
                PageSignal.number == noticed.number,
            )
        ).one()
        if not known:
            session.add(
                PageSignal(
                    organisation_id=ctx.org,
                    interview_id=interview_id,
                    turn=noticed.turn,
                    number=noticed.number,
                    kind=noticed.kind.value,
                    amount=noticed.amount,
                    at=ctx.now(),
                )
            )


def signals_of(session: Session, org: int, interview_id: int) -> dict[int, tuple[Signal, ...]]:
    """The signals of an interview in order of time, by turn."""
    rows = session.exec(
        select(PageSignal)
        .where(PageSignal.organisation_id == org, PageSignal.interview_id == interview_id)
        .order_by(col(PageSignal.turn), col(PageSignal.at), col(PageSignal.number))
    )
    found: dict[int, tuple[Signal, ...]] = {}
    for row in rows:
        found[row.turn] = (*found.get(row.turn, ()), Signal(SignalKind(row.kind), row.amount, row.at))
    return found
