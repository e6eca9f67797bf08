"""A language model behind prompts, what its calls came to, who pays for them, and whether it fails just now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class ModelCall:
    """The record of one call to a language model, kept whatever came of it."""

    prompt: str
    prompt_sha: str
    model: str
    status: str
    milliseconds: int
    input_tokens: int = 0
    output_tokens: int = 0
    rung: str = ""
    error: str = ""
    cost_usd: float | None = None
    """By list price; None where none is known."""


class Purse(Protocol):
    """What may still be spent on a language model by who is asking."""

    def refusal(self) -> str | None:
        """Why no further request may be made, in a sentence, or None."""
        ...

    def note(self, call: ModelCall) -> None:
        """Count a request that was made; it is kept elsewhere later."""
        ...


PURSE: ContextVar[Purse | None] = ContextVar("purse", default=None)
"""Whose requests the gateway makes at the moment; a metered gateway makes none for nobody."""


class Token(NamedTuple):
    """A piece of a model's answer, with what could have stood there instead: (text, probability), itself included."""

    text: str
    choices: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class ModelReply(Generic[T]):
    """A validated answer of a language model with the calls it took; `tokens` where the server says how sure it was."""

    value: T
    calls: tuple[ModelCall, ...]
    tokens: tuple[Token, ...] = ()
    first_words_ms: int | None = None
    """Milliseconds to the first words of the request that was answered, where they were listened to as they came."""


Heard = Callable[[Mapping[str, Any]], None]
"""Hears the fields of an answer that is being written, each time from the beginning and its last text unfinished.

Nothing of it has been validated: the answer may still be refused, and begin anew.
"""


class LanguageModel(Protocol):
    """A language model behind prompts of `prompts/*.yaml`."""

    model: str

    def prompt_sha(self, prompt: str) -> str:
        """Hash of the prompt file of that name."""
        ...

    def ask(
        self,
        prompt: str,
        variables: Mapping[str, Any],
        schema: type[T],
        *,
        deadline: float,
        heard: Heard | None = None,
    ) -> ModelReply[T]:
        """Render the prompt, call the model, validate against `schema`. Raises ModelFailed (with `.calls`).

        `heard` is told what has been written so far whenever there is more of it, in the caller's thread.
        """
        ...


class Outage(NamedTuple):
    """What is known of a server that fails: how often in a row, and when it was last tried (seconds of the epoch)."""

    failures: int = 0
    last_try: float = 0.0


class OutageStore(Protocol):
    """Keeps one `Outage` for everybody who asks that server, in whatever process."""

    def read(self) -> Outage:
        """What is known now."""
        ...

    def change(self, step: Callable[[Outage], Outage]) -> tuple[Outage, Outage]:
        """Take a step that nobody else takes at the same time; what was known before, and after it."""
        ...
