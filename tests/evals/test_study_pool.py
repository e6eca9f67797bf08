"""A study gives the same tables however it is cut up, and its constants are found again where they are known."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.evals.test_simulate import BANK, PACK
from vetting.evals import study_pool, study_store
from vetting.evals.belief_training import Worth, fit
from vetting.evals.study import Progress, Study, Tables
from vetting.evals.study_pool import PEOPLE_EACH, Bench, Hand, Part, joined, parts, studied
from vetting.index.embedder import HashEmbedder

pytestmark = pytest.mark.slow


def quiet(*_: object) -> None:
    pass


def test_the_parts_hold_everybody_once_and_the_groups_once_per_study() -> None:
    found = parts(2, (1, 2), 2 * PEOPLE_EACH + 3)
    for pack in (0, 1):
        for seed in (1, 2):
            own = [p for p in found if (p.pack, p.seed) == (pack, seed)]
            numbers = [n for p in own if p.numbers is not None for n in p.numbers]
            assert numbers == list(range(2 * PEOPLE_EACH + 3))
            assert sum(p.numbers is None for p in own) == 1


def test_two_processes_with_a_part_each_find_what_one_finds_of_the_whole() -> None:
    bench = Bench(((PACK, BANK),), partial(HashEmbedder), None)
    together = joined(studied(bench, [Part(0, 2, 2, range(1)), Part(0, 2, 2, range(1, 2))], 2, quiet))
    (whole,) = studied(bench, [Part(0, 2, 2, range(2))], 1, quiet)
    assert set(together) == set(whole)
    for name, rows in whole.items():
        assert np.array_equal(np.array(together[name]), np.array(rows), equal_nan=True), name


def test_a_part_that_is_finished_is_not_worked_out_again_unless_something_it_depends_on_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[range] = []

    def people(study: Study, numbers: range, progress: Progress) -> Tables:
        worked.append(numbers)
        return {"people": [[0.1 + 0.2, float("nan"), float(n)] for n in numbers]}

    monkeypatch.setattr(study_pool, "of_people", people)
    part = Part(0, 2, 4, range(3))
    bench = Bench(((PACK, BANK),), partial(HashEmbedder), None, tmp_path / "kept")
    first = Hand(bench).work(part, quiet)
    again = Hand(bench).work(part, quiet)
    assert np.array_equal(np.array(first["people"]), np.array(again["people"]), equal_nan=True)
    assert worked == [range(3)]
    other = BANK.model_copy(update={"filler": (*BANK.filler, "That is how it was with us.")})
    Hand(replace(bench, packs=((PACK, other),))).work(part, quiet)
    Hand(bench).work(part._replace(seed=3), quiet)
    monkeypatch.setattr(study_store, "code_hash", lambda: "another state of the code")
    Hand(bench).work(part, quiet)
    assert worked == [range(3)] * 4


def test_what_probabilities_are_worth_is_found_again() -> None:
    rng = np.random.default_rng(7)
    true = rng.normal(0, 1.5, 40_000)
    stated = rng.random(len(true)) < 1 / (1 + np.exp(-true))
    evidence = rng.normal(np.where(stated, 1.0, -1.0), 1.0)  # log odds at even odds: 2 x evidence
    p = 1 / (1 + np.exp(-evidence))  # half as sure as it could be
    found = fit([np.column_stack([p, stated, true])])
    assert abs(found.slope - 2) < 0.1 and found.slip < 0.03 and found.guess < 0.03
    assert isinstance(found, Worth)
