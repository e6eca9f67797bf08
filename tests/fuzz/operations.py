"""Requests made from the OpenAPI document, good and bad ones, and what every answer to them has to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.staff import House
from vetting.domain.facts import Fact
from vetting.services import accounts
from vetting.web.app import create_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FACTS = st.sampled_from([*Fact, "no_such_fact"]) | JSON
VALUES = JSON | st.sampled_from(["C1", "2027-01-11", "Europe/Lisbon", {"en": "C1"}, ["PT"], 12, -1, 1e308, "nan"])


def _nearly(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


REQUIREMENT = _nearly(
    id=st.text(max_size=5),
    kind=st.sampled_from(["must", "nice", "perhaps"]),
    fact=FACTS,
    op=st.sampled_from(["==", "!=", ">=", "<=", "in", "overlaps", "~"]),
    value=VALUES,
    standing=st.sampled_from(["claimed", "document_seen", "source_asked", "x"]) | JSON,
    topic=st.text(max_size=20),
    competency=st.sampled_from(["test.pack/alpha", "test.pack/none", "/", ""]),
    min_level=JSON | st.floats(0, 6),
)
CURRENCY = st.sampled_from(["EUR", "ZZZ", ""]) | JSON
RATE = _nearly(amount=VALUES, currency=CURRENCY, per=st.sampled_from(["hour", "aeon"]))
ITEM = _nearly(kind=st.sampled_from(["role", "x"]), title=st.text(max_size=8), date=VALUES)
NEARLY: dict[str, st.SearchStrategy[Any]] = {
    "POST /api/v1/projects": st.none()
    | _nearly(
        id=st.text(max_size=8),
        title=st.text(min_size=1, max_size=12),
        brief=st.text(max_size=60),
        requirements=st.lists(REQUIREMENT, max_size=3),
        seats=st.integers(-2, 10**12) | JSON,
        hours_per_week=VALUES,
        rate_max=RATE | JSON,
        start=st.sampled_from(["2027-01-11", "2027-13-45", "soon", ""]),
        client=st.text(max_size=8),
    ),
    "POST /api/v1/candidates": st.none()
    | _nearly(
        id=st.text(min_size=1, max_size=8),
        name=st.text(min_size=1, max_size=12),
        email=st.sampled_from(["a@example.org", "a", ""]),
        items=st.lists(ITEM, max_size=2),
        facts=st.dictionaries(FACTS.filter(lambda f: isinstance(f, str)), VALUES, max_size=3),
        conflicts=st.lists(JSON, max_size=2),
    ),
    "POST /api/v1/interviews": st.none()
    | _nearly(
        candidate=st.sampled_from(["x-1", "x-2", "nobody"]),
        rubric=st.sampled_from(["software.networking", "test.pack", "../x", "x\x00y"]),
        purpose=st.text(max_size=20),
        offer=st.text(max_size=20),
        form=st.sampled_from(["A", "B", "C", None]),
    ),
}
"""What is nearly right: the schema leaves these open, so that faults in them have a sentence of ours."""


def operations(home: House) -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """Every operation of the API by its name, over a real service."""
    app = create_app(home.ctx, https=False)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.label: operation for operation in found}


def tried(home: House, operation: APIOperation[Any, Any, Any, Any], examples: int, round_: int = 0) -> Counter[int]:
    """Send so many requests; how often which status came back. Raises at the first that the document does not allow.

    Half of the ids in addresses are real, so that there is something to be right or wrong about.
    """
    known, statuses = ids(home), Counter[int]()
    key = accounts.create_api_key(home.ctx, "fuzz")  # each has its own limit
    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    cases = modes.flatmap(lambda mode: _strategy(operation, mode))
    nearly = NEARLY.get(operation.label, st.none())

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        derandomize=round_ == 0,
    )
    @given(case=cases, real=st.booleans(), body=nearly)
    def run(case: schemathesis.Case, real: bool, body: object) -> None:
        if body is not None:
            case.body, case.media_type = body, "application/json"
        if real:
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
        answer = case.call_and_validate(headers={"authorization": f"Bearer {key}"}, checks=CHECKS)
        statuses[answer.status_code] += 1

    run()
    return statuses


def ids(home: House) -> dict[str, str]:
    """Real ids by the name of the parameter."""
    return {
        "interview_id": home.interview,
        "project_id": "p-1",
        "shortlist_id": home.shortlist,
        "entry_id": home.entry,
        "rubric_id": "test.pack",
    }


def _strategy(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> Any:
    make: Callable[..., Any] = operation.as_strategy
    return make(generation_mode=mode)
