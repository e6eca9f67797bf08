"""Invitations: who gets what, seen before anything is made; links, again and ended; templates of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import queries
from vetting.db.engine import reading
from vetting.db.review_models import InviteTemplate
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict, VettingError
from vetting.services import (
    idempotency,
    interviews,
    invitations,
    invite_previews,
    invite_steps,
    invite_templates,
    rubrics,
)
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.services.invite_templates import Wording
from vetting.web.deps import Ctx, require
from vetting.web.interview_page import interview_page
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Recruiter = Annotated[Account, Depends(require(Role.RECRUITER))]
Text = Annotated[str, Form()]
Tick = Annotated[bool, Form()]


@dataclass(frozen=True)
class Typed:
    """What stands in the form of an invitation."""

    who: str = ""
    rubric: str = ""
    purpose: str = ""
    offer: str = ""
    language: str = ""
    days: str = str(interviews.INVITE_DAYS)
    mail: bool = False
    remind: bool = True

    @property
    def link_days(self) -> int:
        """How long a link works. Raises BadInput."""
        if not self.days.strip().isdecimal():
            raise BadInput(_("Days: {days!r} is no whole number.").format(days=self.days[:20]))
        return invitations.checked_days(int(self.days.strip()[:6]))


def typed(
    rubric: Text = "",
    who: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
    purpose: Text = "",
    offer: Text = "",
    language: Text = "",
    days: Text = str(interviews.INVITE_DAYS),
    mail: Tick = False,
    remind: Tick = False,
) -> Typed:
    """The form as it was sent; people come as lines of one field or as many fields."""
    return Typed("\n".join(who), rubric, purpose, offer, language, days, mail, remind)


Invitation = Annotated[Typed, Depends(typed)]


@router.get("/invites/new")
def invite_form(
    request: Request,
    ctx: Ctx,
    _: Recruiter,
    candidate: str = "",
    rubric: str = "",
    template: str = "",
    pick: Annotated[Sequence[str], Query()] = (),
) -> Response:
    """Choose people and a rubric; `template` fills in what the invitation says."""
    who = list(pick)
    with reading(ctx.engine) as session:
        if candidate:
            who.append(queries.candidate(session, ctx.org, candidate).imported_id)
        chosen = queries.owned(session, InviteTemplate, ctx.org, template) if template else None
    values = Typed(who="\n".join(who), rubric=rubric)
    if chosen:
        values = Typed(values.who, rubric, chosen.purpose, chosen.offer, chosen.language, str(chosen.days))
        values = replace(values, remind=chosen.remind)
    return _form(request, ctx, values, template=template)


@router.post("/invites/preview")
def preview_invites(request: Request, ctx: Ctx, _: Recruiter, values: Invitation) -> Response:
    """Who would get what, and what stands against it; nothing is made."""
    try:
        pack, planned = invite_previews.preview(ctx, values.who, values.rubric)
        days = values.link_days
    except VettingError as error:
        return _form(request, ctx, values, error)
    return page(
        request,
        "recruiter/invite_preview.html",
        pack=pack,
        planned=planned,
        values=values,
        days=days,
        sends=ctx.mailer.sends,
    )


@router.post("/invites")
def send_invites(
    request: Request, ctx: Ctx, account: Recruiter, values: Invitation, form: Annotated[str, Form()] = ""
) -> Response:
    """Create an interview for each person; the links are shown on this page and never again, and sent if asked."""

    def act() -> dict[str, Any]:
        made = invitations.invite_all(
            ctx, values.who, values.rubric, invited_by=account.email, purpose=values.purpose, offer=values.offer,
            days=values.link_days, mail=values.mail, remind=values.remind,
        )  # fmt: skip
        return {"made": [one._asdict() for one in made]}

    mailing = {"mail": str(values.mail), "remind": str(values.remind)}
    sent = mailing | {"who": values.who, "rubric": values.rubric, "purpose": values.purpose, "offer": values.offer}
    try:
        answer = idempotency.once_per_form(ctx, form, sent | {"days": values.days, "by": account.email}, act)
    except VettingError as error:
        return _form(request, ctx, values, error)
    return page(request, "recruiter/invited.html", made=answer["made"], days=values.link_days, sends=ctx.mailer.sends)


@router.post("/interviews/{public_id}/link")
def another_link(request: Request, ctx: Ctx, account: Recruiter, public_id: str, mail: Tick = False) -> Response:
    """Another link to an interview that is not over; shown once, or sent to the candidate as well."""
    token = invite_steps.resend(ctx, public_id, by=account.email, mail=mail)
    return interview_page(request, ctx, account, public_id, link=invitations.invite_url(ctx, token))


@router.post("/interviews/{public_id}/withdraw")
def withdraw_invite(ctx: Ctx, account: Recruiter, public_id: str) -> Response:
    """End every link of an interview that has not begun."""
    invite_steps.withdraw(ctx, public_id, by=account.email)
    return RedirectResponse(f"/interviews/{public_id}", 303)


@router.get("/invites/templates")
def template_list(request: Request, ctx: Ctx, _: Recruiter, edit: str = "") -> Response:
    """The templates, and a form for a new one or the one to `edit`."""
    with reading(ctx.engine) as session:
        chosen = queries.owned(session, InviteTemplate, ctx.org, edit) if edit else None
    if chosen is None:
        return _templates(request, ctx, Wording(""))
    wording = Wording(chosen.name, chosen.purpose, chosen.offer, chosen.language, chosen.days, chosen.remind)
    return _templates(request, ctx, wording, edit=edit)


@router.post("/invites/templates")
def save_template(
    request: Request,
    ctx: Ctx,
    _: Recruiter,
    name: Text = "",
    purpose: Text = "",
    offer: Text = "",
    language: Text = "en",
    days: Text = "",
    remind: Tick = False,
    edit: Text = "",
) -> Response:
    """Make a template, or change the one that `edit` names."""
    wording = Wording(name, purpose, offer, language, int(days) if days.isdecimal() and len(days) < 6 else 0, remind)
    try:
        invite_templates.save(ctx, wording, edit)
    except (BadInput, Conflict) as error:
        return _templates(request, ctx, wording, edit=edit, error=error)
    return RedirectResponse("/invites/templates", 303)


@router.post("/invites/templates/{public_id}/remove")
def remove_template(ctx: Ctx, _: Recruiter, public_id: str) -> Response:
    """Take a template away."""
    invite_templates.remove(ctx, public_id)
    return RedirectResponse("/invites/templates", 303)


def _form(
    request: Request, ctx: Context, values: Typed, error: VettingError | None = None, template: str = ""
) -> Response:
    with reading(ctx.engine) as session:
        templates = invite_templates.templates(session, ctx.org)
    return page(
        request,
        "recruiter/invite.html",
        status=error.status if error else 200,
        packs=rubrics.installed(ctx),
        values=values,
        templates=templates,
        chosen=template,
        error=error.message if error else None,
    )


def _templates(
    request: Request, ctx: Context, wording: Wording, *, edit: str = "", error: VettingError | None = None
) -> Response:
    with reading(ctx.engine) as session:
        templates = invite_templates.templates(session, ctx.org)
    return page(
        request,
        "recruiter/templates.html",
        status=error.status if error else 200,
        templates=templates,
        wording=wording,
        edit=edit,
        error=error.message if error else None,
    )
