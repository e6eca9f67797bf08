"""The profile index inside PostgreSQL: the contract of every index, its graph, and what all processes share."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import Engine, delete, event
from sqlmodel import col

from tests import databases
from tests.index.test_profile_index import NAME, NOW, Embedder, ProfileIndexContract, add, remove, unit
from vetting.config import load_settings
from vetting.db.engine import writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate, ProfileItem
from vetting.errors import BadInput
from vetting.index.pgvector_index import PgvectorIndex


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgvectorIndex]:
    """An index over 3,000 items of 600 experts, with a graph."""
    folder = tmp_path_factory.mktemp("crowded")
    engine = databases.engine(folder)
    with writing(engine) as session:
        names = [f"x-{n}" for n in range(600)]
        who = [Candidate(organisation_id=1, imported_id=n, name=n, created_at=NOW, updated_at=NOW) for n in names]
        session.add_all(who)
        session.flush()
        rows = [
            ProfileItem(
                organisation_id=1, candidate_id=who[seed % 600].id, position=seed // 600, kind="role",
                title=f"t{seed}", text="", sha256=f"{seed:064d}", embedder=NAME, vector=unit(seed).tobytes(),
            )
            for seed in range(3_000)
        ]  # fmt: skip
        session.add_all(rows)
        bump_revision(session, 1)
    index = PgvectorIndex(engine, 1, Embedder(), exact_items=1_000)
    index.rebuild()
    yield index
    engine.dispose()
    databases.drop(folder)


@pytest.mark.postgres
class TestPgvectorIndex(ProfileIndexContract):
    """The index inside PostgreSQL, with its graph and what all processes share."""

    @pytest.fixture
    def index(self, engine: Engine) -> PgvectorIndex:
        return PgvectorIndex(engine, 1, Embedder())

    def test_many_items_get_a_graph_in_the_background_while_all_are_compared(self, engine: Engine) -> None:
        index = PgvectorIndex(engine, 1, Embedder(), exact_items=50)
        ids = add(engine, 1, list(range(80)))
        first = index.now()
        assert first.state.kind == "exact" and first.search(unit(7), 1).items.tolist() == [ids[7]]
        index.settle()
        assert index.now().state.kind == "hnsw" and index.now().state.recall >= 0.99
        (later,) = add(engine, 1, [200])
        remove(engine, 1, ids[:1])
        assert index.now().search(unit(200), 1).items.tolist() == [later]
        assert ids[0] not in index.now().search(unit(0), 100).items and len(index.now().search(unit(0), 100)) == 80
        other = PgvectorIndex(engine, 1, Embedder(), exact_items=50)
        assert other.now().state.kind == "hnsw" and index.verify() == []

    @pytest.mark.parametrize("share", [1.0, 0.5, 0.05, 0.005])
    def test_a_filter_costs_the_graph_no_recall(self, crowded: PgvectorIndex, share: float) -> None:
        view, rng = crowded.now(), np.random.default_rng(3)
        owners = np.unique(view.cosines(unit(0).reshape(1, -1)).experts)
        some = None if share == 1 else np.sort(rng.choice(owners, max(int(share * len(owners)), 3), replace=False))
        assert view.state.kind == "hnsw"
        found = wanted = 0
        for seed in range(10_000, 10_010):
            right = view.cosines(unit(seed).reshape(1, -1), some)
            best = right.items[np.argsort(-right.cosines[:, 0])[:10]]
            found += len(np.intersect1d(best, view.search(unit(seed), 10, some).items))
            wanted += len(best)
        assert found >= 0.99 * wanted

    def test_the_graph_is_what_postgresql_uses(self, crowded: PgvectorIndex) -> None:
        view = crowded.now()
        sent: list[str] = []
        event.listen(view.engine, "before_cursor_execute", lambda c, cursor, statement, *_: sent.append(statement))
        view.search(unit(1), 5)
        (query,) = [statement for statement in sent if "LIMIT" in statement]
        with view.engine.begin() as connection:
            for statement in [s for s in sent if "set_config" in s]:
                connection.exec_driver_sql(statement)
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {query}").scalars())
        assert f"Index Scan using {view.part.graph}" in plan, plan

    def test_a_graph_that_a_crash_left_unfinished_is_made_again(self, engine: Engine) -> None:
        index = PgvectorIndex(engine, 1, Embedder(), exact_items=50)
        add(engine, 1, list(range(80)))
        index.now()
        index.settle()
        with engine.begin() as connection:
            connection.exec_driver_sql(
                f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{index.now().part.graph}'::regclass"
            )
            connection.exec_driver_sql("UPDATE profile_vector_state SET width = NULL")
        assert index.now().state.kind == "exact"
        index.settle()
        assert index.now().state.kind == "hnsw"

    def test_what_somebody_changed_behind_its_back_is_named_and_a_rebuild_makes_it_good(
        self, engine: Engine, index: PgvectorIndex
    ) -> None:
        one, other, *_ = add(engine, 1, [1, 2, 3])
        index.now()
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DELETE FROM profile_vector WHERE item_id = {one}")
            connection.exec_driver_sql(
                f"UPDATE profile_vector SET embedding = embedding + '[1,0,0,0,0,0,0,0]' WHERE item_id = {other}"
            )
        assert index.verify()[-1] == "1 vectors in the index differ from the database."
        index.rebuild()
        assert index.verify() == []

    def test_of_who_is_gone_no_vector_is_kept(self, engine: Engine, index: PgvectorIndex) -> None:
        (item,) = add(engine, 1, [1])
        index.now()
        with writing(engine) as session:
            session.connection().execute(delete(ProfileItem).where(col(ProfileItem.id) == item))
            bump_revision(session, 1)
        index.forget()
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM profile_vector").scalar() == 0

    def test_two_embedders_have_their_vectors_side_by_side(self, engine: Engine, index: PgvectorIndex) -> None:
        (old,) = add(engine, 1, [1], embedder="older-model")
        (new,) = add(engine, 1, [2])
        former = PgvectorIndex(engine, 1, Embedder("older-model"))
        assert former.now().search(unit(1), 9).items.tolist() == [old]
        assert index.now().search(unit(1), 9).items.tolist() == [new]
        assert former.now().search(unit(1), 9).items.tolist() == [old]

    def test_many_threads_bring_the_table_on_at_once(self, engine: Engine, index: PgvectorIndex) -> None:
        keep = add(engine, 1, list(range(40)))
        for seed in range(100, 104):
            add(engine, 1, [seed])
            with ThreadPoolExecutor(4) as pool:
                found = list(pool.map(lambda _: index.now().search(unit(5), 1).items.tolist(), range(8)))
            assert found == [[keep[5]]] * 8
        assert index.verify() == []


@pytest.mark.sqlite
def test_the_index_inside_postgresql_is_refused_without_one() -> None:
    with pytest.raises(BadInput, match="VETTING_INDEX=pgvector needs VETTING_DATABASE_URL"):
        load_settings(index="pgvector")
