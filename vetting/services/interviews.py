"""Interviews: invite, begin, answer, and the interviewer's next move.

An answer is committed before anything else happens; the model and the rater are only asked between transactions,
so whatever dies, the next `ensure_question` goes on from the log.
"""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session, col, select

from vetting.db.consent_queries import PROPOSED
from vetting.db.engine import reading, writing
from vetting.db.log import Log, append, load, voided_questions
from vetting.db.models import Candidate, Consent, Draft, Interview, RubricVersion
from vetting.domain.interview import InterviewState, decide, evolve
from vetting.domain.interview_events import (
    AnswerAssessed,
    Command,
    Entry,
    Phase,
    SkipTurn,
    Start,
    SubmitAnswer,
)
from vetting.domain.planner import AskDefence, AskLead, AskProbe, End, Move, belief_of, next_move, probe_aims
from vetting.domain.rubric import CoreForm, Question, Rubric
from vetting.domain.settle import Wording, follow_up_refusal, settle, so_far
from vetting.domain.tongue import _
from vetting.domain.transcript import Transcript, TurnStatus
from vetting.domain.transcript import Turn as TranscriptTurn
from vetting.domain.verdict import Assessment, accept
from vetting.errors import BadInput, ModelFailed, NotFound, StaleTurn, Unavailable
from vetting.ports import Interviewer, ModelCall, ProbeAim, Proposal, ProposalRequest, RatingRequest, Spoken
from vetting.services import outbox
from vetting.services.context import Context
from vetting.services.follow_ups import follow_up
from vetting.services.invite_links import INVITE_DAYS as INVITE_DAYS
from vetting.services.invite_links import add_link
from vetting.services.invite_links import token_sha256 as token_sha256
from vetting.services.model_calls import record_calls
from vetting.services.spending import on_account
from vetting.services.work_samples import require_readable, steering

TRANSITION_SECONDS = 12.0
"""At most: the question that follows is known, and nobody waits longer for a courtesy."""
EMBEDDER_SECONDS = 1.0
PURPOSES = ("interview", PROPOSED)
MAX_DRAFT_CHARS = 20_000

logger = logging.getLogger(__name__)


class Invited(NamedTuple):
    """A new interview and the token of its link; the token is shown once and never stored."""

    interview_id: int
    public_id: str
    token: str


@dataclass(frozen=True)
class Ask:
    """What is to be created by `invite`. `mail`: send the link to the candidate, and later a reminder (`remind`)."""

    candidate_id: int
    rubric_version_id: int
    invited_by: str = ""
    purpose: str = ""
    form: CoreForm | None = None
    seed: int | None = None
    offer: str = ""
    request_key: str | None = None
    days: int = INVITE_DAYS
    mail: bool = False
    remind: bool = True


class Unsettled(NamedTuple):
    """What may be shown of the next prompt while it is being worded: a transition, and the question, as far as known.

    Nothing of it is in the log yet. The question after a transition is the pack's own; the rest is a model's, each word
    checked as `settle` will check it.
    """

    said: str = ""
    question: str = ""


Show = Callable[[Unsettled], None]
"""Is shown the next prompt as it is being worded, each time from the beginning."""


def invite(ctx: Context, ask: Ask) -> Invited:
    """Create an interview and its link. Raises NotFound for a candidate or rubric of another organisation."""
    now = ctx.now()
    with writing(ctx.engine) as session:
        candidate, version = session.get(Candidate, ask.candidate_id), session.get(RubricVersion, ask.rubric_version_id)
        if candidate is None or version is None or {candidate.organisation_id, version.organisation_id} != {ctx.org}:
            raise NotFound
        row = Interview(
            organisation_id=ctx.org,
            candidate_id=ask.candidate_id,
            rubric_version_id=ask.rubric_version_id,
            form=(ask.form or _other_form(session, ask.candidate_id, version.rubric_id)).value,
            seed=ask.seed if ask.seed is not None else secrets.randbelow(2**31),
            phase=Phase.CREATED.value,
            invited_by=ask.invited_by,
            purpose=ask.purpose,
            offer=ask.offer,
            request_key=ask.request_key,
            created_at=now,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        link = add_link(ctx, session, row.id, days=ask.days)
        if ask.mail:
            outbox.invite(ctx, session, outbox.To(candidate.id, row.id), row.public_id, ask.days, remind=ask.remind)
        return Invited(row.id, row.public_id, link.token)


def new_link(ctx: Context, interview_id: int) -> str:
    """Another link to the same interview; the older ones go on working until they expire."""
    with writing(ctx.engine) as session:
        load(session, ctx.org, interview_id)
        return add_link(ctx, session, interview_id).token


def begin(ctx: Context, interview_id: int, consents: dict[str, bool]) -> None:
    """Record the consents, start, and ask the first question. Raises BadInput without consent to the interview."""
    if not consents.get("interview"):
        raise BadInput(_("The interview can only begin with your consent to it."))
    with writing(ctx.engine, interview=interview_id) as session:
        log = load(session, ctx.org, interview_id)
        command = Start(
            rubric_id=log.rubric.id,
            rubric_sha=log.rubric.sha256,
            form=CoreForm(log.row.form),
            seed=log.row.seed,
        )
        append(session, log, decide(log.state, command, ctx.now()))
        session.add_all(
            Consent(
                organisation_id=ctx.org,
                interview_id=interview_id,
                purpose=purpose,
                granted=bool(consents.get(purpose)),
                at=ctx.now(),
            )
            for purpose in PURPOSES
        )
    ensure_question(ctx, interview_id)


def submit_answer(ctx: Context, interview_id: int, command: SubmitAnswer) -> Log:
    """Store the answer durably, then make the next move; returns the log. Raises as `keep_answer`."""
    return ensure_question(ctx, interview_id, keep_answer(ctx, interview_id, command))


def keep_answer(ctx: Context, interview_id: int, command: SubmitAnswer) -> Log | None:
    """Store the answer durably and leave the next move to `ensure_question`. Raises StaleTurn, Conflict, BadInput.

    Submitting the same words for the same turn again changes nothing and is no error: then there is no log to return.
    """
    try:
        return do(ctx, interview_id, command)
    except StaleTurn:
        if not _already_said(ctx, interview_id, command):
            raise
    return None


def skip_turn(ctx: Context, interview_id: int, turn: int) -> Log:
    """Pass on the open turn and make the next move; returns the log."""
    return ensure_question(ctx, interview_id, do(ctx, interview_id, SkipTurn(turn=turn)))


def do(ctx: Context, interview_id: int, command: Command) -> Log:
    """Carry out a command of the candidate in one transaction; returns the log after it."""
    with writing(ctx.engine, interview=interview_id) as session:
        log = load(session, ctx.org, interview_id)
        if isinstance(command, SubmitAnswer):
            require_readable(log, command)
        entries = decide(log.state, command, ctx.now())
        append(session, log, entries)
        if isinstance(command, SubmitAnswer | SkipTurn):
            _drop_draft(session, interview_id)
        follow_up(ctx, session, log, entries)
        return log._replace(entries=(*log.entries, *entries))


def save_draft(ctx: Context, interview_id: int, turn: int, text: str) -> None:
    """Keep what is being typed; the newest wins, and only for the open turn. Raises StaleTurn, BadInput."""
    if len(text) > MAX_DRAFT_CHARS:
        raise BadInput(
            _("A draft can have at most {max_draft_chars:,} characters.").format(max_draft_chars=MAX_DRAFT_CHARS)
        )
    with writing(ctx.engine, interview=interview_id) as session:
        log = load(session, ctx.org, interview_id)
        current = log.state.current
        if current is None or current.asked.turn != turn:
            raise StaleTurn
        row = session.get(Draft, interview_id) or Draft(
            interview_id=interview_id, organisation_id=ctx.org, turn=turn, text="", saved_at=ctx.now()
        )
        row.turn, row.text, row.saved_at = turn, text, ctx.now()
        session.add(row)


def ensure_question(ctx: Context, interview_id: int, log: Log | None = None, *, show: Show | None = None) -> Log:
    """Make the interviewer's move if it is its turn; safe to call at any time, from any process. Returns the log.

    `log` spares a read to a caller who has it. Between the two transactions the rater and the interviewer are asked.
    Somebody else who was faster wins. `show` follows a language model's words before they are settled.
    """
    log = log or _read(ctx, interview_id)
    state = log.state
    if state.phase is not Phase.OPEN or not state.needs_question:
        return log
    entries: tuple[Entry, ...] = ()
    if (turn := state.needs_assessment) is not None:
        entries = (_assess(ctx, log, state, turn),)
        state = evolve(state, entries[0])
    asked, calls = _next_entry(ctx, log, state, show)
    entries = (*entries, asked)
    try:
        with writing(ctx.engine, interview=interview_id) as session:
            if voided_questions(session, log.row.rubric_version_id) != log.voided:
                raise StaleTurn  # a question was withdrawn while this move was worked out: perhaps this very one
            append(session, log, entries)
            record_calls(session, ctx, log.id, calls)
            follow_up(ctx, session, log, entries)
    except StaleTurn:
        logger.info("interview %s was moved on by another request", log.row.public_id)
        return ensure_question(ctx, interview_id)
    return log._replace(entries=(*log.entries, *entries))


def _read(ctx: Context, interview_id: int) -> Log:
    with reading(ctx.engine) as session:
        return load(session, ctx.org, interview_id)


def _next_entry(
    ctx: Context, log: Log, state: InterviewState, show: Show | None
) -> tuple[Entry, tuple[ModelCall, ...]]:
    belief = belief_of(log.rubric, state)
    move = next_move(log.rubric, state, belief, free_probes=ctx.model_interviewer is not None)
    said = log.transcript
    with on_account(ctx, log.id):
        wording, failure, calls = _propose(ctx, log.rubric, state, said, move, show)
    entry = settle(log.rubric, state, said, move, wording, ctx.now(), failure=failure)
    if entry is None:  # only a model could have worded that follow-up, and it did not
        failure = failure or follow_up_refusal(log.rubric, state, said, move, wording)
        move = next_move(log.rubric, state, belief, defences=not isinstance(move, AskDefence))
        entry = settle(log.rubric, state, said, move, None, ctx.now(), failure=failure)
    assert entry is not None
    return entry, calls


def _propose(
    ctx: Context, rubric: Rubric, state: InterviewState, said: Transcript, move: Move, show: Show | None
) -> tuple[Wording | None, str | None, tuple[ModelCall, ...]]:
    """What the interviewer proposes, or why there is no proposal; an outage never stops the interview."""
    if isinstance(move, End) or (isinstance(move, AskDefence) and move.planned is not None):
        return None, None, ()
    interviewer: Interviewer = ctx.model_interviewer or ctx.interviewer
    request = _request(rubric, state, said, move)
    if isinstance(move, AskProbe) and not request.aims:
        return None, None, ()  # a planned probe that aims at nothing of its own: there is nothing to word
    spoken = _showing(show, rubric, said, move) if show else None
    seconds = ctx.settings.llm_seconds
    deadline = min(seconds, TRANSITION_SECONDS) if isinstance(move, AskLead) else seconds
    try:
        proposal = interviewer.propose(request, deadline=deadline, spoken=spoken)
    except ModelFailed as error:
        calls: tuple[ModelCall, ...] = getattr(error, "calls", ())
        return None, error.message, calls
    return _wording(proposal), None, proposal.calls


def _showing(show: Show, rubric: Rubric, said: Transcript, move: AskLead | AskProbe | AskDefence) -> Spoken:
    """Shows the question that follows a transition at once, and of a model's words what nothing stands against."""
    question = move.question.text if isinstance(move, AskLead) else ""
    if question:
        show(Unsettled(question=question))

    def spoken(words: str) -> None:
        fit = so_far(rubric, said, move, words)
        if fit:
            show(Unsettled(fit, question) if question else Unsettled(question=fit))

    return spoken


def _request(
    rubric: Rubric, state: InterviewState, said: Transcript, move: AskLead | AskProbe | AskDefence
) -> ProposalRequest:
    question = move.question
    if isinstance(move, AskDefence):
        return ProposalRequest(rubric=rubric, question=question, transcript=said, planned=None, defence=True)
    if isinstance(move, AskLead):
        return ProposalRequest(rubric=rubric, question=question, transcript=said, planned=question.text)
    planned = {p.target: p for p in question.probes if p.target}
    statements = question.statements()
    aims = tuple(
        ProbeAim(
            target=target,
            statement=statements[target],
            planned=planned[target].text if target in planned else None,
            probe_id=planned[target].id if target in planned else None,
        )
        for target in probe_aims(question, state)
    )
    text = move.planned.text if move.planned else None
    return ProposalRequest(rubric=rubric, question=question, transcript=said, planned=text, aims=aims)


def _wording(proposal: Proposal) -> Wording:
    return Wording(
        engine=proposal.engine,
        model=proposal.model,
        text=proposal.text,
        transition=proposal.transition,
        target=proposal.target,
        prompt=proposal.prompt,
        prompt_sha=proposal.prompt_sha,
    )


def _assess(ctx: Context, log: Log, state: InterviewState, turn: int) -> Entry:
    """The steering rater's view of the answer; None when the embedder is not ready within a second."""
    question = log.rubric.question(state.turns[turn - 1].asked.question_id)
    assessment: Assessment | None = None
    try:
        if ctx.embedder.ready(EMBEDDER_SECONDS):
            assessment = rate_question(ctx, log, question)
    except Unavailable as error:
        logger.warning("steering without verdicts: %s", error.message)
    return Entry(event=AnswerAssessed(turn=turn, assessment=assessment, at=ctx.now()))


def rate_question(ctx: Context, log: Log, question: Question) -> Assessment:
    """The steering rater's checked verdicts on all answers to a question so far. Raises Unavailable."""
    said = log.transcript
    request = RatingRequest(question=question, transcript=said, language=log.rubric.language)
    rater = steering(ctx, question)
    reply = rater.rate(request)
    return accept(reply.assessment, question, said, rater.id, log.rubric.sha256)


def _already_said(ctx: Context, interview_id: int, command: SubmitAnswer) -> bool:
    turn: TranscriptTurn | None = _read(ctx, interview_id).transcript.turn(command.turn)
    return turn is not None and turn.status is TurnStatus.ANSWERED and turn.answer == command.text


def _other_form(session: Session, candidate_id: int, rubric_id: str) -> CoreForm:
    """Form A or B at random for a first interview; a retake gets the one not met before."""
    last = session.exec(
        select(Interview.form)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .where(Interview.candidate_id == candidate_id, RubricVersion.rubric_id == rubric_id)
        .order_by(col(Interview.id).desc())
        .limit(1)
    ).first()
    if last is None:
        return random.SystemRandom().choice(list(CoreForm))
    return CoreForm.B if last == CoreForm.A.value else CoreForm.A


def _drop_draft(session: Session, interview_id: int) -> None:
    if (draft := session.get(Draft, interview_id)) is not None:
        session.delete(draft)
