"""Invented experts in any number, made from a seed: fields with words of their own, eight items each, facts of many kinds."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIELDS = 60
ITEMS = 8
SYLLABLES = "ba be bi bo da de di do fa fe fi ga ge gi ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe pi po ra re ri ro sa se si so ta te ti to va ve vi vo".split()
COUNTRIES = "AT BE BR CA CH CZ DE DK EE ES FI FR GB GR HU IE IN IT JP KE LT NG NL NO PL PT RO SE US ZA".split()
ZONES = "Europe/Berlin Europe/London America/New_York America/Sao_Paulo Asia/Kolkata Asia/Tokyo Africa/Nairobi".split()
LANGUAGES = "en de fr es it pt pl nl sv ja hi".split()
LEVELS = "A2 B1 B2 C1 C2".split()
DEGREES = "PhD MD MSc BSc PharmD MBA MPH LLM".split()
LICENCES = "Medical licence,Pharmacist licence,Nursing registration,Attorney at law,Chartered engineer".split(",")


class Words:
    """Words of fields: each field has its own, and all share some."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.shared = [_word(rng) for _ in range(200)]
        self.own = [[_word(rng) for _ in range(120)] for _ in range(FIELDS)]

    def sentence(self, rng: random.Random, field: int, length: int = 14) -> str:
        """Mostly words of the field, the commoner ones more often."""
        own = rng.choices(self.own[field], weights=[1 / (n + 3) for n in range(120)], k=length)
        return " ".join(word if rng.random() < 0.7 else rng.choice(self.shared) for word in own)


def experts(count: int, seed: int, items: int = ITEMS) -> Iterator[dict[str, Any]]:
    """Experts in the format of files; the same seed makes the same people."""
    words, rng = Words(seed), random.Random(seed + 1)
    for number in range(count):
        fields = (rng.randrange(FIELDS), rng.randrange(FIELDS))
        yield {
            "id": f"m-{number:07}",
            "name": f"Invented {number}",
            "items": [
                {
                    "kind": rng.choice(("role", "project", "paper")),
                    "title": words.sentence(rng, field, 4),
                    "text": f"{words.sentence(rng, field)}.",
                    "date": str(rng.randrange(2000, 2026)),
                }
                for field in (fields[rng.random() < 0.25] for _ in range(items))
            ],
            "facts": facts(rng),
        }


def facts(rng: random.Random) -> dict[str, Any]:
    """Each fact is stated by most people and left open by some."""
    stated = {
        "country": rng.choice(COUNTRIES),
        "timezone": rng.choice(ZONES),
        "languages": {code: rng.choice(LEVELS) for code in rng.sample(LANGUAGES, rng.randrange(1, 4))},
        "hours_per_week": rng.randrange(4, 41),
        "rate": {"amount": rng.randrange(30, 220, 5), "currency": rng.choice(("EUR", "EUR", "USD")), "per": "hour"},
        "available_from": f"2027-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
        "degrees": rng.sample(DEGREES, rng.randrange(1, 3)),
    }
    if rng.random() < 0.2:
        number, year = rng.randrange(10**6), rng.randrange(2026, 2032)
        stated["licences"] = [
            {"name": rng.choice(LICENCES), "jurisdiction": rng.choice(COUNTRIES), "number": str(number), "expires": f"{year}-06-30"}
        ]  # fmt: skip
    return {name: value for name, value in stated.items() if name == "licences" or rng.random() < 0.8}


def queries(count: int, seed: int) -> list[str]:
    """Searches in words of one field each."""
    words, rng = Words(seed), random.Random(seed + 2)
    return [words.sentence(rng, rng.randrange(FIELDS), 6) for _ in range(count)]


def write(path: Path, count: int, seed: int, items: int = ITEMS) -> Path:
    """A jsonl file of experts."""
    with path.open("w", encoding="utf-8") as file:
        for person in experts(count, seed, items):
            file.write(json.dumps(person) + "\n")
    return path


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=rng.randrange(2, 5)))
