"""The worker: runs durable jobs, one process on SQLite, several on PostgreSQL. The only launcher of DBOS.

Jobs are `name -> service function` and are given row keys only. They run at least once: a worker that is killed runs
its unfinished jobs again when it starts, or another worker does, so every job must be harmless when repeated.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine

from vetting.db.jobs import QUEUE, VERSION, Job, make_client
from vetting.db.migrate import upgrade
from vetting.db.postgres import Space, holding
from vetting.db.worker_slots import Slot, abandoned, executor, take
from vetting.errors import Unavailable, VettingError, trail

C = TypeVar("C")
JobFunction = Callable[..., object]
"""Called as `function(context, *ids)`."""

CONCURRENCY = 2
POLL_SECONDS = 0.25
SWEEP_SECONDS = 60.0
RETRY_SECONDS = (1, 2, 5, 10, 20, 40, 60)
"""Waits before an unavailable part is tried again; afterwards the job fails and a sweep may ask for it anew."""
RECOVERIES = 10
"""Restarts of the worker that a job may cause before it is set aside."""
STOP_SECONDS = 6

logger = logging.getLogger(__name__)


def run_job(context: C, jobs: Mapping[str, JobFunction], job: Job) -> None:
    """Run one job by its name. Raises VettingError for a name that is not known."""
    if job.name not in jobs:
        raise VettingError(f"There is no job '{job.name}'.")
    jobs[job.name](context, *job.ids)


class Worker(Generic[C]):
    """Jobs and sweeps over one database. `start`, then `stop`; only one may exist in a process."""

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        make_context: Callable[[], C],
        jobs: Mapping[str, JobFunction],
        sweeps: Sequence[Callable[[C], object]] = (),
        *,
        sweep_seconds: float = SWEEP_SECONDS,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
    ) -> None:
        self._engine, self._folder = engine, folder
        self._make_context, self._jobs, self._sweeps = make_context, dict(jobs), tuple(sweeps)
        self._sweep_seconds, self._retry_seconds = sweep_seconds, tuple(retry_seconds)
        self._slot: Slot | None = None
        self._stopping = threading.Event()
        self._sweeper: threading.Thread | None = None

    def start(self) -> None:
        """Take a slot, bring the tables up to date, recover what a killed worker left, begin to run jobs.

        Raises Conflict when there is no slot left.
        """
        self._slot = take(self._engine, self._folder)
        upgrade(self._engine)  # also puts an SQLite file into WAL mode before DBOS opens it
        self._context = self._make_context()
        self._launch()
        self._sweeper = threading.Thread(target=self._sweep_forever, name="sweeper", daemon=True)
        self._sweeper.start()

    def stop(self, seconds: int = STOP_SECONDS) -> None:
        """Take no more jobs and give running ones `seconds`; the rest run again when a worker starts."""
        from dbos import DBOS

        self._stopping.set()
        if self._sweeper:
            self._sweeper.join(timeout=1)
        DBOS.destroy(workflow_completion_timeout_sec=seconds, destroy_registry=True)
        self._client.destroy()
        if self._slot:
            self._slot.close()

    def alone(self) -> bool:
        """Whether nobody else can run under this worker's number; else it has to end."""
        return self._slot is not None and self._slot.held()

    def _launch(self) -> None:
        from dbos import DBOS, DBOSPortableJSONSerializer

        assert self._slot is not None
        url = self._engine.url.render_as_string(hide_password=False)
        DBOS(
            config={
                "name": "vetting",
                "system_database_url": url,
                "executor_id": executor(self._slot.number),
                "application_version": VERSION,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
            }
        )
        for name in self._jobs:
            DBOS.workflow(name=name, max_recovery_attempts=RECOVERIES)(self._workflow(name))
        self._client = make_client(url)
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=CONCURRENCY, polling_interval_sec=POLL_SECONDS, on_conflict="always_update"
        )

    def _workflow(self, name: str) -> Callable[..., None]:
        """A job as DBOS runs it; one that meets something unavailable is put back with a delay, freeing its place."""

        def workflow(*ids: int, attempt: int = 0) -> None:
            try:
                run_job(self._context, self._jobs, Job(name, ids))
            except Unavailable as error:
                if attempt >= len(self._retry_seconds):
                    raise
                wait = self._retry_seconds[attempt]
                logger.warning("%s%s is tried again in %s s: %s", name, ids, wait, error.message)
                self._again(name, ids, attempt + 1, wait)
            except VettingError:
                raise
            except Exception as error:  # its message may hold what somebody wrote, and is kept with the job
                raise VettingError(f"{name}{ids} failed: {trail(error)}") from None

        workflow.__qualname__ = workflow.__name__ = name
        return workflow

    def _again(self, name: str, ids: tuple[int, ...], attempt: int, wait: float) -> None:
        from dbos import DBOS

        first = str(DBOS.workflow_id).partition("#")[0]
        self._client.enqueue(
            {
                "workflow_name": name,
                "queue_name": QUEUE,
                "workflow_id": f"{first}#{attempt}",
                "app_version": VERSION,
                "delay_seconds": wait,
            },
            *ids,
            attempt=attempt,
        )

    def _sweep_forever(self) -> None:
        while not self._stopping.is_set():
            for sweep in (lambda _: self._take_over(), *self._sweeps):
                try:
                    with holding(self._engine, Space.SWEEP) as mine:
                        if mine:  # else another worker sweeps at this moment
                            sweep(self._context)
                except VettingError as error:
                    logger.warning("a sweep failed and is tried again: %s", error.message)
                except Exception as error:  # a defect in one sweep must not end the others
                    logger.error("a sweep failed: %s", trail(error))
            self._stopping.wait(self._sweep_seconds)

    def _take_over(self) -> None:
        """Have what a worker that is gone left unfinished done by those who are here."""
        from dbos import DBOS

        assert self._slot is not None
        for number in abandoned(self._engine, self._slot.number):
            with holding(self._engine, Space.WORKER, number) as gone:
                if gone:
                    DBOS._recover_pending_workflows([executor(number)])  # what DBOS itself does when a worker starts


def run(worker: Worker[Any], *, follow_parent: bool = False) -> None:
    """Run a worker until SIGTERM or SIGINT, or until its parent process is gone; then end this process.

    Jobs still running after `STOP_SECONDS` are abandoned: they are recovered at the next start.
    """
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    parent = os.getppid()
    worker.start()
    while not asked.wait(timeout=1.0):
        if follow_parent and os.getppid() != parent:
            break
        if not worker.alone():
            logger.warning("another worker runs under the number of this one, which ends and starts anew")
            break
    worker.stop()
    logging.shutdown()
    os._exit(0)  # a job that does not end would hold up an ordinary exit
