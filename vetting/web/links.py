"""Pages that a link alone opens: an offer to an expert, questions to an expert, a shortlist for a client.

Opening one changes nothing: programs that look at links in mails use nothing up.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db.engine import reading
from vetting.domain.facts import Fact
from vetting.domain.inquiry import ASKS
from vetting.domain.tongue import _
from vetting.errors import BadInput, VettingError
from vetting.services import client_links, inquiries, offers
from vetting.services.context import Context
from vetting.web.client_view import unnamed
from vetting.web.deps import AppContext, Guessed
from vetting.web.projects import Posted, competency_names
from vetting.web.render import page
from vetting.web.requirement_form import read_value
from vetting.web.shortlist_view import read_shortlist

router = APIRouter(include_in_schema=False)

ANSWERS = {"accept": True, "decline": False}


@router.get("/offers/{token}")
def offer(request: Request, ctx: AppContext, token: str) -> Response:
    """The offer, and what was answered."""
    return page(request, "links/offer.html", it=offers.read(ctx, token), token=token)


@router.post("/offers/{token}", dependencies=[Guessed])
def answer_offer(
    ctx: AppContext, token: str, answer: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
) -> Response:
    """Accept or turn down; the same answer again changes nothing."""
    offers.read(ctx, token)
    if answer not in ANSWERS:
        raise BadInput(_("answer: this is neither accept nor decline; nothing was answered."))
    offers.answer(ctx, token, accept=ANSWERS[answer], reason=reason)
    return RedirectResponse(f"/offers/{token}", 303)


@router.get("/shared/{token}")
def shared(request: Request, ctx: AppContext, token: str) -> Response:
    """Whom a project stands behind, for its client, without names."""
    found = client_links.open_link(ctx, token)
    scoped = ctx.for_organisation(found.organisation)
    with reading(ctx.engine) as session:
        shown = read_shortlist(session, found.organisation, found.shortlist, competency_names(scoped))
    return page(request, "links/shared.html", it=shown, experts=unnamed(shown), until=found.expires_at)


@router.get("/questions/{token}")
def questions(request: Request, ctx: AppContext, token: str) -> Response:
    """What an expert is asked about themselves, and that it was answered."""
    return _questions(request, ctx, token, {})


@router.post("/questions/{token}", dependencies=[Guessed])
def answer_questions(request: Request, ctx: AppContext, token: str, values: Posted) -> Response:
    """Keep what was stated; a question left empty stays open."""
    asked = inquiries.read(ctx, token)
    try:
        stated = {fact.value: stated_fact(fact, values[fact]) for fact in asked.facts if values.get(fact)}
        inquiries.answer(ctx, token, stated)
    except VettingError as error:
        return _questions(request, ctx, token, values, error)
    return RedirectResponse(f"/questions/{token}", 303)


def stated_fact(fact: Fact, text: str) -> object:
    """A fact as people write it, in the format of profiles. Raises BadInput that shows how to write it."""
    value = read_value(fact.value, text.strip())
    if fact is Fact.COUNTRY:
        return value[0] if value else ""
    if fact is Fact.TIMEZONE and isinstance(value, dict):
        raise BadInput(_("'{text}' is not a time zone; write it like Europe/Lisbon.").format(text=text[:40]))
    if fact is Fact.LICENCES and not all("jurisdiction" in licence for licence in value):
        words = _("'{text}' does not say where the licence holds; write it like medical (Portugal).")
        raise BadInput(words.format(text=text[:40]))
    return value


def _questions(
    request: Request, ctx: Context, token: str, values: dict[str, str], error: VettingError | None = None
) -> Response:
    return page(
        request,
        "links/questions.html",
        status=error.status if error else 200,
        it=inquiries.read(ctx, token),
        asks=ASKS,
        token=token,
        values=values,
        error=error.message if error else None,
    )
