"""What the services need from the outside, as Protocols; adapters and the shipped fakes implement them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from vetting.domain.document import Document
from vetting.domain.letter import Letter, MailState
from vetting.domain.rubric import Question, Rubric
from vetting.domain.transcript import Transcript
from vetting.domain.verdict import RaterId, RawAssessment

if TYPE_CHECKING:
    from sqlmodel import Session

Vectors = NDArray[np.float32]
T = TypeVar("T", bound=BaseModel)


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    name: str
    dimension: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 of shape (len(texts), dimension), rows of length 1. Raises Unavailable."""
        ...

    def ready(self, timeout: float) -> bool:
        """Whether `embed` would answer now; waits at most `timeout` seconds."""
        ...


@dataclass(frozen=True)
class Near:
    """Profile items: their ids (n,), whose they are (n,), and their cosines (n,), or (n, q) with q queries."""

    items: NDArray[np.int64]
    experts: NDArray[np.int64]
    cosines: Vectors

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class IndexState:
    """What answers: `exact` or the name of an approximate kind, with the share of the ten nearest that it finds."""

    kind: str
    items: int
    revision: int
    recall: float = 1.0

    def __str__(self) -> str:
        how = "exact search" if self.kind == "exact" else f"{self.kind} search, recall@10 {self.recall:.3f}"
        return f"{how} over {self.items:,} profile items"


class ProfileIndex(Protocol):
    """Nearest profile items of one organisation; a cache of the `profile_item` table."""

    name: str

    def now(self) -> IndexView:
        """The index as the database is at this moment."""
        ...

    def rebuild(self) -> object:
        """Build anew from the database; what comes back says in one sentence (`str`) what was built."""
        ...

    def forget(self) -> None:
        """Keep nothing of what is no longer in the database; for people who were erased."""
        ...

    def verify(self) -> list[str]:
        """What differs from the database, one sentence each; empty where all agrees."""
        ...


class SignOnStart(NamedTuple):
    """The start of a sign-in elsewhere: where to, and the secrets that only this browser and the provider know."""

    url: str
    state: str
    nonce: str
    verifier: str


class Identity(NamedTuple):
    """Who somebody is at an identity provider; `subject` never changes hands there, an address may."""

    subject: str
    email: str
    email_verified: bool


class IdentityProvider(Protocol):
    """Where people sign in instead of here."""

    def start(self, redirect_uri: str) -> SignOnStart:
        """Begin a sign-in that comes back to this address. Raises Unavailable."""
        ...

    def finish(self, start: SignOnStart, code: str, redirect_uri: str) -> Identity:
        """Who signed in. Raises Unavailable, and Forbidden for an answer that proves nothing."""
        ...


class DocumentReader(Protocol):
    """Takes files of strangers apart."""

    def read(self, name: str, content: bytes) -> Document:
        """The document as a person sees it. Raises BadInput, one sentence beginning with `name`; Unavailable."""
        ...


class IndexView(Protocol):
    """An index at one moment; experts are named by their keys in the database.

    Raises ValueError for a query that is not finite or has another dimension.
    """

    @property
    def state(self) -> IndexState:
        """What answers."""
        ...

    def search(self, vector: Vectors, k: int, experts: NDArray[np.int64] | None = None) -> Near:
        """The k items of highest cosine, highest first; `experts` limits the search to theirs, before and not after."""
        ...

    def cosines(self, vectors: Vectors, experts: NDArray[np.int64] | None = None) -> Near:
        """Every item, or those of `experts`, with its exact cosine with each of the vectors (q, dimension)."""
        ...


class JobState(StrEnum):
    """What has become of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobLine(NamedTuple):
    """One job: its name, the keys of the rows it is about, and the sentence it failed with."""

    id: str
    name: str
    ids: tuple[int, ...]
    state: JobState
    asked: datetime
    changed: datetime
    error: str


class JobQueue(Protocol):
    """Durable jobs: committed with the transaction that asks for them, run at least once afterwards."""

    def listed(self, states: Sequence[JobState], limit: int) -> list[JobLine]:
        """The newest jobs in one of these states, of all organisations: the caller looks whose rows they are about."""
        ...

    def found(self, job_id: str) -> JobLine | None:
        """One job by its id."""
        ...

    def enqueue(self, session: Session, job: str, workflow_id: str, *ids: int) -> None:
        """Have `job` run with `ids` once `session` commits; the same workflow id twice is one job."""
        ...

    def warm(self) -> None:
        """Load what the first job would otherwise wait for."""
        ...


class Posted(NamedTuple):
    """What came of trying to send a letter. SENT, WAITING (surely not taken, try again), FAILED, or UNSURE.

    `problem` is in words of ours: never an address, nor what a server said.
    """

    state: MailState
    problem: str = ""


class Mailer(Protocol):
    """Words letters and sends them, or lays them into a folder."""

    @property
    def sends(self) -> bool:
        """Whether letters leave this machine."""
        ...

    def send(self, name: str, letter: Letter) -> Posted:
        """Word the letter and send it; `name` is its public id. Raises nothing: what went wrong is the answer."""
        ...

    def kept(self) -> Sequence[str]:
        """The names of the letters that lie in the folder; none where they were sent."""
        ...

    def read(self, name: str) -> bytes | None:
        """A letter of the folder as it was written (RFC 5322), if it is there."""
        ...

    def forget(self, names: Sequence[str]) -> None:
        """Delete letters of the folder."""
        ...


@dataclass(frozen=True)
class HookRequest:
    """An event to be sent to an address: its id (the same for every try), when, the JSON, and what signs it."""

    url: str
    id: str
    at: datetime
    body: str
    secret: str


class Answered(NamedTuple):
    """What an address answered: the HTTP status, or None where it was not called or did not answer, and the problem."""

    status: int | None
    problem: str = ""


class Hooks(Protocol):
    """Calls addresses of other systems."""

    def post(self, request: HookRequest) -> Answered:
        """Send one event. Raises nothing: what went wrong is the answer."""
        ...


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
Spoken = Callable[[str], None]
"""Hears the words of a proposal that is being worded, each time from the beginning; `settle` has not seen them."""


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


@dataclass(frozen=True)
class ProbeAim:
    """Something a follow-up may aim at: an indicator not yet shown, or a misconception seen."""

    target: str
    statement: str
    planned: str | None = None
    probe_id: str | None = None


@dataclass(frozen=True)
class ProposalRequest:
    """What an interviewer may know to word the next prompt; never the reference, never another candidate.

    `aims` is empty for a lead question: then only a transition to `planned` is asked for. `defence`: the candidate is
    to defend an answer, in a follow-up that takes up their own words.
    """

    rubric: Rubric
    question: Question
    transcript: Transcript
    planned: str | None
    aims: tuple[ProbeAim, ...] = ()
    defence: bool = False


@dataclass(frozen=True)
class Proposal:
    """What an interviewer proposes; `settle` decides. `text` None: use the planned wording."""

    engine: str
    model: str
    text: str | None = None
    transition: str | None = None
    target: str | None = None
    probe_id: str | None = None
    prompt: str | None = None
    prompt_sha: str | None = None
    calls: tuple[ModelCall, ...] = field(default=())


class Interviewer(Protocol):
    """Words the next prompt once the planner has chosen the move."""

    engine: str
    model: str

    def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
        """A proposal within `deadline` seconds; `spoken` hears its words as they come. Raises ModelFailed."""
        ...


@dataclass(frozen=True)
class Rewording:
    """A text for each paragraph that was given, and the model calls they took."""

    texts: tuple[str, ...]
    model: str
    prompt: str
    prompt_sha: str
    calls: tuple[ModelCall, ...] = ()


class Rewriter(Protocol):
    """Smooths the wording of paragraphs; `domain.reworded` decides which of its texts are shown."""

    model: str

    def reword(self, paragraphs: Sequence[str], language: str, *, deadline: float) -> Rewording:
        """A text for each paragraph within `deadline` seconds. Raises ModelFailed."""
        ...


@dataclass(frozen=True)
class ProposedFact:
    """A fact that a model read in a document, with the words it says it rests on; `value` in the import format."""

    fact: str
    value: Any
    quote: str


@dataclass(frozen=True)
class FactReading:
    """What a model read in a document, and the calls it took."""

    facts: tuple[ProposedFact, ...]
    model: str
    calls: tuple[ModelCall, ...] = ()


class FactReader(Protocol):
    """Reads facts in the visible text of a document; `domain.cv_proposals` decides which of them stand."""

    model: str

    def read(self, text: str, *, deadline: float) -> FactReading:
        """Proposed facts within `deadline` seconds. Raises ModelFailed."""
        ...


@dataclass(frozen=True)
class PackWish:
    """What a draft pack is wanted for. `questions` are a person's own, to be kept word for word and in order.

    `faults` are what the check said of an earlier proposal for the same wish.
    """

    title: str
    language: str
    brief: str
    questions: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class WrittenPack:
    """A pack as a model proposes it: competencies as plain data, and the calls it took."""

    summary: str
    competencies: tuple[Mapping[str, Any], ...]
    model: str
    calls: tuple[ModelCall, ...] = ()


class PackWriter(Protocol):
    """Writes a draft pack; `domain.pack_proposal` decides what of it is kept, and a person what is published."""

    model: str

    def write(self, wish: PackWish, *, deadline: float) -> WrittenPack:
        """A proposal within `deadline` seconds. Raises ModelFailed."""
        ...


@dataclass(frozen=True)
class RatingRequest:
    """One question with the answers given to it (lead and probes); `question` carries reference and indicators."""

    question: Question
    transcript: Transcript
    language: str = "en"


@dataclass(frozen=True)
class RatingReply:
    """A rater's claims and the model calls they took."""

    assessment: RawAssessment
    calls: tuple[ModelCall, ...] = ()


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


@runtime_checkable
class Rater(Protocol):
    """Says of each indicator and misconception of a question whether the answers state it, with a quote."""

    id: RaterId

    def rate(self, request: RatingRequest) -> RatingReply:
        """Claims to be checked by `domain.verdict.accept`. Raises ModelFailed or Unavailable."""
        ...
