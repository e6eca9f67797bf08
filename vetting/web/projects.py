"""What project managers see and do: projects from a brief, requirements, shortlists, decisions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import project_queries
from vetting.db.engine import reading
from vetting.domain.facts import Fact, Op
from vetting.domain.profile import Standing
from vetting.domain.project import Project, derived
from vetting.errors import BadInput, VettingError
from vetting.services import idempotency, matching, projects, rubrics
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.web.deps import Ctx, require
from vetting.web.render import page, plain
from vetting.web.requirement_form import FormRow, read_form, rows_of
from vetting.web.shortlist_view import csv_of, read_shortlist

router = APIRouter(include_in_schema=False)

Manager = Annotated[Account, Depends(require(Role.PROJECT_MANAGER))]
Looker = Annotated[Account, Depends(require(Role.PROJECT_MANAGER, Role.RECRUITER))]


async def posted(request: Request) -> dict[str, str]:
    """The fields of a form whose names are not known beforehand."""
    return {name: value.strip() for name, value in (await request.form()).items() if isinstance(value, str)}


Posted = Annotated[dict[str, str], Depends(posted)]

TOP = 20
MOST = 100
OPS = {
    Op.GE: "at least",
    Op.LE: "at most",
    Op.EQ: "exactly",
    Op.NE: "not",
    Op.IN: "one of",
    Op.OVERLAPS: "shares",
}


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
    """The brief, what is asked, and the shortlists so far."""
    with reading(ctx.engine) as session:
        row = project_queries.project(session, ctx.org, public_id)
        assert row.id is not None
        shortlists = project_queries.shortlists_of(session, ctx.org, row.id)
    project = projects.get_project(ctx, row.public_id)
    return page(
        request,
        "projects/project.html",
        row=row,
        project=project,
        implied=derived(project),
        names=competency_names(ctx),
        shortlists=shortlists,
        top=TOP,
    )


@router.get("/projects/{public_id}/requirements")
def edit_requirements(request: Request, ctx: Ctx, _: Manager, public_id: str) -> Response:
    """The requirements to edit; for a project without any, a draft from its brief."""
    project = _project(ctx, public_id)
    if project.requirements:
        return _requirements(request, ctx, public_id, project, rows_of(project.requirements))
    draft = projects.draft_requirements(project.text, rubrics.installed(ctx))
    rows = rows_of(draft.requirements)
    return _requirements(request, ctx, public_id, project, rows, drafted=True, left_out=draft.left_out)


@router.post("/projects/{public_id}/requirements")
def save_requirements(request: Request, ctx: Ctx, _: Manager, public_id: str, values: Posted) -> Response:
    """Approve the requirements, or go on editing with one more row."""
    project = _project(ctx, public_id)
    rows = read_form(values)
    if "more" in values:
        added = FormRow.blank(values["more"])
        return _requirements(request, ctx, public_id, project, [*rows, added])
    try:
        projects.set_requirements(ctx, public_id, [row.document() for row in rows if row.counts])
    except VettingError as error:
        return _requirements(request, ctx, public_id, project, rows, error=error)
    return RedirectResponse(f"/projects/{public_id}", 303)


@router.post("/projects/{public_id}/shortlists")
def post_shortlist(ctx: Ctx, _: Manager, public_id: str, k: Annotated[int, Form(ge=1, le=MOST)] = TOP) -> Response:
    """Rank the experts as they are now; the shortlist is a snapshot."""
    _project(ctx, public_id)
    shortlist = matching.request_shortlist(ctx, public_id, k)
    return RedirectResponse(f"/shortlists/{shortlist.public_id}", 303)


@router.get("/shortlists/{public_id}")
def shortlist_page(request: Request, ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The ranked experts with fit, requirements, reasons and decisions."""
    with reading(ctx.engine) as session:
        shown = read_shortlist(session, ctx.org, public_id, competency_names(ctx))
    return page(request, "projects/shortlist.html", it=shown)


@router.get("/shortlists/{public_id}/export.json")
def shortlist_json(ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The shortlist as a file, as the API gives it."""
    with reading(ctx.engine) as session:
        project_queries.shortlist(session, ctx.org, public_id)
    content = json.dumps(matching.shortlist_document(ctx, public_id), ensure_ascii=False, indent=2)
    return _download(content, "application/json", f"shortlist-{public_id}.json")


@router.get("/shortlists/{public_id}/export.csv")
def shortlist_csv(ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The shortlist for a spreadsheet; no cell can be taken for a formula."""
    with reading(ctx.engine) as session:
        content = csv_of(read_shortlist(session, ctx.org, public_id))
    return _download(content, "text/csv; charset=utf-8", f"shortlist-{public_id}.csv")


@router.post("/shortlists/{public_id}/entries/{entry}/decision")
def decide(
    request: Request,
    ctx: Ctx,
    account: Manager,
    public_id: str,
    entry: str,
    decision: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Approve, decline with a reason, or take either back."""
    with reading(ctx.engine) as session:
        row, _ = project_queries.shortlist(session, ctx.org, public_id)
        assert row.id is not None
        project_queries.entry(session, ctx.org, row.id, entry)
    matching.decide_entry(ctx, entry, decision, reason=reason, by=account.email)
    return RedirectResponse(f"/shortlists/{public_id}#e-{entry}", 303)


def _project(ctx: Context, public_id: str) -> Project:
    """The project of that id in a URL; imported ids are not addresses. Raises NotFound."""
    with reading(ctx.engine) as session:
        project_queries.project(session, ctx.org, public_id)
    return projects.get_project(ctx, public_id)


def competency_names(ctx: Context) -> dict[str, str]:
    """Words for every competency of the installed packs, by `rubric_id/competency_id`."""
    return {f"{r.id}/{c.id}": f"{c.name} ({r.id})" for r in rubrics.installed(ctx) for c in r.competencies}


def _requirements(
    request: Request,
    ctx: Context,
    public_id: str,
    project: Project,
    rows: list[FormRow],
    *,
    drafted: bool = False,
    left_out: Sequence[str] = (),
    error: VettingError | None = None,
) -> Response:
    return page(
        request,
        "projects/requirements.html",
        status=error.status if error else 200,
        public_id=public_id,
        project=project,
        rows=rows,
        drafted=drafted,
        left_out=left_out,
        competencies=list(competency_names(ctx).items()),
        facts=[(f.value, plain(f.value)) for f in Fact],
        ops=[(op, words) for op, words in OPS.items()],
        standings=[("", "as stated"), *((s.value, plain(s.value)) for s in list(Standing)[1:])],
        error=error.message if error else None,
    )


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
        raise BadInput("A project needs a title and a brief; paste what the client wrote.")
    return fields


def _download(content: str, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
