"""Named reads about questions: what was answered to them, which are withdrawn; each is scoped by organisation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Subquery, func
from sqlmodel import Session, col, select

from vetting.db.item_models import ModelAnswerRating, ScorecardChange, VoidedQuestion
from vetting.db.models import Interview, InterviewEvent, InterviewText, RubricVersion, ScorecardRow, VerdictRow
from vetting.db.queries import columns
from vetting.domain.agreement import panel_key, probability
from vetting.domain.interview_events import Phase
from vetting.domain.item_statistics import Ability, Response
from vetting.domain.rubric import Rubric
from vetting.domain.transcript import PromptKind, TurnStatus
from vetting.domain.work_sample import typed

NEWEST = 1000
"""Interviews of a version that are read; more would say little more and take seconds."""
_TOLD = ("question_asked", "answer_submitted", "turn_skipped", "turn_disputed", "paused", "resumed")


class VersionLine(NamedTuple):
    """A stored version of a pack with how much it was used."""

    id: int
    rubric_id: str
    version: str
    title: str
    sha256: str
    created_at: datetime
    interviews: int
    disputes: int
    voided: int
    status: str
    uncalibrated: bool | None


class Answered(NamedTuple):
    """The responses of so many interviews; `more` says that older interviews were not read."""

    responses: list[Response]
    interviews: int
    more: bool


def versions(session: Session, org: int) -> list[VersionLine]:
    """The stored versions by pack, the newest first."""
    begun = columns(func.count()).where(
        col(Interview.rubric_version_id) == RubricVersion.id, col(Interview.phase) != Phase.CREATED.value
    )
    disputes = columns(func.count(col(InterviewEvent.id))).where(
        col(InterviewEvent.interview_id) == Interview.id,
        col(Interview.rubric_version_id) == RubricVersion.id,
        col(InterviewEvent.type) == "turn_disputed",
    )
    voided = columns(func.count(col(VoidedQuestion.id))).where(
        col(VoidedQuestion.rubric_version_id) == RubricVersion.id, col(VoidedQuestion.restored_at).is_(None)
    )
    rows = session.connection().execute(
        columns(
            RubricVersion.id,
            RubricVersion.rubric_id,
            RubricVersion.version,
            col(RubricVersion.content)["title"].as_string(),
            RubricVersion.sha256,
            RubricVersion.created_at,
            *(count.correlate(RubricVersion).scalar_subquery() for count in (begun, disputes, voided)),
            col(RubricVersion.content)["status"].as_string(),
            col(RubricVersion.content)["uncalibrated"].as_boolean(),
        )
        .where(col(RubricVersion.organisation_id) == org)
        .order_by(col(RubricVersion.rubric_id), col(RubricVersion.id).desc())
    )
    return [VersionLine._make(row) for row in rows]


def voids(session: Session, org: int, version_id: int) -> list[VoidedQuestion]:
    """Every time a question of a version was withdrawn, the newest first; those restored since among them."""
    mine = (col(VoidedQuestion.organisation_id) == org, col(VoidedQuestion.rubric_version_id) == version_id)
    return list(session.exec(select(VoidedQuestion).where(*mine).order_by(col(VoidedQuestion.id).desc())))


def changes(session: Session, org: int, interview_id: int) -> list[ScorecardChange]:
    """What withdrawing questions changed in the scorecard of an interview, the newest first."""
    mine = (col(ScorecardChange.organisation_id) == org, col(ScorecardChange.interview_id) == interview_id)
    return list(session.exec(select(ScorecardChange).where(*mine).order_by(col(ScorecardChange.id).desc())))


def model_answers(session: Session, rubric_sha256: str, rater: str) -> dict[str, float]:
    """Question id -> share of its indicators that a rater found in the model-written answer."""
    rows = session.exec(
        select(ModelAnswerRating).where(
            ModelAnswerRating.rubric_sha256 == rubric_sha256, ModelAnswerRating.rater == rater
        )
    )
    return {row.question_id: row.shown / row.indicators for row in rows}


def stale(session: Session, org: int, version_id: int) -> list[int]:
    """Interviews of a version whose scorecard leaves out other questions than those that are withdrawn now."""
    history = voids(session, org, version_id)
    standing = {row.question_id for row in history if row.restored_at is None}
    asked: dict[int, set[str]] = defaultdict(set)
    for interview_id, question_id in asked_of(session, org, version_id, {row.question_id for row in history}):
        asked[interview_id].add(question_id)
    cards = session.connection().execute(
        columns(ScorecardRow.interview_id, col(ScorecardRow.document)["voided"].as_json())
        .join(Interview, col(Interview.id) == ScorecardRow.interview_id)
        .where(col(ScorecardRow.organisation_id) == org, col(Interview.rubric_version_id) == version_id)
        .order_by(col(ScorecardRow.interview_id))
    )
    return [key for key, out in cards if set(out or ()) != asked.get(key, set()) & standing]


def asked_of(session: Session, org: int, version_id: int, questions: set[str]) -> list[tuple[int, str]]:
    """(interview, question) for every interview of a version in which one of these questions was asked."""
    question = col(InterviewEvent.payload)["question_id"].as_string()
    rows = session.connection().execute(
        columns(InterviewEvent.interview_id, question)
        .distinct()
        .join(Interview, col(Interview.id) == InterviewEvent.interview_id)
        .where(
            col(InterviewEvent.organisation_id) == org,
            col(Interview.rubric_version_id) == version_id,
            col(InterviewEvent.type) == "question_asked",
            question.in_(questions),
        )
        .order_by(col(InterviewEvent.interview_id))
    )
    return [(key, name) for key, name in rows]


def responses(session: Session, org: int, version_ids: Sequence[int], rubric: Rubric) -> Answered:
    """What came of each question in the newest interviews over these versions; `rubric` names the competencies.

    Questions that `rubric` does not hold are left out.
    """
    newest = (
        columns(col(Interview.id).label("id"), col(Interview.candidate_id).label("person"))
        .where(
            col(Interview.organisation_id) == org,
            col(Interview.rubric_version_id).in_(version_ids),
            col(Interview.phase).not_in((Phase.CREATED.value, Phase.ERASED.value)),
        )
        .order_by(col(Interview.id).desc())
        .limit(NEWEST + 1)
    )
    rows = session.connection().execute(newest).all()
    people = {key: person for key, person in rows[:NEWEST]}
    read = newest.limit(NEWEST).subquery()
    shown = _shown(session, read)
    abilities = _abilities(session, read, rubric)
    competency = {q.id: c.id for c in rubric.competencies for q in c.questions}
    indicators = {q.id: {i.id for i in q.indicators} for q in rubric.questions()}
    found = [
        Response(
            interview=key,
            person=people[key],
            question_id=question_id,
            at=told.at,
            status=told.status,
            disputed=told.disputed,
            shown={t: p for t, p in shown.get((key, question_id), {}).items() if t in indicators[question_id]},
            ability=abilities.get(key, {}).get(competency[question_id]),
            minutes=told.minutes,
            text=typed(told.text),
        )
        for key, question_id, told in _told(session, read)
        if question_id in competency
    ]
    return Answered(found, len(people), len(rows) > NEWEST)


def _shown(session: Session, read: Subquery) -> Mapping[tuple[int, str], dict[str, float]]:
    """(interview, question) -> target -> the panel's probability."""
    given: dict[tuple[int, str], dict[str, list[tuple[tuple[str, str], float]]]] = defaultdict(dict)
    rows = session.connection().execute(
        columns(VerdictRow.interview_id, VerdictRow.question_id, VerdictRow.target, VerdictRow.rater, VerdictRow.p)
        .join(read, read.c.id == VerdictRow.interview_id)
        .order_by(col(VerdictRow.id))
    )
    for interview, question, target, rater, p in rows:
        given[interview, question].setdefault(target, []).append((panel_key(rater), p))
    return {key: {target: probability(ps) for target, ps in by.items()} for key, by in given.items()}


def _abilities(session: Session, read: Subquery, rubric: Rubric) -> Mapping[int, dict[str, Ability]]:
    """Interview -> competency -> level in its scorecard, where it is rated. Scorecards keep the pack's order."""
    document = col(ScorecardRow.document)
    wanted = [
        document[("competencies", n, name)] for n, _ in enumerate(rubric.competencies) for name in ("id", "level", "se")
    ]
    parts = [part.as_string() if n % 3 == 0 else part.as_float() for n, part in enumerate(wanted)]
    rows = session.connection().execute(
        columns(ScorecardRow.interview_id, *parts).join(read, read.c.id == ScorecardRow.interview_id)
    )
    return {
        row[0]: {
            name: Ability(level, se)
            for name, level, se in zip(row[1::3], row[2::3], row[3::3], strict=True)
            if name is not None and level is not None
        }
        for row in rows
    }


@dataclass
class _Told:
    """One question as the log tells it; `paused` are the seconds of breaks while it was open."""

    at: datetime
    status: TurnStatus = TurnStatus.OPEN
    disputed: str | None = None
    minutes: float | None = None
    text: str = ""
    paused: float = 0


@dataclass
class _Interview:
    """The questions of one interview, by id and by turn, while its events are read."""

    questions: dict[str, _Told] = field(default_factory=dict)
    by_turn: dict[int, str] = field(default_factory=dict)
    leads: dict[int, _Told] = field(default_factory=dict)
    break_since: datetime | None = None

    def take(self, kind: str, payload: Mapping[str, Any], at: datetime, text: str | None) -> None:
        """The next event."""
        turn = payload.get("turn", 0)
        lead = self.leads.get(turn)
        if kind == "question_asked":
            self.by_turn[turn] = payload["question_id"]
            if payload["kind"] == PromptKind.LEAD.value:
                self.leads[turn] = self.questions[payload["question_id"]] = _Told(at)
        elif kind == "answer_submitted" and lead:
            lead.status, lead.text = TurnStatus.ANSWERED, text or ""
            lead.minutes = max((at - lead.at).total_seconds() - lead.paused, 0) / 60
        elif kind == "turn_skipped" and lead:
            lead.status = TurnStatus.SKIPPED
        elif kind == "turn_disputed" and (told := self.questions.get(self.by_turn.get(turn, ""))):
            told.disputed = told.disputed or text or ""
        elif kind == "paused":
            self.break_since = at
        elif kind == "resumed" and self.break_since and self.leads:
            newest = self.leads[max(self.leads)]
            newest.paused += (at - max(self.break_since, newest.at)).total_seconds()
            self.break_since = None


def _told(session: Session, read: Subquery) -> Iterator[tuple[int, str, _Told]]:
    """(interview, question, what became of it) for every lead question that was asked."""
    rows = session.connection().execute(
        columns(
            InterviewEvent.interview_id,
            InterviewEvent.type,
            InterviewEvent.payload,
            InterviewEvent.at,
            InterviewText.text,
        )
        .join(read, read.c.id == InterviewEvent.interview_id)
        .outerjoin(InterviewText, _has_text())
        .where(col(InterviewEvent.type).in_(_TOLD))
        .order_by(col(InterviewEvent.interview_id), col(InterviewEvent.seq))
    )
    interviews: dict[int, _Interview] = defaultdict(_Interview)
    for interview, kind, payload, at, text in rows:
        interviews[interview].take(kind, payload, at, text)
    for key, interview in interviews.items():
        for question_id, told in interview.questions.items():
            yield key, question_id, told


def _has_text() -> Any:
    """Only what the candidate wrote is read, never the prompts."""
    wanted = col(InterviewEvent.type).in_(("answer_submitted", "turn_disputed"))
    return (col(InterviewText.event_id) == InterviewEvent.id) & wanted
