"""A model's own doubt about a finding becomes the expected value of the verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.verdict import Finding
from vetting.engines.model_rater import INDICATOR_P, MISCONCEPTION_P
from vetting.engines.verdict_distribution import distributions, expected
from vetting.ports import Token


def plain(text: str) -> Token:
    return Token(text, ((text, 1.0),))


def answer(*found: tuple[str, Token]) -> list[Token]:
    """The tokens of an answer with one claim per target."""
    tokens = [plain('{"indicators": [')]
    for target, token in found:
        tokens += [plain(f'{{"target": "{target}", "evidence": "x", "quote": null, "finding": "'), token, plain('"}, ')]
    return [*tokens, plain("]}")]


def test_the_alternatives_of_the_word_that_decides_are_its_distribution() -> None:
    doubtful = Token("met", (("met", 0.6), ("part", 0.3), ("not", 0.1)))
    found = distributions(answer(("a", doubtful), ("b", Token("not", (("not", 0.99), ("met", 0.01))))))
    assert found["a"] == pytest.approx({Finding.MET: 0.6, Finding.PARTLY: 0.3, Finding.NOT_SHOWN: 0.1})
    assert found["b"][Finding.NOT_SHOWN] == pytest.approx(0.99)
    wanted = 0.6 * 0.92 + 0.3 * 0.6 + 0.1 * 0.12
    assert expected(Finding.MET, INDICATOR_P, found["a"]) == pytest.approx(wanted, abs=1e-4)


def test_a_token_that_begins_before_the_word_counts_by_what_follows_in_it() -> None:
    tokens = [plain('{"target": "a", "finding":'), Token(' "met', ((' "met', 0.7), (' "contr', 0.3))), plain('"}')]
    assert distributions(tokens)["a"] == pytest.approx({Finding.MET: 0.7, Finding.CONTRADICTED: 0.3})


def test_where_most_alternatives_are_no_findings_nothing_is_known() -> None:
    odd = Token("met", (("met", 0.3), ("excellent", 0.6)))
    assert distributions(answer(("a", odd))) == {} and distributions([]) == {}


def test_words_of_a_quote_that_look_like_a_finding_are_not_taken_for_one() -> None:
    quote = '{"target": "a", "quote": "he said \\"finding\\": \\"met\\" twice", "finding": "'
    tokens = [plain(quote), Token("not_shown", (("not_shown", 0.8), ("met", 0.2))), plain('"}')]
    assert distributions(tokens)["a"][Finding.NOT_SHOWN] == pytest.approx(0.8)


def test_without_a_distribution_or_with_one_that_denies_the_finding_its_own_value_counts() -> None:
    assert expected(Finding.PARTLY, INDICATOR_P, {}) == INDICATOR_P[Finding.PARTLY]
    assert expected(Finding.MET, INDICATOR_P, {Finding.NOT_SHOWN: 1.0}) == INDICATOR_P[Finding.MET]
    assert (
        expected(Finding.MET, MISCONCEPTION_P, {Finding.MET: 0.5, Finding.PARTLY: 0.5}) == MISCONCEPTION_P[Finding.MET]
    )


@given(st.dictionaries(st.sampled_from(list(Finding)), st.floats(0.001, 1), min_size=1))
def test_an_expected_value_lies_between_the_values_it_is_made_of(chances: dict[Finding, float]) -> None:
    finding = next(iter(chances))
    values = [INDICATOR_P[f] for f in chances]
    assert min(values) - 1e-4 <= expected(finding, INDICATOR_P, chances) <= max(values) + 1e-4
