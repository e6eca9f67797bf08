"""What project managers see and do: projects from a brief, their requirements, how far they have come."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import project_queries
from vetting.db.engine import reading
from vetting.domain.forecast import ENOUGH_ANSWERS
from vetting.domain.project import Project, derived
from vetting.domain.tongue import _
from vetting.errors import BadInput, VettingError
from vetting.services import idempotency, matching, projects, rubrics
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.web.deps import Ctx, require
from vetting.web.project_view import read_project_page
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Manager = Annotated[Account, Depends(require(Role.PROJECT_MANAGER))]
Looker = Annotated[Account, Depends(require(Role.PROJECT_MANAGER, Role.RECRUITER))]


async def posted(request: Request) -> dict[str, str]:
    """The fields of a form whose names are not known beforehand."""
    return {name: value.strip() for name, value in (await request.form()).items() if isinstance(value, str)}


Posted = Annotated[dict[str, str], Depends(posted)]

TOP = 20
MOST = 100


@router.get("/projects")
def project_list(request: Request, ctx: Ctx, _: Looker) -> Response:
    """Every project with its newest shortlist."""
    with reading(ctx.engine) as session:
        lines = project_queries.projects(session, ctx.org)
    return page(request, "projects/projects.html", projects=lines)


@router.get("/projects/new")
def new_project(request: Request, _: Manager) -> Response:
    """A title and a pasted brief."""
    return page(request, "projects/new.html", values={}, error=None)


@router.post("/projects")
def create_project(request: Request, ctx: Ctx, account: Manager, values: Posted) -> Response:
    """Create the project and go on to its draft requirements; a second click goes on to the same."""
    sent = values | {"by": account.email}
    try:
        made = idempotency.once_per_form(
            ctx, values.get("form", ""), sent, lambda: {"id": projects.create_project(ctx, _fields(values))}
        )
    except VettingError as error:
        return page(request, "projects/new.html", status=error.status, values=values, error=error.message)
    return RedirectResponse(f"/projects/{made['id']}/requirements", 303)


@router.get("/projects/{public_id}")
def project_page(request: Request, ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The brief, what is asked, how far it has come, and the shortlists so far."""
    with reading(ctx.engine) as session:
        shown = read_project_page(session, ctx.org, public_id, ctx.now())
    return page(
        request,
        "projects/project.html",
        it=shown,
        row=shown.row,
        project=shown.project,
        implied=derived(shown.project),
        names=competency_names(ctx),
        shortlists=shown.shortlists,
        top=TOP,
        enough=ENOUGH_ANSWERS,
    )


@router.post("/projects/{public_id}/shortlists")
def post_shortlist(
    ctx: Ctx, account: Manager, public_id: str, k: Annotated[int, Form(ge=1, le=MOST)] = TOP
) -> Response:
    """Rank the experts as they are now; the shortlist is a snapshot."""
    project_at(ctx, public_id)
    shortlist = matching.request_shortlist(ctx, public_id, k, by=account.email)
    return RedirectResponse(f"/shortlists/{shortlist.public_id}", 303)


def project_at(ctx: Context, public_id: str) -> Project:
    """The project of that id in a URL; imported ids are not addresses. Raises NotFound."""
    with reading(ctx.engine) as session:
        project_queries.project(session, ctx.org, public_id)
    return projects.get_project(ctx, public_id)


def competency_names(ctx: Context) -> dict[str, str]:
    """Words for every competency of the installed packs, by `rubric_id/competency_id`."""
    mark = {True: _(", uncalibrated"), False: ""}
    return {
        f"{r.id}/{c.id}": f"{c.name} ({r.id}{mark[r.uncalibrated]})"
        for r in rubrics.installed(ctx)
        for c in r.competencies
    }


def _fields(values: dict[str, str]) -> dict[str, object]:
    """The fields of a project from the form; what is empty is left out. Raises BadInput naming the field."""
    fields: dict[str, object] = {k: values[k] for k in ("title", "brief", "client", "start") if values.get(k)}
    for name in ("seats", "hours_per_week"):
        if values.get(name):
            fields[name] = values[name]
    if values.get("rate_amount"):
        fields["rate_max"] = {
            "amount": values["rate_amount"],
            "currency": values.get("rate_currency") or "EUR",
            "per": "hour",
        }
    if not fields.get("title") or not fields.get("brief"):
        raise BadInput(_("A project needs a title and a brief; paste what the client wrote."))
    return fields
