"""The candidate's pages: the invitation, the interview, and what comes after it.

Every form works without script; with it, the same addresses answer with the part of the page that changes. Where a
language model words the next question, the script's answer to a submit comes as soon as the words are stored, and the
page follows the wording on a stream; without script the answer is the page with the question.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from vetting.domain.accommodation import FOR_PEOPLE, AccommodationKind
from vetting.domain.interview_events import (
    MAX_ANSWER_CHARS,
    AddNote,
    Dispute,
    FinishNow,
    Pause,
    Phase,
    Rephrase,
    Resume,
    SkipTurn,
    SubmitAnswer,
    Withdraw,
)
from vetting.domain.signals import SignalKind
from vetting.domain.tongue import N_, _
from vetting.domain.typography import unbroken
from vetting.errors import BadInput, Conflict, StaleTurn, VettingError
from vetting.services import accommodations, accounts, interviews, invite_steps, signals
from vetting.services.accounts import CANDIDATE_SESSION
from vetting.web import candidate_view, errors
from vetting.web.deps import AppContext, CandidateContext, CandidateCtx, Guessed
from vetting.web.render import iso, page, wants_partial
from vetting.web.security import CANDIDATE_COOKIE, set_session
from vetting.web.work_sample_form import one_kind_of_lines, written
from vetting.web.writing import Writers

router = APIRouter(include_in_schema=False)

RUNNING = (Phase.OPEN, Phase.PAUSED)
OVER = (Phase.COMPLETED, Phase.WITHDRAWN)
PAGE_MEETS = frozenset(AccommodationKind) - FOR_PEOPLE
CONSENT_NEEDED = N_(
    "The interview can only begin with your consent to it: tick the first box, or simply close this page."
)

Turn = Annotated[int, Form()]
Text = Annotated[str, Form()]
Words = Annotated[str, Depends(written)]
"""What stands in the answer box, or the fields of a work sample as one text."""


class Kept(NamedTuple):
    """Words that came with a request, and the turn they were written for: they stay on the page whatever happens."""

    turn: int | None = None
    words: str = ""


NOTHING = Kept()


@router.get("/i/{token}")
def invitation(request: Request, ctx: AppContext, token: str) -> Response:
    """What a candidate is told before the first question; opening the page uses nothing up."""
    access = accounts.invitation(ctx, token)
    scoped = ctx.for_organisation(access.organisation_id)
    invite_steps.opened(scoped, access.interview_id)
    return _landing(request, candidate_view.landing(scoped, access.interview_id))


@router.post("/i/{token}/person", dependencies=[Guessed])
def person_instead(request: Request, ctx: AppContext, token: str, text: Annotated[str, Form()] = "") -> Response:
    """Ask for a person instead of the program, before anything has begun."""
    access = accounts.invitation(ctx, token)
    scoped, words = ctx.for_organisation(access.organisation_id), one_kind_of_lines(text)
    try:
        accommodations.ask(scoped, access.interview_id, {AccommodationKind.PERSON}, words)
    except BadInput as error:
        view = candidate_view.landing(scoped, access.interview_id)
        return _landing(request, view, person_fault=error.message, person_text=words)
    return RedirectResponse(f"/i/{token}#otherwise", 303)


@router.post("/i/{token}", dependencies=[Guessed])
def accept(
    request: Request,
    ctx: AppContext,
    token: str,
    interview: Annotated[bool, Form()] = False,
    profile: Annotated[bool, Form()] = False,
    need: Annotated[list[AccommodationKind], Form()] = [],  # noqa: B006  # FastAPI copies it
    wish: Annotated[str, Form()] = "",
) -> Response:
    """Begin, or go on in this browser; a former browser's session ends."""
    access = accounts.invitation(ctx, token)
    scoped = ctx.for_organisation(access.organisation_id)
    view = candidate_view.landing(scoped, access.interview_id)
    if view.frame.phase is Phase.CREATED:
        words = one_kind_of_lines(wish).strip()
        given = {"profile": profile, "need": need, "wish": words}
        if not interview:
            return _landing(request, view, fault=_(CONSENT_NEEDED), **given)
        try:
            wished = {AccommodationKind.OTHER} if words else set()
            accommodations.ask(scoped, access.interview_id, PAGE_MEETS.intersection(need) | wished, words)
        except BadInput as error:
            return _landing(request, view, wish_fault=error.message, **given)
        with suppress(Conflict):  # a second click: it has begun
            interviews.begin(scoped, access.interview_id, {"interview": interview, "profile": profile})
    response = RedirectResponse("/interview", 303)
    session = accounts.accept_invitation(ctx, token)
    set_session(request, response, CANDIDATE_COOKIE, session, int(CANDIDATE_SESSION.total_seconds()))
    return response


@router.get("/interview")
def interview(request: Request, who: CandidateCtx) -> Response:
    """The current question; makes the interviewer's move first if a crash left it undone.

    Where that move is being made at this moment, the page joins the wait instead of having it made twice.
    """
    if not _writers(request).at(who.interview_id):
        interviews.ensure_question(who.ctx, who.interview_id)
    return _current(request, who)


@router.get("/interview/next", response_class=EventSourceResponse)
async def following(request: Request, who: CandidateCtx) -> AsyncIterator[ServerSentEvent]:
    """The next question as it is worded: `words` replace one another, `settled` says that the page can be asked for."""
    async for shown in _writers(request).join(who.ctx, who.interview_id).follow():
        words = {name: unbroken(text) for name, text in shown._asdict().items()}
        yield ServerSentEvent(event="words", data=words)
    yield ServerSentEvent(event="settled", data={})


@router.post("/interview/answer")
def answer(
    request: Request, who: CandidateCtx, turn: Turn, words: Words, pasted: Annotated[int, Form(ge=0)] = 0
) -> Response:
    """Submit an answer; the same words for the same turn a second time change nothing."""
    command = SubmitAnswer(turn=turn, text=words, pasted_chars=pasted)
    streamed = _streamed(request, who)
    act = interviews.keep_answer if streamed else interviews.submit_answer
    return _act(request, who, lambda: act(who.ctx, who.interview_id, command), Kept(turn, words), streamed=streamed)


@router.post("/interview/draft")
def draft(request: Request, who: CandidateCtx, turn: Turn, words: Words, then: Annotated[str, Form()] = "") -> Response:
    """Keep what is being typed. For the script as JSON; without it back to the page, or on to the way out."""
    if not wants_partial(request):
        following = "/interview/finish" if then == "finish" else "/interview"
        kept = Kept(turn, words)
        return _act(
            request, who, lambda: interviews.save_draft(who.ctx, who.interview_id, turn, words), kept, following
        )
    try:
        interviews.save_draft(who.ctx, who.interview_id, turn, words)
    except VettingError as error:
        return JSONResponse({"message": error.message, "stale": isinstance(error, StaleTurn)}, error.status)
    return JSONResponse({"saved_at": iso(who.ctx.now())})


@router.post("/interview/signal")
def signal(
    who: CandidateCtx,
    turn: Turn,
    number: Annotated[int, Form()],
    kind: Annotated[SignalKind, Form()],
    amount: Annotated[int, Form()],
) -> Response:
    """What the page's script noticed, a paste or an absence: how much, never what."""
    try:
        signals.notice(who.ctx, who.interview_id, signals.Noticed(turn, number, kind, amount))
    except VettingError as error:
        return JSONResponse({"message": error.message}, error.status)
    return Response(status_code=204)


@router.post("/interview/skip")
def skip(request: Request, who: CandidateCtx, turn: Turn, words: Words) -> Response:
    """Pass on the open question."""
    streamed = _streamed(request, who)
    return _act(request, who, lambda: _skip(who, turn, streamed), Kept(turn, words), streamed=streamed)


@router.post("/interview/rephrase")
def rephrase(request: Request, who: CandidateCtx, turn: Turn, words: Words) -> Response:
    """Ask the open question another way."""

    def act() -> None:
        asked = candidate_view.interview(who.ctx, who.interview_id).asked
        if asked is not None and asked.turn == turn and not asked.can_rephrase:
            raise BadInput(_("There is no other wording of this question."))
        interviews.do(who.ctx, who.interview_id, Rephrase(turn=turn))
        _keep(who, turn, words)

    return _act(request, who, act, Kept(turn, words))


@router.post("/interview/dispute")
def dispute(
    request: Request,
    who: CandidateCtx,
    turn: Turn,
    words: Words,
    reason: Text = "",
    then: Annotated[str, Form()] = "",
) -> Response:
    """Mark the open question as wrong or unclear, and skip it if that is wished."""

    streamed = then == "skip" and _streamed(request, who)

    def act() -> None:
        interviews.do(who.ctx, who.interview_id, Dispute(turn=turn, reason=one_kind_of_lines(reason)))
        if then == "skip":
            _skip(who, turn, streamed)
        else:
            _keep(who, turn, words)

    return _act(request, who, act, Kept(turn, words), streamed=streamed)


@router.post("/interview/pause")
def pause(request: Request, who: CandidateCtx, words: Words, turn: Annotated[int | None, Form()] = None) -> Response:
    """Take a break; what stands in the answer box is kept."""

    def act() -> None:
        _keep(who, turn, words)
        interviews.do(who.ctx, who.interview_id, Pause())

    return _act(request, who, act, Kept(turn, words))


@router.post("/interview/resume")
def resume(request: Request, who: CandidateCtx) -> Response:
    """Go on after a break."""
    return _act(request, who, lambda: interviews.do(who.ctx, who.interview_id, Resume()))


@router.get("/interview/finish")
def finish_page(request: Request, who: CandidateCtx) -> Response:
    """What finishing early or withdrawing means, before either happens."""
    view = candidate_view.interview(who.ctx, who.interview_id)
    if view.frame.phase not in RUNNING:
        return RedirectResponse("/interview", 303)
    return page(request, "candidate/finish.html", view=view)


@router.post("/interview/finish")
def finish(request: Request, who: CandidateCtx) -> Response:
    """End the interview with what has been answered."""
    return _act(request, who, lambda: interviews.do(who.ctx, who.interview_id, FinishNow()))


@router.post("/interview/withdraw")
def withdraw(request: Request, who: CandidateCtx) -> Response:
    """Withdraw: the interview ends without a scorecard."""
    return _act(request, who, lambda: interviews.do(who.ctx, who.interview_id, Withdraw()))


@router.get("/interview/done")
def done(request: Request, who: CandidateCtx) -> Response:
    """One's own transcript, a note per answer, and the feedback once it is there."""
    return _done(request, who)


@router.post("/interview/note")
def note(request: Request, who: CandidateCtx, turn: Turn, text: Text = "") -> Response:
    """Add the one note to an answer; people read it, it is never rated."""
    words = one_kind_of_lines(text)
    try:
        interviews.do(who.ctx, who.interview_id, AddNote(turn=turn, text=words))
    except VettingError as error:
        return _done(request, who, turn=turn, fault=error, text=words)
    return RedirectResponse(f"/interview/done#answer-{turn}", 303)


def _landing(request: Request, view: candidate_view.Landing, **given: Any) -> Response:
    """The invitation with what was entered and what was wrong with it."""
    blank = {"profile": False, "need": [], "wish": "", "person_text": ""}
    faults = {"fault": None, "wish_fault": None, "person_fault": None}
    status = 422 if any(name in given for name in faults) else 200
    return page(request, "candidate/landing.html", status=status, view=view, **{**blank, **faults, **given})


def _current(
    request: Request, who: CandidateContext, *, trouble: str | None = None, kept: Kept = NOTHING, status: int = 200
) -> Response:
    """The page of the phase the interview is in; words that were not taken go back into their box, or beside it."""
    view = candidate_view.interview(who.ctx, who.interview_id, turn=kept.turn, words=kept.words)
    if view.frame.phase in OVER and not kept.words:
        return RedirectResponse("/interview/done", 303)
    if view.frame.phase not in RUNNING:
        message = trouble or _("This interview has not begun: please open your invitation link again.")
        return errors.answer(request, Conflict(message), kept.words)
    return page(
        request,
        "candidate/interview.html",
        status=status,
        view=view,
        trouble=trouble,
        kept=kept,
        most_characters=MAX_ANSWER_CHARS,
    )


def _act(
    request: Request,
    who: CandidateContext,
    act: Callable[[], object],
    kept: Kept = NOTHING,
    following: str = "/interview",
    *,
    streamed: bool = False,
) -> Response:
    """Do something and show the interview as it then stands; what cannot be done leaves the words on the page.

    `streamed`: it stands without its next question, which the page then follows at `/interview/next`.
    """
    try:
        act()
    except (BadInput, Conflict) as error:
        return _current(request, who, trouble=error.message, kept=kept, status=error.status)
    except VettingError as error:
        return errors.answer(request, error, kept.words)
    return _current(request, who) if streamed else RedirectResponse(following, 303)


def _streamed(request: Request, who: CandidateContext) -> bool:
    """Whether the page follows the wording of the next question: it has script, and there is a wording to follow."""
    return wants_partial(request) and who.ctx.model_interviewer is not None


def _writers(request: Request) -> Writers:
    writers: Writers = request.app.state.writers
    return writers


def _skip(who: CandidateContext, turn: int, streamed: bool) -> None:
    """Pass on a turn; when streamed, the next move is left to the page."""
    if streamed:
        interviews.do(who.ctx, who.interview_id, SkipTurn(turn=turn))
    else:
        interviews.skip_turn(who.ctx, who.interview_id, turn)


def _keep(who: CandidateContext, turn: int | None, words: str) -> None:
    """Save the draft beside another action; a turn that is already closed has none."""
    if turn is None or not words.strip():
        return
    try:
        interviews.save_draft(who.ctx, who.interview_id, turn, words)
    except StaleTurn:
        return


def _done(
    request: Request, who: CandidateContext, *, turn: int = 0, fault: VettingError | None = None, text: str = ""
) -> Response:
    view = candidate_view.done(who.ctx, who.interview_id)
    if view.frame.phase not in OVER:
        return RedirectResponse("/interview", 303)
    return page(
        request,
        "candidate/done.html",
        status=fault.status if fault else 200,
        view=view,
        fault_turn=turn,
        fault=fault.message if fault else None,
        fault_text=text,
    )
