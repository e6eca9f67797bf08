"""The embedding model can be changed without a moment in which nobody is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import func, select

from tests.cast import service
from vetting.db.engine import reading
from vetting.db.matching_queries import pending_count
from vetting.db.profile_models import PreparedVector
from vetting.domain.profile import Profile
from vetting.errors import BadInput, Unavailable
from vetting.index.embedder import HashEmbedder
from vetting.ports import Vectors
from vetting.services import prepared_vectors, profiles
from vetting.services.candidates import create_candidate, import_profiles
from vetting.services.context import Context
from vetting.services.erasure import erase
from vetting.services.search import search


def person(key: str, text: str) -> Profile:
    return Profile.model_validate({"id": key, "name": key, "items": [{"kind": "role", "title": text}]})


class Next:
    """Another embedder, of another dimension, that may fail after some texts."""

    def __init__(self, left: int = 10**6) -> None:
        self.name, self.dimension, self.left, self.embedded = "next-64", 64, left, 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.embedded + len(texts) > self.left:
            raise Unavailable("The next model is gone.")
        self.embedded += len(texts)
        folded = HashEmbedder().embed(texts).reshape(len(texts), 4, 64).sum(axis=1)
        vectors: Vectors = folded / np.linalg.norm(folded, axis=1, keepdims=True)
        return vectors

    def ready(self, timeout: float) -> bool:
        return True


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    made = service(tmp_path)
    import_profiles(made, [person("ana", "queues of packets"), person("bo", "valves of the heart")])
    profiles.embed_pending(made)
    return made


def prepared(ctx: Context) -> int:
    with reading(ctx.engine) as session:
        return session.exec(select(func.count()).select_from(PreparedVector)).one()


def pending(ctx: Context, embedder: str) -> int:
    with reading(ctx.engine) as session:
        return pending_count(session, ctx.org, embedder)


def first(ctx: Context, text: str) -> str:
    found: str = search(ctx, text)["hits"][0]["expert"]
    return found


def changed_over(ctx: Context, embedder: Next, folder: Path) -> Context:
    """The service as it starts with another embedder."""
    from vetting.index.faiss_index import FaissIndex

    index = FaissIndex(ctx.engine, ctx.org, embedder, folder)
    return replace(ctx, embedder=embedder, indexes=lambda _: index)


def test_the_present_model_serves_while_the_next_ones_vectors_are_made_and_these_serve_at_once(
    ctx: Context, tmp_path: Path
) -> None:
    following = Next()
    assert prepared_vectors.prepare_everywhere(ctx, following) == 2
    assert first(ctx, "packets") == "ana" and pending(ctx, ctx.embedder.name) == 0
    after, made = changed_over(ctx, following, tmp_path), following.embedded
    assert profiles.sweep(after) == 0 and following.embedded == made, "nothing is embedded a second time"
    assert first(after, "packets") == "ana" and after.index.now().state.items == 2
    assert (prepared(ctx), pending(ctx, following.name)) == (0, 0)


def test_what_changed_or_came_meanwhile_is_embedded_as_it_is_now(ctx: Context, tmp_path: Path) -> None:
    following = Next()
    prepared_vectors.prepare(ctx, following)
    import_profiles(ctx, [person("ana", "contracts of lease"), person("cy", "enzymes")])
    profiles.embed_pending(ctx)
    assert prepared(ctx) == 1, "what was made of the former words went with them"
    after = changed_over(ctx, following, tmp_path)
    assert profiles.sweep(after) == 2
    assert (first(after, "lease"), first(after, "enzymes"), first(after, "valves")) == ("ana", "cy", "bo")


def test_preparing_goes_on_where_it_was_stopped_and_a_third_model_begins_anew(ctx: Context) -> None:
    import_profiles(ctx, [person(f"p-{k}", f"work {k}") for k in range(300)])
    with pytest.raises(Unavailable):
        prepared_vectors.prepare(ctx, Next(left=260))
    assert prepared(ctx) == 256
    assert prepared_vectors.prepare(ctx, Next()) == 46
    third = Next()
    third.name = "third-64"
    assert prepared_vectors.prepare(ctx, third) == 302
    assert prepared_vectors.discard(ctx) == 302 and prepared(ctx) == 0


def test_without_preparing_a_search_says_how_much_the_new_model_has_not_read_yet(ctx: Context, tmp_path: Path) -> None:
    after = changed_over(ctx, Next(), tmp_path)
    assert search(ctx, "packets")["note"] is None
    assert search(after, "packets")["note"].startswith("2 pieces of profiles wait for the embedding model")
    profiles.sweep(after)
    assert search(after, "packets")["note"] is None


def test_the_model_that_serves_needs_no_preparing(ctx: Context) -> None:
    with pytest.raises(BadInput, match="nothing to prepare"):
        prepared_vectors.prepare(ctx, HashEmbedder())


def test_an_erased_person_leaves_nothing_prepared(ctx: Context) -> None:
    who = create_candidate(ctx, name="Dora", imported_id="dora", headline="theory of knots")
    prepared_vectors.prepare(ctx, Next())
    assert prepared(ctx) == 3
    erase(ctx, who, "test")
    assert prepared(ctx) == 2
