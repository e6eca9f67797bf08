"""What managers see and do: a project from a brief, its requirements, a shortlist and decisions."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from tests.web.staff import EXPERT, PROJECT, House, house, profile
from vetting.db import project_queries
from vetting.db.engine import reading
from vetting.domain.project import Requirement
from vetting.services import matching, profiles, projects
from vetting.services.candidates import import_profiles
from vetting.web.requirement_form import FormRow, read_form, rows_of
from vetting.web.sheets import TRIGGERS, cell

BRIEF = (
    "We need people who can tell a right answer from a plausible one about queues under load. "
    "You must speak English at C1. At least 10 hours a week. We pay up to 120 EUR an hour."
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def home(shared: House) -> House:
    """The house with a project and a shortlist that only this test touches."""
    project = projects.create_project(shared.ctx, PROJECT | {"id": None})
    shortlist = matching.request_shortlist(shared.ctx, project, 5).public_id
    entry = matching.shortlist_document(shared.ctx, shortlist)["entries"][0]["id"]
    return replace(shared, project=project, shortlist=shortlist, entry=entry)


@pytest.fixture
def manager(home: House) -> TestClient:
    return home.user("project_manager")


def words(markup: str) -> str:
    """The words of a page, one space between them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the requirements form."""
    found = dict(re.findall(r'<input[^>]*name="(r\d+-[a-z_]+)"[^>]*value="([^"]*)"', page))
    found |= {n: html.unescape(v) for n, v in re.findall(r'<textarea[^>]*name="(r\d+-\w+)"[^>]*>([^<]*)<', page)}
    for name, options in re.findall(r'<select[^>]*name="(r\d+-\w+)">(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items()}


def test_a_pasted_brief_becomes_draft_requirements_that_count_only_when_approved(
    home: House, manager: TestClient
) -> None:
    made = manager.post("/projects", data={"title": "Judging answers", "brief": BRIEF, "seats": "3"})
    assert made.status_code == 303
    public_id = made.headers["location"].split("/")[2]
    draft = manager.get(made.headers["location"]).text
    assert "read from the brief by rules" in draft
    assert projects.get_project(home.ctx, public_id).requirements == ()
    assert manager.post(f"/projects/{public_id}/requirements", data=form_of(draft)).status_code == 303
    kept = {(r.fact, r.kind.value) for r in projects.get_project(home.ctx, public_id).requirements}
    assert {("languages", "must"), ("hours_per_week", "must"), ("rate", "must")} <= kept


def test_seats_and_whom_nobody_may_work_for_are_read_from_the_brief_and_kept_when_approved(
    home: House, manager: TestClient
) -> None:
    brief = "We need three physicians. Nobody who works for Novagene please. Judges answers on queues."
    made = manager.post("/projects", data={"title": "Ward", "brief": brief, "client": "Quillback"})
    public_id, page = made.headers["location"].split("/")[2], manager.get(made.headers["location"]).text
    assert 'name="seats" type="number" value="3"' in page and "How many experts are wanted?" not in page
    assert 'name="client" type="text" value="Quillback; Novagene"' in page
    sent = form_of(page) | {"seats": "3", "client": "Quillback; Novagene"}
    assert not [value for value in sent.values() if "Nobody who works" in value]
    assert manager.post(made.headers["location"], data=sent).status_code == 303
    kept = projects.get_project(home.ctx, public_id)
    assert (kept.seats, kept.client) == (3, "Quillback; Novagene")
    assert 'value="Quillback; Novagene"' in manager.get(made.headers["location"]).text


def test_a_second_click_on_the_new_project_form_leads_to_the_same_project(manager: TestClient) -> None:
    form = re.search(r'name="form" value="([^"]+)"', manager.get("/projects/new").text)
    assert form is not None
    sent = {"title": "Clicked twice", "brief": "Knows BGP.", "form": form[1]}
    first, second = (manager.post("/projects", data=sent) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    other = manager.post("/projects", data=sent | {"title": "Changed after going back"})
    assert other.headers["location"] != first.headers["location"]


def test_words_of_a_brief_that_nothing_was_drawn_from_are_listed_beside_the_draft(manager: TestClient) -> None:
    brief = "Must have run BGP and know congestion control. A licence is not needed."
    made = manager.post("/projects", data={"title": "Networking answers", "brief": brief})
    page = manager.get(made.headers["location"]).text
    listed = page.split("Not turned into a requirement")[1].split("</section>")[0]
    assert "A licence is not needed." in words(listed) and "BGP" not in listed
    sent = form_of(page).values()
    assert {"software.networking/transport", "software.networking/ip_routing"} <= set(sent)


def test_saving_requirements_as_they_stand_changes_nothing(home: House, manager: TestClient) -> None:
    before = projects.get_project(home.ctx, home.project).requirements
    page = manager.get(f"/projects/{home.project}/requirements").text
    assert manager.post(f"/projects/{home.project}/requirements", data=form_of(page)).status_code == 303
    assert projects.get_project(home.ctx, home.project).requirements == before


def test_a_row_can_be_added_filled_in_and_left_out(home: House, manager: TestClient) -> None:
    address = f"/projects/{home.project}/requirements"
    sent = form_of(manager.get(address).text)
    more = manager.post(address, data=sent | {"more": "fact"})
    assert more.status_code == 200
    sent = form_of(more.text)
    sent |= {"r3-fact": "rate", "r3-op": "<=", "r3-value": "95,5 usd", "r0-drop": "on"}
    assert manager.post(address, data=sent).status_code == 303
    now = {r.id.split("-")[0]: r for r in projects.get_project(home.ctx, home.project).requirements}
    assert "hours" not in now
    assert now["rate"].value == {"amount": 95.5, "currency": "USD", "per": "hour"}


@pytest.mark.parametrize(
    ("fact", "value", "says"),
    [("rate", "cheap", "120 EUR"), ("languages", "English", "en:C1"), ("hours_per_week", "many", "not a number")],
)
def test_a_value_that_cannot_be_read_is_named_and_what_was_typed_stays(
    home: House, manager: TestClient, fact: str, value: str, says: str
) -> None:
    sent = {"r0-about": "fact", "r0-kind": "must", "r0-fact": fact, "r0-op": ">=", "r0-value": value}
    answer = manager.post(f"/projects/{home.project}/requirements", data=sent)
    assert answer.status_code == 422 and says in words(answer.text) and f'value="{value}"' in answer.text
    assert projects.get_project(home.ctx, home.project).requirements


def test_a_competency_that_no_rubric_has_is_refused_and_one_that_came_with_an_import_may_stay(
    home: House, manager: TestClient, tmp_path: Path
) -> None:
    row = {"r0-about": "competency", "r0-kind": "must", "r0-min_level": "3"}
    sent = row | {"r0-competency": "software.networking/trasport"}
    answer = manager.post(f"/projects/{home.project}/requirements", data=sent)
    assert answer.status_code == 422 and "nearest is 'software.networking/transport'" in words(answer.text)
    asked = {"kind": "must", "competency": "gone.pack/skill", "min_level": 3}
    file = tmp_path / "projects.jsonl"
    file.write_text(json.dumps({"id": "imported", "title": "T", "brief": "b", "requirements": [asked]}))
    assert projects.import_projects(home.ctx, [file]).added == 1
    with reading(home.ctx.engine) as session:
        public_id = project_queries.project_by_imported_id(session, home.ctx.org, "imported").public_id
    shown = form_of(manager.get(f"/projects/{public_id}/requirements").text)
    assert manager.post(f"/projects/{public_id}/requirements", data=shown).status_code == 303


def test_what_a_brief_leaves_open_is_asked_with_its_reason_and_answered_by_one_click(
    home: House, manager: TestClient
) -> None:
    made = manager.post("/projects", data={"title": "Judging", "brief": "Judges answers on queues."})
    address, page = made.headers["location"], manager.get(made.headers["location"]).text
    assert "In which language do they work" in page and "Without one nobody is left out for it." in page
    sent = form_of(page)
    page = manager.post(address, data=sent | {"answer": "language:1"}).text
    assert 'value="en:C1"' in page and "In which language do they work" not in page
    settled = re.search(r'name="settled" value="([^"]*)"', page)
    assert settled is not None
    kept = {"settled": settled[1]}
    page = manager.post(address, data=form_of(page) | kept | {"answer": "hours:leave"}).text
    assert "How many hours a week" not in page
    assert page.count('name="seats"') == 1 and "answer" in page and "seats:" not in page, "the field alone asks for it"
    assert manager.post(address, data=form_of(page) | {"seats": "3"}).status_code == 303
    project = projects.get_project(home.ctx, address.split("/")[2])
    assert project.seats == 3 and [r.label for r in project.requirements if r.fact] == ["language en at C1 or above"]


def test_an_answer_that_nobody_can_propose_gives_a_row_to_fill_in(manager: TestClient) -> None:
    made = manager.post("/projects", data={"title": "Judging", "brief": "They write German answers on queues."})
    address, page = made.headers["location"], manager.get(made.headers["location"]).text
    assert "German, C1" in page, "the language that the brief names is proposed first"
    page = manager.post(address, data=form_of(page) | {"answer": "rate:0"}).text
    assert '<option value="rate" selected>' in page and "What is the most an hour may cost" not in page


def test_an_answer_changes_the_row_it_is_about_even_one_that_was_never_stored(home: House, manager: TestClient) -> None:
    address = f"/projects/{home.project}/requirements"
    row = {"r0-about": "fact", "r0-kind": "must", "r0-fact": "licences", "r0-op": "overlaps", "r0-value": "medical"}
    page = manager.post(address, data=row | {"count": "yes"}).text
    asked = re.search(r'value="(proof-[^"]+:1)">Checked in the register', page)
    assert asked is not None
    page = manager.post(address, data=form_of(page) | {"answer": asked[1]}).text
    assert '<option value="checked_at_source" selected>' in page and "Is it enough that somebody says" not in page


def test_open_questions_never_stand_in_the_way(home: House, manager: TestClient) -> None:
    made = manager.post("/projects", data={"title": "Judging", "brief": "Judges answers on queues."})
    page = manager.get(made.headers["location"]).text
    assert "What the brief leaves open" in page
    assert manager.post(made.headers["location"], data=form_of(page)).status_code == 303


def test_each_row_says_how_many_it_leaves_with_and_without_script(home: House, manager: TestClient) -> None:
    address = f"/projects/{home.project}/requirements"
    assert "1 expert of 2 left" in words(manager.get(address).text)
    row = {"r0-about": "fact", "r0-kind": "must", "r0-fact": "hours_per_week", "r0-op": ">=", "r0-value": "3"}
    reloaded = words(manager.post(address, data=row | {"count": "yes"}).text)
    assert "2 experts of 2 left" in reloaded
    part = manager.post(f"{address}/count", data=row | {"r0-value": "100"}).text
    assert part.startswith('<div id="counts"') and "0 experts of 2 left" in words(part)
    half = row | {"r0-value": "many", "r1-about": "topic", "r1-kind": "nice", "r1-topic": "queues"}
    assert "2 experts of 2 left" in words(manager.post(f"{address}/count", data=half).text)
    assert projects.get_project(home.ctx, home.project).requirements[0].value == 10, "counting stores nothing"


def test_a_project_without_a_brief_is_refused_in_a_sentence(manager: TestClient) -> None:
    answer = manager.post("/projects", data={"title": "T", "brief": " "})
    assert answer.status_code == 422 and "needs a title and a brief" in answer.text


def test_a_shortlist_says_of_each_requirement_what_is_known_with_the_words_it_rests_on(
    home: House, manager: TestClient
) -> None:
    page = manager.get(f"/shortlists/{home.shortlist}").text
    card = words(page.split('<li class="entry"')[1])
    assert "Ana Reyes" in card and "at least 10 hours a week : met (hours per week: 12)" in card
    assert "Measured drop-tail queues under load." in card
    assert "Ben Sole" not in page.split("left out</h2>")[0]
    assert "fewer than 10 hours a week: 1" in words(page) or re.search(r"hours.*: 1\b", words(page))


def test_a_quote_from_an_interview_leads_to_its_turn(home: House, manager: TestClient) -> None:
    page = manager.get(f"/shortlists/{home.shortlist}").text
    link = re.search(rf'href="(/interviews/{home.interview})#(t\d+)"', page)
    assert link is not None
    assert f'id="{link[2]}"' in manager.get(link[1]).text


def test_the_parts_shown_sum_to_the_fit(home: House, manager: TestClient) -> None:
    entry = manager.get(f"/shortlists/{home.shortlist}/export.json").json()["entries"][0]
    assert sum(entry["parts"].values()) == pytest.approx(entry["fit"], abs=1e-6)


def test_a_decision_is_shown_with_its_reason_and_can_be_taken_back(home: House, manager: TestClient) -> None:
    address = f"/shortlists/{home.shortlist}/entries/{home.entry}/decision"
    assert manager.post(address, data={"decision": "decline", "reason": " "}).status_code == 422
    assert manager.post(address, data={"decision": "decline", "reason": "Wrong field"}).status_code == 303
    page = words(manager.get(f"/shortlists/{home.shortlist}").text)
    assert "– declined" in page and "Wrong field" in page and "1 declined" in page
    assert manager.post(address, data={"decision": "undo"}).status_code == 303
    assert "0 declined" in words(manager.get(f"/shortlists/{home.shortlist}").text)
    assert manager.post(address, data={"decision": "approve"}).status_code == 303
    assert "1 approved" in words(manager.get(f"/shortlists/{home.shortlist}").text)


def test_an_entry_of_another_shortlist_is_not_found(home: House, manager: TestClient) -> None:
    second = manager.post(f"/projects/{home.project}/shortlists", data={"k": "5"}).headers["location"]
    assert manager.post(f"{second}/entries/{home.entry}/decision", data={"decision": "approve"}).status_code == 404


def test_a_recruiter_sees_a_shortlist_without_the_buttons(home: House) -> None:
    page = home.user("recruiter").get(f"/shortlists/{home.shortlist}").text
    assert "Ana Reyes" in page and 'value="approve"' not in page


def test_a_spreadsheet_finds_no_formula_in_the_export(home: House, manager: TestClient) -> None:
    address = f"/shortlists/{home.shortlist}/entries/{home.entry}/decision"
    manager.post(address, data={"decision": "decline", "reason": '=HYPERLINK("http://x","y")'})
    text = manager.get(f"/shortlists/{home.shortlist}/export.csv").text
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][5] == '\'=HYPERLINK("http://x","y")'
    assert not [c for row in rows for c in row if c.startswith(TRIGGERS)]


@given(st.text())
def test_no_cell_begins_with_what_a_spreadsheet_runs(text: str) -> None:
    made = cell(text)
    assert not made.lstrip(" ").startswith(TRIGGERS) and made.removeprefix("'").removeprefix("'") in (
        text,
        text.removeprefix("'"),
        text.removeprefix("''"),
    )


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "must", "fact": "languages", "op": ">=", "value": {"en": "C1", "de": "B1"}},
        {"kind": "must", "fact": "rate", "op": "<=", "value": {"amount": 120, "currency": "EUR"}},
        {"kind": "nice", "fact": "timezone", "op": "overlaps", "value": {"zone": "Europe/Berlin", "hours": 5}},
        {"kind": "must", "fact": "licences", "op": "overlaps", "value": [{"name": "medical", "jurisdiction": "DE"}]},
        {"kind": "nice", "fact": "degrees", "op": "overlaps", "value": ["MSc", "PhD"]},
        {"kind": "nice", "fact": "available_from", "op": "<=", "value": "2027-01-11"},
        {"kind": "must", "fact": "country", "op": "in", "value": ["DE", "FR"]},
        {"kind": "must", "fact": "languages.en", "op": ">=", "value": "B2"},
        {"kind": "must", "competency": "test.pack/alpha", "min_level": 3.5},
        {"kind": "nice", "topic": "queues"},
    ],
)
def test_a_requirement_shown_as_a_row_and_typed_again_asks_the_same(document: dict[str, object]) -> None:
    asked = Requirement.model_validate(document)
    (row,) = rows_of([asked])
    untouched = Requirement.model_validate(row.document())
    typed = FormRow(**{**vars(row), "raw": "", "was": ""})
    if document.get("fact") == "languages.en":
        typed = row
    again = Requirement.model_validate(typed.document())
    assert untouched == asked and again.label == asked.label
    if asked.fact:
        assert again.test == asked.test


def test_rows_that_are_empty_or_left_out_do_not_count() -> None:
    rows = read_form({"r0-about": "topic", "r1-about": "fact", "r1-value": "10", "r1-drop": "on", "junk": "x"})
    assert [row.counts for row in rows] == [False, False]


def test_a_project_of_the_file_is_the_project_of_the_page(home: House, manager: TestClient) -> None:
    page = words(manager.get(f"/projects/{home.project}").text)
    assert str(PROJECT["title"]) in page and "test.pack/alpha at level 1 or above" in page


def test_a_shortlist_says_from_where_on_nobody_is_known_to_meet_every_must(home: House, manager: TestClient) -> None:
    import_profiles(home.ctx, [profile(EXPERT | {"id": "x-9", "name": "Cy Silent", "email": None, "facts": {}})])
    profiles.embed_pending(home.ctx)
    made = matching.request_shortlist(home.ctx, home.project, 5).public_id
    shown = words(manager.get(f"/shortlists/{made}").text)
    assert shown.index("Ana Reyes") < shown.index("From here on nobody is known to meet every must.")
    assert shown.index("From here on nobody") < shown.index("Cy Silent")
