"""What calls to language models came to, scoped by organisation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case, func
from sqlmodel import Session, col

from vetting.db.models import ModelCallRow
from vetting.db.queries import columns

UNTOLD_TOKENS = 2_000
"""What a call counts whose size the server did not tell, so that silence does not spend without end."""
REACHED = ("ok", "invalid", "cut", "refused", "empty", "too_large", "timeout", "broken_connection")
"""Outcomes after which a server may want to be paid."""


@dataclass(frozen=True)
class Spent:
    """Calls, tokens and US dollars; `unpriced` calls have no known price and are in no sum of dollars."""

    calls: int = 0
    tokens: int = 0
    unpriced: int = 0
    usd: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.calls + other.calls,
            self.tokens + other.tokens,
            self.unpriced + other.unpriced,
            self.usd + other.usd,
        )


class ModelSpent(NamedTuple):
    """What the calls to one model came to."""

    model: str
    spent: Spent


def counted(status: str, tokens: int) -> int:
    """What a call counts against a budget."""
    return tokens or (UNTOLD_TOKENS if status in REACHED else 0)


def spent_on(call: ModelCallRow) -> Spent:
    """What one call came to."""
    tokens = counted(call.status, call.input_tokens + call.output_tokens)
    unpriced = call.status in REACHED and call.cost_usd is None
    return Spent(1, tokens, int(unpriced), call.cost_usd or 0.0)


def of_interview(session: Session, org: int, interview_id: int) -> Spent:
    """What one interview came to."""
    return _sum(session, col(ModelCallRow.organisation_id) == org, col(ModelCallRow.interview_id) == interview_id)


def since(session: Session, org: int, start: datetime, end: datetime | None = None) -> Spent:
    """What an organisation came to from `start` on, until before `end`."""
    until = [col(ModelCallRow.at) < end] if end else []
    return _sum(session, col(ModelCallRow.organisation_id) == org, col(ModelCallRow.at) >= start, *until)


def by_model(session: Session, org: int, start: datetime) -> list[ModelSpent]:
    """What each model came to since then, the most tokens first."""
    query = columns(ModelCallRow.model, *_SUMS).where(
        col(ModelCallRow.organisation_id) == org, col(ModelCallRow.at) >= start
    )
    rows = session.execute(query.group_by(col(ModelCallRow.model))).all()
    found = [ModelSpent(row[0], _spent(row[1:])) for row in rows]
    return sorted(found, key=lambda one: -one.spent.tokens)


_told = col(ModelCallRow.input_tokens) + col(ModelCallRow.output_tokens)
_reached = col(ModelCallRow.status).in_(REACHED)
_SUMS: tuple[Any, ...] = (
    func.count(),
    func.sum(case((_told > 0, _told), (_reached, UNTOLD_TOKENS), else_=0)),
    func.sum(case((_reached & col(ModelCallRow.cost_usd).is_(None), 1), else_=0)),
    func.sum(col(ModelCallRow.cost_usd)),
)


def _sum(session: Session, *conditions: Any) -> Spent:
    return _spent(session.execute(columns(*_SUMS).where(*conditions)).one())


def _spent(row: Any) -> Spent:
    return Spent(row[0], int(row[1] or 0), int(row[2] or 0), float(row[3] or 0.0))
