"""The profile index: what every implementation promises, and what FAISS with its file on disk adds."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, delete, update
from sqlmodel import Session, col

from tests import databases
from vetting.db.engine import reading, writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate, IndexRevision, ProfileItem
from vetting.errors import Unavailable
from vetting.index.faiss_index import FaissIndex
from vetting.ports import ProfileIndex, Vectors

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DIMENSION = 8
NAME = "test-8"


class Embedder:
    """Only what an index asks of an embedder: name and dimension."""

    def __init__(self, name: str = NAME, dimension: int = DIMENSION) -> None:
        self.name, self.dimension = name, dimension

    def embed(self, texts: object) -> Vectors:
        raise AssertionError("an index embeds nothing")

    def ready(self, timeout: float) -> bool:
        return True


def unit(seed: int, dimension: int = DIMENSION) -> Vectors:
    row = np.random.default_rng(seed).normal(size=dimension).astype(np.float32)
    return row / np.float32(np.linalg.norm(row))


def add(engine: Engine, org: int, seeds: list[int], *, embedder: str = NAME, vector: bytes | None = None) -> list[int]:
    """One expert with an item per seed; the item's vector is `unit(seed)`."""
    with writing(engine) as session:
        name = f"x-{org}-{seeds[0]}"
        who = Candidate(organisation_id=org, imported_id=name, name=name, created_at=NOW, updated_at=NOW)
        session.add(who)
        session.flush()
        assert who.id is not None
        rows = [_item(session, org, who.id, place, seed, embedder, vector) for place, seed in enumerate(seeds)]
        bump_revision(session, org, [who.id])
    return [row.id for row in rows if row.id is not None]


def _item(
    session: Session, org: int, who: int, place: int, seed: int, embedder: str, vector: bytes | None
) -> ProfileItem:
    row = ProfileItem(
        organisation_id=org, candidate_id=who, position=place, kind="role", title=f"t{seed}", text="",
        sha256=f"{seed:064d}", embedder=embedder, vector=vector if vector is not None else unit(seed).tobytes(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def owner_of(engine: Engine, item: int) -> int:
    """Whose an item is."""
    with reading(engine) as session:
        return session.get_one(ProfileItem, item).candidate_id


def remove(engine: Engine, org: int, ids: list[int]) -> None:
    with writing(engine) as session:
        session.connection().execute(delete(ProfileItem).where(col(ProfileItem.id).in_(ids)))
        bump_revision(session, org)


class ProfileIndexContract:
    """What any ProfileIndex promises; a subclass gives the fixture `index` for organisation 1."""

    def test_the_nearest_items_come_first_with_their_cosines(self, engine: Engine, index: ProfileIndex) -> None:
        ids = add(engine, 1, list(range(20)))
        near = index.now().search(unit(3), 5)
        assert near.items[0] == ids[3] and near.cosines[0] == pytest.approx(1, abs=1e-5)
        expected = sorted((float(unit(seed) @ unit(3)) for seed in range(20)), reverse=True)[:5]
        assert near.cosines == pytest.approx(expected, abs=1e-5)

    def test_experts_limit_the_search_before_and_not_after(self, engine: Engine, index: ProfileIndex) -> None:
        owned = {owner_of(engine, add(engine, 1, [3 * n, 3 * n + 1])[0]): n for n in range(20)}
        far = sorted(owned, key=lambda who: float(unit(3 * owned[who]) @ unit(3)))[:2]
        near = index.now().search(unit(3), 4, experts=np.array(far))
        assert set(near.experts.tolist()) == set(far) and len(near) == 4
        assert len(index.now().search(unit(3), 3, experts=np.zeros(0, np.int64))) == 0

    def test_cosines_are_those_of_every_item_with_every_query(self, engine: Engine, index: ProfileIndex) -> None:
        ids = add(engine, 1, list(range(10)))
        (other,) = add(engine, 1, [60])
        near = index.now().cosines(np.stack([unit(3), unit(50)]))
        by_id = {int(i): row for i, row in zip(near.items, near.cosines, strict=True)}
        assert by_id.pop(other) == pytest.approx([unit(60) @ unit(3), unit(60) @ unit(50)], abs=1e-5)
        assert sorted(by_id) == ids
        assert by_id[ids[7]] == pytest.approx([unit(7) @ unit(3), unit(7) @ unit(50)], abs=1e-5)
        some = index.now().cosines(unit(3).reshape(1, -1), experts=np.array([owner_of(engine, other), 10**9]))
        assert some.items.tolist() == [other]

    def test_an_item_added_or_removed_later_is_seen_by_the_next_query(
        self, engine: Engine, index: ProfileIndex
    ) -> None:
        first = add(engine, 1, [1, 2])
        assert len(index.now().search(unit(1), 9)) == 2
        (third,) = add(engine, 1, [3])
        assert index.now().search(unit(3), 1).items.tolist() == [third]
        remove(engine, 1, first)
        assert index.now().search(unit(1), 9).items.tolist() == [third]

    def test_an_id_that_the_database_gives_again_brings_its_new_vector(
        self, engine: Engine, index: ProfileIndex
    ) -> None:
        add(engine, 1, list(range(5)))
        (last,) = add(engine, 1, [77])
        assert index.now().search(unit(77), 1).cosines[0] == pytest.approx(1, abs=1e-5)
        remove(engine, 1, [last])
        (again,) = add(engine, 1, [88])
        assert again == last or databases.ON_POSTGRES, "only SQLite gives ids again"
        assert index.now().search(unit(88), 1).cosines[0] == pytest.approx(1, abs=1e-5)

    def test_another_organisation_is_never_found(self, engine: Engine, index: ProfileIndex) -> None:
        add(engine, 2, [1])
        assert len(index.now().search(unit(1), 5)) == 0
        assert len(index.now().cosines(unit(1).reshape(1, -1))) == 0

    def test_a_vector_of_another_embedder_is_not_compared(self, engine: Engine, index: ProfileIndex) -> None:
        add(engine, 1, [1], embedder="older-model")
        assert len(index.now().search(unit(1), 5)) == 0

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_a_query_that_is_not_finite_is_refused(self, engine: Engine, index: ProfileIndex, bad: float) -> None:
        add(engine, 1, [1])
        query = unit(1).copy()
        query[2] = bad
        with pytest.raises(ValueError, match="not finite"):
            index.now().search(query, 1)
        with pytest.raises(ValueError, match="not finite"):
            index.now().cosines(query.reshape(1, -1))

    def test_a_stored_vector_that_is_not_finite_or_too_short_never_wins(
        self, engine: Engine, index: ProfileIndex
    ) -> None:
        (good,) = add(engine, 1, [1])
        add(engine, 1, [2], vector=np.full(DIMENSION, np.nan, np.float32).tobytes())
        add(engine, 1, [3], vector=b"\x00" * 8)
        assert index.now().search(unit(2), 9).items.tolist() == [good]
        assert index.verify()[-1].startswith("2 vectors in the database cannot be used")

    def test_after_a_rebuild_all_agrees(self, engine: Engine, index: ProfileIndex) -> None:
        add(engine, 1, [1, 2, 3])
        assert "Indexed 3 profile items of test-8" in str(index.rebuild())
        assert index.verify() == []


class TestFaissIndex(ProfileIndexContract):
    """The default implementation, with its file on disk."""

    @pytest.fixture
    def index(self, engine: Engine, tmp_path: Path) -> FaissIndex:
        return FaissIndex(engine, 1, Embedder(), tmp_path / "index")

    def test_the_next_process_reads_the_file_and_answers_the_same(
        self, engine: Engine, index: FaissIndex, tmp_path: Path
    ) -> None:
        add(engine, 1, list(range(30)))
        before = index.now().search(unit(4), 30)
        other = FaissIndex(engine, 1, Embedder(), tmp_path / "index")
        after = other.now().search(unit(4), 30)
        assert (after.items == before.items).all() and (after.cosines == before.cosines).all()
        add(engine, 1, [99])
        assert other.now().search(unit(99), 1).cosines[0] == pytest.approx(1, abs=1e-5)
        assert list((tmp_path / "index").iterdir()) == [index.path]

    @pytest.mark.parametrize("damage", ["deleted", "flipped", "cut", "empty", "text"])
    def test_a_damaged_file_is_named_and_costs_nothing_but_a_build(
        self, engine: Engine, index: FaissIndex, tmp_path: Path, damage: str
    ) -> None:
        ids = add(engine, 1, list(range(30)))
        index.rebuild()
        content = index.path.read_bytes()
        flipped = content[:-40] + bytes([content[-40] ^ 1]) + content[-39:]
        if damage == "deleted":
            index.path.unlink()
        else:
            kinds = {"flipped": flipped, "cut": content[: len(content) // 2], "empty": b"", "text": b"hello\nworld"}
            index.path.write_bytes(kinds[damage])
        other = FaissIndex(engine, 1, Embedder(), tmp_path / "index")
        faults = other.verify()
        assert [str(index.path) in fault for fault in faults] == ([] if damage == "deleted" else [True])
        assert other.now().search(unit(4), 1).items.tolist() == [ids[4]]
        assert other.verify() == []

    def test_a_file_of_another_model_or_length_is_not_used(self, engine: Engine, tmp_path: Path) -> None:
        add(engine, 1, [1, 2])
        FaissIndex(engine, 1, Embedder(), tmp_path / "index").rebuild()
        with writing(engine) as session:
            longer = {i: unit(i, 16).tobytes() for i in (1, 2)}
            for place, vector in enumerate(longer.values()):
                change = update(ProfileItem).where(col(ProfileItem.position) == place)
                session.connection().execute(change.values(vector=vector))
            bump_revision(session, 1)
        wider = FaissIndex(engine, 1, Embedder(dimension=16), tmp_path / "index")
        assert wider.now().search(unit(1, 16), 1).cosines[0] == pytest.approx(1, abs=1e-5)
        with pytest.raises(ValueError, match="8 numbers where the index has 16"):
            wider.now().search(unit(1), 1)

    def test_a_folder_that_cannot_be_written_stops_no_search(self, engine: Engine, tmp_path: Path) -> None:
        (tmp_path / "index").write_text("a file where the folder should be", encoding="utf-8")
        add(engine, 1, [1])
        index = FaissIndex(engine, 1, Embedder(), tmp_path / "index")
        assert len(index.now().search(unit(1), 1)) == 1
        with pytest.raises(Unavailable, match="could not be written"):
            index.rebuild()
        assert len(index.now().search(unit(1), 1)) == 1

    def test_items_without_a_vector_are_named_by_verify(self, engine: Engine, index: FaissIndex) -> None:
        add(engine, 1, [1])
        with writing(engine) as session:
            session.connection().execute(update(ProfileItem).values(embedder=None, vector=None))
            bump_revision(session, 1)
        index.rebuild()
        assert index.verify() == ["1 profile items have no vector of the current embedder yet."]

    def test_searches_in_many_threads_while_items_come_and_go_never_fail(
        self, engine: Engine, index: FaissIndex
    ) -> None:
        keep = add(engine, 1, list(range(40)))
        stop, problems = threading.Event(), []

        def read() -> None:
            while not stop.is_set():
                near = index.now().search(unit(5), 1)
                if near.items.tolist() != [keep[5]]:
                    problems.append(near)

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        for seed in range(100, 110):
            remove(engine, 1, add(engine, 1, [seed]))
        stop.set()
        for thread in threads:
            thread.join()
        assert problems == []

    def test_many_items_get_an_approximate_index_in_the_background_while_the_exact_one_answers(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        index = FaissIndex(engine, 1, Embedder(), tmp_path / "index", exact_items=50)
        ids = add(engine, 1, list(range(80)))
        assert index.now().state.kind == "exact"
        assert index.now().search(unit(7), 1).items.tolist() == [ids[7]]
        index.settle()
        assert index.now().state.kind == "ivf" and index.now().state.recall >= 0.99
        (later,) = add(engine, 1, [200])
        remove(engine, 1, ids[:1])
        assert index.now().search(unit(200), 1).items.tolist() == [later]
        assert ids[0] not in index.now().search(unit(0), 100).items
        assert index.now().state.kind == "ivf" and index.verify() == []
        other = FaissIndex(engine, 1, Embedder(), tmp_path / "index", exact_items=50)
        assert other.now().state.kind == "ivf" and other.now().search(unit(200), 1).items.tolist() == [later]

    def test_a_change_in_the_middle_of_many_reads_only_that_expert(self, engine: Engine, index: FaissIndex) -> None:
        for first in range(0, 300, 10):
            add(engine, 1, list(range(first, first + 10)))
        store = index.now().store
        (new,) = add(engine, 1, [900])
        assert index.now().search(unit(900), 1).items.tolist() == [new]
        assert index.now().store is store and index.now().changed == 1

    def test_a_database_of_another_history_is_compared_item_by_item(self, engine: Engine, index: FaissIndex) -> None:
        add(engine, 1, [1, 2, 3])
        index.now()
        with writing(engine) as session:  # as after a restored backup: the revision is an older one
            session.connection().execute(delete(ProfileItem).where(col(ProfileItem.title) == "t2"))
            session.connection().execute(update(IndexRevision).values(revision=0))
        assert len(index.now()) == 2 and index.verify() == []

    def test_importing_the_index_does_not_load_faiss(self) -> None:
        code = "import sys, vetting.index.faiss_index; sys.exit('faiss' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
