"""Pasted answers through the product's own interview: the rule holds them, an honest defence does not suffer."""

import json

import pytest
import yaml

from tests.domain.packs import rubric
from vetting.domain.verdict import Finding, RaterId, RawAssessment, RawVerdict
from vetting.domain.work_sample import is_work_sample, read
from vetting.evals.model_answers import Bank, Manner, as_text, banks, evaluate, solved
from vetting.packs import load_rubric, shipped
from vetting.ports import RatingReply, RatingRequest

PASTED = "Loss means that the queue overflowed."
HONEST = "At deep buffers the delay rises first, and a window halved after loss then takes two seconds to come back."
TALK = "Good communication with all stakeholders matters a great deal, and a balanced view is always to be recommended."
GIVEN = yaml.safe_load((shipped("data/eval") / "defences.yaml").read_text(encoding="utf-8"))["packs"]


class Believer:
    """A rater that credits every indicator to the first words of the last answer."""

    id = RaterId(engine="embedded", model="believer")

    def rate(self, request: RatingRequest) -> RatingReply:
        said = [t.answer for t in request.transcript.of_question(request.question.id) if t.answer]
        claims = (
            RawVerdict(target=i.id, finding=Finding.MET, p=0.95, quote=said[-1][:40])
            for i in request.question.indicators
        )
        return RatingReply(RawAssessment(verdicts=tuple(claims) if said else ()))


def bank() -> Bank:
    pack = rubric()
    answers = {q.id: PASTED for q in pack.questions()}
    defended = {"honest": HONEST, "restated": PASTED, "general": TALK}
    return Bank(pack, answers, {q.id: defended for q in pack.questions()})


def test_fluent_answers_pass_the_level_and_only_honest_defences_pass_the_rule() -> None:
    report = evaluate([bank()], Believer(), lambda *_: None, seeds=2)
    pack = report["packs"]["test.pack"]
    assert pack["by_level"] == pack["of"] == report["interviews"] == 2 * len(Manner) * 2
    assert report["weak_sent_to_review"]["value"] == 1 and report["honest_sent_to_review"]["value"] == 0
    assert report["otherwise_advancing"] == {
        "weak": report["otherwise_advancing"]["weak"],
        "honest": {"value": 0.0, "interval": [0.0, report["otherwise_advancing"]["honest"]["interval"][1]], "n": 2},
    }
    json.dumps(report, allow_nan=False)
    assert "above the cut by level alone" in as_text(report)


def test_the_shipped_defences_cover_thirty_questions_of_five_packs_that_have_a_pasted_answer() -> None:
    shipped_banks = banks()
    assert len(shipped_banks) == len(GIVEN) == 5 and sum(map(len, GIVEN.values())) >= 30
    for one in shipped_banks:
        for question, texts in one.defences.items():
            assert question in one.answers and set(texts) == {"honest", "restated", "general"}, question
            one.rubric.question(question)


@pytest.mark.parametrize("slug", GIVEN)
def test_every_work_sample_that_code_can_solve_is_solved_in_a_way_that_can_be_read(slug: str) -> None:
    for question in load_rubric(slug).questions():
        if is_work_sample(question):
            text = solved(question)
            assert text is None or read(question, text) is not None, question.id
