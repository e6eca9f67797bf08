"""Rubric packs: the list with their standing, a page for each version, what a candidate sees of it, and its file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from vetting import packs
from vetting.db import pack_queries
from vetting.db.engine import reading
from vetting.domain.pack_places import told
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict, VettingError
from vetting.services import idempotency, items, pack_drafts
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.services.pack_ids import SameId
from vetting.web.deps import Ctx, require
from vetting.web.files import YAML, download
from vetting.web.pack_view import preview_of
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Owner = Annotated[Account, Depends(require(Role.RECRUITER))]
Administrator = Annotated[Account, Depends(require())]
Text = Annotated[str, Form()]


@router.get("/rubrics")
def rubric_list(request: Request, ctx: Ctx, account: Owner) -> Response:
    """The packs interviews can be begun with, their earlier copies, and for administrators what is being written."""
    with reading(ctx.engine) as session:
        drafts = pack_queries.drafts(session, ctx.org) if account.role is Role.ADMIN else []
    return page(request, "rubrics/rubrics.html", versions=items.listed(ctx), drafts=drafts)


@router.get("/rubrics/new")
def new_form(request: Request, ctx: Ctx, _: Administrator) -> Response:
    """Begin a pack: own questions, a brief, or a file."""
    return _new(request, ctx, {})


@router.post("/rubrics/new")
def new(
    request: Request,
    ctx: Ctx,
    account: Administrator,
    title: Text = "",
    questions: Text = "",
    brief: Text = "",
    rubric_id: Text = "",
    form: Text = "",
) -> Response:
    """Make a draft from what was pasted; where its id is taken, another title or id is asked for first."""
    pasted = {"title": title, "questions": questions, "brief": brief, "rubric_id": rubric_id}

    def act() -> dict[str, Any]:
        return {"made": pack_drafts.create(ctx, **pasted, by=account.email)}

    try:
        answer = idempotency.once_per_form(ctx, form, pasted | {"by": account.email}, act)
    except (BadInput, Conflict) as error:
        return _new(request, ctx, pasted, error)
    return RedirectResponse(f"/rubrics/drafts/{answer['made']}", 303)


@router.post("/rubrics/upload")
def upload(request: Request, ctx: Ctx, account: Administrator, file: Annotated[UploadFile, File()]) -> Response:
    """Make a draft from a file, or tell everything that is wrong with it at once."""
    content = file.file.read(packs.MAX_BYTES + 1)
    try:
        made = pack_drafts.upload(ctx, (file.filename or _("the file"))[-80:], content, by=account.email)
    except VettingError as error:
        return _new(request, ctx, {}, error)
    return RedirectResponse(f"/rubrics/drafts/{made}", 303)


@router.get("/rubrics/{version}")
def pack_page(request: Request, ctx: Ctx, account: Owner, version: str) -> Response:
    """One version: what it asks, how far it may be trusted, what the check finds, its versions."""
    found = items.find(ctx, version)
    rubric = found.rubric
    with reading(ctx.engine) as session:
        published = pack_queries.publications(session, ctx.org, rubric.id)
        draft = pack_queries.draft_of(session, ctx.org, rubric.id)
    document = rubric.model_dump(mode="json")
    mine = [one for one in items.listed(ctx) if one.rubric_id == rubric.id]
    return page(
        request,
        "rubrics/pack.html",
        version=found,
        rubric=rubric,
        faults=told(packs.check_data(document), document),
        listed=mine,
        here=next((one for one in mine if one.name == found.name), None),
        publications={p.rubric_version_id: p for p in published},
        live=any(p.retired_at is None for p in published),
        draft=draft,
        writes=account.role is Role.ADMIN,
    )


@router.get("/rubrics/{version}/preview")
def preview(request: Request, ctx: Ctx, _: Owner, version: str, at: int = 1) -> Response:
    """The questions one by one as a candidate sees them; nothing is stored."""
    found = items.find(ctx, version)
    shown = preview_of(found.rubric.model_dump(mode="json"), at)
    return page(request, "rubrics/preview.html", shown=shown, here=f"/rubrics/{found.name}")


@router.get("/rubrics/{version}/pack.yaml")
def pack_file(ctx: Ctx, _: Owner, version: str) -> Response:
    """The pack as a file that `vetting rubrics check` and an upload take."""
    rubric = items.find(ctx, version).rubric
    return download(packs.as_yaml(rubric.model_dump(mode="json")), YAML, f"{rubric.id}.yaml")


@router.post("/rubrics/{version}/edit")
def edit(ctx: Ctx, account: Administrator, version: str) -> Response:
    """A draft of this pack, to be changed and published as its next version."""
    made = pack_drafts.of_version(ctx, items.find(ctx, version).rubric, by=account.email)
    return RedirectResponse(f"/rubrics/drafts/{made}", 303)


@router.post("/rubrics/{version}/retire")
def retire(ctx: Ctx, account: Administrator, version: str) -> Response:
    """Offer what was published here no longer."""
    found = items.find(ctx, version)
    pack_drafts.retire(ctx, found.rubric.id, by=account.email)
    return RedirectResponse(f"/rubrics/{found.name}", 303)


def _new(request: Request, ctx: Context, values: dict[str, str], error: VettingError | None = None) -> Response:
    if isinstance(error, SameId):
        values = {**values, "rubric_id": error.free}
    faults = error.faults if isinstance(error, packs.PackFaults) else ()
    return page(
        request,
        "rubrics/new.html",
        status=error.status if error else 200,
        values=values,
        error=None if faults or error is None else error.message,
        faults=faults,
        same_id=isinstance(error, SameId),
        model=ctx.pack_writer.model if ctx.pack_writer else None,
    )
