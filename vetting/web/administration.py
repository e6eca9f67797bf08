"""Jobs, engines and settings, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db.engine import reading
from vetting.ports import JobState
from vetting.services import admission, installation, job_log
from vetting.services.accounts import Account
from vetting.web.deps import Ctx, require
from vetting.web.render import page

router = APIRouter(prefix="/admin", include_in_schema=False)

Administrator = Annotated[Account, Depends(require())]


@router.get("")
def administration(_: Administrator) -> Response:
    """Where the administration begins."""
    return RedirectResponse("/admin/users", 303)


@router.get("/jobs")
def job_list(request: Request, ctx: Ctx, _: Administrator, state: str = "") -> Response:
    """The newest jobs, all of them or those in one state."""
    chosen = JobState(state) if state in set(JobState) else None
    every = job_log.listed(ctx, (chosen,) if chosen else tuple(JobState))
    return page(
        request,
        "admin/jobs.html",
        jobs=every,
        counts=job_log.counts(every),
        chosen=chosen,
        states=tuple(JobState),
        looked_at=job_log.LOOKED_AT,
    )


@router.post("/jobs/retry")
def retry(ctx: Ctx, account: Administrator, job: Annotated[str, Form()] = "") -> Response:
    """Have a job that failed run once more."""
    job_log.retry(ctx, job, by=account.email)
    return RedirectResponse("/admin/jobs", 303)


@router.get("/engines")
def engines(request: Request, ctx: Ctx, _: Administrator) -> Response:
    """What interviews, rates and embeds; which models may rate."""
    with reading(ctx.engine) as session:
        checks = admission.newest(session)
    return page(
        request,
        "admin/engines.html",
        engines=ctx.engines,
        settings=ctx.settings,
        not_admitted=ctx.not_admitted,
        checks=checks,
        gates={row.model: row.document["gates"] for row in checks},
        command=admission.COMMAND,
    )


@router.get("/settings")
def settings(request: Request, ctx: Ctx, _: Administrator) -> Response:
    """What is set, from where, and what it means; never a secret."""
    return page(request, "admin/settings.html", lines=installation.settings_shown(ctx.settings))
