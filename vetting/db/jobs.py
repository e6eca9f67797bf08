"""The job queue: jobs are rows of the application's own database, committed with the transaction that asks for them.

`DbosQueue` is durable and serves web processes; `InlineQueue` runs the jobs in this process after the commit, for
commands that do one thing and end, and for tests.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import event
from sqlmodel import Session

from vetting.db import job_list
from vetting.errors import VettingError
from vetting.ports import JobLine, JobState

if TYPE_CHECKING:
    from dbos import DBOSClient

QUEUE = "vetting"
VERSION = "1"
"""Raised when the name or the ids of a job change; DBOS runs only jobs of the worker's own version."""

REMEMBERED = 200
"""Jobs that an inline queue can tell of."""

logger = logging.getLogger(__name__)


class Job(NamedTuple):
    """A job by name, with the keys of the rows it is about; never their content."""

    name: str
    ids: tuple[int, ...]


class DbosQueue:
    """Jobs run by `vetting worker`. Implements `ports.JobQueue`; may be shared by threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: DBOSClient | None = None
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Load the library (0.2 s or more) before the first job needs it."""
        self._connected()

    def enqueue(self, session: Session, job: str, workflow_id: str, *ids: int) -> None:
        """Have `job` run with `ids` once `session` commits; the same workflow id twice is one job."""
        session.flush()
        self._connected().enqueue_in_transaction(
            session.connection(),
            {"workflow_name": job, "queue_name": QUEUE, "workflow_id": workflow_id, "app_version": VERSION},
            *ids,
        )

    def listed(self, states: Sequence[JobState], limit: int) -> list[JobLine]:
        """The newest jobs in one of these states, of all organisations."""
        return job_list.listed(self._connected(), QUEUE, states, limit)

    def found(self, job_id: str) -> JobLine | None:
        """One job by its id."""
        return job_list.found(self._connected(), job_id)

    def close(self) -> None:
        """Let go of the library's connections."""
        with self._lock:
            if self._client:
                self._client.destroy()
            self._client = None

    def _connected(self) -> DBOSClient:
        with self._lock:
            if self._client is None:
                self._client = make_client(self._url)
            return self._client


def make_client(url: str) -> DBOSClient:
    """A client of the job tables; job arguments are kept as JSON, not pickled."""
    from dbos import DBOSClient, DBOSPortableJSONSerializer  # 0.2 s: not at the start of every command

    logging.getLogger("dbos").setLevel(logging.WARNING)
    return DBOSClient(
        system_database_url=url, serializer=DBOSPortableJSONSerializer(), lazy=True, application_name=QUEUE
    )


class InlineQueue:
    """Runs jobs in this process, one after the other, right after the commit. Implements `ports.JobQueue`. One thread.

    A job that fails as `VettingError` is logged and kept in `failed` (the commit it follows has happened); any other
    error is a defect and rises from the commit.
    """

    def __init__(self, run: Callable[[Job], None]) -> None:
        self._run = run
        self._taken: set[str] = set()
        self._waiting: deque[tuple[str, Job]] = deque()
        self._busy = False
        self.failed: list[tuple[Job, VettingError]] = []
        self._lines: dict[str, JobLine] = {}

    def enqueue(self, session: Session, job: str, workflow_id: str, *ids: int) -> None:
        """Have `job` run with `ids` once `session` commits; the same workflow id twice is one job."""
        asked: list[tuple[str, Job]] | None = session.info.get(self)
        if asked is None:
            asked = session.info[self] = []
            event.listen(session, "after_commit", self._committed)
            event.listen(session, "after_rollback", lambda s: s.info[self].clear())
        asked.append((workflow_id, Job(job, ids)))

    def warm(self) -> None:
        """Nothing to load."""

    def listed(self, states: Sequence[JobState], limit: int) -> list[JobLine]:
        """The newest jobs of this process in one of these states."""
        return [line for line in reversed(self._lines.values()) if line.state in states][:limit]

    def found(self, job_id: str) -> JobLine | None:
        """One job of this process by its id."""
        return self._lines.get(job_id)

    def _committed(self, session: Session) -> None:
        asked: list[tuple[str, Job]] = session.info[self]
        for workflow_id, job in asked:
            if workflow_id not in self._taken:
                self._taken.add(workflow_id)
                self._waiting.append((workflow_id, job))
        asked.clear()
        if not self._busy:
            self._drain()

    def _drain(self) -> None:
        self._busy = True
        try:
            while self._waiting:
                workflow_id, job = self._waiting.popleft()
                asked = datetime.now(UTC)
                self._note(workflow_id, job, asked)
                try:
                    self._run(job)
                    self._note(workflow_id, job, asked, JobState.DONE)
                except VettingError as error:
                    self._note(workflow_id, job, asked, JobState.FAILED, error.message)
                    logger.warning("%s failed: %s", workflow_id, error.message)
                    self._taken.discard(workflow_id)
                    self.failed.append((job, error))
        finally:
            self._busy = False

    def _note(self, name: str, job: Job, asked: datetime, state: JobState = JobState.RUNNING, error: str = "") -> None:
        self._lines.pop(name, None)
        self._lines[name] = JobLine(name, job.name, job.ids, state, asked, datetime.now(UTC), error)
        if len(self._lines) > REMEMBERED:
            del self._lines[next(iter(self._lines))]
