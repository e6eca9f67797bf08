"""What a person should know about an answer before its content is judged. Pure functions of the texts."""

import re
from collections.abc import Sequence
from functools import lru_cache

from vetting.domain.injection import reads_like_an_instruction
from vetting.domain.text import CONTENT_STOP_WORDS, STOP_WORDS, normalise, stems, words
from vetting.domain.verdict import Flag

UNSCORED: frozenset[Flag] = frozenset({Flag.BLANK, Flag.PARROTS_QUESTION, Flag.KEYWORD_LIST, Flag.COPIED_REFERENCE})
"""With one of these the answer shows nothing, whatever words it holds."""
LOW_TRUST: frozenset[Flag] = UNSCORED | {Flag.TOO_SHORT, Flag.OTHER_LANGUAGE, Flag.INSTRUCTS_RATER}

TOO_FEW_WORDS = 4
COPIED_RUN = 6
"""Words in a row that two people rarely share by chance."""
COPIED_SHARE = 0.6
_LISTED = re.compile(r"\b(?:name|list|state|which|enumerate|give|mention|what (?:are|were))\b", re.IGNORECASE)
FEW_SMALL, NO_SMALL = 0.12, 0.05
"""Shares of function words below which an answer is no running English, and has as good as none."""
TERM_WORDS, UNBROKEN_WORDS = 4, 14
"""Mean words between two marks: up to which they are terms, and from which on they are no sentences either."""
_PIECE = re.compile(r"[,;.:!?/|\n•·]+(?:\s|$)|\n|\s[-–—]\s")
SHORT_LIST = 25
"""Words up to which an answer may be a mere list where the question asked to name things."""
# Small words of neighbouring languages that are no English words (per, non), no abbreviations and no units.
_FOREIGN = frozenset(
    """der das und ist nicht ein eine mit für von auf den dem wird werden sind auch wenn los las que por para una
    son como del porque pero más les et est dans une pour pas qui sur avec il lo gli che di sono della nel uma não com
    het een niet voor zijn och att som inte jest nie""".split()
)


def answer_flags(question: str, secrets: Sequence[str], answer: str) -> tuple[Flag, ...]:
    """Flags of one answer, in a fixed order; `secrets` are the texts only the pack knows (reference, statements)."""
    text = normalise(answer).text
    spoken = words(text)
    if not re.search(r"\w", text):
        return (Flag.BLANK,)
    checks = {
        Flag.TOO_SHORT: len(spoken) < TOO_FEW_WORDS and len(text.strip()) < 24,
        Flag.PARROTS_QUESTION: parrots(question, text),
        Flag.KEYWORD_LIST: keyword_list(question, text),
        Flag.COPIED_REFERENCE: copied(secrets, text),
        Flag.OTHER_LANGUAGE: other_language(text),
        Flag.INSTRUCTS_RATER: reads_like_an_instruction(answer),
    }
    return tuple(flag for flag, found in checks.items() if found)


def parrots(question: str, answer: str) -> bool:
    """Whether the answer says nothing but the question's own words again; one new word may be the whole answer."""
    asked, said = set(stems(question)), stems(answer)
    fresh = {s for s in said if s not in asked}
    return len(said) >= 4 and (not fresh or (len(said) >= 10 and len(fresh) <= len(said) // 8))


def keyword_list(question: str, answer: str) -> bool:
    """Whether many terms stand without sentences; a short list is an answer where the question asked to name things.

    Running English is more than a third function words; a pile of terms has hardly any. Formulas are not terms, and
    telegraph style is none either: it leaves out the small words, but its sentences are longer than terms.
    """
    spoken = [w for w in words(answer) if len(w) > 1 and w.isalpha()]
    if len(spoken) < 10 or other_language(answer) or (len(spoken) <= SHORT_LIST and _LISTED.search(question)):
        return False
    share = sum(w in CONTENT_STOP_WORDS for w in spoken) / len(spoken)
    pieces = [piece for piece in _PIECE.split(answer) if words(piece)]
    each = len(words(answer)) / len(pieces)
    return share < FEW_SMALL and (each <= TERM_WORDS or (share < NO_SMALL and each >= UNBROKEN_WORDS))


def copied(secrets: Sequence[str], answer: str) -> bool:
    """Whether most of the answer is taken word for word from texts the candidate cannot have seen.

    Only runs of six words count, and only in an answer of 12 words or more: short definitions coincide honestly.
    """
    spoken = words(answer)
    if len(spoken) < 2 * COPIED_RUN:
        return False
    runs = _runs_of(tuple(secrets))
    covered: set[int] = set()
    for at, run in enumerate(_runs(spoken)):
        if run in runs:
            covered.update(range(at, at + COPIED_RUN))
    return len(covered) >= COPIED_SHARE * len(spoken)


def other_language(answer: str) -> bool:
    """Whether the answer is not in English: other letters, or other languages' small words outnumber English ones."""
    letters = sum(map(str.isalpha, answer))
    if letters < 12:
        return False
    if not answer.isascii() and sum(c.isalpha() and ord(c) > 0x24F for c in answer) > 0.4 * letters:
        return True
    spoken = re.findall(r"[^\W\d_]+", answer.lower())
    foreign = [w for w in spoken if w in _FOREIGN]
    return len(spoken) >= 6 and len(set(foreign)) >= 2 and len(foreign) > sum(w in STOP_WORDS for w in spoken)


@lru_cache(maxsize=128)
def _runs_of(texts: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """The runs of a question's texts, which every answer to it is compared with."""
    return frozenset(run for text in texts for run in _runs(words(text)))


def _runs(spoken: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(spoken[i : i + COPIED_RUN]) for i in range(len(spoken) - COPIED_RUN + 1)]
