"""What staff do about facts: correct them, and record that a document was seen or a source was asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session

from vetting.db.document_models import FactEntry
from vetting.db.document_queries import CHECKED, CORRECTED, corrections_of
from vetting.db.engine import writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate
from vetting.db.queries import candidate
from vetting.domain.conflicts import Conflict
from vetting.domain.facts import Fact, entries
from vetting.domain.faults import first_fault
from vetting.domain.profile import Facts
from vetting.domain.profile_layers import OWN, corrected
from vetting.domain.profile_values import Line
from vetting.domain.standing import Check
from vetting.domain.tongue import _
from vetting.errors import BadInput
from vetting.errors import Conflict as Changed
from vetting.services import audit
from vetting.services.candidates import FIELDS
from vetting.services.context import Context

CORRECTABLE = (*Fact, *OWN)


def correct(ctx: Context, public_id: str, fact: str, value: Any, *, by: str) -> None:
    """Set a fact to a value in the import format, None where it is not stated; imports leave it alone from now on.

    What it was before is kept with the entry. Raises NotFound, and BadInput naming the fault.
    """
    value = _usable(fact, value)
    with writing(ctx.engine) as session:
        person = candidate(session, ctx.org, public_id)
        values = {name: getattr(person, name) for name in FIELDS}
        before = values[fact] if fact in OWN else values["facts"].get(fact)
        if before == value and fact not in values["facts"].get("partial", []):
            return
        _add(session, ctx, person, CORRECTED, fact, {"is": value, "was": before}, by)
        audit.record(ctx, session, "fact.correct", f"candidate:{public_id}", by=by, fact=fact)
        assert person.id is not None  # it was read from the database
        corrections = corrections_of(session, ctx.org, [person.id])[person.id]
        for name, now in corrected(values, corrections).items():
            setattr(person, name, now)
        _changed(session, ctx, person, ctx.now())


def check(ctx: Context, public_id: str, details: dict[str, Any], *, by: str) -> None:
    """Record that a statement was checked: `fact`, `said`, `standing`, and `source`, `number`, `expires` if there are.

    Raises NotFound, BadInput naming the field, Conflict where the statement is not what stands there any more.
    """
    try:
        made = Check.model_validate({**details, "by": by, "on": ctx.now().date()})
    except ValidationError as error:
        raise BadInput(f"{first_fault(error)}.") from None
    with writing(ctx.engine) as session:
        person = candidate(session, ctx.org, public_id)
        if made.said not in statements(person.facts, made.fact):
            raise Changed(f"'{made.said}' is not what stands there any more; look at the page again and check that.")
        _add(session, ctx, person, CHECKED, made.fact, made.model_dump(mode="json"), by)
        audit.record(
            ctx, session, "fact.check", f"candidate:{public_id}", by=by, fact=made.fact, standing=made.standing.value
        )
        _changed(session, ctx, person, ctx.now())


def statements(stored: dict[str, Any], fact: str) -> tuple[str, ...]:
    """The single statements of a stored fact, each as a check names it. Raises BadInput for what is no fact."""
    if fact not in list(Fact):
        raise BadInput(_("'{fact}' is not a fact; known are {known}.").format(fact=fact[:40], known=", ".join(Fact)))
    value = getattr(Facts.model_validate(stored), fact)
    return () if value in (None, ()) else tuple(said for said, _ in entries(Fact(fact), value))


def _usable(fact: str, value: Any) -> Any:
    """The value as it is stored. Raises BadInput."""
    if fact not in CORRECTABLE:
        raise BadInput(
            _("'{fact}' is not a fact; known are {known}.").format(fact=fact[:40], known=", ".join(CORRECTABLE))
        )
    if fact == "name" and not value:
        raise BadInput(_("name: cannot be empty."))
    if value in (None, "", [], {}):
        return None
    try:
        if fact == "name":
            return TypeAdapter(Line).validate_python(value)
        if fact == "conflicts":
            return [one.document() for one in TypeAdapter(tuple[Conflict, ...]).validate_python(value)]
        return Facts.model_validate({fact: value}).document()[fact]
    except ValidationError as error:
        raise BadInput(f"{first_fault(error)}.") from None


def _add(
    session: Session, ctx: Context, person: Candidate, kind: str, fact: str, value: dict[str, Any], by: str
) -> None:
    assert person.id is not None  # it was read from the database
    entry = FactEntry(
        organisation_id=ctx.org, candidate_id=person.id, kind=kind, fact=fact, value=value, by=by, at=ctx.now()
    )
    session.add(entry)
    session.flush()


def _changed(session: Session, ctx: Context, person: Candidate, now: datetime) -> None:
    person.updated_at = now
    session.add(person)
    assert person.id is not None  # it was read from the database
    bump_revision(session, ctx.org, [person.id])
