"""How somebody looks at the candidates: filters, order, columns and page, as they stand in the page's address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Query

from vetting.db.people_queries import Decided, InviteState, Sort, Wanted
from vetting.domain.scoring import Recommendation
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput
from vetting.web.deps import PageNumber

E = TypeVar("E", bound=StrEnum)

COLUMNS: Mapping[str, str] = {
    "interview": N_("Newest interview"),
    "state": N_("State"),
    "level": N_("Composite, with 90 % interval and cut"),
    "decision": N_("Decision"),
    "invited": N_("Invited"),
    "finished": N_("Finished"),
    "email": N_("E-mail"),
    "id": N_("Id"),
    "country": N_("Country"),
    "languages": N_("Languages"),
    "hours_per_week": N_("Hours a week"),
}
"""What a list can show beside the name; the order is that of the page."""
USUAL = ("interview", "state", "level", "decision")


@dataclass(frozen=True)
class Look:
    """A look at the candidates. Every field has its usual value, which the address leaves out."""

    q: str = ""
    rubric: str = ""
    recommendation: str = ""
    state: str = ""
    decided: str = ""
    since: str = ""
    until: str = ""
    sort: str = Sort.NEWEST.value
    up: bool = False
    show: tuple[str, ...] = USUAL
    at: int = 1
    fact: tuple[str, ...] = ()
    read: bool = True

    @property
    def chosen(self) -> tuple[str, ...] | None:
        """The facts to search by instead of those read from the words; None: what is read counts."""
        return None if self.read else self.fact

    @property
    def filters(self) -> int:
        """How many filters are set."""
        return sum(map(bool, (self.rubric, self.recommendation, self.state, self.decided, self.since, self.until)))

    def query(self, **changes: object) -> str:
        """The address's query with some fields changed; any change but that of the page goes back to the first."""
        to = replace(self, **({"at": 1} | changes))  # type: ignore[arg-type]  # fields of this class
        usual = asdict(Look())
        return urlencode({k: v for k, v in asdict(to).items() if v != usual[k]}, doseq=True)

    def kept(self) -> list[tuple[str, str]]:
        """The fields that a form choosing facts carries along, as hidden fields."""
        return parse_qsl(self.query(q="", fact=(), read=True))

    def sorted_by(self, name: str) -> str:
        """The query that sorts by a column, the other way round where it is sorted by it already."""
        first_up = name == Sort.NAME.value
        return self.query(sort=name, up=not self.up if self.sort == name else first_up)

    def wanted(self) -> Wanted:
        """What the database is asked for. Raises BadInput naming the field."""
        if self.recommendation:
            _one_of(Recommendation, "recommendation", self.recommendation)
        return Wanted(
            rubric=self.rubric,
            recommendation=self.recommendation,
            state=_one_of(InviteState, "state", self.state) if self.state else None,
            decided=_one_of(Decided, "decided", self.decided) if self.decided else None,
            since=_day("since", self.since),
            until=_day("until", self.until),
            sort=_one_of(Sort, "sort", self.sort),
            ascending=self.up,
        )


def look(
    q: str = "",
    rubric: str = "",
    recommendation: str = "",
    state: str = "",
    decided: str = "",
    since: str = "",
    until: str = "",
    sort: str = Sort.NEWEST.value,
    up: bool = False,
    show: Annotated[tuple[str, ...], Query()] = USUAL,
    at: PageNumber = 1,
    fact: Annotated[tuple[str, ...], Query()] = (),
    read: bool = True,
) -> Look:
    """The look that an address asks for; columns that do not exist are left out.

    With `read` off, `fact` holds the facts that a person chose instead of those read from the words.
    """
    shown = tuple(name for name in COLUMNS if name in show)
    chosen = tuple(one for one in fact if one.strip())
    return Look(q.strip(), rubric, recommendation, state, decided, since, until, sort, up, shown, at, chosen, read)


def _one_of(kind: type[E], field: str, value: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise BadInput(
            _("{field}: {value!r} is none of {known}.").format(field=field, value=value[:40], known=", ".join(kind))
        ) from None


def _day(field: str, value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise BadInput(
            _("{field}: {value!r} is no day; write it like 2026-11-28.").format(field=field, value=value[:40])
        ) from None
