"""A shortlist as a client sees it: whom the project stands behind, what is known of them, and not who they are."""

from __future__ import annotations

from dataclasses import dataclass

from vetting.domain.shortlist import SHOWN_TO_CLIENTS
from vetting.domain.withheld import withheld
from vetting.web.shortlist_view import EntryView, ShortlistView

SAID_IN_INTERVIEW = "interview "
QUOTES = 2


@dataclass(frozen=True)
class Shown:
    """One requirement as a client reads it. `quote` is of an interview, never of a profile or a fact."""

    kind: str
    asked: str
    status: str
    quote: str | None


@dataclass(frozen=True)
class Unnamed:
    """An expert without a name, in the place of the shortlist."""

    number: int
    fit: float
    state: str
    findings: tuple[Shown, ...]

    def count(self, kind: str, status: str) -> int:
        """How many requirements of a kind have a status."""
        return sum(f.kind == kind and f.status == status for f in self.findings)

    def of(self, kind: str) -> tuple[Shown, ...]:
        """The requirements of a kind."""
        return tuple(f for f in self.findings if f.kind == kind)

    @property
    def quotes(self) -> tuple[Shown, ...]:
        """Words said in interviews, at most two."""
        return tuple(f for f in self.findings if f.quote)[:QUOTES]


def unnamed(shown: ShortlistView) -> tuple[Unnamed, ...]:
    """The experts that a client may see, numbered anew: gaps in the ranks would tell how many were declined."""
    chosen = [e for e in shown.entries if e.state in SHOWN_TO_CLIENTS]
    return tuple(
        Unnamed(number, one.row.fit, one.state.value, _findings(one)) for number, one in enumerate(chosen, start=1)
    )


def _findings(one: EntryView) -> tuple[Shown, ...]:
    """Facts are told as met or not: what somebody earns or where they live is not for a client."""
    names = (one.person.name, one.person.imported_id, (one.person.email or "").partition("@")[0])
    return tuple(
        Shown(
            f.kind,
            f.asked,
            f.status,
            withheld(f.source, names) if f.source and f.where.startswith(SAID_IN_INTERVIEW) else None,
        )
        for f in one.findings
    )
