"""The job that has a language model write a fuller draft: checked, mended once, never over what a person changed."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlmodel import col, update

from vetting import packs
from vetting.db import pack_queries
from vetting.db.engine import reading, writing
from vetting.db.pack_models import PackDraft
from vetting.domain.pack_edit import Document, Full, competencies, questions
from vetting.domain.pack_places import told
from vetting.domain.pack_proposal import NotAsAsked, proposed
from vetting.errors import ModelFailed
from vetting.ports import ModelCall, PackWish
from vetting.services import audit, pack_drafts
from vetting.services.context import Context
from vetting.services.model_calls import record_calls
from vetting.services.spending import on_account

DEADLINE = 180.0
"""Seconds for one proposal: nobody waits for it, the draft made by rules is there."""
TRIES = 2
LONGEST_WAIT = timedelta(minutes=30)
"""Two proposals with a queue before them; whose job failed waits no longer."""
MOST_FAULTS = 20
SHOWN_TO_MODEL = 12_000
FAILED = "The language model gave no usable draft ({why}); this one was made by rules."
CHANGED = "The language model's draft came after you had changed this one, so yours stands."
WRITTEN = "Written by the language model {model}: read every line, it may be wrong. Undo brings back the one by rules."


class _Outcome(NamedTuple):
    document: Document | None
    calls: tuple[ModelCall, ...]
    why: str


def write_pack(ctx: Context, draft_id: int) -> None:
    """The job: ask for a proposal and put it over the draft by rules, as a step that can be taken back.

    Does nothing for a draft that does not wait for it; a model that fails leaves the draft by rules, and says so.
    """
    with reading(ctx.engine) as session:
        row = session.get(PackDraft, draft_id)
        step = pack_queries.step(session, row, row.position) if row else None
    if row is None or step is None or row.organisation_id != ctx.org or not row.writing:
        return
    found = _ask(ctx, row, step.document)
    with writing(ctx.engine) as session:
        row = session.get(PackDraft, draft_id)
        record_calls(session, ctx, None, found.calls)
        if row is None:
            return
        row.writing = False
        row.note = FAILED.format(why=found.why) if found.document is None else CHANGED
        unchanged = row.revision == 1
        if found.document is not None and unchanged and ctx.pack_writer is not None:
            row.note = WRITTEN.format(model=ctx.pack_writer.model)
            did = f"written by the language model {ctx.pack_writer.model}"
            pack_drafts.add_written(ctx, session, row, found.document, did)
            audit.record(ctx, session, "pack.written", f"pack:{row.rubric_id}", by=audit.SYSTEM)
        session.add(row)


def sweep(ctx: Context) -> None:
    """Have no draft of any organisation wait for a job that nobody works on any more: the one by rules stands."""
    late = (col(PackDraft.writing), col(PackDraft.created_at) < ctx.now() - LONGEST_WAIT)
    note = FAILED.format(why="it was not asked, or did not answer in time")
    with writing(ctx.engine) as session:
        session.exec(update(PackDraft).where(*late).values(writing=False, note=note))


def _ask(ctx: Context, row: PackDraft, base: Document) -> _Outcome:
    """The best proposal of at most two: one that the check faults is asked for again with the faults."""
    if ctx.pack_writer is None:
        return _Outcome(None, (), "none is configured any more")
    own = _own(row, base)
    faults: tuple[str, ...] = ()
    calls: tuple[ModelCall, ...] = ()
    best: Document | None = None
    why = ""
    for _ in range(TRIES):
        wish = PackWish(str(base["title"]), str(base["language"]), row.brief[:SHOWN_TO_MODEL], own, faults)
        try:
            with on_account(ctx, None):
                written = ctx.pack_writer.write(wish, deadline=DEADLINE)
            calls += written.calls
            document = proposed(base, written.summary, written.competencies, own)
        except ModelFailed as error:
            return _Outcome(best, calls + tuple(getattr(error, "calls", ())), "it did not answer in a usable form")
        except NotAsAsked as error:
            faults, why = (str(error),), "it did not keep your questions"
            continue
        except Full as error:
            faults, why = (str(error),), "it wrote more questions than a pack may have"
            continue
        best = document
        faults = tuple(f.sentence for f in told(packs.check_data(document), document) if f.error)[:MOST_FAULTS]
        if not faults:
            break
    return _Outcome(best, calls, why)


def _own(row: PackDraft, base: Document) -> tuple[str, ...]:
    """The person's own questions; those of a draft from a brief are the rules', and may be replaced."""
    if row.origin != pack_drafts.Origin.QUESTIONS:
        return ()
    return tuple(str(q["text"]) for c in competencies(base) for q in questions(c))
