"""Work samples on pages without script: the fields become one text, and staff see what was planted."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import FormData

from tests.cast import GOOD
from tests.domain import samples
from tests.web.site import browser, candidate, site
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.domain.rubric import WorkSample
from vetting.domain.work_sample import Marked, read, units
from vetting.services import accounts
from vetting.web.work_sample_form import as_read, compose, sample_form
from vetting.web.work_sample_view import sample_view

FLAWS = samples.question(samples.flaws())
STEPS = samples.question(samples.steps())
CHOICE = samples.question(samples.comparison())


def plain(kind: str, *fields: tuple[str, str]) -> FormData:
    return FormData([("plain", "1"), ("sample", kind), *fields])


def test_ticked_sentences_and_given_reasons_become_marks() -> None:
    form = sample_form(FLAWS, "")
    codel, routers = form.places[3].key, form.places[4].key
    text = compose(plain("find_flaws", ("mark", codel), (f"why:{codel}", "By time"), (f"why:{routers}", "No\r\nnever")))
    response = read(FLAWS, text)
    assert isinstance(response, Marked) and response.rest == "the rest is right"
    assert [(m.words, m.reason) for m in response.marks] == [
        ("CoDel goes by the number of bytes.", "By time"),
        ("Routers tell the sender its rate.", "No never"),
    ]
    again = sample_form(FLAWS, text)
    assert [p.key for p in again.places if p.ticked] == [codel, routers] and again.places[3].reason == "By time"


def test_a_passage_marked_word_by_word_stands_among_the_sentences() -> None:
    form = sample_form(FLAWS, '[mark "number of bytes"] no\n[the rest is right] that is all')
    extra = next(p for p in form.places if p.ticked)
    assert extra.text == "number of bytes" and len(form.places) == len(units(FLAWS)) + 1
    assert form.remark == "that is all" and not form.none


def test_nothing_ticked_is_no_answer_and_nothing_wrong_is_one() -> None:
    assert compose(plain("find_flaws")) == ""
    assert compose(plain("find_flaws", ("none", "1"), ("remark", "I looked twice"))) == "[no errors] I looked twice"


@pytest.mark.parametrize(
    ("question", "text", "read_again"),
    [
        (FLAWS, '[mark "number of bytes"] by time\n[the rest is right] I looked twice',
         "“number of bytes”: by time\nThe rest is right. I looked twice"),
        (FLAWS, "[no errors]", "Nothing is wrong in it."),
        (STEPS, "[first wrong step 3] 0.4 s", "Step 3 is the first wrong one. 0.4 s"),
        (STEPS, "[no wrong step]", "All steps are right."),
        (CHOICE, "[choose second 80%] it measures", "The second answer is better; 80 per cent sure. it measures"),
        (FLAWS, "Prose that somebody wrote instead.", "Prose that somebody wrote instead."),
    ],
)  # fmt: skip
def test_who_answered_reads_their_marks_without_the_brackets(question: WorkSample, text: str, read_again: str) -> None:
    assert as_read(question, text) == read_again


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (plain("first_wrong_step", ("step", "3"), ("why", "0.4 s")), "[first wrong step 3] 0.4 s"),
        (plain("first_wrong_step", ("step", "none"), ("why", "")), "[no wrong step]"),
        (plain("first_wrong_step", ("why", "only a reason")), "only a reason"),
        (plain("compare", ("choice", "second"), ("confidence", "90"), ("why", "x")), "[choose second 90%] x"),
        (plain("compare", ("choice", "first"), ("confidence", "²"), ("why", "")), "[choose first 50%]"),
        (FormData([("text", "one\r\ntwo")]), "one\ntwo"),
        (FormData([]), ""),
    ],
)
def test_other_fields_become_the_same_text_that_a_file_would_hold(form: FormData, text: str) -> None:
    assert compose(form) == text


def test_places_that_nobody_offered_are_left_out() -> None:
    assert compose(plain("find_flaws", ("mark", "x-y nonsense"), ("mark", ""), ("why:", "words"))) == ""


def test_a_form_is_filled_with_what_was_chosen_before() -> None:
    assert sample_form(STEPS, "[first wrong step 3] 0.4 s").chosen == "3"
    assert sample_form(STEPS, "[no wrong step]").chosen == "none"
    assert sample_form(STEPS, "only a reason").reason == "only a reason"
    chosen = sample_form(CHOICE, "[choose second 90%] x")
    assert (chosen.chosen, chosen.percent, chosen.reason) == ("second", 90, "x")
    assert sample_form(samples.question(samples.rubric_task()), "").by_words


def test_staff_see_each_passage_with_its_outcome_and_the_figures() -> None:
    answer = (
        f'[mark "holds 40 ms"] It is 400.\n[mark "{samples.DECOY}"] no\n[mark "halved after"] no\n[the rest is right]'
    )
    view = sample_view(FLAWS, samples.said("flaws", answer))
    assert view is not None and view.passed is False
    assert [(row.what.split(",")[0], row.outcome) for row in view.rows] == [
        ("planted error", "found"),
        ("planted error", "missed"),
        ("planted error", "missed"),
        ("right", "marked"),
        ("right", "marked"),
    ]
    assert dict(view.figures)["marked without need"] == "2" and dict(view.figures)["precision"] == "0.33"
    assert "".join(piece.text for piece in view.text) == samples.MATERIAL
    assert {name for piece in view.text for name in piece.names} == {"flaw", "decoy", "mark"}


def test_staff_see_the_material_of_an_answer_in_prose_without_figures() -> None:
    view = sample_view(FLAWS, samples.said("flaws", "CoDel is described wrongly."))
    assert view is not None and view.passed is None and view.rows == () and view.figures == ()
    assert sample_view(samples.pack().question("alpha-a"), samples.said("alpha-a", "x")) is None


@pytest.mark.parametrize(
    ("document", "answer", "figure"),
    [
        (samples.steps(), "[first wrong step 3]", ("first wrong step", "named")),
        (samples.comparison(), "[choose second 90%]", ("Brier score", "0.01")),
        (samples.rubric_task(), "Is good\nIs nice\nNames the full buffer", ("atomic and checkable", "33%")),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_staff_see_the_figures_of_every_type(document: dict[str, Any], answer: str, figure: tuple[str, str]) -> None:
    view = sample_view(samples.question(document), samples.said(document["id"], answer))
    assert view is not None and figure in view.figures


def test_the_interview_page_of_staff_holds_the_sample_and_the_candidates_page_gives_nothing_away(
    tmp_path: Path,
) -> None:
    ctx = site(tmp_path)
    who = candidate(ctx, samples.pack(samples.flaws()))
    who.begin()
    while "CoDel goes by the number of bytes." not in (page := who.see()):
        who.say(who.turn(), GOOD)
    turn = str(who.turn())
    assert 'name="plain"' in page
    assert "It is wrong" not in page and "Finds codel" not in page
    refused = who.page.post("/interview/answer", data={"turn": turn, "text": '[mark "nowhere"] why'})
    assert refused.status_code == 422 and "do not appear in the text" in refused.text
    who.page.post("/interview/answer", data={"turn": turn, "text": samples.RIGHT})
    staff = browser(ctx)
    assert staff.post(f"/sign-in/{accounts.add_user(ctx, 'r@example.org', 'recruiter')}").status_code == 303
    with reading(ctx.engine) as session:
        public_id = load(session, ctx.org, who.interview_id).row.public_id
    shown = html.unescape(staff.get(f"/interviews/{public_id}").text)
    assert "Work sample, scored by code: passed" in shown and "planted error, serious" in shown
    assert "found 3 of 3".replace(" 3 of", ' <span class="tnum">3 of') in shown
