"""The interviewer over a language model: it words a follow-up or a transition; `settle` decides whether it is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, create_model

from vetting.domain.transcript import PromptKind, Turn, TurnStatus
from vetting.engines.interviewer import EmbeddedInterviewer
from vetting.ports import Heard, LanguageModel, ModelReply, Proposal, ProposalRequest, Spoken

PROBE = "interviewer.probe"
DEFENCE = "interviewer.defence"
TRANSITION = "interviewer.transition"

ABOVE = "(the question above)"
BEFORE = "(the question before)"
MOST_AIMS = 3
"""A small model reads forty tokens a second on one core; the planner puts the best aims first."""

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=600)]


class Words(BaseModel):
    """What the model says between two questions."""

    model_config = ConfigDict(extra="forbid")

    text: Said


class ModelInterviewer:
    """`ports.Interviewer` over a language model. It is shown no reference, no other candidate and no rating."""

    engine = "model"

    def __init__(self, llm: LanguageModel) -> None:
        self._llm = llm
        self.model = llm.model

    def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
        """A follow-up towards one of the aims, or to be defended against; else a transition. Raises ModelFailed.

        Before the first answer there is nothing to take up: the model is not called, and the proposal says so.
        """
        if request.defence:
            return self._defence(request, deadline, spoken)
        if request.aims:
            return self._probe(request, deadline, spoken)
        closed = [t for t in request.transcript.turns if t.status is not TurnStatus.OPEN]
        if not closed:
            return EmbeddedInterviewer().propose(request, deadline=deadline)
        return self._transition(request, closed[-1], deadline, spoken)

    def _probe(self, request: ProposalRequest, deadline: float, spoken: Spoken | None) -> Proposal:
        aims = request.aims[:MOST_AIMS]
        variables = {
            "language": request.rubric.language,
            "field": request.rubric.title,
            "question": request.question.text,
            "exchange": exchange(request.transcript.of_question(request.question.id), lead=ABOVE),
            "aims": [{"target": aim.target, "statement": aim.statement} for aim in aims],
            "planned": request.planned,
            "off_limits": list(request.rubric.off_limits),
        }
        targets = tuple(dict.fromkeys(aim.target for aim in aims))
        reply = self._llm.ask(
            PROBE, variables, probe_schema(targets), deadline=deadline, heard=hearing(spoken, targets)
        )
        answer = reply.value.model_dump()
        # its words are its own: probe_id stays empty, also where the aim has a planned probe
        return self._proposal(PROBE, reply, text=answer["text"], target=answer["aim"])

    def _defence(self, request: ProposalRequest, deadline: float, spoken: Spoken | None) -> Proposal:
        """It is not told what the rubric looks for: what it could hint at, it does not know."""
        variables = {
            "language": request.rubric.language,
            "field": request.rubric.title,
            "question": request.question.text,
            "exchange": exchange(request.transcript.of_question(request.question.id), lead=ABOVE),
            "off_limits": list(request.rubric.off_limits),
        }
        reply = self._llm.ask(DEFENCE, variables, Words, deadline=deadline, heard=hearing(spoken))
        return self._proposal(DEFENCE, reply, text=reply.value.text)

    def _transition(self, request: ProposalRequest, last: Turn, deadline: float, spoken: Spoken | None) -> Proposal:
        variables = {
            "language": request.rubric.language,
            "exchange": exchange([last], lead=BEFORE),
            "next_question": request.planned or request.question.text,
        }
        reply = self._llm.ask(TRANSITION, variables, Words, deadline=deadline, heard=hearing(spoken))
        return self._proposal(TRANSITION, reply, transition=reply.value.text)

    def _proposal(self, prompt: str, reply: ModelReply[Any], **said: str) -> Proposal:
        return Proposal(
            self.engine, self.model, prompt=prompt, prompt_sha=self._llm.prompt_sha(prompt), calls=reply.calls, **said
        )


def hearing(spoken: Spoken | None, targets: Collection[str] = ()) -> Heard | None:
    """Passes on the words of an answer that is being written; of a follow-up only once its aim is one of `targets`."""
    if spoken is None:
        return None

    def hear(fields: Mapping[str, Any]) -> None:
        words = fields.get("text")
        if isinstance(words, str) and (not targets or fields.get("aim") in targets):
            spoken(words)

    return hear


def exchange(turns: Iterable[Turn], lead: str) -> list[dict[str, Any]]:
    """Turns that are closed, as prompts take them; the answer None where there is none.

    `lead` stands for the text of a lead question, which the model has before it already or does not need.
    """
    return [
        {"turn": t.number, "prompt": lead if t.kind is PromptKind.LEAD else t.prompt, "answer": t.answer}
        for t in turns
        if t.status is not TurnStatus.OPEN
    ]


@lru_cache(maxsize=512)
def probe_schema(targets: tuple[str, ...]) -> type[BaseModel]:
    """A follow-up whose aim is one of `targets`; the model's own names for aims are refused."""
    aim: Any = Literal[targets]
    return create_model("Probe", __config__=ConfigDict(extra="forbid"), aim=(aim, ...), text=(Said, ...))
