"""Live counts while requirements are written, and what the experts here offer to the questions a brief leaves open."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vetting.db.engine import reading
from vetting.domain.brief_questions import Known, known
from vetting.domain.facts import Circumstances
from vetting.domain.language import told_foreign
from vetting.domain.matching import rank, topics
from vetting.domain.pool import TopicScores
from vetting.domain.project import BRIEF, Project
from vetting.domain.remaining import Remaining, remaining
from vetting.errors import Unavailable
from vetting.services.context import Context
from vetting.services.matching import exchange_rates
from vetting.services.pools import query_vectors, roster, topic_scores


class Counted(NamedTuple):
    """The counts, and what to know of them: topics are not counted while the embedder is away."""

    remaining: Remaining
    note: str | None


def count(ctx: Context, project: Project) -> Counted:
    """How many experts each of the project's requirements leaves now; nothing is stored."""
    asked = [r for r in topics(project) if r.id != BRIEF]
    words = [r.topic or "" for r in asked]
    note = told_foreign(words, ctx.embedder.name)
    try:
        vectors = query_vectors(ctx.embedder, words) if words else None
    except Unavailable as error:
        vectors, note = None, f"Topics are not counted: {error.message}"
    with reading(ctx.engine) as session:
        held = roster(ctx, session)
    nothing = np.zeros(len(held.pool))
    scores = {r.id: TopicScores(nothing, nothing, np.full(len(held.pool), -1)) for r in topics(project)}
    if vectors is not None:
        found = topic_scores(ctx.index.now(), held, words, vectors)
        scores |= {r.id: one for r, one in zip(asked, found.topics, strict=True)}
    now = Circumstances(ctx.now().date(), exchange_rates(ctx.settings.rates))
    return Counted(remaining(rank(project, held.pool, scores, now)), note)


def known_here(ctx: Context) -> Known:
    """What the experts of the organisation state, for the answers of open questions."""
    with reading(ctx.engine) as session:
        return known(roster(ctx, session).pool)
