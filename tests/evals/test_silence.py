"""Answers without knowledge are tried on a pack, and what they reach is told by file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.packs_examples import as_yaml, pack
from vetting.bootstrap import make_embedder
from vetting.config import load_settings
from vetting.domain.rubric_check import Severity
from vetting.engines.rater import EmbeddedRater
from vetting.evals.empty_talk import BESIDE
from vetting.evals.silence import Kind, PackSilence, measure
from vetting.index.embedder import HashEmbedder
from vetting.ports import Embedder

VACUOUS = "All the available information is gathered, and checked for being complete and reliable"


Measured = Callable[[dict[str, Any]], PackSilence]


@pytest.fixture(scope="module")
def bundled() -> Embedder:
    return make_embedder(load_settings(), in_process=True)


@pytest.fixture
def measured(tmp_path: Path, bundled: Embedder) -> Measured:
    def of(data: dict[str, Any]) -> PackSilence:
        file = tmp_path / "test.pack.yaml"
        file.write_text(as_yaml(data))
        (found,) = measure([file], EmbeddedRater(bundled), bundled)
        return found

    return of


def of_one_question(**changes: Any) -> dict[str, Any]:
    """A small fixed pack: rating its answers takes no time."""
    data = pack(form="fixed", cut={"composite": 3})
    data["competencies"] = data["competencies"][:1]
    data["competencies"][0] |= {"weight": 1.0, "questions": data["competencies"][0]["questions"][:1]}
    data["competencies"][0]["questions"][0] |= changes
    return data


def with_statement(statement: str) -> dict[str, Any]:
    data = of_one_question()
    data["competencies"][0]["questions"][0]["indicators"][1]["statement"] = statement
    return data


def test_a_pack_that_asks_for_things_of_its_field_gives_nothing_to_those_who_know_nothing(
    measured: Measured,
) -> None:
    found = measured(of_one_question())
    assert found.indicators == 4
    assert {kind: found.count(kind) for kind in Kind} == dict.fromkeys(Kind, 0)
    assert found.faults == ()


def test_an_indicator_that_empty_talk_meets_is_told_at_its_line_with_the_words(
    tmp_path: Path, measured: Measured
) -> None:
    found = measured(with_statement(VACUOUS))
    assert found.bank == "generic" and found.count(Kind.EMPTY_TALK) == 1
    assert found.share(Kind.EMPTY_TALK) == 0.25
    (warning,) = (f for f in found.faults if "meets it by" in f.fault.message)
    assert warning.fault.severity is Severity.WARNING
    assert VACUOUS[:40] in (tmp_path / "test.pack.yaml").read_text().splitlines()[warning.line - 1]
    assert "indicators[1].statement: warning: empty talk meets it by" in str(warning)
    assert found.document()["met"]["empty talk"]["which"][0]["indicator"] == "i1"


def test_more_than_two_percent_of_the_indicators_is_an_error(measured: Measured) -> None:
    found = measured(with_statement(VACUOUS))
    assert [f.fault.message for f in found.faults if f.fault.severity is Severity.ERROR] == [
        "empty talk meets 1 of 4 indicators, at most 2% may be met"
    ]


def test_a_bank_beside_the_pack_is_tried(tmp_path: Path, measured: Measured) -> None:
    (tmp_path / BESIDE).mkdir()
    text = "rubric: test.pack\nwritten_by: us\nanswers:\n  q0-0: Of course the window is halved after a loss.\n"
    (tmp_path / BESIDE / "test.pack.yaml").write_text(text)
    found = measured(of_one_question())
    assert [r.target.indicator.id for r in found.reached if r.kind is Kind.EMPTY_TALK] == ["i0"]


def test_words_of_a_probe_that_meet_an_indicator_are_told_at_the_probe(measured: Measured) -> None:
    probe = {"id": "p0", "trigger": "always", "kind": "deepen", "text": "Is the window halved after a loss, or not?"}
    found = measured(of_one_question(probes=[probe]))
    assert [str(f).partition(" ")[2] for f in found.faults] == [
        "competencies[0].questions[0].probes[0].text: warning: its words alone meet indicator 'i0'"
    ]


def test_a_pack_in_another_language_is_not_measured_and_says_so(measured: Measured) -> None:
    found = measured(of_one_question() | {"language": "de"})
    assert not found.measured and found.document()["measured"] is False
    assert str(found) == "test.pack 1.0.0: not measured, the embedded rater does not read 'de'."


def test_a_pack_with_faults_of_form_is_left_to_the_other_check(tmp_path: Path) -> None:
    file = tmp_path / "test.pack.yaml"
    file.write_text("id: 5\n")
    assert measure([file], EmbeddedRater(HashEmbedder()), HashEmbedder()) == ()


def test_what_says_the_same_in_other_words_is_told_by_sense(measured: Measured) -> None:
    data = of_one_question()
    told = data["competencies"][0]["questions"][0]["indicators"]
    told[2]["statement"] = "Apixaban 5 mg twice daily, halved only with two of age 80, weight 60 kg, creatinine 133"
    told[3]["statement"] = "Apixaban 2.5 mg twice daily, since age, weight and creatinine all meet the criteria"
    messages = [f.fault.message for f in measured(data).faults]
    assert any("nearly the same as indicator 'i2'" in message for message in messages)


def test_an_indicator_far_from_its_question_is_told_by_sense(measured: Measured) -> None:
    found = measured(with_statement("Bookkeepers reconcile supplier statements monthly"))
    (only,) = (f for f in found.faults if "leads to it" in f.fault.message)
    assert "indicators[1].statement" in str(only)
