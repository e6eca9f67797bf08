"""What every language model of ours does alike: the gateway, the scripted one, the recorder and the replay.

`make test-llm` has the gateway do it over the real local model too.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import pytest
from bad_servers import TRANSITION, Said
from pydantic import AfterValidator, BaseModel, ConfigDict

from vetting.errors import ModelFailed, NotFound
from vetting.llm.failures import CallFailed
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import PromptBook, PromptMisused
from vetting.llm.scripted import Recorder, Replay, ScriptedLLM
from vetting.ports import LanguageModel

NAME = "interviewer.transition"
PATIENT = 120.0
"""Seconds; a fake answers at once, a model on a busy machine does not."""
FRENCH = TRANSITION | {"language": "fr"}
OTHER = TRANSITION | {"next_question": "What does a router do with a packet it has no route for?"}


def refuse(value: bool) -> bool:
    raise ValueError("whatever it is")


class Wanted(BaseModel):
    """A shape that nobody gives: the fake server does not know it, and no value of it is accepted. No text is in it,
    which a small model might go on with until it is cut off."""

    model_config = ConfigDict(extra="forbid")

    never: Annotated[bool, AfterValidator(refuse)]


def exercise(model: LanguageModel) -> None:
    """The asks of the tests below, so that a recording of them can be played back."""
    for variables in (TRANSITION, OTHER):
        model.ask(NAME, variables, Said, deadline=PATIENT)
    with pytest.raises(ModelFailed):
        model.ask(NAME, FRENCH, Wanted, deadline=PATIENT)


LOCAL = pytest.param("local model", marks=pytest.mark.local_llm)


@pytest.fixture(params=["gateway", "scripted", "recorder", "replay", LOCAL])
def model(request: pytest.FixtureRequest, prompts: PromptBook, tmp_path: Path) -> Iterator[LanguageModel]:
    with ExitStack() as stack:
        if request.param == "scripted":
            said = {"text": "Thank you."}
            yield ScriptedLLM([said, said, said], prompts)
            return
        if request.param == "local model":
            local = request.getfixturevalue("local_llm")
            yield stack.enter_context(Gateway(model=local.model, prompts=prompts, base_url=local.base_url))
            return
        server = stack.enter_context(FakeServer())
        gateway = stack.enter_context(Gateway(model="fake", prompts=prompts, base_url=server.base_url))
        file = tmp_path / "calls.jsonl"
        if request.param == "replay":
            exercise(Recorder(gateway, file))
            server.stop()
            yield Replay(file, prompts)
        else:
            yield gateway if request.param == "gateway" else Recorder(gateway, file)


def test_an_answer_is_of_the_schema_and_its_call_is_recorded(model: LanguageModel) -> None:
    reply = model.ask(NAME, TRANSITION, Said, deadline=PATIENT)
    assert isinstance(reply.value, Said)
    (call,) = reply.calls
    assert (call.prompt, call.prompt_sha, call.model, call.status) == (NAME, model.prompt_sha(NAME), model.model, "ok")


def test_an_answer_of_another_shape_fails_with_both_calls(model: LanguageModel) -> None:
    with pytest.raises(CallFailed) as caught:
        model.ask(NAME, FRENCH, Wanted, deadline=PATIENT)
    assert [call.status for call in caught.value.calls] == ["invalid", "invalid"]
    assert caught.value.retryable


def test_who_listens_hears_the_whole_answer_at_the_end_at_the_latest(model: LanguageModel) -> None:
    heard: list[dict[str, str]] = []
    reply = model.ask(NAME, TRANSITION, Said, deadline=PATIENT, heard=lambda fields: heard.append(dict(fields)))
    assert heard[-1]["text"].strip() == reply.value.text.strip()
    texts = [fields["text"] for fields in heard if "text" in fields]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))


def test_variables_that_do_not_fit_the_prompt_are_a_mistake_of_the_caller(model: LanguageModel) -> None:
    with pytest.raises(PromptMisused):
        model.ask(NAME, {"language": "en"}, Said, deadline=PATIENT)
    with pytest.raises(NotFound):
        model.ask("no.such", {}, Said, deadline=PATIENT)
    with pytest.raises(NotFound):
        model.prompt_sha("no.such")


def test_without_time_there_is_no_answer(model: LanguageModel) -> None:
    with pytest.raises(CallFailed) as caught:
        model.ask(NAME, TRANSITION, Said, deadline=0)
    assert caught.value.calls == ()


# --- the scripted one and the recording


def test_a_script_by_prompt_gives_values_texts_and_errors_in_order(prompts: PromptBook) -> None:
    answers = [
        Said(text="First."),
        '```json\n{"text": "Second."}\n```',
        ModelFailed("down"),
        "no JSON",
        {"text": "3rd"},
    ]
    model = ScriptedLLM({NAME: answers}, prompts)
    assert model.ask(NAME, TRANSITION, Said, deadline=1).value.text == "First."
    assert model.ask(NAME, TRANSITION, Said, deadline=1).value.text == "Second."
    with pytest.raises(ModelFailed, match="down"):
        model.ask(NAME, TRANSITION, Said, deadline=1)
    repaired = model.ask(NAME, TRANSITION, Said, deadline=1)
    assert [call.status for call in repaired.calls] == ["invalid", "ok"]
    with pytest.raises(CallFailed, match="no further answer"):
        model.ask(NAME, TRANSITION, Said, deadline=1)
    assert len(model.asked) == 5


def test_a_recording_holds_no_variables_and_answers_only_what_it_heard(prompts: PromptBook, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    exercise(Recorder(ScriptedLLM([{"text": "One."}, {"text": "Two."}, "x", "y"], prompts), file))
    assert "queue" not in file.read_text()
    replay = Replay(file, prompts)
    assert replay.ask(NAME, OTHER, Said, deadline=1).value.text == "Two."
    assert replay.ask(NAME, TRANSITION, Said, deadline=1).value.text == "One."
    with pytest.raises(CallFailed, match="does not hold"):
        replay.ask(NAME, TRANSITION | {"language": "de"}, Said, deadline=1)
