"""The web application: routers, static files, health, limits. Nothing here loads a model."""

from __future__ import annotations

import logging

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import Receive, Scope, Send

from vetting import tongues
from vetting.db.engine import reading
from vetting.domain.tongue import ENGLISH, Tongue, speaking
from vetting.errors import VettingError, trail
from vetting.services import pools
from vetting.services.context import Context
from vetting.services.throttles import Throttles
from vetting.web import (
    accounts,
    administration,
    api,
    api_docs,
    audit,
    candidate,
    errors,
    facts,
    hiring_report,
    home,
    invites,
    items,
    language,
    links,
    mail,
    own_page,
    pack_drafts,
    packs,
    people,
    privacy,
    projects,
    recruiter,
    reports,
    requirements,
    reviews,
    sessions,
    shortlists,
    sign_on,
    spend,
    staffing,
    styleguide,
    users,
    webhooks,
)
from vetting.web.crowd import Crowd
from vetting.web.render import STATIC
from vetting.web.security import MAX_BODY, Guard
from vetting.web.writing import Writers

ROUTERS = (
    accounts.router,
    language.router,
    sessions.router,
    sign_on.router,
    candidate.router,
    own_page.router,
    home.router,
    people.router,
    invites.router,
    reviews.router,
    hiring_report.router,
    recruiter.router,
    facts.router,
    projects.router,
    staffing.router,
    requirements.router,
    shortlists.router,
    links.router,
    reports.router,
    pack_drafts.router,
    packs.router,
    items.router,
    users.router,
    administration.router,
    audit.router,
    mail.router,
    spend.router,
    privacy.router,
    webhooks.router,
    api.router,
    api_docs.router,
    styleguide.router,
)
READY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class App(FastAPI):
    """The application; an error that nobody expected is answered and logged here, and reaches no server's own log.

    That log would hold its message, and with it perhaps what somebody wrote.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            with speaking(self._tongue(scope)):
                await super().__call__(scope, receive, send)
        except Exception as error:
            if scope["type"] != "http":
                raise
            if not (scope.get("state") or {}).get("told"):  # the answer had begun: only its end is missing
                logger.error("%s failed: %s", scope["method"], trail(error))

    def _tongue(self, scope: Scope) -> Tongue:
        """The language to answer in: also for what goes wrong, which is answered outside of every middleware."""
        scope["app"] = self
        return language.of_request(Request(scope)) if scope["type"] == "http" else ENGLISH


def create_app(ctx: Context, *, https: bool | None = None) -> FastAPI:
    """The application over a context. `https` None: as the public URL says; it decides the kind of cookie."""
    secure = ctx.settings.public_url.startswith("https://") if https is None else https
    app = App(title="Vetting", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.ctx = ctx
    app.state.https = secure
    app.state.writers = Writers()
    app.state.throttles = Throttles()
    app.state.routers = ROUTERS
    app.state.tongues = tongues.load()
    errors.install(app)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=MAX_BODY)
    app.add_middleware(Crowd, refuse=errors.answer)
    app.add_middleware(Guard, https=secure, refuse=errors.answer)
    app.add_api_route("/healthz", healthz, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/readyz", readyz, methods=["GET"], include_in_schema=False)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def healthz(request: Request) -> Response:
    """Whether this process serves and reaches its database."""
    ctx: Context = request.app.state.ctx
    with reading(ctx.engine) as session:
        session.connection().execute(text("SELECT 1"))
    return JSONResponse({"status": "ok"})


def readyz(request: Request) -> Response:
    """Whether interviews can be steered and experts found: the embedder answers and the index loads."""
    ctx: Context = request.app.state.ctx
    state: dict[str, bool | str] = {"embedder": False, "index": False}
    try:
        state["embedder"] = ctx.embedder.ready(READY_SECONDS)
        if state["embedder"]:
            probe = np.zeros(ctx.embedder.dimension, dtype=np.float32)
            probe[0] = 1.0
            ctx.index.now().search(probe, 1)
            state["search"] = ctx.index.name
            pools.warm(ctx)
            state["index"] = True
    except VettingError as error:
        state["detail"] = error.message
    ready = bool(state["embedder"] and state["index"])
    return JSONResponse({"ready": ready, **state}, 200 if ready else 503)
