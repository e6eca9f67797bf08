"""Inviting people, one or many at once: who is meant, by which rubric, and the link each of them gets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from vetting.db import queries
from vetting.db.engine import reading
from vetting.db.models import Candidate
from vetting.domain.tongue import _
from vetting.errors import BadInput
from vetting.services import candidates, idempotency, interviews, rubrics
from vetting.services.context import Context

MOST = 500
LONGEST_DAYS = 365
NAMED = 5
LONGEST_PURPOSE = 300
LONGEST_OFFER = 1000
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_NAME_EMAIL = re.compile(r"(?P<name>[^<>]*?)\s*<\s*(?P<email>[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+)\s*>")
_NAME_COMMA = re.compile(r"(?P<name>[^<>@,\d]+?)\s*,\s*(?P<email>[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,]+)")
_NAME_ALONE = re.compile(r"[^@<>\d]+\s[^@<>\d]+")
"""Words that are no id of anybody here and read like a name."""


class Invitation(NamedTuple):
    """A person who was invited; `url` holds the token and is not kept anywhere. `mailed`: it is also sent to them."""

    name: str
    imported_id: str
    email: str | None
    interview_public_id: str
    url: str
    mailed: bool = False


class Named(NamedTuple):
    """Who a line means: an id or e-mail, and the name to use should the e-mail be new here."""

    key: str
    name: str


def invite_url(ctx: Context, token: str) -> str:
    """The address a candidate opens."""
    return f"{ctx.settings.public_url.rstrip('/')}/i/{token}"


def invite_all(
    ctx: Context,
    who: str,
    rubric: str,
    *,
    invited_by: str,
    purpose: str = "",
    offer: str = "",
    days: int = interviews.INVITE_DAYS,
    mail: bool = False,
    remind: bool = True,
) -> list[Invitation]:
    """Invite everybody named in `who`, a line each: an id, an e-mail, `Name, e-mail` or `Name <e-mail>`.

    E-mails that nobody here has become candidates.

    `offer` is what the work pays and asks, in the words that candidates read. `mail` sends the links to those whose
    address is known, and with `remind` once more to those who do not begin.

    Nothing is created unless every line can be used. Raises BadInput naming the lines, NotFound for the rubric.
    """
    named, known = meant(ctx, who)
    days, keys = checked_days(days), [n.key for n in named]
    version = rubrics.ensure(ctx, rubric)
    for new in (n for n in named if n.key not in known):
        candidates.create_candidate(ctx, name=new.name, email=new.key.lower())
    with reading(ctx.engine) as session:
        people = queries.people_named(session, ctx.org, keys)
    found = {person.id: person for key in keys if (person := people.get(key))}
    made = []
    for person in found.values():
        assert person.id is not None
        ask = interviews.Ask(
            person.id,
            version,
            invited_by=invited_by,
            purpose=purpose.strip()[:LONGEST_PURPOSE],
            offer=offer.strip()[:LONGEST_OFFER],
            days=days,
            mail=mail,
            remind=remind,
        )
        invited = interviews.invite(ctx, ask)
        url, mailed = invite_url(ctx, invited.token), mail and bool(person.email)
        made.append(Invitation(person.name, person.imported_id, person.email, invited.public_id, url, mailed))
    return made


def meant(ctx: Context, who: str) -> tuple[Sequence[Named], dict[str, Candidate]]:
    """Who is named, and those of them who are here already, by key. Raises BadInput for ids that nobody here has."""
    named = read_lines(who)
    with reading(ctx.engine) as session:
        known = queries.people_named(session, ctx.org, [n.key for n in named])
    strange = [n.key for n in named if n.key not in known and not _EMAIL.fullmatch(n.key)]
    if strange:
        if alone := next((s for s in strange if _NAME_ALONE.fullmatch(s)), None):
            raise BadInput(
                _(
                    "“{name}” has no e-mail address here; write it after the name, as in: Lena Okafor, "
                    "lena@example.org. Nobody was invited."
                ).format(name=alone)
            )
        rest = f" and {len(strange) - NAMED} more" if len(strange) > NAMED else ""
        raise BadInput(
            _(
                "Nobody here has the id {known}{rest}; nobody was invited. Use an id of the candidates "
                "page, or an e-mail address."
            ).format(known=", ".join(repr(s) for s in strange[:NAMED]), rest=rest)
        )
    return named, known


def checked_days(days: int) -> int:
    """How long a link works. Raises BadInput."""
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(_("Days: a link can work for 1 to {longest_days} days.").format(longest_days=LONGEST_DAYS))
    return days


def invite_once(ctx: Context, ask: interviews.Ask) -> interviews.Invited:
    """Invite, unless the request of this `request_key` did so before its answer was lost: then a new link to that one.

    Raises NotFound as `invite` does.
    """
    if ask.request_key is not None:
        with reading(ctx.engine) as session:
            made = queries.interview_of_request(session, ctx.org, ask.request_key, ctx.now() - idempotency.KEEP)
        if made is not None and made.id is not None:
            return interviews.Invited(made.id, made.public_id, interviews.new_link(ctx, made.id))
    return interviews.invite(ctx, ask)


def read_lines(who: str) -> Sequence[Named]:
    """Who is named, each once, in order. Raises BadInput for nobody or too many."""
    found: dict[str, Named] = {}
    for line in re.split(r"[\n;]", who):
        text = line.strip().strip(",").strip()
        if not text:
            continue
        match = _NAME_EMAIL.fullmatch(text) or _NAME_COMMA.fullmatch(text)
        key = match["email"] if match else text
        name = (match["name"].strip(" \"'") if match else "") or key.split("@")[0]
        found.setdefault(key.lower() if "@" in key else key, Named(key, name))
    if not found:
        raise BadInput(_("Name at least one person: an id or an e-mail address, one per line."))
    if len(found) > MOST:
        raise BadInput(
            _("These are {count:,} people; at most {most} can be invited at once.").format(count=len(found), most=MOST)
        )
    return list(found.values())
