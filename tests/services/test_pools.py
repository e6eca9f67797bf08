"""The pool in memory: a change reads those who changed, and gives what reading everybody gives."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import col, select

from tests.bench import people
from tests.cast import service
from vetting.db.engine import reading, writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate, ProfileItem
from vetting.domain.facts import Fact
from vetting.domain.pool import Pool
from vetting.domain.profile import Profile
from vetting.services import facts, pools
from vetting.services.candidates import import_profiles
from vetting.services.context import Context


def now(ctx: Context) -> pools.Roster:
    with reading(ctx.engine) as session:
        return pools.roster(ctx, session)


def anew(ctx: Context) -> pools.Roster:
    pools._ROSTERS.pop(ctx.engine, None)
    return now(ctx)


def content(pool: Pool) -> list[object]:
    facts = [[str(pool.facts[fact][row]) for fact in Fact] for row in range(len(pool))]
    return [pool.experts, facts, [pool.conflicts[row] for row in range(len(pool))], pool.item_counts.tolist(),
            pool.by_id.tolist()]  # fmt: skip


def erase(ctx: Context, imported_id: str) -> None:
    with writing(ctx.engine) as session:
        who = session.exec(select(Candidate).where(Candidate.imported_id == imported_id)).one()
        assert who.id is not None
        for item in session.exec(select(ProfileItem).where(col(ProfileItem.candidate_id) == who.id)):
            session.delete(item)
        session.flush()
        session.delete(who)
        bump_revision(session, ctx.org, [who.id])


def check(ctx: Context, imported_id: str) -> None:
    with reading(ctx.engine) as session:
        who = session.exec(select(Candidate).where(Candidate.imported_id == imported_id)).one()
    fact = next(name for name in Fact if who.facts.get(name))
    said = facts.statements(who.facts, fact)[0]
    facts.check(ctx, who.public_id, {"fact": fact, "said": said, "standing": "document_seen"}, by="staff")


def test_who_asks_while_everybody_is_being_read_waits_and_does_not_read_them_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = service(tmp_path)
    import_profiles(ctx, map(Profile.model_validate, people.experts(5, 1, items=1)))
    read, at_once = list[int](), Barrier(3)

    def slowly(*given: Any) -> pools.Roster:
        read.append(1)
        time.sleep(0.2)
        return load(*given)

    def ask(_: int) -> pools.Roster:
        at_once.wait()
        return now(ctx)

    load = pools._loaded
    monkeypatch.setattr(pools, "_loaded", slowly)
    pools._ROSTERS.pop(ctx.engine, None)
    with ThreadPoolExecutor(3) as several:
        found = list(several.map(ask, range(3)))
    assert len(read) == 1 and all(len(one.pool) == 5 for one in found)


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_changes_the_pool_is_what_reading_everybody_gives(tmp_path: Path, seed: int) -> None:
    ctx, rng = service(tmp_path), random.Random(seed)
    known = [Profile.model_validate(one) for one in people.experts(60, seed=seed, items=2)]
    import_profiles(ctx, known[:40])
    now(ctx)
    for _ in range(6):
        changed = rng.sample(known, 4)
        import_profiles(ctx, [who.model_copy(update={"facts": rng.choice(known).facts}) for who in changed])
        there = now(ctx).pool.experts
        gone, seen = rng.sample(there, 2)
        erase(ctx, gone)
        check(ctx, seen)
        held = now(ctx)
        assert "document_seen" in str(content(held.pool))
        patched = content(held.pool), held.candidates.tolist()
        loaded = anew(ctx)
        assert patched == (content(loaded.pool), loaded.candidates.tolist())


def test_one_change_reads_one_expert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = service(tmp_path)
    known = [Profile.model_validate(one) for one in people.experts(30, seed=1, items=1)]
    import_profiles(ctx, known)
    now(ctx)
    parsed: list[int] = []
    real = pools._pool
    monkeypatch.setattr(pools, "_pool", lambda rows, checked: (parsed.append(len(rows)), real(rows, checked))[1])
    import_profiles(ctx, [known[3].model_copy(update={"facts": known[4].facts})])
    now(ctx)
    assert parsed == [1]
