"""What recruiters see and do: people, the record of an interview, invitations."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from starlette.background import BackgroundTask

from vetting.db import queries
from vetting.db.engine import reading
from vetting.db.queries import PAGE, Filter
from vetting.domain.interview_events import Phase
from vetting.errors import BadInput, Conflict, VettingError
from vetting.services import candidates, idempotency, interviews, invitations, rubrics
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.services.likenesses import alike
from vetting.web.deps import Ctx, require
from vetting.web.fact_view import known_of
from vetting.web.interview_view import export, read_interview
from vetting.web.own_view import voices
from vetting.web.people_view import embed_new, everybody, find_people
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Recruiter = Annotated[Account, Depends(require(Role.RECRUITER))]
Looker = Annotated[Account, Depends(require(Role.RECRUITER, Role.REVIEWER))]
Staff = Annotated[Account, Depends(require(Role.RECRUITER, Role.REVIEWER, Role.PROJECT_MANAGER))]

ARRANGES = (Role.RECRUITER, Role.ADMIN)
"""Who learns what a candidate needs otherwise; those who only rate do not."""
SUFFIXES = (".jsonl", ".csv", ".json", ".pdf", ".docx")


@router.get("/candidates")
def candidate_list(
    request: Request,
    ctx: Ctx,
    account: Looker,
    fact: Annotated[list[str], Query()] = [],  # noqa: B006  # never changed; FastAPI reads it
    q: str = "",
    show: Filter = Filter.ALL,
    at: int = 1,
    read: bool = True,
) -> Response:
    """People with their newest interview; `q` searches names and, in plain words, profiles.

    With `read` off, `fact` holds the facts that a person chose instead of those read from the words.
    """
    number, words = max(at, 1), q.strip()
    with reading(ctx.engine) as session:
        asked = voices(session, ctx.org, arranges=account.role in ARRANGES)
    chosen = None if read else [one for one in fact if one.strip()]
    found = find_people(ctx, words, show, chosen) if words else everybody(ctx, show, number)
    return page(
        request,
        "recruiter/candidates.html",
        found=found,
        voices=asked,
        q=words,
        chosen=chosen,
        show=show,
        filters=list(Filter),
        number=number,
        last=1 if words else max(1, -(-found.total // PAGE)),
    )


@router.post("/candidates/import")
def import_people(request: Request, ctx: Ctx, _: Recruiter, file: Annotated[list[UploadFile], File()]) -> Response:
    """Take experts from files of records and from CVs; good ones go in, bad ones are named."""
    names = [Path(one.filename or "").name for one in file]
    for name in names:
        if not name.lower().endswith(SUFFIXES):
            wanted = ", ".join(SUFFIXES)
            raise BadInput(f"'{name or 'the file'}' is none of {wanted}; choose files of these kinds.")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(n) / name for n, name in enumerate(names)]
        for path, one in zip(paths, file, strict=True):
            path.parent.mkdir()
            path.write_bytes(one.file.read())
        try:
            report = candidates.import_experts(ctx, paths)
        except VettingError as error:
            raise type(error)(_short(error.message, folder)) from None
    faults, notes = ([_short(said, folder) for said in several] for several in (report.faults, report.notes))
    name = names[0] if len(names) == 1 else f"{len(names)} files"
    response = page(request, "recruiter/imported.html", name=name, report=report, faults=faults, notes=notes)
    response.background = BackgroundTask(embed_new, ctx)
    return response


@router.get("/candidates/{public_id}")
def candidate_page(request: Request, ctx: Ctx, account: Staff, public_id: str) -> Response:
    """One person: facts, what they wrote of themselves, interviews, what they ask for."""
    with reading(ctx.engine) as session:
        person = queries.candidate(session, ctx.org, public_id)
        assert person.id is not None
        items = queries.profile_items(session, ctx.org, person.id)
        lines = queries.interviews_of(session, ctx.org, person.id)
        others = alike(session, ctx.org, person.id)
        known = known_of(session, ctx.org, person, ctx.now().date())
        asked = voices(session, ctx.org, arranges=account.role in ARRANGES, candidate_id=person.id)
    return page(
        request,
        "recruiter/candidate.html",
        person=person,
        items=items,
        interviews=lines,
        known=known,
        others=others,
        voices=asked,
    )


@router.get("/interviews/{public_id}")
def interview_page(request: Request, ctx: Ctx, _: Staff, public_id: str) -> Response:
    """The scorecard with its quotes in the transcript, or how far the interview has come."""
    with reading(ctx.engine) as session:
        shown = read_interview(session, ctx.org, public_id)
    return page(request, "recruiter/interview.html", it=shown, link=None)


@router.get("/interviews/{public_id}/export.json")
def interview_export(ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The record of an interview as a file."""
    with reading(ctx.engine) as session:
        document = export(read_interview(session, ctx.org, public_id))
    content = json.dumps(document, ensure_ascii=False, indent=2)
    headers = {"content-disposition": f'attachment; filename="interview-{public_id}.json"'}
    return Response(content, media_type="application/json", headers=headers)


@router.post("/interviews/{public_id}/link")
def another_link(request: Request, ctx: Ctx, _: Recruiter, public_id: str) -> Response:
    """Another link to an interview that is not over; shown once."""
    with reading(ctx.engine) as session:
        row = queries.interview(session, ctx.org, public_id)
    if row.phase not in (Phase.CREATED, Phase.OPEN, Phase.PAUSED):
        raise Conflict("This interview is over, so no link leads into it any more. Send a new invitation instead.")
    assert row.id is not None
    token = interviews.new_link(ctx, row.id)
    with reading(ctx.engine) as session:
        shown = read_interview(session, ctx.org, public_id)
    return page(request, "recruiter/interview.html", it=shown, link=invitations.invite_url(ctx, token))


@router.get("/invites/new")
def invite_form(request: Request, ctx: Ctx, _: Recruiter, candidate: str = "", rubric: str = "") -> Response:
    """Choose people and a rubric."""
    who = ""
    if candidate:
        with reading(ctx.engine) as session:
            who = queries.candidate(session, ctx.org, candidate).imported_id
    return _invite_form(request, ctx, {"who": who, "rubric": rubric, "purpose": "", "offer": ""})


@router.post("/invites")
def send_invites(
    request: Request,
    ctx: Ctx,
    account: Recruiter,
    rubric: Annotated[str, Form()],
    who: Annotated[str, Form()] = "",
    purpose: Annotated[str, Form()] = "",
    offer: Annotated[str, Form()] = "",
    form: Annotated[str, Form()] = "",
) -> Response:
    """Create an interview for each person; the links are shown on this page and never again."""
    values = {"who": who, "rubric": rubric, "purpose": purpose, "offer": offer}

    def act() -> dict[str, Any]:
        made = invitations.invite_all(ctx, who, rubric, invited_by=account.email, purpose=purpose, offer=offer)
        return {"made": [one._asdict() for one in made]}

    try:
        answer = idempotency.once_per_form(ctx, form, values | {"by": account.email}, act)
    except VettingError as error:
        return _invite_form(request, ctx, values, error)
    made = answer["made"]
    return page(request, "recruiter/invited.html", made=made, days=interviews.INVITE_DAYS)


def _short(sentence: str, folder: str) -> str:
    """The sentence with the names of files as they were chosen."""
    return re.sub(rf"{re.escape(folder)}/\d+/", "", sentence)


def _invite_form(request: Request, ctx: Context, values: dict[str, str], error: VettingError | None = None) -> Response:
    return page(
        request,
        "recruiter/invite.html",
        status=error.status if error else 200,
        packs=rubrics.installed(ctx),
        values=values,
        error=error.message if error else None,
    )
