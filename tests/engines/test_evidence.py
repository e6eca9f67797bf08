"""Evidence for claims: measured on pairs of our own, and held to what must never happen."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.verdict import Flag
from vetting.engines.credence import CALIBRATED
from vetting.engines.evidence import HELD, Evidence, denies, key_points, looks, weigh
from vetting.engines.rater import MET, PARTLY
from vetting.engines.terms import Claim
from vetting.engines.views import Vision
from vetting.evals.rater_training import EACH, balanced, fit, joined, made, near_misses, table, talk_of
from vetting.index.embedder import HashEmbedder, InProcessEmbedder
from vetting.packs import installed_rubrics, load_rubric

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[2] / "data" / "eval"
QUESTION = "What does a sender do after a loss, and why?"
REFERENCE = "The congestion window is halved because a lost segment is a sign of an overfull queue."
HALVED = Claim("halved", "The congestion window is halved", ("cuts its rate in two",))
QUEUE = Claim("queue", "A lost segment is a sign of an overfull queue")


class SentencesOnly:
    """A server of other people: sentence vectors, no words."""

    def __init__(self, inner: HashEmbedder | InProcessEmbedder) -> None:
        self._inner = inner
        self.name, self.dimension = inner.name, inner.dimension

    def embed(self, texts: Sequence[str]) -> Any:
        return self._inner.embed(texts)

    def ready(self, timeout: float) -> bool:
        return self._inner.ready(timeout)


@pytest.fixture(scope="module")
def vision() -> Vision:
    return Vision(InProcessEmbedder())


def hashed(answer: str, *claims: Claim) -> Evidence:
    return weigh(Vision(HashEmbedder()), QUESTION, REFERENCE, claims or (HALVED, QUEUE), answer)


def said_of(claim: Claim, beside: Claim, answer: str) -> float:
    """How far a claim is said above what the other claim's words say of it."""
    return looks(Vision(HashEmbedder()), QUESTION, REFERENCE, (claim, beside), answer)[0].said


def pairs(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def answered() -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """The indicator pairs of one answer together, with its misconception pair."""
    wrong = {(p["question"], p["answer"]): p for p in pairs("misconception_pairs.jsonl")}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for pair in pairs("indicator_pairs.jsonl"):
        groups[pair["question"], pair["answer"]].append(pair)
    return ((group, wrong[key]) for key, group in groups.items())


def test_words_that_another_claim_uses_too_say_less_of_a_claim() -> None:
    kin = tuple(f"The congestion window is {verb}" for verb in ("doubled", "restored", "kept", "frozen", "measured"))
    answer = "I know that there is a congestion window."
    assert said_of(HALVED, Claim("other", kin[0], kin[1:]), answer) < said_of(HALVED, QUEUE, answer) - 0.1


def test_the_only_claim_of_a_question_is_not_met_by_whatever_is_said() -> None:
    stated, stranger = (hashed(answer, HALVED).supports[0].p for answer in ("It cuts its rate in two.", "It rains."))
    assert stated > MET
    assert stranger < PARTLY


def test_the_calibration_holds_on_pairs_it_was_not_fitted_on(vision: Vision) -> None:
    p, stated = [], []
    for group, _ in answered():
        claims = [Claim(pair["id"], pair["statement"], tuple(pair["phrases"])) for pair in group]
        found = weigh(vision, group[0]["question"], "", claims, group[0]["answer"]).supports
        p += [support.p for support in found]
        stated += [pair["stated"] for pair in group]
    shown, y = np.array(p) > 0.5, np.array(stated)
    print(f"n {len(y)}: sensitivity {shown[y].mean():.2f}, specificity {(~shown[~y]).mean():.2f}")
    assert (shown[y].mean() + (~shown[~y]).mean()) / 2 >= 0.72


def test_the_constants_tell_stated_from_unstated_and_every_sign_counts_for_a_claim(vision: Vision) -> None:
    """On a part of the answers: every tenth question of every pack, so that the suite stays quick."""
    tables = []
    for _, rubric in installed_rubrics():
        answers = list(made(rubric, near_misses(rubric), talk_of(rubric)))
        tables.append(table(vision, [answer for at, answer in enumerate(answers) if at % 40 < EACH]))
    told = CALIBRATED[True]
    sensitivity, specificity = balanced((told.intercept, told.weights), joined(tables))
    assert (sensitivity + specificity) / 2 >= 0.7
    _, weights = fit(tables)
    assert min(weights) > 0 and min(told.weights) > 0


def test_statements_in_own_words_are_believed_and_fluent_emptiness_is_not(vision: Vision) -> None:
    shown, absent, empty, held, free = [], [], [], [], []
    for group, wrong in answered():
        claims = [Claim(p["id"], p["statement"], tuple(p["phrases"])) for p in group]
        belief = Claim("wrong", wrong["statement"], (), (wrong["correction"],))
        found = weigh(vision, wrong["question"], "", [*claims, belief], wrong["answer"]).supports
        for pair, support in zip(group, found, strict=False):
            (shown if pair["stated"] else absent).append(support.p)
            if not any(p["stated"] for p in group):
                empty.append(support.p)
        (held if wrong["stated"] else free).append(found[-1].p)
    assert np.mean(shown) > 0.6
    assert np.mean(absent) < 0.27
    assert np.mean(empty) < 0.2
    assert np.mean(np.array(held) > HELD) >= 0.4
    assert np.mean(np.array(free) > HELD) == 0


def test_the_quote_is_verbatim_even_when_the_answer_hides_characters() -> None:
    answer = "Hello. The con\u200bgestion window is hal\u00adved at once. Bye."
    support = hashed(answer).supports[0]
    assert support.span is not None
    assert answer[support.span.start : support.span.end] == "The con\u200bgestion window is hal\u00adved at once."


@given(st.text(max_size=200))
def test_whatever_is_written_every_claim_gets_a_finite_support(answer: str) -> None:
    found = hashed(answer)
    assert [s.id for s in found.supports] == ["halved", "queue"]
    for s in found.supports:
        assert 0 <= s.p <= 1
        assert s.span is None or 0 <= s.span.start < s.span.end <= len(answer)
    assert 0 <= found.credit <= 1
    assert found == hashed(answer)


def test_a_copy_of_what_only_the_pack_knows_shows_nothing() -> None:
    found = hashed(REFERENCE)
    assert Flag.COPIED_REFERENCE in found.flags
    assert all(s.p <= 0.1 and s.span is None for s in found.supports)
    public = weigh(Vision(HashEmbedder()), QUESTION, REFERENCE, (HALVED, QUEUE), REFERENCE, secret=False)
    assert public.credit > 0.9


def test_the_question_repeated_shows_nothing() -> None:
    found = hashed("What does a sender do after a loss, and why? A sender does after a loss.")
    assert Flag.PARROTS_QUESTION in found.flags
    assert all(s.p <= 0.1 for s in found.supports)


def test_the_opposite_of_a_statement_contradicts_it() -> None:
    claim = Claim("c", "Dobutamine echocardiography tells true from pseudo severe stenosis")
    said = "Dobutamine echocardiography never tells true from pseudo severe stenosis."
    support = hashed(said, claim).supports[0]
    assert support.contradicted
    assert support.p <= 0.1
    assert not hashed(said.replace(" never", ""), claim).supports[0].contradicted


def test_a_not_that_belongs_elsewhere_contradicts_nothing() -> None:
    assert not denies("The window is halved after each loss", "The window is halved after each loss, no matter why.")
    assert not denies("The window is halved", "This is not about valves.")


def test_a_wrong_belief_needs_to_be_said_more_clearly_than_its_correction(vision: Vision) -> None:
    correction = "Aspirin hardly prevents stroke in fibrillation"
    belief = Claim("m", "Aspirin protects from stroke in atrial fibrillation", (), (correction,))
    question = "How do you treat her?"
    right = weigh(vision, question, "", (belief,), "Aspirin hardly prevents a stroke when the atria fibrillate.")
    wrong = weigh(vision, question, "", (belief,), "Aspirin protects her from stroke when the atria fibrillate.")
    assert wrong.supports[0].p > HELD > right.supports[0].p


def test_without_word_vectors_it_says_so_and_still_ranks() -> None:
    vision = Vision(SentencesOnly(HashEmbedder()))
    good = weigh(vision, QUESTION, REFERENCE, (HALVED, QUEUE), "Its window gets halved, the queue was overfull.")
    bad = weigh(vision, QUESTION, REFERENCE, (HALVED, QUEUE), "He waits for the weather to become better tomorrow.")
    assert Flag.DEGRADED in good.flags
    assert good.credit > bad.credit
    assert good.supports[0].span is not None


def test_key_points_are_the_items_of_four_words_or_more() -> None:
    assert key_points("1. The header is fixed. 2. Flags. 3. The port is optional there.") == (
        "The header is fixed. Flags.",
        "The port is optional there.",
    )
    assert key_points("Twice.") == ("Twice.",)


LOOP = "Somebody plugs both ends of a cable into two switches. What happens, and why does it not stop?"
NO_LOOPS = Claim(
    "loops-impossible",
    "With spanning tree enabled on the switches a loop cannot happen.",
    (),
    ("A cheap switch may swallow BPDUs, so a loop can still form.",),
)
NO_HOP_COUNT = Claim(
    "no-hop-count", "An Ethernet header has no hop count, so a looping frame circulates until somebody breaks the loop."
)


@pytest.mark.parametrize(
    "answer",
    [
        "I do not know anything about this loop.",
        "A loop makes broadcast frames circulate forever.",
        "Ethernet frames carry no TTL so broadcasts go round forever.",
        "Many believe a loop cannot happen with spanning tree enabled, but that is false.",
        "It is wrong to think that with spanning tree enabled a loop cannot happen.",
    ],
)
def test_no_wrong_belief_is_put_into_a_mouth(vision: Vision, answer: str) -> None:
    supports = weigh(vision, LOOP, "A ring forms and frames circulate.", (NO_HOP_COUNT, NO_LOOPS), answer).supports
    assert supports[1].p < HELD


def test_a_wrong_belief_said_with_conviction_is_found(vision: Vision) -> None:
    said = "Spanning tree is enabled on all our switches, so a loop cannot happen here, and I look elsewhere."
    supports = weigh(vision, LOOP, "A ring forms and frames circulate.", (NO_HOP_COUNT, NO_LOOPS), said).supports
    assert supports[1].p > HELD


def test_the_packs_own_phrases_are_not_taken_for_wrong_beliefs(vision: Vision) -> None:
    rubric = load_rubric("software.networking")
    taken = asked = 0
    for question in list(rubric.questions())[::5]:
        wrong = tuple(Claim(m.id, m.statement, (), (m.correction,)) for m in question.misconceptions)
        for indicator in question.indicators:
            supports = weigh(
                vision, question.text, question.reference, wrong, indicator.statement, secret=False
            ).supports
            taken, asked = taken + sum(s.p > HELD for s in supports), asked + len(supports)
    assert asked > 50 and taken / asked <= 0.02
