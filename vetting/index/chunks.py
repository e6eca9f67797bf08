"""Cutting a text so that a sentence model which reads 256 tokens sees all of it."""

import unicodedata
from functools import lru_cache
from itertools import pairwise

from vetting.domain.text import Sentence, sentences
from vetting.errors import Unavailable
from vetting.index.bundled import MODEL_TOKENS, model_folder

_MARKS = 2  # the tokens the model puts before and after every text


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    """Word pieces of the bundled model; empty when it is not installed, then each character counts as a token."""
    try:
        return frozenset((model_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines())
    except (Unavailable, OSError):
        return frozenset()


def count_tokens(text: str) -> int:
    """Tokens of the text in the bundled model's word pieces, without the marks; never fewer than the model counts.

    Greedy longest pieces as in WordPiece (Wu et al. 2016), in plain Python, so that no process has to load torch
    to cut a text.
    """
    cleaned = unicodedata.normalize("NFD", text.lower())
    runs, run = [], ""
    for character in cleaned:
        if unicodedata.category(character) == "Mn":
            continue
        if character.isalnum() and not "\u2e80" <= character <= "\u9fff":
            run += character
        else:
            runs += [run] * bool(run) + [character] * (not character.isspace())
            run = ""
    return sum(_pieces(r) for r in [*runs, *([run] if run else [])])


@lru_cache(maxsize=65536)
def _pieces(word: str) -> int:
    vocabulary, at, count = _vocabulary(), 0, 0
    while at < len(word):
        end = len(word)
        while end > at + 1 and ("##" if at else "") + word[at:end] not in vocabulary:
            end -= 1
        at, count = end, count + 1
    return count


def pieces_for_model(text: str, limit: int = MODEL_TOKENS) -> tuple[Sentence, ...]:
    """Pieces in order, each within `limit` tokens and with its place in the text, that together hold every word.

    Sentences stay whole unless one alone is too long. A text that fits is one piece; a blank text gives none.
    """
    room = limit - _MARKS
    whole = text.strip()
    if not whole:
        return ()
    if count_tokens(whole) <= room:
        start = text.index(whole)
        return (Sentence(start, start + len(whole), whole),)
    edges = [s.start for s in sentences(text)[1:]]
    return tuple(_packed(text, [0, *edges, len(text)], room))


def _packed(text: str, edges: list[int], room: int) -> list[Sentence]:
    pieces: list[Sentence] = []
    start = edges[0]
    for before, end in pairwise(edges):
        if start < before and count_tokens(text[start:end]) > room:
            pieces += _fitting(text, start, before, room)
            start = before
    return pieces + _fitting(text, start, edges[-1], room)


def _fitting(text: str, start: int, end: int, room: int) -> list[Sentence]:
    """The range as one piece, or halved (at white space where there is any) until each piece fits."""
    part = text[start:end]
    stripped = part.strip()
    if not stripped:
        return []
    start += part.index(stripped)
    end = start + len(stripped)
    if len(stripped) == 1 or count_tokens(stripped) <= room:
        return [Sentence(start, end, stripped)]
    middle = (start + end) // 2
    gaps = [at for at in range(start + 1, end) if text[at].isspace()]
    cut = min(gaps, key=lambda at: abs(at - middle)) if gaps else middle
    return _fitting(text, start, cut, room) + _fitting(text, cut, end, room)
