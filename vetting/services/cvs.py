"""CVs of people who are here already: another one for them, and what a language model finds in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session

from vetting.db.document_models import DocumentRow
from vetting.db.document_queries import corrections_of
from vetting.db.engine import reading, writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate
from vetting.db.queries import candidate
from vetting.domain.cv import gathered
from vetting.domain.cv_facts import Found
from vetting.domain.cv_proposals import accepted
from vetting.domain.profile import Facts
from vetting.domain.profile_layers import corrected, filled, stated
from vetting.errors import Unavailable
from vetting.ports import ModelCall
from vetting.services import candidates, documents
from vetting.services.context import Context
from vetting.services.model_calls import record_calls
from vetting.services.spending import on_account

DEADLINE = 60.0
MOST_TO_MODEL = 12_000
"""Characters of a CV that a language model reads."""


def attach(ctx: Context, public_id: str, name: str, content: bytes) -> DocumentRow:
    """Read a CV for a person who is here already: it fills in what nobody stated, and its entries become items.

    Raises NotFound, BadInput, Unavailable; then nothing was changed.
    """
    with reading(ctx.engine) as session:
        person = candidate(session, ctx.org, public_id)
    cv = documents.read(ctx, name, content)
    same = cv.profile.model_copy(update={"id": person.imported_id, "name": person.name})
    document = documents.row(ctx, name, replace(cv, profile=same))
    candidates.import_all(ctx, [candidates.Incoming(same, document)])
    return document


def read_facts(ctx: Context, document_id: int) -> None:
    """Have a language model read facts that the rules did not find; code lets pass what the document bears out.

    What fails changes nothing: the facts of the rules stand.
    """
    with reading(ctx.engine) as session:
        document = session.get(DocumentRow, document_id)
    if ctx.fact_reader is None or document is None or document.organisation_id != ctx.org:
        return
    calls: tuple[ModelCall, ...]
    try:
        with on_account(ctx, None):
            reading_ = ctx.fact_reader.read(document.text[:MOST_TO_MODEL], deadline=DEADLINE)
        proposals = [(one.fact, one.value, one.quote) for one in reading_.facts]
        calls, found = reading_.calls, tuple(accepted(document.text, proposals, f"model:{reading_.model}"))
    except Unavailable as error:
        calls, found = getattr(error, "calls", ()), ()
    with writing(ctx.engine) as session:
        record_calls(session, ctx, None, calls)
        if found:
            _add(ctx, session, document_id, found)


def _add(ctx: Context, session: Session, document_id: int, found: Sequence[Found]) -> None:
    """Add facts to a document and, where nobody stated them, to its person."""
    document = session.get_one(DocumentRow, document_id)
    known = [Found.model_validate(one) for one in document.found]
    stands = [(one.fact, one.value) for one in known]
    new = [one for one in found if (one.fact, one.value) not in stands]
    before = document.made
    document.found = [*document.found, *(one.model_dump(mode="json") for one in new)]
    document.made = {**before, "facts": Facts.model_validate(gathered([*known, *new])["facts"]).document()}
    person = session.get_one(Candidate, document.candidate_id)
    held = {name: getattr(person, name) for name in candidates.FIELDS}
    corrections = corrections_of(session, ctx.org, [document.candidate_id]).get(document.candidate_id, {})
    values = corrected(filled(stated(held, before), document.made), corrections)
    person.facts, person.updated_at = values["facts"], ctx.now()
    session.add_all([document, person])
    bump_revision(session, ctx.org, [document.candidate_id])
