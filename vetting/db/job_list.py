"""The durable jobs as they stand in the tables of the job library, for people: what waits, runs, failed.

A job holds row keys only; whose rows they are is for the caller to find out, before anything is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vetting.ports import JobLine, JobState

if TYPE_CHECKING:
    from dbos import DBOSClient


_STATES = {
    "ENQUEUED": JobState.WAITING, "DELAYED": JobState.WAITING, "PENDING": JobState.RUNNING, "SUCCESS": JobState.DONE,
    "ERROR": JobState.FAILED, "CANCELLED": JobState.FAILED, "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.FAILED,
}  # fmt: skip


def listed(client: DBOSClient, queue: str, states: Sequence[JobState], limit: int) -> list[JobLine]:
    """The newest jobs in one of these states."""
    wanted = [theirs for theirs, ours in _STATES.items() if ours in states]
    rows = client.list_workflows(
        status=wanted, queue_name=queue, limit=limit, sort_desc=True, load_input=True, load_output=True
    )
    return [_line(row) for row in rows]


def found(client: DBOSClient, job_id: str) -> JobLine | None:
    """One job by its id."""
    rows = client.list_workflows(workflow_ids=[job_id], load_input=True, load_output=True)
    return _line(rows[0]) if rows else None


def _line(row: object) -> JobLine:
    given = (getattr(row, "input", None) or {}).get("args") or ()
    error = getattr(row, "error", None)
    state = _STATES.get(str(getattr(row, "status", "")), JobState.WAITING)
    return JobLine(
        id=str(getattr(row, "workflow_id", "")),
        name=str(getattr(row, "name", "")),
        ids=tuple(n for n in given if isinstance(n, int)),
        state=state,
        asked=_moment(getattr(row, "created_at", 0)),
        changed=_moment(getattr(row, "updated_at", 0)),
        error=str(error or "") if state is JobState.FAILED else "",
    )


def _moment(milliseconds: object) -> datetime:
    return datetime.fromtimestamp(int(str(milliseconds or 0)) / 1000, UTC)
