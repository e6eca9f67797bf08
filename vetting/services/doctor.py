"""Looks for everything that must never be true of an installation, and says where. Changes nothing.

Each check is a function that yields one sentence per fault and is listed in `CHECKS`: a new promise about what is
stored gets its check there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from vetting.db import backup, migrate
from vetting.db.engine import reading
from vetting.db.log import Log, load
from vetting.db.models import Interview, InterviewEvent, Organisation, ScorecardRow
from vetting.domain.interview_events import Phase
from vetting.domain.scoring import Scorecard
from vetting.domain.soundness import log_faults, lost, sequence_faults, verdict_faults
from vetting.errors import BadInput, VettingError
from vetting.services import audit, scoring
from vetting.services.context import Context
from vetting.services.defences import defended

Ledger = Mapping[str, Mapping[int, str]]
"""Acknowledged answers as a client noted them: public id of the interview -> turn -> `soundness.digest`."""

SCORED_WITHIN = timedelta(minutes=10)
"""A completed interview without a scorecard after this long is stuck: the worker looks every minute."""
STARTED_WITHIN = timedelta(hours=1)
"""A job that waits longer than this waits for a worker that is not there."""


class Checked(NamedTuple):
    """One check: what must hold, how many things were looked at, and what was found."""

    name: str
    holds: str
    looked_at: int
    faults: tuple[str, ...]


class Check(NamedTuple):
    """A check to be run: its name, what must hold, and a function that yields the faults and counts what it saw.

    In what must hold, `{index}` stands for the kind of index that was chosen.
    """

    name: str
    holds: str
    look: Callable[[Context, Count], Iterator[str]]


class Count:
    """How many things a check has looked at."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, n: int = 1) -> None:
        """So many more."""
        self.n += n


def examine_file(engine: Engine) -> list[Checked]:
    """What must hold before anything else can be looked at: a whole file, and the tables of this version."""
    faults: list[str] = []
    if engine.dialect.name == "sqlite":
        file = backup.file_of(str(engine.url))
        if not file.is_file():
            raise BadInput(f"There is no database at {file} yet; is VETTING_DATA_DIR the one of the service?")
        faults = backup.integrity_faults(file)
    whole = Checked("database", "the database is whole and every reference leads somewhere", 1, tuple(faults))
    if faults:
        return [whole]
    return [whole, Checked("version", "its tables are those of this version", 1, _version(engine))]


def examine(ctx: Context, ledger: Ledger | None = None) -> list[Checked]:
    """Every check of `CHECKS` in every organisation, and the ledger of a client against what is stored."""
    found = [_run(ctx, check) for check in CHECKS]
    return found if ledger is None else [_acknowledged(ctx, ledger), *found]


def read_ledger(path: Path) -> Ledger:
    """A ledger file, a line per answer: `{"interview": id, "turn": n, "sha256": hash}`. Raises BadInput by line."""
    ledger: dict[str, dict[int, str]] = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                noted = json.loads(line)
                ledger.setdefault(str(noted["interview"]), {})[int(noted["turn"])] = str(noted["sha256"])
            except (ValueError, KeyError, TypeError):
                raise BadInput(f"{path}:{number}: not a line with interview, turn and sha256.") from None
    return ledger


def _version(engine: Engine) -> tuple[str, ...]:
    try:
        if migrate.up_to_date(engine):
            return ()
    except migrate.NewerDatabase as error:
        return (error.message,)
    return ("its tables are older than this version; the next start of the service updates them, after a copy",)


def _run(ctx: Context, check: Check) -> Checked:
    """A check that cannot be carried out is a fault of its own, and no reason to leave the others out."""
    count = Count()
    faults: list[str] = []
    try:
        for org in _organisations(ctx):
            faults += check.look(ctx.for_organisation(org), count)
    except (VettingError, DatabaseError) as error:
        faults.append(f"could not be looked at: {error}")
    return Checked(check.name, check.holds.format(index=ctx.settings.index), count.n, tuple(faults))


def _organisations(ctx: Context) -> list[int]:
    with reading(ctx.engine) as session:
        return [org for org in session.exec(select(Organisation.id).order_by(col(Organisation.id))) if org is not None]


@contextmanager
def _at(ctx: Context, interview_id: int) -> Iterator[tuple[Session, Log]]:
    with reading(ctx.engine) as session:
        yield session, load(session, ctx.org, interview_id)


def _interviews(ctx: Context, *phases: Phase) -> list[int]:
    query = select(Interview.id).where(Interview.organisation_id == ctx.org).order_by(col(Interview.id))
    if phases:
        query = query.where(col(Interview.phase).in_([phase.value for phase in phases]))
    with reading(ctx.engine) as session:
        return [interview_id for interview_id in session.exec(query) if interview_id is not None]


def _logs(ctx: Context, count: Count) -> Iterator[str]:
    for interview_id in _interviews(ctx):
        count()
        with _at(ctx, interview_id) as (session, log):
            numbers = session.exec(
                select(InterviewEvent.seq)
                .where(InterviewEvent.interview_id == interview_id)
                .order_by(col(InterviewEvent.seq))
            ).all()
            faults = [*sequence_faults(numbers), *log_faults(log.entries)]
            if not faults and log.row.phase != log.state.phase.value:
                faults = [f"listed as {log.row.phase}, but its events say {log.state.phase.value}"]
            yield from (f"interview {log.row.public_id}: {fault}" for fault in faults)


def _quotes(ctx: Context, count: Count) -> Iterator[str]:
    for interview_id in _interviews(ctx):
        with _at(ctx, interview_id) as (session, log):
            if log_faults(log.entries):
                continue  # told by the check of the logs; its turns cannot be read
            said, rated = log.transcript, [*scoring.by_rater(session, interview_id).values()]
            erased = frozenset(turn.number for turn in said.turns if turn.answer is None)
            for assessment in (
                *(a for of_rater in rated for a in of_rater.values()),
                *(a for turn in defended(session, ctx.org, interview_id).values() for a in turn.values()),
            ):
                count(len(assessment.verdicts))
                faults = verdict_faults(assessment.verdicts, said, erased)
                yield from (f"interview {log.row.public_id}: {fault}" for fault in faults)


def _scorecards(ctx: Context, count: Count) -> Iterator[str]:
    """Left out are provisional ones, whose missing verdicts may be coming in at this moment, and those that were worked
    out by an earlier version of the belief: they stand as they were decided on.
    """
    with reading(ctx.engine) as session:
        settled = col(ScorecardRow.provisional).is_(False)
        rows = session.exec(select(ScorecardRow).where(ScorecardRow.organisation_id == ctx.org, settled)).all()
    for row in rows:
        count()
        again = scoring.recompute(ctx, row.interview_id).model_dump(mode="json")
        if Scorecard.model_validate(row.document).belief != again["belief"]:
            continue
        if row.document.get("voided") == again.get("voided") and _bytes(row.document) != _bytes(again):
            with _at(ctx, row.interview_id) as (_, log):
                yield f"interview {log.row.public_id}: its scorecard is not what its verdicts add up to"


def _stuck(ctx: Context, count: Count) -> Iterator[str]:
    now = ctx.now()
    for interview_id in _interviews(ctx, Phase.COMPLETED):
        count()
        with _at(ctx, interview_id) as (session, log):
            scored = session.exec(select(ScorecardRow.id).where(ScorecardRow.interview_id == interview_id)).first()
            late = log.row.completed_at is not None and log.row.completed_at < now - SCORED_WITHIN
            if scored is None and late:
                yield f"interview {log.row.public_id} is completed and has no scorecard; does the worker run?"


def _jobs(ctx: Context, count: Count) -> Iterator[str]:
    """Jobs belong to the installation: they are looked at once, with the first organisation."""
    if ctx.org != _organisations(ctx)[0] or not _has_jobs(ctx.engine):
        return
    limit = int((ctx.now() - STARTED_WITHIN).timestamp() * 1000)
    with reading(ctx.engine) as session:
        for name, status, created in session.connection().execute(
            text(f"SELECT workflow_uuid, status, created_at FROM {migrate.job_table(ctx.engine, 'workflow_status')}")
        ):
            count()
            if status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
                yield f"job {name} ended its worker again and again and was set aside"
            elif status in ("ENQUEUED", "PENDING") and created < limit:
                yield f"job {name} has waited for more than an hour; does the worker run?"


def _has_jobs(engine: Engine) -> bool:
    return inspect(engine).has_table("workflow_status", migrate.job_schema(engine))


def _vectors(ctx: Context, count: Count) -> Iterator[str]:
    """Items that wait for their first vector are work, not a fault; what the index holds must be in the database."""
    count()
    yield from (fault for fault in ctx.index.verify() if "no vector of the current embedder yet" not in fault)


def _acknowledged(ctx: Context, ledger: Ledger) -> Checked:
    count = Count()
    faults: list[str] = []
    for public_id, turns in ledger.items():
        with reading(ctx.engine) as session:
            row = session.exec(select(Interview).where(Interview.public_id == public_id)).first()
            count(len(turns))
            if row is None or row.id is None:
                faults.append(f"interview {public_id} has acknowledged answers and does not exist")
                continue
            log = load(session, row.organisation_id, row.id)
        faults += [f"interview {public_id}: {fault}" for fault in lost(turns, log.transcript)]
    return Checked("acknowledged", "every acknowledged answer is stored, word for word", count.n, tuple(faults))


def _audit(ctx: Context, count: Count) -> Iterator[str]:
    """The chain alone: that the whole database was put back shows only against a mark noted elsewhere (page Audit)."""
    found = audit.check(ctx)
    count(found.links)
    if found.fault is not None:
        yield f"the audit chain of organisation {ctx.org}, entry {found.fault.seq}: {found.fault.what}"


def _bytes(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


CHECKS: list[Check] = [
    Check("logs", "turns are 1..n without a gap, at most one is open, nothing happened twice", _logs),
    Check("quotes", "every verdict that needs a quote has one that stands in an answer to its question", _quotes),
    Check("scorecards", "every scorecard is, to the byte, what its verdicts add up to", _scorecards),
    Check("interviews", "no completed interview waits for its scorecard", _stuck),
    Check("jobs", "no job was given up or waits for a worker", _jobs),
    Check("audit", "the audit chain is what was written: nothing changed, removed or put in another order", _audit),
    Check("vectors", "the index ({index}) holds what the database holds, and nothing else", _vectors),
]
"""What is looked at in each organisation, in this order."""
