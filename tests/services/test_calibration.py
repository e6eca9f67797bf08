"""Labelled answers calibrate the embedded rater of a real service, and the service says so."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from tests.cast import begun, service
from vetting.bootstrap import embedded_rater, make_embedder
from vetting.config import load_settings
from vetting.db.engine import reading
from vetting.db.models import AssessmentRow, VerdictRow
from vetting.domain.calibration import Calibrated, Fit, LogisticMap
from vetting.domain.interview_events import SubmitAnswer
from vetting.domain.verdict import Finding, RaterId
from vetting.engines.rater import VERSION
from vetting.errors import BadInput
from vetting.evals import calibration as job
from vetting.services import calibration, interviews

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RATER = RaterId(engine="embedded", model="hash-256", version=VERSION)
POINTS = (
    "The sender halves its window after a loss",
    "Deep buffers delay every packet behind them",
    "A filter drops the message the sender waits for",
)

SAID = (
    "I remember that losing something makes senders halve their windows at once",
    "With such deep buffers it is the delay that packets behind suffer from",
    "Some filter on the way drops precisely this message, and so the sender waits on",
)
OPEN = "A loss tells me some queue overflowed, then we halve windows and wait for delays to rise on deep ones."


def fitted(slope: float, *, helps: bool = True) -> Calibrated:
    good, bad = Fit(log_loss=0.4, rmse=0.2, error=0.02), Fit(log_loss=0.5, rmse=0.3, error=0.1)
    before, after = (bad, good) if helps else (good, bad)
    told = LogisticMap(intercept=0.0, slope=slope)
    return Calibrated(indicators=told, answers=200, questions=6, mean_score=0.6, before=before, after=after)


def items(file: Path, n: int, questions: int = 6) -> Path:
    """Answers that hold some of three key points, scored by how many, with some noise."""
    chance = random.Random(5)
    lines = []
    for number in range(n):
        held = [said for said in SAID if chance.random() < 0.5]
        noise = chance.choice((-0.1, 0.0, 0.1))
        lines.append(
            {
                "id": f"a{number}",
                "question": f"What happens in case {number % questions}?",
                "reference": ". ".join(POINTS),
                "key_points": list(POINTS),
                "answer": ". ".join(held or ["I am afraid that nothing comes to my mind about this matter"]),
                "human": min(max(len(held) / 3 + noise, 0), 1) * 10,
                "scale": [0, 10],
            }
        )
    file.write_text("\n".join(map(json.dumps, lines)))
    return file


def test_scored_answers_are_fitted_and_the_hash_of_their_file_goes_along(tmp_path: Path) -> None:
    file = items(tmp_path / "items.jsonl", 120)
    settings = load_settings(embedder="hash")
    rater = embedded_rater(settings, make_embedder(settings, in_process=True))
    found, sha = job.fit(file, rater, lambda *_: None)
    assert found.answers > 100 and found.questions == 6 and len(sha) == 64
    document = job.document(rater, found, sha, used=True)
    assert document["rater"] == f"embedded:hash-256 v{VERSION}" and "next start" in job.as_text(document)


def test_too_few_answers_are_one_sentence_with_the_file(tmp_path: Path) -> None:
    file = items(tmp_path / "items.jsonl", 20)
    settings = load_settings(embedder="hash")
    rater = embedded_rater(settings, make_embedder(settings, in_process=True))
    with pytest.raises(BadInput, match=r"items\.jsonl: a calibration needs at least 100 scored answers, here are 20\."):
        job.fit(file, rater, lambda *_: None)


def test_the_newest_calibration_that_helps_is_in_use_until_it_is_removed(tmp_path: Path) -> None:
    engine = service(tmp_path).engine
    assert calibration.in_use(engine, RATER) is None
    assert calibration.store(engine, RATER, fitted(0.5), "a" * 64, NOW)
    assert not calibration.store(engine, RATER, fitted(0.7, helps=False), "b" * 64, NOW)
    used = calibration.in_use(engine, RATER)
    assert used is not None and (used.indicators.slope, used.data_sha256) == (0.5, "a" * 64)
    calibration.store(engine, RATER, fitted(0.9), "c" * 64, NOW)
    with reading(engine) as session:
        assert [(row.data_sha256[0], row.used) for row in calibration.newest(session)] == [("b", False), ("c", True)]
    assert calibration.in_use(engine, RATER.model_copy(update={"model": "another"})) is None
    assert calibration.remove(engine, RATER) == 1 and calibration.in_use(engine, RATER) is None


def test_a_calibration_is_not_used_for_another_version_of_the_rater_than_it_was_fitted_on(tmp_path: Path) -> None:
    engine, later = service(tmp_path).engine, RATER.model_copy(update={"version": VERSION + 1})
    assert RATER.version == VERSION and service(tmp_path).steering.id == RATER
    calibration.store(engine, RATER, fitted(0.5), "a" * 64, NOW)
    assert calibration.in_use(engine, later) is None
    assert calibration.store(engine, later, fitted(0.7), "b" * 64, NOW)
    assert calibration.in_use(engine, RATER) is None, "the newer one takes its place"


def rated(folder: Path) -> dict[str, VerdictRow]:
    ctx = service(folder)
    interview_id = begun(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=OPEN))
    with reading(ctx.engine) as session:
        (row,) = session.exec(select(AssessmentRow).where(AssessmentRow.interview_id == interview_id)).all()
        verdicts = session.exec(select(VerdictRow).where(VerdictRow.interview_id == interview_id)).all()
    assert row.provenance["rater"]["calibration"] == ctx.steering.id.calibration
    return {v.target: v for v in verdicts}


def test_the_probabilities_of_the_embedded_rater_pass_through_the_map_and_its_findings_follow(tmp_path: Path) -> None:
    plain = rated(tmp_path)
    engine = service(tmp_path).engine
    calibration.store(engine, RATER, fitted(0.2), "a" * 64, NOW)
    told = LogisticMap(slope=0.2)
    calibrated = rated(tmp_path)
    assert service(tmp_path).steering.id.calibration == "a" * 12
    moved = {t: (v.p, calibrated[t].p) for t, v in plain.items() if v.p != calibrated[t].p}
    assert moved and all(after == pytest.approx(told.apply(before), abs=2e-4) for before, after in moved.values())
    for verdict in calibrated.values():
        assert (verdict.finding == Finding.MET) <= (verdict.p >= 0.5)


def test_misconceptions_keep_their_probabilities(tmp_path: Path) -> None:
    plain = rated(tmp_path)
    calibration.store(service(tmp_path).engine, RATER, fitted(0.2), "a" * 64, NOW)
    calibrated = rated(tmp_path)
    wrong = [target for target in plain if target.endswith("-wrong")]
    assert wrong and all(calibrated[target].p == plain[target].p for target in wrong)
