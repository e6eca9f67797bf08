"""What the candidate's pages show of an interview; it never holds a reference, an indicator or a rating in progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from vetting.db import candidate_queries, own_queries, queries
from vetting.db.engine import reading
from vetting.db.log import Log, load
from vetting.db.models import Draft
from vetting.db.own_queries import Told, accommodations
from vetting.domain.accommodation import AccommodationKind
from vetting.domain.agreement import distinct
from vetting.domain.interview import InterviewState, TurnState
from vetting.domain.interview_events import NoteAdded, Phase
from vetting.domain.rubric import Question, Rubric
from vetting.domain.signals import Signal, in_words
from vetting.domain.tongue import _
from vetting.domain.transcript import PromptKind, TurnStatus
from vetting.domain.work_sample import is_work_sample, material
from vetting.services import accounts
from vetting.services.context import Context
from vetting.services.signals import signals_of
from vetting.web.clock import SoftClock, soft_clock
from vetting.web.feedback_view import Feedback, told_feedback
from vetting.web.figures import language_name
from vetting.web.work_sample_form import SampleForm, as_read, sample_form

LONG_QUESTION = 420
"""Characters from which a question is set in smaller type, so that it fits a screen."""


HERE = frozenset({"127.0.0.1", "localhost", "::1"})
"""This machine: what is sent there is not sent to anybody."""


@dataclass(frozen=True)
class Frame:
    """What stands around every page of one interview."""

    organisation: str
    candidate: str
    title: str
    uncalibrated: bool
    invited_by: str
    purpose: str
    language: str
    language_name: str
    phase: Phase
    key: str
    """Names this interview in the browser's own storage."""

    @property
    def house(self) -> str:
        """The organisation by name, or in words where nobody has named it."""
        return self.organisation or _("the organisation that invited you")


@dataclass(frozen=True)
class Asked:
    """The open turn. `first_wording` is set once the question was asked another way."""

    turn: int
    follow_up: bool
    topic: str
    said: str
    text: str
    first_wording: str | None
    can_rephrase: bool
    disputed: bool
    withdrawn: bool
    took_over: bool
    noticed: str = ""
    """What the page noticed while this was answered, in words; it is shown and never rated."""
    noticed_count: int = 0
    sample: SampleForm | None = None
    """What is to be worked on, where the question is a work sample."""
    shown: str = ""
    """The material of a work sample that is being followed up."""

    @property
    def long(self) -> bool:
        """Whether the text needs the smaller type."""
        return len(self.text) > LONG_QUESTION


@dataclass(frozen=True)
class Said:
    """A closed turn. `answer` is None where it was skipped; `note` is the candidate's own remark.

    `reworded`: the other wording, which was answered, where the candidate asked for it.
    """

    turn: int
    follow_up: bool
    topic: str
    prompt: str
    answer: str | None
    note: str | None
    disputed: bool
    withdrawn: bool
    noticed: str = ""
    reworded: str | None = None

    @property
    def first_line(self) -> str:
        """What a folded answer shows."""
        return (self.answer or "").strip().partition("\n")[0]


@dataclass(frozen=True)
class Topics:
    """Progress by topic: `pips` has one of now, seen, ahead per competency in the order they came up."""

    now: int
    total: int
    pips: tuple[str, ...]


@dataclass(frozen=True)
class InterviewView:
    """The interview page. `here` are the closed turns of the question that is being followed up."""

    frame: Frame
    asked: Asked | None
    draft: str
    saved_at: datetime | None
    topics: Topics
    clock: SoftClock
    here: tuple[Said, ...]
    earlier: tuple[Said, ...]


@dataclass(frozen=True)
class DoneView:
    """The page after the interview; `feedback` is None until it is rated."""

    frame: Frame
    turns: tuple[Said, ...]
    read: bool
    """Whether the candidate has read what was said; the feedback comes after that."""
    feedback: Feedback | None
    decided: Told | None = None
    """What a person decided about it."""


@dataclass(frozen=True)
class Landing:
    """What is told before the first question."""

    frame: Frame
    person_asked: bool
    """Whether a person was asked for instead of the program."""
    summary: str
    minutes: int
    questions: int
    topics: tuple[str, ...]
    offer: str
    """What the work pays and asks, in the words of who invites; empty where nobody said."""
    contact: str | None
    """The e-mail address of who invites; None where only the organisation is known."""
    fixed: bool
    """Whether everybody is asked every question once, without follow-ups."""
    other_form: bool
    """Whether a second interview asks other questions at its core."""
    draft_rubric: bool
    models: tuple[str, ...]
    outside: str | None
    """The host that answers are sent to, if any."""


def landing(ctx: Context, interview_id: int) -> Landing:
    """The invitation page of an interview."""
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        frame = frame_of(log, candidate_queries.parties(session, ctx.org, log.row.candidate_id))
        asked = accommodations(session, ctx.org, interview_id)
    rubric = log.rubric
    fixed = rubric.form.value == "fixed"
    questions = len(list(rubric.questions())) if fixed else rubric.max_questions
    models = {distinct(r.id)[1] for r in ctx.panel if r.id.engine == "model"}
    models |= {ctx.model_interviewer.model} if ctx.model_interviewer else set()
    return Landing(
        frame=frame,
        person_asked=AccommodationKind.PERSON in asked,
        summary=rubric.summary,
        minutes=round(rubric.time_budget_minutes),
        questions=questions,
        topics=tuple(c.name for c in rubric.competencies),
        offer=log.row.offer,
        contact=frame.invited_by if "@" in frame.invited_by else None,
        fixed=fixed,
        other_form=rubric.has_forms,
        draft_rubric=rubric.status.value == "draft",
        models=tuple(sorted(models)),
        outside=_outside(ctx) if models or ctx.settings.embedder.startswith("openai:") else None,
    )


def _outside(ctx: Context) -> str | None:
    host = urlsplit(ctx.settings.openai_base_url or "https://api.openai.com").hostname
    return None if host in HERE else host


def interview(ctx: Context, interview_id: int, *, turn: int | None = None, words: str = "") -> InterviewView:
    """The interview as it stands; `words` for `turn` were not taken and stand in its form again."""
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        frame = frame_of(log, candidate_queries.parties(session, ctx.org, log.row.candidate_id))
        draft = candidate_queries.draft(session, ctx.org, interview_id)
        noticed = signals_of(session, ctx.org, interview_id)
        clock = soft_clock(session, log, ctx.now())
    state = log.state
    current = state.current
    closed = _closed(log, state, noticed)
    here = current.asked.question_id if current else None
    of_question = {t.asked.turn for t in state.of_question(here)} if here else set()
    saved = draft if draft and current and draft.turn == current.asked.turn else None
    return InterviewView(
        frame=frame,
        asked=_asked(ctx, log, current, _written(saved, current, turn, words), noticed) if current else None,
        draft=_text(saved),
        saved_at=saved.saved_at if saved else None,
        topics=_topics(log.rubric, state),
        clock=clock,
        here=tuple(s for s in closed if s.turn in of_question),
        earlier=tuple(s for s in closed if s.turn not in of_question),
    )


def done(ctx: Context, interview_id: int) -> DoneView:
    """The interview once it is over."""
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        frame = frame_of(log, candidate_queries.parties(session, ctx.org, log.row.candidate_id))
        row = queries.scorecard(session, ctx.org, interview_id)
        noticed = signals_of(session, ctx.org, interview_id)
        decided = own_queries.decided(session, ctx.org, log.row.candidate_id).get(log.row.public_id)
    state = log.state
    told = told_feedback(log, row) if row else None
    return DoneView(frame, _closed(log, state, noticed), state.read, told, decided)


def frame_of(log: Log, parties: candidate_queries.Parties) -> Frame:
    """What stands around every page of an interview."""
    return Frame(
        organisation="" if parties.organisation == accounts.UNNAMED else parties.organisation,
        candidate=parties.candidate,
        title=log.rubric.title,
        uncalibrated=log.rubric.uncalibrated,
        invited_by=log.row.invited_by,
        purpose=log.row.purpose,
        language=log.rubric.language,
        language_name=language_name(log.rubric.language),
        phase=log.state.phase,
        key=log.row.public_id,
    )


def _written(saved: Draft | None, current: TurnState, turn: int | None, words: str) -> str:
    """What stands in the form: words that were not taken, else the draft."""
    return words if words and turn == current.asked.turn else _text(saved)


def _asked(
    ctx: Context, log: Log, current: TurnState, text_so_far: str, noticed: Mapping[int, tuple[Signal, ...]]
) -> Asked:
    here = noticed.get(current.asked.turn, ())
    turn = log.transcript.turn(current.asked.turn)
    question = log.rubric.question(current.asked.question_id)
    prompt = turn.prompt if turn else ""
    lead = current.asked.kind is PromptKind.LEAD
    said, text = _split(prompt, question) if lead else ("", prompt)
    reworded = question.rephrase if lead and current.rephrased else None
    return Asked(
        turn=current.asked.turn,
        follow_up=not lead,
        topic=log.rubric.competency_of(question.id).name,
        said=said,
        text=reworded or text,
        first_wording=text if reworded else None,
        can_rephrase=lead and question.rephrase is not None and not current.rephrased,
        disputed=current.disputed,
        withdrawn=question.id in log.voided,
        took_over=current.asked.fallback is not None and ctx.model_interviewer is not None,
        noticed=in_words(here),
        noticed_count=len(here),
        sample=sample_form(question, text_so_far) if lead and is_work_sample(question) else None,
        shown=material(question) if not lead and is_work_sample(question) else "",
    )


def _split(prompt: str, question: Question) -> tuple[str, str]:
    """The interviewer's transition, and the question itself."""
    if prompt.endswith(question.text):
        return prompt.removesuffix(question.text).strip(), question.text
    return "", prompt


def _closed(log: Log, state: InterviewState, noticed: Mapping[int, tuple[Signal, ...]]) -> tuple[Said, ...]:
    notes = {e.event.turn: e.text for e in log.entries if isinstance(e.event, NoteAdded)}
    said = []
    for turn, of in zip(log.transcript.turns, state.turns, strict=True):
        if turn.status is TurnStatus.OPEN:
            continue
        question = log.rubric.question(turn.question_id)
        lead = turn.kind is PromptKind.LEAD
        said.append(
            Said(
                turn=turn.number,
                follow_up=not lead,
                topic=log.rubric.competency_of(question.id).name,
                prompt=_split(turn.prompt, question)[1] if lead else turn.prompt,
                answer=as_read(question, turn.answer)
                if lead and turn.answer and is_work_sample(question)
                else turn.answer,
                note=notes.get(turn.number),
                disputed=of.disputed,
                withdrawn=question.id in state.voided,
                noticed=in_words(noticed.get(turn.number, ())),
                reworded=question.rephrase if lead and of.rephrased else None,
            )
        )
    return tuple(said)


def _topics(rubric: Rubric, state: InterviewState) -> Topics:
    order = list(dict.fromkeys(rubric.competency_of(t.asked.question_id).id for t in state.turns))
    total = len(rubric.competencies)
    if not state.turns:
        return Topics(0, total, ("ahead",) * total)
    now = order.index(rubric.competency_of(state.turns[-1].asked.question_id).id)
    seen = ["now" if n == now else "seen" for n in range(len(order))]
    return Topics(now + 1, total, (*seen, *("ahead",) * (total - len(order))))


def _text(draft: Draft | None) -> str:
    return draft.text if draft else ""
