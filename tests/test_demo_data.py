"""The demo's invented people: complete, in their own words, and true to what the packs ask."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from vetting.domain.rubric import Rubric
from vetting.domain.work_sample import is_work_sample, read
from vetting.packs import load_rubric, shipped

DEMO = shipped("data/demo")
CAST = yaml.safe_load((DEMO / "cast.yaml").read_text(encoding="utf-8"))["cast"]
RUN = 6


def answers(expert: str) -> dict[str, Any]:
    return yaml.safe_load((DEMO / "answers" / f"{expert}.yaml").read_text(encoding="utf-8"))


def texts(entry: dict[str, Any]) -> list[str]:
    return [entry["answer"], entry["else"], *entry.get("probes", {}).values()]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def own_words(text: str) -> str:
    """The answer without the marked passages of a work sample, which are the pack's words by intention."""
    return re.sub(r"\[mark [^\]]*\]", "", text)


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for child in children for text in strings(child)]


def pack_runs(rubric: Rubric) -> set[tuple[str, ...]]:
    return {run for text in strings(rubric.model_dump(mode="json")) for run in runs(text)}


def test_there_are_enough_experts_projects_and_interviews_over_two_domains() -> None:
    experts = [json.loads(line) for line in (DEMO / "experts.jsonl").read_text(encoding="utf-8").splitlines()]
    projects = [json.loads(line) for line in (DEMO / "projects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(experts) >= 40 and len(projects) >= 8 and len(CAST) >= 12
    assert {m["rubric"] for m in CAST} == {"software.networking", "medicine.cardiology"}
    assert {m["expert"] for m in CAST} <= {e["id"] for e in experts}


@pytest.mark.parametrize("member", CAST, ids=lambda m: m["expert"])
def test_everybody_answers_every_question_and_every_planned_probe(member: dict[str, Any]) -> None:
    given, rubric = answers(member["expert"]), load_rubric(member["rubric"])
    assert set(given) == {q.id for q in rubric.questions()}
    for question in rubric.questions():
        entry = given[question.id]
        assert set(entry["probes"]) == {p.id for p in question.probes}, question.id
        assert all(isinstance(text, str) and text.strip() for text in texts(entry)), question.id


@pytest.mark.parametrize("member", CAST, ids=lambda m: m["expert"])
def test_no_answer_shares_six_consecutive_words_with_its_pack(member: dict[str, Any]) -> None:
    known = pack_runs(load_rubric(member["rubric"]))
    for question_id, entry in answers(member["expert"]).items():
        shared = {" ".join(run) for text in texts(entry) for run in runs(own_words(text)) & known}
        assert not shared, f"{question_id}: {sorted(shared)}"


@pytest.mark.parametrize("member", CAST, ids=lambda m: m["expert"])
def test_every_answer_to_a_work_sample_can_be_read(member: dict[str, Any]) -> None:
    given = answers(member["expert"])
    samples = [q for q in load_rubric(member["rubric"]).questions() if is_work_sample(q)]
    assert len(samples) >= 2
    for question in samples:
        response = read(question, given[question.id]["answer"])
        assert response is not None or "know" in given[question.id]["answer"], question.id


def test_the_folder_says_that_everything_in_it_is_invented() -> None:
    assert "invented" in (Path(DEMO) / "README.md").read_text(encoding="utf-8")
