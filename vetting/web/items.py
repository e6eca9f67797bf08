"""The questions of each pack in practice: what should be looked at, and withdrawing one that is wrong."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.domain.item_concerns import Kind
from vetting.domain.item_statistics import ENOUGH, ENOUGH_FOR_LEVELS
from vetting.domain.rubric import Question
from vetting.domain.tongue import N_, _
from vetting.errors import Conflict, NotFound, VettingError
from vetting.services import items, model_answers
from vetting.services.accounts import Account, Role
from vetting.services.context import Context
from vetting.web.deps import Ctx, require
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Owner = Annotated[Account, Depends(require(Role.RECRUITER))]

HEADINGS = {
    Kind.LEAKS: N_("May have leaked"),
    Kind.DISPUTED: N_("Disputed"),
    Kind.DRIFTS: N_("Changed over time"),
    Kind.TELLS_NOTHING: N_("Tells people apart poorly"),
    Kind.MODEL_PASSES: N_("A model answers it"),
    Kind.MISFIT: N_("Not at the planned level"),
}


@router.get("/rubrics/{version}/items")
def item_list(request: Request, ctx: Ctx, account: Owner, version: str) -> Response:
    """Every question of a version with its statistics, and what candidates say against it."""
    found = items.report(ctx, version)
    rubric = found.version.rubric
    return page(
        request,
        "rubrics/items.html",
        found=found,
        rubric=rubric,
        questions={q.id: q for q in rubric.questions()},
        competencies={c.id: c for c in rubric.competencies},
        headings={kind: _(words) for kind, words in HEADINGS.items()},
        written=len(model_answers.answers(rubric)),
        enough=ENOUGH,
        enough_for_levels=ENOUGH_FOR_LEVELS,
    )


@router.get("/rubrics/{version}/items/{question}/void")
def void_page(request: Request, ctx: Ctx, _: Owner, version: str, question: str) -> Response:
    """What withdrawing the question would change, before it happens."""
    return _void_page(request, ctx, version, question)


@router.post("/rubrics/{version}/items/{question}/void")
def void(
    request: Request, ctx: Ctx, account: Owner, version: str, question: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """Withdraw the question."""
    key = items.stored(ctx, version)
    try:
        items.void_question(ctx, key, question, reason, account.email)
    except (Conflict, NotFound):
        raise
    except VettingError as error:
        return _void_page(request, ctx, version, question, reason=reason, fault=error)
    return RedirectResponse(f"/rubrics/{version}/items", 303)


@router.post("/rubrics/{version}/items/{question}/restore")
def restore(ctx: Ctx, account: Owner, version: str, question: str) -> Response:
    """Let a withdrawn question count again."""
    items.restore(ctx, items.stored(ctx, version), question, account.email)
    return RedirectResponse(f"/rubrics/{version}/items", 303)


@router.post("/rubrics/{version}/model-answers")
def rate_model_answers(ctx: Ctx, _: Owner, version: str) -> Response:
    """Have the model-written answers to this pack rated."""
    model_answers.ask(ctx, items.stored(ctx, version))
    return RedirectResponse(f"/rubrics/{version}/items", 303)


def _void_page(
    request: Request, ctx: Context, version: str, question: str, *, reason: str = "", fault: VettingError | None = None
) -> Response:
    found = items.find(ctx, version)
    preview = items.preview(ctx, version, question)
    asked: Question = found.rubric.question(question)
    return page(
        request,
        "rubrics/void.html",
        status=fault.status if fault else 200,
        version=found,
        question=asked,
        competency=found.rubric.competency_of(question),
        preview=preview,
        reason=reason,
        fault=fault.message if fault else None,
    )
