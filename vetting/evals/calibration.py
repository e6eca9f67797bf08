"""`vetting calibrate`: a rater's probabilities fitted to answers that people scored, tried on questions left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from vetting.domain.calibration import Calibrated, Labelled, TooLittle, calibrate
from vetting.domain.rubric import AnswerQuestion
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.engines.answer_flags import LOW_TRUST
from vetting.engines.evidence import key_points
from vetting.engines.rater import EmbeddedRater
from vetting.errors import BadInput
from vetting.evals.scoring_items import ScoringItem, read_items
from vetting.ports import Rater, RatingRequest

LONGEST_STATEMENT = 400
MIDDLE_LEVEL = 3
BATCH = 64

Progress = Callable[[str, int, int], None]


def fit(items_file: Path, rater: EmbeddedRater, progress: Progress) -> tuple[Calibrated, str]:
    """(the calibration, sha256 of the file) of an uncalibrated rater. Raises BadInput, NotFound, Unavailable.

    Key points become indicators of the middle level. Answers with a flag that takes trust away (blank, parroting, word
    lists, another language ...) are left out: the rater does not believe them whatever their score.
    """
    items = read_items(items_file)
    data = labelled(items, rater, progress)
    try:
        return calibrate(data), sha256(items_file.read_bytes()).hexdigest()
    except TooLittle as error:
        raise BadInput(f"{items_file}: {error}.") from None


def labelled(items: Sequence[ScoringItem], rater: EmbeddedRater, progress: Progress) -> list[Labelled]:
    """What the rater finds in each answer, beside the person's score. Raises Unavailable."""
    found = []
    for number, item in enumerate(items):
        if number % BATCH == 0:
            progress("answers", number, len(items))
            rater.read_ahead([i.answer for i in items[number : number + BATCH]])
        question = _question(item)
        assessment = rater.rate(RatingRequest(question=question, transcript=_said(question, item))).assessment
        indicators = {i.id for i in question.indicators}
        ps = tuple(v.p for v in assessment.verdicts if v.target in indicators)
        if ps and LOW_TRUST.isdisjoint(assessment.flags):
            low, high = item.scale
            share = min(max((item.human - low) / (high - low), 0.0), 1.0)
            found.append(Labelled(ps, share, item.question))
    progress("answers", len(items), len(items))
    return found


def document(rater: Rater, fitted: Calibrated, data_sha256: str, *, used: bool) -> dict[str, Any]:
    """A calibration as JSON."""
    return {
        "rater": rater.id.label,
        "data_sha256": data_sha256,
        "used": used,
        **fitted.model_dump(mode="json"),
    }


def as_text(found: Mapping[str, Any]) -> str:
    """The same as a person reads it in a terminal."""
    told, before, after = found["indicators"], found["before"], found["after"]
    lines = [
        f"{found['rater']}: {found['answers']} scored answers to {found['questions']} questions (mean score "
        f"{found['mean_score']:.2f} of the scale), data {found['data_sha256'][:12]}",
        f"  log odds of an indicator are multiplied by {told['slope']:.2f}",
        f"  {'on questions left out':24}{'log loss':>9}{'RMSE':>8}{'gap':>8}",
        f"  {'without':24}{before['log_loss']:>9.4f}{before['rmse']:>8.4f}{before['error']:>8.4f}",
        f"  {'with':24}{after['log_loss']:>9.4f}{after['rmse']:>8.4f}{after['error']:>8.4f}",
        "  Misconceptions are not calibrated: scores say nothing of them.",
    ]
    if found["used"]:
        lines.append("  The rater uses it from the next start of vetting serve and vetting worker on.")
    else:
        lines.append("  It is not used.")
    return "\n".join(lines)


def _question(item: ScoringItem) -> AnswerQuestion:
    points = item.key_points or key_points(item.reference)
    return AnswerQuestion.model_validate(
        {
            "id": "q",
            "minutes": 3,
            "text": item.question,
            "reference": item.reference,
            "indicators": [
                {"id": f"k{n}", "statement": point[:LONGEST_STATEMENT], "level": MIDDLE_LEVEL}
                for n, point in enumerate(points, 1)
            ],
        }
    )


def _said(question: AnswerQuestion, item: ScoringItem) -> Transcript:
    turn = Turn(
        number=1,
        kind=PromptKind.LEAD,
        question_id=question.id,
        prompt=item.question,
        status=TurnStatus.ANSWERED,
        answer=item.answer,
    )
    return Transcript(turns=(turn,))
