"""The chain of changes: whatever is done to it afterwards shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import assume, given
from hypothesis import strategies as st

from vetting.domain.audit import START, Head, Link, Plain, Sealed, head_of, mark, seal, verify

KEY = b"k" * 32
WORDS = st.text("abcdef:.", max_size=6)
DETAILS = st.dictionaries(WORDS, st.one_of(WORDS, st.integers(-9, 9), st.booleans(), st.none()), max_size=3)


@dataclass
class Chain:
    """A chain as a database would hold it."""

    links: list[Sealed] = field(default_factory=list)
    head: Head | None = None

    def add(self, actor: str, action: str, detail: dict[str, Plain]) -> None:
        previous = self.links[-1].digest if self.links else START
        link = Link(1, len(self.links) + 1, "2026-11-28T12:00:00+00:00", actor, action, "entry:x", detail)
        self.links.append(Sealed(link, previous, seal(KEY, previous, link)))
        self.head = head_of(KEY, 1, link.seq, self.links[-1].digest)


@st.composite
def chains(draw: st.DrawFn, least: int = 1) -> Chain:
    made = Chain()
    for actor, action, detail in draw(st.lists(st.tuples(WORDS, WORDS, DETAILS), min_size=least, max_size=8)):
        made.add(actor, action, detail)
    return made


def faulty(chain: Chain, noted: str | None = None) -> bool:
    return verify(KEY, 1, chain.links, chain.head, noted).fault is not None


@given(chains())
def test_a_chain_as_it_was_written_is_whole_and_so_is_an_end_noted_on_the_way(chain: Chain) -> None:
    found = verify(KEY, 1, chain.links, chain.head)
    assert found.fault is None and found.links == len(chain.links)
    assert not any(faulty(chain, mark(s.link.seq, s.digest)) for s in chain.links)


@given(chains(), st.data())
def test_a_changed_link_is_found_where_it_is(chain: Chain, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain.links) - 1))
    name = data.draw(st.sampled_from(["at", "actor", "action", "subject", "detail"]))
    value: object = {"x": 1} if name == "detail" else "changed"
    old = chain.links[at]
    assume(getattr(old.link, name) != value)
    chain.links[at] = old._replace(link=old.link._replace(**{name: value}))
    fault = verify(KEY, 1, chain.links, chain.head).fault
    assert fault is not None and fault.seq == at + 1


@given(chains(least=2), st.data())
def test_a_removed_link_is_found_and_so_is_a_shorter_chain(chain: Chain, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(chain.links) - 1))
    end = data.draw(st.integers(start + 1, len(chain.links)))
    del chain.links[start:end]
    assert faulty(chain)


@given(chains(least=2), st.data())
def test_links_that_changed_places_are_found(chain: Chain, data: st.DataObject) -> None:
    one, other = data.draw(st.lists(st.integers(0, len(chain.links) - 1), min_size=2, max_size=2, unique=True))
    chain.links[one], chain.links[other] = chain.links[other], chain.links[one]
    assert faulty(chain)


@given(chains(), st.binary(min_size=1, max_size=40))
def test_without_the_key_no_link_can_be_added_or_sealed_again(chain: Chain, guess: bytes) -> None:
    assume(guess.rstrip(b"\0") != KEY)  # HMAC pads a key with zeros
    old = chain.links[-1]
    link = old.link._replace(actor=old.link.actor + "x")
    digest = seal(guess, old.previous, link)
    chain.links[-1] = Sealed(link, old.previous, digest)
    chain.head = head_of(guess, 1, link.seq, digest)
    assert faulty(chain)


@given(chains(least=2), st.data())
def test_an_older_state_put_back_whole_is_found_by_an_end_noted_elsewhere(chain: Chain, data: st.DataObject) -> None:
    noted = mark(len(chain.links), chain.links[-1].digest)
    keep = data.draw(st.integers(0, len(chain.links) - 1))
    older = Chain(chain.links[:keep])
    if keep:
        older.head = head_of(KEY, 1, keep, older.links[-1].digest)
    assert not faulty(older)
    assert faulty(older, noted)


@given(chains())
def test_a_chain_of_another_organisation_and_one_without_an_end_are_found(chain: Chain) -> None:
    assert verify(KEY, 2, chain.links, head_of(KEY, 2, len(chain.links), chain.links[-1].digest)).fault is not None
    chain.head = None
    assert faulty(chain)
