"""What was used up of the limits that all processes share; kept, so that a restart forgives nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete
from sqlmodel import Field, SQLModel, col

from vetting.db.engine import writing
from vetting.db.models import UtcDateTime
from vetting.domain.throttle import Granted, Limit, Spent, take

KEEP = timedelta(days=1)


class ThrottleRow(SQLModel, table=True):
    """Of the installation: who knocks at a door is of no organisation yet. `name` is a keyed hash, never an address."""

    __tablename__ = "throttle"
    name: str = Field(primary_key=True)
    since: datetime = Field(sa_type=UtcDateTime, index=True)
    count: int


def spend(engine: Engine, name: str, limit: Limit, now: datetime, wanted: int) -> Granted:
    """Take from a limit under the write lock; rows that no limit needs any more go."""
    with writing(engine) as session:
        row = session.get(ThrottleRow, name)
        granted = take(limit, Spent(row.since, row.count) if row else None, now, wanted)
        if row is None:
            session.connection().execute(delete(ThrottleRow).where(col(ThrottleRow.since) < now - KEEP))
            row = ThrottleRow(name=name, since=now, count=0)
        row.since, row.count = granted.kept
        session.add(row)
        return granted
