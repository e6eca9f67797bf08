"""How sure a model was of each finding: the probabilities of the words it could have written in its place.

A mode throws away what the model knew: a verdict written with .55 and one written with .99 look alike. The expected
value over the findings keeps the difference (mean of the distribution rather than its mode).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from vetting.domain.verdict import Finding
from vetting.ports import Token

_TARGET = re.compile(r'"target"\s*:\s*"([^"\\]*)"')
_FINDING = re.compile(r'"finding"\s*:\s*"')
_AROUND = ' \t\r\n":,'
LEAST_MASS = 0.5
"""Share of the probability that must fall on findings, else the alternatives are something else and say nothing."""


def distributions(tokens: Sequence[Token]) -> dict[str, dict[Finding, float]]:
    """Target -> probability of each finding (sum 1); empty without tokens, without a target where nothing fits."""
    text = "".join(token.text for token in tokens)
    found: dict[str, dict[Finding, float]] = {}
    targets = list(_TARGET.finditer(text))
    for match in _FINDING.finditer(text):
        before = [t for t in targets if t.end() <= match.start()]
        at = _token_at(tokens, match.end())
        if before and at is not None and (chances := _chances(*at)):
            found.setdefault(before[-1][1], chances)
    return found


def expected(finding: Finding, values: Mapping[Finding, float], sure: Mapping[Finding, float]) -> float:
    """The mean of `values` under a distribution; the value of the finding itself where there is none that fits it."""
    known = {f: chance for f, chance in sure.items() if f in values}
    if known.get(finding, 0.0) <= 0:
        return values[finding]
    return round(sum(chance * values[f] for f, chance in known.items()) / sum(known.values()), 4)


def _token_at(tokens: Iterable[Token], place: int) -> tuple[Token, int] | None:
    """The token in which the character at `place` stands, and how many of its characters come before."""
    start = 0
    for token in tokens:
        if start <= place < start + len(token.text):
            return token, place - start
        start += len(token.text)
    return None


def _chances(token: Token, before: int) -> dict[Finding, float]:
    """Probability of each finding from the alternatives of the token it begins in."""
    lead = token.text[:before].strip(_AROUND)
    chances: dict[Finding, float] = {}
    for text, chance in token.choices:
        word = text.strip(_AROUND).removeprefix(lead).strip(_AROUND)
        fits = [f for f in Finding if word and (f.value.startswith(word) or re.match(rf"{f.value}\b", word))]
        if len(fits) == 1:
            chances[fits[0]] = chances.get(fits[0], 0.0) + chance
    mass = sum(chances.values())
    return {f: chance / mass for f, chance in chances.items()} if mass >= LEAST_MASS else {}
