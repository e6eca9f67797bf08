"""Promise R5: whatever a model sends, every place that asks one gets what it asked for, or is told there is none.

Each shape is made from an answer that would be taken, so that only what the shape spoils can be what refuses it.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.domain.packs import rubric
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus
from vetting.engines.model_interviewer import ModelInterviewer
from vetting.engines.model_rater import ModelRater
from vetting.engines.model_rewriter import ModelRewriter
from vetting.errors import ModelFailed
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import load_prompts
from vetting.ports import ProbeAim, ProposalRequest, RatingRequest

sys.path.insert(0, str(Path(__file__).parents[1] / "llm"))
from bad_servers import BadServer, chat  # plain servers of the tests next door

PACK = rubric()
QUESTION = PACK.question("alpha-a")
SAID = "Loss means the queue overflowed, as I saw on a satellite link."
TURN = Turn(
    number=1,
    kind=PromptKind.LEAD,
    question_id=QUESTION.id,
    prompt=QUESTION.text,
    status=TurnStatus.ANSWERED,
    answer=SAID,
)
TALK = Transcript(turns=(TURN,))
AIM = ProbeAim("alpha-a-middle", "The window is halved after loss")


class Site(NamedTuple):
    """A place that asks a model: how it asks, and an answer it takes."""

    ask: Callable[[Gateway], object]
    good: dict[str, Any]


def _interviewer(**request: Any) -> Callable[[Gateway], object]:
    asked = ProposalRequest(rubric=PACK, question=QUESTION, transcript=TALK, planned=QUESTION.text, **request)
    return lambda gateway: ModelInterviewer(gateway).propose(asked, deadline=5.0)


def _finding(target: str) -> dict[str, Any]:
    return {"target": target, "evidence": "It says so.", "quote": "Loss means the queue overflowed", "finding": "met"}


NOT_SHOWN = {"finding": "not_shown", "quote": None}
SITES: dict[str, Site] = {
    "follow-up": Site(_interviewer(aims=(AIM,)), {"aim": AIM.target, "text": "What happens to the window then?"}),
    "defence": Site(_interviewer(defence=True), {"text": "Which step of that are you least sure of?"}),
    "transition": Site(_interviewer(), {"text": "Thank you, a satellite link is a good case."}),
    "rating": Site(
        lambda gateway: ModelRater(gateway, deadline=5.0).rate(RatingRequest(QUESTION, TALK)),
        {
            "indicators": [_finding(i.id) for i in QUESTION.indicators],
            "misconceptions": [
                _finding(m.id) | {"finding": "not_shown", "quote": None} for m in QUESTION.misconceptions
            ],
        },
    ),
    "rewording": Site(
        lambda gateway: ModelRewriter(gateway).reword(["One.", "Two."], "en", deadline=5.0), {"texts": ["Uno.", "Duo."]}
    ),
}

Shape = Callable[[dict[str, Any]], str]


def _text(good: dict[str, Any]) -> str:
    return json.dumps(good)


def _with(change: Callable[[str, Any], Any]) -> Shape:
    """The last field put through a change."""

    def shape(good: dict[str, Any]) -> str:
        last = list(good)[-1]
        return json.dumps(good | {last: change(last, good[last])})

    return shape


SHAPES: dict[str, Shape] = {
    "nothing": lambda g: "",
    "blank": lambda g: " \n\t ",
    "a word": lambda g: "certainly",
    "null": lambda g: "null",
    "true": lambda g: "true",
    "a number": lambda g: "7",
    "NaN": lambda g: "NaN",
    "a string": lambda g: json.dumps(_text(g)),
    "an empty list": lambda g: "[]",
    "an empty object": lambda g: "{}",
    "inside a list": lambda g: f"[{_text(g)}]",
    "inside an object": lambda g: json.dumps({"answer": g}),
    "twice in a list": lambda g: json.dumps([g, g]),
    "an opening brace": lambda g: "{",
    "a closing brace": lambda g: "}",
    "cut at the end": lambda g: _text(g)[:-1],
    "cut in the middle": lambda g: _text(g)[: len(_text(g)) // 2],
    "cut after a key": lambda g: _text(g)[: _text(g).index(":")],
    "single quotes": lambda g: str(g).replace('"', "'"),
    "without quotes": lambda g: _text(g).replace('"', ""),
    "a comma too many": lambda g: _text(g)[:-1] + ",}",
    "a colon too few": lambda g: _text(g).replace(": ", " ", 1),
    "a comment inside": lambda g: "{ // as asked\n" + _text(g)[1:-1] + " // done\n",
    "a second, other answer": lambda g: f"{_text(g)} or rather {json.dumps(g | {list(g)[-1]: None})}",
    "only thought of": lambda g: f"<think>{_text(g)}</think>",
    "a web page": lambda g: "<!doctype html><html><body>502 Bad Gateway</body></html>",
    "a key twice": lambda g: f"{{{json.dumps(next(iter(g)))}: null, {_text(g)[1:]}",
    "a key too many": lambda g: json.dumps(g | {"score": 5}),
    "a recommendation of its own": lambda g: json.dumps(g | {"recommendation": "advance"}),
    "a key too few": lambda g: json.dumps({k: v for k, v in list(g.items())[:-1]}),
    "a key misspelt": lambda g: json.dumps({f"{k}_": v for k, v in g.items()}),
    "keys in capitals": lambda g: json.dumps({k.upper(): v for k, v in g.items()}),
    "the value null": _with(lambda k, v: None),
    "the value true": _with(lambda k, v: True),
    "the value a number": _with(lambda k, v: 10**9),
    "the value not a number": lambda g: _text(g | {list(g)[-1]: float("nan")}),
    "the value infinite": lambda g: _text(g | {list(g)[-1]: float("inf")}),
    "the value an object": _with(lambda k, v: {"value": v}),
    "the value in a list": _with(lambda k, v: [[v]]),
    "the value empty": _with(lambda k, v: "" if isinstance(v, str) else {}),
    "the value as text": _with(lambda k, v: 5 if isinstance(v, str) else json.dumps(v)),
    "the value too long": _with(lambda k, v: "x" * 7_000 if isinstance(v, str) else ["x" * 7_000] * 2),
    "half a character": lambda g: _text(g).replace(list(g)[-1], "\\ud800"),
    "a control character": lambda g: _text(g).replace(" ", "\x00", 1) if '": ' in _text(g) else "\x00",
    "deep braces": lambda g: "{" * 20_000,
    "deep lists": lambda g: "[" * 20_000,
    "an excuse": lambda g: json.dumps({"error": "I cannot do that"}),
    "a tool call": lambda g: json.dumps({"name": "answer", "arguments": g}),
    "yaml": lambda g: "\n".join(f"{k}: {v}" for k, v in g.items()),
    "a diff": lambda g: "- {}\n+ " + _text(g)[:-1],
}


class Said(BadServer):
    """Says whatever stands in `content`, to every request."""

    def __init__(self) -> None:
        self.content = ""
        super().__init__(self._behave)

    def _behave(self, connection: socket.socket, stop: threading.Event) -> None:
        chat(self.content)(connection, stop)


@pytest.fixture(scope="module")
def model() -> Iterator[tuple[Gateway, Said]]:
    server = Said()
    with Gateway(model="m", prompts=load_prompts(), api_key="k", base_url=server.base_url) as gateway:
        yield gateway, server
    server.close()


@pytest.mark.parametrize("site", SITES.values(), ids=list(SITES))
def test_the_answer_that_all_shapes_are_made_of_is_taken(model: tuple[Gateway, Said], site: Site) -> None:
    gateway, server = model
    server.content = _text(site.good)
    assert site.ask(gateway) is not None


@pytest.mark.parametrize("site", SITES.values(), ids=list(SITES))
def test_every_malformed_answer_is_a_failure_and_never_a_value(model: tuple[Gateway, Said], site: Site) -> None:
    gateway, server = model
    assert len(SHAPES) >= 40
    taken = []
    for name, shape in SHAPES.items():
        server.content = shape(site.good)
        try:
            taken.append((name, site.ask(gateway)))
        except ModelFailed as failure:
            assert "x" * 100 not in str(failure) and SAID not in str(failure)
    assert taken == []
