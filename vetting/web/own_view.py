"""What a candidate's own page shows: results, what is kept and how long, what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from vetting.db import candidate_queries, own_queries, queries
from vetting.db.consent_queries import PROPOSED
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.own_models import Accommodation
from vetting.db.own_queries import AppealLine, KeptCount, Told
from vetting.db.queries import InterviewLine
from vetting.domain.accommodation import FOR_PEOPLE, AccommodationKind
from vetting.domain.retention import Until, in_words
from vetting.domain.tongue import N_, _
from vetting.services.accounts import Role
from vetting.services.context import Context
from vetting.services.interviews import INVITE_DAYS
from vetting.services.retention import days_of
from vetting.web.candidate_view import Frame, frame_of
from vetting.web.deps import CandidateContext

ARRANGES = (Role.RECRUITER, Role.ADMIN)
"""Who learns what a candidate needs otherwise; those who only rate do not."""
KEPT_WORDS: dict[KeptCount, tuple[str, str, Until]] = {
    KeptCount.ANSWERS: (N_("Answers"), N_("what you wrote to each question"), Until.PERSON),
    KeptCount.NOTES: (
        N_("Notes and marks"),
        N_("what you added to an answer, or said against a question"),
        Until.PERSON,
    ),
    KeptCount.DRAFTS: (N_("Drafts"), N_("an answer you have not submitted"), Until.DRAFT),
    KeptCount.RATINGS: (N_("Ratings"), N_("what each rater found in each answer, and where"), Until.PERSON),
    KeptCount.SIGNALS: (N_("Pastes and absences"), N_("how much and when, never what"), Until.PERSON),
    KeptCount.PROFILE: (
        N_("Pieces of your profile"),
        N_("what was imported about you, with its vector"),
        Until.PERSON,
    ),
    KeptCount.SHORTLISTS: (
        N_("Shortlist entries"),
        N_("where you were proposed for a project, and why"),
        Until.PERSON,
    ),
    KeptCount.LINKS: (N_("Invitation links"), N_("as a fingerprint only; each works for {days} days"), Until.LINK),
}


@dataclass(frozen=True)
class Kept:
    """How many there are of one kind of record, what it is and how long it stays."""

    count: int
    name: str
    what: str
    until: str


@dataclass(frozen=True)
class OwnPage:
    """A person's own page, seen from the interview that this browser is signed in to."""

    frame: Frame
    interviews: tuple[InterviewLine, ...]
    kept: tuple[Kept, ...]
    profile_consent: bool | None
    """None before anything was agreed to."""
    asked: dict[AccommodationKind, Accommodation]
    appeals: tuple[AppealLine, ...]
    email: str | None
    decided: dict[str, Told]
    """What a person decided, by interview."""

    @property
    def person_asked(self) -> Accommodation | None:
        """The request for a person instead of the program."""
        return self.asked.get(AccommodationKind.PERSON)

    @property
    def contact(self) -> str:
        """Who is to be written to."""
        return self.frame.invited_by or self.frame.house


@dataclass(frozen=True)
class ContestPage:
    """What can be contested in a result."""

    frame: Frame
    topics: tuple[tuple[str, str], ...]
    """(competency, its name), in the order of the rubric."""


def own_page(who: CandidateContext) -> OwnPage:
    """Everything on the person's own page."""
    ctx, interview_id = who
    with reading(ctx.engine) as session:
        person = own_queries.candidate_of(session, ctx.org, interview_id)
        assert person.id is not None
        counts = own_queries.kept(session, person.id)
        return OwnPage(
            frame=_frame(session, ctx, interview_id),
            interviews=tuple(queries.interviews_of(session, ctx.org, person.id)),
            kept=tuple(_kept(ctx, k, counts[k]) for k in KEPT_WORDS if counts[k]),
            profile_consent=candidate_queries.consents(session, ctx.org, interview_id).get(PROPOSED),
            asked=own_queries.accommodations(session, ctx.org, interview_id),
            appeals=tuple(own_queries.appeals(session, ctx.org, person.id)),
            email=person.email,
            decided=own_queries.decided(session, ctx.org, person.id),
        )


def contest_page(who: CandidateContext) -> ContestPage:
    """The form of an appeal."""
    ctx, interview_id = who
    with reading(ctx.engine) as session:
        rubric = load(session, ctx.org, interview_id).rubric
        topics = tuple((c.id, c.name) for c in rubric.competencies)
        return ContestPage(_frame(session, ctx, interview_id), topics)


@dataclass(frozen=True)
class Voices:
    """What candidates ask of people, as staff see it; `wishes` stay hidden from who may rate."""

    appeals: tuple[AppealLine, ...]
    wishes: tuple[own_queries.Wish, ...]


def voices(session: Session, org: int, *, arranges: bool, candidate_id: int | None = None) -> Voices:
    """Appeals, and for who arranges interviews also requests; of one person, or the newest of all."""
    wishes = own_queries.wishes(session, org, FOR_PEOPLE, candidate_id) if arranges else []
    return Voices(tuple(own_queries.appeals(session, org, candidate_id)), tuple(wishes))


def _kept(ctx: Context, kind: KeptCount, count: int) -> Kept:
    name, what, until = KEPT_WORDS[kind]
    return Kept(count, _(name), _(what).format(days=INVITE_DAYS), in_words(until, days_of(ctx.settings, until)))


def _frame(session: Session, ctx: Context, interview_id: int) -> Frame:
    log = load(session, ctx.org, interview_id)
    return frame_of(log, candidate_queries.parties(session, ctx.org, log.row.candidate_id))
