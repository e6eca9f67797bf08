"""Results that candidates contest. An appeal goes to a person; it changes no rating by itself."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, func, select

from vetting.db.engine import writing
from vetting.db.log import load
from vetting.db.models import Interview, ScorecardRow
from vetting.db.own_models import Appeal
from vetting.db.queries import owned
from vetting.domain.letter import LetterKind
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict
from vetting.services import audit, outbox
from vetting.services.context import Context

LONGEST_REASON = 4000
MOST = 10
"""Appeals against one result."""


def contest(ctx: Context, interview_id: int, reason: str, competency_id: str | None = None) -> str:
    """Store an appeal against a result, or against one competency of it; returns its public id.

    Raises BadInput for a reason that is missing or too long and for an unknown competency, Conflict without a result.
    """
    words = reason.strip()
    if not words:
        raise BadInput(_("Please say what is wrong with the result; a sentence is enough."))
    if len(words) > LONGEST_REASON:
        raise BadInput(
            _("An appeal can have at most {longest_reason:,} characters; this has {count:,}.").format(
                longest_reason=LONGEST_REASON, count=len(words)
            )
        )
    with writing(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        names = {c.id: c.name for c in log.rubric.competencies}
        if competency_id is not None and competency_id not in names:
            raise BadInput(_("This topic is not part of the result; choose one from the list."))
        _require_contestable(session, interview_id)
        row = Appeal(
            organisation_id=ctx.org,
            interview_id=interview_id,
            competency_id=competency_id,
            about=names.get(competency_id or "", ""),
            reason=words,
            at=ctx.now(),
        )
        session.add(row)
        return row.public_id


def answer(ctx: Context, public_id: str, words: str, *, by: str) -> str:
    """Answer an appeal for its candidate to read, and write to them; returns the public id of the interview.

    Raises NotFound, BadInput for words that are missing or too long, Conflict where it was answered already.
    """
    said = words.strip()
    if not said or len(said) > LONGEST_REASON:
        raise BadInput(
            _("An answer has 1 to {longest_reason:,} characters: the candidate reads it on their page.").format(
                longest_reason=LONGEST_REASON
            )
        )
    with writing(ctx.engine) as session:
        row = owned(session, Appeal, ctx.org, public_id)
        if row.answer:
            raise Conflict(_("This appeal was answered already; the candidate may have read it."))
        row.answer, row.answered_by, row.answered_at = said, by, ctx.now()
        session.add(row)
        interview = session.get_one(Interview, row.interview_id)
        subject = f"interview:{interview.public_id}"
        audit.record(ctx, session, "appeal.answer", subject, by=by, answer=audit.fingerprint(ctx, said))
        _tell(ctx, session, interview, row, f"appeal:{row.public_id}")
        return interview.public_id


def decided(ctx: Context, session: Session, interview: Interview, rows: Iterable[Appeal]) -> None:
    """A decision about the interview answers these appeals without words: its candidate is written to once for each.

    One that was answered in words has its letter; words that follow a decision get one of their own.
    """
    for row in rows:
        if row.answer is None:
            _tell(ctx, session, interview, row, f"appeal:{row.public_id}:decided")


def _tell(ctx: Context, session: Session, interview: Interview, row: Appeal, key: str) -> None:
    to = outbox.To(interview.candidate_id, interview.id)
    outbox.post(ctx, session, LetterKind.APPEAL_ANSWERED, key, to, about=row.public_id)


def _require_contestable(session: Session, interview_id: int) -> None:
    rated = session.exec(select(ScorecardRow.id).where(ScorecardRow.interview_id == interview_id)).first()
    if rated is None:
        raise Conflict(_("There is no result yet that could be contested."))
    count = select(func.count(col(Appeal.id))).where(Appeal.interview_id == interview_id)
    if session.exec(count).one() >= MOST:
        raise Conflict(
            _("There are already {most} appeals against this result; a person will read them all.").format(most=MOST)
        )
