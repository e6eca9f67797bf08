"""Who would get what, before anything is sent: each person named, and what stands against inviting them."""

from __future__ import annotations

from typing import NamedTuple

from sqlmodel import col, select

from vetting.db.engine import reading
from vetting.db.models import Candidate, Interview, RubricVersion
from vetting.domain.interview_events import Phase
from vetting.domain.rubric import Rubric
from vetting.domain.tongue import _
from vetting.errors import BadInput
from vetting.services import rubrics
from vetting.services.context import Context
from vetting.services.invitations import meant

STANDS: dict[str, str] = {
    Phase.CREATED: "was invited by this rubric and has not begun",
    Phase.OPEN: "is in the middle of this interview",
    Phase.PAUSED: "is in the middle of this interview",
    Phase.COMPLETED: "has finished this interview; would get its other form",
}
SAME_AGAIN = "has finished this interview; would get the same questions again"


class Planned(NamedTuple):
    """One person of a preview. `conflicts` speak against inviting them, `notes` are worth knowing; both sentences.

    `line` names them again; `public_id` is None for an e-mail that would become a new candidate.
    """

    line: str
    name: str
    email: str
    public_id: str | None
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def preview(ctx: Context, who: str, rubric_id: str) -> tuple[Rubric, list[Planned]]:
    """The pack and everybody named in `who`, once each, in order. Raises BadInput, NotFound, as inviting would."""
    if not rubric_id.strip():
        raise BadInput(_("Choose a rubric: it says what will be asked."))
    pack = rubrics.load(ctx, rubric_id)
    named, known = meant(ctx, who)
    standing = _standing(ctx, pack.id, [c.id for c in known.values() if c.id is not None])
    found: dict[str, Planned] = {}
    for one in named:
        person = known.get(one.key)
        if person is None:
            found.setdefault(one.key.lower(), Planned(f"{one.name} <{one.key}>", one.name, one.key, None))
        else:
            planned = _known(person, pack, standing.get(person.id or 0))
            found.setdefault(person.public_id, planned)
    return pack, list(found.values())


def _known(person: Candidate, pack: Rubric, phase: str | None) -> Planned:
    stands = SAME_AGAIN if phase == Phase.COMPLETED and not pack.has_forms else STANDS.get(phase or "")
    conflicts = (f"{person.name} {stands}.",) if stands else ()
    notes = () if person.email else ("No e-mail is known: you will have to send the link another way.",)
    spoken = {str(tag).split("-")[0].lower() for tag in (person.facts.get("languages") or {})}
    if spoken and pack.language.split("-")[0].lower() not in spoken:
        notes = (*notes, f"The questions are in {pack.language}, which is not among the languages stated.")
    return Planned(person.imported_id, person.name, person.email or "", person.public_id, conflicts, notes)


def _standing(ctx: Context, rubric_id: str, people: list[int]) -> dict[int, str]:
    """Candidate -> phase of their newest interview by this rubric."""
    query = (
        select(Interview.candidate_id, Interview.phase)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .where(
            Interview.organisation_id == ctx.org,
            RubricVersion.rubric_id == rubric_id,
            col(Interview.candidate_id).in_(people),
        )
        .order_by(col(Interview.id))
    )
    with reading(ctx.engine) as session:
        return dict(session.exec(query).all())
