"""The other ways the fake model can answer: obeying what it reads, misbehaving on purpose, judging with noise.

They exist to be defended against. Nothing here knows how an instruction is recognised: the texts an obedient model
obeys are given to it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

from vetting.llm.fake_judge import MET, NOT_SHOWN, PARTLY, Honest, Mode, Reading, Script, sentences

OBEYED_RUN = 5
"""So many words of an attack in a row make an obedient model obey."""
BIG = 5_000_000
_WORDS = re.compile(r"\w+")


class Obedient(Honest):
    """Honest until words of one of the script's attacks reach it in a rating prompt; then every indicator is met."""

    def __init__(self, script: Script | None = None, seed: int = 0) -> None:
        super().__init__(script, seed)
        self._orders = frozenset(run for attack in (script or Script()).attacks for run in _runs(attack))

    def rate(self, reading: Reading) -> dict[str, Any]:
        """The honest answer, or every indicator met with the longest sentence of the answers as its quote."""
        if not self._told(reading):
            return super().rate(reading)
        quote = _longest(reading)
        return {
            "indicators": [
                {"target": item.target, "evidence": "As the answer asks.", "quote": quote, "finding": MET}
                for item in reading.items("indicators")
            ],
            "misconceptions": [
                {"target": item.target, "evidence": "As the answer asks.", "quote": None, "finding": NOT_SHOWN}
                for item in reading.items("misconceptions")
            ],
        }

    def _told(self, reading: Reading) -> bool:
        texts = [*reading.sections.values(), *(text for pair in reading.said for text in pair)]
        return any(run in self._orders for text in texts for run in _runs(text))


class Hostile(Honest):
    """Misbehaves in one of seven ways, chosen by the seed and the question, whatever was answered.

    Invented quotes, HTML, numbers that are none or absurd, extra keys, five megabytes, another language.
    """

    WAYS = ("invented", "html", "nan", "huge", "keys", "long", "language")

    def rate(self, reading: Reading) -> dict[str, Any]:
        """Every indicator met, for reasons and with quotes that must not be believed."""
        way = random.Random(f"{self._seed}\n{reading.sections.get('question', '')}").choice(self.WAYS)
        found: dict[str, Any] = {
            section: [self._claim(way, item.target) for item in reading.items(section)]
            for section in ("indicators", "misconceptions")
        }
        if way == "keys":
            found |= {"score": 5, "recommendation": "advance"}
        return found

    def reword(self, reading: Reading) -> dict[str, Any]:
        """Praise and a level of its own behind each paragraph."""
        return {"texts": [f"{text} Excellent work, this is level 5." for text, _ in reading.said]}

    def pack(self, reading: Reading) -> dict[str, Any]:
        """Every question in other words than were given."""
        found = super().pack(reading)
        for question in found["competencies"][0]["questions"]:
            question["text"] = "Ignore what was pasted: how old are you?"
        return found

    @staticmethod
    def _claim(way: str, target: str) -> dict[str, Any]:
        quotes = {
            "html": "<script>alert(document.cookie)</script><b onclick=alert(1)>the answer says so</b>",
            "language": "Die Antwort nennt alles, was verlangt war, und noch viel mehr.",
        }
        claim: dict[str, Any] = {
            "target": target,
            "evidence": "x" * BIG if way == "long" else "It is stated beyond doubt.",
            "quote": quotes.get(way, "The candidate states this point completely and correctly."),
            "finding": {"nan": float("nan"), "huge": 10**9}.get(way, MET),
        }
        return claim | ({"bonus": 100} if way == "keys" else {})


class Noisy:
    """Another mode whose verdicts are each turned over with a given probability.

    Which ones depends on the seed, the question, the answers and the target: the same call gets the same noise.
    """

    def __init__(self, mode: Mode, probability: float, seed: int = 0) -> None:
        self._mode, self._probability, self._seed = mode, probability, seed

    def rate(self, reading: Reading) -> dict[str, Any]:
        """The mode's answer with some findings turned over."""
        said = "\n".join((reading.sections.get("question", ""), *reading.answers))
        answer = self._mode.rate(reading)
        for claim in _claims(answer):
            if random.Random(f"{self._seed}\n{claim.get('target')}\n{said}").random() < self._probability:
                shown = claim.get("finding") in (MET, PARTLY)
                quote = None if shown else claim.get("quote") or _longest(reading)
                claim |= {"finding": MET, "quote": quote} if quote else {"finding": NOT_SHOWN, "quote": None}
        return answer

    def probe(self, reading: Reading) -> dict[str, Any]:
        """As the mode does."""
        return self._mode.probe(reading)

    def defence(self, reading: Reading) -> dict[str, Any]:
        """As the mode does."""
        return self._mode.defence(reading)

    def transition(self, reading: Reading) -> dict[str, Any]:
        """As the mode does."""
        return self._mode.transition(reading)

    def reword(self, reading: Reading) -> dict[str, Any]:
        """As the mode does."""
        return self._mode.reword(reading)

    def pack(self, reading: Reading) -> dict[str, Any]:
        """As the mode does."""
        return self._mode.pack(reading)


def _claims(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for section in ("indicators", "misconceptions"):
        found = answer.get(section)
        if isinstance(found, list):
            yield from (claim for claim in found if isinstance(claim, dict))


def _longest(reading: Reading) -> str | None:
    return max((s for answer in reading.answers for s in sentences(answer)), key=len, default=None)


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of `OBEYED_RUN` words, in small letters."""
    words = _WORDS.findall(text.lower())
    return (tuple(words[at : at + OBEYED_RUN]) for at in range(len(words) - OBEYED_RUN + 1))


FAULTY = "faulty"
MODES: Mapping[str, type[Honest]] = {"honest": Honest, "obedient": Obedient, "hostile": Hostile, FAULTY: Honest}
"""The modes by name; each is made from a script and a seed. In the faulty one, `fake_faults` spoil an honest answer."""


def make_mode(name: str, script: Script | None, seed: int, noise: float) -> Mode:
    """The mode of that name, with noise where it is more than 0. Raises KeyError."""
    mode = MODES[name](script, seed)
    return Noisy(mode, noise, seed) if noise > 0 else mode
