"""What project managers see and do about all open projects at once: pairs, plans, who is assigned."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import staffing_queries
from vetting.db.engine import reading
from vetting.db.project_mapping import project_of
from vetting.domain.staffing import FAIRNESS
from vetting.domain.staffing_pairs import demand_of
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, Conflict, VettingError
from vetting.services import idempotency, staffing_plans
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.services.staffing import SECONDS, Ask
from vetting.web.deps import Ctx, require
from vetting.web.files import PDF, download, pdf_of
from vetting.web.render import page
from vetting.web.sheets import CSV, XLSX, csv_of, xlsx_of
from vetting.web.staffing_view import PlanView, read_plan, sheets_of

router = APIRouter(include_in_schema=False)

Manager = Annotated[Account, Depends(require(Role.PROJECT_MANAGER))]
Looker = Annotated[Account, Depends(require(Role.PROJECT_MANAGER, Role.RECRUITER))]

FAIRNESS_STEPS = (
    (0.0, N_("only the best total")),
    (FAIRNESS, N_("evenly, where that costs little")),
    (0.5, N_("evenness counts as much as the total")),
)


@router.get("/staffing")
def staffing_page(request: Request, ctx: Ctx, _: Looker) -> Response:
    """Open projects with their seats, pinned and forbidden pairs, and the plans so far."""
    return _home(request, ctx)


@router.post("/staffing/plans")
async def run(request: Request, ctx: Ctx, account: Manager) -> Response:
    """Ask for a plan; its page shows how far it is."""
    form = await request.form()
    keys = tuple(str(value) for value in form.getlist("project"))
    return _run(request, ctx, account, {k: str(v) for k, v in form.items() if isinstance(v, str)}, keys)


@router.get("/staffing/plans/{public_id}")
def plan_page(request: Request, ctx: Ctx, _: Looker, public_id: str) -> Response:
    """A plan: how far it is, or who goes where, what had to give, load, alternates."""
    with reading(ctx.engine) as session:
        shown = read_plan(session, ctx.org, public_id)
    return page(request, "staffing/plan.html", it=shown)


@router.post("/staffing/plans/{public_id}/accept")
def accept(ctx: Ctx, account: Manager, public_id: str) -> Response:
    """Assign everybody whom the plan seats."""
    staffing_plans.accept_plan(ctx, public_id, by=account.email)
    return RedirectResponse(f"/staffing/plans/{public_id}", 303)


@router.get("/staffing/plans/{public_id}/export.csv")
def plan_csv(ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The plan for a spreadsheet; no cell can be taken for a formula."""
    people = next(iter(sheets_of(_plan(ctx, public_id))))
    return download(csv_of(people), CSV, f"staffing-{public_id}.csv")


@router.get("/staffing/plans/{public_id}/export.xlsx")
def plan_xlsx(ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The plan as a workbook; every text in it is text."""
    return download(xlsx_of(*sheets_of(_plan(ctx, public_id))), XLSX, f"staffing-{public_id}.xlsx")


@router.get("/staffing/plans/{public_id}/export.pdf")
def plan_pdf(request: Request, ctx: Ctx, account: Looker, public_id: str) -> Response:
    """The plan on paper; a plan that is not there yet cannot be printed."""
    shown = _plan(ctx, public_id)
    if not shown.figures:
        raise Conflict(_("This plan has no result yet, so there is nothing to print."))
    return download(pdf_of(request, "paper/plan.html", it=shown, now=ctx.now()), PDF, f"staffing-{public_id}.pdf")


@router.post("/staffing/rules")
def set_rule(
    request: Request,
    ctx: Ctx,
    account: Manager,
    project: Annotated[str, Form()] = "",
    expert: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
) -> Response:
    """Pin an expert to a project, or forbid the pair."""
    try:
        staffing_plans.set_rule(ctx, project, expert, kind, by=account.email)
    except BadInput as error:
        return _home(request, ctx, rule={"project": project, "expert": expert, "kind": kind}, fault=error)
    return RedirectResponse("/staffing#pairs-title", 303)


@router.post("/staffing/rules/{public_id}/remove")
def remove_rule(ctx: Ctx, account: Manager, public_id: str) -> Response:
    """Take back what was decided about a pair."""
    staffing_plans.remove_rule(ctx, public_id, by=account.email)
    return RedirectResponse("/staffing#pairs-title", 303)


@router.post("/staffing/assignments/{public_id}/end")
def end(ctx: Ctx, account: Manager, public_id: str) -> Response:
    """End an assignment, so that its seat and hours are free."""
    staffing_plans.end_assignment(ctx, public_id, by=account.email)
    return RedirectResponse("/staffing#assigned-title", 303)


def _run(request: Request, ctx: Context, account: Account, sent: dict[str, str], keys: tuple[str, ...]) -> Response:
    try:
        if not keys:
            raise BadInput(_("Choose at least one project for the plan."))
        ask = Ask(keys, _number(sent, "fairness", FAIRNESS), _number(sent, "seconds", SECONDS))
        made = idempotency.once_per_form(
            ctx,
            sent.get("form", ""),
            sent | {"by": account.email, "projects": ",".join(keys)},
            lambda: {"id": staffing_plans.request_plan(ctx, ask, by=account.email)},
        )
    except BadInput as error:
        return _home(request, ctx, fault=error)
    return RedirectResponse(f"/staffing/plans/{made['id']}", 303)


def _number(sent: dict[str, str], name: str, default: float) -> float:
    text = sent.get(name, "").strip()
    try:
        return float(text) if text else default
    except ValueError:
        raise BadInput(_("{name}: {text!r} is not a number.").format(name=name, text=text[:40])) from None


def _home(
    request: Request, ctx: Context, *, rule: dict[str, str] | None = None, fault: VettingError | None = None
) -> Response:
    with reading(ctx.engine) as session:
        projects = staffing_queries.open_projects(session, ctx.org)
        rules = staffing_queries.rules(session, ctx.org)
        assigned = staffing_queries.assignments(session, ctx.org)
        plans = staffing_queries.plans(session, ctx.org)
    return page(
        request,
        "staffing/staffing.html",
        status=fault.status if fault else 200,
        projects=projects,
        filled={p.id: sum(a.assignment.project_id == p.id for a in assigned) for p in projects},
        covers={p.id: demand_of(project_of(p)).covers for p in projects},
        rules=rules,
        assigned=assigned,
        plans=plans,
        rule=rule or {"project": "", "expert": "", "kind": "pinned"},
        fault=fault.message if fault else None,
        fairness=[(share, _(words)) for share, words in FAIRNESS_STEPS],
        usual=FAIRNESS,
        seconds=SECONDS,
    )


def _plan(ctx: Ctx, public_id: str) -> PlanView:
    with reading(ctx.engine) as session:
        return read_plan(session, ctx.org, public_id)
