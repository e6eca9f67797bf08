"""Documents as a person reads them in a terminal."""

from __future__ import annotations

from tests.packs_examples import pack
from vetting.cli.show import scorecard_text, search_text
from vetting.domain.rubric import Rubric


def test_a_hit_shows_kind_title_and_quote_in_words() -> None:
    item = {"kind": "role", "title": "Network engineer", "date": "2019", "quote": "Debugged BGP."}
    hit = {"expert": "x-1", "score": 0.5, "name": "Ana", "item": item, "requirements": []}
    bare = hit | {"item": {"kind": "skill", "title": "BGP", "date": None, "quote": "BGP"}}
    document = {
        "considered": 2,
        "facts": [],
        "topic": "x",
        "excluded": {},
        "hits": [hit, bare],
        "note": "Say it in English.",
    }
    lines = search_text(document).splitlines()
    assert lines[1].strip() == 'role: Network engineer (2019): "Debugged BGP."'
    assert lines[3].strip() == "skill: BGP" and lines[-1] == "Say it in English."


def test_a_wrong_belief_is_told_apart_from_what_was_shown() -> None:
    quotes = [{"indicator": name, "turn": 1, "quote": f"words of {name}"} for name in ("i0", "m0")]
    document = {
        "candidate": "x-1",
        "rubric": "test.pack",
        "turns": 1,
        "composite": {"level": 2.0, "interval": [1.0, 3.0]},
        "recommendation": "no_decision",
        "why": "one turn",
        "competencies": [{"id": "c0", "level": 2.0, "interval": [1.0, 3.0], "evidence": quotes}],
    }
    text = scorecard_text(document, Rubric.model_validate(pack()))
    assert '  i0 (turn 1): "words of i0"' in text
    assert '  wrong belief: m0 (turn 1): "words of m0"' in text
