"""Templates of invitations: what for, what it pays, in which language, how long the link works."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from vetting.db.engine import writing
from vetting.db.queries import owned
from vetting.db.review_models import InviteTemplate
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict
from vetting.services.context import Context
from vetting.services.interviews import INVITE_DAYS
from vetting.services.invitations import LONGEST_OFFER, LONGEST_PURPOSE, checked_days

LONGEST_NAME = 60
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)


@dataclass(frozen=True)
class Wording:
    """What stands in a template. `language` is a tag such as `en` or `pt-BR`: that of the words, not of the rubric.

    `remind`: whoever does not begin is written to once more.
    """

    name: str
    purpose: str = ""
    offer: str = ""
    language: str = "en"
    days: int = INVITE_DAYS
    remind: bool = True


def templates(session: Session, org: int) -> list[InviteTemplate]:
    """An organisation's templates by name."""
    mine = col(InviteTemplate.organisation_id) == org
    return list(session.exec(select(InviteTemplate).where(mine).order_by(col(InviteTemplate.name))))


def save(ctx: Context, wording: Wording, public_id: str = "") -> InviteTemplate:
    """Make a template, or change the one of that id. Raises BadInput, NotFound, Conflict for a name that is taken."""
    wording = _checked(wording)
    try:
        with writing(ctx.engine) as session:
            row = owned(session, InviteTemplate, ctx.org, public_id) if public_id else None
            row = row or InviteTemplate(organisation_id=ctx.org, name="", days=INVITE_DAYS, updated_at=ctx.now())
            for key, value in asdict(wording).items():
                setattr(row, key, value)
            row.updated_at = ctx.now()
            session.add(row)
            session.flush()
            return row
    except IntegrityError:
        raise Conflict(
            _("There is already a template “{name}”; choose another name.").format(name=wording.name)
        ) from None


def remove(ctx: Context, public_id: str) -> None:
    """Take a template away; invitations made with it stay as they are. Raises NotFound."""
    with writing(ctx.engine) as session:
        session.delete(owned(session, InviteTemplate, ctx.org, public_id))


def _checked(given: Wording) -> Wording:
    name = " ".join(given.name.split())
    if not name or len(name) > LONGEST_NAME or "\x00" in name + given.purpose + given.offer:
        raise BadInput(
            _("Name: a template needs a name of 1 to {longest_name} characters.").format(longest_name=LONGEST_NAME)
        )
    if not _LANGUAGE.fullmatch(given.language.strip()):
        raise BadInput(
            _("Language: {language!r} is no language tag; write one such as en or pt-BR.").format(
                language=given.language[:20]
            )
        )
    if len(given.purpose) > LONGEST_PURPOSE or len(given.offer) > LONGEST_OFFER:
        raise BadInput(
            _("The purpose can have {longest_purpose} characters, the offer {longest_offer:,}.").format(
                longest_purpose=LONGEST_PURPOSE, longest_offer=LONGEST_OFFER
            )
        )
    days = checked_days(given.days)
    return Wording(name, given.purpose.strip(), given.offer.strip(), given.language.strip(), days, given.remind)
