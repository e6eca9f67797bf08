"""The embedded rater's numbers: of each claim, the probability that an answer states it, and where.

Signs are used on a scale where a copy of the claim gives 1 and the question repeated gives about 0: `gain` (word
alignment, see `alignment`), `recall` (stems of the claim's own words found in the answer, a word that many claims
share counting less) and `letters` (the same for groups of four letters: typing errors, compounds). A claim may be said
in several wordings (its statement, phrases, sentences of people); the one counts that gains most above what the
wordings of other claims gain on it, and how far it leads the other claims in the same place: what fits two claims alike
states neither for sure. For a whole answer `focus` joins the signs: how close the answer's words are to the reference.
Where the embedder has no word vectors, sentence cosines take the place of the alignment and the answer is flagged as
degraded.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from vetting.domain.text import NEGATIONS, Span, normalise, sentences, stems, words
from vetting.domain.verdict import Flag
from vetting.engines.alignment import Numbers, best_window
from vetting.engines.answer_flags import UNSCORED, answer_flags
from vetting.engines.credence import CALIBRATED, Calibration, Look, logistic
from vetting.engines.spelling import respelt, vocabulary
from vetting.engines.terms import Claim, Terms
from vetting.engines.views import View, Vision

KEY_POINT_WORDS = 4
HELD = 0.5
"""Probability above which a wrong belief counts as held; the belief draws the same line."""
FEW_WORDS = 3
"""Words of its own with fewer than which a wrong belief must be said almost whole."""
LEAST_WRONG, SUREST_WRONG = 0.02, 0.85
"""Lowest and highest probability of a wrong belief."""
UNSURE = 0.4
"""Highest probability of a wrong belief where only sentences are compared: there it looks like its correction."""
USUAL, FEW_KIN = -0.11, 8
"""What the wordings of a question's other claims, its kin, gain on a wording: the mean over the packs, which weighs as
much as so many kin."""
LEAST_USUAL = -0.15
"""Chosen beside none, -.1, -.05 and 0 on the five banks, so in sample: of the gain in telling stated from not stated
(AUC .921 to .943) it keeps most (.939), and empty talk meets less (2.0 % of the indicators of the packs as they then
were; 2.7 without a floor, .2 with a floor of 0)."""
NOT_BELIEVED = 0.1
"""Highest probability in an answer that shows nothing whatever words it holds (see `answer_flags.UNSCORED`)."""


_AS_WRONG = re.compile(
    r"\b(?:wrong|false|myth|mistaken|misconception|misbelief|incorrect|untrue|fallacy|error)\b|\bnot true\b"
    r"|\b(?:i (?:do not|don't|dont) know|no idea|not sure)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_NOT_NEGATIVE = re.compile(r"\bno (?:matter|doubt|wonder)\b|\bnot (?:only|just|merely)\b|\bor not\b")


NO_LOOK = Look(0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Support:
    """What an answer holds for one claim. `span` is in the answer as it was written; None where nothing was found.

    `p`: probability that the answer states the claim. `gain`, `recall`, `letters`: the signs of the statement alone, in
    the whole answer. `words` and `terms`: how much the claim weighs in a mean (new words; distinct terms, shared ones
    in part).
    """

    id: str
    p: float
    gain: float
    recall: float
    letters: float
    words: float
    terms: float
    span: Span | None
    contradicted: bool = False
    look: Look = NO_LOOK
    gained: float = 0.0
    """Gain of the best wording there, not lessened by what its kin gain."""
    likeness: float = 0.0
    """Of a wrong belief: how much the words look like it rather than its correction (0-1)."""


class Signs(NamedTuple):
    """The signs of a whole answer; 1 each for a copy of the reference."""

    focus: float
    gain: float
    recall: float
    letters: float


@dataclass(frozen=True)
class Evidence:
    """All that is found in one answer: supports in the order of the claims, flags, the mean of the signs (a copy of
    the reference gives 1), and the share of full credit it stands for."""

    supports: tuple[Support, ...]
    flags: tuple[Flag, ...]
    signs: Signs
    strength: float
    credit: float


def weigh(
    vision: Vision,
    question: str,
    reference: str,
    claims: Sequence[Claim],
    answer: str,
    *,
    secret: bool = True,
    positions: Sequence[str] = (),
) -> Evidence:
    """Evidence of one answer for the claims. Raises Unavailable when the embedder does not answer.

    `secret`: the candidate cannot know the reference and claims, so that copying them is no answer. Otherwise (a
    public definition) a copy is flagged, and believed. `positions`: further texts that only the pack knows.
    """
    texts = (reference, *(text for c in claims for text in c.wordings))
    flags = answer_flags(question, (*texts, *positions), answer)
    if Flag.BLANK in flags:
        return Evidence(tuple(_nothing(c) for c in claims), flags, Signs(0, 0, 0, 0), 0.0, 0.0)
    plain = respelt(normalise(answer), vocabulary((question, *texts)))
    vision.remember((question, *texts, *(r for c in claims for r in c.rivals)))
    view = vision.view(question, reference, plain.text)
    told = CALIBRATED[view.words]
    terms = Terms(question, claims, plain.text)
    supports = _doubted(_supports(view, told, terms, claims), claims, view)
    wrong = [s for s, c in zip(supports, claims, strict=True) if c.rivals]
    believed = [s if c.rivals else w for s, w, c in zip(supports, _without_wrong(supports, wrong), claims, strict=True)]
    located = tuple(_in_original(s, plain.original) for s in believed)
    degraded = () if view.words else (Flag.DEGRADED,)
    signs = _signs(view, supports)
    strength = _strength(signs, view.words)
    flags = (*flags, *degraded)
    void = UNSCORED if secret else UNSCORED - {Flag.COPIED_REFERENCE}
    if not void.isdisjoint(flags):
        return Evidence(tuple(_unbelieved(s) for s in located), flags, signs, strength, NOT_BELIEVED)
    return Evidence(located, flags, signs, strength, told.credit(strength))


def looks(vision: Vision, question: str, reference: str, claims: Sequence[Claim], answer: str) -> list[Look]:
    """Of each claim what `weigh` would see, before anything is made of it. Raises Unavailable."""
    texts = (question, reference, *(text for c in claims for text in c.wordings))
    plain = respelt(normalise(answer), vocabulary(texts)).text
    vision.remember((*texts, *(text for c in claims for text in c.rivals)))
    view = vision.view(question, reference, plain)
    terms = Terms(question, claims, plain)
    return [s.look for s in _supports(view, CALIBRATED[view.words], terms, claims)]


def key_points(reference: str) -> tuple[str, ...]:
    """Sentences and list items of the reference of four words or more; a shorter one joins the one before it."""
    points: list[str] = []
    for part in sentences(reference):
        if points and (len(words(part.text)) < KEY_POINT_WORDS or len(words(points[-1])) < KEY_POINT_WORDS):
            points[-1] = f"{points[-1]} {part.text}"
        else:
            points.append(part.text)
    return tuple(points) or (reference,)


@dataclass(frozen=True)
class _Seen:
    """Gains of all windows (rows) on each claim's best wording, the same above what its kin gain, on its statement
    alone, and on corrections."""

    said: Numbers
    above: Numbers
    near: Numbers
    stated: Numbers
    rivals: Mapping[str, float]
    words: Sequence[float]


def _see(view: View, claims: Sequence[Claim]) -> _Seen:
    texts = [text for c in claims for text in c.wordings]
    rivals = [text for c in claims for text in c.rivals]
    found = view.gains((*texts, *rivals))
    starts = [0, *accumulate(len(c.wordings) for c in claims)]
    best = [slice(a, b) for a, b in pairwise(starts)]
    above = found.said[:, : len(texts)] - _usual(view, (*texts, *rivals), claims)
    return _Seen(
        said=np.stack([found.said[:, at].max(axis=1) for at in best], axis=1),
        above=np.stack([above[:, at].max(axis=1) for at in best], axis=1),
        near=np.stack([found.near[:, at].max(axis=1) for at in best], axis=1),
        stated=found.said[:, starts[:-1]],
        rivals={r: float(found.said[:, len(texts) + k].max()) for k, r in enumerate(rivals)},
        words=[float(found.words[at]) for at in starts[:-1]],
    )


def _usual(view: View, texts: Sequence[str], claims: Sequence[Claim]) -> Numbers:
    """What the wordings of the other claims gain on each wording, in the mean: nearness that says no more than that
    somebody is on the subject. (Zero normalisation by a cohort of impostors, as in the recognition of speakers:
    Auckenthaler, Carey and Lloyd-Thomas 2000.) Where there are few others it is drawn to what is usual in packs, and it
    has a floor: far from all others, a wording would be met by words that are not very far."""
    owner = np.repeat(np.arange(len(claims)), [len(c.wordings) for c in claims])
    gained = view.among(texts)[: len(owner), : len(owner)]
    others = owner[:, None] != owner[None, :]
    usual: Numbers = (gained.sum(axis=0, where=others) + FEW_KIN * USUAL) / (others.sum(axis=0) + FEW_KIN)
    return np.maximum(usual, LEAST_USUAL).round(4)


def _supports(view: View, told: Calibration, terms: Terms, claims: Sequence[Claim]) -> list[Support]:
    if not view.windows:
        return [_nothing(claim) for claim in claims]
    seen = _see(view, claims)
    return [_support(view, told, terms, claims, at, seen) for at in range(len(claims))]


def _support(view: View, told: Calibration, terms: Terms, claims: Sequence[Claim], at: int, seen: _Seen) -> Support:
    claim = claims[at]
    window = best_window((seen.stated if claim.rivals else seen.above)[:, at], len(view.parts))
    span = view.windows[window]
    text = view.text(span)
    recall, letters, weight = terms.found(claim)
    look = _look(seen, at, window, terms.letters_in(claim, text), _numbers_in(claim.statement, text))
    p = told.probability(look)
    likeness = 0.0
    gain = float(seen.stated[:, at].max())
    if claim.rivals:
        rival = max(seen.rivals[r] for r in claim.rivals)
        p = _held(gain, rival, seen.words[at]) if view.words else min(p, UNSURE)
        likeness = logistic(-4.0 + 6 * min(gain, 0.6) + 14 * (gain - rival)) if view.words else 0.0
    denied = denies(claim.statement, text)
    return Support(
        id=claim.id,
        p=min(p, NOT_BELIEVED) if denied else p,
        gain=gain,
        recall=recall,
        letters=letters,
        words=seen.words[at],
        terms=weight,
        span=span,
        contradicted=denied,
        look=look,
        gained=float(seen.said[window, at]),
        likeness=likeness,
    )


def _look(seen: _Seen, at: int, window: int, letters: float, numbers: float) -> Look:
    said = float(seen.above[window, at])
    return Look(said, _lead(seen.above[window], at, -USUAL), _lead(seen.near[window], at), letters, numbers)


def _lead(gained: Numbers, at: int, nothing: float = 0.0) -> float:
    """How far a claim is above the best other one; where it is the only one, above `nothing` gained."""
    others = np.delete(gained, at)
    return float(gained[at]) - float(others.max() if others.size else nothing)


def _numbers_in(statement: str, text: str) -> float:
    wanted = set(_NUMBER.findall(statement))
    return len(wanted & set(_NUMBER.findall(text))) / len(wanted) - 0.5 if wanted else 0.0


def _held(gain: float, rival: float, words: float) -> float:
    """P(a wrong belief is held): its own statement must be said clearly, and much more clearly than its correction.

    Examples of it are not used here: over three packs words tell that somebody speaks of a belief (AUC .98, phrases of
    a belief against those of indicators), not whether it is held or rejected (AUC .50, examples against near misses).

    Half at a gain of .40 and a lead of .15 over the correction (less where nearly all of it is said, since belief and
    correction then share most words); never surer than .85, because words in common are
    weak evidence of what somebody believes. Better to miss a wrong belief than to put one into a mouth: of the
    phrases of two packs fed as answers (745 pairs with a belief) 2 are taken for one, of their references (99) none,
    of the beliefs in `data/eval/misconception_pairs.jsonl` 5 of 11 are found and none of 24 invented.
    """
    least = 0.40 if words >= FEW_WORDS else 0.60  # "a few days" alone is in many answers
    lead = max(0.03, 0.15 - 0.3 * (gain - 0.40))
    return min(max(logistic(20 * min(gain - least, gain - rival - lead)), LEAST_WRONG), SUREST_WRONG)


def _doubted(supports: Sequence[Support], claims: Sequence[Claim], view: View) -> list[Support]:
    """Wrong beliefs taken back where the same words state an indicator better, or speak of the belief as wrong."""
    right = [s for s, c in zip(supports, claims, strict=True) if not c.rivals]

    def doubt(support: Support) -> bool:
        better = any(_overlap(s.span, support.span) and s.gained > support.gain for s in right)
        return better or (support.span is not None and bool(_AS_WRONG.search(view.text(support.span))))

    return [
        replace(s, p=min(s.p, NOT_BELIEVED)) if c.rivals and doubt(s) else s
        for s, c in zip(supports, claims, strict=True)
    ]


def _without_wrong(supports: Sequence[Support], wrong: Sequence[Support]) -> list[Support]:
    """Supports less believed where the same words look like a wrong belief, and more than like the claim itself.

    Likeness asks for less than `_held`: not to credit doubtful words is no accusation.
    """

    def doubt(support: Support) -> float:
        rivals = (w.likeness for w in wrong if _overlap(support.span, w.span) and w.gain >= support.gained)
        return max((x for x in rivals if x > HELD), default=0.0)

    return [replace(s, p=round(s.p * (1 - doubt(s)), 4)) for s in supports]


def _overlap(a: Span | None, b: Span | None) -> bool:
    return a is not None and b is not None and a.start < b.end and b.start < a.end


def denies(statement: str, said: str) -> bool:
    """Whether a passage repeats most of a statement's terms with the opposite sign (a negation more or less).

    Cautious: four terms or more and 70 % of them must be there, else a "not" may belong to something else.
    """
    terms = set(stems(statement))
    shared = terms & set(stems(said))
    if len(terms) < 4 or len(shared) < 0.7 * len(terms):
        return False
    return _negative(statement) != _negative(said)


def _negative(text: str) -> bool:
    plain = _NOT_NEGATIVE.sub(" ", text.replace("’", "'").lower())
    return sum(w in NEGATIONS for w in words(plain)) % 2 == 1


def _signs(view: View, supports: Sequence[Support]) -> Signs:
    """Focus, then gain, recall and letters averaged over the claims; a claim weighs by its own words or terms."""
    return Signs(
        focus=view.focus,
        gain=_mean([s.gain for s in supports], [s.words for s in supports]),
        recall=_mean([s.recall for s in supports], [s.terms for s in supports]),
        letters=_mean([s.letters for s in supports], [s.terms for s in supports]),
    )


def _strength(signs: Signs, by_words: bool) -> float:
    """Plain mean of the signs: they have about the same spread (.15 over real answers), so no weights are needed.

    Gains by sentences repeat what `focus` says there and are left out.
    """
    used = signs if by_words else (signs.focus, signs.recall, signs.letters)
    return round(sum(used) / len(used), 4)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total else 0.0


def _in_original(support: Support, original: Callable[[int, int], Span]) -> Support:
    return replace(support, span=original(*support.span)) if support.span else support


def _unbelieved(support: Support) -> Support:
    return replace(support, p=min(support.p, NOT_BELIEVED), span=None, contradicted=False)


def _nothing(claim: Claim) -> Support:
    return Support(claim.id, 0.02, 0.0, 0.0, 0.0, 1, 1.0, None)
