"""What a candidate does in a work sample, read from and written to ONE readable text, which is the answer.

The text stands in the log like any other answer, so drafts, erasure, exports and files of answers need nothing else:

    [mark 120-164 "the exact words"] why they are wrong      find_flaws, one line per mark
    [the rest is right]  or  [no errors]                      find_flaws, what is said of everything else
    [first wrong step 3] why   or   [no wrong step] why       first_wrong_step
    [choose second 80%] why                                   compare
    one criterion per line, a weight as "(3)" at its end      write_rubric

A mark may leave out its position where its words stand once in the material. Text without a line in brackets is no
response but prose; it is rated as an answer in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Literal, NamedTuple, TypeGuard

from vetting.domain.rubric import WORK_SAMPLES, Compare, FindFlaws, FirstWrongStep, Question, WorkSample, WriteRubric
from vetting.domain.text import sentences
from vetting.domain.tongue import _
from vetting.errors import BadInput

REST_IS_RIGHT = "the rest is right"
NO_ERRORS = "no errors"
NO_WRONG_STEP = "no wrong step"
MAX_MARKS = 40
LEAST_CONFIDENCE, MOST_CONFIDENCE = 50, 100

_HEAD = re.compile(r"^\[(?=mark|the rest|no |first wrong|choose)", re.MULTILINE | re.IGNORECASE)
_MARK = re.compile(r'\[mark(?: +(\d{1,6})-(\d{1,6}))?(?: +"(.*?)")?\]', re.IGNORECASE)
_REST = re.compile(r"\[(the rest is right|no errors)\]", re.IGNORECASE)
_STEP = re.compile(r"\[(?:first wrong step (\d{1,3})|no wrong step)\]", re.IGNORECASE)
_CHOICE = re.compile(r"\[choose (first|second)(?: (\d{1,3}) ?%)?\]", re.IGNORECASE)
_WEIGHT = re.compile(r"\s*\((\d(?:\.\d)?)\)\s*$")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_SHORT = re.compile(r'^\s*(?:(\d{1,2})|"(.+)")\s*[:.)]\s*(.*)$')


class Mark(NamedTuple):
    """A place that the candidate calls wrong: characters [start, end) of the material.

    `words` are those of the material, `head` is the bracket as it stands in the answer, `reason` may be empty.
    """

    start: int
    end: int
    words: str
    reason: str
    head: str = ""


class Marked(NamedTuple):
    """Response to find_flaws; `rest` is the candidate's own statement about what is not marked, "" without one."""

    marks: tuple[Mark, ...]
    rest: str
    remark: str


class Stepped(NamedTuple):
    """Response to first_wrong_step; `step` counts from 1, None says that all are right."""

    step: int | None
    reason: str
    head: str


class Chosen(NamedTuple):
    """Response to compare; `confidence` is the candidate's own probability of being right, .5-1."""

    choice: Literal["first", "second"]
    confidence: float
    reason: str
    head: str


class Criterion(NamedTuple):
    """One line of a candidate's rubric."""

    text: str
    weight: float


class Criteria(NamedTuple):
    """Response to write_rubric."""

    lines: tuple[Criterion, ...]


Response = Marked | Stepped | Chosen | Criteria


def is_work_sample(question: Question) -> TypeGuard[WorkSample]:
    """Whether a question is done rather than only answered in words."""
    return isinstance(question, WORK_SAMPLES)


def read(question: WorkSample, text: str) -> Response | None:
    """The response in an answer's text; None for prose. Raises BadInput in a plain sentence for what cannot be read."""
    match question:
        case WriteRubric():
            return _read_criteria(text)
        case FindFlaws():
            return _read_marked(question, text)
        case FirstWrongStep():
            return _read_stepped(question, text)
        case Compare():
            return _read_chosen(text)


def read_leniently(question: WorkSample, text: str) -> Response | None:
    """The response in what was written so far, or None; for drafts and for answers that were taken long ago."""
    try:
        return read(question, text)
    except BadInput:
        return None


def material(question: WorkSample) -> str:
    """What is shown beside the question, as plain text."""
    match question:
        case FindFlaws():
            return question.material
        case FirstWrongStep():
            return "\n".join(f"{n}. {step}" for n, step in enumerate(question.steps, start=1))
        case Compare():
            return f"First answer:\n{question.first}\n\nSecond answer:\n{question.second}"
        case WriteRubric():
            return question.task


def units(question: FindFlaws) -> tuple[Mark, ...]:
    """The sentences of the material, which are what is offered for marking where words cannot be picked."""
    return tuple(Mark(s.start, s.end, _flat(s.text), "") for s in sentences(question.material))


def mark_line(start: int, end: int, words: str, reason: str = "") -> str:
    """A mark as a line of the answer; `words` stand at [start, end) of the material."""
    return f'[mark {start}-{end} "{_flat(words)}"] {_flat(reason)}'.rstrip()


def marked_text(lines: Iterable[str], *, none: bool = False, remark: str = "") -> str:
    """The answer to find_flaws from its mark lines; "" where nothing was marked and nothing said of the whole."""
    given = list(lines)
    closing = f"[{REST_IS_RIGHT}]" if given else f"[{NO_ERRORS}]" if none else ""
    return "\n".join(part for part in (*given, f"{closing} {_flat(remark)}".strip()) if part)


def step_text(step: int | None, reason: str = "") -> str:
    """The answer to first_wrong_step."""
    head = NO_WRONG_STEP if step is None else f"first wrong step {step}"
    return f"[{head}] {_flat(reason)}".rstrip()


def choice_text(choice: str, percent: int, reason: str = "") -> str:
    """The answer to compare."""
    return f"[choose {choice} {percent}%] {_flat(reason)}".rstrip()


def from_short(question: WorkSample, text: str) -> str:
    """The answer from what is typed in a terminal: `3: why` or `"words": why` per mark, `none`, a number, `second 80`.

    What is not such a line is left as it is. Raises BadInput for a sentence that does not exist.
    """
    match question:
        case FindFlaws():
            return _marks_from_short(question, text)
        case FirstWrongStep():
            found = re.match(r"\s*(\d{1,3}|none)\b[:.)]?\s*(.*)", text, re.IGNORECASE | re.DOTALL)
            step = None if not found or found[1].lower() == "none" else int(found[1])
            return step_text(step, found[2]) if found else text
        case Compare():
            found = re.match(r"\s*(first|second)\b\s*(\d{2,3})?\s*%?[:.)]?\s*(.*)", text, re.IGNORECASE | re.DOTALL)
            return choice_text(found[1].lower(), int(found[2] or LEAST_CONFIDENCE), found[3]) if found else text
        case WriteRubric():
            return text


def reasons(response: Response) -> str:
    """The candidate's own words in a response, piece by piece on lines of their own, each verbatim in the answer."""
    match response:
        case Marked():
            given = [*(m.reason for m in response.marks), response.remark]
        case Stepped() | Chosen():
            given = [response.reason]
        case Criteria():
            given = [line.text for line in response.lines]
    return "\n".join(piece for piece in given if piece)


def typed(text: str) -> str:
    """An answer without the brackets of a work sample, whose words nobody had to type."""
    return re.sub(
        r"^\[(?:mark|the rest|no |first wrong|choose)[^\]\n]*\]", "", text, flags=re.MULTILINE | re.IGNORECASE
    )


def _read_marked(question: FindFlaws, text: str) -> Marked | None:
    before, pieces = _segments(text)
    if not pieces:
        return None
    marks, rest, said = [], "", [before]
    for piece in pieces:
        if closing := _REST.match(piece):
            rest = closing[1]
            said.append(piece[closing.end() :].strip())
        elif found := _MARK.match(piece):
            start, end = _place(question.material, found)
            words = _flat(question.material[start:end])
            marks.append(Mark(start, end, words, piece[found.end() :].strip(), found[0]))
        else:
            raise BadInput(
                _('"{words}" is not a mark; write [mark "the exact words"] and then why.').format(words=_clip(piece))
            )
    if marks and rest.lower() == NO_ERRORS:
        raise BadInput(_("The answer says that there are no errors and marks some; keep one of the two."))
    if not marks and rest.lower() != NO_ERRORS:
        raise BadInput(_("Mark at least one place, or say that you find no error."))
    if len(marks) > MAX_MARKS:
        raise BadInput(
            _("{count} places are marked; at most {max_marks} can be taken.").format(
                count=len(marks), max_marks=MAX_MARKS
            )
        )
    return Marked(tuple(marks), rest, "\n".join(s for s in said if s))


def _place(text: str, found: re.Match[str]) -> tuple[int, int]:
    """Where a mark stands: at its position when its words stand there, else where its words stand once."""
    words = found[3]
    if found[1] is not None:
        start, end = int(found[1]), int(found[2])
        fits = 0 <= start < end <= len(text)
        if fits and text[start:end].strip() and words in (None, _flat(text[start:end])):
            return start, end
    if not (words or "").strip():
        raise BadInput(_("{found} is not a place in the text.").format(found=found[0]))
    places = [m.span() for m in re.finditer(r"\s+".join(map(re.escape, words.split())), text)]
    if len(places) != 1:
        if not places:
            raise BadInput(_('The marked words "{words}" do not appear in the text.').format(words=_clip(words)))
        said = _('The marked words "{words}" appear {count} times in the text.')
        raise BadInput(said.format(words=_clip(words), count=len(places)))
    return places[0]


def _read_stepped(question: FirstWrongStep, text: str) -> Stepped | None:
    before, pieces = _segments(text)
    if not pieces:
        return None
    found = _STEP.match(pieces[0])
    if found is None or len(pieces) > 1:
        raise BadInput(_("Name one step as [first wrong step 3], or write [no wrong step]."))
    step = int(found[1]) if found[1] else None
    if step is not None and not 1 <= step <= len(question.steps):
        raise BadInput(
            _("There is no step {step}; the solution has {count}.").format(step=step, count=len(question.steps))
        )
    return Stepped(step, "\n".join(s for s in (before, pieces[0][found.end() :].strip()) if s), found[0])


def _read_chosen(text: str) -> Chosen | None:
    before, pieces = _segments(text)
    if not pieces:
        return None
    found = _CHOICE.match(pieces[0])
    if found is None or len(pieces) > 1:
        raise BadInput(_("Choose one answer as [choose first 80%] or [choose second 80%]."))
    percent = int(found[2] or LEAST_CONFIDENCE)
    if not LEAST_CONFIDENCE <= percent <= MOST_CONFIDENCE:
        raise BadInput(
            _("A confidence lies between {least_confidence} and {most_confidence} %; this one is {percent}.").format(
                least_confidence=LEAST_CONFIDENCE, most_confidence=MOST_CONFIDENCE, percent=percent
            )
        )
    choice: Literal["first", "second"] = "first" if found[1].lower() == "first" else "second"
    reason = "\n".join(s for s in (before, pieces[0][found.end() :].strip()) if s)
    return Chosen(choice, percent / 100, reason, found[0])


def _read_criteria(text: str) -> Criteria:
    lines = []
    for line in text.splitlines():
        words = _BULLET.sub("", line).strip()
        weight = _WEIGHT.search(words)
        if words := _WEIGHT.sub("", words).strip():
            lines.append(Criterion(words, float(weight[1]) if weight else 1.0))
    return Criteria(tuple(lines))


def _segments(text: str) -> tuple[str, list[str]]:
    """What stands before the first line in brackets, and each such line with the words up to the next one."""
    starts = [m.start() for m in _HEAD.finditer(text)]
    edges = [*starts, len(text)]
    pieces = [text[a:b].strip() for a, b in pairwise(edges)]
    return text[: edges[0]].strip(), pieces


def _marks_from_short(question: FindFlaws, text: str) -> str:
    offered, lines, rest = units(question), [], []
    for line in text.splitlines():
        found = _SHORT.match(line)
        if found is None:
            rest.append(line)
        elif found[1] and not 1 <= int(found[1]) <= len(offered):
            raise BadInput(
                _("There is no sentence {found}; the text has {count}.").format(found=found[1], count=len(offered))
            )
        elif found[1]:
            unit = offered[int(found[1]) - 1]
            lines.append(mark_line(unit.start, unit.end, unit.words, found[3]))
        else:
            lines.append(f'[mark "{_flat(found[2])}"] {found[3]}'.rstrip())
    none = any(line.strip().lower() in ("none", "no errors") for line in rest)
    said = " ".join(line for line in rest if line.strip().lower() not in ("none", "no errors"))
    return marked_text(lines, none=True, remark=said) if lines or none else text


def _flat(text: str) -> str:
    return " ".join(text.split())


def _clip(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
