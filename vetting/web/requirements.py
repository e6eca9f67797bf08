"""The requirements of a project: a draft from its brief, questions the brief leaves open, live counts, approval.

Every button works as a plain reload of the page; with script the counts also follow each change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from vetting.domain.brief_questions import Answer, OpenQuestion, open_questions
from vetting.domain.facts import Fact, Op
from vetting.domain.profile import Standing
from vetting.domain.project import Project, Requirement
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, VettingError
from vetting.services import projects, remaining, rubrics
from vetting.services.context import Context
from vetting.services.remaining import Counted
from vetting.web.deps import Ctx
from vetting.web.projects import Manager, Posted, competency_names, project_at
from vetting.web.render import page, plain, render
from vetting.web.requirement_form import FormRow, read_form, rows_of

router = APIRouter(include_in_schema=False)

OPS = {
    Op.GE: N_("at least"),
    Op.LE: N_("at most"),
    Op.EQ: N_("exactly"),
    Op.NE: N_("not"),
    Op.IN: N_("one of"),
    Op.OVERLAPS: N_("shares"),
}
LEAVE = "leave"
MOST_SEATS = 10_000


@dataclass(frozen=True)
class Draft:
    """What stands in the form: rows, questions that were settled, the seats, and whom nobody may work for."""

    rows: tuple[FormRow, ...]
    settled: tuple[str, ...] = ()
    seats: int | None = None
    client: str | None = None

    def requirements(self) -> tuple[Requirement, ...]:
        """The rows that can be read; others are still being written."""
        return tuple(found for row in self.rows if (found := _readable(row)))

    def answered(self, question: OpenQuestion, answer: Answer | None) -> Draft:
        """The draft after an answer; None leaves the question open and asks it no more."""
        draft = replace(self, settled=(*self.settled, question.id))
        if answer is None:
            return draft
        if answer.blank is not None:
            op = Op.LE if answer.blank is Fact.RATE else Op.GE
            row = FormRow("fact", kind="must", fact=answer.blank.value, op=op.value)
            return replace(draft, rows=(*draft.rows, row))
        if answer.requirement is None:
            return draft
        (row,) = rows_of([Requirement.model_validate(dict(answer.requirement))])
        if answer.replaces is None:
            return replace(draft, rows=(*draft.rows, replace(row, id="")))
        return replace(draft, rows=tuple(row if _is(r, answer.replaces) else r for r in draft.rows))


@router.get("/projects/{public_id}/requirements")
def edit_requirements(request: Request, ctx: Ctx, _: Manager, public_id: str) -> Response:
    """The requirements to edit; for a project without any, a draft from its brief."""
    project = project_at(ctx, public_id)
    if project.requirements:
        kept = Draft(tuple(rows_of(project.requirements)), seats=project.seats, client=project.client)
        return _form(request, ctx, public_id, project, kept)
    draft = projects.draft_requirements(project.text, rubrics.installed(ctx), ctx.now().date())
    seats, client = projects.draft_team(project)
    rows = Draft(tuple(rows_of(draft.requirements)), seats=seats, client=client)
    return _form(request, ctx, public_id, project, rows, drafted=True, left_out=draft.left_out)


@router.post("/projects/{public_id}/requirements")
def save_requirements(request: Request, ctx: Ctx, account: Manager, public_id: str, values: Posted) -> Response:
    """Approve the requirements; or go on editing with one more row, an answered question, or new counts."""
    project = project_at(ctx, public_id)
    draft = _draft(values)
    if "more" in values:
        draft = replace(draft, rows=(*draft.rows, FormRow.blank(values["more"])))
        return _form(request, ctx, public_id, project, draft)
    if "answer" in values:
        return _form(request, ctx, public_id, project, _answer(ctx, project, draft, values["answer"]))
    if "count" in values:
        return _form(request, ctx, public_id, project, draft)
    try:
        documents = [row.document() for row in draft.rows if row.counts]
        projects.set_requirements(ctx, public_id, documents, seats=draft.seats, client=draft.client, by=account.email)
    except VettingError as error:
        return _form(request, ctx, public_id, project, draft, error=error)
    return RedirectResponse(f"/projects/{public_id}", 303)


@router.post("/projects/{public_id}/requirements/count")
def count(request: Request, ctx: Ctx, _: Manager, public_id: str, values: Posted) -> Response:
    """The counts alone, for the page's script; nothing is stored."""
    project = project_at(ctx, public_id)
    counted = _count(ctx, project, _draft(values))
    return Response(render(request, "projects/_counts.html", partial=False, counted=counted), media_type="text/html")


def _readable(row: FormRow) -> Requirement | None:
    """The requirement of a row; None for one that is empty, left out, or still being written."""
    try:
        return Requirement.model_validate(row.document()) if row.counts else None
    except (ValidationError, VettingError):
        return None


def _is(row: FormRow, requirement_id: str) -> bool:
    """Whether a row is that requirement; one that was never stored has the id that its content gives it."""
    found = _readable(row)
    return found is not None and found.id == requirement_id


def _draft(values: dict[str, str]) -> Draft:
    """What was sent. Raises BadInput for rows or seats that no page of ours sends."""
    seats = values.get("seats", "")
    if seats and not (seats.isascii() and seats.isdigit() and 1 <= int(seats[:6]) <= MOST_SEATS):
        raise BadInput(
            _("seats: {seats!r} is not a number from 1 to {most}.").format(seats=seats[:20], most=f"{MOST_SEATS:,}")
        )
    settled = tuple(filter(None, values.get("settled", "").split(" ")))
    return Draft(tuple(read_form(values)), settled, int(seats) if seats else None, values.get("client"))


def _answer(ctx: Context, project: Project, draft: Draft, chosen: str) -> Draft:
    """The draft after the answer `question:place`; one whose question has gone meanwhile changes nothing."""
    name, _, place = chosen.rpartition(":")
    for question in _questions(ctx, project, draft):
        if question.id != name:
            continue
        if place == LEAVE:
            return draft.answered(question, None)
        if place.isascii() and place.isdigit() and int(place) < len(question.answers):
            return draft.answered(question, question.answers[int(place)])
    return draft


def _questions(ctx: Context, project: Project, draft: Draft) -> tuple[OpenQuestion, ...]:
    return open_questions(
        project,
        draft.requirements(),
        remaining.known_here(ctx),
        today=ctx.now().date(),
        settled=draft.settled,
    )


def _count(ctx: Context, project: Project, draft: Draft) -> Counted | None:
    """The counts of what can be read so far; None while two rows have one id."""
    document = project.model_dump(mode="json") | {"requirements": draft.requirements()}
    document |= {"client": draft.client or None} if draft.client is not None else {}
    try:
        return remaining.count(ctx, projects.read_project(document))
    except BadInput:
        return None


def _form(
    request: Request,
    ctx: Context,
    public_id: str,
    project: Project,
    draft: Draft,
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
        rows=draft.rows,
        draft=draft,
        questions=_questions(ctx, project, draft),
        counted=_count(ctx, project, draft),
        drafted=drafted,
        left_out=left_out,
        competencies=list(competency_names(ctx).items()),
        facts=[(f.value, plain(f.value)) for f in Fact],
        ops=[(op, _(words)) for op, words in OPS.items()],
        standings=[("", _("as stated")), *((s.value, plain(s.value)) for s in list(Standing)[1:])],
        error=error.message if error else None,
    )
