"""Invented experts in any number, from a seed: fields with words of their own, eight items each, many facts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

FIELDS = 60
ITEMS = 8
WORDS = 120
SYLLABLES = [a + b for a in "bdfgklmnprstv" for b in "aeio"]
COUNTRIES = "AT BE BR CA CH CZ DE DK EE ES FI FR GB GR HU IE IN IT JP KE LT NG NL NO PL PT RO SE US ZA".split()
ZONES = "Europe/Berlin Europe/London America/New_York America/Sao_Paulo Asia/Kolkata Asia/Tokyo Africa/Nairobi".split()
LANGUAGES = "en de fr es it pt pl nl sv ja hi".split()
LEVELS = "A2 B1 B2 C1 C2".split()
DEGREES = "PhD MD MSc BSc PharmD MBA MPH LLM".split()
LICENCES = ("Medical licence", "Pharmacist licence", "Nursing registration", "Attorney at law", "Chartered engineer")


class Words:
    """Words of fields: each field has its own, the commoner ones said more often, and all share some."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        shared = [_word(rng) for _ in range(40)]
        self._known = [[_word(rng) for _ in range(WORDS)] + shared for _ in range(FIELDS)]
        weights = [1 / (n + 3) for n in range(WORDS)]
        self._weights = list(accumulate(weights + [0.4 * sum(weights) / len(shared)] * len(shared)))

    def sentence(self, rng: random.Random, field: int, length: int = 14) -> str:
        """So many words of a field."""
        return " ".join(rng.choices(self._known[field], cum_weights=self._weights, k=length))


def experts(count: int, seed: int, items: int = ITEMS) -> Iterator[dict[str, Any]]:
    """Experts in the format of files, mostly of one field, a quarter of their items of another."""
    words, rng = Words(seed), random.Random(seed + 1)
    for number in range(count):
        fields = (rng.randrange(FIELDS), rng.randrange(FIELDS))
        yield {
            "id": f"m-{number:07}",
            "name": f"Invented {number}",
            "items": [_item(rng, words, fields[rng.random() < 0.25]) for _ in range(items)],
            "facts": _facts(rng),
        }


def queries(count: int, seed: int) -> list[str]:
    """Searches in a few words of one field each."""
    words, rng = Words(seed), random.Random(seed + 2)
    return [words.sentence(rng, rng.randrange(FIELDS), 6) for _ in range(count)]


def write(path: Path, count: int, seed: int, items: int = ITEMS) -> Path:
    """A jsonl file of experts."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(person)}\n" for person in experts(count, seed, items))
    return path


def _item(rng: random.Random, words: Words, field: int) -> dict[str, str]:
    kind, year = rng.choice(("role", "project", "paper")), str(rng.randrange(2000, 2026))
    return {
        "kind": kind,
        "title": words.sentence(rng, field, 4),
        "text": f"{words.sentence(rng, field)}.",
        "date": year,
    }


def _facts(rng: random.Random) -> dict[str, Any]:
    """Each fact is stated by most people and left open by some; a fifth hold a licence."""
    currency = rng.choice(("EUR", "EUR", "USD"))
    stated = {
        "country": rng.choice(COUNTRIES),
        "timezone": rng.choice(ZONES),
        "languages": {code: rng.choice(LEVELS) for code in rng.sample(LANGUAGES, rng.randrange(1, 4))},
        "hours_per_week": rng.randrange(4, 41),
        "rate": {"amount": rng.randrange(30, 220, 5), "currency": currency, "per": "hour"},
        "available_from": f"2027-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
        "degrees": rng.sample(DEGREES, rng.randrange(1, 3)),
    }
    facts = {name: value for name, value in stated.items() if rng.random() < 0.8}
    if rng.random() < 0.2:
        licence = {"name": rng.choice(LICENCES), "jurisdiction": rng.choice(COUNTRIES), "number": str(rng.random())}
        facts["licences"] = [licence | {"expires": f"{rng.randrange(2026, 2032)}-06-30"}]
    return facts


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=rng.randrange(2, 5)))
