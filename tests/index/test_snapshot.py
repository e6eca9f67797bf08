"""States of the index: changes share the store, and lists find what the whole matrix finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vetting.index import stores
from vetting.index.snapshot import Snapshot
from vetting.index.snapshot_file import Items, Stored
from vetting.index.stores import InvertedLists, Matrix, Store
from vetting.ports import Vectors

DIMENSION = 32


def vectors(count: int, seed: int = 1, groups: int = 12) -> Vectors:
    """Unit vectors in groups, as texts of some fields are."""
    random, centres = np.random.default_rng(seed), np.random.default_rng(0).normal(size=(groups, DIMENSION))
    rows = centres[random.integers(0, groups, count)] + 0.6 * random.normal(size=(count, DIMENSION))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def items(owners: list[int], first: int = 1) -> Items:
    ids = np.arange(first, first + len(owners))
    return Items(ids, np.array(owners, np.int64), np.array([str(i).encode() for i in ids], "S32"))


@pytest.fixture(scope="module")
def store() -> InvertedLists:
    return InvertedLists.build(vectors(6_000))


@pytest.mark.parametrize("share", [1.0, 0.5, 0.05, 0.005])
def test_lists_find_nearly_all_that_the_matrix_finds_under_any_filter(
    store: InvertedLists, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "FEW", 50)
    matrix, random = Matrix(vectors(6_000)), np.random.default_rng(2)
    mask = None if share == 1 else random.random(6_000) < share
    same = 0
    for query in vectors(40, seed=3):
        right, cosines = matrix.top(query, 10, mask)
        found, scores = store.top(query, 10, mask)
        same += len(np.intersect1d(found, right))
        assert scores == pytest.approx(store.rows(found) @ query, abs=1e-6) and (np.diff(scores) <= 0).all()
        assert mask is None or mask[found].all()
        assert len(found) == len(cosines)
    assert same >= 0.99 * 40 * 10


def test_lists_that_were_kept_find_the_same(store: InvertedLists) -> None:
    kept = store.lists()
    assert kept is not None and store.recall >= 0.99
    again = InvertedLists(vectors(6_000), kept)
    query = vectors(1, seed=5)[0]
    assert (again.top(query, 10, None)[0] == store.top(query, 10, None)[0]).all()
    assert again.recall == store.recall


CHANGES = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 4)), max_size=8)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=10), CHANGES)
def test_a_state_after_changes_finds_what_one_made_anew_finds(
    counts: list[int], changes: list[tuple[int, int]]
) -> None:
    """`counts`: items of experts 0, 1, ...; each change gives one expert that many new items."""
    owned = {who: list(vectors(n, seed=who)) for who, n in enumerate(counts)}
    state = Snapshot.of(_stored(owned))
    for step, (who, number) in enumerate(changes):
        owned[who] = list(vectors(number, seed=100 + step))
        ids = items([who] * number, first=1_000 * (step + 1))
        state = state.advanced([who], ids, np.array(owned[who], np.float32).reshape(-1, DIMENSION), step + 2)
    anew, query = Snapshot.of(_stored(owned)), vectors(1, seed=9)
    assert len(state) == len(anew) == sum(map(len, owned.values()))
    for experts in (None, np.array([0, 2, 14])):
        one, other = state.search(query[0], 5, experts), anew.search(query[0], 5, experts)
        assert one.cosines == pytest.approx(other.cosines, abs=1e-6)
        one, other = state.cosines(query, experts), anew.cosines(query, experts)
        assert sorted(one.experts.tolist()) == sorted(other.experts.tolist())
        assert np.sort(one.cosines[:, 0]) == pytest.approx(np.sort(other.cosines[:, 0]), abs=1e-6)
    whole = state.whole()
    assert (np.diff(whole.items.owners) >= 0).all() and len(whole.vectors) == len(whole.items)


def _stored(owned: dict[int, list[Vectors]]) -> Stored:
    rows = [(who, row) for who in sorted(owned) for row in owned[who]]
    found = np.array([row for _, row in rows], np.float32).reshape(-1, DIMENSION)
    return Stored("test", 1, items([who for who, _ in rows]), found)


def test_both_stores_keep_the_promise_of_one(store: InvertedLists) -> None:
    kinds: list[Store] = [store, Matrix(vectors(6_000))]
    queries = vectors(3, seed=7)
    for kind in kinds:
        assert kind.products(queries) == pytest.approx(vectors(6_000) @ queries.T, abs=1e-5)
        assert kind.rows(np.array([5, 1])) == pytest.approx(vectors(6_000)[[5, 1]])
