"""Near-copies between people of one organisation, and one person under two accounts: kept as questions to a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session, col, delete, or_, select

from vetting.db.engine import reading, writing
from vetting.db.integrity_models import Likeness
from vetting.db.log import Log, load
from vetting.db.models import Candidate, Interview, InterviewEvent, InterviewText, ProfileItem, RubricVersion
from vetting.domain.interview_events import Phase
from vetting.domain.likeness import SAME_PROFILE, LikenessKind, alike_items, normalised_email
from vetting.domain.near_copies import NEAR_COPY, runs, shared, shown_text
from vetting.domain.transcript import PromptKind
from vetting.domain.work_sample import typed
from vetting.services.context import Context

NEWEST = 2_000
"""So many of the newest finished interviews of the same rubric, and of the newest profiles, are compared with."""
ASKED, ANSWERED = "question_asked", "answer_submitted"


@dataclass(frozen=True)
class Alike:
    """Somebody who looks alike in something, as a person is asked about it."""

    kind: LikenessKind
    other_name: str
    other_public_id: str
    share: float
    question: str
    turn: int | None
    other_interview: str | None
    other_turn: int | None


class _Said(NamedTuple):
    """An answer to a lead question."""

    candidate: int
    interview: int
    question: str
    turn: int
    text: str


def compare_people(ctx: Context, interview_id: int) -> int:
    """Compare the candidate of a finished interview with everybody else of the organisation; returns how many pairs.

    What was found about this interview and this person before is found anew, so repeating it changes nothing.
    """
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        if log.state.phase is not Phase.COMPLETED:
            return 0
        found = [*_copies(session, ctx, log), *_accounts(session, ctx, log.row.candidate_id)]
    with writing(ctx.engine) as session:
        _forget(session, ctx.org, log)
        session.add_all(found)
    return len(found)


def alike(session: Session, org: int, candidate_id: int, interview_id: int | None = None) -> tuple[Alike, ...]:
    """Those who look like this person, the surest first; `interview_id` limits copies to that interview's answers."""
    rows = session.exec(
        select(Likeness)
        .where(Likeness.organisation_id == org)
        .where(or_(Likeness.first_id == candidate_id, Likeness.second_id == candidate_id))
        .order_by(col(Likeness.kind), col(Likeness.id))
    ).all()
    if not rows:
        return ()
    others = {row.second_id if row.first_id == candidate_id else row.first_id for row in rows}
    query = select(Candidate).where(Candidate.organisation_id == org, col(Candidate.id).in_(others))
    people = {c.id: c for c in session.exec(query)}
    interviews = _public_ids(session, org, rows)
    shown = [_shown(row, candidate_id, people, interviews) for row in rows if _of(row, candidate_id, interview_id)]
    return tuple(sorted((a for a in shown if a), key=lambda a: -a.share))


def _copies(session: Session, ctx: Context, log: Log) -> Iterable[Likeness]:
    """Answers of others to the same questions that are nearly these."""
    mine = [s for s in _answers(session, ctx.org, [log.id]) if s.text]
    others = _others(session, ctx.org, log)
    theirs: dict[str, list[_Said]] = {}
    for said in _answers(session, ctx.org, others):
        theirs.setdefault(said.question, []).append(said)
    for one in mine:
        asked = shown_text(log.rubric.question(one.question))
        own = runs(one.text, asked)
        for other in theirs.get(one.question, ()):
            share = shared(own, runs(other.text, asked))
            if share >= NEAR_COPY:
                yield _copy(ctx, one, other, share)


def _copy(ctx: Context, one: _Said, other: _Said, share: float) -> Likeness:
    first, second = sorted((one, other), key=lambda s: s.candidate)
    return Likeness(
        organisation_id=ctx.org,
        first_id=first.candidate,
        second_id=second.candidate,
        kind=LikenessKind.ANSWER.value,
        place=f"{first.interview}:{first.turn}-{second.interview}:{second.turn}",
        detail={
            "share": round(share, 2),
            "question": one.question,
            "interviews": [first.interview, second.interview],
            "turns": [first.turn, second.turn],
        },
        at=ctx.now(),
    )


def _others(session: Session, org: int, log: Log) -> list[int]:
    """Finished interviews of other people over the same rubric, the newest first."""
    found = session.exec(
        select(Interview.id)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .where(Interview.organisation_id == org, RubricVersion.rubric_id == log.rubric.id)
        .where(Interview.candidate_id != log.row.candidate_id, Interview.phase == Phase.COMPLETED.value)
        .order_by(col(Interview.id).desc())
        .limit(NEWEST)
    ).all()
    return [i for i in found if i is not None]


def _answers(session: Session, org: int, interviews: list[int]) -> list[_Said]:
    """What was answered to lead questions, without the brackets of a work sample."""
    rows = session.exec(
        select(InterviewEvent, InterviewText.text, Interview.candidate_id)
        .join(Interview, col(Interview.id) == InterviewEvent.interview_id)
        .join(InterviewText, col(InterviewText.event_id) == InterviewEvent.id, isouter=True)
        .where(InterviewEvent.organisation_id == org, col(InterviewEvent.interview_id).in_(interviews))
        .where(col(InterviewEvent.type).in_((ASKED, ANSWERED)))
        .order_by(col(InterviewEvent.interview_id), col(InterviewEvent.seq))
    ).all()
    leads: dict[tuple[int, int], str] = {}
    said = []
    for event, text, candidate in rows:
        place = (event.interview_id, event.payload["turn"])
        if event.type == ASKED:
            if event.payload["kind"] == PromptKind.LEAD.value:
                leads[place] = event.payload["question_id"]
        elif place in leads:
            said.append(_Said(candidate, place[0], leads[place], place[1], typed(text or "")))
    return said


def _accounts(session: Session, ctx: Context, candidate_id: int) -> Iterable[Likeness]:
    """People with the same mailbox, or with nearly the same items in their profile."""
    person = session.get(Candidate, candidate_id)
    if person is None:
        return
    profiles = _profiles(session, ctx.org, candidate_id)
    mail = normalised_email(person.email)
    own = profiles.get(candidate_id, [])
    for other_id, address in session.exec(
        select(Candidate.id, Candidate.email).where(Candidate.organisation_id == ctx.org, Candidate.id != candidate_id)
    ):
        assert other_id is not None
        if mail and normalised_email(address) == mail:
            yield _account(ctx, candidate_id, other_id, LikenessKind.EMAIL, 1.0)
        share = alike_items(own, profiles.get(other_id, []))
        if share >= SAME_PROFILE:
            yield _account(ctx, candidate_id, other_id, LikenessKind.PROFILE, share)


def _account(ctx: Context, one: int, other: int, kind: LikenessKind, share: float) -> Likeness:
    first, second = sorted((one, other))
    detail = {"share": round(share, 2)}
    return Likeness(
        organisation_id=ctx.org,
        first_id=first,
        second_id=second,
        kind=kind.value,
        place="",
        detail=detail,
        at=ctx.now(),
    )


def _profiles(session: Session, org: int, candidate_id: int) -> dict[int, list[str]]:
    newest = select(Candidate.id).where(Candidate.organisation_id == org).order_by(col(Candidate.id).desc())
    wanted = [*session.exec(newest.limit(NEWEST)), candidate_id]
    rows = session.exec(
        select(ProfileItem.candidate_id, ProfileItem.text)
        .where(ProfileItem.organisation_id == org, col(ProfileItem.candidate_id).in_(wanted))
        .order_by(col(ProfileItem.candidate_id), col(ProfileItem.position))
    )
    found: dict[int, list[str]] = {}
    for candidate, text in rows:
        found.setdefault(candidate, []).append(text)
    return found


def _forget(session: Session, org: int, log: Log) -> None:
    """Drop what stands about this interview's answers and this person's account; copies in other interviews stay."""
    person = log.row.candidate_id
    for row in session.exec(
        select(Likeness)
        .where(Likeness.organisation_id == org)
        .where(or_(Likeness.first_id == person, Likeness.second_id == person))
    ).all():
        if row.kind != LikenessKind.ANSWER.value or log.id in row.detail["interviews"]:
            session.exec(delete(Likeness).where(col(Likeness.id) == row.id))


def _of(row: Likeness, candidate_id: int, interview_id: int | None) -> bool:
    if interview_id is None or row.kind != LikenessKind.ANSWER.value:
        return True
    own = row.detail["interviews"][0 if row.first_id == candidate_id else 1]
    return bool(own == interview_id)


def _public_ids(session: Session, org: int, rows: Iterable[Likeness]) -> Mapping[int, str]:
    ids = {i for row in rows for i in row.detail.get("interviews", ())}
    found = session.exec(
        select(Interview.id, Interview.public_id).where(Interview.organisation_id == org, col(Interview.id).in_(ids))
    )
    return {key: public for key, public in found if key is not None}


def _shown(
    row: Likeness, candidate_id: int, people: Mapping[int | None, Candidate], interviews: Mapping[int, str]
) -> Alike | None:
    at = 0 if row.first_id == candidate_id else 1
    other = people.get(row.second_id if at == 0 else row.first_id)
    if other is None:
        return None
    turns = row.detail.get("turns", (None, None))
    pair = row.detail.get("interviews")
    return Alike(
        kind=LikenessKind(row.kind),
        other_name=other.name,
        other_public_id=other.public_id,
        share=row.detail["share"],
        question=row.detail.get("question", ""),
        turn=turns[at],
        other_interview=interviews.get(pair[1 - at]) if pair else None,
        other_turn=turns[1 - at],
    )
