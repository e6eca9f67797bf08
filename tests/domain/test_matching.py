"""Ranking: who is excluded and why, what the fit is made of, and properties that hold whatever the data."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.people import TODAY, facts, flat_scores, order, pool, project, ranked, standing
from vetting.domain.facts import Status
from vetting.domain.matching import TOPIC_MET, judge_standing, rank, topics
from vetting.domain.pool import Pool, TopicScores, best_three
from vetting.domain.profile import CompetencyStanding, Facts
from vetting.domain.project import Project
from vetting.domain.rates import Rates

TRANSPORT = {"id": "transport", "kind": "must", "competency": "soft.net/transport", "min_level": 3}
HOURS = {"id": "hours", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 10}
QUEUES = {"id": "queues", "kind": "must", "topic": "queues"}


def test_who_fails_a_must_is_excluded_with_the_reason_counted_in_words() -> None:
    asked = project(rate_max={"amount": 120, "currency": "EUR"}, hours_per_week=10, client="Quillback Lab")
    experts = pool(
        {
            "dear": facts(rate={"amount": 121, "currency": "EUR"}, hours_per_week=2),
            "busy": facts(hours_per_week=4),
            "torn": facts(hours_per_week=20),
            "fine": facts(hours_per_week=20),
        },
        conflicts={"torn": ["quillback lab"]},
    )
    ranking = ranked(asked, experts)
    assert order(ranking, experts) == ["fine"]
    assert ranking.excluded == {
        "rate above 120 EUR/h": 1,
        "fewer than 10 hours a week": 1,
        "conflict of interest with Quillback Lab": 1,
    }
    assert ranking.breaches(0) == ("rate above 120 EUR/h", "fewer than 10 hours a week")


def test_a_must_without_evidence_excludes_nobody_and_is_marked() -> None:
    experts = pool({"new": facts()})
    ranking = ranked(project([TRANSPORT, HOURS]), experts)
    assert order(ranking, experts) == ["new"]
    statuses = {e.requirement.id: e.status(0) for e in ranking.evaluated}
    assert (statuses["transport"], statuses["hours"]) == (Status.NO_EVIDENCE, Status.NO_EVIDENCE)


@pytest.mark.parametrize(
    ("held", "status"),
    [
        (standing(3.6, p_above=0.8), Status.MET),
        (standing(3.1, p_above=0.79), Status.NO_EVIDENCE),
        (standing(2.9, p_above=0.21), Status.NO_EVIDENCE),
        (standing(2.2, p_above=0.2), Status.NOT_MET),
        (standing(4.5, p_above=0.99, quoted=False), Status.NO_EVIDENCE),
        (standing(None), Status.NO_EVIDENCE),
        (None, Status.NO_EVIDENCE),
    ],
)
def test_a_competency_is_judged_by_its_probability_and_never_without_a_quote(
    held: CompetencyStanding | None, status: Status
) -> None:
    assert judge_standing(held, 3.0).status is status


def test_a_low_topic_score_is_no_evidence_and_never_excludes() -> None:
    experts = pool({"a": facts(), "b": facts()})
    asked = project([QUEUES])
    scores = best_three(np.array([TOPIC_MET, TOPIC_MET - 0.01]), np.arange(2), 2)
    ranking = ranked(asked, experts, {"queues": scores})
    assert order(ranking, experts) == ["a", "b"]
    assert [ranking.evaluated[0].status(row) for row in (0, 1)] == [Status.MET, Status.NO_EVIDENCE]


def test_the_start_of_the_project_informs_and_weighs_nothing() -> None:
    experts = pool({"late": facts(available_from="2027-03-01"), "soon": facts(available_from="2026-12-01")})
    ranking = ranked(project(start="2027-01-11"), experts)
    assert set(ranking.parts_of(0)) == {"brief"}
    assert ranking.parts_of(0) == ranking.parts_of(1)


def test_a_rate_in_a_foreign_currency_needs_dated_rates_to_exclude() -> None:
    asked = project(rate_max={"amount": 120, "currency": "EUR"})
    experts = pool({"pound": facts(rate={"amount": 110, "currency": "GBP"})})
    assert order(ranked(asked, experts), experts) == ["pound"]
    rates = Rates.model_validate({"date": "2026-11-02", "EUR": 1, "GBP": 0.85})
    now = type(TODAY)(TODAY.today, rates)
    assert rank(asked, experts, flat_scores(asked, experts), now).excluded == {"rate above 120 EUR/h": 1}


def test_equal_fits_are_ordered_by_id_whatever_the_order_of_the_rows() -> None:
    forward, backward = pool({"a": facts(), "b": facts()}), pool({"b": facts(), "a": facts()})
    assert order(ranked(project(), forward), forward) == order(ranked(project(), backward), backward) == ["a", "b"]


def test_a_band_ends_one_standard_error_below_its_first() -> None:
    experts = pool({name: facts() for name in "abcd"})
    scores = best_three(np.array([0.60, 0.56, 0.54, 0.53]), np.arange(4), 4)
    ranking = ranked(project(), experts, {"brief": scores})
    assert ranking.bands([int(row) for row in ranking.order]) == (1, 1, 2, 2)


def test_a_score_that_is_not_finite_is_refused() -> None:
    experts = pool({"a": facts()})
    bad = TopicScores(np.array([np.nan]), np.zeros(1), np.zeros(1, dtype=np.int64))
    with pytest.raises(ValueError, match="not a finite number"):
        ranked(project(), experts, {"brief": bad})


FACTS = st.builds(
    lambda hours, rate, level: facts(
        **({} if hours is None else {"hours_per_week": hours}),
        **({} if rate is None else {"rate": {"amount": rate, "currency": "EUR"}}),
        **({} if level is None else {"languages": {"en": level}}),
    ),
    st.none() | st.integers(0, 40),
    st.none() | st.integers(0, 200),
    st.none() | st.sampled_from(["A2", "B2", "C1"]),
)
LEVELS = st.none() | st.tuples(st.floats(1, 5), st.floats(0, 1))
PEOPLE = st.lists(st.tuples(FACTS, LEVELS, st.floats(-1, 1), st.booleans()), min_size=1, max_size=12)
REQUIREMENTS: list[dict[str, Any]] = [
    TRANSPORT,
    {**TRANSPORT, "id": "nice-transport", "kind": "nice", "min_level": 4},
    HOURS,
    QUEUES,
    {"id": "english", "kind": "nice", "fact": "languages", "op": ">=", "value": {"en": "C1"}},
]
ASKED = st.lists(st.sampled_from(REQUIREMENTS), unique_by=lambda r: r["id"], max_size=5)
Person = tuple[Facts, tuple[float, float] | None, float, bool]


def scene(people: list[Person], asked: list[dict[str, Any]]) -> tuple[Project, Pool, dict[str, TopicScores]]:
    names = [f"x-{i}" for i in range(len(people))]
    experts = pool(
        {name: p[0] for name, p in zip(names, people, strict=True)},
        conflicts={name: ["Client"] for name, p in zip(names, people, strict=True) if p[3]},
        standings={n: standing(p[1][0], p_above=p[1][1]) for n, p in zip(names, people, strict=True) if p[1]},
    )
    of = project(asked, rate_max={"amount": 120, "currency": "EUR"}, client="Client")
    one = best_three(np.array([p[2] for p in people]), np.arange(len(people)), len(people))
    return of, experts, {r.id: one for r in topics(of)}


@settings(max_examples=60, deadline=None)
@given(PEOPLE, ASKED)
def test_parts_sum_to_the_fit_and_fits_fall_and_nobody_excluded_appears(
    people: list[Person], asked: list[dict[str, Any]]
) -> None:
    of, experts, scores = scene(people, asked)
    ranking = ranked(of, experts, scores)
    rows = [int(row) for row in ranking.order]
    for row in rows:
        assert abs(sum(ranking.parts_of(row).values()) - ranking.fit[row]) <= 1e-6
        assert 0 <= ranking.fit[row] <= 1 + 1e-6
        assert ranking.parts_of(row)
    assert all(ranking.fit[a] >= ranking.fit[b] for a, b in pairwise(rows))
    assert sum(ranking.excluded.values()) + len(rows) == len(experts)
    assert all(bool(ranking.breaches(row)) == (row not in rows) for row in range(len(experts)))
    bands = ranking.bands(rows)
    assert all(0 <= b - a <= 1 for a, b in pairwise(bands))


@settings(max_examples=40, deadline=None)
@given(PEOPLE, ASKED, st.floats(1, 5), st.floats(0.8, 1))
def test_an_interview_that_shows_a_competency_never_lowers_the_fit_and_never_excludes(
    people: list[Person], asked: list[dict[str, Any]], level: float, p_above: float
) -> None:
    stranger = (people[0][0], None, people[0][2], people[0][3])
    before = ranked(*scene([stranger, *people[1:]], asked))
    after = ranked(*scene([(stranger[0], (level, p_above), *stranger[2:]), *people[1:]], asked))
    assert after.fit[0] >= before.fit[0]
    nice_only = [r for r in asked if r["id"] != "transport"]
    assert ranked(*scene([stranger], nice_only)).eligible[0] == ranked(*scene([stranger], nice_only)).eligible[0]
    assert not before.eligible[0] or after.eligible[0]


@settings(max_examples=40, deadline=None)
@given(PEOPLE, ASKED)
def test_what_an_expert_leaves_out_never_excludes(people: list[Person], asked: list[dict[str, Any]]) -> None:
    silent: Person = (facts(), None, people[0][2], False)
    assert ranked(*scene([silent, *people[1:]], asked)).eligible[0]


@settings(max_examples=40, deadline=None)
@given(PEOPLE, ASKED)
def test_other_people_do_not_change_a_fit(people: list[Person], asked: list[dict[str, Any]]) -> None:
    alone, together = ranked(*scene(people[:1], asked)), ranked(*scene(people, asked))
    assert alone.fit[0] == together.fit[0]
    assert alone.eligible[0] == together.eligible[0]


def test_nobody_with_a_tie_to_one_of_several_names_stays() -> None:
    experts = pool({i: facts() for i in "abc"}, conflicts={"a": ["Helix Labs"], "b": ["Novagene GmbH"], "c": ["Else"]})
    ranking = ranked(project(client="Novagene; Helix Labs"), experts)
    assert order(ranking, experts) == ["c"]
    assert ranking.excluded == {"conflict of interest with Novagene or Helix Labs": 2}
