"""What happens when somebody pastes a model's fluent answers: who would advance, and what defences make of it.

Each answer of data/eval/model_answers goes through the product's planner, `settle`, embedded rater and scorecard. The
same interview is scored four ways: by level alone, under the rule without anything else, and with the work sample
passed under weak and under honest defences (data/eval/defences.yaml), which isolates what the defence decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from vetting.domain.integrity import Standing, alone, defence_turns, much_weaker
from vetting.domain.interview import InterviewState, evolve, transcript
from vetting.domain.interview_events import AnswerAssessed, AnswerSubmitted, Entry, QuestionAsked, Started, TurnSkipped
from vetting.domain.planner import AskDefence, End, belief_of, next_move
from vetting.domain.rubric import CoreForm, FindFlaws, Question, Rubric
from vetting.domain.scoring import SURE, Evidence, Recommendation, Scorecard, aggregate
from vetting.domain.settle import settle
from vetting.domain.transcript import PromptKind
from vetting.domain.verdict import Assessment, RawAssessment, accept
from vetting.domain.work_sample import choice_text, is_work_sample, mark_line, marked_text, step_text
from vetting.domain.work_sample_scoring import claims, in_words
from vetting.errors import BadInput
from vetting.evals.intervals import share
from vetting.evals.simulated_interview import NOW
from vetting.packs import load_rubric, read_yaml, shipped
from vetting.ports import Rater, RatingRequest
from vetting.services.model_answers import ANSWERS, FOLDER, answers

DEFENCES = "defences.yaml"
WEAK_GOAL, HONEST_GOAL = 0.60, 0.01
Progress = Callable[[str, int, int], None]


class Manner(StrEnum):
    """How the pasted answers are defended."""

    HONEST = "honest"
    RESTATED = "restated"
    GENERAL = "general"
    MIXED = "mixed"
    """One restated, the next in general words."""


@dataclass(frozen=True)
class Bank:
    """Of one pack: a pasted answer per question, and for some questions defences by manner."""

    rubric: Rubric
    answers: Mapping[str, str]
    defences: Mapping[str, Mapping[str, str]]


class Run(NamedTuple):
    """One interview, scored by level alone and under the rule."""

    pack: str
    seed: int
    manner: Manner
    sample: bool
    by_level: bool
    advances: bool
    defences: int
    reviewed: bool
    single: tuple[bool, ...]
    """Of each defence, whether it alone would be called weak."""
    why: str


def banks(rubric: str | None = None) -> list[Bank]:
    """The shipped banks, or that of one pack. Raises BadInput where there is none."""
    folder = shipped(FOLDER)
    defences = _read(folder / DEFENCES)["packs"]
    files = [f for f in sorted((folder / ANSWERS).glob("*.yaml")) if rubric in (None, f.stem)]
    if not files:
        raise BadInput(f"There are no model-written answers for '{rubric}'.")
    packs = [load_rubric(f.stem) for f in files]
    return [Bank(pack, answers(pack), defences.get(pack.id, {})) for pack in packs]


def evaluate(found: Sequence[Bank], rater: Rater, progress: Progress, *, seeds: int = 4) -> dict[str, Any]:
    """Every bank in every manner, with and without the work sample, over some seeds; the report."""
    jobs = list(product(found, range(1, seeds + 1), Manner, (False, True)))
    runs = []
    for number, (bank, seed, manner, sample) in enumerate(jobs, start=1):
        runs.append(_run(bank, rater, seed, manner, sample=sample))
        progress("interviews", number, len(jobs))
    return _report(runs, rater)


def as_text(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    lines = [f"Model-written answers through the interview, {report['rater']}, {report['interviews']} interviews"]
    for name, pack in report["packs"].items():
        lines.append(
            f"{name}: {pack['by_level']} of {pack['of']} above the cut by level alone; "
            f"{pack['without_sample']} advance without a work sample, {pack['weak']} with one passed and weak defences"
        )
    for name in ("weak_sent_to_review", "honest_sent_to_review", "weak_alone", "honest_alone"):
        part = report[name]
        low, high = part["interval"]
        goal = f", goal {part['goal']}" if "goal" in part else ""
        lines.append(f"{name.replace('_', ' ')}: {part['value']:.1%} ({low:.1%} to {high:.1%}, n {part['n']}){goal}")
    return "\n".join(lines)


def _run(bank: Bank, rater: Rater, seed: int, manner: Manner, *, sample: bool) -> Run:
    talk = _Talk(bank, rater, seed, manner, sample=sample)
    talk.take()
    card = talk.scorecard(ruled=True)
    level = talk.scorecard(ruled=False)
    singles = [d for d in card.defences if d.engagement is not None]
    return Run(
        pack=bank.rubric.id,
        seed=seed,
        manner=manner,
        sample=sample,
        by_level=level.recommendation is Recommendation.ADVANCE,
        advances=card.recommendation is Recommendation.ADVANCE,
        defences=len(singles),
        reviewed=much_weaker(card.defences),
        single=tuple(much_weaker([d]) for d in singles),
        why=card.why,
    )


class _Talk:
    """A pasted interview under way."""

    def __init__(self, bank: Bank, rater: Rater, seed: int, manner: Manner, *, sample: bool) -> None:
        self._bank, self._rater, self._manner, self._sample = bank, rater, manner, sample
        started = Started(rubric_id=bank.rubric.id, rubric_sha=bank.rubric.sha256, form=CoreForm.A, seed=seed, at=NOW)
        self._entries: tuple[Entry, ...] = (Entry(event=started),)
        self._state = evolve(InterviewState(), self._entries[0])

    def take(self) -> None:
        """Go through the interview as the product asks it."""
        rubric = self._bank.rubric
        while True:
            belief = belief_of(rubric, self._state)
            move = next_move(rubric, self._state, belief)
            asked = None if isinstance(move, End) else settle(rubric, self._state, self._said, move, None, NOW)
            if asked is None and isinstance(move, AskDefence):
                move = next_move(rubric, self._state, belief, defences=False)
                asked = None if isinstance(move, End) else settle(rubric, self._state, self._said, move, None, NOW)
            if asked is None:
                return
            self._add(asked)
            assert isinstance(asked.event, QuestionAsked)
            self._answer(asked.event)

    def scorecard(self, *, ruled: bool) -> Scorecard:
        """The scorecard, `ruled` as the product recommends, else by level alone."""
        said, rubric = self._said, self._bank.rubric
        rated = {question: {question: a} for question, a in self._state.assessments.items()}
        defended = {
            t.number: {"embedded": self._rate(rubric.question(t.question_id), alone_turn=t.number)}
            for t in defence_turns(said)
            if t.answer
        }
        return aggregate(
            Evidence(
                rubric=rubric,
                transcript=said,
                assessments={"embedded": {q: a[q] for q, a in rated.items()}},
                standing=Standing(CoreForm.A, defended) if ruled else None,
            )
        )

    @property
    def _said(self) -> Any:
        return transcript(self._entries)

    def _add(self, entry: Entry) -> None:
        self._entries = (*self._entries, entry)
        self._state = evolve(self._state, entry)

    def _answer(self, asked: QuestionAsked) -> None:
        question = self._bank.rubric.question(asked.question_id)
        text = self._text(question, asked)
        if text is None:
            self._add(Entry(event=TurnSkipped(turn=asked.turn, at=NOW)))
            return
        self._add(Entry(event=AnswerSubmitted(turn=asked.turn, at=NOW), text=text))
        self._add(Entry(event=AnswerAssessed(turn=asked.turn, assessment=self._rate(question), at=NOW)))

    def _text(self, question: Question, asked: QuestionAsked) -> str | None:
        """The pasted answer, to a follow-up once more, to a defence the bank's; a work sample solved, or skipped."""
        if is_work_sample(question):
            return solved(question) if self._sample and asked.kind is PromptKind.LEAD else None
        if asked.defence is None:
            return self._bank.answers.get(question.id)
        nth = sum(t.asked.defence is not None for t in self._state.turns)
        manner = self._manner
        if manner is Manner.MIXED:
            manner = Manner.RESTATED if nth % 2 else Manner.GENERAL
        return self._bank.defences.get(question.id, {}).get(manner.value)

    def _rate(self, question: Question, alone_turn: int | None = None) -> Assessment:
        said = self._said if alone_turn is None else alone(self._said, alone_turn)
        raw = claims(question, said) if is_work_sample(question) else RawAssessment()
        plain = in_words(question, said) if is_work_sample(question) else (question, said)
        if plain is not None:
            reply = self._rater.rate(RatingRequest(question=plain[0], transcript=plain[1]))
            decided = {v.target for v in raw.verdicts}
            words = tuple(v for v in reply.assessment.verdicts if v.target not in decided)
            raw = RawAssessment(verdicts=(*raw.verdicts, *words), flags=reply.assessment.flags)
        return accept(raw, question, said, self._rater.id, self._bank.rubric.sha256)


def solved(question: Question) -> str | None:
    """A work sample done right, as somebody would who was told the key; None for criteria, which have none."""
    match question.type:
        case "find_flaws":
            return _all_marked(question)
        case "first_wrong_step":
            return step_text(question.wrong_step, "the figures do not follow from the step before")
        case "compare":
            return choice_text(question.better, 90, "it is right where the other one is not")
        case _:
            return None


def _all_marked(question: FindFlaws) -> str:
    lines = []
    for flaw in question.flaws:
        start = question.material.index(flaw.span)
        lines.append(mark_line(start, start + len(flaw.span), flaw.span, flaw.why))
    return marked_text(lines, none=True)


def _report(runs: Sequence[Run], rater: Rater) -> dict[str, Any]:
    weak = [r for r in runs if r.sample and r.manner is not Manner.HONEST]
    honest = [r for r in runs if r.sample and r.manner is Manner.HONEST]
    return {
        "rater": rater.id.label,
        "interviews": len(runs),
        "cut_probability": SURE,
        "packs": {pack: _of_pack([r for r in runs if r.pack == pack]) for pack in dict.fromkeys(r.pack for r in runs)},
        "weak_sent_to_review": _share([r.reviewed for r in weak if r.defences], goal=f">= {WEAK_GOAL:.0%}"),
        "by_manner": {
            m.value: _share([r.reviewed for r in weak + honest if r.manner is m and r.defences]) for m in Manner
        },
        "honest_sent_to_review": _share([r.reviewed for r in honest if r.defences], goal=f"<= {HONEST_GOAL:.0%}"),
        "weak_alone": _share([w for r in weak for w in r.single]),
        "honest_alone": _share([w for r in honest for w in r.single]),
        "otherwise_advancing": {
            "weak": _share([not r.advances for r in weak if r.by_level]),
            "honest": _share([not r.advances for r in honest if r.by_level]),
        },
        "defences_per_interview": round(sum(r.defences for r in runs) / len(runs), 2),
        "reasons": sorted({r.why for r in honest if r.by_level and not r.advances}),
    }


def _of_pack(runs: Sequence[Run]) -> dict[str, int]:
    plain = [r for r in runs if not r.sample]
    solved_too = [r for r in runs if r.sample and r.manner is not Manner.HONEST]
    return {
        "of": len(runs),
        "by_level": sum(r.by_level for r in runs),
        "of_without_sample": len(plain),
        "by_level_without_sample": sum(r.by_level for r in plain),
        "without_sample": sum(r.advances for r in plain),
        "of_weak": len(solved_too),
        "by_level_weak": sum(r.by_level for r in solved_too),
        "weak": sum(r.advances for r in solved_too),
    }


def _share(found: Sequence[bool], goal: str = "") -> dict[str, Any]:
    measured = share(sum(found), len(found)).rounded() if found else {"value": 0.0, "interval": [0.0, 1.0], "n": 0}
    return measured | ({"goal": goal} if goal else {})


def _read(path: Path) -> dict[str, Any]:
    data, _, faults = read_yaml(path)
    if faults or not isinstance(data, dict):
        raise BadInput("\n".join(map(str, faults)) or f"{path.name}: expected a map")
    return data
