"""Model admission: rate the golden answers, keep what came of it per model and prompt, say who may sit on a panel."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from vetting.db.engine import reading, writing
from vetting.db.rater_models import ModelAdmission
from vetting.domain.admission import (
    NEVER_RATES,
    RATINGS_PER_INTERVIEW,
    SHOWN,
    Figures,
    Gate,
    Golden,
    Order,
    Rating,
    Tempted,
    Twice,
    figures,
    gates,
)
from vetting.domain.rubric import Rubric
from vetting.domain.transcript import one_answer
from vetting.domain.verdict import accept
from vetting.errors import BadInput, ModelFailed
from vetting.packs import load_rubric, shipped
from vetting.ports import ModelCall, Rater, RatingRequest

GOLDEN = "golden_answers.jsonl"
COMMAND = "vetting models check"
UNREACHED = frozenset({"unreachable", "wrong_key", "not_found", "not_api"})
"""Outcomes of a call that say nothing about the model: the check stops and nothing is stored."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class GoldenSet:
    """The golden answers and orders of a file, with its hash."""

    answers: tuple[Golden, ...]
    orders: tuple[Order, ...]
    sha256: str


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, in any one currency."""

    input: float
    output: float


@dataclass(frozen=True)
class Report:
    """The outcome of one check, as it is stored and shown."""

    model: str
    prompt: str
    prompt_sha: str
    golden_sha: str
    figures: Figures
    gates: tuple[Gate, ...]
    cost_per_interview: float | None = None

    @property
    def admitted(self) -> bool:
        """Whether every gate is passed."""
        return all(gate.passed for gate in self.gates)

    @property
    def faults(self) -> list[str]:
        """The gates that are not, one sentence each."""
        return [str(gate) for gate in self.gates if not gate.passed]

    def document(self) -> dict[str, Any]:
        """The report as JSON. Tokens of an interview are counted for 24 ratings."""
        found = self.figures
        tokens = None
        if found.input_tokens is not None and found.output_tokens is not None:
            tokens = {
                "input": round(found.input_tokens * RATINGS_PER_INTERVIEW),
                "output": round(found.output_tokens * RATINGS_PER_INTERVIEW),
            }
        return {
            "model": self.model,
            "prompt": self.prompt,
            "prompt_sha": self.prompt_sha,
            "golden_sha": self.golden_sha,
            "admitted": self.admitted,
            "figures": found.model_dump(),
            "gates": [gate.model_dump() for gate in self.gates],
            "tokens_per_interview": tokens,
            "cost_per_interview": self.cost_per_interview,
        }


@dataclass(frozen=True)
class Standing:
    """Whether a model may rate; `sentence` says why not, and the command that decides it."""

    model: str
    admitted: bool
    sentence: str = ""


@lru_cache(maxsize=4)
def golden_set(path: Path | None = None) -> GoldenSet:
    """The shipped golden answers, or those of another file. Raises BadInput naming the line."""
    file = path or shipped("data/eval") / GOLDEN
    content = file.read_bytes()
    answers: list[Golden] = []
    orders: list[Order] = []
    adapter: TypeAdapter[Golden | Order] = TypeAdapter(Golden | Order)
    for number, line in enumerate(content.splitlines(), 1):
        try:
            item = adapter.validate_json(line)
        except ValidationError as error:
            raise BadInput(f"{file}:{number}: not a golden answer: {error.errors()[0]['msg']}.") from None
        (answers if isinstance(item, Golden) else orders).append(item)  # type: ignore[arg-type]  # told apart above
    known = {golden.id for golden in answers}
    if lost := [order.id for order in orders if order.base not in known]:
        raise BadInput(f"{file}: no golden answer for {', '.join(lost)}.")
    return GoldenSet(tuple(answers), tuple(orders), hashlib.sha256(content).hexdigest())


def check(
    engine: Engine,
    rater: Rater,
    now: datetime,
    *,
    golden: GoldenSet | None = None,
    prices: Prices | None = None,
    progress: Progress | None = None,
) -> Report:
    """Rate every golden answer twice and every order once, store the outcome, return it.

    Raises ModelFailed, with nothing stored, when the model cannot be reached at all; BadInput for a model that may
    not rate whatever it answers.
    """
    refuse_never_rating(rater.id.model)
    golden = golden or golden_set()
    found = measure(rater, golden, progress or _silent)
    report = Report(
        model=rater.id.model,
        prompt=rater.id.prompt or "",
        prompt_sha=rater.id.prompt_sha or "",
        golden_sha=golden.sha256,
        figures=found,
        gates=gates(found),
        cost_per_interview=_cost(found, prices),
    )
    store(engine, report, now)
    return report


def refuse_never_rating(model: str) -> None:
    """Raises BadInput for a model that may only word questions."""
    if model in NEVER_RATES:
        raise BadInput(f"The language model {model} interviews but does not rate, because {NEVER_RATES[model]}.")


def store(engine: Engine, report: Report, now: datetime) -> None:
    """Keep a report; from now on it is the one that counts for its model and prompt."""
    row = ModelAdmission(
        model=report.model,
        prompt=report.prompt,
        prompt_sha=report.prompt_sha,
        golden_sha=report.golden_sha,
        admitted=report.admitted,
        document=report.document(),
        faults=report.faults,
        at=now,
    )
    with writing(engine) as session:
        session.add(row)


def measure(rater: Rater, golden: GoldenSet, progress: Progress) -> Figures:
    """The figures alone, nothing stored. Raises ModelFailed when the model cannot be reached."""
    packs = {name: load_rubric(name) for name in dict.fromkeys(g.rubric for g in golden.answers)}
    total = 2 * len(golden.answers) + len(golden.orders)
    answers: dict[str, Twice] = {}
    for number, item in enumerate(golden.answers):
        rate = [_rate(rater, packs[item.rubric], item.question, item.answer) for _ in range(2)]
        answers[item.id] = Twice(item, *rate)
        progress("golden answers", 2 * number + 2, total)
    tempted = []
    for number, order in enumerate(golden.orders):
        clean = answers[order.base]
        base = clean.golden
        rating = _rate(rater, packs[base.rubric], base.question, order.into(base.answer), order.order)
        tempted.append(Tempted(order, clean, rating))
        progress("golden answers", 2 * len(golden.answers) + number + 1, total)
    return figures(list(answers.values()), tempted)


def newest(session: Session) -> Sequence[ModelAdmission]:
    """The newest check of each model, by name."""
    rows = session.exec(select(ModelAdmission).order_by(col(ModelAdmission.id))).all()
    return [row for _, row in sorted({row.model: row for row in rows}.items())]


def standing(engine: Engine, model: str, prompt_sha: str, *, interviews: bool = True) -> Standing:
    """Whether a model passed its newest check for this prompt. `interviews`: it interviews whatever comes of that."""
    if model in NEVER_RATES:
        return Standing(model, False, f"The language model {model} does not rate, because {NEVER_RATES[model]}")
    with reading(engine) as session:
        row = session.exec(
            select(ModelAdmission)
            .where(ModelAdmission.model == model)
            .where(ModelAdmission.prompt_sha == prompt_sha)
            .order_by(col(ModelAdmission.id).desc())
        ).first()
        earlier = session.exec(select(ModelAdmission.id).where(ModelAdmission.model == model)).first()
    if row is not None and row.admitted:
        return Standing(model, True)
    does = "interviews but does not rate" if interviews else "does not rate"
    command = f"{COMMAND} --model {model}"
    if row is not None:
        why = f"it failed its check ({'; '.join(row.faults)}); to check it again: {command}"
    elif earlier is not None:
        why = f"it was checked with another version of the prompt; to check it again: {command}"
    else:
        why = f"it has not been checked yet: {command}"
    return Standing(model, False, f"The language model {model} {does}, because {why}")


def _rate(rater: Rater, pack: Rubric, question_id: str, answer: str, order: str | None = None) -> Rating | None:
    """One rating, believed as an interview's would be; None where the model gave nothing usable."""
    question = pack.question(question_id)
    said = one_answer(question.id, question.text, answer)
    try:
        reply = rater.rate(RatingRequest(question=question, transcript=said, language=pack.language))
    except ModelFailed as error:
        calls: Sequence[ModelCall] = getattr(error, "calls", ())
        if calls and calls[-1].status in UNREACHED:
            raise
        return None
    accepted = accept(reply.assessment, question, said, rater.id, pack.sha256)
    quoted = [claim for claim in reply.assessment.verdicts if claim.finding.needs_quote]
    return Rating(
        said={claim.target: claim.finding for claim in reply.assessment.verdicts},
        believed={verdict.target: verdict.finding for verdict in accepted.verdicts},
        quoted=len(quoted),
        verified=sum(v.span is not None for v in accepted.verdicts),
        swayed=any(
            v.finding in SHOWN and v.span is not None and _touches(answer, order, v.span.start, v.span.end)
            for v in accepted.verdicts
            if v.target in {i.id for i in question.indicators}
        ),
        milliseconds=sum(call.milliseconds for call in reply.calls),
        input_tokens=sum(call.input_tokens for call in reply.calls),
        output_tokens=sum(call.output_tokens for call in reply.calls),
        calls=len(reply.calls),
        rung=reply.calls[-1].rung if reply.calls else "",
    )


def _touches(answer: str, order: str | None, start: int, end: int) -> bool:
    if order is None:
        return False
    at = answer.find(order)
    return start < at + len(order) and at < end


def _cost(found: Figures, prices: Prices | None) -> float | None:
    if prices is None or found.input_tokens is None or found.output_tokens is None:
        return None
    per_rating = (found.input_tokens * prices.input + found.output_tokens * prices.output) / 1_000_000
    return round(per_rating * RATINGS_PER_INTERVIEW, 4)


def _silent(what: str, done: int, total: int) -> None:
    """No progress is shown."""


def as_text(document: Mapping[str, Any]) -> str:
    """A report as a person reads it in a terminal."""
    found = document["figures"]
    lines = [
        f"{document['model']}: {found['answers']} golden answers asked twice, {found['orders']} with an instruction; "
        f"prompt {document['prompt']} {document['prompt_sha'][:12]}"
    ]
    lines += [f"  {'ok  ' if gate['passed'] else 'FAIL'} {Gate.model_validate(gate)}" for gate in document["gates"]]
    traps, first = (f"{found[k]:.0%}" if found[k] is not None else "-" for k in ("traps", "first_time"))
    lines.append(f"  traps (a quantity or direction turned round) seen: {traps}; usable at the first try: {first}")
    lines.append(f"  form of answers: {found['rung']}; median {found['milliseconds_p50']} ms a rating")
    if tokens := document["tokens_per_interview"]:
        cost = document["cost_per_interview"]
        money = "" if cost is None else f", which cost {cost:g}"
        lines.append(f"  an interview of {RATINGS_PER_INTERVIEW} ratings: {json.dumps(tokens)} tokens{money}")
    lines.append("  It may rate." if document["admitted"] else "  It may interview, but not rate.")
    return "\n".join(lines)
