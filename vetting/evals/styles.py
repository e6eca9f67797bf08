"""Six ways to write the same sentence: the content stays, at least 30 % of the tokens change.

Deterministic by sentence and style, so that a sentence is embedded once. Rough on purpose: what is measured is
whether a rater keeps its verdict when the manner changes, not whether the English is good.
"""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

LEAST_CHANGE = 0.30


class Style(StrEnum):
    """How a simulated candidate writes."""

    PLAIN = "plain"
    TERSE = "terse"
    VERBOSE = "verbose"
    HEDGED = "hedged"
    NON_NATIVE = "non_native"
    POLISHED = "polished"


_DROPPED = frozenset(
    """the a an is are was were be been it its this these that which so then just only also very i you we they he she
    would will has have had do does did there of and as""".split()
)
_DROPPED_NEXT = frozenset("in on at or by from when if per one than into can must still".split())
_SHORT = {
    "because": "bc", "without": "w/o", "with": "w/", "about": "~", "before": "pre", "between": "betw",
    "packets": "pkts", "packet": "pkt", "seconds": "s", "patients": "pts", "patient": "pt", "configuration": "config",
    "for": "4", "to": "->",
}  # fmt: skip
_LONG = {
    "because": "due to the fact that", "so": "and for this very reason", "if": "in the event that", "can": "is able to",
    "must": "is strictly required to", "now": "at this point in time", "after": "subsequent to the moment of",
    "before": "prior to the moment of", "but": "but on the other hand", "when": "at the time at which",
    "also": "in addition to this also", "many": "a large number of", "only": "nothing else than",
    "all": "each and every",
}  # fmt: skip
_VERBOSE_OPENINGS = (
    "What I would like to say first of all here is that", "To explain this in some more detail,",
    "If we take the time to look at this closely, we find that", "Let me put it in my own words and say that",
    "As I have already had the occasion to tell colleagues,", "It is perhaps useful to spell out at this place that",
)  # fmt: skip
_VERBOSE_ENDINGS = (
    ", and this is something that one really should keep in mind", ", as one can read in many places as well",
    ", which I would like to stress once more at this point", ", to say it in a somewhat longer way than needed",
)  # fmt: skip
_HEDGES = {
    "is": "is probably", "are": "are perhaps", "must": "might have to", "will": "would possibly", "can": "could maybe",
    "always": "mostly", "never": "hardly ever", "has": "seems to have", "needs": "may need", "all": "nearly all",
    "only": "more or less only",
}  # fmt: skip
_HEDGE_OPENINGS = (
    "I am not completely sure, but I think", "If I remember it correctly,",
    "I could be wrong here, but it seems to me that",
    "Perhaps someone knows better, but I would guess that", "As far as I can tell,", "It may depend, but I believe",
)  # fmt: skip
_HEDGE_ENDINGS = (
    ", at least that is my understanding", ", or something along those lines", ", though I would want to check it",
    ", but please do not quote me on this", ", I suppose, more or less",
)  # fmt: skip
_WRONG = {
    "on": "in", "in": "on", "at": "in", "from": "of", "for": "since", "with": "by", "by": "from", "which": "what",
    "that": "what", "than": "as", "is": "are", "are": "is", "was": "were", "has": "have", "does": "do", "many": "much",
    "much": "many", "would": "will", "could": "can", "its": "his", "it": "he", "because": "becouse", "their": "there",
    "then": "than", "as": "like", "to": "for", "information": "informations", "through": "trough", "until": "till",
}  # fmt: skip
_FORMAL = {
    "shows": "demonstrates", "show": "demonstrate", "so": "consequently", "but": "however", "because": "given that",
    "use": "employ", "needs": "requires", "need": "require", "big": "substantial", "get": "obtain", "gets": "obtains",
    "also": "additionally", "about": "approximately", "many": "numerous", "only": "solely", "if": "provided that",
    "since": "given that", "before": "prior to", "after": "following", "then": "subsequently",
    "must": "is obliged to",
    "can": "is able to", "more": "further", "some": "certain", "just": "merely", "not": "by no means",
    "and": "as well as",
    "i": "one", "you": "one", "we": "one", "all": "the entirety of", "thus": "accordingly", "the": "the respective",
}  # fmt: skip
_POLISHED_OPENINGS = (
    "It is worth emphasising that", "Crucially,", "From a practical standpoint,", "In a robust assessment,",
    "A key consideration here is that", "Notably,",
)  # fmt: skip
_POLISHED_ENDINGS = (
    " — a distinction that frequently proves decisive in practice",
    ", underscoring the importance of a rigorous approach",
    ", which ultimately informs sound decision-making", " — and this nuance should not be underestimated",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z][A-Za-z']*")


@lru_cache(maxsize=65536)
def restyled(sentence: str, style: Style) -> str:
    """The sentence as somebody of that style would write it."""
    rng = random.Random(f"{style}:{sentence}")
    match style:
        case Style.PLAIN:
            return sentence
        case Style.TERSE:
            return _terse(sentence)
        case Style.VERBOSE:
            body = _swapped(sentence, _LONG)
            return _framed(body, sentence, rng, _VERBOSE_OPENINGS, _VERBOSE_ENDINGS)
        case Style.HEDGED:
            body = _swapped(sentence, _HEDGES)
            return _framed(body, sentence, rng, _HEDGE_OPENINGS, _HEDGE_ENDINGS)
        case Style.NON_NATIVE:
            return _non_native(sentence, rng)
        case Style.POLISHED:
            body = _swapped(sentence, _FORMAL)
            return _framed(body, sentence, rng, _POLISHED_OPENINGS, _POLISHED_ENDINGS)


def change(before: str, after: str) -> float:
    """Share of tokens that are not the same in the same order, of the longer text."""
    a, b = before.lower().split(), after.lower().split()
    kept = sum(m.size for m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    return 1 - kept / max(len(a), len(b), 1)


def _terse(sentence: str) -> str:
    """Small words left out; where that changes too little, prepositions too and the ends of long words."""
    said = [w for w in sentence.rstrip(".").split() if w.lower().strip(",") not in _DROPPED]
    said = [_SHORT.get(w.lower(), w.lower().rstrip(",")) for w in said]
    if change(sentence, " ".join(said)) < LEAST_CHANGE + 0.02:
        said = [w for w in said if w not in _DROPPED_NEXT]
    for at in sorted(range(len(said)), key=lambda i: -len(said[i])):
        if change(sentence, " ".join(said)) >= LEAST_CHANGE + 0.02:
            break
        said[at] = said[at][:5] if said[at].isalpha() and len(said[at]) > 7 else said[at]
    return " ".join(said) + "."


def _swapped(sentence: str, table: Mapping[str, str]) -> str:
    def other(found: re.Match[str]) -> str:
        return table.get(found.group().lower(), found.group())

    return _WORD.sub(other, sentence)


def _framed(body: str, plain: str, rng: random.Random, openings: Sequence[str], endings: Sequence[str]) -> str:
    """Something put before and, while too little has changed, after and in between."""
    text = f"{rng.choice(openings)} {_uncapitalised(body.rstrip('.'))}"
    for ending in rng.sample(endings, len(endings)):
        if change(plain, text + ".") >= LEAST_CHANGE + 0.05:
            break
        text += ending
    return text + "."


def _uncapitalised(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or first in ("A", "I") else text


def _non_native(sentence: str, rng: random.Random) -> str:
    said: list[str] = []
    for word in sentence.rstrip(".").split():
        low = word.lower()
        if low in ("the", "a", "an") or (low in ("is", "are", "be") and rng.random() < 0.3):
            continue
        said.append(_misspelt(_WRONG.get(low, word), rng))
    for _ in range(4):
        if change(sentence, " ".join(said)) >= LEAST_CHANGE + 0.02:
            break
        said = [_misspelt(word, rng) for word in said]
    return " ".join(said)[:1].upper() + " ".join(said)[1:] + rng.choice((".", ".", ", yes.", ", you know."))


def _misspelt(word: str, rng: random.Random) -> str:
    """Endings lost, letters exchanged: figures and names in capitals are left alone."""
    if not word.isalpha() or not word.islower() or len(word) < 4:
        return word
    chance = rng.random()
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 3 and chance < 0.5:
            return word[: -len(ending)]
    if len(word) > 5 and chance > 0.82:
        at = rng.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word
