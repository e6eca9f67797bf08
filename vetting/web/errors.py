"""One way to say what went wrong: a page for a person, a partial for a script, problem+json for a program."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from vetting.errors import VettingError
from vetting.web.render import page
from vetting.web.security import protect

logger = logging.getLogger(__name__)

TITLES = {
    401: "Please sign in",
    403: "Not allowed",
    404: "Nothing here",
    405: "Not possible",
    409: "Changed in the meantime",
    410: "This link no longer works",
    413: "Too large",
    422: "This cannot be used",
    500: "Something went wrong",
    503: "Not available at the moment",
    507: "Not saved",
}
SENTENCES = {
    404: "There is nothing at this address, or it is not yours to see. Check the link, or go back.",
    405: "This address does not take that kind of request. Go back and use the buttons of the page.",
    413: "What was sent is larger than this service accepts.",
}
UNEXPECTED = "Something went wrong on our side. What was saved before is safe; please try again in a moment."


def install(app: FastAPI) -> None:
    """Have the app answer every error in plain sentences."""
    app.add_exception_handler(VettingError, _known)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)


def answer(request: Request, error: VettingError, kept: str = "") -> Response:
    """The response to a known error, in the form the asker can use; `kept` are a person's words to be shown again."""
    return _response(request, error.status, error.message, retryable=error.retryable, kept=kept)


def _response(request: Request, status: int, message: str, *, retryable: bool = False, kept: str = "") -> Response:
    title = TITLES.get(status) or HTTPStatus(status).phrase
    if request.url.path.startswith("/api"):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": message}
        response: Response = JSONResponse(problem, status, media_type="application/problem+json")
    else:
        response = page(request, "error.html", status=status, title=title, message=message, kept=kept)
    if retryable:
        response.headers["retry-after"] = "5"
    return response


def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, VettingError)
    return answer(request, error)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _response(request, error.status_code, SENTENCES.get(error.status_code) or str(error.detail))
    response.headers.update(error.headers or {})
    return response


def _invalid(request: Request, error: Exception) -> Response:
    """Names the fields, never repeats what was in them: it may be personal."""
    assert isinstance(error, RequestValidationError)
    faults = []
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"] if part not in ("body", "query", "path")) or "the request"
        faults.append(f"{where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}")
    return _response(request, 422, "; ".join(faults) + ".")


def _unexpected(request: Request, error: Exception) -> Response:
    """Runs outside the middleware, so it sets the headers itself. The log names the route: addresses hold tokens."""
    route = getattr(request.scope.get("route"), "path", "unknown route")
    logger.error("%s %s failed: %s", request.method, route, type(error).__name__)
    response = _response(request, 500, UNEXPECTED)
    protect(response.headers, request.url.path, https=request.app.state.https)
    return response
