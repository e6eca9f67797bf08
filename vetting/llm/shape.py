"""How a request is put to a server: what it takes of the OpenAI-compatible form turns out by trying."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from vetting.llm.failures import CallFault, CallStatus


class Rung(StrEnum):
    """How the shape of the answer is asked for, best first; servers differ in what they know."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    PLAIN = "plain"

    @property
    def below(self) -> Rung | None:
        """The next rung down."""
        rungs = list(Rung)
        return next(iter(rungs[rungs.index(self) + 1 :]), None)


@dataclass(frozen=True)
class Shape:
    """What a server turned out to accept; remembered by the gateway once a request of that shape went through."""

    rung: Rung = Rung.SCHEMA
    token_field: str = "max_tokens"
    temperature: bool = True
    logprobs: bool = False
    streams: bool = True
    stream_usage: bool = True
    """Whether the size of a streamed answer may be asked for."""

    def adapted(self, fault: CallFault) -> Shape | None:
        """Another shape to try after a refused request; None when the shape cannot be the reason."""
        asks_schema = "schema" in fault.hints and fault.status is CallStatus.SERVER_ERROR
        if "logprobs" in fault.hints and self.logprobs:
            return replace(self, logprobs=False)
        if fault.status is not CallStatus.BAD_REQUEST and not asks_schema:
            return None
        if "max_completion_tokens" in fault.hints and self.token_field == "max_tokens":
            return replace(self, token_field="max_completion_tokens")
        if "temperature" in fault.hints and self.temperature:
            return replace(self, temperature=False)
        if "stream_options" in fault.hints and self.stream_usage:
            return replace(self, stream_usage=False)
        if "stream" in fault.hints and self.streams:
            return replace(self, streams=False)
        if self.logprobs and not ("schema" in fault.hints and self.rung.below):
            return replace(self, logprobs=False)  # the least needed of what was asked for
        return replace(self, rung=self.rung.below) if self.rung.below else None
