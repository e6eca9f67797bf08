"""Packs written here: a draft that is saved as it is typed, every step of it can be taken back, and its publication.

A draft may have any fault while it is written; what is published has none, and is an immutable version like every
other: an interview keeps the one it began with.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete

from vetting import packs
from vetting.db import pack_queries
from vetting.db.engine import reading, writing
from vetting.db.pack_models import PackDraft, PackPublication, PackStep
from vetting.domain import pack_draft, pack_edit
from vetting.domain.pack_edit import Document, Full
from vetting.domain.pack_places import Told, told
from vetting.domain.rubric import Rubric
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict, NotFound
from vetting.services import audit, pack_ids, rubrics
from vetting.services.context import Context

KEPT_STEPS = 60
SAME_STEP = timedelta(minutes=5)
"""Typing in one form within this time is one step, not one for each pause."""
LONGEST_TITLE = 80
LONGEST_PASTE = 60_000
JOB = "write_pack"

Change = Callable[[Document], None]


class Origin(StrEnum):
    """How a draft began."""

    QUESTIONS = "questions"
    BRIEF = "brief"
    VERSION = "version"
    FILE = "file"


class Stale(Conflict):
    """This draft has been changed in another window; nothing was overwritten. Save again to keep what is here."""

    title = "Changed in another window"


@dataclass(frozen=True)
class Draft:
    """A draft as it stands: its row, what it says, and all that the check finds in it."""

    row: PackDraft
    document: Document
    earlier: Rubric | None
    """The version of it that is offered now."""
    before: bool
    after: bool

    @cached_property
    def faults(self) -> tuple[Told, ...]:
        """All that the check finds; worked out when it is first asked for, as saving needs none of it."""
        return tuple(told(packs.check_data(self.document, self.earlier), self.document))

    @property
    def errors(self) -> int:
        """Faults that keep it from being published."""
        return sum(f.error for f in self.faults)

    @property
    def title(self) -> str:
        """How it is called, whatever it lacks."""
        return str(self.document.get("title") or self.row.rubric_id)


class History(NamedTuple):
    """The steps of a draft, the newest first, and the one it stands at."""

    draft: Draft
    steps: list[PackStep]


def create(ctx: Context, *, title: str, questions: str = "", brief: str = "", rubric_id: str = "", by: str) -> str:
    """A draft from own questions or a brief, read by rules; its public id. With a language model, a job writes more.

    `rubric_id` is the id to have instead of the one that the title gives. Raises BadInput naming what is missing,
    pack_ids.SameId where another pack has the id.
    """
    title, questions, brief = (pack_edit.storable(text).strip() for text in (" ".join(title.split()), questions, brief))
    if not title or len(title) > LONGEST_TITLE:
        raise BadInput(
            _("Field: name the field in 1 to {longest_title} characters, such as “marine cargo surveying”.").format(
                longest_title=LONGEST_TITLE
            )
        )
    pasted = len(questions) + len(brief)
    if not pasted:
        raise BadInput(_("Paste your questions, or the brief of the work: one of the two is needed."))
    if pasted > LONGEST_PASTE:
        raise BadInput(
            _("What was pasted has {pasted:,} characters; at most {longest_paste:,} can be read.").format(
                pasted=pasted, longest_paste=LONGEST_PASTE
            )
        )
    base = pack_draft.skeleton(pack_ids.wanted_id(title, rubric_id.strip()), title, by)
    document = _read(base, questions, brief)
    pack_ids.require_free(ctx, document["id"])
    origin = Origin.QUESTIONS if questions else Origin.BRIEF
    return _begin(ctx, document, origin, by, brief=brief, write=ctx.pack_writer is not None)


def of_version(ctx: Context, rubric: Rubric, *, by: str) -> str:
    """The draft of a pack, begun from this version where there is none yet; its public id."""
    with reading(ctx.engine) as session:
        known = pack_queries.draft_of(session, ctx.org, rubric.id)
    if known is not None:
        return known.public_id
    document = rubric.model_dump(mode="json")
    document["version"] = pack_edit.next_version(rubric.version, used_versions(ctx, rubric.id))
    document |= {"status": "draft", "reviewed_by": [], "uncalibrated": True}
    return _begin(ctx, document, Origin.VERSION, by)


def upload(ctx: Context, name: str, content: bytes, *, by: str) -> str:
    """The draft of a file; its public id. Raises PackFaults with every fault at once where the file is no pack."""
    data, lines, faults = packs.read_text(name or "the file", content)
    found = [] if data is None else [lines.locate(f) for f in packs.check_data(data)]
    try:
        rubric = Rubric.model_validate(data)
    except ValueError:
        raise packs.PackFaults(sorted([*faults, *found], key=lambda f: f.line)) from None
    if faults:
        raise packs.PackFaults(faults)
    with reading(ctx.engine) as session:
        taken = pack_queries.draft_of(session, ctx.org, rubric.id)
    if taken is not None:
        raise Conflict(_("There is already a draft of {id}; publish it or throw it away first.").format(id=rubric.id))
    return _begin(ctx, rubric.model_dump(mode="json"), Origin.FILE, by)


def load(ctx: Context, public_id: str) -> Draft:
    """A draft with its faults. Raises NotFound."""
    with reading(ctx.engine) as session:
        row = pack_queries.draft(session, ctx.org, public_id)
        step = pack_queries.step(session, row, row.position)
        numbers = pack_queries.numbers(session, row)
    if step is None:
        raise NotFound
    earlier = rubrics.published(ctx).get(row.rubric_id)
    return Draft(row, step.document, earlier, numbers[0] < row.position, numbers[-1] > row.position)


def history(ctx: Context, public_id: str) -> History:
    """A draft with all its steps. Raises NotFound."""
    draft = load(ctx, public_id)
    with reading(ctx.engine) as session:
        return History(draft, pack_queries.steps(session, draft.row)[::-1])


def change(ctx: Context, public_id: str, revision: int, did: str, act: Change, *, by: str, typed: bool = False) -> int:
    """Change a draft at the revision that the form showed; the new revision.

    `typed`: only words were typed, which soon after the same is no step of its own. Raises NotFound, Stale, and
    Conflict where there is no room for what is added.
    """
    with writing(ctx.engine) as session:
        row = pack_queries.draft(session, ctx.org, public_id)
        if row.revision != revision:
            raise Stale
        step = pack_queries.step(session, row, row.position)
        if step is None:
            raise NotFound
        document = deepcopy(step.document)
        try:
            act(document)
        except Full as full:
            raise Conflict(str(full)) from None
        document = pack_edit.storable(document)
        if document != step.document:
            _keep(ctx, session, row, step, document, did, by, typed)
        return row.revision


def go_to(ctx: Context, public_id: str, number: int) -> None:
    """Take a draft back, or forward again, to one of its steps; later ones stay until something is changed.

    Raises NotFound.
    """
    with writing(ctx.engine) as session:
        row = pack_queries.draft(session, ctx.org, public_id)
        if number not in pack_queries.numbers(session, row):
            raise NotFound
        _stand_at(ctx, session, row, number)


def step_by(ctx: Context, public_id: str, by: int) -> None:
    """Undo (-1) or redo (1) one step; nothing happens at the end. Raises NotFound."""
    with writing(ctx.engine) as session:
        row = pack_queries.draft(session, ctx.org, public_id)
        numbers = pack_queries.numbers(session, row)
        at = numbers.index(row.position) + by
        if 0 <= at < len(numbers):
            _stand_at(ctx, session, row, numbers[at])


def remove(ctx: Context, public_id: str, *, by: str) -> None:
    """Throw a draft away with its steps; published versions stay. Raises NotFound."""
    with writing(ctx.engine) as session:
        row = pack_queries.draft(session, ctx.org, public_id)
        _drop(session, row)
        audit.record(ctx, session, "pack.discard", f"pack:{row.rubric_id}", by=by)


def publish(ctx: Context, public_id: str, version: str, revision: int, *, by: str) -> Rubric:
    """Make a draft the version that interviews are begun with from now on; the draft is gone then.

    Raises NotFound, Stale, BadInput while the check finds errors or the version is not above all earlier ones.
    """
    draft = load(ctx, public_id)
    if draft.row.revision != revision:
        raise Stale
    document = {**draft.document, "version": version.strip()}
    rubric = _sound(ctx, draft.row.rubric_id, document)
    with writing(ctx.engine) as session:
        row = pack_queries.draft(session, ctx.org, public_id)
        if row.revision != revision:
            raise Stale
        key = rubrics.store(ctx, session, rubric)
        session.add(
            PackPublication(
                organisation_id=ctx.org,
                rubric_version_id=key,
                rubric_id=rubric.id,
                published_by=by,
                published_at=ctx.now(),
            )
        )
        _drop(session, row)
        audit.record(
            ctx, session, "pack.publish", f"pack:{rubric.id}", by=by, version=rubric.version, sha256=rubric.sha256
        )
    return rubric


def used_versions(ctx: Context, rubric_id: str) -> list[str]:
    """The version numbers that a pack had here: stored copies and the installed file."""
    with reading(ctx.engine) as session:
        stored = pack_queries.used_versions(session, ctx.org, rubric_id)
    return [*stored, *(r.version for r in rubrics.installed(ctx) if r.id == rubric_id)]


def retire(ctx: Context, rubric_id: str, *, by: str) -> None:
    """Offer the published versions of a pack no longer; interviews that were begun go on. Raises NotFound."""
    with writing(ctx.engine) as session:
        rows = [p for p in pack_queries.publications(session, ctx.org, rubric_id) if p.retired_at is None]
        if not rows:
            raise NotFound(_("No version of {rubric_id} is published here.").format(rubric_id=rubric_id[:80]))
        for row in rows:
            row.retired_at, row.retired_by = ctx.now(), by
            session.add(row)
        audit.record(ctx, session, "pack.retire", f"pack:{rubric_id}", by=by)


def add_written(ctx: Context, session: Session, row: PackDraft, document: Document, did: str) -> None:
    """What a program wrote, as a step of its own within the caller's transaction."""
    row.position += 1
    row.revision += 1
    _add_step(ctx, session, row, row.position, document, did, audit.SYSTEM)


def _read(base: Document, questions: str, brief: str) -> Document:
    if not questions:
        document = pack_draft.from_brief(base, brief)
        if not document["competencies"]:
            raise BadInput(_("Brief: nothing in it says what the work is; write a sentence on what people will do."))
        return document
    pasted = pack_draft.read_questions(questions)
    if not pasted or len(pasted) > pack_draft.MOST:
        raise BadInput(
            _("Questions: {count} were found; a pack can begin with 1 to {most}.").format(
                count=len(pasted), most=pack_draft.MOST
            )
        )
    try:
        return pack_draft.from_questions(base, pasted)
    except Full as full:
        raise BadInput(_("Questions: {full}").format(full=full)) from None


def _begin(ctx: Context, document: Document, origin: Origin, by: str, *, brief: str = "", write: bool = False) -> str:
    try:
        return _stored(ctx, document, origin, by, brief, write)
    except IntegrityError:  # somebody else began one of this id at the same time
        raise Conflict(_("There is already a draft of {document}.").format(document=document["id"])) from None


def _stored(ctx: Context, document: Document, origin: Origin, by: str, brief: str, write: bool) -> str:
    now = ctx.now()
    with writing(ctx.engine) as session:
        row = PackDraft(
            organisation_id=ctx.org,
            rubric_id=document["id"],
            origin=origin.value,
            brief=brief,
            writing=write,
            created_by=by,
            created_at=now,
            saved_at=now,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        _add_step(ctx, session, row, 1, document, f"begun from {_BEGUN[origin]}", by)
        audit.record(ctx, session, "pack.draft", f"pack:{row.rubric_id}", by=by, origin=origin.value)
        if write:
            ctx.jobs.enqueue(session, JOB, f"pack:{row.id}", row.id)
        return row.public_id


_BEGUN = {
    Origin.QUESTIONS: "pasted questions", Origin.BRIEF: "a brief", Origin.VERSION: "an earlier version",
    Origin.FILE: "a file",
}  # fmt: skip


def _keep(
    ctx: Context, session: Session, row: PackDraft, step: PackStep, document: Document, did: str, by: str, typed: bool
) -> None:
    """The changed document as a new step, or in place of one still being typed; what was undone is forgotten."""
    later = (col(PackStep.draft_id) == row.id, col(PackStep.number) > row.position)
    undone = session.exec(delete(PackStep).where(*later)).rowcount
    same = typed and not undone and (step.did, step.by) == (did, by)
    if same and step.number > 1 and ctx.now() - step.at < SAME_STEP:
        step.document = document
        session.add(step)
    else:
        _add_step(ctx, session, row, row.position + 1, document, did, by)
        row.position += 1
        aged = (col(PackStep.draft_id) == row.id, col(PackStep.number) <= row.position - KEPT_STEPS)
        session.exec(delete(PackStep).where(*aged))
    row.revision += 1
    row.saved_at = ctx.now()
    session.add(row)


def _add_step(
    ctx: Context, session: Session, row: PackDraft, number: int, document: Document, did: str, by: str
) -> None:
    assert row.id is not None
    values: dict[str, Any] = {"number": number, "did": did, "by": by, "at": ctx.now()}
    session.add(PackStep(organisation_id=ctx.org, draft_id=row.id, document=pack_edit.storable(document), **values))


def _stand_at(ctx: Context, session: Session, row: PackDraft, number: int) -> None:
    row.position, row.revision, row.saved_at = number, row.revision + 1, ctx.now()
    session.add(row)


def _drop(session: Session, row: PackDraft) -> None:
    session.exec(delete(PackStep).where(col(PackStep.draft_id) == row.id))
    session.delete(row)


def _sound(ctx: Context, rubric_id: str, document: Document) -> Rubric:
    used = used_versions(ctx, rubric_id)
    if not pack_edit.is_higher(document["version"], used):
        above = f" above {pack_edit.highest(used)}" if used else ""
        raise BadInput(
            _("Version: write three numbers{above}, such as {next_version}.").format(
                above=above, next_version=pack_edit.next_version("0.9.0", used)
            )
        )
    wrong = [f for f in told(packs.check_data(document), document) if f.error]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise BadInput(_("It cannot be published yet. {sentence}{more}.").format(sentence=wrong[0].sentence, more=more))
    return Rubric.model_validate(document)
