"""Phrase banks: what simulated candidates say, written by hand for each indicator and misconception of a pack.

A bank must not be the pack in disguise, or a rater that compares words would look better than it is; the rules are
`faults`. It is read by the simulation alone, never by a rater.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from statistics import median

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vetting.domain.rubric import Question, Rubric
from vetting.domain.text import stems, words
from vetting.errors import BadInput, NotFound
from vetting.packs import read_yaml, shipped

RUN = 6
"""Words in a row that a bank may not share with its pack."""
NEAR = 0.30
"""Largest median share of content words (Jaccard) that statements may have in common with what they state."""
FOLDER = "data/eval/phrases"


class Part(BaseModel):
    """Base of the parts of a bank."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Statements(Part):
    """What is said for each indicator and misconception of one question, two wordings or more where there are."""

    indicators: Mapping[str, tuple[str, ...]]
    misconceptions: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)


class PhraseBank(Part):
    """All that simulated candidates can say about one pack; `filler` shows nothing."""

    rubric: str
    version: str
    written_by: str
    filler: tuple[str, ...]
    questions: Mapping[str, Statements]

    def sentences(self) -> Iterator[str]:
        """Every text of the bank."""
        for said in self.questions.values():
            yield from chain.from_iterable(said.indicators.values())
            yield from chain.from_iterable(said.misconceptions.values())
        yield from self.filler


def banks() -> tuple[str, ...]:
    """Ids of the packs that have a bank."""
    return tuple(sorted(path.stem for path in shipped(FOLDER).glob("*.yaml")))


def spoken(rubric: Rubric) -> list[Question]:
    """The questions answered in words: a bank has nothing to say in work samples."""
    return [question for question in rubric.questions() if question.type == "answer"]


def read_bank(rubric: Rubric) -> PhraseBank:
    """The bank of a pack. Raises NotFound where there is none, BadInput where it does not fit the pack."""
    path = shipped(FOLDER) / f"{rubric.id}.yaml"
    if not path.is_file():
        raise NotFound(f"There is no phrase bank for {rubric.id}; packs that have one: {', '.join(banks())}.")
    data, _, found = read_yaml(path)
    if found:
        raise BadInput(str(found[0]))
    try:
        bank = PhraseBank.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
    return checked(bank, rubric, str(path))


def checked(bank: PhraseBank, rubric: Rubric, source: str) -> PhraseBank:
    """The bank, if it says all of the pack and nothing else. Raises BadInput naming the source and what is wrong."""
    if missing := _missing(bank, rubric):
        raise BadInput(f"{source}: does not fit the pack {rubric.id} {rubric.version}: {missing[0]}.")
    return bank


def faults(bank: PhraseBank, rubric: Rubric) -> list[str]:
    """Where a bank that fits its pack breaks a rule, one sentence each; empty where it keeps them."""
    found: list[str] = []
    for question in spoken(rubric):
        runs = {run for text in _own_texts(question) for run in _runs(text)}
        for target, texts in _said(bank, question).items():
            found += [f"{question.id}/{target}: shares {RUN} words in a row" for t in texts if runs & set(_runs(t))]
            if target in {i.id for i in question.indicators} and len(texts) < 2:
                found.append(f"{question.id}/{target}: needs two statements")
    near = nearness(bank, rubric)
    if near > NEAR:
        found.append(f"statements share {near:.2f} of their content words with the pack's (median), at most {NEAR}")
    return found


def nearness(bank: PhraseBank, rubric: Rubric) -> float:
    """Median Jaccard similarity of the content words of a statement and of the pack's wording nearest to it."""
    shares = []
    for question in spoken(rubric):
        for indicator in question.indicators:
            own = [set(stems(text)) for text in (indicator.statement, *indicator.phrases)]
            for text in _said(bank, question)[indicator.id]:
                said = set(stems(text))
                shares.append(max(len(said & o) / len(said | o) for o in own))
    return float(median(shares))


def _missing(bank: PhraseBank, rubric: Rubric) -> list[str]:
    found = [] if bank.rubric == rubric.id else [f"it is the bank of {bank.rubric}"]
    for question in spoken(rubric):
        known = set(_said(bank, question))
        wanted = set(question.statements())
        found += [f"{question.id}: nothing is said for {target}" for target in sorted(wanted - known)]
        found += [f"{question.id}: the pack has no {target}" for target in sorted(known - wanted)]
    return found


def _said(bank: PhraseBank, question: Question) -> dict[str, tuple[str, ...]]:
    said = bank.questions.get(question.id)
    return {**said.indicators, **said.misconceptions} if said else {}


def _own_texts(question: Question) -> Iterator[str]:
    yield from (question.reference, *question.positions, *question.statements().values())
    yield from (text for indicator in question.indicators for text in (*indicator.phrases, *indicator.examples))
    yield from (text for m in question.misconceptions for text in (m.correction, *m.examples))


def _runs(text: str) -> list[tuple[str, ...]]:
    spoken = words(text)
    return [tuple(spoken[i : i + RUN]) for i in range(len(spoken) - RUN + 1)]
