"""`vetting eval scoring` on a small invented file: levels never depend on people's scores unless asked to."""

import json
from pathlib import Path
from typing import Any

import pytest

from vetting.errors import BadInput, NotFound
from vetting.evals import scoring
from vetting.index.embedder import HashEmbedder

WINDOW = "Why does a sender halve its window after a loss?"
VALVE = "How is a narrow aortic valve found?"
REFERENCE = {
    WINDOW: "Loss is taken as a sign of congestion. Halving empties the queue at the bottleneck quickly.",
    VALVE: "Echocardiography measures the peak velocity. The opening area follows from the continuity equation.",
}
ANSWERS = {
    WINDOW: [
        "A lost segment is read as a sign of congestion, so it halves to empty the queue at the bottleneck.",
        "Because of congestion somewhere.",
        "It saves battery on the phone of the user, which is important for everybody today.",
        "   ",
    ],
    VALVE: [
        "By echocardiography: peak velocity, and the area from the continuity equation.",
        "With an ultrasound of the heart, which gives the velocity.",
        "One asks the patient how he feels and writes down what he says about his day.",
        "How is a narrow aortic valve found?",
    ],
}
HUMAN = [5, 3, 0, 0]


def records(**changes: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{question[:3]}{n}",
            "question": question,
            "reference": REFERENCE[question],
            "answer": answer,
            "human": HUMAN[n],
            "scale": [0, 5],
        }
        | changes
        for question, answers in ANSWERS.items()
        for n, answer in enumerate(answers)
    ]


def write(file: Path, rows: list[Any]) -> Path:
    file.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in rows), encoding="utf-8")
    return file


def run(folder: Path, rows: list[Any], name: str = "out", **options: Any) -> tuple[dict[str, Any], bytes]:
    items, out = write(folder / "items.jsonl", rows), folder / f"{name}.jsonl"
    report = scoring.evaluate(items, out, HashEmbedder(), **options)
    return report, out.read_bytes()


def levels(out: bytes) -> dict[str, dict[str, Any]]:
    return {r["id"]: r for r in map(json.loads, out.splitlines())}


def test_with_every_human_score_replaced_the_out_file_is_the_same_to_the_byte(tmp_path: Path) -> None:
    _, out = run(tmp_path, records())
    assert run(tmp_path, records(human=2))[1] == out
    assert run(tmp_path, records(human=-7.5))[1] == out


def test_a_second_run_gives_the_same_bytes_and_so_does_another_order(tmp_path: Path) -> None:
    _, out = run(tmp_path, records())
    assert run(tmp_path, records())[1] == out
    assert sorted(run(tmp_path, records()[::-1])[1].splitlines()) == sorted(out.splitlines())


def test_an_answers_level_does_not_depend_on_the_rest_of_the_file(tmp_path: Path) -> None:
    _, out = run(tmp_path, records())
    _, alone = run(tmp_path, records()[:1])
    assert levels(alone)["Why0"] == levels(out)["Why0"]


def test_every_answer_but_a_blank_one_gets_a_level_inside_its_scale(tmp_path: Path) -> None:
    _, out = run(tmp_path, records())
    found = levels(out)
    assert list(found) == [r["id"] for r in records()]
    blank = found.pop("Why3")
    assert blank == {"id": "Why3", "level": None, "interval": None, "abstained": True, "flags": ["blank"]}
    for row in found.values():
        assert 0 <= row["interval"][0] <= row["level"] <= row["interval"][1] <= 5


def test_a_good_answer_stands_above_a_thin_one_above_an_empty_one(tmp_path: Path) -> None:
    found = levels(run(tmp_path, records())[1])
    for question in ("Why", "How"):
        assert found[f"{question}0"]["level"] > found[f"{question}1"]["level"] > found[f"{question}2"]["level"]
    assert found["How3"]["flags"] == ["parrots_question"]
    assert found["How3"]["abstained"]
    assert found["How3"]["level"] <= 0.5


def test_a_copy_of_the_reference_gets_nearly_everything_and_is_flagged(tmp_path: Path) -> None:
    row = records()[0] | {"answer": REFERENCE[WINDOW]}
    found = levels(run(tmp_path, [row])[1])["Why0"]
    assert found["level"] > 4.9
    assert found["flags"] == ["copied_reference"]
    assert found["abstained"]


def test_given_key_points_replace_those_of_the_reference(tmp_path: Path) -> None:
    rows = records(key_points=["the moon is made of green cheese"])
    assert levels(run(tmp_path, rows)[1])["Why0"]["level"] < levels(run(tmp_path, records())[1])["Why0"]["level"]


def test_the_report_shows_our_figures_beside_the_four_baselines(tmp_path: Path) -> None:
    report, _ = run(tmp_path, records())
    assert list(report["agreement"]) == ["vetting", "length", "key-term recall", "cosine", "cosine + recall"]
    assert report["items"], report["scored"] == (8, 7)
    ours = report["agreement"]["vetting"]
    assert ours["spearman"] > 0.7
    assert set(ours) == {"pearson", "within_questions", "spearman", "qwk", "qwk_fitted", "rmse"}
    assert report["abstained"] == 0.25
    assert "statistics only" in scoring.as_text(report)
    json.dumps(report, allow_nan=False)


def test_fitting_on_other_questions_says_so_and_does_not_see_its_own(tmp_path: Path) -> None:
    report, out = run(tmp_path, records(), fit_folds="question")
    assert "fitted" in report["labels"]
    changed = [r | ({"human": 5 - r["human"]} if r["question"] == WINDOW else {}) for r in records()]
    again = levels(run(tmp_path, changed, fit_folds="question")[1])
    first = levels(out)
    assert all(again[i] == first[i] for i in first if i.startswith("Why"))
    assert any(again[i] != first[i] for i in first if i.startswith("How"))


def test_fitting_needs_two_questions(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="two questions"):
        run(tmp_path, records()[:3], fit_folds="question")
    with pytest.raises(BadInput, match="--fit-folds"):
        run(tmp_path, records(), fit_folds="answers")


def test_every_bad_line_is_named_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    good = records()[0]
    rows = [
        good,
        "{not json",
        {k: v for k, v in good.items() if k != "human"} | {"id": "b"},
        good | {"id": "c", "scale": [5, 0]},
        good | {"id": "d", "human": "3"},
        good,
        [1],
    ]
    file = write(tmp_path / "items.jsonl", rows)
    with pytest.raises(BadInput) as found:
        scoring.evaluate(file, tmp_path / "out.jsonl", HashEmbedder())
    named = found.value.message.splitlines()
    assert [line.removeprefix(f"{file}:").split(":")[0] for line in named] == [
        "2 line",
        "3 human",
        "4 scale",
        "5 human",
        "6 id",
        "7 line",
    ]
    assert not (tmp_path / "out.jsonl").exists()


def test_a_missing_and_an_empty_file_are_plain_errors(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file"):
        scoring.evaluate(tmp_path / "none.jsonl", None, HashEmbedder())
    with pytest.raises(BadInput, match="no items"):
        scoring.evaluate(write(tmp_path / "empty.jsonl", []), None, HashEmbedder())
