"""The candidates table, files of it, views that are kept, people side by side, invitations and the funnel."""

from __future__ import annotations

import csv
import html
import io
import re
from zipfile import ZipFile

import pytest
from sqlmodel import select

from tests.web.staff import EXPERT, House, candidate_keys, house, profile
from tests.web.test_recruiter_pages import queries_of, text_of
from vetting.db.engine import reading
from vetting.db.models import Interview
from vetting.services import profiles
from vetting.services.candidates import import_profiles

TRIGGER = '=HYPERLINK("http://x.example","y")'
PAGES = (
    "/",
    "/candidates",
    "/candidates?sort=level&up=true",
    "/compare?pick=x-1&pick=x-2",
    "/confirm",
    "/reports/hiring",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = house(tmp_path_factory.mktemp("house"))
    import_profiles(made.ctx, [profile({"id": "t-1", "name": TRIGGER, "headline": "@SUM(1)", "summary": "Tables."})])
    return made


def names(page: str) -> list[str]:
    """The people of the table, in order."""
    return [html.unescape(n) for n in re.findall(r'aria-label="Choose ([^"]*)"', page)]


def test_filters_order_and_columns_stand_in_the_address(home: House) -> None:
    page = home.user("recruiter")
    assert names(page.get("/candidates?sort=name&up=true").text)[1:] == ["Ana Reyes", "Ben Sole"]
    assert names(page.get("/candidates?state=not_invited").text) == [TRIGGER]
    assert names(page.get("/candidates?rubric=test.pack&decided=undecided").text) == ["Ana Reyes"]
    assert names(page.get("/candidates?since=2999-01-01").text) == []
    shown = text_of(page.get("/candidates?show=email&show=languages").text)
    assert "ana@example.org" in shown and "en C2" in shown and "90 % interval" not in shown.split("CSV")[1]


def test_facts_that_were_chosen_go_along_with_the_filters(home: House) -> None:
    address = "/candidates?q=queues&read=0&fact=hours_per_week+%3E%3D+1&state=finished"
    shown = home.user("recruiter").get(address).text
    understood = shown.split('class="card stack understood"')[1].split("</form>")[0]
    assert 'name="state" value="finished"' in understood and "hours_per_week &gt;= 1" in understood
    assert "read=False" in shown.split('aria-label="Views"')[1].split("</nav>")[0]
    assert set(names(shown)) <= {"Ana Reyes"}


@pytest.mark.parametrize("asked", ["state=lost", "since=tomorrow", "sort=luck", "recommendation=hire", "decided=maybe"])
def test_a_filter_that_is_none_is_named(home: House, asked: str) -> None:
    answer = home.user("recruiter").get(f"/candidates?{asked}")
    assert answer.status_code == 422 and asked.partition("=")[0] in text_of(answer.text)


def test_a_view_is_kept_for_its_user_alone(home: House) -> None:
    rita, ben = home.user("recruiter"), home.user("reviewer")
    rita.post("/candidates/views?state=started&sort=name", data={"name": "Under way"})
    shown = rita.get("/candidates").text
    assert 'href="/candidates?state=started&amp;sort=name"' in shown and ">Under way</a>" in shown
    assert "Under way" not in ben.get("/candidates").text
    remove = re.search(r'action="(/candidates/views/[^"]+/remove)"', shown)
    assert remove is not None and ben.post(remove[1]).status_code == 404
    assert rita.post(remove[1]).status_code == 303 and "Under way" not in rita.get("/candidates").text
    assert rita.post("/candidates/views?state=started", data={"name": " "}).status_code == 422


def test_files_hold_everybody_the_filters_leave_and_no_cell_is_run(home: House) -> None:
    page = home.user("recruiter")
    rows = list(csv.reader(io.StringIO(page.get("/candidates/export.csv?sort=name&up=true").text)))
    assert rows[0][:4] == ["name", "id", "rubric", "rubric_version"] and len(rows) == 4
    assert {row[0] for row in rows[1:]} == {f"'{TRIGGER}", "Ana Reyes", "Ben Sole"}
    (ana,) = csv.DictReader(io.StringIO(page.get("/candidates/export.csv?state=finished").text))
    assert ana["state"] == "finished" and 1 <= float(ana["composite"]) <= 5
    with ZipFile(io.BytesIO(page.get("/candidates/export.xlsx").content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert b"=HYPERLINK" in book.read("xl/sharedStrings.xml")


def test_people_stand_side_by_side_and_what_is_missing_is_not_low(home: House) -> None:
    page = home.user("recruiter")
    shown = text_of(page.get("/compare?pick=x-2&pick=x-1&pick=x-1").text)
    assert shown.index("Ben Sole") < shown.index("Ana Reyes") and "not asked" in shown and "not stated" in shown
    assert "Choose two to four people" in page.get("/compare?pick=x-1").text
    answer = page.get("/compare?" + "&".join(f"pick=p{n}" for n in range(5)))
    assert answer.status_code == 422 and "at most 4" in text_of(answer.text)


def test_a_preview_names_each_conflict_and_makes_nothing(home: House) -> None:
    page, before = home.user("recruiter"), candidate_keys(home.ctx)
    page.post("/invites", data={"who": "x-2", "rubric": "software.networking"})
    sent = {"who": "x-2\nx-1\nNew One <new@example.org>", "rubric": "software.networking", "language": "pt-BR"}
    shown = page.post("/invites/preview", data=sent | {"offer": "95 EUR an hour", "days": "7"}).text
    assert re.findall(r'name="who" value="([^"]*)"( checked)?', html.unescape(shown)) == [
        ("x-2", ""), ("x-1", " checked"), ("New One <new@example.org>", " checked"),
    ]  # fmt: skip
    told = text_of(shown)
    assert "Ben Sole was invited by this rubric and has not begun." in told and "95 EUR an hour" in told
    assert "7 days" in told and "The invitation is in Portuguese (Brazil), the questions are in English" in told
    assert candidate_keys(home.ctx) == before


def test_a_preview_of_what_cannot_be_sent_says_why(home: House) -> None:
    page = home.user("recruiter")
    for changed, says in (({"days": "0"}, "1 to 365 days"), ({"rubric": ""}, "Choose a rubric"), ({"who": "?"}, "'?'")):
        answer = page.post("/invites/preview", data={"who": "x-1", "rubric": "software.networking"} | changed)
        assert answer.status_code == 422 and says in text_of(answer.text)


def test_a_template_fills_the_form_and_can_be_changed_and_removed(home: House) -> None:
    page = home.user("recruiter")
    sent = {"name": "Usual", "purpose": "Judging answers", "offer": "95 EUR", "language": "en", "days": "14"}
    assert page.post("/invites/templates", data=sent).status_code == 303
    assert page.post("/invites/templates", data=sent).status_code == 409
    found = re.search(r"/invites/new\?template=([\w-]+)", page.get("/invites/templates").text)
    assert found is not None
    form = page.get(f"/invites/new?template={found[1]}&pick=x-1").text
    assert 'value="Judging answers"' in form and 'value="14"' in form and ">x-1</textarea>" in form
    assert page.post("/invites/templates", data=sent | {"edit": found[1], "days": "400"}).status_code == 422
    assert page.post("/invites/templates", data=sent | {"edit": found[1], "days": "9"}).status_code == 303
    assert "9 days" in page.get("/invites/templates").text
    assert home.user("admin", home.other).post(f"/invites/templates/{found[1]}/remove").status_code == 404
    assert page.post(f"/invites/templates/{found[1]}/remove").status_code == 303


def test_an_invitation_is_sent_opened_and_withdrawn(home: House) -> None:
    page = home.user("recruiter")
    made = page.post("/invites", data={"who": "Gil Fry <gil@example.org>", "rubric": "software.networking"}).text
    link = re.search(r'value="http[^"]+(/i/[^"]+)"', made)
    with reading(home.ctx.engine) as session:
        one = session.exec(select(Interview.public_id).order_by(Interview.id.desc())).first()  # type: ignore[union-attr]  # SQLModel attribute
    assert link is not None and "Gil Fry" in names(page.get("/candidates?state=sent").text)
    assert home.nobody().get(link[1]).status_code == 200
    assert names(page.get("/candidates?state=opened").text) == ["Gil Fry"]
    assert "Opened the link" in text_of(page.get("/reports/hiring").text)
    assert page.post(f"/interviews/{one}/withdraw").status_code == 303
    assert home.nobody().get(link[1]).status_code == 410
    assert names(page.get("/candidates?state=withdrawn").text) == ["Gil Fry"]
    assert page.post(f"/interviews/{one}/withdraw").status_code == 409
    assert page.post(f"/interviews/{one}/link").status_code == 409


def test_no_page_takes_a_query_per_row(home: House) -> None:
    before = [queries_of(home, "recruiter", address) for address in PAGES]
    import_profiles(home.ctx, [profile({"id": f"q-{n}", "name": f"Q {n}", "summary": "Queues."}) for n in range(20)])
    home.user("recruiter").post(
        "/invites", data={"who": [f"q-{n}" for n in range(10)], "rubric": "software.networking"}
    )
    assert [queries_of(home, "recruiter", address) for address in PAGES] == before
    assert max(before) <= 12


def test_a_search_says_from_where_on_nobody_states_what_must_be(home: House) -> None:
    import_profiles(home.ctx, [profile(EXPERT | {"id": "x-9", "name": "Cy Silent", "email": None, "facts": {}})])
    profiles.embed_pending(home.ctx)
    shown = (
        home.user("recruiter")
        .get("/candidates?q=measured+drop-tail+queues+under+load&read=0&fact=hours_per_week+%3E%3D+1")
        .text
    )
    at = shown.index("From here on nobody is known to meet every must.")
    above, below = shown[:at], shown[at:]
    assert "Ana Reyes" in names(above) and "Cy Silent" in names(below)


def test_without_a_mail_server_an_invitation_says_that_nothing_was_sent(home: House) -> None:
    page = home.user("recruiter")
    sent = {"who": "Di Later <di@example.org>", "rubric": "software.networking", "mail": "true"}
    told = text_of(page.post("/invites", data=sent).text)
    assert "no mail server is set" in told and "copy the link" in told and "on its way" not in told


def test_a_manager_finds_those_whom_a_project_has_to_do_with_and_nobody_else(home: House) -> None:
    import_profiles(home.ctx, [profile(EXPERT | {"id": "x-8", "name": "Not Considered", "email": None})])
    profiles.embed_pending(home.ctx)
    page = home.user("project_manager")
    for address in (
        "",
        "?q=Not+Considered",
        "?q=measured+drop-tail+queues",
        "?q=hours&read=0&fact=hours_per_week+>=+1",
    ):
        shown = page.get(f"/candidates{address}").text
        assert ">Not Considered</a>" not in shown and "Compare" not in shown and "export.csv" not in shown
        assert "Left out" not in shown
    assert ">Ana Reyes</a>" in page.get("/candidates").text
    assert ">Ana Reyes</a>" in page.get("/candidates?q=measured+drop-tail+queues").text
    assert ">Not Considered</a>" in home.user("recruiter").get("/candidates?q=Not+Considered").text
