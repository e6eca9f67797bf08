"""From a model's text to a value: every malformed shape is refused, none is filled in."""

import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from vetting.engines.model_interviewer import probe_schema
from vetting.engines.model_rater import rating_schema
from vetting.llm.answers import LONGEST_TEXT, Unusable, read_answer, strict_schema


class Pick(BaseModel):
    model_config = ConfigDict(extra="forbid")

    choice: Literal["a", "b"]
    share: float = Field(ge=0, le=1)
    note: str | None


GOOD = '{"choice": "a", "share": 0.5, "note": null}'
VALUE = Pick(choice="a", share=0.5, note=None)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"  \n{GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```",
        f"Here is my answer:\n{GOOD}\nI hope it helps.",
        f"<think>maybe {{b}}? no</think>\n{GOOD}",
        f"{GOOD}\n{GOOD}",
    ],
)
def test_the_one_object_is_found_however_it_is_wrapped(text: str) -> None:
    assert read_answer(text, Pick) == VALUE


MALFORMED = [
    "",
    "   ",
    "a",
    "null",
    "true",
    "7",
    "NaN",
    '"a"',
    "[]",
    f"[{GOOD}]",
    "{}",
    "{",
    "}",
    GOOD[:-1],
    GOOD[:20],
    GOOD + "}{",
    GOOD.replace('"', "'"),
    '{"choice": "a", "share": 0.5}',
    '{"choice": "c", "share": 0.5, "note": null}',
    '{"choice": "A", "share": 0.5, "note": null}',
    '{"choice": ["a"], "share": 0.5, "note": null}',
    '{"choice": null, "share": 0.5, "note": null}',
    '{"choice": "a", "share": "0.5", "note": null}',
    '{"choice": "a", "share": NaN, "note": null}',
    '{"choice": "a", "share": Infinity, "note": null}',
    '{"choice": "a", "share": -Infinity, "note": null}',
    '{"choice": "a", "share": 1e400, "note": null}',
    '{"choice": "a", "share": 1000000000, "note": null}',
    '{"choice": "a", "share": -0.1, "note": null}',
    '{"choice": "a", "share": ' + "9" * 5000 + ', "note": null}',
    '{"choice": "a", "share": null, "note": null}',
    '{"choice": "a", "share": {}, "note": null}',
    '{"choice": "a", "share": true, "note": null}',
    '{"choice": "a", "share": 0.5, "note": 3}',
    '{"choice": "a", "share": 0.5, "note": ["x"]}',
    '{"choice": "a", "share": 0.5, "note": "\\ud800"}',
    '{"choice": "a", "share": 0.5, "note": null, "score": 5}',
    '{"choice": "a", "choice": "b", "share": 0.5, "note": null}',
    '{"answer": {"choice": "a", "share": 0.5, "note": null}}',
    '{"answer": {"choice": "a", "share": 0.5, "note": null}',
    f"{GOOD} or rather {GOOD.replace('0.5', '1')}",
    f"<think>{GOOD}</think>",
    "<html><body>502 Bad Gateway</body></html>",
    '{"choice": "a", "share": 0.5, "note": null,}',
    '{"choice": "a" "share": 0.5, "note": null}',
    "{" * 60_000,
    "[" * 60_000,
    GOOD + " " * LONGEST_TEXT,
    '{"error": "I cannot do that"}',
]


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_answer_is_refused(text: str) -> None:
    with pytest.raises(Unusable) as caught:
        read_answer(text, Pick)
    assert caught.value.complaint and caught.value.detail


@pytest.mark.parametrize("text", MALFORMED)
def test_neither_ratings_nor_follow_ups_come_out_of_malformed_answers(text: str) -> None:
    for schema in (rating_schema(("x",), ("y",)), probe_schema(("x",))):
        with pytest.raises(Unusable):
            read_answer(text, schema)


@given(st.text(max_size=200))
def test_arbitrary_text_is_never_taken_for_a_value_it_does_not_spell_out(text: str) -> None:
    try:
        value = read_answer(text, Pick)
    except Unusable:
        return
    assert json.dumps(value.choice) in text


def test_the_record_of_a_fault_holds_no_text_of_the_answer() -> None:
    with pytest.raises(Unusable) as caught:
        read_answer('{"choice": "Jane Roe", "Jane Roe": 1}', Pick)
    assert "Jane" not in caught.value.detail


def test_the_schema_for_strict_servers_requires_every_field_and_allows_no_other() -> None:
    schema = strict_schema(rating_schema(("x", "y"), ()))
    assert schema["required"] == ["indicators", "misconceptions"]
    finding = schema["$defs"]["IndicatorFinding"]
    assert list(finding["properties"]) == ["target", "evidence", "quote", "finding"]
    assert finding["properties"]["target"]["enum"] == ["x", "y"]
    assert finding["additionalProperties"] is False and finding["required"] == list(finding["properties"])
    assert "maxLength" not in json.dumps(schema)
