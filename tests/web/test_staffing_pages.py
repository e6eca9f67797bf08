"""The staffing pages: a manager decides pairs, has a plan worked out, reads it, accepts it, takes it along."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader
from sqlmodel import select

from tests.services.test_staffing import EXPERTS, PROJECTS, load
from tests.web.site import browser, site
from vetting.db import staffing_queries
from vetting.db.engine import reading, writing
from vetting.db.staffing_models import StaffingPlan
from vetting.domain.facts import Op
from vetting.services import accounts, projects
from vetting.services.context import Context
from vetting.services.jobs import JOBS
from vetting.web.requirement_form import rows_of
from vetting.web.sheets import TRIGGERS, xlsx_of
from vetting.web.staffing_view import read_plan, sheets_of

FORMULA = '=HYPERLINK("http://x","y")'


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return load(site(tmp_path), tmp_path, [*EXPERTS[1:], EXPERTS[0] | {"name": FORMULA}], PROJECTS)


@pytest.fixture
def manager(ctx: Context) -> TestClient:
    return signed_in(ctx, "project_manager")


def signed_in(ctx: Context, role: str) -> TestClient:
    page = browser(ctx)
    assert page.post(f"/sign-in/{accounts.add_user(ctx, f'{role}@x.example', role)}").status_code == 303
    return page


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def run(page: TestClient, seconds: str = "20") -> str:
    """The address of a plan over everything that the form offers."""
    form = page.get("/staffing").text
    token = re.search(r'name="form" value="([^"]+)"', form)
    assert token is not None
    keys = re.findall(r'name="project" value="([^"]+)" checked', form)
    made = page.post("/staffing/plans", data={"form": token[1], "project": keys, "fairness": "0.2", "seconds": seconds})
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def test_an_empty_house_is_told_what_will_be_here(tmp_path: Path) -> None:
    page = signed_in(site(tmp_path), "project_manager").get("/staffing").text
    assert "No open project" in page and 'href="/projects/new"' in page and "No pairs yet" in page


def test_a_plan_shows_seats_alternates_load_and_what_left_people_out_and_is_accepted(manager: TestClient) -> None:
    address = run(manager)
    page = words(manager.get(address).text)
    assert "3 seats filled" in page and "no plan is worth more" in page and "Next in line" in page
    assert "conflict of interest with Quillback 1" in page and "rate above 120 EUR/h 1" in page
    assert "10 of 10 100 %" in page and "Run again" in page
    assert manager.post(f"{address}/accept").status_code == 303
    page = manager.get(address).text
    assert "accepted by project_manager@x.example" in words(page) and "Accept the plan" not in page
    home = manager.get("/staffing").text
    assert "✓" not in words(home) and "accepted" in words(home)
    end = re.search(r'action="(/staffing/assignments/[^"]+/end)"', home)
    assert end is not None and manager.post(end[1]).status_code == 303
    assert len(re.findall(r"/staffing/assignments/", manager.get("/staffing").text)) == 2


def test_a_pair_is_decided_from_the_plan_and_taken_back_from_the_list(manager: TestClient) -> None:
    address = run(manager)
    forms = re.findall(
        r'name="project" value="([^"]+)"><input[^>]*name="expert" value="([^"]+)"', manager.get(address).text
    )
    project, expert = forms[0]
    assert (
        manager.post("/staffing/rules", data={"project": project, "expert": expert, "kind": "forbidden"}).status_code
        == 303
    )
    home = manager.get("/staffing").text
    assert "forbidden" in words(home)
    assert expert not in re.findall(r'name="expert" value="([^"]+)"', manager.get(run(manager)).text)[:1]
    back = re.search(r'action="(/staffing/rules/[^"]+/remove)"', home)
    assert back is not None and manager.post(back[1]).status_code == 303
    assert "No pairs yet" in manager.get("/staffing").text


def test_an_unknown_expert_is_named_and_what_was_typed_stays(ctx: Context, manager: TestClient) -> None:
    project = re.findall(r'<option value="([^"]+)">Hearts', manager.get("/staffing").text)[0]
    answer = manager.post("/staffing/rules", data={"project": project, "expert": 'zo"e', "kind": "pinned"})
    assert answer.status_code == 422 and "nobody here has the id or e-mail" in words(answer.text)
    assert 'value="zo&#34;e"' in answer.text and f'value="{project}" selected' in answer.text


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "Choose at least one project"),
        ({"project": "p-queues", "seconds": "soon"}, "seconds: 'soon' is not a number"),
        ({"project": "p-queues", "seconds": "9999"}, "seconds: 9999 is not from 1 to 600"),
        ({"project": "p-queues", "fairness": "2"}, "fairness: 2 is not from 0 to 1"),
    ],
)
def test_a_plan_that_cannot_be_asked_for_is_refused_in_a_sentence(
    ctx: Context, manager: TestClient, sent: dict[str, str], says: str
) -> None:
    answer = manager.post("/staffing/plans", data=sent)
    assert answer.status_code == 422 and says in words(answer.text)
    with reading(ctx.engine) as session:
        assert staffing_queries.plans(session, ctx.org) == []


def test_a_second_click_makes_no_second_plan(ctx: Context, manager: TestClient) -> None:
    sent = {"form": "once", "project": "p-queues", "seconds": "20"}
    first, second = (manager.post("/staffing/plans", data=sent).headers["location"] for _ in range(2))
    assert first == second


def test_what_cannot_be_had_stands_above_the_plan_with_what_to_change(
    ctx: Context, manager: TestClient, tmp_path: Path
) -> None:
    load(ctx, tmp_path, [], [PROJECTS[0] | {"seats": 4}, PROJECTS[1] | {"seats": 4}])
    page = words(manager.get(run(manager)).text)
    assert "Not everything is possible" in page and "The smallest change that makes a plan possible" in page
    assert re.search(r"lower the seats by \d", page) and "Nothing in the projects was changed" in page


def test_a_plan_under_way_shows_how_far_it_is_and_can_be_left(ctx: Context) -> None:
    class Waiting:
        """A queue whose worker is away."""

        def __init__(self) -> None:
            self.asked: list[int] = []

        def enqueue(self, session: object, job: str, workflow_id: str, *ids: int) -> None:
            self.asked += ids

        def warm(self) -> None: ...

    queue = Waiting()
    page = signed_in(replace(ctx, jobs=queue), "project_manager")
    address = run(page)
    shown = page.get(address).text
    assert "waiting for the worker" in words(shown).lower() and "You can leave this page" in shown
    assert f'data-follow="{address}"' in shown and "Accept the plan" not in shown
    assert page.post(f"{address}/accept").status_code == 409
    assert "<html" not in page.get(address, headers={"hx-request": "true"}).text
    JOBS["solve_plan"](ctx, queue.asked[0])
    assert "3 seats filled" in words(page.get(address, headers={"hx-request": "true"}).text)


def test_a_plan_that_failed_says_why_and_that_nothing_was_changed(ctx: Context, manager: TestClient) -> None:
    address = run(manager)
    with writing(ctx.engine) as session:
        plan = session.exec(select(StaffingPlan)).one()
        plan.state, plan.failure = "failed", "No plan was found within the time limit."
    page = words(manager.get(address).text)
    assert "There is no plan: No plan was found within the time limit. Nothing was changed." in page


def test_files_hold_the_plan_and_no_formula(ctx: Context, manager: TestClient) -> None:
    address = run(manager)
    rows = list(csv.DictReader(io.StringIO(manager.get(f"{address}/export.csv").text)))
    assert {(r["project"], r["role"]) for r in rows} >= {("p-queues", "seat"), ("p-hearts", "seat")}
    named = [r["name"] for r in rows if r["expert"] == "ana"]
    assert named and all(name == f"'{FORMULA}" for name in named)
    assert not [c for r in rows for c in r.values() if c.startswith(TRIGGERS)]
    answer = manager.get(f"{address}/export.xlsx")
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheets = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
        texts = html.unescape(book.read("xl/sharedStrings.xml").decode())
    assert len(sheets) == 5 and not [s for s in sheets if "<f>" in s or "hyperlink" in s]
    assert FORMULA in texts and f"'{FORMULA}" not in texts and "p-queues" in texts


def test_a_plan_comes_on_paper_once_it_has_a_result(ctx: Context, manager: TestClient) -> None:
    address = run(manager)
    sheets = PdfReader(io.BytesIO(manager.get(f"{address}/export.pdf").content)).pages
    shown = words(" ".join(sheet.extract_text() for sheet in sheets))
    assert "Plan for 2 projects" in shown and "On a seat" in shown and FORMULA in shown
    with writing(ctx.engine) as session:
        session.exec(select(StaffingPlan)).one().found = {}
    answer = manager.get(f"{address}/export.pdf")
    assert answer.status_code == 409 and "nothing to print" in words(answer.text)


def test_a_recruiter_sees_a_plan_without_the_buttons(ctx: Context, manager: TestClient) -> None:
    address = run(manager)
    page = signed_in(ctx, "recruiter")
    for shown in (page.get("/staffing").text, page.get(address).text):
        assert (
            "Staffing" in shown and 'name="kind"' not in shown and "/accept" not in shown and "Run again" not in shown
        )


def test_a_plan_without_figures_is_a_workbook_with_headings_only(ctx: Context, manager: TestClient) -> None:
    with reading(ctx.engine) as session:
        shown = read_plan(session, ctx.org, run(manager).rsplit("/", 1)[1])
    assert xlsx_of(*sheets_of(replace(shown, figures={}, projects=(), loads=()))).startswith(b"PK")


def test_how_many_must_meet_a_requirement_is_asked_on_its_row(ctx: Context, manager: TestClient) -> None:
    with reading(ctx.engine) as session:
        public_id = staffing_queries.open_projects(session, ctx.org, ["p-queues"])[0].public_id
    row = {"r0-about": "fact", "r0-kind": "nice", "r0-fact": "languages", "r0-op": Op.GE.value, "r0-value": "de:B2"}
    address = f"/projects/{public_id}/requirements"
    answer = manager.post(address, data=row | {"r0-cover": "some"})
    assert answer.status_code == 422 and "'some' is not a number of experts" in words(answer.text)
    assert "met by 3 experts" in words(manager.post(address, data=row | {"r0-cover": "3"}).text)
    assert manager.post(address, data=row | {"r0-cover": "2"}).status_code == 303
    (asked,) = projects.get_project(ctx, public_id).requirements
    assert asked.cover == 2 and rows_of([asked])[0].cover == "2"
    assert "at least 2: language de at B2 or above" in words(manager.get("/staffing").text)
    assert json.loads(asked.model_dump_json())["cover"] == 2
