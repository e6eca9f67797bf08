"""People: import from files, and one by one. An expert is a candidate with a profile."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import delete, func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from vetting.db.document_models import DocumentRow
from vetting.db.document_queries import corrections_of, made_of
from vetting.db.engine import writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate, ProfileItem, new_public_id
from vetting.db.queries import columns
from vetting.domain.faults import first_fault
from vetting.domain.profile import Profile, pieces
from vetting.domain.profile_layers import corrected, filled, stated
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict
from vetting.services import documents
from vetting.services.context import Context
from vetting.services.import_files import ImportReport, Reading, load, open_all, read_experts

BATCH = 500
"""Experts per transaction."""

Progress = Callable[[str, int, int], None]
T = TypeVar("T")
FIELDS = ("name", "email", "headline", "summary", "facts", "conflicts")


@dataclass(frozen=True)
class Incoming:
    """An expert to be imported; `document` is the CV that was read, None where a file states the profile itself."""

    profile: Profile
    document: DocumentRow | None = None


@dataclass(frozen=True)
class _Held:
    """An expert as the database has it, without vectors."""

    id: int
    values: dict[str, Any]
    digests: tuple[str, ...]
    made: dict[str, Any]
    corrections: dict[str, Any]

    def wanted(self, one: Incoming) -> dict[str, Any]:
        """The values this expert is to have: a file states, a document fills in, a correction stands over both."""
        if one.document is None:
            values = filled(values_of(one.profile), self.made) if self.made else values_of(one.profile)
        else:
            values = filled(stated(self.values, self.made), one.document.made)
        return corrected(values, self.corrections)


def import_experts(ctx: Context, files: Sequence[Path], progress: Progress | None = None) -> ImportReport:
    """Import experts from jsonl, csv and JSON Resume files and from CVs; the same id again updates.

    Records with a fault, and CVs that cannot be read, are named and skipped. Items get their vectors from
    `profiles.embed_pending`. Raises BadInput where a whole file of records cannot be used; then nothing was imported.
    """
    cvs = [path for path in files if path.suffix.lower() in documents.SUFFIXES]
    waiting = open_all([path for path in files if path not in cvs], Profile, read_experts)
    report = ImportReport("experts")
    incoming = chain(map(Incoming, waiting.values()), _read_cvs(ctx, cvs, waiting, report.notes))
    for batch in batched(incoming, BATCH):
        _import_batch(ctx, batch, report)
        if progress:
            progress("experts", waiting.done, max(waiting.total + len(cvs), waiting.done))
    report.faults += waiting.faults
    return report


def import_profiles(ctx: Context, profiles: Sequence[Profile]) -> ImportReport:
    """Import experts with different ids; the same id again updates, an unchanged one stays untouched."""
    return import_all(ctx, [Incoming(profile) for profile in profiles])


def import_all(ctx: Context, incoming: Sequence[Incoming]) -> ImportReport:
    """As `import_profiles`, with the documents that some of them were read from."""
    report = ImportReport("experts")
    for batch in batched(incoming, BATCH):
        _import_batch(ctx, batch, report)
    return report


def _read_cvs(ctx: Context, paths: Sequence[Path], waiting: Reading[Profile], notes: list[str]) -> Iterator[Incoming]:
    """The CVs, each read when it is wanted; the faults of those that cannot be go to the faults of the records."""
    for path in paths:
        waiting.done += 1
        try:
            cv = documents.read(ctx, str(path), load(path))
        except BadInput as error:
            waiting.faults.append(error.message.rstrip("."))
            continue
        if waiting.claimed(cv.profile.id, str(path)):
            if cv.document.hidden:
                notes.append(f"{path} holds text that a reader of its pages does not see; it was left out.")
            yield Incoming(cv.profile, documents.row(ctx, path.name, cv))


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
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
            new = Incoming(profile)
            (candidate_id,) = _insert(session, ctx.org, [new], ctx.now())
            _insert_items(session, ctx.org, [(candidate_id, new)])
            bump_revision(session, ctx.org, [candidate_id])
    except IntegrityError:
        raise Conflict(_("There is already a person with the id {key!r}.").format(key=key)) from None
    return candidate_id


def _import_batch(ctx: Context, incoming: Sequence[Incoming], report: ImportReport) -> None:
    now = ctx.now()
    with writing(ctx.engine) as session:
        documents.adopt(session, ctx.org, [one.document for one in incoming if one.document])
        held = _held(session, ctx.org, incoming)
        new = [one for one in incoming if one.profile.id not in held]
        known = [(held[one.profile.id], one) for one in incoming if one.profile.id in held]
        changed = [(h, one) for h, one in known if h.values != h.wanted(one) or h.digests != _digests(one)]
        ids = {one.profile.id: key for one, key in zip(new, _insert(session, ctx.org, new, now), strict=True)}
        _keep_documents(ctx, session, incoming, ids | {one.profile.id: h.id for h, one in known})
        _insert_items(session, ctx.org, [(ids[one.profile.id], one) for one in new])
        for h, one in changed:
            _update(session, ctx.org, h, one, now)
        if new or changed:
            bump_revision(session, ctx.org, [*ids.values(), *(h.id for h, _ in changed)])
    report.added += len(new)
    report.updated += len(changed)
    report.unchanged += len(known) - len(changed)


def _held(session: Session, org: int, incoming: Sequence[Incoming]) -> dict[str, _Held]:
    """Those who exist already: four queries. The digests are those of items of the same origin as what comes in."""
    from_document = {one.profile.id: one.document is not None for one in incoming}
    query = columns(Candidate.id, Candidate.imported_id, *(getattr(Candidate, name) for name in FIELDS))
    wanted = (col(Candidate.organisation_id) == org) & col(Candidate.imported_id).in_(from_document)
    rows = session.connection().execute(query.where(wanted)).all()
    read = {row[0]: from_document[row[1]] for row in rows}
    digests: dict[int, list[str]] = {row[0]: [] for row in rows}
    items = columns(ProfileItem.candidate_id, ProfileItem.sha256, ProfileItem.document_id)
    items = items.where(col(ProfileItem.candidate_id).in_(digests)).order_by(col(ProfileItem.position))
    for candidate_id, digest, document_id in session.connection().execute(items):
        if (document_id is not None) == read[candidate_id]:
            digests[candidate_id].append(digest)
    made, corrections = made_of(session, org, list(read)), corrections_of(session, org, list(read))
    return {
        row[1]: _Held(
            id=row[0],
            values=dict(zip(FIELDS, row[2:], strict=True)),
            digests=tuple(digests[row[0]]),
            made=made.get(row[0], {}),
            corrections=corrections.get(row[0], {}),
        )
        for row in rows
    }


def _digests(one: Incoming) -> tuple[str, ...]:
    return tuple(piece.sha256 for piece in pieces(one.profile))


def values_of(profile: Profile) -> dict[str, Any]:
    """The columns of a candidate for a profile."""
    return {
        "name": profile.name,
        "email": profile.email,
        "headline": profile.headline,
        "summary": profile.summary,
        "facts": profile.facts.document(),
        "conflicts": [conflict.document() for conflict in profile.conflicts],
    }


def _insert(session: Session, org: int, incoming: Sequence[Incoming], now: datetime) -> list[int]:
    rows = [
        {
            "organisation_id": org,
            "public_id": new_public_id(),
            "imported_id": one.profile.id,
            "created_at": now,
            "updated_at": now,
            **values_of(one.profile),
        }
        for one in incoming
    ]
    if not rows:
        return []
    statement = insert(Candidate).returning(col(Candidate.id), sort_by_parameter_order=True)
    ids: list[int] = [row[0] for row in session.connection().execute(statement, rows).all()]  # type: ignore[misc]  # never None
    return ids


def _insert_items(session: Session, org: int, new: Sequence[tuple[int, Incoming]]) -> None:
    items = [row for candidate_id, one in new for row in _items(org, candidate_id, one, {}, 0)]
    if items:
        session.connection().execute(insert(ProfileItem), items)


def _keep_documents(ctx: Context, session: Session, incoming: Sequence[Incoming], ids: dict[str, int]) -> None:
    """Store the documents, each once per person, and have a language model look at the new ones."""
    for one in incoming:
        if one.document is not None:
            documents.keep(ctx, session, one.document, ids[one.profile.id])


def _update(session: Session, org: int, held: _Held, one: Incoming, now: datetime) -> None:
    """Change one expert; an item whose content stayed keeps its vector, items of the other origin stay."""
    change = update(Candidate).where(col(Candidate.id) == held.id).values(**held.wanted(one), updated_at=now)
    session.connection().execute(change)
    if held.digests == _digests(one):
        return
    of_document = col(ProfileItem.document_id).is_not(None)
    same = (col(ProfileItem.candidate_id) == held.id) & (of_document if one.document else ~of_document)
    query = columns(ProfileItem.sha256, ProfileItem.embedder, ProfileItem.vector)
    vectors = {row[0]: (row[1], row[2]) for row in session.connection().execute(query.where(same))}
    session.connection().execute(delete(ProfileItem).where(same))
    rest = columns(func.max(col(ProfileItem.position))).where(col(ProfileItem.candidate_id) == held.id)
    last = session.connection().execute(rest).scalar()
    items = list(_items(org, held.id, one, vectors, 0 if last is None else last + 1))
    if items:
        session.connection().execute(insert(ProfileItem), items)


def _items(
    org: int,
    candidate_id: int,
    one: Incoming,
    vectors: dict[str, tuple[str | None, bytes | None]],
    first: int,
) -> Iterable[dict[str, Any]]:
    for position, piece in enumerate(pieces(one.profile), start=first):
        digest = piece.sha256
        embedder, vector = vectors.get(digest, (None, None))
        yield {
            "organisation_id": org,
            "candidate_id": candidate_id,
            "document_id": one.document.id if one.document else None,
            "position": position,
            "kind": piece.kind.value,
            "title": piece.title,
            "text": piece.text,
            "dated": piece.date,
            "sha256": digest,
            "embedder": embedder,
            "vector": vector,
        }
