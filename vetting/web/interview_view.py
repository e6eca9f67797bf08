"""An interview as its page shows it: what was said, what it was rated by, and what a person should ask about.

Read in twelve queries whatever the length of the interview.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from vetting.db import item_queries, queries
from vetting.db.item_models import ScorecardChange
from vetting.db.log import Log, load
from vetting.db.models import AssessmentRow, Candidate, Interview, ModelCallRow, ScorecardRow
from vetting.db.spend_queries import Spent, spent_on
from vetting.domain.explanation import FLAG_QUESTIONS, Explanation, explain
from vetting.domain.injection import suspects
from vetting.domain.interview import InterviewState, TurnState
from vetting.domain.interview_events import AnswerSubmitted, NoteAdded, TurnDisputed
from vetting.domain.scoring import CompetencyScore, EvidenceItem, Scorecard
from vetting.domain.signals import Signal, in_words, questions
from vetting.domain.tongue import N_, _
from vetting.domain.transcript import PromptKind, TurnStatus
from vetting.domain.verdict import Finding, Flag
from vetting.services.likenesses import Alike, alike
from vetting.services.signals import signals_of
from vetting.web.marks import Piece, Quoted, pieces
from vetting.web.work_sample_view import SampleView, sample_view

WORDS: Mapping[Finding, str] = {
    Finding.MET: N_("shown"),
    Finding.PARTLY: N_("partly shown"),
    Finding.NOT_SHOWN: N_("not shown"),
    Finding.CONTRADICTED: N_("wrong"),
}


@dataclass(frozen=True)
class QuoteView:
    """A quote with what it shows; `anchor` is where it stands in the transcript."""

    anchor: str
    text: str
    turn: int
    statement: str
    word: str
    counts_for: bool
    rater: str


@dataclass(frozen=True)
class CompetencyView:
    """A competency of the scorecard with its quotes, what speaks for the candidate first."""

    score: CompetencyScore
    quotes: tuple[QuoteView, ...]


@dataclass(frozen=True)
class TurnView:
    """A turn: the prompt and who worded it, the answer cut at its quotes, and what the candidate said about it."""

    state: TurnState
    prompt: str
    answer: tuple[Piece, ...]
    quotes: tuple[QuoteView, ...]
    dispute: str | None
    note: str | None
    competency: str
    sample: SampleView | None = None
    withdrawn: bool = False
    noticed: str = ""
    """What the page noticed while this was written, in words."""
    reworded: str | None = None
    """The other wording, which was answered, where the candidate asked for it."""

    @property
    def number(self) -> int:
        """Counts from 1."""
        return self.state.asked.turn

    @property
    def erased(self) -> bool:
        """Whether there was an answer that is no longer kept."""
        return self.state.status is TurnStatus.ANSWERED and not self.answer

    @property
    def suspected(self) -> bool:
        """Whether a passage reads like an instruction to the rater."""
        return any(piece.suspect for piece in self.answer)


@dataclass(frozen=True)
class Doubt:
    """A question to a person about some turns; never a finding."""

    turns: tuple[int, ...]
    text: str
    source: str


@dataclass(frozen=True)
class InterviewView:
    """Everything of one interview that staff may see."""

    row: Interview
    candidate: Candidate
    log: Log
    state: InterviewState
    card: Scorecard | None
    explanation: Explanation | None
    rated_at: datetime | None
    competencies: tuple[CompetencyView, ...]
    turns: tuple[TurnView, ...]
    doubts: tuple[Doubt, ...]
    assessments: tuple[AssessmentRow, ...]
    calls: tuple[ModelCallRow, ...]
    alike: tuple[Alike, ...]
    """Other people whose answers or accounts look like this one's."""
    changes: tuple[ScorecardChange, ...] = ()

    @property
    def spent(self) -> Spent:
        """What language models came to."""
        return sum((spent_on(call) for call in self.calls), Spent())

    @property
    def minutes(self) -> int:
        """Minutes the candidate worked, breaks left out."""
        return round(self.state.active_seconds / 60)

    @property
    def fallbacks(self) -> tuple[TurnView, ...]:
        """Turns the embedded engine asked because a model failed."""
        return tuple(t for t in self.turns if t.state.asked.fallback)

    @property
    def disputed(self) -> tuple[TurnView, ...]:
        """Turns whose question the candidate called wrong or unclear."""
        return tuple(t for t in self.turns if t.state.disputed)

    @property
    def refused(self) -> int:
        """Claims of raters that were refused, most for want of a verbatim quote."""
        return sum(len(a.dropped) for a in self.assessments)


def read_interview(session: Session, org: int, public_id: str) -> InterviewView:
    """The interview of that id in a URL. Raises NotFound."""
    row, candidate = queries.interview_and_candidate(session, org, public_id)
    assert row.id is not None
    log = load(session, org, row.id)
    stored = queries.scorecard(session, org, row.id)
    assessments = tuple(queries.assessments(session, org, row.id))
    calls = tuple(queries.model_calls(session, org, row.id))
    changes = tuple(item_queries.changes(session, org, row.id))
    others = alike(session, org, row.candidate_id, row.id)
    return view(log, candidate, stored, assessments, calls, signals_of(session, org, row.id), others, changes)


def view(
    log: Log,
    candidate: Candidate,
    stored: ScorecardRow | None,
    assessments: tuple[AssessmentRow, ...],
    calls: tuple[ModelCallRow, ...],
    signals: Mapping[int, tuple[Signal, ...]],
    others: tuple[Alike, ...],
    changes: tuple[ScorecardChange, ...] = (),
) -> InterviewView:
    """Put together what was read."""
    card = Scorecard.model_validate(stored.document) if stored else None
    state = log.state
    competencies = tuple(CompetencyView(c, _quotes(c.evidence)) for c in card.competencies) if card else ()
    return InterviewView(
        row=log.row,
        candidate=candidate,
        log=log,
        state=state,
        card=card,
        explanation=explain(log.rubric, log.transcript, card) if card else None,
        rated_at=stored.rated_at if stored else None,
        competencies=competencies,
        turns=_turns(log, state, [q for c in competencies for q in c.quotes], card, signals),
        doubts=_doubts(state, assessments, signals),
        assessments=assessments,
        calls=calls,
        changes=changes,
        alike=others,
    )


def anchor(turn: int, start: int) -> str:
    """The fragment under which a quote is found in the transcript."""
    return f"q{turn}-{start}"


def _quotes(evidence: Iterable[EvidenceItem]) -> tuple[QuoteView, ...]:
    order = (Finding.MET, Finding.PARTLY, Finding.CONTRADICTED, Finding.NOT_SHOWN)
    return tuple(
        QuoteView(
            anchor=anchor(e.turn, e.start),
            text=e.quote,
            turn=e.turn,
            statement=e.statement,
            word=_(WORDS[Finding.CONTRADICTED if e.against else e.finding]),
            counts_for=not e.against and e.finding is not Finding.CONTRADICTED,
            rater=e.rater,
        )
        for e in sorted(evidence, key=lambda e: (e.against, order.index(e.finding), e.turn, e.start))
    )


def _turns(
    log: Log,
    state: InterviewState,
    quotes: list[QuoteView],
    card: Scorecard | None,
    signals: Mapping[int, tuple[Signal, ...]],
) -> tuple[TurnView, ...]:
    spans = _spans(card)
    texts: dict[tuple[type, int], str] = {
        (type(e.event), e.event.turn): e.text or ""
        for e in log.entries
        if isinstance(e.event, AnswerSubmitted | TurnDisputed | NoteAdded)
    }
    prompts = {t.number: t.prompt for t in log.transcript.turns}
    return tuple(
        TurnView(
            state=turn,
            prompt=prompts[n],
            answer=_marked(texts.get((AnswerSubmitted, n), ""), spans.get(n, ())),
            quotes=tuple(q for q in quotes if q.turn == n),
            dispute=texts.get((TurnDisputed, n)),
            note=texts.get((NoteAdded, n)),
            competency=log.rubric.competency_of(turn.asked.question_id).name,
            sample=_sample(log, turn),
            withdrawn=turn.asked.question_id in log.voided,
            noticed=in_words(signals.get(n, ())),
            reworded=log.rubric.question(turn.asked.question_id).rephrase if turn.rephrased else None,
        )
        for turn in state.turns
        for n in (turn.asked.turn,)
    )


def _marked(answer: str, quotes: Iterable[Quoted]) -> tuple[Piece, ...]:
    """The answer cut at its quotes and at what reads like an instruction to the rater."""
    return pieces(answer, quotes, [(s.start, s.end) for s in suspects(answer) if s.kind.shown])


def _sample(log: Log, turn: TurnState) -> SampleView | None:
    if turn.asked.kind is not PromptKind.LEAD or turn.status is not TurnStatus.ANSWERED:
        return None
    return sample_view(log.rubric.question(turn.asked.question_id), log.transcript)


def _spans(card: Scorecard | None) -> dict[int, list[Quoted]]:
    """Where the quotes of a scorecard stand, by turn; the same words quoted twice are marked once."""
    found: dict[int, dict[tuple[int, int], Quoted]] = {}
    for item in (e for c in (card.competencies if card else ()) for e in c.evidence):
        quoted = Quoted(anchor(item.turn, item.start), item.start, item.end)
        found.setdefault(item.turn, {})[item.start, item.end] = quoted
    return {turn: list(spans.values()) for turn, spans in found.items()}


def _doubts(
    state: InterviewState, assessments: tuple[AssessmentRow, ...], signals: Mapping[int, tuple[Signal, ...]]
) -> tuple[Doubt, ...]:
    found = [
        (t.asked.turn, text, "browser")
        for t in state.turns
        for text in questions(signals.get(t.asked.turn, ()), t.pasted_chars)
    ]
    for row in assessments:
        turn = next((t for t in row.turns), row.last_turn)
        found += [(turn, FLAG_QUESTIONS[Flag(flag)], row.rater) for flag in row.flags]
    turns: dict[str, list[int]] = {}
    sources: dict[str, str] = {}
    for turn, text, source in sorted(found, key=lambda one: one[0]):
        turns.setdefault(text, []).append(turn)
        sources.setdefault(text, source)
    return tuple(Doubt(tuple(dict.fromkeys(at)), text, sources[text]) for text, at in turns.items())


def export(shown: InterviewView) -> dict[str, Any]:
    """The whole record of an interview as JSON, with ids as files know them and everything a rating rests on."""
    card = shown.card
    return {
        "interview": shown.row.public_id,
        "candidate": shown.candidate.imported_id,
        "rubric": {"id": shown.log.rubric.id, "version": shown.log.rubric.version, "sha256": shown.log.rubric.sha256},
        "form": shown.row.form,
        "phase": shown.state.phase.value,
        "completed_at": shown.row.completed_at.isoformat() if shown.row.completed_at else None,
        "rated_at": shown.rated_at.isoformat() if shown.rated_at else None,
        "scorecard": card.model_dump(mode="json") if card else None,
        "scorecard_changes": [
            {"at": c.at.isoformat(), "withdrawn": c.voided, "before": c.before, "after": c.after} for c in shown.changes
        ],
        "turns": [_turn_document(turn) for turn in shown.turns],
        "assessments": [
            {
                "question": a.question_id,
                "turns": a.turns,
                "rater": a.provenance["rater"],
                "rubric_sha256": a.provenance["rubric_sha"],
                "flags": a.flags,
                "refused": a.dropped,
            }
            for a in shown.assessments
        ],
        "model_calls": [
            {"prompt": c.prompt, "prompt_sha256": c.prompt_sha, "model": c.model, "status": c.status}
            for c in shown.calls
        ],
    }


def _turn_document(turn: TurnView) -> dict[str, Any]:
    asked = turn.state.asked
    answered = turn.state.status is TurnStatus.ANSWERED and not turn.erased
    return {
        "turn": turn.number,
        "kind": asked.kind.value,
        "question": asked.question_id,
        "prompt": turn.prompt,
        "asked_by": {
            "engine": asked.engine, "model": asked.model, "prompt": asked.prompt, "prompt_sha256": asked.prompt_sha,
            "fallback": asked.fallback,
        },
        "status": turn.state.status.value,
        "answer": "".join(p.text for p in turn.answer) if answered else None,
        "disputed": turn.state.disputed,
        "dispute": turn.dispute or None,
        "note": turn.note or None,
        "pasted_characters": turn.state.pasted_chars,
    }  # fmt: skip
