"""A language model as interviewer, measured: what of its wording `settle` lets through, and how long one waits for it.

Interviews run through the real service with prepared answers; each time the model is asked for a follow-up or a
transition, what it proposed is kept beside what became of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlmodel import Session

from vetting.db.log import Log
from vetting.domain.interview_events import FinishNow, QuestionAsked, SubmitAnswer
from vetting.domain.rubric import CoreForm, Rubric
from vetting.engines.model_interviewer import PROBE, ModelInterviewer
from vetting.errors import BadInput, ModelFailed
from vetting.ports import Heard, JobLine, JobState, LanguageModel, ModelCall, ModelReply
from vetting.services import demo, interviews, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context

T = TypeVar("T", bound=BaseModel)
Progress = Callable[[str, int, int], None]
DEFAULT_LIMIT = 40
NO_ANSWER = "no usable answer"


@dataclass(frozen=True)
class Proposed:
    """What the model answered to one request, and its times; `said` is None where nothing usable came."""

    follow_up: bool
    said: Mapping[str, Any] | None
    calls: tuple[ModelCall, ...]
    first_token_ms: int | None = None

    @property
    def milliseconds(self) -> int:
        """All requests together, the repaired one too."""
        return sum(call.milliseconds for call in self.calls)

    @property
    def tokens_per_second(self) -> float | None:
        """Of the last request, from its first token on."""
        last = self.calls[-1] if self.calls else None
        if last is None or self.first_token_ms is None or last.output_tokens < 2:
            return None
        seconds = (last.milliseconds - self.first_token_ms) / 1000
        return (last.output_tokens - 1) / seconds if seconds > 0 else None


@dataclass(frozen=True)
class Settled:
    """A proposal, what the candidate had said, and what was asked in the end; `refused` None: the proposal was."""

    proposed: Proposed
    answer: str | None
    question: str
    asked: str
    refused: str | None

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        said = self.proposed.said or {}
        return {
            "kind": "follow-up" if self.proposed.follow_up else "transition",
            "question": self.question,
            "answer": self.answer,
            "aim": said.get("aim"),
            "text": said.get("text"),
            "accepted": self.refused is None,
            "refused": self.refused,
            "asked": self.asked,
            "first_token_ms": self.proposed.first_token_ms,
            "milliseconds": self.proposed.milliseconds,
        }


class Watched:
    """Another language model, listened to as it writes; `proposed` holds what came of each request."""

    def __init__(self, inner: LanguageModel) -> None:
        self.model = inner.model
        self.proposed: list[Proposed] = []
        self._inner = inner

    def prompt_sha(self, prompt: str) -> str:
        """Hash of the prompt file of that name. Raises NotFound."""
        return self._inner.prompt_sha(prompt)

    def ask(
        self,
        prompt: str,
        variables: Mapping[str, Any],
        schema: type[T],
        *,
        deadline: float,
        heard: Heard | None = None,
    ) -> ModelReply[T]:
        """What the other model answers. Raises ModelFailed as it does."""
        try:
            reply = self._inner.ask(prompt, variables, schema, deadline=deadline, heard=heard or _ignore)
        except ModelFailed as error:
            self.proposed.append(Proposed(prompt == PROBE, None, getattr(error, "calls", ())))
            raise
        said = reply.value.model_dump(mode="json")
        self.proposed.append(Proposed(prompt == PROBE, said, reply.calls, reply.first_words_ms))
        return reply


class NoJobs:
    """A queue that drops everything: nobody is rated here."""

    def enqueue(self, session: Session, job: str, workflow_id: str, *ids: int) -> None:
        """Drop it."""

    def listed(self, states: Sequence[JobState], limit: int) -> list[JobLine]:
        """None is kept."""
        return []

    def found(self, job_id: str) -> JobLine | None:
        """None is kept."""
        return None

    def warm(self) -> None:
        """Nothing to load."""


def evaluate(
    ctx: Context,
    model: LanguageModel,
    pack: Rubric,
    scripts: Sequence[demo.Script],
    progress: Progress,
    *,
    limit: int = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """Interview with each script in turn until the model was asked `limit` times. Raises BadInput without a script."""
    if not scripts:
        raise BadInput(f"There are no prepared answers for the pack {pack.id}; give some with --answers FILE.")
    watched = Watched(model)
    ctx = replace(ctx, model_interviewer=ModelInterviewer(watched), jobs=NoJobs())
    version = rubrics.install(ctx, pack)
    found: list[Settled] = []
    for number, script in enumerate(scripts, 1):
        if len(found) >= limit:
            break
        candidate = create_candidate(ctx, name=f"Candidate {number}")
        form = CoreForm.A if number % 2 else CoreForm.B
        interview_id = demo.start_interview(ctx, candidate, version, seed=number, form=form)
        for settled in _interviewed(ctx, interview_id, script, watched):
            found.append(settled)
            progress("proposals", len(found), limit)
            if len(found) >= limit:
                break
    return report(watched.model, pack.id, found)


def _interviewed(ctx: Context, interview_id: int, script: demo.Script, watched: Watched) -> Any:
    """What became of each proposal, as the interview goes on."""
    log = interviews.ensure_question(ctx, interview_id)
    while (current := log.state.current) is not None:
        before = len(watched.proposed)
        answer = script.answer(current.asked)
        turn = current.asked.turn
        if answer is not None:
            log = interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=answer))
        elif script.in_order is not None:
            log = interviews.do(ctx, interview_id, FinishNow())
        else:
            log = interviews.skip_turn(ctx, interview_id, turn)
        if len(watched.proposed) > before:
            yield _settled(log, watched.proposed[-1], answer)


def _settled(log: Log, proposed: Proposed, answer: str | None) -> Settled:
    asked = next(e for e in reversed(log.entries) if isinstance(e.event, QuestionAsked))
    event = asked.event
    assert isinstance(event, QuestionAsked)
    reason = None if event.engine == "model" else event.fallback or "not used"
    refused = reason if proposed.said is not None or reason is None else f"{NO_ANSWER}: {reason}"
    question = log.rubric.question(log.state.turns[event.turn - 2].asked.question_id)
    return Settled(proposed, answer, question.text, asked.text or "", refused)


def report(model: str, rubric: str, found: Sequence[Settled]) -> dict[str, Any]:
    """The figures: shares of all requests, times of those that were answered."""
    answered = [one for one in found if one.proposed.said is not None]
    first = [one.proposed.first_token_ms / 1000 for one in answered if one.proposed.first_token_ms is not None]
    speed = [rate for one in answered if (rate := one.proposed.tokens_per_second) is not None]
    return {
        "model": model,
        "rubric": rubric,
        **_share(found),
        "follow_ups": _share([one for one in found if one.proposed.follow_up]),
        "transitions": _share([one for one in found if not one.proposed.follow_up]),
        "refused": dict(Counter(_kind(one.refused) for one in found if one.refused).most_common()),
        "first_token_seconds": _spread(first),
        "seconds": _spread([one.proposed.milliseconds / 1000 for one in answered]),
        "tokens_per_second": _spread(speed),
        "items": [one.document() for one in found],
    }


def _share(found: Sequence[Settled]) -> dict[str, Any]:
    accepted = sum(one.refused is None for one in found)
    return {
        "proposals": len(found),
        "accepted": accepted,
        "share_accepted": round(accepted / len(found), 3) if found else None,
    }


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    if not values:
        return {"median": None, "p90": None}
    p90 = quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else values[0]
    return {"median": round(median(values), 2), "p90": round(p90, 2)}


def _kind(reason: str) -> str:
    """A reason without the words and numbers of its case."""
    head = reason if reason.startswith(NO_ANSWER) else reason.partition(":")[0]
    return re.sub(r"\d+", "N", head)


def _ignore(fields: Mapping[str, Any]) -> None:
    """Listens only so that the first token can be timed."""


def as_text(document: Mapping[str, Any]) -> str:
    """The report as a person reads it in a terminal."""
    lines = [f"{document['model']} as interviewer on {document['rubric']}"]
    for name, part in (
        ("proposals", document),
        ("  follow-ups", document["follow_ups"]),
        ("  transitions", document["transitions"]),
    ):
        share = "-" if part["share_accepted"] is None else f"{part['share_accepted']:.0%}"
        lines.append(f"{name}: {part['accepted']} of {part['proposals']} let through ({share})")
    lines += [f"  refused {count} x: {why}" for why, count in document["refused"].items()]
    for name, unit in (("first_token_seconds", "s"), ("seconds", "s"), ("tokens_per_second", "tokens/s")):
        spread = document[name]
        lines.append(f"{name.replace('_', ' ')}: median {spread['median']} {unit}, p90 {spread['p90']}")
    for item in document["items"]:
        mark = "ok" if item["accepted"] else f"refused ({item['refused']})"
        lines.append(f"- {item['kind']}, {mark}: {item['text']}")
    return "\n".join(lines)
