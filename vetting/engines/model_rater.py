"""The rater over a language model: findings with quotes, to be believed by `domain.verdict.accept` only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, create_model, model_validator

from vetting.domain.transcript import Turn
from vetting.domain.verdict import Finding, RaterId, RawAssessment, RawVerdict
from vetting.engines.verdict_distribution import distributions, expected
from vetting.ports import LanguageModel, RatingReply, RatingRequest

PROMPT = "rater.indicators"
DEADLINE = 60.0
"""Seconds for one question: a rating waits for nobody."""

# How often a finding of a model rater is true: measured in a later calibration, until then a cautious guess.
INDICATOR_P: Mapping[Finding, float] = {
    Finding.MET: 0.92,
    Finding.PARTLY: 0.6,
    Finding.NOT_SHOWN: 0.12,
    Finding.CONTRADICTED: 0.04,
}
MISCONCEPTION_P: Mapping[Finding, float] = {Finding.MET: 0.92, Finding.NOT_SHOWN: 0.06}

Evidence = Annotated[str, StringConstraints(max_length=1_000)]
Quote = Annotated[str, StringConstraints(max_length=4_000)]


class ModelRater:
    """`ports.Rater` over a language model; `sample` tells several of one model on a panel apart."""

    def __init__(self, llm: LanguageModel, *, deadline: float = DEADLINE, sample: int = 1) -> None:
        self._llm = llm
        self._deadline = deadline
        name = llm.model if sample == 1 else f"{llm.model}#{sample}"
        self.id = RaterId(engine="model", model=name, prompt=PROMPT, prompt_sha=llm.prompt_sha(PROMPT))

    def rate(self, request: RatingRequest) -> RatingReply:
        """A claim for each indicator and misconception; without an answer none, and no call. Raises ModelFailed."""
        question = request.question
        turns = tuple(t for t in request.transcript.of_question(question.id) if t.answer and t.answer.strip())
        if not turns:
            return RatingReply(RawAssessment())
        schema = rating_schema(tuple(i.id for i in question.indicators), tuple(m.id for m in question.misconceptions))
        reply = self._llm.ask(PROMPT, _variables(request, turns), schema, deadline=self._deadline)
        answer = reply.value.model_dump()
        answers = [t.answer or "" for t in turns]
        sure = distributions(reply.tokens)
        verdicts = (
            *_claims(answer["indicators"], INDICATOR_P, answers, sure),
            *_claims(answer["misconceptions"], MISCONCEPTION_P, answers, sure),
        )
        return RatingReply(RawAssessment(verdicts=verdicts), reply.calls)


def _variables(request: RatingRequest, turns: Sequence[Turn]) -> dict[str, Any]:
    question = request.question
    return {
        "language": request.language,
        "question": question.text,
        "reference": question.reference,
        "positions": list(question.positions),
        "indicators": [{"id": i.id, "statement": i.statement} for i in question.indicators],
        "misconceptions": [{"id": m.id, "statement": m.statement} for m in question.misconceptions],
        "answers": [{"turn": t.number, "prompt": t.prompt, "answer": t.answer} for t in turns],
    }


def _claims(
    found: Iterable[Mapping[str, Any]],
    probabilities: Mapping[Finding, float],
    answers: Sequence[str],
    sure: Mapping[str, Mapping[Finding, float]],
) -> Iterable[RawVerdict]:
    """The claims; where the model's own distribution over findings is known, `p` is the expected value under it."""
    for claim in found:
        finding = Finding(claim["finding"])
        quote = _traced(claim["quote"], answers) if claim["quote"] and finding.needs_quote else None
        p = expected(finding, probabilities, sure.get(claim["target"], {}))
        yield RawVerdict(target=claim["target"], finding=finding, p=p, quote=quote)


def _traced(quote: str, answers: Sequence[str]) -> str:
    """The words of an answer that the quote stands for; where there are none the quote as it is, to be refused."""
    return next((span for answer in answers if (span := verbatim(quote, answer))), quote)


@lru_cache(maxsize=512)
def rating_schema(indicators: tuple[str, ...], misconceptions: tuple[str, ...]) -> type[BaseModel]:
    """Exactly one finding for each of these ids: what is missing, doubled or unknown makes the answer unusable."""
    fields: dict[str, Any] = {
        "indicators": (_findings("Indicator", indicators, tuple(INDICATOR_P)), ...),
        "misconceptions": (_findings("Misconception", misconceptions, tuple(MISCONCEPTION_P)), ...),
    }
    checks: dict[str, Callable[..., Any]] = {
        "_complete": model_validator(mode="after")(_complete(indicators, misconceptions))  # type: ignore[dict-item]  # a decorator object, as create_model asks for
    }
    return create_model("Rating", __config__=ConfigDict(extra="forbid"), __validators__=checks, **fields)


def _findings(name: str, targets: tuple[str, ...], findings: tuple[Finding, ...]) -> Any:
    target: Any = Literal[targets] if targets else str
    finding: Any = Literal[tuple(f.value for f in findings)]
    fields: dict[str, Any] = {
        "target": (target, ...),
        "evidence": (Evidence, ...),
        "quote": (Quote | None, ...),
        "finding": (finding, ...),
    }
    return list[create_model(f"{name}Finding", __config__=ConfigDict(extra="forbid"), **fields)]  # type: ignore[misc]  # made at run time


def _complete(indicators: tuple[str, ...], misconceptions: tuple[str, ...]) -> Callable[[Any], Any]:
    def each_once(self: Any) -> Any:
        for name, wanted in (("indicators", indicators), ("misconceptions", misconceptions)):
            got = [claim.target for claim in getattr(self, name)]
            if sorted(got) != sorted(wanted):
                raise ValueError(f"{name} must hold each of these targets exactly once: {', '.join(wanted) or 'none'}")
        for claim in (*self.indicators, *self.misconceptions):
            if claim.finding != Finding.NOT_SHOWN and not (claim.quote or "").strip():
                raise ValueError(f"{claim.target}: the finding {claim.finding} needs a quote")
        return self

    return each_once


_ELLIPSIS = re.compile(r"…|\.{3,}")
_SPACE = re.compile(r"\s+")
_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
_SINGLE = "\u2018\u2019\u201a\u201b\u2032\u0060\u00b4"
_FOLDED = str.maketrans(dict.fromkeys(_DOUBLE, '"') | dict.fromkeys(_SINGLE, "'"))


def verbatim(quote: str, answer: str) -> str | None:
    """The piece of `answer` that `quote` copies, when they differ in white space, quotation marks and ellipses alone.

    Models tidy up what they copy. Quotation marks put around the quote and ellipses at its ends are taken off.
    Words are never matched loosely, and pieces joined by an ellipsis are no quote. None where it is not there.
    """
    if quote.strip() and quote in answer:
        return quote
    folded, places = _fold(answer)
    for wanted in dict.fromkeys((_fold(quote)[0].strip(), _bare(quote))):
        at = folded.find(wanted) if any(c.isalnum() for c in wanted) else -1
        if at >= 0:
            return answer[places[at][0] : places[at + len(wanted) - 1][1]]
    return None


def _bare(quote: str) -> str:
    """The folded quote without the marks a model may have put around it."""
    text = _fold(quote)[0].strip()
    for marks in ("...", "\"'", "..."):
        while marks == "..." and (text.startswith("...") or text.endswith("...")):
            text = text.removeprefix("...").removesuffix("...").strip()
        if marks != "..." and len(text) > 1 and text[0] in marks and text[-1] == text[0]:
            text = text[1:-1].strip()
    return text


def _fold(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with white space, quotation marks and ellipses made alike, and for each character its place before."""
    out: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        match = _ELLIPSIS.match(text, at) or _SPACE.match(text, at)
        end = match.end() if match else at + 1
        piece = text[at].translate(_FOLDED) if not match else " " if text[at].isspace() else "..."
        out += piece
        places += [(at, end)] * len(piece)
        at = end
    return "".join(out), places
