"""Asking somebody to defend an answer, in their own words: who is asked, about which words, and how.

A fluent answer can be pasted; what stands behind it cannot. The probe quotes the candidate and changes one fact of the
quote, or asks for its weakest step, the alternative that was passed over, or a case from practice. Nothing in it comes
from the rubric but the choice of the quote, which is one that a verdict rests on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from vetting.domain.injection import suspects
from vetting.domain.rubric import ProbeKind, Question
from vetting.domain.text import sentences
from vetting.domain.transcript import DefenceKind, Span, Transcript
from vetting.domain.verdict import Assessment, Finding, Verdict
from vetting.domain.work_sample import is_work_sample

LANGUAGE = "en"
MOST_QUOTED = 24
"""Words of a quote; a longer sentence is quoted in part."""
FEWEST_QUOTED = 4
SHOWN_P = 0.5


class Asking(NamedTuple):
    """A way to ask for a defence; `quoted` is where its quote stands in the candidate's answer."""

    kind: DefenceKind
    text: str
    quoted: Span


_WEAKEST = (
    'You wrote: "{quote}". Which step of that are you least sure of, and how would you find out?',
    'You wrote: "{quote}". Where would that first stop being true, and how would you see it?',
)
_ALTERNATIVE = (
    'You wrote: "{quote}". What else could one think or do there instead, and why did you decide against it?',
    'You wrote: "{quote}". What is the best thing to be said against that, and why do you still say so?',
)
_CASE = (
    'You wrote: "{quote}". Tell of one case of your own in which that mattered: what did you see, and what did you do?',
    'You wrote: "{quote}". When did you last see that yourself, and what was different from how you put it here?',
)
_NUMBER = (
    'You wrote: "{quote}". Suppose it were {new} and not {old}: what changes in your answer, what does not, and why?',
    'You wrote: "{quote}". If it turned out to be {new} in this case, not {old}, what would you do about it?',
)
_CONDITION = (
    'You wrote: "{quote}". Suppose that it were not so: what changes in your answer, what does not, and why?',
)

_UNITS = (
    "%|percent|per cent|percentage points|points|[munµ]?s|sec(?:onds?)?|milliseconds?|min(?:utes?)?|h|hours?|days?"
    "|weeks?|months?|years?|bits?|bytes?|[kKMGT]?B|[kKMGT]bit/s|[kKMG]?Hz|dBm?|c?m|metres?|kilomet(?:re|er)s|km|[mk]?g|mg|mmHg|m[lL]"
    "|ng/L|mmol/L|micromol/L|mL/min|times|hops|segments?|packets?|samples?|answers?|raters?|patients?|people|euros?|million"
)
_FACT = re.compile(rf"(?<![\w.,/:-])(?<![A-Z]\s)(\d{{1,4}}(?:\.\d{{1,2}})?)( ?)({_UNITS})(?![\w/-])")
_IF = re.compile(r"\b(?:if|unless|provided that|as long as|only when|only where)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"(?<=[,;:])\s+")


def may_be_defended(question: Question, assessment: Assessment | None) -> bool:
    """Whether an answer in words carries a verdict that speaks for the candidate and rests on a quote.

    A work sample needs no defence: what was done there is checked by code.
    """
    return not is_work_sample(question) and assessment is not None and any(_carrying(question, assessment))


def askings(question: Question, assessment: Assessment, transcript: Transcript, seed: int) -> Iterator[Asking]:
    """Ways to ask for a defence of this answer, the best first; the same seed gives the same ones.

    A quote in which a fact can be changed comes first in every second case; for the rest quote and kind are drawn.
    """
    drawn = random.Random(f"{seed}:defence:{question.id}")
    quotes = list(dict.fromkeys(_quotes(question, assessment, transcript)))
    drawn.shuffle(quotes)
    changed = [a for span, quote in quotes for a in _changed(span, quote, drawn)]
    kinds = [(DefenceKind.WEAKEST_STEP, _WEAKEST), (DefenceKind.ALTERNATIVE, _ALTERNATIVE), (DefenceKind.CASE, _CASE)]
    drawn.shuffle(kinds)
    other = [
        Asking(kind, drawn.choice(wordings).format(quote=_harmless(quote)), span)
        for (kind, wordings), (span, quote) in product(kinds, quotes)
    ]
    yield from (changed + other) if drawn.random() < 0.5 else (other[:1] + changed + other[1:])


def planned_defence(question: Question, probe_id: str | None) -> bool:
    """Whether this probe of the pack asks for a defence of an answer in words."""
    kinds = (p.kind for p in question.probes if p.id == probe_id)
    return not is_work_sample(question) and ProbeKind.DEFEND in kinds


def _carrying(question: Question, assessment: Assessment) -> Iterator[Verdict]:
    known = {i.id for i in question.indicators}
    for verdict in assessment.verdicts:
        shown = verdict.finding in (Finding.MET, Finding.PARTLY) and verdict.p >= SHOWN_P
        if verdict.target in known and verdict.span is not None and shown:
            yield verdict


def _quotes(question: Question, assessment: Assessment, transcript: Transcript) -> Iterator[tuple[Span, str]]:
    """The candidate's words that verdicts rest on, cut to a length that can be read out, with their places.

    Words that read like an instruction are never put back on the page as if the interviewer took them up.
    """
    for verdict in _carrying(question, assessment):
        span = verdict.span
        turn = transcript.turn(span.turn) if span else None
        if span is None or turn is None or not turn.answer:
            continue
        doubtful = [(s.start, s.end) for s in suspects(turn.answer)]
        cut = _cut(turn.answer, span)
        if cut and not any(a < cut.end and cut.start < b for a, b in doubtful):
            yield cut, turn.answer[cut.start : cut.end]


def _cut(answer: str, span: Span) -> Span | None:
    """The first sentence of the span as far as it can be quoted: its clauses from the start, else its first words."""
    first = next(iter(sentences(answer[span.start : span.end])), None)
    if first is None:
        return None
    start, text = span.start + first.start, first.text
    ends = [m.start() for m in _CLAUSE.finditer(text)] + [len(text)]
    fitting = [end for end in ends if FEWEST_QUOTED <= len(text[:end].split()) <= MOST_QUOTED]
    end = max(fitting, default=0) or _after_words(text, MOST_QUOTED)
    kept = text[:end].rstrip(" .,;:!?\"'”’")
    return Span(span.turn, start, start + len(kept)) if len(kept.split()) >= FEWEST_QUOTED else None


def _after_words(text: str, count: int) -> int:
    places = [m.end() for m in re.finditer(r"\S+", text)]
    return places[min(count, len(places)) - 1] if places else 0


def _changed(span: Span, quote: str, drawn: random.Random) -> Iterator[Asking]:
    facts = [m for m in _FACT.finditer(quote) if float(m[1]) not in (0, 100)]
    if facts:
        fact = drawn.choice(facts)
        new, old = _other(fact[1], fact[3], drawn) + fact[2] + fact[3], fact[0]
        text = drawn.choice(_NUMBER).format(quote=_harmless(quote), new=new, old=old)
        yield Asking(DefenceKind.CHANGED_FACT, text, span)
    elif _IF.search(quote):
        yield Asking(DefenceKind.CHANGED_FACT, drawn.choice(_CONDITION).format(quote=_harmless(quote)), span)


def _other(number: str, unit: str, drawn: random.Random) -> str:
    """Twice or half the number, whole where it is whole; never above 100 percent."""
    value = float(number)
    halved = value / 2 if "." in number or value % 2 == 0 else None
    doubled = None if unit in ("%", "percent", "per cent") and value > 50 else value * 2
    return f"{drawn.choice([v for v in (halved, doubled) if v] or [value / 2]):g}"


def _harmless(quote: str) -> str:
    """A quote within quotation marks: no mark of its own may end it, and the probe holds one question mark."""
    return " ".join(quote.replace('"', "'").replace("“", "'").replace("”", "'").replace("?", "").split())
