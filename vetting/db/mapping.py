"""Rows to domain values and back."""

from collections import OrderedDict

from sqlmodel import Session

from vetting.db.models import AssessmentRow, InterviewEvent, RubricVersion, VerdictRow
from vetting.domain.interview_events import EVENT, Entry
from vetting.domain.rubric import Rubric
from vetting.domain.transcript import Span
from vetting.domain.verdict import Assessment, Dropped, Finding, Flag, RaterId, Verdict
from vetting.errors import NotFound

_RUBRICS: OrderedDict[str, Rubric] = OrderedDict()
_KEEP = 64


def rubric_of(session: Session, version_id: int, sha256: str) -> Rubric:
    """The pack of a stored version; versions are immutable, so reading and parsing once per process is enough.

    Its content (some 200 KB) is only read where this process does not know it yet. Raises NotFound.
    """
    if sha256 not in _RUBRICS:
        row = session.get(RubricVersion, version_id)
        if row is None or row.sha256 != sha256:
            raise NotFound
        _RUBRICS[sha256] = Rubric.model_validate(row.content)
        while len(_RUBRICS) > _KEEP:
            _RUBRICS.popitem(last=False)
    return _RUBRICS[sha256]


def entry_of(row: InterviewEvent, text: str | None) -> Entry:
    """An event of the log with its text."""
    return Entry(event=EVENT.validate_python({"type": row.type, **row.payload}), text=text)


def event_row(entry: Entry, *, organisation_id: int, interview_id: int, seq: int) -> InterviewEvent:
    """The row of an event; its text is stored apart."""
    payload = entry.event.model_dump(mode="json", exclude={"type"})
    return InterviewEvent(
        organisation_id=organisation_id,
        interview_id=interview_id,
        seq=seq,
        type=entry.event.type,
        payload=payload,
        at=entry.event.at,
    )


def rater_key(rater: RaterId) -> str:
    """The name under which a rater's verdicts are kept."""
    return f"{rater.engine}:{rater.model}"


def verdict_row(verdict: Verdict, rater: str, *, organisation_id: int, interview_id: int) -> VerdictRow:
    """The row of an accepted verdict."""
    span = verdict.span
    return VerdictRow(
        organisation_id=organisation_id,
        interview_id=interview_id,
        question_id=verdict.question_id,
        target=verdict.target,
        rater=rater,
        finding=verdict.finding.value,
        p=verdict.p,
        turn=span.turn if span else None,
        start=span.start if span else None,
        end=span.end if span else None,
    )


def assessment_of(row: AssessmentRow, verdicts: list[VerdictRow]) -> Assessment:
    """A stored assessment with its verdicts, in the order they were accepted."""
    return Assessment(
        question_id=row.question_id,
        turns=tuple(row.turns),
        rater=RaterId.model_validate(row.provenance["rater"]),
        rubric_sha=row.provenance["rubric_sha"],
        verdicts=tuple(_verdict(v) for v in verdicts),
        dropped=tuple(Dropped.model_validate(d) for d in row.dropped),
        flags=tuple(Flag(f) for f in row.flags),
    )


def _verdict(row: VerdictRow) -> Verdict:
    span = None if row.turn is None or row.start is None or row.end is None else Span(row.turn, row.start, row.end)
    return Verdict(question_id=row.question_id, target=row.target, finding=Finding(row.finding), p=row.p, span=span)
