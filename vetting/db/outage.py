"""What all processes know of the language model's server, in one row: so that one probe is enough for all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import Field, SQLModel

from vetting.db.engine import reading, writing
from vetting.db.models import UtcDateTime
from vetting.ports import Outage


class ModelOutage(SQLModel, table=True):
    """A server that failed, of the installation: how often in a row, and when it was last tried. No row: it never did.

    `server` is a hash of its address.
    """

    __tablename__ = "model_outage"
    server: str = Field(primary_key=True)
    failures: int
    last_try: datetime = Field(sa_type=UtcDateTime)


class SharedOutage:
    """`ports.OutageStore` in the database; `server` is any name for what is asked, the same in every process."""

    def __init__(self, engine: Engine, server: str) -> None:
        self._engine, self._server = engine, server

    def read(self) -> Outage:
        """What is known now."""
        with reading(self._engine) as session:
            return _known(session.get(ModelOutage, self._server))

    def change(self, step: Callable[[Outage], Outage]) -> tuple[Outage, Outage]:
        """Take a step under the write lock. Raises Unavailable when the database is busy."""
        with writing(self._engine) as session:
            row = session.get(ModelOutage, self._server)
            before = _known(row)
            after = step(before)
            if after != before:
                row = row or ModelOutage(server=self._server, failures=0, last_try=datetime.fromtimestamp(0, UTC))
                row.failures, row.last_try = after.failures, datetime.fromtimestamp(after.last_try, UTC)
                session.add(row)
            return before, after


def _known(row: ModelOutage | None) -> Outage:
    return Outage() if row is None else Outage(row.failures, row.last_try.timestamp())
