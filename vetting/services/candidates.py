"""People: import from files, and one by one. An expert is a candidate with a profile."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from vetting.db.engine import writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate, ProfileItem, new_public_id
from vetting.db.queries import columns
from vetting.domain.faults import first_fault
from vetting.domain.profile import Piece, Profile, pieces
from vetting.errors import BadInput, Conflict
from vetting.services.context import Context
from vetting.services.import_files import ImportReport, open_all, read_experts

BATCH = 500
"""Experts per transaction."""

Progress = Callable[[str, int, int], None]
_FIELDS = ("name", "email", "headline", "summary", "facts", "conflicts")


@dataclass(frozen=True)
class _Held:
    """An expert as the database has it, without vectors."""

    id: int
    values: dict[str, Any]
    digests: tuple[str, ...]


def import_experts(ctx: Context, files: Sequence[Path], progress: Progress | None = None) -> ImportReport:
    """Import experts from jsonl, csv and JSON Resume files; the same id again updates, unchanged ones stay untouched.

    Records with a fault are named and skipped. Items get their vectors from `profiles.embed_pending`. Raises BadInput
    where a whole file cannot be used; then nothing of any file was imported.
    """
    report, waiting = ImportReport("experts"), open_all(files, Profile, read_experts)
    for batch in batched(waiting.values(), BATCH):
        _import_batch(ctx, batch, report)
        if progress:
            progress("experts", waiting.done, max(waiting.total, waiting.done))
    report.faults += waiting.faults
    return report


def import_profiles(ctx: Context, profiles: Sequence[Profile]) -> ImportReport:
    """Import experts with different ids; the same id again updates, an unchanged one stays untouched."""
    report = ImportReport("experts")
    for batch in batched(profiles, BATCH):
        _import_batch(ctx, batch, report)
    return report


def batched(values: Iterable[Profile], size: int) -> Iterator[list[Profile]]:
    """Lists of at most `size` values, in order."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def create_candidate(
    ctx: Context, *, name: str, email: str | None = None, imported_id: str | None = None, headline: str = ""
) -> int:
    """A new person; the id that files and JSON show is `imported_id`, else the e-mail, else one made here.

    Raises BadInput naming the field, Conflict where the id is taken.
    """
    key = imported_id or (email or "").strip().lower() or f"c-{secrets.token_hex(6)}"
    try:
        profile = Profile(id=key, name=name, email=email or None, headline=headline)
    except ValidationError as error:
        raise BadInput(f"{first_fault(error)}.") from None
    try:
        with writing(ctx.engine) as session:
            (candidate_id,) = _insert(session, ctx.org, [profile], ctx.now())
            bump_revision(session, ctx.org, [candidate_id])
    except IntegrityError:
        raise Conflict(f"There is already a person with the id {key!r}.") from None
    return candidate_id


def _import_batch(ctx: Context, profiles: Sequence[Profile], report: ImportReport) -> None:
    now = ctx.now()
    with writing(ctx.engine) as session:
        held = _held(session, ctx.org, [p.id for p in profiles])
        new = [p for p in profiles if p.id not in held]
        changed = [p for p in profiles if p.id in held and not _same(held[p.id], p)]
        touched = _insert(session, ctx.org, new, now) if new else []
        for profile in changed:
            _update(session, ctx.org, held[profile.id], profile, now)
            touched.append(held[profile.id].id)
        if touched:
            bump_revision(session, ctx.org, touched)
    report.added += len(new)
    report.updated += len(changed)
    report.unchanged += len(profiles) - len(new) - len(changed)


def _held(session: Session, org: int, ids: Sequence[str]) -> dict[str, _Held]:
    """The experts of these imported ids that exist already: two queries."""
    query = columns(Candidate.id, Candidate.imported_id, *(getattr(Candidate, name) for name in _FIELDS))
    wanted = (col(Candidate.organisation_id) == org) & col(Candidate.imported_id).in_(ids)
    rows = session.connection().execute(query.where(wanted)).all()
    digests: dict[int, list[str]] = {row[0]: [] for row in rows}
    items = columns(ProfileItem.candidate_id, ProfileItem.sha256).where(col(ProfileItem.candidate_id).in_(digests))
    for candidate_id, digest in session.connection().execute(items.order_by(col(ProfileItem.position))):
        digests[candidate_id].append(digest)
    return {row[1]: _Held(row[0], dict(zip(_FIELDS, row[2:], strict=True)), tuple(digests[row[0]])) for row in rows}


def _same(held: _Held, profile: Profile) -> bool:
    return held.values == _values(profile) and held.digests == tuple(p.sha256 for p in pieces(profile))


def _values(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "email": profile.email,
        "headline": profile.headline,
        "summary": profile.summary,
        "facts": profile.facts.document(),
        "conflicts": list(profile.conflicts),
    }


def _insert(session: Session, org: int, profiles: Sequence[Profile], now: datetime) -> list[int]:
    rows = [
        {
            "organisation_id": org,
            "public_id": new_public_id(),
            "imported_id": profile.id,
            "created_at": now,
            "updated_at": now,
            **_values(profile),
        }
        for profile in profiles
    ]
    statement = insert(Candidate).returning(col(Candidate.id), sort_by_parameter_order=True)
    ids: list[int] = [row[0] for row in session.connection().execute(statement, rows).all()]  # type: ignore[misc]  # never None
    items = [row for key, profile in zip(ids, profiles, strict=True) for row in _items(org, key, pieces(profile), {})]
    if items:
        session.connection().execute(insert(ProfileItem), items)
    return ids


def _update(session: Session, org: int, held: _Held, profile: Profile, now: datetime) -> None:
    """Change one expert; an item whose content stayed keeps its vector."""
    change = update(Candidate).where(col(Candidate.id) == held.id).values(**_values(profile), updated_at=now)
    session.connection().execute(change)
    found = pieces(profile)
    if held.digests == tuple(p.sha256 for p in found):
        return
    query = columns(ProfileItem.sha256, ProfileItem.embedder, ProfileItem.vector)
    rows = session.connection().execute(query.where(col(ProfileItem.candidate_id) == held.id))
    vectors = {row[0]: (row[1], row[2]) for row in rows}
    session.connection().execute(delete(ProfileItem).where(col(ProfileItem.candidate_id) == held.id))
    items = list(_items(org, held.id, found, vectors))
    if items:
        session.connection().execute(insert(ProfileItem), items)


def _items(
    org: int, candidate_id: int, found: Sequence[Piece], vectors: dict[str, tuple[str | None, bytes | None]]
) -> Iterable[dict[str, Any]]:
    for position, piece in enumerate(found):
        digest = piece.sha256
        embedder, vector = vectors.get(digest, (None, None))
        yield {
            "organisation_id": org,
            "candidate_id": candidate_id,
            "position": position,
            "kind": piece.kind.value,
            "title": piece.title,
            "text": piece.text,
            "dated": piece.date,
            "sha256": digest,
            "embedder": embedder,
            "vector": vector,
        }
