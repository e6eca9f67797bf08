"""What `vetting rubrics check` asks of a pack beyond being well formed.

The model in `domain/rubric.py` says what a pack must be to work at all; this module says what it must be to stand
in a live process: enough parallel questions, anchors for every level, references a rater can lean on, probes that do
not give the answer away, and no criterion that has nothing to do with the work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from vetting.domain.rubric import LEVELS, Competency, CoreForm, Question, Rubric, RubricForm
from vetting.domain.rubric_silence import Silence, silences
from vetting.domain.text import words
from vetting.domain.work_sample_check import sample_faults

Path = tuple[str | int, ...]

COMPETENCIES = (4, 6)
INDICATORS = (4, 8)
FEWEST_QUESTIONS = 3
QUESTIONS = 5
REFERENCE_WORDS = 40
_ALWAYS_BANNED = (
    ("accent", re.compile(r"\baccent(?:s|ed)?\b", re.I)),
    ("enthusiasm", re.compile(r"\benthusias(?:m|tic|tically)\b", re.I)),
    (
        "confidence",
        re.compile(r"\b(?:self-)?confiden(?:ce|t|tly)\b(?!\s+(?:interval|limit|level|bound|region|band))", re.I),
    ),
    (
        "school prestige",
        re.compile(
            r"\b(?:prestig(?:e|ious)|ivy league|alma mater"
            r"|(?:elite|top|top-tier|leading) (?:school|universit(?:y|ies)|college)s?)\b",
            re.I,
        ),
    ),
)
_BANNED_OF_A_PERSON = (
    ("age", re.compile(r"\b(?:age|aged|young|youthful|elderly)\b", re.I)),
    ("appearance", re.compile(r"\b(?:appearance|attire|dressed|well-groomed|good-looking)\b", re.I)),
)
_PERSON = re.compile(r"\b(?:candidate|applicant|interviewee|speaker|interviewer)s?\b", re.I)


class Severity(StrEnum):
    """An error makes the check fail; a warning is worth a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Fault:
    """Something wrong with a pack, and where: the keys and positions that lead there from its top."""

    path: Path
    message: str
    severity: Severity = Severity.ERROR


def check(rubric: Rubric, earlier: Rubric | None = None) -> list[Fault]:
    """Every fault of a well-formed pack; `earlier` is a copy that was already in use."""
    faults = [*_version(rubric, earlier), *_whole(rubric)]
    for c, competency in enumerate(rubric.competencies):
        here: Path = ("competencies", c)
        faults += _competency(rubric, competency, here)
        for q, question in enumerate(competency.questions):
            faults += _question(rubric, question, (*here, "questions", q))
    return faults + [_silent(found) for found in silences(rubric)]


def _silent(found: Silence) -> Fault:
    return Fault(found.path, found.message, Severity.WARNING if found.warning else Severity.ERROR)


def path_text(path: Path) -> str:
    """`competencies[0].questions[1].text`; the top of the file is `(top)`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "(top)"


def _version(rubric: Rubric, earlier: Rubric | None) -> Iterator[Fault]:
    if earlier is None or earlier.id != rubric.id or earlier.sha256 == rubric.sha256:
        return
    if _numbers(rubric.version) <= _numbers(earlier.version):
        message = f"the content changed since {earlier.version}, so the version must be higher than that"
        yield Fault(("version",), message)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _whole(rubric: Rubric) -> Iterator[Fault]:
    if rubric.form is RubricForm.FIXED:
        return
    count = len(rubric.competencies)
    if not COMPETENCIES[0] <= count <= COMPETENCIES[1]:
        yield Fault(("competencies",), f"{count} competencies; an adaptive pack has 4 to 6")
    if rubric.max_questions < count:
        message = f"{rubric.max_questions} questions cannot hold one core question of each competency"
        yield Fault(("max_questions",), message)
    for form in CoreForm:
        minutes = sum(q.minutes for q in rubric.questions() if q.core is form)
        if minutes > rubric.time_budget_minutes:
            message = f"the core of form {form} takes {minutes:g} minutes, the budget is {rubric.time_budget_minutes:g}"
            yield Fault(("time_budget_minutes",), message)


def _competency(rubric: Rubric, competency: Competency, here: Path) -> Iterator[Fault]:
    for level in sorted(competency.anchors):
        yield from _banned(competency.anchors[level], (*here, "anchors", level))
    if rubric.form is RubricForm.FIXED:
        return
    missing = [str(level) for level in LEVELS if level not in competency.anchors]
    if missing:
        yield Fault((*here, "anchors"), f"no anchor for level {', '.join(missing)}")
    yield from _enough_questions(competency, (*here, "questions"))


def _enough_questions(competency: Competency, here: Path) -> Iterator[Fault]:
    count = len(competency.questions)
    if count < FEWEST_QUESTIONS:
        yield Fault(here, f"{count} questions; a competency needs at least {FEWEST_QUESTIONS}, better {QUESTIONS}")
    elif count < QUESTIONS:
        yield Fault(here, f"{count} questions; {QUESTIONS} leave room to choose and for a retake", Severity.WARNING)
    forms = [q.core for q in competency.questions]
    for form in CoreForm:
        if forms.count(form) != 1:
            yield Fault(here, f"{forms.count(form) or 'no'} core questions of form {form}; exactly one is needed")


def _question(rubric: Rubric, question: Question, here: Path) -> Iterator[Fault]:
    if rubric.form is not RubricForm.FIXED:
        yield from _minima(question, here)
    for field, message in sample_faults(question):
        yield Fault((*here, field), message)
    for i, indicator in enumerate(question.indicators):
        yield from _banned(indicator.statement, (*here, "indicators", i, "statement"))


def _minima(question: Question, here: Path) -> Iterator[Fault]:
    count = len(question.indicators)
    if not INDICATORS[0] <= count <= INDICATORS[1]:
        yield Fault((*here, "indicators"), f"{count} indicators; a question has 4 to 8")
    length = len(words(question.reference))
    if length < REFERENCE_WORDS:
        message = f"{length} words; a reference of at least {REFERENCE_WORDS} can be rated against"
        yield Fault((*here, "reference"), message)
    if not question.probes:
        yield Fault(here, f"question '{question.id}' has no planned probe")
    if not question.misconceptions:
        yield Fault(here, f"question '{question.id}' names no misconception", Severity.WARNING)
    elif len(question.misconceptions) > 4:
        yield Fault((*here, "misconceptions"), f"{len(question.misconceptions)} misconceptions; a question has 1 to 4")


def _banned(text: str, here: Path) -> Iterator[Fault]:
    for name, pattern in _ALWAYS_BANNED:
        if pattern.search(text):
            yield Fault(here, f"{name} is no criterion of competence")
    about_a_person = bool(_PERSON.search(text)) or len(words(text)) <= 4
    for name, pattern in _BANNED_OF_A_PERSON:
        if about_a_person and pattern.search(text):
            yield Fault(here, f"{name} of the candidate is no criterion of competence")
