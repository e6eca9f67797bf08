"""The ids of packs written here: what a title gives, whether another pack has it, and which packs share a title."""

from __future__ import annotations

from vetting.db import pack_queries
from vetting.db.engine import reading
from vetting.domain.pack_edit import free_id, is_pack_id, pack_id
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict
from vetting.services import rubrics
from vetting.services.context import Context


class SameId(Conflict):
    """Another pack has the id that this title gives; `free` is one that none has."""

    title = "This id exists already"

    def __init__(self, message: str, free: str) -> None:
        super().__init__(message)
        self.free = free


def wanted_id(title: str, asked: str) -> str:
    """The id that was asked for, else the one that the title gives. Raises BadInput for one that no pack can have."""
    if asked and not is_pack_id(asked):
        raise BadInput(
            _("Id: {id!r} is none; write small letters, digits and “_”, with one dot, such as {example}.").format(
                id=asked[:80], example=pack_id(title)
            )
        )
    return asked or pack_id(title)


def require_free(ctx: Context, wanted: str) -> None:
    """Raises SameId, naming the pack, where a draft or a pack has this id."""
    with reading(ctx.engine) as session:
        drafts = pack_queries.draft_ids(session, ctx.org)
    known = {v.rubric_id: str(v.content.get("title") or "") for v in rubrics.versions(ctx)}
    known |= {r.id: r.title for r in rubrics.installed(ctx)}
    if wanted in drafts:
        raise SameId(
            _("There is a draft with the id {id} already.").format(id=wanted), free_id(wanted, {*drafts, *known})
        )
    if wanted in known:
        said = _("There is a pack “{title}” with the id {id} already.").format(title=known[wanted], id=wanted)
        raise SameId(said, free_id(wanted, {*drafts, *known}))


def namesakes(ctx: Context, rubric_id: str, title: str) -> list[str]:
    """The ids of other packs offered here that have this title."""
    same = title.casefold()
    offered = [*rubrics.published(ctx).values(), *rubrics.installed(ctx)]
    return sorted({r.id for r in offered if r.id != rubric_id and r.title.casefold() == same})
