"""Writing a pack: its parts in forms that save themselves, steps that can be taken back, the check, publishing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from vetting import packs
from vetting.domain import pack_edit
from vetting.domain.pack_edit import Document, Found
from vetting.domain.pack_places import Part, by_field
from vetting.domain.tongue import _
from vetting.errors import Conflict, NotFound, VettingError
from vetting.services import items, pack_drafts, pack_ids
from vetting.services.accounts import Account
from vetting.services.context import Context
from vetting.services.pack_drafts import Draft, Stale
from vetting.web import pack_form
from vetting.web.deps import Ctx, require
from vetting.web.files import YAML, download
from vetting.web.pack_view import neighbours, overview, preview_of
from vetting.web.render import page, wants_partial
from vetting.web.reviews import Sent

router = APIRouter(prefix="/rubrics/drafts/{public_id}", include_in_schema=False)

Administrator = Annotated[Account, Depends(require())]
Text = Annotated[str, Form()]
SAVED, ADDED, OPEN = "saved", "added", "open"
"""What a form is told when it comes back: that it was saved, that a row is new, and which of its folds stand open."""
LONGEST_OPEN = 2_000
"""Characters of the names of folds that an address may carry."""


class SentForm(NamedTuple):
    """A form of a draft as it was sent, and who sent it."""

    request: Request
    ctx: Context
    account: Account
    public_id: str
    fields: dict[str, str]


def sending(request: Request, ctx: Ctx, account: Administrator, public_id: str, fields: Sent) -> SentForm:
    """What the forms that save themselves send."""
    return SentForm(request, ctx, account, public_id, fields)


Sending = Annotated[SentForm, Depends(sending)]


@router.get("")
def draft_page(request: Request, ctx: Ctx, _: Administrator, public_id: str) -> Response:
    """The whole draft: its competencies and questions, what is missing, and publishing."""
    return _overview(request, ctx, pack_drafts.load(ctx, public_id))


@router.get("/pack")
def pack_form_page(request: Request, ctx: Ctx, _: Administrator, public_id: str) -> Response:
    """What is said of the whole pack."""
    return _part_page(request, pack_drafts.load(ctx, public_id), Part.PACK)


@router.post("/pack")
def save_pack(form: Sending) -> Response:
    """Save what is said of the whole pack."""
    return _save(form, Part.PACK)


@router.get("/competencies/{name}")
def competency_page(request: Request, ctx: Ctx, _: Administrator, public_id: str, name: str) -> Response:
    """One competency."""
    return _part_page(request, pack_drafts.load(ctx, public_id), Part.COMPETENCY, name)


@router.post("/competencies/{name}")
def save_competency(form: Sending, name: str) -> Response:
    """Save one competency."""
    return _save(form, Part.COMPETENCY, name)


@router.get("/questions/{name}")
def question_page(request: Request, ctx: Ctx, _: Administrator, public_id: str, name: str) -> Response:
    """One question with its answer, points, wrong beliefs and follow-ups."""
    return _part_page(request, pack_drafts.load(ctx, public_id), Part.QUESTION, name)


@router.post("/questions/{name}")
def save_question(form: Sending, name: str) -> Response:
    """Save one question, and add, remove or move a row of it."""
    return _save(form, Part.QUESTION, name)


@router.post("/change")
def change(request: Request, ctx: Ctx, account: Administrator, public_id: str, sent: Sent) -> Response:
    """Add, remove or move a competency or a question; a new one opens."""
    draft = pack_drafts.load(ctx, public_id)
    made: list[str] = []

    def act(document: Document) -> None:
        opened = _change(document, sent.get("do", ""), sent.get("name", "").strip())
        made.extend([opened] if opened else [])

    try:
        pack_drafts.change(ctx, public_id, _revision(sent, draft), "order or parts changed", act, by=account.email)
    except Conflict as error:
        return _overview(request, ctx, pack_drafts.load(ctx, public_id), error)
    return RedirectResponse(f"/rubrics/drafts/{public_id}{made[0] if made else ''}", 303)


@router.post("/undo")
def undo(ctx: Ctx, _: Administrator, public_id: str, by: Text = "-1", back: Text = "") -> Response:
    """Take the last step back, or do it again."""
    pack_drafts.step_by(ctx, public_id, 1 if by == "1" else -1)
    draft = pack_drafts.load(ctx, public_id)
    kind, _sep, name = back.partition("/")
    there = {"questions": pack_edit.find_question, "competencies": pack_edit.find_competency}.get(kind)
    known = back == "pack" or (there is not None and there(draft.document, name) is not None)
    return RedirectResponse(f"/rubrics/drafts/{public_id}{'/' + back if known else ''}", 303)


@router.get("/steps")
def steps(request: Request, ctx: Ctx, _: Administrator, public_id: str) -> Response:
    """Every step that can be gone to."""
    found = pack_drafts.history(ctx, public_id)
    return page(request, "rubrics/steps.html", draft=found.draft, steps=found.steps)


@router.post("/steps/{number}")
def go_to(ctx: Ctx, _: Administrator, public_id: str, number: int) -> Response:
    """Go to one step."""
    pack_drafts.go_to(ctx, public_id, number)
    return RedirectResponse(f"/rubrics/drafts/{public_id}", 303)


@router.get("/preview")
def preview(request: Request, ctx: Ctx, _: Administrator, public_id: str, at: int = 1) -> Response:
    """The questions one by one as a candidate will see them; nothing is stored."""
    draft = pack_drafts.load(ctx, public_id)
    shown = preview_of(draft.document, at)
    return page(request, "rubrics/preview.html", shown=shown, here=f"/rubrics/drafts/{public_id}")


@router.get("/pack.yaml")
def draft_file(ctx: Ctx, _: Administrator, public_id: str) -> Response:
    """The draft as a file, faults and all."""
    draft = pack_drafts.load(ctx, public_id)
    return download(packs.as_yaml(draft.document), YAML, f"{draft.row.rubric_id}.yaml")


@router.post("/publish")
def publish(
    request: Request, ctx: Ctx, account: Administrator, public_id: str, version: Text = "", revision: Text = ""
) -> Response:
    """Make it the version that interviews begin with."""
    draft = pack_drafts.load(ctx, public_id)
    shown = _revision({"revision": revision}, draft)
    try:
        rubric = pack_drafts.publish(ctx, public_id, version, shown, by=account.email)
    except VettingError as error:
        return _overview(request, ctx, pack_drafts.load(ctx, public_id), error, version)
    return RedirectResponse(f"/rubrics/{rubric.sha256[: items.SHORT]}?published=1", 303)


@router.post("/remove")
def remove(ctx: Ctx, account: Administrator, public_id: str) -> Response:
    """Throw the draft away."""
    pack_drafts.remove(ctx, public_id, by=account.email)
    return RedirectResponse("/rubrics", 303)


def _save(form: SentForm, part: Part, name: str | None = None) -> Response:
    """Save a form. A script on the page is told the new revision; a person comes back to the form or goes on."""
    request, ctx, account, public_id, sent = form
    draft = pack_drafts.load(ctx, public_id)
    do, place = sent.get("do", ""), ""

    def act(document: Document) -> None:
        nonlocal place
        place = pack_form.act(_fill(document, part, str(name), sent), do) or ""

    did = f"{part.value} edited" if part is Part.PACK else f"{part.value} {name} edited"
    typed = do in ("", "save", "next")
    try:
        revision = pack_drafts.change(ctx, public_id, _revision(sent, draft), did, act, by=account.email, typed=typed)
    except Stale as error:
        if wants_partial(request):
            return JSONResponse({"message": error.message}, error.status)
        act(draft.document)
        return _part_page(request, draft, part, name, error)
    if wants_partial(request):
        return JSONResponse({"revision": revision})
    return RedirectResponse(_next_address(form, part, name, place), 303)


def _fill(document: Document, part: Part, name: str, sent: dict[str, str]) -> Document:
    """Put the fields of a form into the part of a draft that it shows; returns that part. Raises NotFound."""
    if part is Part.PACK:
        pack_form.fill_pack(document, sent)
        return document
    if part is Part.COMPETENCY:
        competency = _competency(document, name)
        pack_form.fill_competency(document, competency, sent)
        return competency
    question = _question(document, name).question
    pack_form.fill_question(question, sent)
    if sent.get("do") == "points":
        pack_form.points_from_answer(question)
    return question


def _next_address(form: SentForm, part: Part, name: str | None, place: str) -> str:
    ctx, public_id, do = form.ctx, form.public_id, form.fields.get("do", "")
    here = f"/rubrics/drafts/{public_id}"
    own = f"{here}/pack" if part is Part.PACK else f"{here}/{_FOLDER[part]}/{name}"
    if do == "next":
        after = neighbours(pack_drafts.load(ctx, public_id).document, str(name))[1] if part is Part.QUESTION else None
        return f"{here}/questions/{after}" if after else here
    told = {} if place else {SAVED: "1"}
    told |= {ADDED: "1"} if do.endswith(".add") else {}
    told |= {OPEN: folds} if (folds := form.fields.get(OPEN, "")[:LONGEST_OPEN]) else {}
    return f"{own}{'?' if told else ''}{urlencode(told)}{'#' if place else ''}{place}"


_FOLDER = {Part.COMPETENCY: "competencies", Part.QUESTION: "questions"}


def _part_page(
    request: Request, draft: Draft, part: Part, name: str | None = None, error: VettingError | None = None
) -> Response:
    document = draft.document
    competency = _competency(document, str(name)) if part is Part.COMPETENCY else None
    found = _question(document, str(name)) if part is Part.QUESTION else None
    faults = by_field(draft.faults, part, name)
    if request.query_params.get(ADDED):
        faults = pack_form.calm(faults, found.question if found else document)
    return page(
        request,
        f"rubrics/draft_{part.value}.html",
        status=error.status if error else 200,
        draft=draft,
        pack=document,
        competency=found.competency if found else competency,
        question=found.question if found else None,
        around=neighbours(document, str(name)) if found else None,
        faults=faults,
        opened=request.query_params.get(OPEN, "").split(),
        error=error.message if error else None,
        saved=request.query_params.get(SAVED),
        form=_choices(),
    )


def _overview(
    request: Request, ctx: Context, draft: Draft, error: VettingError | None = None, version: str = ""
) -> Response:
    used = pack_drafts.used_versions(ctx, draft.row.rubric_id)
    held = str(draft.document.get("version") or "1.0.0")
    proposed = held if pack_edit.is_higher(held, used) else pack_edit.next_version(held, used)
    return page(
        request,
        "rubrics/draft.html",
        status=error.status if error else 200,
        draft=draft,
        pack=draft.document,
        topics=overview(draft),
        version=version or proposed,
        above=pack_edit.highest(used),
        namesakes=pack_ids.namesakes(ctx, draft.row.rubric_id, draft.title),
        error=error.message if error else None,
    )


def _choices() -> dict[str, dict[str, str]]:
    """What a follow-up can ask for and when, in words."""
    both = {"KIND_WORDS": pack_form.KIND_WORDS, "TRIGGER_WORDS": pack_form.TRIGGER_WORDS}
    return {name: {key: _(words) for key, words in choices.items()} for name, choices in both.items()}


def _change(document: Document, do: str, name: str) -> str | None:
    """One act of the overview, like `question.up:ID`; the address within the draft of what it made."""
    what, _sep, key = do.partition(":")
    kind, _sep, verb = what.partition(".")
    if what == "competency.add":
        made = pack_edit.add_competency(document, name or _("New competency"))
        return f"/competencies/{made['id']}"
    if what == "question.add":
        made = pack_edit.add_question(document, _competency(document, key))
        return f"/questions/{made['id']}"
    if kind == "competency":
        _competency(document, key)
        rows = document["competencies"] = pack_edit.competencies(document)
        _move_or_remove(document, rows, verb, key, pack_edit.remove_competency)
    elif kind == "question":
        found = _question(document, key)
        rows = found.competency["questions"] = pack_edit.questions(found.competency)
        _move_or_remove(document, rows, verb, key, pack_edit.remove_question)
    else:
        raise NotFound
    return None


def _move_or_remove(
    document: Document, rows: list[Document], verb: str, key: str, remove_part: Callable[[Document, str], None]
) -> None:
    if verb == "remove":
        remove_part(document, key)
    elif verb in ("up", "down"):
        at = next(i for i, row in enumerate(rows) if row.get("id") == key)
        pack_edit.move(rows, at, -1 if verb == "up" else 1)
    else:
        raise NotFound


def _competency(document: Document, name: str) -> Document:
    found = pack_edit.find_competency(document, name)
    if found is None:
        raise NotFound
    return found


def _question(document: Document, name: str) -> Found:
    found = pack_edit.find_question(document, name)
    if found is None:
        raise NotFound
    return found


def _revision(sent: dict[str, str], draft: Draft) -> int:
    """The revision a form showed; one that names none means what it sees now."""
    text = sent.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else draft.row.revision
