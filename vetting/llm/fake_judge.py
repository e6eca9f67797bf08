"""How the fake language model thinks: it reads the rendered prompt, as a model would, and answers by its words alone.

Knows nothing of rubrics: what is to be judged and the answers are found in the text of the prompt.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

MET, PARTLY, NOT_SHOWN, CONTRADICTED = "met", "partly", "not_shown", "contradicted"
_SHARE_MET, _SHARE_PARTLY = 0.5, 0.34

_CODE = re.compile(r"^Marker code of this message: ([0-9a-f]{8,64})$", re.MULTILINE)
_ITEM = re.compile(r"^- \[([^\]\s]+)\] (.+)$", re.MULTILINE)
_OWN = re.compile(r"^Own question \d+:$", re.MULTILINE)
_TURN = re.compile(r"^(Prompt|Answer|Paragraph) (?:of turn )?(\d+):$")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_SECOND = re.compile(r"(^[^.!?]*[.!?]\s+)([A-Z])")
_CLAUSE_END = re.compile(r"[,;:()]\s*|\s+(?:and|but|because|so|which|while|whereas|then)\s+")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_ENDINGS = "ations ation ingly ments ment ings ing edly ies ied ers ed er es ly s e".split()
_EMPTY = frozenset(
    """a an the of to in is are was were be been being and or nor but for on with by as at it its that this these those
    which from can will would could should may might must shall do does did done has have had if then than so such into
    onto over under out up down off through between during after before when while where who whom whose what how why
    because also just only very more most much many some any each every all both one other another i you he she we they
    them their there here us our your my me his her about against again own same too not no never""".split()
)
_NEGATIONS = frozenset("not no never none cannot can't don't doesn't isn't aren't won't without neither".split())


@dataclass(frozen=True)
class Judged:
    """An indicator or misconception found in a prompt."""

    target: str
    statement: str


@dataclass(frozen=True)
class Reading:
    """What a prompt holds: its sections outside data markers, and the (prompt, answer) pairs between markers.

    A paragraph to be reworded is a prompt without an answer.
    """

    sections: Mapping[str, str]
    said: tuple[tuple[str, str], ...]

    def items(self, section: str) -> tuple[Judged, ...]:
        """The list items with an id of that section."""
        return tuple(Judged(*found) for found in _ITEM.findall(self.sections.get(section, "")))

    @property
    def answers(self) -> tuple[str, ...]:
        """What the candidate said, in order."""
        return tuple(answer for _, answer in self.said if answer.strip())


@dataclass(frozen=True)
class Script:
    """What a script file fixes: findings by target, and the texts that later modes obey."""

    verdicts: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    attacks: tuple[str, ...] = ()


class Mode(Protocol):
    """A way to answer: one method per kind of prompt."""

    def rate(self, reading: Reading) -> dict[str, Any]:
        """The answer to a rating prompt."""
        ...

    def probe(self, reading: Reading) -> dict[str, Any]:
        """The answer to a prompt that asks for a follow-up."""
        ...

    def defence(self, reading: Reading) -> dict[str, Any]:
        """The answer to a prompt that has an answer defended."""
        ...

    def transition(self, reading: Reading) -> dict[str, Any]:
        """The answer to a prompt that asks for a transition."""
        ...

    def reword(self, reading: Reading) -> dict[str, Any]:
        """The answer to a prompt that asks for a rewording."""
        ...

    def pack(self, reading: Reading) -> dict[str, Any]:
        """The answer to a prompt that asks for a draft pack."""
        ...


def read(message: str) -> Reading:
    """Take a user message apart. Markers count only with the code given at its top, so data cannot open a section."""
    code = _CODE.search(message)
    opening, closing = (f"<<data {code[1]}>>", f"<<end {code[1]}>>") if code else ("\0", "\0")
    sections: dict[str, list[str]] = {}
    said: list[list[str]] = []
    name, role = "", ""
    data: list[str] | None = None
    for line in message.split("\n"):
        if data is not None:
            if line == closing:
                _keep(said, role, "\n".join(data))
                data = None
            else:
                data.append(line)
        elif line == opening:
            data = []
        elif line.startswith("## "):
            name = line[3:].strip().lower()
            sections.setdefault(name, [])
        elif turn := _TURN.match(line):
            role = turn[1]
        else:
            sections.setdefault(name, []).append(line)
    texts = {name: "\n".join(lines).strip() for name, lines in sections.items()}
    return Reading(texts, tuple((prompt, answer) for prompt, answer in said))


def _keep(said: list[list[str]], role: str, text: str) -> None:
    if role != "Answer" or not said:
        said.append([text if role != "Answer" else "", ""])
    if role == "Answer":
        said[-1][1] = text


def reply(mode: Mode, message: str) -> dict[str, Any]:
    """The answer of a mode to a user message, by the sections the message has."""
    reading = read(message)
    if "indicators" in reading.sections:
        return mode.rate(reading)
    if "aims" in reading.sections:
        return mode.probe(reading)
    if "paragraphs" in reading.sections:
        return mode.reword(reading)
    if "defence" in reading.sections:
        return mode.defence(reading)
    if "next question" in reading.sections:
        return mode.transition(reading)
    if "pasted" in reading.sections:
        return mode.pack(reading)
    return {"text": "This is a local stand-in for a language model; it knows the prompts of Vetting only."}


class Honest:
    """Judges by words: an item is met when most of its content words stand in one sentence or two neighbours.

    Content words are compared by a light stem and without those of the question, which anybody can repeat. A script's
    finding goes before its own. Same prompt, script and seed, same answer.
    """

    def __init__(self, script: Script | None = None, seed: int = 0) -> None:
        self._script = script or Script()
        self._seed = seed

    def rate(self, reading: Reading) -> dict[str, Any]:
        """A verdict for each item, the quote a sentence of an answer, character for character."""
        question = stems(reading.sections.get("question", ""))
        return {
            "indicators": [self._verdict(item, question, reading) for item in reading.items("indicators")],
            "misconceptions": [self._belief(item, question, reading) for item in reading.items("misconceptions")],
        }

    def _verdict(self, item: Judged, question: frozenset[str], reading: Reading) -> dict[str, Any]:
        share, quote, negated = best_sentence(item.statement, question, reading.answers)
        if scripted := self._script.verdicts.get(item.target):
            finding, quote = str(scripted["finding"]), scripted.get("quote") or quote or _longest(reading.answers)
        elif share >= _SHARE_PARTLY and negated:
            finding = CONTRADICTED
        else:
            finding = MET if share >= _SHARE_MET else PARTLY if share >= _SHARE_PARTLY else NOT_SHOWN
        shown = quote if finding != NOT_SHOWN else None
        evidence = f"{share:.0%} of its content words stand together" if shown else "nothing that comes near it"
        return {"target": item.target, "evidence": evidence, "quote": shown, "finding": finding}

    def _belief(self, item: Judged, question: frozenset[str], reading: Reading) -> dict[str, Any]:
        verdict = self._verdict(item, question, reading)
        if verdict["finding"] != MET:
            verdict |= {"finding": NOT_SHOWN, "quote": None}
        return verdict

    def probe(self, reading: Reading) -> dict[str, Any]:
        """A question about a clause the candidate wrote, for the first aim."""
        aims = reading.items("aims")
        aim = aims[0] if aims else Judged("", "")
        planned = reading.sections.get("planned wording", "")
        clause = self._clause(reading.answers[-1], aim.statement) if reading.answers else ""
        if not clause:
            return {
                "aim": aim.target,
                "text": planned if planned not in ("", "none") else "Could you say more on that?",
            }
        clause = clause.replace("?", "").replace('"', "")
        closing = _FOLLOW_UPS[(self._seed + len(reading.said)) % len(_FOLLOW_UPS)]
        return {"aim": aim.target, "text": f'You said "{clause}". {closing}'}

    def defence(self, reading: Reading) -> dict[str, Any]:
        """The weakest step of a clause the candidate wrote."""
        clause = self._clause(reading.answers[-1], "") if reading.answers else ""
        clause = clause.replace("?", "").replace('"', "")
        return {"text": f'You wrote "{clause}". Which part of that do you trust least, and why?'}

    def _clause(self, answer: str, statement: str) -> str:
        """The clause of 3 to 18 words that is nearest to the aim; among equals the seed chooses."""
        clauses = [c for s in sentences(answer) for c in _CLAUSE_END.split(s)]
        fitting = [c.strip(" .!?\"'") for c in clauses if 3 <= len(c.split()) <= 18]
        if not fitting:
            return " ".join(answer.split()[:12]).strip(" .!?\"'")
        wanted = stems(statement)
        nearest = max(len(stems(c) & wanted) for c in fitting)
        return random.Random(self._seed).choice([c for c in fitting if len(stems(c) & wanted) == nearest])

    def transition(self, reading: Reading) -> dict[str, Any]:
        """A neutral acknowledgement."""
        return {"text": _TRANSITIONS[(self._seed + len(reading.sections.get("next question", ""))) % len(_TRANSITIONS)]}

    def reword(self, reading: Reading) -> dict[str, Any]:
        """Each paragraph as it is, but for a small word before its second sentence."""
        return {"texts": [_SECOND.sub(lambda m: f"{m[1]}So {m[2].lower()}", text, count=1) for text, _ in reading.said]}

    def pack(self, reading: Reading) -> dict[str, Any]:
        """One competency: the person's own questions word for word, or else one about the work as it was pasted."""
        title, pasted, *rest = [text for text, _ in reading.said]
        own = rest[: len(_OWN.findall(reading.sections.get("own questions", "")))]
        asked = own or [f"What do you do first in this work: {' '.join(pasted.split()[:12])}?"]
        return {
            "summary": f"Can be trusted with {title}.",
            "competencies": [
                {
                    "name": title[:60],
                    "definition": f"Does the work of {title} and can say why it is done so.",
                    "levels": list(_LEVELS),
                    "questions": [_written(question) for question in asked],
                }
            ],
        }


def _written(question: str) -> dict[str, Any]:
    points = [{"statement": point, "level": level} for level, point in enumerate(_POINTS, 2)]
    wrong = {"statement": "One look is enough", "correction": "A second look finds what the first one missed"}
    reference = f"{'. '.join(_POINTS)}."
    more = {"misconceptions": [wrong], "follow_up": "And when that is not possible?"}
    return {"text": question, "reference": reference, "points": points, **more}


_POINTS = (
    "Everything is written down before anything gets moved",
    "Two readings that disagree are explained instead of averaged",
    "A limit is named beyond which the method fails",
)
_LEVELS = (
    "Repeats the words of the task", "Names the steps", "Says why each step is there", "Knows when a step is left out",
    "Says how the whole could be tested",
)  # fmt: skip
# Everyday words only: a word that is also in a key point of the pack would count as a hint.
_FOLLOW_UPS = (
    "What exactly happens there, step by step?",
    "When would that not work in practice?",
    "What would you check to find out if that is so?",
)
_TRANSITIONS = (
    "Thank you. Here is the next question.",
    "Thank you for your answer. Let us go on.",
    "Thanks, here is another question.",
)


def best_sentence(statement: str, question: frozenset[str], answers: tuple[str, ...]) -> tuple[float, str | None, bool]:
    """Share of the statement's content words in the best sentence or two, that sentence, whether it denies them.

    The quote is one sentence: of two neighbours the one that holds more of the words.
    """
    wanted = stems(statement) - question
    wanted = wanted if len(wanted) >= 2 else stems(statement)
    best: tuple[float, str | None, bool] = (0.0, None, False)
    if not wanted:
        return best
    for answer in answers:
        parts = sentences(answer)
        for at, part in enumerate(parts):
            alone = len(stems(part) & wanted)
            pair = [part, *parts[at + 1 : at + 2]]
            shares = [
                (alone, part),
                (len(stems(" ".join(pair)) & wanted), max(pair, key=lambda p: len(stems(p) & wanted))),
            ]
            for count, quote in shares:
                if count / len(wanted) > best[0]:
                    best = (count / len(wanted), quote, _denies(quote, wanted) and not _negative(statement))
    return best


def _denies(sentence: str, wanted: frozenset[str]) -> bool:
    """Whether a negation stands right before one of the words, e.g. "does not retransmit"."""
    words = _words(sentence)
    return any(
        word in _NEGATIONS and any(stem(after) in wanted for after in words[at + 1 : at + 3])
        for at, word in enumerate(words)
    )


def _negative(statement: str) -> bool:
    return any(word in _NEGATIONS for word in _words(statement))


def sentences(text: str) -> list[str]:
    """The sentences of a text, each a verbatim piece of it."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def stems(text: str) -> frozenset[str]:
    """Stems of the content words."""
    return frozenset(stem(word) for word in _words(text) if word not in _EMPTY)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("\u2019", "'"))


def stem(word: str) -> str:
    """A word without its ending, roughly; forms of one word mostly meet."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            root = word[: -len(ending)]
            return root[:-1] if len(root) > 3 and root[-1] == root[-2] else root
    return word


def _longest(answers: tuple[str, ...]) -> str | None:
    return max((s for answer in answers for s in sentences(answer)), key=len, default=None)
