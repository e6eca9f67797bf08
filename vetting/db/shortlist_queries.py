"""Named reads of what happens to entries: each is scoped by organisation (or by the hash of a link) and constant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col

from vetting.db.consent_queries import released
from vetting.db.matching_queries import chunks
from vetting.db.models import Candidate, Interview, ProfileItem, RubricVersion, ScorecardRow
from vetting.db.project_models import Shortlist, ShortlistEntry
from vetting.db.queries import columns
from vetting.db.shortlist_models import ClientLink, EntryStep, Inquiry, Offer, Outcome, Preference
from vetting.domain.interview_events import Phase
from vetting.domain.shortlist import State
from vetting.errors import NotFound

UNFINISHED = (Phase.CREATED.value, Phase.OPEN.value, Phase.PAUSED.value)
LIVE = (State.INVITED.value, State.ACCEPTED.value, State.ASSIGNED.value)


class StepLine(NamedTuple):
    """A step of a project's entry, as the project's page counts it."""

    candidate_id: int
    entry_id: int
    step: str
    state: str
    at: datetime


class OutcomeLine(NamedTuple):
    """A rated piece of work with what was said of the expert before: the fit, and the level of the newest scorecard."""

    candidate_id: int
    fit: float
    level: float | None
    rating: float


class InquiryLine(NamedTuple):
    """Something asked of an expert for a project; where it is an interview, its phase, id and end."""

    inquiry: Inquiry
    phase: str | None
    interview: str | None
    completed_at: datetime | None


def entry_to_change(session: Session, org: int, public_id: str) -> ShortlistEntry:
    """The entry of that id in a URL, held until the transaction ends. Raises NotFound."""
    entry = ShortlistEntry
    query = columns(entry).where(col(entry.organisation_id) == org, col(entry.public_id) == public_id)
    # as it is once the lock is held, whatever was read of it before
    held = query.with_for_update().execution_options(populate_existing=True)
    found: ShortlistEntry | None = session.scalar(held)
    if found is None:
        raise NotFound
    return found


def live_elsewhere(session: Session, org: int, entry: ShortlistEntry) -> ShortlistEntry | None:
    """Another entry of the same person for the same project that was invited, accepted or assigned."""
    own = columns(Shortlist.project_id).where(col(Shortlist.id) == entry.shortlist_id).scalar_subquery()
    query = (
        columns(ShortlistEntry)
        .join(Shortlist, col(Shortlist.id) == ShortlistEntry.shortlist_id)
        .where(col(ShortlistEntry.organisation_id) == org, col(ShortlistEntry.candidate_id) == entry.candidate_id)
        .where(col(Shortlist.project_id) == own, col(ShortlistEntry.id) != entry.id)
        .where(col(ShortlistEntry.state).in_(LIVE))
        .limit(1)
    )
    found: ShortlistEntry | None = session.scalar(query)
    return found


def open_offers(session: Session, org: int, entry_id: int) -> list[Offer]:
    """The offers of an entry that were not closed."""
    query = columns(Offer).where(col(Offer.organisation_id) == org, col(Offer.entry_id) == entry_id)
    return list(session.scalars(query.where(col(Offer.closed_at).is_(None))))


def offer_of_token(session: Session, token_sha256: str) -> Offer | None:
    """The offer whose link has this hash, of whatever organisation."""
    found: Offer | None = session.scalar(columns(Offer).where(col(Offer.token_sha256) == token_sha256))
    return found


def offers_of(session: Session, org: int, entry_ids: Iterable[int]) -> dict[int, Offer]:
    """The newest offer of each entry."""
    query = columns(Offer).where(col(Offer.organisation_id) == org, col(Offer.entry_id).in_(list(entry_ids)))
    return {row.entry_id: row for row in session.scalars(query.order_by(col(Offer.id)))}


def steps_of_entries(session: Session, org: int, entry_ids: Iterable[int]) -> dict[int, list[EntryStep]]:
    """The steps of each entry, oldest first."""
    found: dict[int, list[EntryStep]] = defaultdict(list)
    query = columns(EntryStep).where(
        col(EntryStep.organisation_id) == org, col(EntryStep.entry_id).in_(list(entry_ids))
    )
    for row in session.scalars(query.order_by(col(EntryStep.id))):
        found[row.entry_id].append(row)
    return dict(found)


def steps_of_project(session: Session, org: int, project_id: int) -> list[StepLine]:
    """Every step taken for a project, oldest first."""
    step = EntryStep
    query = columns(step.candidate_id, step.entry_id, step.step, step.state, step.at)
    query = query.where(col(step.organisation_id) == org, col(step.project_id) == project_id).order_by(col(step.id))
    return [StepLine._make(row) for row in session.connection().execute(query)]


def lapsed_offers(session: Session, org: int, project_id: int, now: datetime) -> int:
    """How many of a project's offers ran out without an answer and were not taken back."""
    query = (
        columns(func.count())
        .select_from(Offer)
        .join(ShortlistEntry, col(ShortlistEntry.id) == Offer.entry_id)
        .join(Shortlist, col(Shortlist.id) == ShortlistEntry.shortlist_id)
        .where(col(Offer.organisation_id) == org, col(Shortlist.project_id) == project_id)
        .where(col(Offer.answered_at).is_(None), col(Offer.closed_at).is_(None), col(Offer.expires_at) < now)
    )
    return session.connection().execute(query).scalar() or 0


def outcome_of(session: Session, org: int, entry_id: int, by: str) -> Outcome | None:
    """What one person said of the work of an entry."""
    query = columns(Outcome).where(col(Outcome.organisation_id) == org, col(Outcome.entry_id) == entry_id)
    found: Outcome | None = session.scalar(query.where(col(Outcome.by) == by))
    return found


def outcomes_of(session: Session, org: int, entry_ids: Iterable[int]) -> dict[int, list[Outcome]]:
    """The ratings of each entry's work."""
    found: dict[int, list[Outcome]] = defaultdict(list)
    query = columns(Outcome).where(col(Outcome.organisation_id) == org, col(Outcome.entry_id).in_(list(entry_ids)))
    for row in session.scalars(query.order_by(col(Outcome.id))):
        found[row.entry_id].append(row)
    return dict(found)


def rated_work(session: Session, org: int) -> list[OutcomeLine]:
    """Every entry whose work was rated: the mean rating beside the fit and the level of the newest scorecard."""
    query = (
        columns(ShortlistEntry.id, ShortlistEntry.candidate_id, ShortlistEntry.fit, func.avg(col(Outcome.rating)))
        .join(Outcome, col(Outcome.entry_id) == ShortlistEntry.id)
        .where(col(ShortlistEntry.organisation_id) == org)
        .group_by(col(ShortlistEntry.id), col(ShortlistEntry.candidate_id), col(ShortlistEntry.fit))
        .order_by(col(ShortlistEntry.id))
    )
    rows = session.connection().execute(query).all()
    levels = newest_levels(session, org, [row[1] for row in rows])
    return [OutcomeLine(row[1], row[2], levels.get(row[1]), float(row[3])) for row in rows]


def newest_levels(session: Session, org: int, candidate_ids: Iterable[int]) -> dict[int, float]:
    """The composite level of each person's newest scorecard that has one."""
    found: dict[int, float] = {}
    query = (
        columns(ScorecardRow.candidate_id, ScorecardRow.level)
        .join(Interview, col(Interview.id) == ScorecardRow.interview_id)
        .where(col(ScorecardRow.organisation_id) == org, col(ScorecardRow.level).is_not(None))
        .order_by(col(Interview.completed_at), col(Interview.id))
    )
    for part in chunks(sorted(set(candidate_ids))):
        rows = session.connection().execute(query.where(col(ScorecardRow.candidate_id).in_(part)))
        found |= {row[0]: row[1] for row in rows}
    return found


def scorecards_of(session: Session, org: int, candidate_id: int, project: int) -> list[dict[str, Any]]:
    """Of each rubric the document of the person's newest scorecard that counts for the project."""
    query = (
        columns(ScorecardRow.rubric_id, col(ScorecardRow.document))
        .join(Interview, col(Interview.id) == ScorecardRow.interview_id)
        .where(col(ScorecardRow.organisation_id) == org, col(ScorecardRow.candidate_id) == candidate_id)
        .where(released(project))
        .order_by(col(Interview.completed_at), col(Interview.id))
    )
    newest: dict[str, dict[str, Any]] = {row[0]: row[1] for row in session.connection().execute(query)}
    return list(newest.values())


def client_links(session: Session, org: int, shortlist_id: int) -> list[ClientLink]:
    """The links to a shortlist that were made for clients, newest first."""
    query = columns(ClientLink).where(
        col(ClientLink.organisation_id) == org, col(ClientLink.shortlist_id) == shortlist_id
    )
    return list(session.scalars(query.order_by(col(ClientLink.id).desc())))


def client_link_of_token(session: Session, token_sha256: str) -> ClientLink | None:
    """The client link with this hash, of whatever organisation."""
    found: ClientLink | None = session.scalar(columns(ClientLink).where(col(ClientLink.token_sha256) == token_sha256))
    return found


def inquiries(session: Session, org: int, project_id: int) -> list[InquiryLine]:
    """What was asked of experts for a project, oldest first."""
    rows = session.exec(
        columns(Inquiry, Interview.phase, Interview.public_id, Interview.completed_at)
        .outerjoin(Interview, col(Interview.id) == Inquiry.interview_id)
        .where(col(Inquiry.organisation_id) == org, col(Inquiry.project_id) == project_id)
        .order_by(col(Inquiry.id))
    )
    return [InquiryLine(*row) for row in rows]


def inquiry_of_token(session: Session, token_sha256: str) -> Inquiry | None:
    """The questions whose link has this hash, of whatever organisation."""
    found: Inquiry | None = session.scalar(columns(Inquiry).where(col(Inquiry.token_sha256) == token_sha256))
    return found


def open_facts(session: Session, org: int, project_id: int, candidate_id: int, now: datetime) -> Inquiry | None:
    """The facts that a person was asked for a project and has not stated yet."""
    query = columns(Inquiry).where(
        col(Inquiry.organisation_id) == org,
        col(Inquiry.project_id) == project_id,
        col(Inquiry.candidate_id) == candidate_id,
        col(Inquiry.interview_id).is_(None),
        col(Inquiry.answered_at).is_(None),
        col(Inquiry.expires_at) > now,
    )
    found: Inquiry | None = session.scalar(query.order_by(col(Inquiry.id).desc()).limit(1))
    return found


def inquiry_of_interview(session: Session, org: int, project_id: int, interview_id: int) -> Inquiry | None:
    """What made an interview stand with a project."""
    query = columns(Inquiry).where(col(Inquiry.organisation_id) == org, col(Inquiry.project_id) == project_id)
    found: Inquiry | None = session.scalar(query.where(col(Inquiry.interview_id) == interview_id).limit(1))
    return found


def unfinished_interview(session: Session, org: int, candidate_id: int, rubric_id: str) -> Interview | None:
    """The person's newest interview of a rubric that is not over."""
    query = (
        columns(Interview)
        .join(RubricVersion, col(RubricVersion.id) == Interview.rubric_version_id)
        .where(col(Interview.organisation_id) == org, col(Interview.candidate_id) == candidate_id)
        .where(col(RubricVersion.rubric_id) == rubric_id, col(Interview.phase).in_(UNFINISHED))
        .order_by(col(Interview.id).desc())
        .limit(1)
    )
    found: Interview | None = session.scalar(query)
    return found


def preference_of(session: Session, org: int, project_id: int, candidate_id: int) -> Preference | None:
    """A project's mark on one person."""
    query = columns(Preference).where(col(Preference.organisation_id) == org, col(Preference.project_id) == project_id)
    found: Preference | None = session.scalar(query.where(col(Preference.candidate_id) == candidate_id))
    return found


def states_of_project(session: Session, org: int, project_id: int) -> dict[str, str]:
    """Imported id -> state after the newest step for the project."""
    query = (
        columns(Candidate.imported_id, EntryStep.state)
        .join(Candidate, col(Candidate.id) == EntryStep.candidate_id)
        .where(col(EntryStep.organisation_id) == org, col(EntryStep.project_id) == project_id)
        .order_by(col(EntryStep.id))
    )
    return {row[0]: row[1] for row in session.connection().execute(query)}


def vectors_of(session: Session, org: int, experts: Sequence[str], embedder: str) -> dict[str, list[bytes]]:
    """Imported id -> the vectors of this embedder of everything the person wrote."""
    found: dict[str, list[bytes]] = defaultdict(list)
    query = (
        columns(Candidate.imported_id, ProfileItem.vector)
        .join(Candidate, col(Candidate.id) == ProfileItem.candidate_id)
        .where(col(ProfileItem.organisation_id) == org, col(Candidate.imported_id).in_(experts))
        .where(col(ProfileItem.embedder) == embedder, col(ProfileItem.vector).is_not(None))
        .order_by(col(ProfileItem.id))
    )
    for expert, vector in session.connection().execute(query):
        found[expert].append(vector)
    return dict(found)


def preferences(session: Session, org: int, project_id: int) -> list[tuple[Preference, Candidate]]:
    """Whom a project wants more, or fewer, like; with the person, oldest first."""
    rows = session.exec(
        columns(Preference, Candidate)
        .join(Candidate, col(Candidate.id) == Preference.candidate_id)
        .where(col(Preference.organisation_id) == org, col(Preference.project_id) == project_id)
        .order_by(col(Preference.id))
    )
    return [(row[0], row[1]) for row in rows]
