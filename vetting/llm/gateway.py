"""The way to a language model: any server with an OpenAI-compatible chat endpoint."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel

from vetting.errors import VettingError
from vetting.llm.answers import Unusable, fields_so_far, read_answer, repair_text, schema_text, strict_schema
from vetting.llm.breaker import Admission, Breaker
from vetting.llm.failures import OUTAGE, RETRYABLE, CallFailed, CallFault, CallStatus
from vetting.llm.prices import cost_usd
from vetting.llm.prompts import PromptBook, Rendered
from vetting.llm.responses import Content, StreamReader, late, read_content, since
from vetting.llm.shape import Rung, Shape
from vetting.llm.wire import BODY_FACTOR, LARGEST_BODY, Wire, refuse_bad_settings
from vetting.ports import PURSE, Heard, ModelCall, ModelReply, Token

T = TypeVar("T", bound=BaseModel)

CHOICES = 5
"""How many alternatives of each token are asked for with log-probabilities."""
_MOST_TRIES = 4
_FIRST_PAUSE = 0.4
_ECHOED = 4_000
# A model that wants `max_completion_tokens` spends them on reasoning, too.
_REASONING_FACTOR = 4


class Gateway:
    """`ports.LanguageModel` over an OpenAI-compatible server. Thread-safe; close it, or use it as a context manager.

    `base_url` None means OpenAI's own. Give all gateways of a process the same `breaker`. `temperature` takes the place
    of the prompts' own: several samples of one model need some spread.
    `logprobs` asks for log-probabilities, and does without where the server refuses them. A `metered` one asks the
    purse that is open (`ports.PURSE`) before each request. Raises BadInput for a base URL or a key that is none.
    """

    def __init__(
        self,
        *,
        model: str,
        prompts: PromptBook,
        api_key: str | None = None,
        base_url: str | None = None,
        breaker: Breaker | None = None,
        temperature: float | None = None,
        logprobs: bool = False,
        metered: bool = False,
    ) -> None:
        refuse_bad_settings(api_key, base_url)
        self.model = model
        self.prompts = prompts
        self.temperature = temperature
        self.breaker = breaker or Breaker()
        self.shape = Shape(logprobs=logprobs)
        self.metered = metered
        self.base_url = base_url
        self._wire = Wire(api_key and api_key.strip(), base_url, LARGEST_BODY * (BODY_FACTOR if logprobs else 1))

    def prompt_sha(self, prompt: str) -> str:
        """Hash of the prompt file of that name. Raises NotFound."""
        return self.prompts.sha(prompt)

    def ask(
        self,
        prompt: str,
        variables: Mapping[str, Any],
        schema: type[T],
        *,
        deadline: float,
        heard: Heard | None = None,
    ) -> ModelReply[T]:
        """Render, call, validate, repair once; all of it within `deadline` seconds. Raises CallFailed with `.calls`.

        With `heard` the answer is streamed; a request is not tried again once words of it came.
        """
        ends_at = time.monotonic() + deadline
        rendered = self.prompts.render(prompt, variables)
        if deadline <= 0:
            raise CallFailed(late().message, outcome=CallStatus.TIMEOUT)
        admission = self.breaker.admit()
        if admission is Admission.REFUSED:
            raise CallFailed("The language model failed several times in a row and is left alone for a moment.")
        tries = 1 if admission is Admission.PROBE else _MOST_TRIES
        ask = _Ask(self, self._wire, rendered, schema, ends_at, tries, heard)
        try:
            value = ask.answer()
        except CallFault as fault:
            self._count(fault)
            raise CallFailed(fault.message, ask.calls, fault.status) from None
        self.breaker.succeeded()
        return ModelReply(value, tuple(ask.calls), ask.tokens, ask.first_words_ms)

    def _count(self, fault: CallFault) -> None:
        if fault.status is CallStatus.BUDGET:
            return  # nothing was asked of the server
        if fault.status in OUTAGE:
            self.breaker.failed()
        else:
            self.breaker.succeeded()

    def close(self) -> None:
        """Drop connections and the background thread."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Ask(Generic[T]):
    """One `ask`: its conversation, its deadline and the record of its requests."""

    def __init__(
        self,
        gateway: Gateway,
        wire: Wire,
        rendered: Rendered,
        schema: type[T],
        ends_at: float,
        tries: int,
        heard: Heard | None = None,
    ) -> None:
        self._gateway = gateway
        self._wire = wire
        self._prompt = rendered
        self._schema = schema
        self._ends_at = ends_at
        self._tries = tries
        self._shape = gateway.shape
        self.calls: list[ModelCall] = []
        self.tokens: tuple[Token, ...] = ()
        self._heard = heard
        self.first_words_ms: int | None = None
        """Of the last request: None until words of it came."""

    def answer(self) -> T:
        """The validated value. Raises CallFault."""
        content = self._request(())
        try:
            return self._read(content)
        except Unusable as first:
            again = (
                {"role": "assistant", "content": content.text[:_ECHOED] or "(nothing)"},
                {"role": "user", "content": repair_text(first, self._schema)},
            )
        content = self._request(again)
        try:
            return self._read(content)
        except Unusable as second:
            message = "The language model's answer was not of the form asked for, and neither was its second try."
            raise CallFault(CallStatus.INVALID, message, detail=second.detail) from None

    def _read(self, content: Content) -> T:
        try:
            value = read_answer(content.text, self._schema)
        except Unusable as fault:
            self._record(CallStatus.INVALID, content.milliseconds, content, error=fault.detail)
            raise
        self._record(CallStatus.OK, content.milliseconds, content)
        self.tokens = content.tokens
        return value

    def _request(self, more: tuple[dict[str, str], ...]) -> Content:
        """One answer's text, over as many tries and shapes as it takes. Raises CallFault, each try recorded."""
        tries = 0
        while True:
            self._require_means()
            tries += 1
            started = time.monotonic()
            try:
                content = self._send(more, started)
            except CallFault as fault:
                self._record(fault.status, since(started), error=fault.detail)
                if adapted := self._shape.adapted(fault):
                    self._shape, tries = adapted, 0
                    continue
                if fault.status not in RETRYABLE or tries >= self._tries or self.first_words_ms is not None:
                    raise
                self._pause(fault, tries)
                continue
            self._gateway.shape = self._shape
            return content

    def _require_means(self) -> None:
        """Raises CallFault where the budget is used up; a metered gateway that nobody pays for is a defect."""
        purse = PURSE.get()
        if purse is None:
            if self._gateway.metered:
                raise VettingError("A language model was to be asked on nobody's account; nothing was sent.")
        elif (refusal := purse.refusal()) is not None:
            raise CallFault(CallStatus.BUDGET, refusal)

    def _send(self, more: tuple[dict[str, str], ...], started: float) -> Content:
        self.first_words_ms = None
        left = self._ends_at - started
        if left <= 0:
            raise late()
        if self._heard is not None and self._shape.streams:
            return self._listen(self._heard, more, started, left)
        content = read_content(self._wire.post(self._payload(more), left), since(started))
        if self._heard is not None:
            self._heard(fields_so_far(content.text))
        return content

    def _listen(self, heard: Heard, more: tuple[dict[str, str], ...], started: float, left: float) -> Content:
        reader = StreamReader()

        def take(piece: bytes) -> None:
            if not reader.feed(piece):
                return
            if self.first_words_ms is None:
                self.first_words_ms = since(started)
            if fields := fields_so_far(reader.text):
                heard(fields)

        streaming: dict[str, Any] = {"stream": True}
        if self._shape.stream_usage:
            streaming["stream_options"] = {"include_usage": True}
        self._wire.stream(self._payload(more) | streaming, left, take)
        content = reader.content(since(started))
        if self.first_words_ms is None:  # it came in one piece after all
            heard(fields_so_far(content.text))
        return content

    def _pause(self, fault: CallFault, tries: int) -> None:
        """Wait as the server asked, else longer each time; not at all when that would outlast the deadline."""
        wait = fault.retry_after
        if wait is None:
            # jitter, so that many interviews that were refused together do not come back together
            wait = _FIRST_PAUSE * 2 ** (tries - 1) * random.uniform(0.75, 1.25)
        if wait >= self._ends_at - time.monotonic():
            raise fault
        time.sleep(wait)

    def _payload(self, more: tuple[dict[str, str], ...]) -> dict[str, Any]:
        shape, prompt = self._shape, self._prompt
        user = prompt.user if shape.rung is Rung.SCHEMA else f"{prompt.user}\n\n{schema_text(self._schema)}"
        factor = 1 if shape.token_field == "max_tokens" else _REASONING_FACTOR
        payload: dict[str, Any] = {
            "model": self._gateway.model,
            "messages": [{"role": "system", "content": prompt.system}, {"role": "user", "content": user}, *more],
            shape.token_field: prompt.max_output_tokens * factor,
        }
        if shape.temperature:
            own = self._gateway.temperature
            payload["temperature"] = prompt.temperature if own is None else own
        if shape.logprobs:
            payload |= {"logprobs": True, "top_logprobs": CHOICES}
        if shape.rung is Rung.SCHEMA:
            named = {"name": re.sub(r"\W", "_", prompt.name), "schema": strict_schema(self._schema), "strict": True}
            payload["response_format"] = {"type": "json_schema", "json_schema": named}
        elif shape.rung is Rung.OBJECT:
            payload["response_format"] = {"type": "json_object"}
        return payload

    def _record(self, status: CallStatus, milliseconds: int, content: Content | None = None, error: str = "") -> None:
        used = (content.input_tokens, content.output_tokens) if content else (0, 0)
        call = ModelCall(
            prompt=self._prompt.name,
            prompt_sha=self._prompt.sha,
            model=self._gateway.model,
            status=status.value,
            milliseconds=milliseconds,
            input_tokens=used[0],
            output_tokens=used[1],
            rung=self._shape.rung.value,
            error=error,
            cost_usd=cost_usd(self._gateway.model, self._gateway.base_url, *used),
        )
        self.calls.append(call)
        if (purse := PURSE.get()) is not None:
            purse.note(call)
