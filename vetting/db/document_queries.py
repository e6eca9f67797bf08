"""Named reads of documents and of what staff said about facts: each is scoped by organisation, each is one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col

from vetting.db.document_models import DocumentRow, FactEntry
from vetting.db.matching_queries import chunks
from vetting.db.queries import columns

CORRECTED, CHECKED = "corrected", "checked"


def documents_of(session: Session, org: int, candidate_id: int) -> list[DocumentRow]:
    """The documents of a person, newest first."""
    query = columns(DocumentRow).where(
        col(DocumentRow.organisation_id) == org, col(DocumentRow.candidate_id) == candidate_id
    )
    return list(session.scalars(query.order_by(col(DocumentRow.at).desc(), col(DocumentRow.id).desc())))


def entries_of(session: Session, org: int, candidate_id: int) -> list[FactEntry]:
    """What was said about the facts of a person, oldest first."""
    query = columns(FactEntry).where(col(FactEntry.organisation_id) == org, col(FactEntry.candidate_id) == candidate_id)
    return list(session.scalars(query.order_by(col(FactEntry.id))))


def made_of(session: Session, org: int, candidate_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Of these people what their newest document made of them, by candidate id."""
    found: dict[int, dict[str, Any]] = {}
    for part in chunks(candidate_ids):
        query = columns(DocumentRow.candidate_id, col(DocumentRow.made)).where(
            col(DocumentRow.organisation_id) == org, col(DocumentRow.candidate_id).in_(part)
        )
        rows = session.connection().execute(query.order_by(col(DocumentRow.at), col(DocumentRow.id)))
        found |= {row[0]: row[1] for row in rows}
    return found


def corrections_of(session: Session, org: int, candidate_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Of these people the newest correction of each fact: candidate id -> fact -> value, None where taken out."""
    found: dict[int, dict[str, Any]] = {}
    for part in chunks(candidate_ids):
        query = columns(FactEntry.candidate_id, FactEntry.fact, col(FactEntry.value)).where(
            col(FactEntry.organisation_id) == org,
            col(FactEntry.candidate_id).in_(part),
            col(FactEntry.kind) == CORRECTED,
        )
        for candidate_id, fact, value in session.connection().execute(query.order_by(col(FactEntry.id))):
            found.setdefault(candidate_id, {})[fact] = value.get("is")
    return found


def checks(session: Session, org: int, candidate_ids: Sequence[int] | None = None) -> list[tuple[int, dict[str, Any]]]:
    """(candidate id, check) of the whole organisation, or of these people; oldest first for each of them."""
    query = columns(FactEntry.candidate_id, col(FactEntry.value)).where(
        col(FactEntry.organisation_id) == org, col(FactEntry.kind) == CHECKED
    )
    query = query.order_by(col(FactEntry.id))
    whose = col(FactEntry.candidate_id)
    parts = [query] if candidate_ids is None else [query.where(whose.in_(part)) for part in chunks(candidate_ids)]
    return [(row[0], row[1]) for part in parts for row in session.connection().execute(part)]
