"""CVs: read in a sandbox, made into a profile, kept with what their pages show and what they hide."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from sqlmodel import Session, col, select

from vetting.db.document_models import DocumentRow
from vetting.domain.cv import read_cv
from vetting.domain.cv_facts import Found
from vetting.domain.document import Document
from vetting.domain.faults import first_fault
from vetting.domain.profile import Profile
from vetting.domain.tongue import _
from vetting.errors import BadInput
from vetting.packs import skills_taxonomy
from vetting.services.context import Context

SUFFIXES = (".pdf", ".docx")
LONGEST_NAME = 200


@dataclass(frozen=True)
class ReadCv:
    """A CV that was read: the document, its fingerprint, the profile and the facts with their places."""

    document: Document
    sha256: str
    profile: Profile
    found: tuple[Found, ...]


def read(ctx: Context, name: str, content: bytes) -> ReadCv:
    """The CV of a file. Only what a person sees on its pages becomes a profile.

    Raises BadInput, one sentence that names the file; Unavailable when too many files are being read.
    """
    document = ctx.documents.read(name, content)
    try:
        cv = read_cv(document, content, skills_taxonomy())
    except ValidationError as error:
        raise BadInput(
            _("{name} cannot be made into a profile: {first_fault}.").format(name=name, first_fault=first_fault(error))
        ) from None
    return ReadCv(document, hashlib.sha256(content).hexdigest(), cv.profile, cv.found)


def row(ctx: Context, name: str, cv: ReadCv) -> DocumentRow:
    """The row of a CV, not yet of a person."""
    profile = cv.profile
    return DocumentRow(
        organisation_id=ctx.org,
        candidate_id=0,
        name=Path(name).name[:LONGEST_NAME],
        kind=cv.document.kind,
        sha256=cv.sha256,
        pages=cv.document.pages,
        text=cv.document.text,
        hidden=[dataclasses.asdict(one) for one in cv.document.hidden],
        found=[one.model_dump(mode="json") for one in cv.found],
        made={
            "email": profile.email,
            "headline": profile.headline,
            "summary": profile.summary,
            "facts": profile.facts.document(),
            "conflicts": [conflict.document() for conflict in profile.conflicts],
        },
        at=ctx.now(),
    )


def adopt(session: Session, org: int, documents: Sequence[DocumentRow]) -> None:
    """A file that was read before to the same text keeps what was found then, a language model's part included."""
    query = select(DocumentRow).where(col(DocumentRow.organisation_id) == org)
    digests = [document.sha256 for document in documents]
    known = {row.sha256: row for row in session.exec(query.where(col(DocumentRow.sha256).in_(digests)))}
    for document in documents:
        before = known.get(document.sha256)
        if before is not None and before.text == document.text:
            document.found, document.made = before.found, before.made


def keep(ctx: Context, session: Session, document: DocumentRow, candidate_id: int) -> None:
    """Store a document within the caller's transaction; the same file of the same person is read anew, not doubled.

    Afterwards `document.id` is that of the stored row. A new one is given to the language model, where there is one.
    """
    of_this = (col(DocumentRow.organisation_id) == ctx.org) & (col(DocumentRow.candidate_id) == candidate_id)
    query = select(DocumentRow).where(of_this, col(DocumentRow.sha256) == document.sha256)
    known = session.exec(query).first()
    if known is not None:
        document.id = known.id
        known.text, known.hidden, known.at = document.text, document.hidden, document.at
        known.found, known.made = document.found, document.made
        session.add(known)
        return
    document.candidate_id = candidate_id
    session.add(document)
    session.flush()
    if ctx.fact_reader is not None and document.id is not None:
        ctx.jobs.enqueue(session, "read_facts", f"facts:{document.id}", document.id)
