"""`settle`: the model proposes, this code disposes.

Takes the planner's move and a proposal, if there is one, and returns what is put to the candidate. Anything wrong
with the proposal, and the pack's own wording is used instead, with the reason recorded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from vetting.domain.defence import askings
from vetting.domain.disguise import spelt_out, undone
from vetting.domain.interview import InterviewState
from vetting.domain.interview_events import Completed, Entry, QuestionAsked
from vetting.domain.planner import PROBE_MINUTES, AskDefence, AskLead, AskProbe, End, Move, probe_aims
from vetting.domain.rubric import Question, Rubric
from vetting.domain.text import content_words, stems
from vetting.domain.transcript import DefenceKind, PromptKind, Span, Transcript

MAX_WORDS = 60
MAX_TRANSITION_WORDS = 40
REPEAT_OVERLAP = 0.8
PIECE_STEMS, PIECE_OVERLAP = 6, 0.9
"""A prompt of at least so many stems, this share of which stand in one earlier prompt, is a piece of that one."""
MANY_QUESTIONS = "not exactly one question"
EMBEDDED = ("embedded", "structured")

_ABOUT = re.compile(r"\bthe (?:candidate|interviewee|interviewer)\b", re.IGNORECASE)
"""Small models retell what happened, as if to somebody else."""
_JUDGING = frozenset(
    """correct correctly incorrect right wrong great excellent good bad perfect impressive nice well-done brilliant
    mistaken mistake error accurate inaccurate unfortunately exactly wonderful fantastic poor weak strong""".split()
)
# Everyday words of a follow-up question; meeting one of them in a key point gives nothing away.
_EVERYDAY = frozenset(
    stem
    for word in """mention mentioned say said answer explain describe detail example case change changed happen happens
    first second third next last part point step way thing time long short large small high low many few more less
    number think thought expect reason work works practice use used using need choose choice instead look see find
    tell know make made take give go going come start end real world person people different same still even better
    worse best worst most least side value kind sort place order walk through specific specifically exactly actually
    concrete you your yours decide decision consider handle deal situation problem effect cause result matter
    question let thank important main much often usually always never sometimes add remove keep set put try test
    check apply""".split()
    for stem in stems(word)
)


@dataclass(frozen=True)
class Wording:
    """A proposal reduced to what `settle` needs; `text` None means the planned wording."""

    engine: str
    model: str
    text: str | None = None
    transition: str | None = None
    target: str | None = None
    prompt: str | None = None
    prompt_sha: str | None = None


def settle(
    rubric: Rubric,
    state: InterviewState,
    transcript: Transcript,
    move: Move,
    wording: Wording | None,
    now: datetime,
    *,
    failure: str | None = None,
) -> Entry | None:
    """The event that follows; None when a follow-up was only possible with a proposal and there is no usable one.

    `failure` says in a few words why there is no proposal although a model is configured.
    """
    match move:
        case End(reason=reason):
            return Entry(event=Completed(reason=reason, at=now))
        case AskLead(question=question):
            return _lead(rubric, state, transcript, question, wording, now, failure)
        case AskProbe():
            return _probe(rubric, state, transcript, move, wording, now, failure)
        case AskDefence():
            return _defence(rubric, state, transcript, move, wording, now, failure)


def probe_refusal(
    rubric: Rubric, state: InterviewState, transcript: Transcript, move: AskProbe, wording: Wording
) -> str | None:
    """Why a model's follow-up is not asked: `refusal`, or an aim that is not open; None when it is asked."""
    aims = set(probe_aims(move.question, state)) | ({move.planned.target} if move.planned else set())
    reason = refusal(wording.text or "", rubric, move.question, transcript)
    return reason or (None if wording.target in aims else "aims at nothing that is open")


def defence_refusal(rubric: Rubric, transcript: Transcript, move: AskDefence, wording: Wording) -> str | None:
    """Why a model's demand for a defence is not put: `refusal`, or it takes up none of the answer; None when it is."""
    text = wording.text or ""
    reason = refusal(text, rubric, move.question, transcript)
    return reason or _not_taken_up(text, move.question, transcript)


def follow_up_refusal(
    rubric: Rubric, state: InterviewState, transcript: Transcript, move: Move, wording: Wording | None
) -> str | None:
    """Why a model's wording of a follow-up is not asked; None when it is, or where no model has worded one."""
    if wording is None or wording.engine == EMBEDDED[0]:
        return None
    if isinstance(move, AskDefence):
        return defence_refusal(rubric, transcript, move, wording)
    return probe_refusal(rubric, state, transcript, move, wording) if isinstance(move, AskProbe) else None


def so_far(rubric: Rubric, transcript: Transcript, move: Move, words: str) -> str:
    """The part of a wording in progress that may be shown: whole words, and only as far as nothing stands against it.

    What is held against a beginning cannot be put right by what follows, so nothing that is shown holds a refused
    word; the whole may still be refused for its length, its form or a later word.
    """
    if isinstance(move, End):
        return ""
    judge = _transition_refusal if isinstance(move, AskLead) else _standing
    shown = ""
    for end in (found.end() for found in re.finditer(r"\S+(?=\s)", words)):
        if judge(words[:end], rubric, move.question, transcript) is not None:
            break
        shown = words[:end]
    return shown.strip()


def refusal(text: str, rubric: Rubric, question: Question, transcript: Transcript) -> str | None:
    """Why a proposed follow-up cannot be put to a candidate, in a few words; None when it can."""
    if not text.split():
        return "empty"
    if (reason := _standing(text, rubric, question, transcript)) is not None:
        return reason
    if text.count("?") != 1:
        return MANY_QUESTIONS
    if _repeats(text, transcript):
        return "repeats an earlier question"
    if not _in_language(text, rubric.language):
        return f"not in the language of the pack ({rubric.language})"
    return None


def _standing(text: str, rubric: Rubric, question: Question, transcript: Transcript) -> str | None:
    """What stands against a follow-up whatever comes after it."""
    if (count := len(text.split())) > MAX_WORDS:
        return f"{count} words, at most {MAX_WORDS}"
    if text.count("?") > 1:
        return MANY_QUESTIONS
    if leaked := _leak(text, question, transcript):
        return f"gives away: {', '.join(sorted(leaked))}"
    return "off-limits topic" if _off_limits(text, rubric) else None


def _lead(
    rubric: Rubric,
    state: InterviewState,
    transcript: Transcript,
    question: Question,
    wording: Wording | None,
    now: datetime,
    failure: str | None,
) -> Entry:
    transition = wording.transition if wording else None
    said = wording is not None and wording.engine != EMBEDDED[0]
    reason = _transition_refusal(transition, rubric, question, transcript) if transition else None
    text = f"{transition}\n\n{question.text}" if transition and reason is None else question.text
    return _asked(state, question, PromptKind.LEAD, text, wording if said else None, now, reason or failure)


def _probe(
    rubric: Rubric,
    state: InterviewState,
    transcript: Transcript,
    move: AskProbe,
    wording: Wording | None,
    now: datetime,
    failure: str | None,
) -> Entry | None:
    reason = failure
    if wording is not None and wording.text is not None and wording.engine != EMBEDDED[0]:
        reason = probe_refusal(rubric, state, transcript, move, wording)
        if reason is None:
            return _asked(state, move.question, PromptKind.PROBE, wording.text, wording, now, None, wording.target)
    if move.planned is None:
        return None
    planned = move.planned
    return _asked(state, move.question, PromptKind.PROBE, planned.text, None, now, reason, planned.target, planned.id)


def _defence(
    rubric: Rubric,
    state: InterviewState,
    transcript: Transcript,
    move: AskDefence,
    wording: Wording | None,
    now: datetime,
    failure: str | None,
) -> Entry | None:
    """The pack's own probe, else a model's that takes up the candidate's words, else one that code builds of them."""
    question, reason = move.question, failure
    if move.planned is not None:
        entry = _asked(state, question, PromptKind.PROBE, move.planned.text, None, now, reason, None, move.planned.id)
        return _defending(entry, DefenceKind.PLANNED)
    if wording is not None and wording.text is not None and wording.engine != EMBEDDED[0]:
        reason = defence_refusal(rubric, transcript, move, wording)
        if reason is None:
            entry = _asked(state, question, PromptKind.PROBE, wording.text, wording, now, None)
            return _defending(entry, DefenceKind.MODEL)
    assessment = state.assessments.get(question.id)
    seed = state.started.seed if state.started else 0
    for asking in askings(question, assessment, transcript, seed) if assessment else ():
        if refusal(asking.text, rubric, question, transcript) is None:
            entry = _asked(state, question, PromptKind.PROBE, asking.text, None, now, reason)
            return _defending(entry, asking.kind, asking.quoted)
    return None


def _defending(entry: Entry, kind: DefenceKind, quoted: Span | None = None) -> Entry:
    return entry.model_copy(update={"event": entry.event.model_copy(update={"defence": kind, "quoted": quoted})})


def _not_taken_up(text: str, question: Question, transcript: Transcript) -> str | None:
    """Why a proposal is no defence of this answer: it holds no three words in a row that the candidate wrote."""
    asked = text.casefold().split()
    said = [" ".join((t.answer or "").casefold().split()) for t in transcript.of_question(question.id)]
    runs = (" ".join(word.strip("\"'“”‘’.,;:") for word in asked[n : n + 3]) for n in range(len(asked) - 2))
    return None if any(run in answer for run in runs for answer in said) else "takes up none of the candidate's words"


def _asked(
    state: InterviewState,
    question: Question,
    kind: PromptKind,
    text: str,
    wording: Wording | None,
    now: datetime,
    fallback: str | None,
    target: str | None = None,
    probe_id: str | None = None,
) -> Entry:
    engine, model = (wording.engine, wording.model) if wording and not fallback else EMBEDDED
    last = state.turns[-1] if state.turns else None
    by_coverage = last is not None and last.assessed and last.asked.question_id not in state.assessments
    event = QuestionAsked(
        turn=len(state.turns) + 1,
        kind=kind,
        question_id=question.id,
        probe_id=probe_id,
        target=target,
        engine=engine,
        model=model,
        prompt=wording.prompt if wording and not fallback else None,
        prompt_sha=wording.prompt_sha if wording and not fallback else None,
        fallback=fallback,
        belief="coverage" if by_coverage else "verdicts",
        planned_minutes=question.minutes if kind is PromptKind.LEAD else PROBE_MINUTES,
        at=now,
    )
    return Entry(event=event, text=text)


def _transition_refusal(text: str, rubric: Rubric, question: Question, transcript: Transcript) -> str | None:
    if len(text.split()) > MAX_TRANSITION_WORDS:
        return f"transition of {len(text.split())} words, at most {MAX_TRANSITION_WORDS}"
    if "?" in text:
        return "transition asks a question"
    if judging := _JUDGING & set(re.findall(r"[a-z-]+", text.lower())):
        return f"transition judges: {', '.join(sorted(judging))}"
    if _ABOUT.search(text):
        return "transition speaks about the conversation instead of in it"
    if leaked := _leak(text, question, transcript):
        return f"transition gives away: {', '.join(sorted(leaked))}"
    return "off-limits topic" if _off_limits(text, rubric) else None


def _repeats(text: str, transcript: Transcript) -> bool:
    """Whether a prompt is much like an earlier one, or a long piece of it."""
    new = set(stems(text))
    for turn in transcript.turns:
        old = set(stems(turn.prompt))
        if new and len(new & old) >= REPEAT_OVERLAP * len(new | old):
            return True
        if len(new) >= PIECE_STEMS and len(new & old) >= PIECE_OVERLAP * len(new):
            return True
    return False


def key_stems(question: Question) -> set[str]:
    """Stems of the words by which an answer to a question is recognised."""
    key_points = [i.statement for i in question.indicators]
    key_points += [phrase for i in question.indicators for phrase in i.phrases]
    key_points += [m.correction for m in question.misconceptions]
    return {stem for point in key_points for stem in stems(point)}


def known_stems(question: Question, transcript: Transcript) -> set[str]:
    """Stems of words that give nothing away: the question's own, the candidate's, those of everyday speech."""
    said = [question.text, question.rephrase or "", *(p.text for p in question.probes)]
    said += [turn.answer for turn in transcript.turns if turn.answer]
    return {stem for piece in said for stem in stems(piece)} | _EVERYDAY


def _leak(text: str, question: Question, transcript: Transcript) -> set[str]:
    """Key-point words in a prompt that neither the candidate nor the question has used, in disguise or not."""
    if spelt_out(text):
        return {"letter by letter"}
    telling = key_stems(question) - known_stems(question, transcript)
    return {word for read in (text, *undone(text)) for word in content_words(read) if set(stems(word)) & telling}


def _off_limits(text: str, rubric: Rubric) -> bool:
    words = set(stems(text))
    return any(topic and topic <= words for topic in (set(stems(t)) for t in rubric.off_limits))


def _in_language(text: str, language: str) -> bool:
    """English is recognised by its function words; other languages are left to the model and the reader."""
    if language != "en":
        return True
    function = {"the", "a", "you", "what", "how", "why", "to", "of", "is", "in", "if", "that", "it", "which", "would"}
    return bool(function & set(re.findall(r"[a-z]+", text.lower()))) and _mostly_ascii(text)


def _mostly_ascii(text: str) -> bool:
    return sum(c.isascii() for c in text) >= 0.95 * len(text)
