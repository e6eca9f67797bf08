"""A draft pack read by rules from what a stranger pastes: own questions with the points of a good answer, or a brief.

Nothing is made up: a question whose answer nobody wrote has no reference and no indicators yet, and the check says so.
The levels of the points are assumed from their order, and the whole draft is marked uncalibrated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from vetting.domain import brief as briefs
from vetting.domain.pack_edit import Document, add_competency, add_question, ids_of, slug
from vetting.domain.project import Kind
from vetting.domain.text import sentences

MOST = 40
"""Questions that one paste may hold."""
TASKS = 5
"""Competencies drawn from a brief."""
FEW_TASKS = 3
"""Up to so many, each is asked about twice."""
LONGEST_NAME = 60
MOST_POINTS = 8
WORDS_A_MINUTE = 35
"""At which an answer is planned to be written, thinking included."""
EXAMPLE = "Can you give one example you have seen yourself?"
CASE = (
    "The work asks for this: “{task}” Describe a case from your own practice: what was the situation, what did you do, "
    "and how did you know that it was right?"
)
MISTAKE = "“{task}” Where do people usually go wrong in this, and how would you notice it in somebody else's work?"
OFF_LIMITS = ("Health, age, origin, family, religion", "Confidential matters of a present or former employer")

_BULLET = re.compile(r"^\s*(?:[-*•–·]|\([a-z]\)|[a-z]\))\s+(?P<text>\S.*)$")
_NUMBER = re.compile(r"^\s*(?:Q(?:uestion)?\s*)?\d{1,2}\s*[.):]\s*(?P<text>\S.*)$", re.I)
_ANSWER = re.compile(r"^\s*(?:a(?:nswer)?|good answer|reference)\s*:\s*(?P<text>.*)$", re.I)
_HEADING = re.compile(r"^\s*#{1,4}\s+(?P<text>\S.*)$")


@dataclass
class Pasted:
    """A question as it was pasted: its topic (empty without a heading), words, points and whole answer."""

    topic: str
    text: str
    points: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """The answer an expert would accept, as far as it was pasted."""
        return " ".join(self.answer) or " ".join(_sentence(p) for p in self.points)

    @property
    def asked(self) -> bool:
        """Whether the question is complete, so that what follows is something else."""
        return self.text.rstrip().endswith("?") or bool(self.points or self.answer)


def read_questions(text: str) -> list[Pasted]:
    """Questions pasted as lines; never raises.

    A number, an empty line or a question mark before begins the next question; bullets are points of a good answer,
    `Answer:` the whole of one; `#` names the topic of the questions below it.
    """
    found: list[Pasted] = []
    topic, fresh, answering = "", True, False
    for line in text.splitlines():
        if not line.strip():
            fresh, answering = True, False
        elif heading := _HEADING.match(line):
            topic, fresh, answering = heading["text"].strip(), True, False
        elif (bullet := _BULLET.match(line)) and found:
            found[-1].points.append(bullet["text"].strip())
            fresh = False
        elif (answer := _ANSWER.match(line)) and found:
            found[-1].answer += [answer["text"].strip()] if answer["text"].strip() else []
            fresh, answering = False, True
        elif answering and not _NUMBER.match(line):
            found[-1].answer.append(line.strip())
        else:
            number = _NUMBER.match(line)
            words = number["text"].strip() if number else line.strip()
            if number or fresh or not found or found[-1].asked:
                found.append(Pasted(topic, words))
            else:
                found[-1].text += f" {words}"
            fresh, answering = False, False
    return found


def from_questions(base: Document, pasted: Sequence[Pasted]) -> Document:
    """The draft of these questions, one competency per heading (or one of the pack's title). Raises Full."""
    title = str(base.get("title") or "Questions")
    for topic in dict.fromkeys(p.topic for p in pasted):
        name = (topic or title)[:LONGEST_NAME]
        competency = add_competency(base, name)
        competency["definition"] = f"Answers questions about {_lower(name)} as somebody does who has done the work."
        for one in (p for p in pasted if p.topic == topic):
            question = add_question(base, competency, one.text)
            question["reference"] = one.reference
            add_points(question, one.points or points_of(one.reference))
            _finish(question)
    _plan(base)
    return base


def from_brief(base: Document, text: str) -> Document:
    """The draft of a brief: each thing the work asks for is a competency with questions about own practice.

    What only states facts (hours, languages, rates) asks for no question. No answer is made up.
    """
    tasks = tasks_of(text)
    if tasks:
        base["job_analysis"] = {"tasks": tasks, "sources": []}
    for task in tasks:
        competency = add_competency(base, short(task))
        competency["definition"] = task
        for template in (CASE, MISTAKE) if len(tasks) <= FEW_TASKS else (CASE,):
            question = add_question(base, competency, template.format(task=_sentence(task)))
            question["id"] = slug(task, {str(q["id"]) for q in _questions(base)}, "task")
            question["case"] = template is CASE
            _finish(question)
    _plan(base)
    return base


def skeleton(pack_id: str, title: str, written_by: str, language: str = "en") -> Document:
    """A pack without competencies, fixed and uncalibrated."""
    return {
        "id": pack_id,
        "version": "1.0.0",
        "title": title,
        "domain": pack_id.partition(".")[0].replace("_", "-").strip("-"),
        "summary": f"For people who know {_lower(title)} from having done it, and can judge what others say about it.",
        "language": language,
        "status": "draft",
        "uncalibrated": True,
        "form": "fixed",
        "written_by": written_by,
        "time_budget_minutes": 40,
        "max_questions": 12,
        "cut": {"composite": 3.5, "min_levels": {}},
        "off_limits": list(OFF_LIMITS),
        "sources": [],
        "competencies": [],
    }


def tasks_of(text: str) -> list[str]:
    """What a brief says the work is, at most TASKS sentences; those that only state facts are left out."""
    drawn = briefs.draft(text).requirements
    said = [r.topic for r in drawn if r.topic and r.kind is Kind.MUST]
    said += [s.text for r in drawn if r.topic and r.kind is Kind.NICE for s in sentences(r.topic)]
    return [task for task in dict.fromkeys(s.strip() for s in said) if len(task.split()) > 2][:TASKS]


def points_of(reference: str) -> list[str]:
    """The sentences of a written answer, as points that can be looked for."""
    return [s.text.strip() for s in sentences(reference)][:MOST_POINTS]


def add_points(question: Document, points: Iterable[str]) -> None:
    """An indicator for each point that the question has not yet; levels are assumed from their order: 2, 3, … 3, 4."""
    known = {str(i.get("statement")).strip().lower() for i in question["indicators"]}
    new = [p for p in dict.fromkeys(p.strip().rstrip(".;") for p in points) if p and p.lower() not in known]
    for number, point in enumerate(new):
        level = 3 if len(new) < 3 or 0 < number < len(new) - 1 else 2 if number == 0 else 4
        made = {"id": slug(point, ids_of(question), "point"), "statement": point, "level": level}
        question["indicators"].append(made)


def short(text: str) -> str:
    """A name of at most LONGEST_NAME characters, ending at a word."""
    plain = text.strip().rstrip(".;:")
    if len(plain) <= LONGEST_NAME:
        return plain
    return plain[:LONGEST_NAME].rpartition(" ")[0].rstrip(",;:") or plain[:LONGEST_NAME]


def _finish(question: Document) -> None:
    """Minutes from the length of the answer, and a follow-up that gives nothing away."""
    length = len(str(question["reference"]).split())
    question["minutes"] = min(max(round(length / WORDS_A_MINUTE), 3), 10)
    question["probes"] = [{"id": "example", "trigger": "vague", "kind": "clarify", "text": EXAMPLE}]


def _plan(base: Document) -> None:
    """The time that all questions take together, as a fixed form asks all of them."""
    every = list(_questions(base))
    base["max_questions"] = max(len(every), 1)
    base["time_budget_minutes"] = min(max(sum(q["minutes"] for q in every), 5), 240)


def _questions(base: Document) -> Iterator[Document]:
    return (q for c in base["competencies"] for q in c["questions"])


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", ";")) else f"{text}."


def _lower(title: str) -> str:
    """A title within a sentence; short names (BGP) keep their capitals."""
    first, _, rest = title.partition(" ")
    return title if first[1:] != first[1:].lower() else f"{first.lower()} {rest}".strip()
