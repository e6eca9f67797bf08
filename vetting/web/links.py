"""Pages that a link alone opens: an offer to an expert, questions to an expert, a shortlist for a client.

Opening one changes nothing: programs that look at links in mails use nothing up.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.errors import BadInput
from vetting.services import offers
from vetting.web.deps import AppContext
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

ANSWERS = {"accept": True, "decline": False}


@router.get("/offers/{token}")
def offer(request: Request, ctx: AppContext, token: str) -> Response:
    """The offer, and what was answered."""
    return page(request, "links/offer.html", it=offers.read(ctx, token), token=token)


@router.post("/offers/{token}")
def answer_offer(
    ctx: AppContext, token: str, answer: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
) -> Response:
    """Accept or turn down; the same answer again changes nothing."""
    offers.read(ctx, token)
    if answer not in ANSWERS:
        raise BadInput("answer: this is neither accept nor decline; nothing was answered.")
    offers.answer(ctx, token, accept=ANSWERS[answer], reason=reason)
    return RedirectResponse(f"/offers/{token}", 303)
