"""`/api/v1`: the same services for programs. The key of an organisation as `Authorization: Bearer KEY`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from vetting.db import project_queries, queries
from vetting.db.engine import reading
from vetting.db.project_mapping import project_of
from vetting.domain.explanation import Explanation
from vetting.domain.profile import Profile
from vetting.domain.rubric import Rubric
from vetting.errors import NotFound, Taken
from vetting.services import (
    candidates,
    idempotency,
    interviews,
    invitations,
    items,
    matching,
    projects,
    rubrics,
    shortlists,
)
from vetting.services import search as searching
from vetting.services.context import Context
from vetting.services.idempotency import Answer
from vetting.web import schemas
from vetting.web.deps import ApiCtx
from vetting.web.interview_view import InterviewView, read_interview
from vetting.web.people_view import embed_new

KEY = HTTPBearer(auto_error=False, description="An API key: `vetting apikeys create NAME`")
"""Only for the description; `ApiCtx` checks the key and answers in problem+json."""

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": schemas.Problem, "description": words, "content": {"application/problem+json": {}}}
    for status, words in (
        (401, "No API key, or one that is not known"),
        (403, "The key may only read, or a browser sent this from another site"),
        (404, "Not here, or not of your organisation"),
        (409, "In conflict with what is there, or still being answered"),
        (413, "Larger than is taken here"),
        (422, "Cannot be used; the detail names the field"),
        (429, "Too often; Retry-After says how many seconds to wait"),
        (503, "Cannot be answered at the moment; Retry-After says when to try again"),
    )
}
router = APIRouter(prefix="/api/v1", dependencies=[Depends(KEY)], responses=PROBLEMS)

DECIDED_BY = "api key"


@dataclass(frozen=True)
class Once:
    """Does what a POST asks for once per Idempotency-Key; without a key, every time."""

    ctx: Context
    key: str | None
    request: bytes

    @property
    def name(self) -> str | None:
        """How the key is kept; what is made carries it, so that a repeat after a crash finds it."""
        return None if self.key is None else idempotency.name_of(self.key)

    @property
    def own_id(self) -> str | None:
        """An id for what is made without one: the same for the same key and request."""
        return None if self.key is None else f"p-{idempotency.name_of(self.key + self.request.hex())[:12]}"

    def __call__(self, status: int, act: Callable[[], BaseModel]) -> JSONResponse:
        """The answer of `act`, or the one that was given to the same key and body before."""
        if self.key is None:
            return JSONResponse(act().model_dump(mode="json"), status)
        known = idempotency.begin(self.ctx, self.key, self.request)
        if known is not None:
            return JSONResponse(known.body, known.status, headers={"idempotency-replayed": "true"})
        try:
            body = act().model_dump(mode="json")
        except BaseException:
            idempotency.release(self.ctx, self.key)
            raise
        idempotency.finish(self.ctx, self.key, Answer(status, body))
        return JSONResponse(body, status)


async def once(
    request: Request,
    ctx: ApiCtx,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="Any text up to 200 characters; the same again changes nothing"),
    ] = None,
) -> Once:
    """Reads the body as it was sent, so that the same key with another body is noticed."""
    return Once(ctx, key, b"\n".join((request.method.encode(), request.url.path.encode(), await request.body())))


OnceOnly = Annotated[Once, Depends(once)]


@router.post("/candidates", status_code=201, response_model=schemas.CandidateOut, tags=["Candidates"])
def create_candidate(ctx: ApiCtx, once: OnceOnly, body: Profile) -> Response:
    """Add an expert, or update the one with this id; the format is that of a line of an experts file."""

    def act() -> schemas.CandidateOut:
        report = candidates.import_profiles(ctx, [body])
        embed_new(ctx)
        status = "added" if report.added else "updated" if report.updated else "unchanged"
        return schemas.CandidateOut(id=body.id, name=body.name, email=body.email, headline=body.headline, status=status)

    return once(201, act)


@router.post("/interviews", status_code=201, response_model=schemas.InterviewMade, tags=["Interviews"])
def create_interview(ctx: ApiCtx, once: OnceOnly, body: schemas.InterviewIn) -> Response:
    """Invite a candidate; the answer holds the link to send."""

    def act() -> schemas.InterviewMade:
        with reading(ctx.engine) as session:
            person = queries.candidate_by_imported_id(session, ctx.org, body.candidate)
        assert person.id is not None
        version = rubrics.ensure(ctx, body.rubric)
        ask = interviews.Ask(
            person.id,
            version,
            purpose=body.purpose,
            form=body.form,
            offer=body.offer.strip(),
            request_key=once.name,
            mail=body.mail,
        )
        made = invitations.invite_once(ctx, ask)
        return schemas.InterviewMade(id=made.public_id, url=invitations.invite_url(ctx, made.token))

    return once(201, act)


@router.get("/interviews/{interview_id}", response_model=schemas.InterviewOut, tags=["Interviews"])
def get_interview(ctx: ApiCtx, interview_id: str) -> schemas.InterviewOut:
    """Where an interview stands."""
    shown = _interview(ctx, interview_id)
    card = shown.card
    return schemas.InterviewOut(
        id=shown.row.public_id,
        candidate=shown.candidate.imported_id,
        rubric=shown.log.rubric.id,
        rubric_version=shown.log.rubric.version,
        phase=shown.state.phase,
        form=shown.row.form,
        turns=len(shown.turns),
        created_at=shown.row.created_at,
        completed_at=shown.row.completed_at,
        recommendation=card.recommendation if card else None,
        level=card.composite.level if card else None,
        interval=card.composite.interval if card else None,
        provisional=card.provisional if card else None,
        spent=schemas.SpentOut(**vars(shown.spent)),
    )


@router.get("/interviews/{interview_id}/scorecard", response_model=schemas.ScorecardOut, tags=["Interviews"])
def get_scorecard(ctx: ApiCtx, interview_id: str) -> schemas.ScorecardOut:
    """Levels with intervals, the quotes they rest on, and the recommendation. 404 until the interview is rated."""
    shown = _interview(ctx, interview_id)
    if shown.card is None or shown.rated_at is None or shown.explanation is None:
        raise NotFound(f"This interview is {shown.state.phase.value} and has no scorecard yet.")
    return schemas.ScorecardOut(
        interview=shown.row.public_id,
        candidate=shown.candidate.imported_id,
        rated_at=shown.rated_at,
        scorecard=shown.card,
        explanation=_explanation(shown.explanation),
    )


@router.post("/projects", status_code=201, response_model=schemas.ProjectOut, tags=["Projects"])
def create_project(ctx: ApiCtx, once: OnceOnly, body: schemas.ProjectIn) -> Response:
    """Add a project; without requirements its brief alone is matched."""

    def act() -> schemas.ProjectOut:
        fields = {"id": once.own_id, **body.model_dump(exclude_none=True)}
        try:
            public_id = projects.create_project(ctx, fields)
        except Taken:
            if once.key is None or not projects.is_stored(ctx, fields):
                raise
            return _project(ctx, fields["id"])  # made by this very request, whose answer was lost
        with reading(ctx.engine) as session:
            imported_id = project_queries.project(session, ctx.org, public_id).imported_id
        return _project(ctx, imported_id)

    return once(201, act)


@router.get("/projects/{project_id}", response_model=schemas.ProjectOut, tags=["Projects"])
def get_project(ctx: ApiCtx, project_id: str) -> schemas.ProjectOut:
    """A project with the ids of its shortlists, newest first."""
    return _project(ctx, project_id)


@router.post(
    "/projects/{project_id}/shortlists", status_code=201, response_model=schemas.ShortlistOut, tags=["Shortlists"]
)
def create_shortlist(ctx: ApiCtx, once: OnceOnly, project_id: str, body: schemas.ShortlistIn | None = None) -> Response:
    """Rank the experts as they are now; an empty body ranks ten."""
    k = (body or schemas.ShortlistIn()).k

    def act() -> schemas.ShortlistOut:
        made = matching.request_shortlist(ctx, project_id, k, by=DECIDED_BY)
        return schemas.ShortlistOut.model_validate(matching.shortlist_document(ctx, made))

    return once(201, act)


@router.get("/shortlists/{shortlist_id}", response_model=schemas.ShortlistOut, tags=["Shortlists"])
def get_shortlist(ctx: ApiCtx, shortlist_id: str) -> schemas.ShortlistOut:
    """A shortlist with what was decided since it was made."""
    return schemas.ShortlistOut.model_validate(matching.shortlist_document(ctx, shortlist_id))


@router.post(
    "/shortlists/{shortlist_id}/entries/{entry_id}/decision", response_model=schemas.DecisionOut, tags=["Shortlists"]
)
def decide(ctx: ApiCtx, once: OnceOnly, shortlist_id: str, entry_id: str, body: schemas.DecisionIn) -> Response:
    """Approve, decline with a reason, or undo."""

    def act() -> schemas.DecisionOut:
        with reading(ctx.engine) as session:
            row, _ = project_queries.shortlist(session, ctx.org, shortlist_id)
            assert row.id is not None
            project_queries.entry(session, ctx.org, row.id, entry_id)
        entry = shortlists.decide(ctx, entry_id, body.decision, reason=body.reason, by=DECIDED_BY)
        return schemas.DecisionOut(
            id=entry.public_id,
            state=entry.state,
            decision=entry.decision,
            decision_reason=entry.decision_reason,
            decided_at=entry.decided_at,
        )

    return once(200, act)


@router.get("/search", response_model=schemas.SearchOut, tags=["Candidates"])
def search(
    ctx: ApiCtx,
    q: Annotated[str, Query(min_length=1, max_length=2000, description="What they should have done, in plain words")],
    k: Annotated[int, Query(ge=1, le=100)] = 10,
    fact: Annotated[
        list[str] | None,
        Query(description="Facts to use instead of those read from the words", examples=["hours_per_week >= 10"]),
    ] = None,
    read: Annotated[bool, Query(description="Whether facts are read from the words where none is given")] = True,
) -> schemas.SearchOut:
    """Experts in plain words, best first.

    Facts that the words state are read as musts: who states otherwise is left out and counted, who states nothing
    stays, marked. `facts` says what was read; send `fact` to correct it, or `read=false` for none.
    """
    chosen = fact if fact is not None else None if read else []
    return schemas.SearchOut.model_validate(searching.search(ctx, q, k=k, facts=chosen))


@router.get("/rubrics", response_model=schemas.RubricsOut, tags=["Rubrics"])
def list_rubrics(ctx: ApiCtx) -> schemas.RubricsOut:
    """The rubrics an interview can be made with, and the competencies requirements can name."""
    return schemas.RubricsOut(rubrics=[_rubric(r) for r in rubrics.installed(ctx)])


@router.get("/rubrics/{rubric_id}/items", response_model=schemas.ItemsOut, tags=["Rubrics"])
def list_items(ctx: ApiCtx, rubric_id: str) -> schemas.ItemsOut:
    """The questions of a pack in practice: difficulty, discrimination, exposure, disputes, drift, leaks.

    `rubric_id` is the id of a pack (its newest version here), or the first twelve characters of a version's hash.
    """
    return schemas.ItemsOut.model_validate(items.document(items.report(ctx, rubric_id)))


def _interview(ctx: Context, public_id: str) -> InterviewView:
    with reading(ctx.engine) as session:
        return read_interview(session, ctx.org, public_id)


def _explanation(words: Explanation) -> schemas.ExplanationOut:
    return schemas.ExplanationOut(
        headline=" ".join(s.text for s in words.headline),
        competencies=[
            schemas.CompetencyWordsOut(
                id=c.id,
                name=c.name,
                sentences=[s.text for s in c.sentences],
                quotes=[
                    schemas.QuoteOut.model_validate(q, from_attributes=True) for s in c.sentences for q in s.quotes
                ],
                questions=list(c.questions),
            )
            for c in words.competencies
        ],
        questions=list(words.questions),
    )


def _project(ctx: Context, imported_id: str) -> schemas.ProjectOut:
    with reading(ctx.engine) as session:
        row = project_queries.project_by_imported_id(session, ctx.org, imported_id)
        assert row.id is not None
        shortlists = [s.public_id for s in project_queries.shortlists_of(session, ctx.org, row.id)]
    project = project_of(row).model_dump(mode="json")
    requirements = [{k: v for k, v in r.items() if v is not None} for r in project.pop("requirements")]
    return schemas.ProjectOut(
        **project, requirements=requirements, url_id=row.public_id, status=row.status, shortlists=shortlists
    )


def _rubric(rubric: Rubric) -> schemas.RubricOut:
    return schemas.RubricOut(
        id=rubric.id,
        version=rubric.version,
        title=rubric.title,
        summary=rubric.summary,
        status=rubric.status,
        uncalibrated=rubric.uncalibrated,
        language=rubric.language,
        max_questions=rubric.max_questions,
        minutes=rubric.time_budget_minutes,
        cut=rubric.cut.composite,
        sha256=rubric.sha256,
        competencies=[
            schemas.CompetencyOut(id=f"{rubric.id}/{c.id}", name=c.name, weight=c.weight) for c in rubric.competencies
        ],
    )
