"""In which language a page is shown: what the person chose, else what the browser asks for, else the usual one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting import tongues
from vetting.domain.tongue import ENGLISH, Tongue
from vetting.web.security import LANGUAGE_COOKIE, session_token, set_session

router = APIRouter(include_in_schema=False)

PROGRAMS = "/api/v1/"
YEAR = 365 * 24 * 3600
OURS = re.compile(r"/(?![/\\])[^\\\x00-\x1f]*")


@router.post("/language")
def choose_language(request: Request, tag: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/") -> Response:
    """Keep the choice in this browser, and show the page again; a language that is not here changes nothing."""
    response = RedirectResponse(_here(back), 303)
    if tag in spoken_here(request):
        set_session(request, response, LANGUAGE_COOKIE, tag, YEAR)
    return response


def spoken_here(request: Request) -> Mapping[str, Tongue]:
    """The languages of this installation."""
    found: Mapping[str, Tongue] = request.app.state.tongues
    return found


def of_request(request: Request) -> Tongue:
    """The language to answer a request in; programs are answered in English, as they may look at what is said."""
    if request.url.path.startswith(PROGRAMS):
        return ENGLISH
    choice = session_token(request, LANGUAGE_COOKIE)
    known, usual = spoken_here(request), request.app.state.ctx.settings.language
    accepts = request.headers.get("accept-language", "")
    return tongues.choose(known, choice, accepts, usual if usual in known else ENGLISH.tag)


def _here(back: str) -> str:
    """A page of ours to go back to; an address elsewhere, however it is disguised, becomes the start page."""
    return back if OURS.fullmatch(back) else "/"
