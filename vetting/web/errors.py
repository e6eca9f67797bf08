"""One way to say what went wrong: a page for a person, a partial for a script, problem+json for a program."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from vetting.domain.faults import path, said
from vetting.domain.tongue import N_, _
from vetting.errors import NotSignedIn, TooMany, VettingError, trail
from vetting.web.render import page
from vetting.web.security import protect

logger = logging.getLogger(__name__)

TITLES = {
    401: N_("Please sign in"),
    403: N_("Not allowed"),
    404: N_("Nothing here"),
    405: N_("Not possible"),
    409: N_("Changed in the meantime"),
    410: N_("This link no longer works"),
    413: N_("Too large"),
    422: N_("This cannot be used"),
    429: N_("Too many requests"),
    500: N_("Something went wrong"),
    503: N_("Not available at the moment"),
    507: N_("Not saved"),
}
SENTENCES = {
    404: N_("There is nothing at this address, or it is not yours to see. Check the link, or go back."),
    405: N_("This address does not take that kind of request. Go back and use the buttons of the page."),
    413: N_("What was sent is larger than this service accepts."),
}
NOT_JSON = "Send the body as JSON, with the header 'Content-Type: application/json'."
NOT_UTF8 = "The body cannot be read: send a JSON object in UTF-8."
UNREADABLE = N_("What was sent cannot be read; nothing was changed. Go back and use the form of the page.")
NO_OBJECT = frozenset({"model_type", "model_attributes_type", "dict_type"})
RETRY_SECONDS = 5
SHORT_WORD = 24
"""A single word up to here is an id or a choice of a form; anything else somebody may have typed."""
UNEXPECTED = N_("Something went wrong on our side. What was saved before is safe; please try again in a moment.")


def install(app: FastAPI) -> None:
    """Have the app answer every error in plain sentences."""
    app.add_exception_handler(VettingError, _known)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)


def answer(request: Request, error: VettingError, kept: str = "") -> Response:
    """The response to a known error, in the form the asker can use; `kept` are a person's words to be shown again."""
    title = _(error.title) if error.title else ""
    return _response(request, error.status, error.message, title=title, wait=_wait(error), kept=kept)


def _response(
    request: Request, status: int, message: str, *, title: str = "", wait: int | None = None, kept: str = ""
) -> Response:
    title = title or _(TITLES.get(status, "")) or HTTPStatus(status).phrase
    if _for_program(request):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": message}
        response: Response = JSONResponse(problem, status, media_type="application/problem+json")
    else:
        response = page(request, "error.html", status=status, title=title, message=message, kept=kept)
    if wait is not None:
        response.headers["retry-after"] = str(wait)
    return response


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, VettingError)
    kept = await _words(request) if isinstance(error, NotSignedIn) else ""
    return await run_in_threadpool(answer, request, error, kept)


async def _words(request: Request) -> str:
    """What somebody wrote into a form they sent while no longer signed in: it is shown to them and so not lost."""
    if request.method != "POST" or _for_program(request):
        return ""
    try:
        sent = (await request.form()).multi_items()
    except (HTTPException, ClientDisconnect):
        return ""
    values = (value.strip() for name, value in sent if isinstance(value, str))
    return "\n\n".join(value for value in values if len(value) > SHORT_WORD or any(map(str.isspace, value)))


def _wait(error: VettingError) -> int | None:
    """Seconds after which trying again can help."""
    if isinstance(error, TooMany):
        return error.seconds
    return RETRY_SECONDS if error.retryable else None


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # the framework's word for a body that it cannot even read
        return _response(request, 422, NOT_UTF8 if _for_program(request) else _(UNREADABLE))
    sentence = _to_program(request, error) if _for_program(request) else _(SENTENCES.get(error.status_code, ""))
    response = _response(request, error.status_code, sentence or str(error.detail))
    response.headers.update(error.headers or {})
    return response


def _invalid(request: Request, error: Exception) -> Response:
    """Names the fields, never repeats what was in them: it may be personal."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    whole = next((sentence for fault in found if (sentence := _of_body(request, fault))), None)
    return _response(request, 422, whole or "; ".join(map(_of_field, found)) + ".")


def _for_program(request: Request) -> bool:
    return request.url.path.startswith("/api")


def _to_program(request: Request, error: HTTPException) -> str | None:
    """What a program is told of an address it got wrong; it has no page to go back to."""
    if error.status_code == 405:
        takes = (error.headers or {}).get("Allow", "").replace(",", " or").replace("  ", " ")
        return f"This address does not take {request.method}{f'; it takes {takes}' if takes else ''}."
    if error.status_code == 404:
        return "There is nothing at this address; /api/docs lists those there are."
    return _(SENTENCES.get(error.status_code, "")) or None


def _of_body(request: Request, fault: Mapping[str, Any]) -> str | None:
    """The sentence for a body that is no JSON object, else None."""
    kind, loc = str(fault["type"]), tuple(fault["loc"])
    if kind == "json_invalid":
        at = f" (character {loc[1] + 1})" if len(loc) > 1 and isinstance(loc[1], int) else ""
        return f"The body is not valid JSON{at}."
    if loc != ("body",):
        return None
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if _for_program(request) and sent and sent != "application/json" and not sent.endswith("+json"):
        return NOT_JSON
    if kind == "missing":
        return "The body is missing; send a JSON object."
    return "The body is not a JSON object." if kind in NO_OBJECT else None


def _of_field(fault: Mapping[str, Any]) -> str:
    where = [p for p in fault["loc"] if p not in ("body", "query", "path") and not str(p).startswith("function-")]
    words = said(str(fault["type"]), str(fault["msg"])).rstrip(".")
    return f"{path(where) or _('the request')}: {words[:1].lower()}{words[1:]}"


def _unexpected(request: Request, error: Exception) -> Response:
    """Runs outside the middleware, so it sets the headers itself. The log names the route: addresses hold tokens."""
    route = getattr(request.scope.get("route"), "path", "unknown route")
    logger.error("%s %s failed: %s", request.method, route, trail(error))
    request.state.told = True
    response = _response(request, 500, _(UNEXPECTED))
    protect(response.headers, request.url.path, https=request.app.state.https)
    return response
