"""Words that a topic and a profile share have a minority vote, the same however the pool came together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.lexicon import MOST_VOTE, Lexicon, Postings, voted
from vetting.domain.pool import Ints, TopicScores

WORDS = ("routing", "routers", "bgp", "the", "of", "valves", "heart", "contract", "tort", "audit", "größe")
said = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
people = st.dictionaries(st.integers(1, 40), said, max_size=12)


def keys(of: dict[int, str]) -> Ints:
    return np.array(sorted(of), dtype=np.int64)


def postings(of: dict[int, str]) -> Postings:
    return Postings.of(sorted(of), sorted(of.items()))


def lexicon(of: dict[int, str]) -> Lexicon:
    return Lexicon.of(postings(of), keys(of))


def test_whoever_names_the_very_thing_is_heard_in_every_form_of_the_word() -> None:
    shares = lexicon({1: "kept the routers of a bank", 2: "kept the books of a bank", 3: "BGP routing"}).shares(
        "Routing"
    )
    assert shares[1] == 0 and shares[0] > 0 and shares[2] > shares[0]


def test_a_word_that_few_use_counts_for_more_than_one_that_all_use() -> None:
    of = {k: "review of answers" for k in range(1, 9)} | {9: "review of CRISPR"}
    rare, common = lexicon(of).shares("CRISPR answers")[[8, 0]]
    assert rare > 2 * common


def test_words_of_other_alphabets_are_words() -> None:
    shares = lexicon({1: "Prüfung von Größen", 2: "экспертиза", 3: "valves"}).shares("экспертиза größen")
    assert shares[0] > 0 and shares[1] > 0 and shares[2] == 0


@pytest.mark.parametrize("text", ["", "the of and", "unheard"])
def test_a_topic_without_a_word_that_anybody_uses_gives_no_vote(text: str) -> None:
    assert not lexicon({1: "bgp routing", 2: "valves"}).shares(text).any()
    assert not len(lexicon({}).shares("bgp"))


@given(people, said)
def test_a_share_lies_between_nothing_and_all_and_a_vote_is_bounded(of: dict[int, str], topic: str) -> None:
    found = lexicon(of)
    assert ((found.shares(topic) >= 0) & (found.shares(topic) < 1)).all()
    assert (found.votes(topic, 5.0) <= MOST_VOTE).all() and not found.votes(topic, 0.0).any()


@given(people, st.lists(st.tuples(people, st.sets(st.integers(1, 40), max_size=4)), max_size=4), said)
def test_a_pool_that_changed_bit_by_bit_votes_as_one_that_is_read_anew(
    of: dict[int, str], changes: list[tuple[dict[int, str], set[int]]], topic: str
) -> None:
    grown = lexicon(of)
    for new, left in changes:
        gone = left | set(new)
        of = {k: text for k, text in of.items() if k not in gone} | new
        grown = grown.replaced(np.array(sorted(gone), dtype=np.int64), postings(new), keys(of))
    np.testing.assert_allclose(grown.shares(topic), lexicon(of).shares(topic), rtol=0, atol=1e-12)


def test_experts_are_counted_in_portions_without_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    of = {k: f"bgp routing {'heart ' * (k % 5)}" for k in range(1, 30)}
    whole = lexicon(of).shares("heart of routing")
    monkeypatch.setattr("vetting.domain.lexicon.PORTION", 3)
    assert (lexicon(of).shares("heart of routing") == whole).all()


def test_who_has_no_item_has_nothing_to_vote_on_and_a_score_stays_within_one() -> None:
    scores = TopicScores(np.array([0.2, 0.95, 0.0]), np.zeros(3), np.array([0, 1, -1]))
    assert voted(scores, np.array([0.1, 0.1, 0.1])).score.tolist() == pytest.approx([0.3, 1.0, 0.0])
