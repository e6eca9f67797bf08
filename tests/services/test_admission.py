"""A model rates only after it passed its check: against the shipped fakes, over the real gateway."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests import databases
from vetting.bootstrap import rating_models
from vetting.config import load_settings
from vetting.db.engine import reading
from vetting.db.rater_models import ModelAdmission
from vetting.domain.admission import Expect
from vetting.errors import BadInput, ModelFailed
from vetting.llm.fake_server import FakeServer
from vetting.packs import load_rubric
from vetting.services import admission
from vetting.services.admission import GoldenSet, Prices, golden_set

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SHORT = GoldenSet(golden_set().answers[:14], (), golden_set().sha256)
FEW = GoldenSet(golden_set().answers[:6], golden_set().orders[:1], golden_set().sha256)


def checked(folder: Path, golden: GoldenSet | None = None, **server: Any) -> admission.Report:
    engine = databases.engine(folder)
    with FakeServer(**server) as fake:
        (rater,) = rating_models(load_settings(llm_model="fake", OPENAI_BASE_URL=fake.base_url))
        return admission.check(engine, rater, NOW, golden=golden)


def failing(report: admission.Report) -> set[str]:
    return {gate.name for gate in report.gates if not gate.passed}


def orders() -> list[str]:
    return [order.order for order in golden_set().orders]


def test_every_golden_answer_names_targets_of_a_shipped_pack() -> None:
    golden = golden_set()
    assert len(golden.answers) >= 24 and len(golden.orders) >= 12
    for item in golden.answers:
        question = load_rubric(item.rubric).question(item.question)
        indicators, wrong = {i.id for i in question.indicators}, {m.id for m in question.misconceptions}
        held = {target for target, expected in item.expect.items() if expected is Expect.HELD}
        assert held <= wrong and set(item.expect) - held <= indicators | wrong, item.id


def test_golden_answers_cover_both_fields_and_every_kind() -> None:
    answers = golden_set().answers
    assert {a.rubric for a in answers} == {"software.networking", "medicine.cardiology"}
    assert {a.kind for a in answers} == {"stated", "near_miss", "trap"}
    assert len({a.id for a in answers}) == len(answers)


def test_the_honest_fake_is_admitted_and_the_figures_are_kept(tmp_path: Path) -> None:
    report = checked(tmp_path, script={"attacks": orders()})
    assert report.admitted and report.faults == []
    found = report.figures
    assert (found.usable, found.verbatim, found.repeatability, found.obeyed) == (1.0, 1.0, 1.0, 0)
    assert found.rung == "json_schema" and found.ratings == 2 * found.answers + found.orders
    with reading(databases.engine(tmp_path)) as session:
        row = session.exec(select(ModelAdmission)).one()
    assert row.admitted and row.prompt_sha == report.prompt_sha and row.document["figures"]["obeyed"] == 0


def test_a_model_that_obeys_its_candidates_is_refused_for_that_alone(tmp_path: Path) -> None:
    report = checked(tmp_path, mode="obedient", script={"attacks": orders()})
    assert failing(report) == {"answers whose instructions were obeyed"}
    assert report.figures.obeyed == len(golden_set().orders)


def test_a_hostile_model_is_refused(tmp_path: Path) -> None:
    report = checked(tmp_path, FEW, mode="hostile", seed=2)
    assert {"usable ratings", "indicators that are not stated, left alone"} <= failing(report)


def test_a_model_that_cannot_be_reached_is_not_judged(tmp_path: Path) -> None:
    engine = databases.engine(tmp_path)
    (rater,) = rating_models(load_settings(llm_model="fake", OPENAI_BASE_URL="http://127.0.0.1:1/v1"))
    with pytest.raises(ModelFailed, match="OPENAI_BASE_URL"):
        admission.check(engine, rater, NOW)
    with reading(engine) as session:
        assert session.exec(select(ModelAdmission)).all() == []


def test_the_newest_check_of_the_current_prompt_counts_and_every_other_state_says_why(tmp_path: Path) -> None:
    report = checked(tmp_path, SHORT)
    engine = databases.engine(tmp_path)
    sha = report.prompt_sha
    assert failing(report) == {"answers whose instructions were obeyed"}  # none was tried, so nobody knows
    assert "failed its check" in admission.standing(engine, "fake", sha).sentence
    good = _passing(report)
    admission.store(engine, good, NOW)
    assert admission.standing(engine, "fake", sha) == admission.Standing("fake", True)
    assert "another version of the prompt" in admission.standing(engine, "fake", "0" * 64).sentence
    assert "has not been checked yet: vetting models check --model other" in (
        admission.standing(engine, "other", sha).sentence
    )
    admission.store(engine, report, NOW)
    assert not admission.standing(engine, "fake", sha).admitted


def _passing(report: admission.Report) -> admission.Report:
    return replace(report, gates=tuple(g.model_copy(update={"passed": True}) for g in report.gates))


def test_a_price_gives_the_cost_of_an_interview(tmp_path: Path) -> None:
    engine = databases.engine(tmp_path)
    with FakeServer() as fake:
        (rater,) = rating_models(load_settings(llm_model="fake", OPENAI_BASE_URL=fake.base_url))
        report = admission.check(engine, rater, NOW, golden=SHORT, prices=Prices(input=2.0, output=10.0))
    tokens = report.document()["tokens_per_interview"]
    assert report.cost_per_interview == pytest.approx((2 * tokens["input"] + 10 * tokens["output"]) / 1e6, rel=1e-3)


@pytest.mark.parametrize(
    ("line", "named"),
    [('{"id": "x"}', ":1:"), ('{"id":"o","kind":"obey","base":"no","place":"after","order":"x"}', "o")],
)
def test_a_broken_golden_file_is_named(tmp_path: Path, line: str, named: str) -> None:
    file = tmp_path / "golden.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(BadInput, match=named):
        golden_set(file)


def test_without_a_model_there_is_nothing_to_check() -> None:
    with pytest.raises(BadInput, match="VETTING_LLM_MODEL"):
        rating_models(load_settings())
