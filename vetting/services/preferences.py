"""More like this, fewer like that: marks on experts of a project, and how they lean its next ranking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlmodel import Session

from vetting.db import shortlist_queries
from vetting.db.engine import writing
from vetting.db.project_models import Shortlist
from vetting.db.shortlist_models import Preference
from vetting.domain.matching import Ranking
from vetting.domain.pool import Floats, Pool
from vetting.domain.preference import CHOSEN, DECLINED, Leaning, leaned, ordered, taste
from vetting.domain.shortlist import State
from vetting.ports import Vectors
from vetting.services import audit
from vetting.services.context import Context

CHOSEN_STATES = frozenset({State.APPROVED, State.INVITED, State.ACCEPTED, State.ASSIGNED})


def mark(ctx: Context, entry_id: str, more: bool | None, *, by: str) -> None:
    """Want more (True) or fewer (False) experts like that of an entry; None takes the mark back. Raises NotFound.

    Nothing that was ranked changes; the project's next ranking leans.
    """
    with writing(ctx.engine) as session:
        entry = shortlist_queries.entry_to_change(session, ctx.org, entry_id)
        shortlist = session.get(Shortlist, entry.shortlist_id)
        assert shortlist is not None
        held = shortlist_queries.preference_of(session, ctx.org, shortlist.project_id, entry.candidate_id)
        if (held.more if held else None) == more:
            return
        if more is None:
            session.delete(held)
        else:
            row = held or Preference(
                organisation_id=ctx.org, project_id=shortlist.project_id, candidate_id=entry.candidate_id, more=more,
                by=by, at=ctx.now(),
            )  # fmt: skip
            row.more, row.by, row.at = more, by, ctx.now()
            session.add(row)
        word = {True: "more", False: "fewer", None: "none"}[more]
        audit.record(ctx, session, "entry.mark", f"entry:{entry.public_id}", by=by, like=word)


def leaning(session: Session, org: int, project_id: int) -> Leaning:
    """Whom a project marked and declined until now."""
    marks = shortlist_queries.preferences(session, org, project_id)
    states = shortlist_queries.states_of_project(session, org, project_id)
    return Leaning(
        more=tuple(person.imported_id for row, person in marks if row.more),
        fewer=tuple(person.imported_id for row, person in marks if not row.more),
        declined=tuple(expert for expert, state in states.items() if state == State.DECLINED),
        chosen=tuple(expert for expert, state in states.items() if state in CHOSEN_STATES),
    )


def mean_vectors(session: Session, org: int, experts: Sequence[str], embedder: str) -> dict[str, Vectors]:
    """Of each of these experts (imported ids) the unit mean of what they wrote; who has no vector is not among them."""
    found: dict[str, Vectors] = {}
    for expert, rows in shortlist_queries.vectors_of(session, org, experts, embedder).items():
        mean = np.mean([np.frombuffer(row, dtype="<f4") for row in rows], axis=0)
        length = float(np.linalg.norm(mean))
        if length > 0:
            found[expert] = (mean / length).astype(np.float32)
    return found


def lean(ranking: Ranking, pool: Pool, leaning: Leaning, near: dict[str, Floats]) -> Ranking:
    """The ranking as these marks lean it, without whom the project declined or chose.

    `near` has the nearness (experts,) to each marked person by imported id.
    """
    if not near and not leaning.declined and not leaning.chosen:
        return ranking
    if near:
        more, fewer = ([near[e] for e in ids if e in near] for ids in (leaning.more, leaning.fewer))
        ranking = leaned(ranking, taste(more, fewer, len(pool)))
    experts = np.array(pool.experts, dtype=object)
    rest = ordered(ranking, pool, np.isin(experts, list(leaning.declined)), DECLINED)
    return ordered(rest, pool, np.isin(experts, list(leaning.chosen)), CHOSEN)
