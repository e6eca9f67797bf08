"""The candidate's own page: results to carry elsewhere, what is kept, and what can be asked for: a person, an appeal,
an export, erasure. Every form works without script.
"""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from vetting.db import own_queries
from vetting.db.engine import reading
from vetting.domain.accommodation import AccommodationKind
from vetting.domain.interview_events import MarkRead
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, VettingError
from vetting.services import accommodations, appeals, consents, erasure, interviews, own_record, results
from vetting.services.results import Checked
from vetting.web import errors
from vetting.web.deps import AppContext, ByAddress, CandidateContext, CandidateCtx
from vetting.web.files import JSON, download
from vetting.web.own_view import contest_page, own_page
from vetting.web.render import page
from vetting.web.security import CANDIDATE_COOKIE, end_session
from vetting.web.work_sample_form import one_kind_of_lines

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
DONE = {
    "person": N_("Your request is with the people who invited you."),
    "consent": N_("Your consent is changed."),
    "appeal": N_("Your appeal is stored; a person will read it."),
}
NOT_SURE = N_("Tick the box first: erasing cannot be taken back, not even by us.")


@router.get("/me")
def me(request: Request, who: CandidateCtx, done: str = "") -> Response:
    """Everything about oneself on one page."""
    return _me(request, who, done=_(DONE.get(done, "")))


@router.post("/me/person")
def ask_for_person(request: Request, who: CandidateCtx, text: Text = "") -> Response:
    """Ask for a person instead of the program."""
    words = one_kind_of_lines(text)
    try:
        accommodations.ask(who.ctx, who.interview_id, {AccommodationKind.PERSON}, words)
    except BadInput as error:
        return _me(request, who, fault=error.message, text=words)
    return RedirectResponse("/me?done=person#person", 303)


@router.post("/me/consent")
def change_consent(who: CandidateCtx, profile: Annotated[bool, Form()] = False) -> Response:
    """Give or take back the consent to be proposed for other projects."""
    consents.allow_profile(who.ctx, who.interview_id, profile)
    return RedirectResponse("/me?done=consent#consent", 303)


@router.post("/interview/read")
def mark_read(request: Request, who: CandidateCtx) -> Response:
    """The transcript is read; the feedback is next."""
    try:
        interviews.do(who.ctx, who.interview_id, MarkRead())
    except VettingError as error:
        return errors.answer(request, error)
    return RedirectResponse("/interview/done", 303)


@router.get("/interview/contest")
def contest_form(request: Request, who: CandidateCtx, topic: str = "") -> Response:
    """What contesting means, and the words for it."""
    return _contest(request, who, topic)


@router.post("/interview/contest")
def contest(request: Request, who: CandidateCtx, reason: Text = "", topic: Text = "") -> Response:
    """Store an appeal against the result of this interview."""
    words = one_kind_of_lines(reason)
    try:
        appeals.contest(who.ctx, who.interview_id, words, topic or None)
    except VettingError as error:
        return _contest(request, who, topic, words, error)
    return RedirectResponse("/me?done=appeal#appeals", 303)


@router.get("/me/results/{public_id}.json")
def result_file(who: CandidateCtx, public_id: str) -> Response:
    """A result of one's own, signed, to carry elsewhere."""
    with reading(who.ctx.engine) as session:
        person = own_queries.candidate_of(session, who.ctx.org, who.interview_id)
        assert person.id is not None
        key = own_queries.own_interview(session, who.ctx.org, person.id, public_id)
    content = json.dumps(results.signed_result(who.ctx, key), ensure_ascii=False, indent=1)
    return download(content, JSON, f"result-{public_id}.json")


@router.get("/me/export.zip")
def export(who: CandidateCtx) -> Response:
    """Everything that is kept about oneself."""
    return download(own_record.archive(who.ctx, _person(who)), "application/zip", "my-record.zip")


@router.get("/me/erase")
def erase_form(request: Request, who: CandidateCtx) -> Response:
    """What erasing means, before it happens."""
    return page(request, "candidate/erase.html", view=own_page(who), fault=None)


@router.post("/me/erase")
def erase(request: Request, who: CandidateCtx, sure: Annotated[bool, Form()] = False) -> Response:
    """Erase everything about oneself; this browser is signed out by it."""
    view = own_page(who)
    if not sure:
        return page(request, "candidate/erase.html", status=422, view=view, fault=_(NOT_SURE))
    erasure.erase(who.ctx, _person(who), "candidate")
    response = page(request, "candidate/erased.html", view=view)
    end_session(request, response, CANDIDATE_COOKIE)
    return response


@router.get("/verify")
def verify_form(request: Request) -> Response:
    """Anybody who was given a signed result may check it here."""
    return page(request, "verify.html", checked=None, fault=None, text="")


@router.post("/verify", dependencies=[ByAddress])
def verify(
    request: Request, ctx: AppContext, text: Text = "", file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Whether a file was issued here, is unchanged, and still stands."""
    content = (file.file.read(results.MOST_BYTES + 1) if file else b"") or text.encode()
    checked: Checked | None = None
    try:
        if not content.strip():
            raise BadInput(_("Choose the file, or paste what is in it."))
        checked = results.check(ctx, content)
    except BadInput as error:
        return page(request, "verify.html", status=error.status, checked=None, fault=error.message, text=text)
    return page(request, "verify.html", checked=checked, fault=None, text="")


def _me(
    request: Request, who: CandidateContext, *, done: str | None = None, fault: str | None = None, text: str = ""
) -> Response:
    status = 422 if fault else 200
    return page(request, "candidate/me.html", status=status, view=own_page(who), done=done, fault=fault, text=text)


def _contest(
    request: Request, who: CandidateContext, topic: str, words: str = "", error: VettingError | None = None
) -> Response:
    return page(
        request,
        "candidate/contest.html",
        status=error.status if error else 200,
        view=contest_page(who),
        topic=topic,
        words=words,
        fault=error.message if error else None,
    )


def _person(who: CandidateContext) -> int:
    with reading(who.ctx.engine) as session:
        key = own_queries.candidate_of(session, who.ctx.org, who.interview_id).id
    assert key is not None
    return key
