"""The append-only log of an interview: load it, append to it."""

from typing import NamedTuple

from sqlmodel import Session, col, select

from vetting.db.item_models import VoidedQuestion
from vetting.db.mapping import entry_of, event_row, rubric_of
from vetting.db.models import Candidate, Interview, InterviewEvent, InterviewText, RubricVersion
from vetting.domain.interview import InterviewState, fold, transcript
from vetting.domain.interview_events import Completed, Entry, Started, Withdrawn
from vetting.domain.rubric import Rubric
from vetting.domain.transcript import Transcript
from vetting.errors import NotFound, StaleTurn


class Log(NamedTuple):
    """An interview as it stands: the row, its rubric, the entries in order, and which questions are withdrawn."""

    row: Interview
    rubric: Rubric
    entries: tuple[Entry, ...]
    voided: frozenset[str] = frozenset()

    @property
    def id(self) -> int:
        """The row's key."""
        assert self.row.id is not None
        return self.row.id

    @property
    def state(self) -> InterviewState:
        """What the entries add up to, for somebody who knows which questions are withdrawn."""
        return fold(self.entries).model_copy(update={"voided": self.voided})

    @property
    def transcript(self) -> Transcript:
        """What was said."""
        return transcript(self.entries)


def load(session: Session, org: int, interview_id: int) -> Log:
    """The log of an interview of this organisation. Raises NotFound."""
    query = (
        select(Interview, RubricVersion.sha256)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .where(Interview.id == interview_id, Interview.organisation_id == org)
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    row, sha256 = found
    events = session.exec(
        select(InterviewEvent, InterviewText.text)
        .join(InterviewText, col(InterviewText.event_id) == InterviewEvent.id, isouter=True)
        .where(InterviewEvent.interview_id == interview_id, InterviewEvent.organisation_id == org)
        .order_by(col(InterviewEvent.seq))
    ).all()
    rubric = rubric_of(session, row.rubric_version_id, sha256)
    voided = voided_questions(session, row.rubric_version_id)
    return Log(row, rubric, tuple(entry_of(event, text) for event, text in events), voided)


def voided_questions(session: Session, version_id: int) -> frozenset[str]:
    """The questions of a version that are withdrawn now; a version belongs to one organisation."""
    standing = select(VoidedQuestion.question_id).where(
        VoidedQuestion.rubric_version_id == version_id, col(VoidedQuestion.restored_at).is_(None)
    )
    return frozenset(session.exec(standing))


def append(session: Session, log: Log, entries: tuple[Entry, ...]) -> None:
    """Append to a log that was loaded, perhaps in an earlier transaction.

    Raises StaleTurn when somebody else appended since: what was worked out from the old log no longer fits.
    """
    last = session.exec(
        select(InterviewEvent.seq)
        .where(InterviewEvent.interview_id == log.id)
        .order_by(col(InterviewEvent.seq).desc())
        .limit(1)
    ).first()
    if (last or 0) != len(log.entries):
        raise StaleTurn
    org = log.row.organisation_id
    rows = [
        event_row(entry, organisation_id=org, interview_id=log.id, seq=len(log.entries) + n)
        for n, entry in enumerate(entries, start=1)
    ]
    session.add_all(rows)
    session.flush()
    texts = [
        InterviewText(event_id=row.id, organisation_id=org, text=entry.text)
        for row, entry in zip(rows, entries, strict=True)
        if entry.text is not None and row.id is not None
    ]
    session.add_all(texts)
    _cache_phase(session, log, entries)


def candidate_of(session: Session, log: Log) -> Candidate:
    """The person interviewed."""
    found = session.get(Candidate, log.row.candidate_id)
    if found is None or found.organisation_id != log.row.organisation_id:
        raise NotFound
    return found


def _cache_phase(session: Session, log: Log, entries: tuple[Entry, ...]) -> None:
    """Keep `phase`, a copy for lists, in step with the log."""
    state = fold((*log.entries, *entries))
    row = session.get(Interview, log.id)
    if row is None:
        raise NotFound
    row.phase = state.phase.value
    ended = next((e.event.at for e in entries if isinstance(e.event, Completed | Withdrawn)), None)
    row.completed_at = ended or row.completed_at
    started = next((e.event for e in entries if isinstance(e.event, Started)), None)
    row.form = started.form.value if started else row.form
    session.add(row)
