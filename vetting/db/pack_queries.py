"""Named reads of packs written here, scoped by organisation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from vetting.db.models import RubricVersion
from vetting.db.pack_models import PackDraft, PackPublication, PackStep
from vetting.db.queries import columns, owned


class DraftLine(NamedTuple):
    """A draft as lists show it."""

    public_id: str
    rubric_id: str
    title: str
    origin: str
    writing: bool
    saved_at: datetime


class Published(NamedTuple):
    """A version that is offered for interviews."""

    version_key: int
    sha256: str
    publication: PackPublication


def draft(session: Session, org: int, public_id: str) -> PackDraft:
    """The draft of that id in a URL. Raises NotFound."""
    return owned(session, PackDraft, org, public_id)


def draft_of(session: Session, org: int, rubric_id: str) -> PackDraft | None:
    """The draft of a pack, of which there is at most one."""
    return session.exec(
        select(PackDraft).where(PackDraft.organisation_id == org, PackDraft.rubric_id == rubric_id)
    ).first()


def drafts(session: Session, org: int) -> list[DraftLine]:
    """All drafts, the last changed first."""
    rows = session.connection().execute(
        columns(
            PackDraft.public_id,
            PackDraft.rubric_id,
            col(PackStep.document)["title"].as_string(),
            PackDraft.origin,
            PackDraft.writing,
            PackDraft.saved_at,
        )
        .join(PackStep, (col(PackStep.draft_id) == PackDraft.id) & (col(PackStep.number) == PackDraft.position))
        .where(col(PackDraft.organisation_id) == org)
        .order_by(col(PackDraft.saved_at).desc(), col(PackDraft.id).desc())
    )
    return [DraftLine._make(row) for row in rows]


def draft_ids(session: Session, org: int) -> set[str]:
    """The ids of packs that are being written."""
    return set(session.exec(select(PackDraft.rubric_id).where(PackDraft.organisation_id == org)))


def steps(session: Session, draft: PackDraft) -> list[PackStep]:
    """Every step of a draft that can be gone to, in order."""
    mine = (PackStep.organisation_id == draft.organisation_id, PackStep.draft_id == draft.id)
    return list(session.exec(select(PackStep).where(*mine).order_by(col(PackStep.number))))


def step(session: Session, draft: PackDraft, number: int) -> PackStep | None:
    """One step of a draft."""
    mine = (PackStep.organisation_id == draft.organisation_id, PackStep.draft_id == draft.id)
    return session.exec(select(PackStep).where(*mine, PackStep.number == number)).first()


def numbers(session: Session, draft: PackDraft) -> list[int]:
    """The numbers of its steps, in order; gaps are steps that aged out or were overwritten."""
    mine = (PackStep.organisation_id == draft.organisation_id, PackStep.draft_id == draft.id)
    return list(session.exec(select(PackStep.number).where(*mine).order_by(col(PackStep.number))))


def published(session: Session, org: int) -> dict[str, Published]:
    """The version offered of each pack: the newest published one that was not retired."""
    rows = session.exec(
        select(PackPublication, RubricVersion.sha256)
        .join(RubricVersion, col(RubricVersion.id) == PackPublication.rubric_version_id)
        .where(PackPublication.organisation_id == org)
        .order_by(col(PackPublication.id))
    )
    found: dict[str, Published] = {}
    for row, sha in rows:
        found[row.rubric_id] = Published(row.rubric_version_id, sha, row)
    return {name: one for name, one in found.items() if one.publication.retired_at is None}


def publications(session: Session, org: int, rubric_id: str) -> list[PackPublication]:
    """Every publication of a pack, the newest first."""
    mine = (PackPublication.organisation_id == org, PackPublication.rubric_id == rubric_id)
    return list(session.exec(select(PackPublication).where(*mine).order_by(col(PackPublication.id).desc())))


def used_versions(session: Session, org: int, rubric_id: str) -> list[str]:
    """The version numbers of every stored copy of a pack."""
    mine = (RubricVersion.organisation_id == org, RubricVersion.rubric_id == rubric_id)
    return list(session.exec(select(RubricVersion.version).where(*mine).order_by(col(RubricVersion.id).desc())))
