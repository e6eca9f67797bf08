"""Interviews with simulated candidates: the product's own planner, settle, rater and belief, without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from vetting.domain.belief import Belief, Estimate, believe, observations
from vetting.domain.interview import InterviewState, evolve
from vetting.domain.interview_events import AnswerAssessed, AnswerSubmitted, Entry, QuestionAsked, Started
from vetting.domain.planner import AskDefence, End, belief_of, next_move
from vetting.domain.rubric import CoreForm, Question, Rubric
from vetting.domain.settle import settle
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.domain.verdict import Assessment, accept
from vetting.evals.simulate import Mind, Said
from vetting.ports import Rater, RatingRequest

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""The log wants a time; nothing measured depends on it."""
ANY_LENGTH = {"max_questions": 60, "time_budget_minutes": 240.0}


@dataclass(frozen=True)
class View:
    """What was believed at a point of an interview."""

    questions: int
    minutes: float
    composite: Estimate
    levels: Mapping[str, Estimate]
    se: Mapping[str, float]
    p_pass: float
    p_cut: float
    """As `p_pass`, without the minimum levels."""


@dataclass(frozen=True)
class Asked:
    """One prompt: what was said to it, what had been shown on its question before, and the pack's target of a probe."""

    turn: int
    question: str
    said: Said
    probe_target: str | None = None
    shown_before: frozenset[str] = frozenset()
    is_probe: bool = False
    for_indicator: bool = False


@dataclass(frozen=True)
class Interview:
    """A simulated interview. `views`: after each lead question with its probes; `ended`: which of them the product
    would have stopped at."""

    mind: Mind
    transcript: Transcript
    assessments: Mapping[str, Assessment]
    prompts: tuple[Asked, ...]
    views: tuple[View, ...]
    ended: int

    @property
    def final(self) -> View:
        """What the product would report."""
        return self.views[self.ended]

    def questions(self, count: int | None = None) -> list[str]:
        """Ids of the lead questions, the first `count` of them; by default those the product would have asked."""
        return list(dict.fromkeys(t.question_id for t in self.transcript.turns))[: count or self.ended + 1]

    def states(self, question: str) -> frozenset[str]:
        """Indicators that the candidate's answers to a question state, in truth."""
        return frozenset().union(*(p.said.states for p in self.prompts if p.question == question))


def restricted(rubric: Rubric, keep: Callable[[Question], bool]) -> Rubric:
    """The pack with some of its questions, and as many and as long as there are."""
    competencies = tuple(
        c.model_copy(update={"questions": tuple(q for q in c.questions if keep(q))}) for c in rubric.competencies
    )
    return rubric.model_copy(update={"competencies": competencies, **ANY_LENGTH})


class Interviewer:
    """Interviews simulated people on one pack."""

    def __init__(self, rubric: Rubric, rater: Rater, original: Rubric | None = None) -> None:
        """`original`: the whole pack, where `rubric` is a part of it."""
        self.rubric, self._rater = rubric, rater
        self._sha = (original or rubric).sha256

    def interview(self, mind: Mind, form: CoreForm, seed: int, least: int = 0) -> Interview:
        """The product's interview, gone on with until `least` questions where it would have ended before."""
        talk = _Talk(self, mind, form, seed)
        views: list[View] = []
        ended: int | None = None
        while True:
            rubric = self.rubric if ended is None else self.rubric.model_copy(update=ANY_LENGTH)
            belief = belief_of(rubric, talk.state)
            asked = _next(rubric, talk, belief, stop_when_sure=ended is None)
            count = len(talk.state.leads())
            if asked is None and ended is None:
                ended = count - 1
                if count < least:
                    continue
            new_lead = asked is None or (isinstance(asked.event, QuestionAsked) and asked.event.kind is PromptKind.LEAD)
            if new_lead and count:
                views.append(self._view(belief, talk.state))
            if asked is None or (new_lead and ended is not None and count >= least):
                break
            talk.answer(asked)
        assert ended is not None
        return Interview(mind, talk.said, talk.state.assessments, tuple(talk.prompts), tuple(views), ended)

    def rate(self, question: Question, said: Transcript) -> Assessment:
        """The rater's checked verdicts on the answers to a question."""
        reply = self._rater.rate(RatingRequest(question=question, transcript=said, language=self.rubric.language))
        return accept(reply.assessment, question, said, self._rater.id, self._sha)

    def believe(self, assessments: Mapping[str, Assessment]) -> Belief:
        """What assessments of some questions add up to."""
        seen = {q: observations(self.rubric.question(q), a.verdicts) for q, a in assessments.items()}
        return believe(self.rubric, seen)

    def rescored(self, interview: Interview, texts: Mapping[int, str]) -> dict[str, Assessment]:
        """The product's questions of an interview rated again with other words in some of its turns."""
        said = rewritten(interview.transcript, texts)
        return {q: self.rate(self.rubric.question(q), said) for q in interview.questions()}

    def started(self, form: CoreForm, seed: int) -> InterviewState:
        """The state of an interview that has just begun."""
        event = Started(rubric_id=self.rubric.id, rubric_sha=self._sha, form=form, seed=seed, at=NOW)
        return evolve(InterviewState(), Entry(event=event))

    def _view(self, belief: Belief, state: InterviewState) -> View:
        cut = self.rubric.cut
        names = [c.id for c in self.rubric.competencies]
        return View(
            questions=len(state.leads()),
            minutes=sum(t.asked.planned_minutes for t in state.turns),
            composite=belief.composite,
            levels={name: belief.level(name) for name in names},
            se={name: belief.se(name) for name in names},
            p_pass=belief.p_pass(cut.composite, cut.min_levels),
            p_cut=belief.p_pass(cut.composite, {}),
        )


def _next(rubric: Rubric, talk: _Talk, belief: Belief, *, stop_when_sure: bool) -> Entry | None:
    """The next prompt, None at the end; a defence that cannot be worded is passed over, as in the product."""
    for defences in (True, False):
        move = next_move(rubric, talk.state, belief, stop_when_sure=stop_when_sure, defences=defences)
        if isinstance(move, End):
            return None
        asked = settle(rubric, talk.state, talk.said, move, None, NOW)
        if asked is not None or not isinstance(move, AskDefence):
            return asked
    return None


class _Talk:
    """An interview under way."""

    def __init__(self, interviewer: Interviewer, mind: Mind, form: CoreForm, seed: int) -> None:
        self._by, self._mind = interviewer, mind
        self.state = interviewer.started(form, seed)
        self.said = Transcript()
        self.prompts: list[Asked] = []

    def answer(self, asked: Entry) -> None:
        event = asked.event
        assert isinstance(event, QuestionAsked)
        question = self._by.rubric.question(event.question_id)
        said = self._say(question, event)
        turn = Turn(
            number=event.turn,
            kind=event.kind,
            question_id=question.id,
            probe_id=event.probe_id,
            defence=event.defence,
            prompt=asked.text or "",
            status=TurnStatus.ANSWERED,
            answer=said.text,
        )
        self.said = Transcript(turns=(*self.said.turns, turn))
        for entry in (asked, Entry(event=AnswerSubmitted(turn=event.turn, at=NOW), text=said.text)):
            self.state = evolve(self.state, entry)
        assessment = self._by.rate(question, self.said)
        self.state = evolve(self.state, Entry(event=AnswerAssessed(turn=event.turn, assessment=assessment, at=NOW)))

    def _say(self, question: Question, event: QuestionAsked) -> Said:
        if event.kind is PromptKind.LEAD:
            said = self._mind.lead(question)
            self.prompts.append(Asked(event.turn, question.id, said))
            return said
        probe = next((p for p in question.probes if p.id == event.probe_id), None)
        before = self._mind.asked[question.id].states
        target = probe.target if probe else event.target
        nth = sum(p.question == question.id for p in self.prompts)
        said = self._mind.probe(question, target, nth)
        aimed = target in {i.id for i in question.indicators}
        self.prompts.append(Asked(event.turn, question.id, said, target, before, True, aimed))
        return said


def rewritten(transcript: Transcript, texts: Mapping[int, str]) -> Transcript:
    """The same interview with other words in some of its answers (turn number -> text)."""
    turns = (t.model_copy(update={"answer": texts.get(t.number, t.answer)}) for t in transcript.turns)
    return Transcript(turns=tuple(turns))
