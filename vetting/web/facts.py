"""What staff do with documents and facts of a person: another CV, a correction, a check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask

from vetting.domain.profile import Standing
from vetting.domain.tongue import _
from vetting.errors import BadInput
from vetting.services import cvs, facts
from vetting.services.accounts import Account, Role
from vetting.services.documents import SUFFIXES
from vetting.web.deps import Ctx, require
from vetting.web.fact_form import HINTS, read
from vetting.web.people_view import embed_new

router = APIRouter(include_in_schema=False)

Recruiter = Annotated[Account, Depends(require(Role.RECRUITER))]


@router.post("/candidates/{public_id}/documents")
def add_document(
    request: Request, ctx: Ctx, account: Recruiter, public_id: str, file: Annotated[UploadFile, File()]
) -> Response:
    """Read a CV for this person; it fills in what nobody has stated."""
    name = Path(file.filename or "").name
    if not name.lower().endswith(SUFFIXES):
        words = _("'{name}' is neither .pdf nor .docx; choose a CV of one of these kinds.")
        raise BadInput(words.format(name=name or _("the file")))
    cvs.attach(ctx, public_id, name, file.file.read())
    return _back(public_id, "documents", BackgroundTask(embed_new, ctx))


@router.post("/candidates/{public_id}/facts")
def correct_fact(
    ctx: Ctx,
    account: Recruiter,
    public_id: str,
    fact: Annotated[str, Form()] = "",
    value: Annotated[str, Form()] = "",
) -> Response:
    """Correct a fact; an empty value says that it is not stated."""
    if fact not in HINTS:
        words = _("'{fact}' is not a fact; known are {known}.")
        raise BadInput(words.format(fact=fact[:40], known=", ".join(HINTS)))
    facts.correct(ctx, public_id, fact, read(fact, value), by=account.email)
    return _back(public_id, "facts")


@router.post("/candidates/{public_id}/checks")
def check_fact(
    ctx: Ctx,
    account: Recruiter,
    public_id: str,
    fact: Annotated[str, Form()] = "",
    said: Annotated[str, Form()] = "",
    standing: Annotated[str, Form()] = Standing.DOCUMENT_SEEN.value,
    source: Annotated[str, Form()] = "",
    number: Annotated[str, Form()] = "",
    expires: Annotated[str, Form()] = "",
) -> Response:
    """Record that a statement was checked: which document was seen, or which source was asked."""
    given = {"source": source, "number": number, "expires": expires}
    details = {"fact": fact, "said": said, "standing": standing} | {k: v for k, v in given.items() if v.strip()}
    facts.check(ctx, public_id, details, by=account.email)
    return _back(public_id, "facts")


def _back(public_id: str, section: str, then: BackgroundTask | None = None) -> Response:
    return RedirectResponse(f"/candidates/{public_id}#{section}", status_code=303, background=then)
