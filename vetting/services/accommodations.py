"""What a candidate asks for otherwise: more time, breaks, a person. Kept apart from all that a rater reads."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import select

from vetting.db.engine import writing
from vetting.db.log import load
from vetting.db.own_models import Accommodation
from vetting.domain.accommodation import LONGEST_WISH, AccommodationKind
from vetting.domain.interview_events import Phase
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict
from vetting.services.context import Context


def ask(ctx: Context, interview_id: int, kinds: Iterable[AccommodationKind], text: str = "") -> None:
    """Note what is asked for; asked again, the newer words stand. `text` says it for kinds that people meet.

    Raises BadInput for words that are missing or too many, Conflict once everything was erased.
    """
    wanted, words = set(kinds), text.strip()
    if len(words) > LONGEST_WISH:
        raise BadInput(
            _("What you ask for can have at most {longest_wish:,} characters; this has {count:,}.").format(
                longest_wish=LONGEST_WISH, count=len(words)
            )
        )
    if AccommodationKind.OTHER in wanted and not words:
        raise BadInput(_("Please say in a few words what you need."))
    with writing(ctx.engine) as session:
        if load(session, ctx.org, interview_id).state.phase is Phase.ERASED:
            raise Conflict(_("This record was erased."))
        rows = session.exec(select(Accommodation).where(Accommodation.interview_id == interview_id)).all()
        known = {row.kind: row for row in rows}
        for kind in wanted:
            row = known.get(kind.value) or Accommodation(
                organisation_id=ctx.org, interview_id=interview_id, kind=kind.value, at=ctx.now()
            )
            row.text, row.at = words, ctx.now()
            session.add(row)
