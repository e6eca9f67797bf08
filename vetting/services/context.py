"""What a use case works with: the database, the organisation it acts for, and the adapters behind ports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Engine

from vetting.config import Settings
from vetting.ports import (
    DocumentReader,
    Embedder,
    FactReader,
    Hooks,
    IdentityProvider,
    Interviewer,
    JobQueue,
    Mailer,
    PackWriter,
    ProfileIndex,
    Rater,
    Rewriter,
)


def utc_now() -> datetime:
    """The clock of a running service."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """Made once by `bootstrap`; `for_organisation` gives the one a request may use.

    `steering` is the embedded rater whose verdicts steer the interview; `panel` are the raters whose verdicts count.
    `model_interviewer`, `rewriter`, `fact_reader` and `pack_writer` are None without a language model, `identity` is
    None unless people sign in at an identity provider. `not_admitted` says, one sentence each, which models may not
    rate and what changes that.
    """

    settings: Settings
    engine: Engine
    org: int
    embedder: Embedder
    indexes: Callable[[int], ProfileIndex]
    jobs: JobQueue
    interviewer: Interviewer
    steering: Rater
    panel: tuple[Rater, ...]
    documents: DocumentReader
    mailer: Mailer
    hooks: Hooks
    model_interviewer: Interviewer | None = None
    rewriter: Rewriter | None = None
    fact_reader: FactReader | None = None
    identity: IdentityProvider | None = None
    pack_writer: PackWriter | None = None
    not_admitted: tuple[str, ...] = ()
    clock: Callable[[], datetime] = utc_now

    def now(self) -> datetime:
        """The time, UTC."""
        return self.clock()

    @property
    def index(self) -> ProfileIndex:
        """The profile index of this organisation."""
        return self.indexes(self.org)

    def for_organisation(self, org: int) -> Context:
        """The same service, acting for another organisation."""
        return replace(self, org=org)

    @property
    def engines(self) -> dict[str, str]:
        """Names of what interviews, rates and embeds, as reports and pages show them."""
        interviewer = self.model_interviewer or self.interviewer
        names = {
            "interviewer": f"{interviewer.engine}:{interviewer.model}",
            "rater": " + ".join(r.id.label for r in self.panel),
            "embedder": self.embedder.name,
        }
        return names | ({"notice": "; ".join(self.not_admitted)} if self.not_admitted else {})
