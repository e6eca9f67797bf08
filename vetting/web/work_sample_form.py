"""A work sample on the candidate's page: what its form shows, and the one text that its fields become.

Without script the fields (sentences to tick, steps, choices) are put together here; with it, the script writes the
same text into the answer box while the candidate works, so that drafts and recovery are those of any answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from fastapi import Request
from starlette.datastructures import FormData

from vetting.domain.rubric import Compare, FindFlaws, FirstWrongStep, WorkSample, WriteRubric
from vetting.domain.tongue import _
from vetting.domain.work_sample import (
    LEAST_CONFIDENCE,
    NO_ERRORS,
    Chosen,
    Mark,
    Marked,
    Stepped,
    choice_text,
    marked_text,
    material,
    read_leniently,
    step_text,
    units,
)

_PLACE = re.compile(r'[0-9]{1,6}-[0-9]{1,6}(?: ".*")?')
_NUMBER = re.compile(r"[0-9]{1,3}")
_REASON = re.compile(r"^\[[^\]\n]*\]\s*")


class Word(NamedTuple):
    """A word of the material with its place, and the white space behind it."""

    start: int
    end: int
    text: str
    gap: str


@dataclass(frozen=True)
class Place:
    """A passage that can be ticked: a sentence, or one that the candidate had picked word by word."""

    key: str
    text: str
    ticked: bool
    reason: str


@dataclass(frozen=True)
class SampleForm:
    """What the form of a work sample shows; the fields of other types are empty."""

    type: str
    material: str
    words: tuple[Word, ...] = ()
    places: tuple[Place, ...] = ()
    none: bool = False
    remark: str = ""
    steps: tuple[str, ...] = ()
    answers: tuple[str, str] | None = None
    chosen: str = ""
    percent: int = 70
    reason: str = ""

    @property
    def by_words(self) -> bool:
        """Whether it is answered in the plain box."""
        return self.type == "write_rubric"


def sample_form(question: WorkSample, text: str) -> SampleForm:
    """The form, filled with what was written so far."""
    response = read_leniently(question, text)
    reason = response.reason if isinstance(response, Stepped | Chosen) else _REASON.sub("", text)
    match question:
        case FindFlaws():
            marked = response if isinstance(response, Marked) else Marked((), "", text)
            return SampleForm(
                type=question.type,
                material=question.material,
                words=_words(question.material),
                places=_places(question, marked.marks),
                none=marked.rest.lower() == NO_ERRORS,
                remark=" ".join(marked.remark.split()),
            )
        case FirstWrongStep():
            chosen = ("none" if response.step is None else str(response.step)) if isinstance(response, Stepped) else ""
            return SampleForm(question.type, "", steps=question.steps, chosen=chosen, reason=reason)
        case Compare():
            both = (question.first, question.second)
            if not isinstance(response, Chosen):
                return SampleForm(question.type, "", answers=both, reason=reason)
            percent = round(response.confidence * 100)
            return SampleForm(
                question.type, "", answers=both, chosen=response.choice, percent=percent, reason=response.reason
            )
        case WriteRubric():
            return SampleForm(question.type, material(question))


async def written(request: Request) -> str:
    """The words of a posted form as one text with line ends of one kind: the box, or the fields of a work sample."""
    return compose(await request.form())


def as_read(question: WorkSample, text: str) -> str:
    """An answer as its author reads it again: without the brackets that marks and choices are kept in."""
    match read_leniently(question, text):
        case Marked(marks, rest, remark):
            whole = (
                _("Nothing is wrong in it.") if rest.lower() == NO_ERRORS else _("The rest is right.") if rest else ""
            )
            lines = [f"“{mark.words}”: {mark.reason}" if mark.reason else f"“{mark.words}”" for mark in marks]
            return "\n".join(filter(None, (*lines, f"{whole} {remark}".strip())))
        case Stepped(step, reason, _head):
            chosen = _("All steps are right.") if step is None else _("Step {n} is the first wrong one.").format(n=step)
        case Chosen(choice, confidence, reason, _head):
            better = _("The first answer is better") if choice == "first" else _("The second answer is better")
            chosen = _("{better}; {percent} per cent sure.").format(better=better, percent=round(100 * confidence))
        case _other:
            return text
    return f"{chosen} {reason}".strip()


def compose(form: FormData) -> str:
    """The answer's text from the fields of a form."""
    if "plain" not in form:
        return one_kind_of_lines(_field(form, "text"))
    match _field(form, "sample"):
        case "find_flaws":
            explained = [k.removeprefix("why:") for k in form if k.startswith("why:") and _field(form, k).strip()]
            named = {*(str(value) for value in form.getlist("mark")), *explained}
            places = sorted((p for p in named if _PLACE.fullmatch(p)), key=lambda p: int(p.partition("-")[0]))
            lines = [f"[mark {place}] {_flat(_field(form, f'why:{place}'))}".rstrip() for place in places]
            return marked_text(lines, none="none" in form, remark=_field(form, "remark"))
        case "first_wrong_step":
            step = _field(form, "step")
            reason = _flat(_field(form, "why"))
            known = step == "none" or _NUMBER.fullmatch(step)
            return step_text(None if step == "none" else int(step), reason) if known else reason
        case "compare":
            choice, percent = _field(form, "choice"), _field(form, "confidence")
            reason = _flat(_field(form, "why"))
            return (
                choice_text(choice, int(percent) if _NUMBER.fullmatch(percent) else LEAST_CONFIDENCE, reason)
                if choice
                else reason
            )
        case _:
            return one_kind_of_lines(_field(form, "text"))


def one_kind_of_lines(text: str) -> str:
    """Browsers send line ends as CR LF; one kind is kept, so that the same words are the same answer."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _words(text: str) -> tuple[Word, ...]:
    return tuple(Word(m.start(1), m.end(1), m[1], m[2]) for m in re.finditer(r"(\S+)(\s*)", text))


def _places(question: FindFlaws, marks: tuple[Mark, ...]) -> tuple[Place, ...]:
    """The sentences, and after each what was marked in it otherwise than as a whole."""
    by_span = {(m.start, m.end): m for m in marks}
    offered = {(u.start, u.end): u for u in units(question)}
    spans = sorted({**offered, **by_span})
    return tuple(
        Place(
            key=f'{span[0]}-{span[1]} "{(by_span.get(span) or offered[span]).words}"',
            text=(by_span.get(span) or offered[span]).words,
            ticked=span in by_span,
            reason=" ".join(by_span[span].reason.split()) if span in by_span else "",
        )
        for span in spans
    )


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _flat(text: str) -> str:
    return " ".join(text.split())
