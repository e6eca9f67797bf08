"""What rewriting does to a rating: style, padding, praise, deleted quotes, a rater that errs at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vetting.domain.belief import LEVEL, believe, observations
from vetting.domain.rubric import Question
from vetting.domain.text import content_words
from vetting.domain.transcript import Span
from vetting.domain.verdict import Assessment
from vetting.evals.empty_talk import BUZZWORDS, FLATTERY, empty_answers, padded, with_talk
from vetting.evals.literal_rater import LiteralRater
from vetting.evals.phrases import PhraseBank
from vetting.evals.simulate import STYLES
from vetting.evals.simulated_interview import Interview, Interviewer, rewritten
from vetting.evals.styles import Style, restyled

if TYPE_CHECKING:
    from vetting.evals.study import Study

GAINS = ("padding", "buzzwords", "flattery", "empty talk", "question repeated", "list of terms")
"""The first three against the plain answer, the others against "I don't know"."""
LOWERED = 0.05
QUOTES_EACH = 4
NOISE = 0.1
PANEL = 9
"""Samples of the noisy rater whose median counts, beside a single one: as many as a panel may have."""
IGNORANT = "I don't know."
MANY = 40
"""People of a study whose interviews are rewritten, at most."""
SURE = 0.95


def rewrites(study: Study, by: Interviewer, interview: Interview) -> dict[str, list[float]]:
    """The same content in other styles and with words that add nothing; quotes taken out; noise of a rater."""
    before = by.believe({q: interview.assessments[q] for q in interview.questions()}).composite.level
    plain = _level(by, interview, _texts(interview, Style.PLAIN))
    return {
        "styles": [_level(by, interview, _texts(interview, style)) - plain for style in STYLES[1:]],
        "gains": [
            *(_level(by, interview, texts) - before for texts in _around(interview, study.bank).values()),
            *_instead(study, by, interview),
        ],
        "quotes": _quotes(by, interview),
        "noise": _noise(study, interview),
    }


def _instead(study: Study, by: Interviewer, interview: Interview) -> list[float]:
    """What answers that show nothing gain over admitting it, on the same questions."""
    talk = empty_answers(study.rubric).by_question
    ignorant = _level(by, interview, _each(interview, lambda question: IGNORANT))
    others = (
        lambda question: talk[question.id][0],
        lambda question: question.text,
        lambda question: ", ".join(t for i in question.indicators for t in content_words(i.statement)),
    )
    return [_level(by, interview, _each(interview, said)) - ignorant for said in others]


def _each(interview: Interview, said: Callable[[Question], str]) -> dict[int, str]:
    questions = {q.id: q for q in interview.mind.rubric.questions()}
    return {t.number: said(questions[t.question_id]) for t in interview.transcript.turns}


def _around(interview: Interview, bank: PhraseBank) -> dict[str, dict[int, str]]:
    said = {t.number: t.answer or "" for t in interview.transcript.turns}
    return {
        "padding": {n: padded(text, bank.filler, turn=n) for n, text in said.items()},
        "buzzwords": {n: with_talk(text, BUZZWORDS, turn=n) for n, text in said.items()},
        "flattery": {n: with_talk(text, FLATTERY, turn=n) for n, text in said.items()},
    }


def _texts(interview: Interview, style: Style) -> dict[int, str]:
    return {p.turn: " ".join(restyled(s, style) for s in p.said.sentences) for p in interview.prompts}


def _level(by: Interviewer, interview: Interview, texts: Mapping[int, str]) -> float:
    return by.believe(by.rescored(interview, texts)).composite.level


def _quotes(by: Interviewer, interview: Interview) -> list[float]:
    """Quotes found word for word, quotes, deletions that lower the level, deletions."""
    held = {q: interview.assessments[q] for q in interview.questions()}
    quoted = [
        (q, v.span)
        for q, a in held.items()
        for v in a.verdicts
        if v.span and v.p >= 0.5 and v.target in {i.id for i in by.rubric.question(q).indicators}
    ]
    verbatim = sum(bool(interview.transcript.quote(span)) for _, span in quoted)
    tried = quoted[:: max(len(quoted) // QUOTES_EACH, 1)][:QUOTES_EACH]
    lowered = sum(_effect(by, interview, held, question, span) >= LOWERED for question, span in tried)
    return [float(verbatim), float(len(quoted)), float(lowered), float(len(tried))]


def _effect(
    by: Interviewer, interview: Interview, held: Mapping[str, Assessment], question_id: str, span: Span
) -> float:
    """By how much the level of its competency falls when a quote is taken out of the answer."""
    answer = interview.transcript.turns[span.turn - 1].answer or ""
    without = rewritten(interview.transcript, {span.turn: answer[: span.start] + answer[span.end :]})
    again = by.rate(by.rubric.question(question_id), without)
    competency = by.rubric.competency_of(question_id).id
    before, after = (by.believe(a).theta(competency) @ LEVEL for a in (held, {**held, question_id: again}))
    return float(before - after)


def _noise(study: Study, interview: Interview) -> list[float]:
    """Two scorings of one interview by a rater that flips each verdict with probability .1.

    (level, level, recommendation changed) with one sample each, then with the median of `PANEL`.
    """
    return [*_twice(study, interview, 1), *_twice(study, interview, PANEL)]


def _twice(study: Study, interview: Interview, samples: int) -> list[float]:
    first, second = (_noisy(study, interview, range(k, k + samples)) for k in (1, 1 + samples))
    return [first[0], second[0], float(first[1] != second[1])]


def _noisy(study: Study, interview: Interview, seeds: Sequence[int]) -> tuple[float, int]:
    """(composite, which side of the cut is sure: 1, -1 or 0) by the median of raters that err."""
    cut = study.rubric.cut
    raters = [Interviewer(study.rubric, LiteralRater(study.bank, NOISE, NOISE, seed)) for seed in seeds]
    seen = {}
    for question_id in interview.questions():
        question = study.rubric.question(question_id)
        panel = [by.rate(question, interview.transcript).verdicts for by in raters]
        median = [
            same[0].model_copy(update={"p": float(np.median([v.p for v in same]))}) for same in zip(*panel, strict=True)
        ]
        seen[question_id] = observations(question, median)
    belief = believe(study.rubric, seen)
    p = belief.p_pass(cut.composite, cut.min_levels)
    return belief.composite.level, int(p >= SURE) - int(p <= 1 - SURE)
