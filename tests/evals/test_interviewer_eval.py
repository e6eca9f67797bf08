"""The measurement of a model as interviewer: what was let through, why the rest was not, and the times."""

from pathlib import Path

import pytest

from tests.cast import service
from tests.cli.test_commands import one_sentence, vetting
from tests.domain.packs import rubric as small_rubric
from vetting.errors import BadInput, ModelFailed
from vetting.evals import interviewer
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import load_prompts
from vetting.llm.scripted import ScriptedLLM
from vetting.services.demo import Script

SAID = "On a satellite link in the harbour it came and went with the tide, as far as I remember."
LISTENS = 30 * [SAID]


def silent(what: str, done: int, total: int) -> None:
    """No progress."""


def test_each_proposal_is_told_with_what_became_of_it_and_how_long_it_took(tmp_path: Path) -> None:
    with (
        FakeServer(latency=0.1, pace=0.01) as server,
        Gateway(model="fake", prompts=load_prompts(), base_url=server.base_url) as model,
    ):
        found = interviewer.evaluate(
            service(tmp_path), model, small_rubric(), [Script(in_order=LISTENS)], silent, limit=4
        )
    assert found["proposals"] == 4 == len(found["items"]) and found["accepted"] >= 1
    assert found["follow_ups"]["proposals"] + found["transitions"]["proposals"] == 4
    assert 0.1 <= found["first_token_seconds"]["median"] <= found["seconds"]["median"]
    assert found["tokens_per_second"]["median"] > 0
    assert all(request["stream"] for request in server.requests)
    assert found["items"][0]["answer"] == SAID and found["items"][0]["question"]
    assert "let through" in interviewer.as_text(found)


def test_what_settle_refuses_and_what_never_came_are_counted_apart(tmp_path: Path) -> None:
    aim = small_rubric().question("alpha-a").indicators[0].id
    answers = {
        "interviewer.probe": [{"aim": aim, "text": "Is it one? Or two?"}, ModelFailed("down")],
    }
    found = interviewer.evaluate(
        service(tmp_path),
        ScriptedLLM(answers, load_prompts()),
        small_rubric(),
        [Script(in_order=LISTENS)],
        silent,
        limit=6,
    )
    assert found["refused"]["not exactly one question"] == 1
    assert any(kind.startswith("no usable answer") for kind in found["refused"])
    assert found["accepted"] == sum(item["accepted"] for item in found["items"])


def test_a_pack_without_prepared_answers_is_told_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--answers"):
        interviewer.evaluate(service(tmp_path), ScriptedLLM([], load_prompts()), small_rubric(), [], silent)


def test_without_a_model_the_command_says_what_to_set(tmp_path: Path) -> None:
    said = one_sentence(vetting(tmp_path, "eval", "interviewer", "--rubric", "software.networking"))
    assert "VETTING_LLM_MODEL" in said and "vetting local-llm" in said
