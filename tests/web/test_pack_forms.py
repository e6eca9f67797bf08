"""What the forms of a draft pack say while somebody is still writing."""

from __future__ import annotations

import pytest

from tests.web.test_pack_pages import Desk, administrators_desk, fields, questions_of


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return administrators_desk(tmp_path_factory.mktemp("desk"))


def test_the_form_says_that_candidates_read_what_the_interview_is_about(desk: Desk) -> None:
    address = desk.draft()
    assert "Candidates read them before they begin" in desk.see(f"{address}/pack")


def test_a_part_just_added_has_no_fault_yet_and_what_stood_open_stays_open(desk: Desk) -> None:
    draft = desk.draft()
    question = questions_of(desk, draft)[0]
    before = fields(desk.page.get(question).text)
    fold = f"wordings-{before['indicators.0.id']}"
    sent = {**before, "do": "misconceptions.add", "open": f"more {fold}"}
    there = desk.page.post(question, data=sent).headers["location"]
    assert there.endswith("#misconceptions-0")
    shown = desk.page.get(there).text
    assert "is still empty" not in shown and 'aria-invalid="true"' not in shown
    assert '<details id="more" open>' in shown and f'<details id="{fold}" open>' in shown
    assert fields(shown)["open"] == f"more {fold}" and shown.count("<details id=") > shown.count(" open><summary>") == 2
    assert "is still empty" in desk.see(draft) and "is still empty" in desk.see(question), "the check counts it"
    once = desk.page.post(
        question, data={**fields(shown), "do": "probes.add", "misconceptions.0.statement": "Rust is rain"}
    )
    half = desk.page.get(once.headers["location"]).text
    assert half.count("is still empty") == 1, "what was begun is told what it lacks; what was just added is not"
