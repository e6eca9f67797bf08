"""The whole demo, as `make demo` runs it: real model, real service, and nothing in its document made up."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from sqlmodel import select

from vetting.db.engine import make_engine, reading
from vetting.db.log import load
from vetting.db.models import Candidate, Interview
from vetting.domain.transcript import Transcript

pytestmark = pytest.mark.slow


class Demo(NamedTuple):
    """The demo's document and what was said, by expert."""

    document: dict[str, Any]
    said: dict[str, Transcript]
    stderr: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "vetting", "demo", "--no-serve", "--json", "--workdir", str(folder / "work")]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("VETTING_", "OPENAI_"))}
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment, cwd=folder)
    assert result.returncode == 0, result.stderr
    engine = make_engine(f"sqlite:///{folder / 'work' / 'vetting.sqlite3'}")
    with reading(engine) as session:
        rows = session.exec(select(Interview, Candidate).where(Interview.candidate_id == Candidate.id)).all()
        said = {
            c.imported_id: load(session, i.organisation_id, i.id or 0).transcript for i, c in rows if i.completed_at
        }
    yield Demo(json.loads(result.stdout), said, result.stderr)


def test_every_quote_is_verbatim_in_the_turn_it_names(demo: Demo) -> None:
    quotes = 0
    for interview in demo.document["interviews"]:
        said = demo.said[interview["candidate"]]
        assert interview["turns"] == len(said.turns)
        for competency in interview["competencies"]:
            for evidence in competency["evidence"]:
                turn = said.turn(evidence["turn"])
                assert turn is not None and evidence["quote"] in (turn.answer or ""), evidence
                quotes += 1
    assert quotes > 100


def test_levels_lie_in_their_intervals_and_nulls_stand_together(demo: Demo) -> None:
    for interview in demo.document["interviews"]:
        rated = [c["status"] == "rated" for c in interview["competencies"]]
        assert (interview["composite"]["level"] is not None) == all(rated)
        for part in (interview["composite"], *interview["competencies"]):
            if part["level"] is not None:
                low, high = part["interval"]
                assert 1 <= low <= part["level"] <= high <= 5


def test_the_story_is_true_excellent_people_advance_and_empty_or_wrong_ones_do_not(demo: Demo) -> None:
    by = {i["candidate"]: i for i in demo.document["interviews"]}
    assert len(by) >= 12
    counts = Counter(i["recommendation"] for i in by.values())
    assert len(counts) >= 3 and counts["advance"] >= 1
    for weak in ("x-015", "x-018", "x-020", "x-036", "x-039", "x-041"):
        assert by[weak]["recommendation"] != "advance", weak
    means = {e: i["composite"]["level"] for e, i in by.items()}
    for strong, weak in (("x-001", "x-020"), ("x-023", "x-041")):
        assert means[strong] is not None and (means[weak] is None or means[strong] > means[weak] + 1)


def test_parts_sum_to_fit_and_every_reason_about_a_person_quotes_its_source(demo: Demo) -> None:
    assert len(demo.document["shortlists"]) >= 8
    for shortlist in demo.document["shortlists"]:
        fits = [e["fit"] for e in shortlist["entries"]]
        assert fits == sorted(fits, reverse=True)
        for entry in shortlist["entries"]:
            assert abs(sum(entry["parts"].values()) - entry["fit"]) <= 1e-6
            assert entry["requirements"] and entry["reasons"]


def test_progress_goes_to_standard_error_and_only_plain_lines(demo: Demo) -> None:
    assert "interviews: 14 of 14" in demo.stderr and "shortlists:" in demo.stderr
    assert "\r" not in demo.stderr and "Loading" not in demo.stderr
