"""The content rules of `vetting rubrics check`."""

from __future__ import annotations

from typing import Any

import pytest
from packs_examples import STATEMENTS, pack, question

from vetting.domain.rubric import Rubric
from vetting.domain.rubric_check import Severity, check, path_text


def told(data: dict[str, Any], severity: Severity = Severity.ERROR) -> list[str]:
    found = check(Rubric.model_validate(data))
    return [f"{path_text(f.path)}: {f.message}" for f in found if f.severity is severity]


def first_question(data: dict[str, Any]) -> dict[str, Any]:
    question: dict[str, Any] = data["competencies"][0]["questions"][0]
    return question


def test_a_complete_pack_has_no_fault() -> None:
    assert check(Rubric.model_validate(pack())) == []


def test_too_few_competencies_questions_and_core_forms_are_errors() -> None:
    data = pack(cut={"composite": 3})
    data["competencies"] = data["competencies"][:1]
    data["competencies"][0] |= {"weight": 1.0, "questions": data["competencies"][0]["questions"][1:3]}
    assert told(data) == [
        "competencies: 1 competencies; an adaptive pack has 4 to 6",
        "competencies[0].questions: 2 questions; a competency needs at least 3, better 5",
        "competencies[0].questions: no core questions of form A; exactly one is needed",
    ]


def test_four_questions_are_a_warning_only() -> None:
    data = pack()
    del data["competencies"][0]["questions"][4]
    assert told(data) == []
    assert told(data, Severity.WARNING) == [
        "competencies[0].questions: 4 questions; 5 leave room to choose and for a retake"
    ]


def test_minima_of_a_question() -> None:
    data = pack()
    first_question(data).update(reference="Too short.", probes=[], misconceptions=[])
    del first_question(data)["indicators"][3]
    assert told(data) == [
        "competencies[0].questions[0].indicators: 3 indicators; a question has 4 to 8",
        "competencies[0].questions[0].reference: 2 words; a reference of at least 40 can be rated against",
        "competencies[0].questions[0]: question 'q0-0' has no planned probe",
    ]


def test_a_missing_anchor_is_named() -> None:
    data = pack()
    del data["competencies"][2]["anchors"][4]
    assert told(data) == ["competencies[2].anchors: no anchor for level 4"]


def test_a_fixed_pack_is_exempt_from_the_minima_but_not_from_the_content_rules() -> None:
    data = pack(form="fixed", cut={"composite": 3})
    data["competencies"] = data["competencies"][:1]
    data["competencies"][0] |= {"weight": 1.0, "anchors": {}, "questions": [first_question(data)]}
    assert told(data) == []
    first_question(data)["indicators"][0]["statement"] = "Speaks without an accent"
    assert told(data) == ["competencies[0].questions[0].indicators[0].statement: accent is no criterion of competence"]


@pytest.mark.parametrize(
    ("statement", "criterion"),
    [
        ("The candidate has a slight accent when naming protocols", "accent"),
        ("Answers with confidence about the window", "confidence"),
        ("Shows enthusiasm for packet loss", "enthusiasm"),
        ("The candidate is young enough to learn it", "age of the candidate"),
        ("A neat appearance", "appearance of the candidate"),
        ("Learnt it at a top university", "school prestige"),
    ],
)
def test_banned_criteria_are_refused(statement: str, criterion: str) -> None:
    data = pack()
    first_question(data)["indicators"][0]["statement"] = statement
    where = "competencies[0].questions[0].indicators[0].statement"
    assert told(data) == [f"{where}: {criterion} is no criterion of competence"]


@pytest.mark.parametrize(
    "statement",
    [
        "The 95 % confidence interval must be reported with the mean",
        "Dose is reduced in patients above 80 years of age with low weight",
        "The appearance of new ST elevation on the ECG means occlusion",
        "A packet's age is bounded by its hop limit and an ageing timer",
        "Accentuated antagonism of both signals slows the rate",
    ],
)
def test_words_of_the_field_are_not_mistaken_for_banned_criteria(statement: str) -> None:
    data = pack()
    first_question(data)["indicators"][0]["statement"] = statement
    assert told(data) == []


def test_a_probe_that_gives_its_indicator_away_is_told_with_the_words() -> None:
    data = pack()
    first_question(data)["probes"][0]["text"] = "Is the window perhaps halving then?"
    (only,) = told(data)
    assert only == "competencies[0].questions[0].probes[0].text: gives away indicator 'i0' by 'window', 'halving'"


def test_a_probe_may_use_the_words_of_the_question() -> None:
    data = pack()
    first_question(data)["text"] += " Think of its window."
    first_question(data)["probes"][0]["text"] = "And the window?"
    assert told(data) == []


def test_indicators_that_say_nearly_the_same_are_told() -> None:
    data = pack()
    first_question(data)["indicators"][2]["statement"] = "After a loss the window is halved again"
    (only,) = told(data)
    where = "competencies[0].questions[0].indicators[2].statement"
    assert only.startswith(f"{where}: says nearly the same as indicator 'i0'")


def test_indicators_of_two_questions_that_say_nearly_the_same_are_a_warning() -> None:
    data = pack()
    data["competencies"][1]["questions"][2]["indicators"][0]["statement"] = "After a loss the window is halved again"
    assert told(data) == []
    assert told(data, Severity.WARNING) == [
        "competencies[1].questions[2].indicators[0].statement: says nearly the same as indicator 'i0' of question "
        "'q0-0': one thing known would count twice"
    ]


def test_the_two_forms_of_a_core_may_look_for_the_same_and_so_may_marks_in_a_text() -> None:
    data = pack()
    data["competencies"][1]["questions"][1]["indicators"][0]["statement"] = STATEMENTS[0]
    marks = sample()
    marks["indicators"][0]["statement"] = STATEMENTS[0]
    data["competencies"][0]["questions"].append(marks)
    assert told(data, Severity.WARNING) == []


def test_a_probe_that_says_most_of_an_indicator_it_does_not_aim_at_is_told() -> None:
    data = pack()
    first_question(data)["probes"][0]["text"] = "Would two flows converge then?"
    (only,) = told(data)
    assert only.endswith("probes[0].text: gives away indicator 'i2' by 'flows', 'converge'")


def test_one_word_in_common_with_an_indicator_it_does_not_aim_at_is_chance() -> None:
    data = pack()
    first_question(data)["probes"][0]["text"] = "What would you see with several flows?"
    assert told(data) == []


def test_a_probe_that_corrects_the_wrong_belief_it_looks_for_is_told() -> None:
    data = pack()
    question = first_question(data)
    question["misconceptions"][0]["correction"] = "Senders infer it from silence"
    question["probes"] = [
        {
            "id": "p0",
            "trigger": "misconception",
            "target": "m0",
            "kind": "counter_example",
            "text": "What does a sender infer from silence?",
        }
    ]
    (only,) = told(data)
    assert only.endswith("probes[0].text: gives away what corrects 'm0' by 'infer', 'silence'")


def test_an_indicator_that_the_question_says_already_is_told() -> None:
    data = pack()
    first_question(data)["indicators"][0]["statement"] = "The network is overloaded"
    (only,) = told(data)
    assert only.endswith("indicators[0].statement: the question already says all of it: repeating it would meet it")


@pytest.mark.parametrize(("version", "faults"), [("1.0.0", 1), ("0.9.9", 1), ("1.0.1", 0), ("1.10.0", 0)])
def test_changed_content_needs_a_higher_version(version: str, faults: int) -> None:
    earlier = Rubric.model_validate(pack())
    changed = Rubric.model_validate(pack(title="Changed", version=version))
    assert len(check(changed, earlier)) == faults


def test_the_same_content_needs_no_higher_version() -> None:
    rubric = Rubric.model_validate(pack())
    assert check(rubric, rubric) == []


def test_cores_that_do_not_fit_the_budget_are_told() -> None:
    assert told(pack(time_budget_minutes=10, max_questions=3)) == [
        "max_questions: 3 questions cannot hold one core question of each competency",
        "time_budget_minutes: the core of form A takes 12 minutes, the budget is 10",
        "time_budget_minutes: the core of form B takes 12 minutes, the budget is 10",
    ]


def sample(**changes: Any) -> dict[str, Any]:
    """A sound find_flaws of four errors and two decoys, with fields changed."""
    lines = [f"Sentence {n} says that queue {n} holds number {n} and that this is so in every case." for n in range(9)]
    spans = [f"queue {n} holds number {n}" for n in range(6)]
    flaws = [{"id": f"f{n}", "span": span, "severity": 2, "why": "It does not"} for n, span in enumerate(spans[:4])]
    told = [{"id": f"i{n}", "statement": STATEMENTS[n], "level": 3, "flaw": f"f{n}"} for n in range(4)]
    document = {**question("sample"), "type": "find_flaws", "material": " ".join(lines), "flaws": flaws}
    probe = {"id": "p0", "trigger": "always", "kind": "defend", "text": "Which one are you least sure of?"}
    return {**document, "decoys": spans[4:], "indicators": told, "probes": [probe], **changes}


def with_sample(**changes: Any) -> list[str]:
    data = pack()
    data["competencies"][0]["questions"].append(sample(**changes))
    return [message.partition(".questions[5]")[2] for message in told(data)]


def test_a_sound_work_sample_has_no_fault_and_a_clean_one_needs_no_flaws() -> None:
    assert with_sample() == []
    spared = [
        {"id": f"i{n}", "statement": STATEMENTS[n], "level": 3, "spares": "queue 4 holds number 4"} for n in range(4)
    ]
    assert with_sample(flaws=[], indicators=spared) == []


def test_a_work_sample_that_cannot_be_scored_well_is_told_in_full() -> None:
    short = sample()
    few = {**short, "flaws": short["flaws"][:3], "decoys": short["decoys"][:1], "indicators": short["indicators"][:3]}
    few["indicators"] = [*few["indicators"], {"id": "i9", "statement": "Nothing that code could tell", "level": 3}]
    few["material"] = short["material"].partition(" Sentence 6")[0].replace("case. Sentence 1", "case, Sentence 1")
    few["probes"] = [{**short["probes"][0], "trigger": "missing", "target": "i0"}]
    few["indicators"][2] = {**few["indicators"][2], "flaw": "f1"}
    assert with_sample(**{k: few[k] for k in ("flaws", "decoys", "indicators", "material", "probes")}) == [
        ".material: 102 words; a text to be marked has 120 to 220",
        ".flaws: 3 planted errors; there are 4 to 6, or none in a clean text",
        ".decoys: 1 decoys; at least 2 right passages must look wrong",
        ".material: two planted passages in one sentence, which cannot be told apart: "
        "'Sentence 0 says that queue 0 holds number 0 and that this is'",
        ".indicators: no indicator is shown by finding flaw 'f2'",
        ".probes: probe 'p0' follows up what can no longer be marked",
    ]
