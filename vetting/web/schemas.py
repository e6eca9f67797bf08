"""What programs send to and get from `/api/v1`; ids are imported ids for people and projects, else those of URLs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vetting.domain.interview_events import Phase
from vetting.domain.rubric import CoreForm, Status
from vetting.domain.scoring import Recommendation, Scorecard
from vetting.domain.shortlist import State

Level = Annotated[float, Field(ge=1, le=5)]


class Sent(BaseModel):
    """Base of what is sent: a field that is not known is a fault, not a silence."""

    model_config = ConfigDict(extra="forbid")


class CandidateOut(BaseModel):
    """A person as stored; `status` says whether the id was new."""

    id: str
    name: str
    email: str | None
    headline: str
    status: Literal["added", "updated", "unchanged"]


class InterviewIn(Sent):
    """Whom to invite to what. `candidate` is an id known here."""

    candidate: Annotated[str, Field(min_length=1, max_length=200)]
    rubric: Annotated[str, Field(min_length=1, max_length=80, examples=["software.networking"])]
    purpose: Annotated[str, Field(max_length=300)] = ""
    offer: Annotated[
        str,
        Field(
            max_length=1000,
            description="What the work pays and asks; the candidate reads it before anything else",
            examples=["95 EUR an hour, about ten hours a week, from home"],
        ),
    ] = ""
    form: CoreForm | None = None
    mail: Annotated[
        bool, Field(description="Also send the link to the candidate by e-mail, and once more if they do not begin")
    ] = False


class InterviewMade(BaseModel):
    """A new interview; `url` is the invite link and is shown this once."""

    id: str
    url: str


class SpentOut(BaseModel):
    """What language models came to; `usd` is by list price, without the `unpriced` calls.

    A call whose size the server did not tell counts 2,000 tokens.
    """

    calls: int
    tokens: int
    unpriced: int
    usd: float


class InterviewOut(BaseModel):
    """Where an interview stands; what is rated is null until it is."""

    id: str
    candidate: str
    rubric: str
    rubric_version: str
    phase: Phase
    form: CoreForm
    turns: int
    created_at: datetime
    completed_at: datetime | None
    recommendation: Recommendation | None
    level: float | None
    interval: tuple[float, float] | None
    provisional: bool | None
    spent: SpentOut


class QuoteOut(BaseModel):
    """Words of the candidate, from character `start` of the answer of `turn` on."""

    turn: int
    start: int
    text: str


class CompetencyWordsOut(BaseModel):
    """A competency in two to four sentences; `questions` are what a person should ask about it."""

    id: str
    name: str
    sentences: list[str]
    quotes: list[QuoteOut]
    questions: list[str]


class ExplanationOut(BaseModel):
    """The scorecard in words; each sentence rests on its numbers or on a quote."""

    headline: str
    competencies: list[CompetencyWordsOut]
    questions: list[str]


class ScorecardOut(BaseModel):
    """A scorecard with the interview it belongs to, and in words."""

    interview: str
    candidate: str
    rated_at: datetime
    scorecard: Scorecard
    explanation: ExplanationOut


class ProjectIn(Sent):
    """A project in the format of project files; without an id one is made."""

    id: str | None = None
    title: str
    brief: str = ""
    requirements: list[dict[str, Any]] = Field(
        default_factory=list,
        examples=[[{"kind": "must", "competency": "software.networking/transport", "min_level": 3.5}]],
    )
    seats: int | None = None
    hours_per_week: float | None = None
    rate_max: dict[str, Any] | None = Field(default=None, examples=[{"amount": 120, "currency": "EUR", "per": "hour"}])
    start: str | None = Field(default=None, examples=["2027-01-11"])
    client: str | None = None


class ProjectOut(BaseModel):
    """A project; `url_id` is its id in the addresses of pages."""

    id: str
    url_id: str
    title: str
    brief: str
    requirements: list[dict[str, Any]]
    seats: int | None
    hours_per_week: float | None
    rate_max: dict[str, Any] | None
    start: str | None
    client: str | None
    status: str
    shortlists: list[str]


class ShortlistIn(Sent):
    """How many experts to rank."""

    k: Annotated[int, Field(ge=1, le=1000)] = 10


class DecisionIn(Sent):
    """What was decided; a decline needs a reason."""

    decision: Literal["approve", "decline", "undo"]
    reason: Annotated[str, Field(max_length=2000)] = ""


class RequirementStatus(BaseModel):
    """One requirement for one expert; `source` is verbatim."""

    id: str
    status: Literal["met", "not_met", "no_evidence"]
    source: str | None
    kind: str = ""
    asked: str = ""
    where: str = ""
    note: str = ""


class EntryOut(BaseModel):
    """A ranked expert; `parts` sum to `fit`."""

    id: str
    rank: int
    expert: str
    name: str
    fit: float
    parts: dict[str, float]
    requirements: list[RequirementStatus]
    reasons: list[str]
    band: int
    thin: bool
    state: State
    decision: Literal["proposed", "approved", "declined"]
    decision_reason: str


class ShortlistOut(BaseModel):
    """A shortlist as it was made, with what was decided since."""

    id: str
    project: str
    considered: int
    excluded: dict[str, int]
    entries: list[EntryOut]
    ranking_version: str
    embedder: str
    created_at: datetime


class DecisionOut(BaseModel):
    """An entry after a decision; `state` also knows what came after it."""

    id: str
    state: State
    decision: Literal["proposed", "approved", "declined"]
    decision_reason: str
    decided_at: datetime | None


class HitItem(BaseModel):
    """The piece of a profile that fits best; `quote` is verbatim."""

    kind: str
    title: str
    date: str | None
    quote: str


class Hit(BaseModel):
    """An expert found; `score` is the mean of the three best cosines (null where only facts are asked for)."""

    expert: str
    name: str
    headline: str
    score: float | None
    thin: bool
    item: HitItem | None
    requirements: list[RequirementStatus]
    reasons: list[str]


class FactChip(BaseModel):
    """A fact asked for: its form in writing, in words, and the words it was read from (empty: it was given)."""

    fact: str
    words: str
    said: str


class SearchOut(BaseModel):
    """Experts in plain words, best first, and how the words were understood; `index` says what answered."""

    query: str
    topic: str
    facts: list[FactChip]
    considered: int
    excluded: dict[str, int]
    hits: list[Hit]
    index: str
    note: str | None = None


class CompetencyOut(BaseModel):
    """A competency; `id` is what requirements name."""

    id: str
    name: str
    weight: float


class RubricOut(BaseModel):
    """An installed rubric pack."""

    id: str
    version: str
    title: str
    summary: str
    status: Status
    uncalibrated: bool
    language: str
    max_questions: int
    minutes: float
    cut: Level
    sha256: str
    competencies: list[CompetencyOut]


class RubricsOut(BaseModel):
    """The installed rubric packs."""

    rubrics: list[RubricOut]


class FigureOut(BaseModel):
    """A figure with its 95 % interval and the number of answers it rests on."""

    value: float
    interval: tuple[float, float]
    n: int


class DriftOut(BaseModel):
    """Change of the share of credit, beyond what the same people do on other questions; `p` of Welch's test."""

    between: Literal["halves", "versions"]
    change: FigureOut
    p: float


class IndicatorStatisticsOut(BaseModel):
    """How many show an indicator, and at which level, beside the level its author planned."""

    id: str
    planned: int
    shown: FigureOut | None
    level: FigureOut | None
    misfit: Literal["harder", "easier"] | None


class WithdrawnOut(BaseModel):
    """Who withdrew a question, and why."""

    reason: str
    by: str
    at: datetime


class ItemOut(BaseModel):
    """A question in practice; figures are null where there is too little data. Of `difficulty`, more is easier."""

    question: str
    competency: str
    type: str
    core: CoreForm | None
    asked: int
    answered: int
    exposure: FigureOut | None
    skipped: FigureOut | None
    disputes: int
    disputed: FigureOut | None
    reasons: list[str]
    difficulty: FigureOut | None
    discrimination: FigureOut | None
    minutes: float | None
    words: float | None
    near_copies: int
    near_copied: FigureOut | None
    model_answer: float | None
    drifts: list[DriftOut]
    indicators: list[IndicatorStatisticsOut]
    withdrawn: WithdrawnOut | None


class ConcernOut(BaseModel):
    """Something to look at, in plain words."""

    kind: str
    question: str
    text: str


class UnknownOut(BaseModel):
    """For how many questions a kind of concern cannot be told yet."""

    kind: str
    questions: int
    text: str


class ItemsOut(BaseModel):
    """The questions of a version of a pack; `newest_only` says that older interviews were left out."""

    rubric: str
    version: str
    sha256: str
    interviews: int
    earlier_interviews: int
    newest_only: bool
    concerns: list[ConcernOut]
    not_enough_data: list[UnknownOut]
    items: list[ItemOut]


class Problem(BaseModel):
    """An error (RFC 9457): `detail` is one plain sentence."""

    type: str
    title: str
    status: int
    detail: str
