"""Durable jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from sqlmodel import Session


class JobState(StrEnum):
    """What has become of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobLine(NamedTuple):
    """One job: its name, the keys of the rows it is about, and the sentence it failed with."""

    id: str
    name: str
    ids: tuple[int, ...]
    state: JobState
    asked: datetime
    changed: datetime
    error: str


class JobQueue(Protocol):
    """Durable jobs: committed with the transaction that asks for them, run at least once afterwards."""

    def listed(self, states: Sequence[JobState], limit: int) -> list[JobLine]:
        """The newest jobs in one of these states, of all organisations: the caller looks whose rows they are about."""
        ...

    def found(self, job_id: str) -> JobLine | None:
        """One job by its id."""
        ...

    def enqueue(self, session: Session, job: str, workflow_id: str, *ids: int) -> None:
        """Have `job` run with `ids` once `session` commits; the same workflow id twice is one job."""
        ...

    def warm(self) -> None:
        """Load what the first job would otherwise wait for."""
        ...
