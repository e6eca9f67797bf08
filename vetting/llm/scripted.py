"""Language models without a server: canned values, and recordings played back; they render and validate alike."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from vetting.errors import BadInput, ModelFailed
from vetting.llm.answers import Unusable, read_answer
from vetting.llm.failures import CallFailed, CallStatus
from vetting.llm.prompts import PromptBook
from vetting.ports import Heard, LanguageModel, ModelCall, ModelReply

T = TypeVar("T", bound=BaseModel)
Canned = BaseModel | Mapping[str, Any] | str | Exception
"""A value, the raw text of an answer (which may be unusable), or an error to be raised."""


class ScriptedLLM:
    """Answers from a list, in order, or from a map of prompt name to such a list; fails once they are used up.

    Renders and validates as the gateway does, with one repair: an unusable text is followed by the next answer.
    `asked` holds (prompt, variables) of every call.
    """

    def __init__(
        self,
        answers: Sequence[Canned] | Mapping[str, Sequence[Canned]],
        prompts: PromptBook,
        model: str = "scripted",
    ) -> None:
        self.model = model
        self.prompts = prompts
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        by_name = {"": answers} if not isinstance(answers, Mapping) else answers
        self._answers = {name: deque(queue) for name, queue in by_name.items()}
        self._lock = threading.Lock()

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
        """The next answer, validated; `deadline` only has to be positive. Raises CallFailed with `.calls`."""
        self.prompts.render(prompt, variables)
        if deadline <= 0:
            raise CallFailed("The language model did not answer in time.", outcome=CallStatus.TIMEOUT)
        self.asked.append((prompt, variables))
        calls: list[ModelCall] = []
        for _ in range(2):
            answer = self._next(prompt, calls)
            try:
                value = read_answer(_text(answer), schema)
            except Unusable as fault:
                calls.append(self._call(prompt, CallStatus.INVALID, fault.detail))
                continue
            calls.append(self._call(prompt, CallStatus.OK))
            _tell(heard, value)
            return ModelReply(value, tuple(calls))
        raise CallFailed("The scripted answers were not of the form asked for.", calls, CallStatus.INVALID)

    def _next(self, prompt: str, calls: list[ModelCall]) -> Canned:
        with self._lock:
            queue = self._answers.get(prompt, self._answers.get("", deque()))
            answer = queue.popleft() if queue else None
        if answer is None:
            calls.append(self._call(prompt, CallStatus.EMPTY))
            raise CallFailed(f"The script holds no further answer to '{prompt}'.", calls, CallStatus.EMPTY)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _call(self, prompt: str, status: CallStatus, error: str = "") -> ModelCall:
        return ModelCall(prompt, self.prompt_sha(prompt), self.model, status.value, 0, rung="scripted", error=error)


def _text(answer: Canned) -> str:
    if isinstance(answer, str):
        return answer
    return answer.model_dump_json() if isinstance(answer, BaseModel) else json.dumps(answer)


class Recorder:
    """Passes everything to another model and appends what came of it to a JSONL file, for `Replay`.

    A line holds a hash of the variables, not the variables; answers are kept, and may quote a candidate.
    """

    def __init__(self, inner: LanguageModel, path: Path) -> None:
        self.model = inner.model
        self._inner = inner
        self._path = path
        self._lock = threading.Lock()

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
        line: dict[str, Any] = {"key": _key(prompt, variables), "model": self.model}
        try:
            reply = self._inner.ask(prompt, variables, schema, deadline=deadline, heard=heard)
        except ModelFailed as error:
            calls = getattr(error, "calls", ())
            self._append(line | {"error": error.message, "calls": [asdict(call) for call in calls]})
            raise
        value = reply.value.model_dump(mode="json")
        self._append(line | {"value": value, "calls": [asdict(call) for call in reply.calls]})
        return reply

    def _append(self, line: dict[str, Any]) -> None:
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


class Replay:
    """Answers as a recording has them: same prompt and variables, same answers in the same order; else it fails.

    Raises BadInput for a file that is no recording, naming the line.
    """

    def __init__(self, path: Path, prompts: PromptBook) -> None:
        self.prompts = prompts
        self.model = "replay"
        self._lock = threading.Lock()
        self._lines: dict[str, deque[dict[str, Any]]] = {}
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                line = json.loads(text)
                self._lines.setdefault(line["key"], deque()).append(line)
                self.model = line["model"]
            except (ValueError, KeyError, TypeError):
                raise BadInput(f"{path}:{number}: not a line of a recording") from None

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
        """The recorded answer, validated again. Raises CallFailed with the recorded calls."""
        self.prompts.render(prompt, variables)
        if deadline <= 0:
            raise CallFailed("The language model did not answer in time.", outcome=CallStatus.TIMEOUT)
        with self._lock:
            queue = self._lines.get(_key(prompt, variables))
            line = queue.popleft() if queue else None
        if line is None:
            call = ModelCall(prompt, self.prompt_sha(prompt), self.model, CallStatus.NO_RECORDING.value, 0)
            raise CallFailed("The recording does not hold this question.", [call], CallStatus.NO_RECORDING)
        calls = tuple(replace(ModelCall(**call), milliseconds=0) for call in line["calls"])
        if "error" in line:
            raise CallFailed(line["error"], calls, calls[-1].status if calls else "")
        try:
            value = read_answer(json.dumps(line["value"]), schema)
        except Unusable:
            raise CallFailed("The recorded answer is not of the form asked for.", calls, CallStatus.INVALID) from None
        _tell(heard, value)
        return ModelReply(value, calls)


def _tell(heard: Heard | None, value: BaseModel) -> None:
    """All of an answer at once, to who listens to its words as they come."""
    if heard is not None:
        heard(value.model_dump(mode="json"))


def _key(prompt: str, variables: Mapping[str, Any]) -> str:
    text = json.dumps([prompt, variables], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
