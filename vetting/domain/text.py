"""Text as evidence: normalising, sentences with their places in the original, words, stems. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STOP_WORDS: frozenset[str] = frozenset(
    "a an the of to in is are was and or for on with by be as at it its that this which from can will not".split()
)
"""The short list of the pinned baselines; `CONTENT_STOP_WORDS` is the one for content words."""

CONTENT_STOP_WORDS: frozenset[str] = STOP_WORDS | frozenset(
    """i you he she we they me him her us them my your his our their these those there here then than so such
    but if because while when where who whom whose what how why do does did done has have had having been being were am
    would could should may might must shall also just only very more most much many some any each every all both
    one other another into onto over under between through during about against after before up down out off again
    no nor too own same e.g i.e etc ie eg s t don't doesn't isn't aren't won't can't""".split()
)
NEGATIONS: frozenset[str] = frozenset(
    """no not never none nothing neither nor without cannot can't don't doesn't didn't isn't aren't wasn't weren't won't
    wouldn't shouldn't couldn't hasn't haven't hardly dont doesnt isnt cant wont""".split()
)

_WORD = re.compile(r"[a-z0-9']+")
_ABBREVIATIONS = frozenset(
    "e.g i.e eg ie etc vs cf fig figs approx dr mr mrs ms prof st nr vol sec min max resp incl ca al eq ed".split()
)
_BULLETS = "-*•●○▪◦‣–—·"
_ITEM = r"(?:\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)|\d{1,2}\.(?=\D|$)|(?:[a-z]|[ivx]{1,4})\.(?=\s))"
_LIST_MARK = re.compile(rf"(?:\s*(?:[{re.escape(_BULLETS)}]+|{_ITEM}))+\s*", re.IGNORECASE)
# Inside a line a dash or "2)" is a mark only after punctuation: "1 - p" and "(6 choose 3)" are not lists.
_INLINE_MARK = re.compile(
    r"(?<=[:;,.!?]\s)(?:\(?(?:\d{1,2}|[a-h]|[ivx]{1,4})\)\s*|[-*–—]\s*(?=[^\W\d]))"
    r"|[•●○▪◦‣]\s*|(?<=\s)\((?:[a-h1-9]|[ivx]{1,4})\)\s"
)
_STOP = re.compile(r"(?:\.+|[!?…。！？]+)[\"'”’)\]]*|;")
_COMMA = re.compile(r"[,:]\s+|\s+(?=(?:and|but|because|so|which|while|whereas|then|if|when)\s)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")


class Span(NamedTuple):
    """Half-open range of character positions."""

    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """A piece of a text and where it stands: `original[start:end] == text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Normalised:
    """Normalised text with the place of each of its characters in the original.

    Character i of `text` comes from `original[starts[i]:ends[i]]`.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> Span:
        """Range of the original that `text[start:end]` stands for; an empty range when start == end."""
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"range {start}:{end} lies outside a text of {len(self.text)} characters")
        if start == end:
            at = self.starts[start] if start < len(self.text) else (self.ends[-1] if self.ends else 0)
            return Span(at, at)
        return Span(self.starts[start], self.ends[end - 1])


@lru_cache(maxsize=4096)
def invisible(character: str) -> bool:
    """Whether a reader of the page cannot see this character (format, tag, filler, private, control marks)."""
    category = unicodedata.category(character)
    if category in {"Cf", "Co", "Cs", "Cn"} or character in _FILLERS:
        return True
    if category == "Cc":
        return character not in "\n\r\t"
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def is_plain(text: str) -> bool:
    """Whether a text is its own normal form with nothing invisible in it, as most answers are."""
    return text.isascii() and not _CONTROL.search(text)


@lru_cache(maxsize=256)  # guard, flags and raters each look at the same answer
def normalise(text: str) -> Normalised:
    """NFKC without invisible characters, each character keeping its place in the original.

    Characters that compose (a letter and its accent, Hangul parts) are normalised together and share one place.
    """
    if is_plain(text):
        return Normalised(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end, group in _groups(text):
        for character in unicodedata.normalize("NFKC", group):
            if not invisible(character):
                out.append(character)
                starts.append(start)
                ends.append(end)
    return Normalised("".join(out), tuple(starts), tuple(ends))


def _groups(text: str) -> list[tuple[int, int, str]]:
    """Runs of visible characters that must be normalised together, as (start, end, characters)."""
    groups: list[tuple[int, int, str]] = []
    for at, character in enumerate(text):
        if invisible(character):
            continue
        if groups and not character.isascii() and _composes(groups[-1][2], character):
            start, _, group = groups[-1]
            groups[-1] = (start, at + 1, group + character)
        else:
            groups.append((at, at + 1, character))
    return groups


@lru_cache(maxsize=4096)
def _composes(group: str, character: str) -> bool:
    if unicodedata.combining(character):
        return True
    nfkc = unicodedata.normalize
    return nfkc("NFKC", group + character) != nfkc("NFKC", group) + nfkc("NFKC", character)


@lru_cache(maxsize=256)
def sentences(text: str, longest: int = 60) -> tuple[Sentence, ...]:
    """The sentences, list items and clauses between semicolons, in order, with their places in `text`.

    Holds up under missing capitals, a missing or doubled space at a full stop, numbered and dashed lists inside a
    line, abbreviations and decimals. A piece of more than `longest` words is cut at a comma or conjunction.
    """
    found: list[Sentence] = []
    for block in _blocks(text):
        for mark in _between(block, _breaks(text, block)):
            found += [piece for part in _cut(text, mark, longest) if (piece := _trimmed(text, part)) is not None]
    return tuple(found)


def _blocks(text: str) -> list[Span]:
    """Lines, where a line wrapped in mid-sentence is joined to the one before it."""
    blocks: list[Span] = []
    at = 0
    for line in text.splitlines(keepends=True):
        span = Span(at, at + len(line))
        at = span.end
        before = text[blocks[-1].start : blocks[-1].end] if blocks else ""
        if blocks and _continues(before, line):
            blocks[-1] = Span(blocks[-1].start, span.end)
        else:
            blocks.append(span)
    return blocks


def _continues(before: str, line: str) -> bool:
    ending = before.rstrip(" \t\r\n")
    if not ending or before.endswith("\n\n"):
        return False
    wrapped = len(ending.rsplit("\n", 1)[-1]) > 45 and ending[-1] not in ".!?:;…"
    return wrapped and bool(line.strip()) and line.lstrip()[0].islower() and not _LIST_MARK.match(line)


def _breaks(text: str, block: Span) -> list[int]:
    """Positions inside the block at which a new sentence begins."""
    head = _LIST_MARK.match(text, block.start, block.end)
    first = head.end() if head else block.start
    ends = [_break_at(text, m, block) for m in _STOP.finditer(text, first, block.end)]
    marks = [m.start() for m in _INLINE_MARK.finditer(text, first, block.end)]
    return sorted({*(e for e in ends if e is not None), *marks})


def _break_at(text: str, stop: re.Match[str], block: Span) -> int | None:
    """Where the sentence ended by this stop ends: after it, before the number of a list item, or not at all."""
    before = re.search(r"[\w.]*$", text[max(block.start, stop.start() - 20) : stop.start()])
    word = before.group().lower() if before else ""
    following = text[stop.end() : min(stop.end() + 3, block.end)]
    mark = stop.group().rstrip("\"'”’)]")
    if mark in {"...", "..", "…"}:
        return stop.end() if following.lstrip()[:1].isupper() or not following.strip() else None
    if mark != ".":
        return stop.end()
    if word.isdecimal() and len(word) <= 2 and _opens_item(text, block, int(word), stop.start() - len(word)):
        return stop.start() - len(word)
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and following.strip()):
        return None
    if not following or following[0].isspace():
        return stop.end()
    glued = len(word) >= 2 and word[-1].isalpha() and following[0].isupper() and following[1:2].islower()
    return stop.end() if glued else None


def _opens_item(text: str, block: Span, number: int, at: int) -> bool:
    """Whether "2." at this place is the next mark of a list inside the line, not a number that ends a sentence."""
    earlier = text[block.start : at]
    if not earlier.strip():
        return False
    previous = re.search(rf"(?:^|\s){number - 1}\.\s*\D", earlier) if number > 1 else None
    return previous is not None or (number == 1 and bool(re.search(r"[:;.]\s*$", earlier)))


def _between(block: Span, breaks: list[int]) -> list[Span]:
    edges = [block.start, *(b for b in breaks if block.start < b < block.end), block.end]
    return [Span(a, b) for a, b in pairwise(edges) if b > a]


def _cut(text: str, span: Span, longest: int) -> list[Span]:
    """The span, or its halves (cut at the comma or conjunction nearest the middle) while it is too long."""
    count = len(text[span.start : span.end].split())
    if count <= longest:
        return [span]
    middle = (span.start + span.end) // 2
    places = [m.end() for m in _COMMA.finditer(text, span.start, span.end)] or [
        m.end() for m in re.compile(r"\s+").finditer(text, span.start, span.end)
    ]
    inner = [p for p in places if span.start < p < span.end]
    if not inner:
        return [span]
    at = min(inner, key=lambda p: (abs(p - middle), p))
    return [*_cut(text, Span(span.start, at), longest), *_cut(text, Span(at, span.end), longest)]


def _trimmed(text: str, span: Span) -> Sentence | None:
    """The span without list marks and white space at its edges; nothing when no word is left."""
    mark = _LIST_MARK.match(text, span.start, span.end)
    start = mark.end() if mark and mark.end() < span.end else span.start
    end = span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Sentence(start, end, text[start:end]) if re.search(r"\w", text[start:end]) else None


def words(text: str) -> list[str]:
    """Lower-case words, `[a-z0-9']+`, stop words included: the tokens of the pinned baselines."""
    return _WORD.findall(text.lower())


def baseline_words(text: str) -> list[str]:
    """`words` without `STOP_WORDS`."""
    return [w for w in words(text) if w not in STOP_WORDS]


def content_words(text: str) -> list[str]:
    """Words that carry content, in order: no function words, no single letters but digits kept, not stemmed."""
    found = (w.strip("'") for w in words(text.replace("’", "'")))
    return [w for w in found if w and w not in CONTENT_STOP_WORDS and (len(w) > 1 or w.isdigit())]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A light English stem: plural, -ing, -ed, -ly, -tion and the like folded so that forms of one word meet.

    Not a dictionary form ("routing" and "router" both give "rout"). Idea: Porter (1980), far fewer rules.
    """
    if len(word) <= 3 or not word.isascii() or any(c.isdigit() for c in word):
        return word
    for ending, replacement, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            root = word[: len(word) - len(ending)] + replacement
            doubled = ending in _DOUBLING and len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz"
            return root[:-1] if doubled or (len(root) > 4 and root[-1] == "e") else root
    return word


_DOUBLING = frozenset({"ing", "ed", "er", "ers"})
_ENDINGS: tuple[tuple[str, str, int], ...] = (
    ("izations", "iz", 4), ("isations", "iz", 4), ("ization", "iz", 4), ("isation", "iz", 4),
    ("ations", "", 4), ("ation", "", 4), ("itions", "", 4), ("ition", "", 4), ("ments", "", 4), ("ment", "", 4),
    ("ising", "iz", 3), ("izing", "iz", 3), ("ised", "iz", 3), ("ized", "iz", 3), ("ises", "iz", 4), ("izes", "iz", 3),
    ("ise", "iz", 4), ("ize", "iz", 3), ("nesses", "", 3), ("ness", "", 3), ("ities", "", 4), ("ity", "", 4),
    ("sses", "ss", 2), ("ives", "", 4), ("ive", "", 4), ("ions", "", 4), ("ion", "", 4), ("ances", "", 4),
    ("ance", "", 4), ("ences", "", 4), ("ence", "", 4), ("ants", "", 4), ("ant", "", 4), ("ents", "", 4),
    ("ent", "", 4),
    ("ically", "ic", 3), ("ally", "al", 3), ("fully", "ful", 3), ("ly", "", 3), ("ies", "y", 2), ("ied", "y", 2),
    ("ings", "", 3), ("ing", "", 3), ("ers", "", 4), ("er", "", 4), ("ors", "", 4), ("or", "", 4), ("ed", "", 3),
    ("es", "", 4), ("ss", "ss", 1), ("us", "us", 1), ("is", "is", 1), ("s", "", 3), ("e", "", 3),
)  # fmt: skip


def stems(text: str) -> list[str]:
    """Stems of the content words, in order."""
    return [stem(w) for w in content_words(text)]


class WordVectors(NamedTuple):
    """The words of a text as its sentence model sees them in context.

    `spans`: int32 (n, 2), half-open character ranges in the text; `vectors`: float32 (n, d), rows of length 1.
    Words without a letter or digit are left out.
    """

    spans: NDArray[np.int32]
    vectors: NDArray[np.float32]
