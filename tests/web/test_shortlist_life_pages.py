"""The life of an entry on the pages: offers with a link shown once, assignment, outcomes, dossier, progress, audit."""

from __future__ import annotations

import html
import io
import re
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader
from sqlmodel import select

from tests.shortlisted import MIA, Listed, listed
from tests.web.site import browser
from vetting.db.engine import writing
from vetting.db.models import Candidate
from vetting.domain.profile import Profile
from vetting.domain.shortlist import Step
from vetting.services import accounts, matching, offers, preferences, profiles, shortlists
from vetting.services.candidates import import_profiles


@pytest.fixture
def it(tmp_path: Path) -> Listed:
    return listed(tmp_path)


def signed_in(it: Listed, role: str, email: str = MIA) -> TestClient:
    page = browser(it.ctx)
    assert page.post(f"/sign-in/{accounts.add_user(it.ctx, email, role)}").status_code == 303
    return page


@pytest.fixture
def manager(it: Listed) -> TestClient:
    return signed_in(it, "project_manager")


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def card(it: Listed, page: TestClient, expert: str) -> str:
    shown = page.get(f"/shortlists/{it.shortlist}").text
    return shown.split(f'id="e-{it.entries[expert]}"')[1].split('<li class="entry"')[0]


def test_an_offer_is_made_on_a_form_that_keeps_the_clients_highest_rate_and_name_to_itself(
    it: Listed, manager: TestClient
) -> None:
    base = f"/shortlists/{it.shortlist}/entries/{it.entries['ana']}"
    assert manager.post(f"{base}/decision", data={"decision": "approve"}).status_code == 303
    form = manager.get(f"{base}/offer").text
    assert 'value="90 EUR an hour"' in form and "Quillback" not in form
    sent = {"title": "Judging answers", "pay": "90 EUR an hour", "message": "<b>Hello</b>", "days": "7", "form": "f1"}
    made = manager.post(f"{base}/offer", data=sent).text
    url = re.search(r'value="http://[^"]+(/offers/[^"]+)"', made)
    assert url is not None
    again = manager.post(f"{base}/offer", data=sent).text
    assert url[1] in again, "a second click shows the same link"
    assert url[1] not in manager.get(f"/shortlists/{it.shortlist}").text
    visitor = browser(it.ctx)
    page = visitor.get(url[1]).text
    assert "&lt;b&gt;Hello" in page and "Ana Reyes" in page and "90 EUR an hour" in page and "Quillback" not in page
    assert "invited" in words(card(it, manager, "ana"))
    assert visitor.post(url[1], data={"answer": "maybe"}).status_code == 422
    assert visitor.post(url[1], data={"answer": "accept"}).status_code == 303
    assert "You have accepted" in visitor.get(url[1]).text
    assert "Accepted by the expert" in words(card(it, manager, "ana"))


def test_an_unfit_offer_keeps_what_was_typed(it: Listed, manager: TestClient) -> None:
    shortlists.decide(it.ctx, it.entries["ana"], "approve", by=MIA)
    base = f"/shortlists/{it.shortlist}/entries/{it.entries['ana']}/offer"
    answer = manager.post(base, data={"title": " ", "pay": "80 EUR", "days": "7"})
    assert answer.status_code == 422 and "title:" in answer.text and 'value="80 EUR"' in answer.text
    assert manager.post(base, data={"title": "T", "days": "soon"}).status_code == 422


def test_a_dead_link_says_so_and_names_nobody(it: Listed) -> None:
    token = it.offered("ana")
    shortlists.move(it.ctx, it.entries["ana"], Step.WITHDRAW, by=MIA)
    answer = browser(it.ctx).get(f"/offers/{token}")
    assert answer.status_code == 410 and "no longer open" in answer.text and "Ana" not in answer.text


def test_the_assigned_are_rated_and_released_by_buttons(it: Listed, manager: TestClient) -> None:
    base = f"/shortlists/{it.shortlist}/entries/{it.entries['ana']}"
    offers.answer(it.ctx, it.offered("ana"), accept=True)
    assert 'value="assign"' in card(it, manager, "ana")
    assert manager.post(f"{base}/step", data={"step": "assign"}).status_code == 303
    assert manager.post(f"{base}/outcome", data={"rating": "4", "note": "Careful"}).status_code == 303
    assert "The work rated 4 of 5" in words(manager.get(f"{base}/dossier").text)
    assert manager.post(f"{base}/step", data={"step": "approve"}).status_code == 422
    assert manager.post(f"{base}/step", data={"step": "release"}).status_code == 303
    assert manager.post(f"{base}/outcome", data={"rating": "4"}).status_code == 409


def test_a_recruiter_reads_all_of_it_and_has_no_button(it: Listed) -> None:
    it.offered("ana")
    page = signed_in(it, "recruiter", "rita@example.org")
    shown = card(it, page, "ana")
    assert "Offer made" in words(shown) and "<form" not in shown
    assert page.get(f"/shortlists/{it.shortlist}/entries/{it.entries['ana']}/offer").status_code == 403


def test_a_dossier_has_what_is_asked_what_is_known_and_what_happened(it: Listed, manager: TestClient) -> None:
    it.offered("ana")
    shown = words(manager.get(f"/shortlists/{it.shortlist}/entries/{it.entries['ana']}/dossier").text)
    for piece in ("Ana Reyes", "at least 10 hours a week", "✓ met", "? no evidence", "Queue bench", "Offer made by"):
        assert piece in shown, piece


def paper(page: TestClient, address: str) -> str:
    """The words of a PDF."""
    answer = page.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('.pdf"')
    return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.content)).pages).split())


def test_a_shortlist_and_a_dossier_come_on_paper_with_what_people_wrote_as_words(
    it: Listed, manager: TestClient
) -> None:
    trap = '<img src="http://127.0.0.1:9/x"> & co'
    with writing(it.ctx.engine) as session:
        session.exec(select(Candidate).where(Candidate.imported_id == "ana")).one().headline = trap
    shortlists.decide(it.ctx, it.entries["ben"], "decline", reason="Wrong field", by=MIA)
    listed = paper(manager, f"/shortlists/{it.shortlist}/export.pdf")
    for piece in ("Ana Reyes", trap, "at least 10 hours a week", "declined: Wrong field", "a person decides"):
        assert piece in listed, piece
    one = paper(manager, f"/shortlists/{it.shortlist}/entries/{it.entries['ana']}/dossier.pdf")
    for piece in ("Ana Reyes", trap, "Queue bench", "claimed"):
        assert piece in one, piece


def test_without_the_library_that_draws_it_a_pdf_is_one_sentence(
    it: Listed, manager: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Missing(MetaPathFinder):
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    answer = manager.get(f"/shortlists/{it.shortlist}/export.pdf")
    assert answer.status_code == 503 and "apt install libpango-1.0-0" in words(answer.text)


def test_a_shortlist_is_a_workbook_of_experts_parts_and_who_was_left_out(it: Listed, manager: TestClient) -> None:
    content = manager.get(f"/shortlists/{it.shortlist}/export.xlsx").content
    with ZipFile(io.BytesIO(content)) as book:
        names = [n for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
        shared = book.read("xl/sharedStrings.xml").decode()
    assert len(names) == 3
    for piece in ("Ana Reyes", "decision_reason", "part", "experts"):
        assert piece in shared, piece


def test_a_project_shows_how_far_it_has_come_and_keeps_silent_where_it_knows_little(
    it: Listed, manager: TestClient
) -> None:
    assert "Invitations still needed: not enough data" in words(manager.get(f"/projects/{it.project}").text)
    offers.answer(it.ctx, it.offered("ana"), accept=True)
    it.clock.pass_minutes(24 * 60)
    it.offered("ben")
    manager = signed_in(it, "project_manager")
    shown = words(manager.get(f"/projects/{it.project}").text)
    assert "2 wanted 1 ready: accepted or assigned 1 invited, no answer yet" in shown
    assert "Experts ready, day by day" in manager.get(f"/projects/{it.project}").text
    it.clock.pass_minutes(30 * 24 * 60)
    manager = signed_in(it, "project_manager")
    assert "0 invited, no answer yet; 1 offer ran out" in words(manager.get(f"/projects/{it.project}").text)


def test_the_record_of_changes_is_for_administrators_and_says_whether_it_is_whole(it: Listed) -> None:
    it.offered("ana")
    assert signed_in(it, "project_manager").get("/audit").status_code == 403
    admin = signed_in(it, "admin", "ada@example.org")
    shown = words(admin.get("/audit").text)
    assert "entry.invite" in shown and MIA in shown
    whole = words(admin.get("/audit?check=true").text)
    mark = re.search(r"Its end today is (\S+) \.", whole)
    assert "The record is whole" in whole and mark is not None
    assert "is part of it" in words(admin.get(f"/audit?check=true&noted={mark[1]}").text)
    assert "not what was written" in words(admin.get("/audit?check=true&noted=9:abc").text)
    only = words(admin.get(f"/audit?subject=entry:{it.entries['ana']}").text)
    assert "entry.invite" in only and "shortlist.make" not in only


def test_a_client_sees_the_approved_without_who_they_are_and_only_while_the_link_lives(
    it: Listed, manager: TestClient
) -> None:
    for expert in ("ana", "ben"):
        shortlists.decide(it.ctx, it.entries[expert], "approve", by=MIA)
    shortlists.decide(it.ctx, it.entries["cleo"], "decline", reason="Another field", by=MIA)
    made = manager.post(f"/shortlists/{it.shortlist}/links", data={"days": "7"}).text
    url = re.search(r'value="http://[^"]+(/shared/[^"]+)"', made)
    assert url is not None
    page = browser(it.ctx).get(url[1]).text
    shown = words(page)
    assert "2 experts proposed of 2 wanted" in shown and "Expert 2" in shown and "Expert 3" not in shown
    for secret in ("Ana", "Reyes", "Ben", "Sole", "Cleo", "ferry", "Queue bench", "90", "ana@", it.entries["ana"]):
        assert secret not in page, secret
    ended = re.search(rf"/shortlists/{it.shortlist}/links/[^/]+/end", manager.get(f"/shortlists/{it.shortlist}").text)
    assert ended is not None and manager.post(ended[0]).status_code == 303
    assert browser(it.ctx).get(url[1]).status_code == 410


def test_marks_are_set_shown_and_taken_back_by_buttons(it: Listed, manager: TestClient) -> None:
    base = f"/shortlists/{it.shortlist}/entries/{it.entries['cleo']}/mark"
    assert manager.post(base, data={"like": "most"}).status_code == 422
    assert manager.post(base, data={"like": "more"}).status_code == 303
    page = words(manager.get(f"/shortlists/{it.shortlist}").text)
    assert "+ more like this" in page and "made since are not in it yet" in page
    made = manager.post(f"/projects/{it.project}/shortlists", data={"k": "5"})
    again = words(manager.get(made.headers["location"]).text)
    assert "This ranking leans on 1 mark" in again and "nearness to those marked" in again
    assert manager.post(base, data={"like": "none"}).status_code == 303
    assert "made since are not in it yet" in words(manager.get(made.headers["location"]).text)


def test_a_decline_can_ask_for_fewer_like_that_and_the_rest_is_ranked_again(it: Listed, manager: TestClient) -> None:
    address = f"/shortlists/{it.shortlist}/entries/{it.entries['cleo']}/decision"
    sent = {"decision": "decline", "reason": "Another field", "fewer": "true"}
    assert manager.post(address, data=sent).status_code == 303
    assert "Rank the rest again" in words(manager.get(f"/shortlists/{it.shortlist}").text)
    made = manager.post(f"/projects/{it.project}/shortlists", data={"k": "5"})
    again = words(manager.get(made.headers["location"]).text)
    assert "declined for this project : 1" in again and "This ranking leans on 1 mark" in again


def test_what_changed_since_is_shown_beside_what_was(it: Listed, manager: TestClient) -> None:
    address = f"/shortlists/{it.shortlist}/recompute"
    assert "Everybody has the same place as before" in words(manager.get(address).text)
    shortlists.decide(it.ctx, it.entries["cleo"], "approve", by=MIA)
    preferences.mark(it.ctx, it.entries["cleo"], True, by=MIA)
    assert "Everybody has the same place as before" in words(manager.get(address).text)


def test_the_report_compares_outcomes_once_there_are_enough(it: Listed, manager: TestClient) -> None:
    assert "No work has been rated yet" in words(manager.get("/reports").text)
    it.assigned("ana")
    shortlists.rate_outcome(it.ctx, it.entries["ana"], 4, by=MIA)
    shown = words(manager.get("/reports").text)
    assert (
        "fit on the shortlist Pieces of work 1 Rank correlation not enough data" in shown
        and "level of the newest scorecard Pieces of work 0 Rank correlation not enough data" in shown
    )


def test_a_list_on_which_somebody_without_any_must_stands_above_somebody_with_all_says_so(
    it: Listed, manager: TestClient
) -> None:
    known = {"hours_per_week": 20, "languages": {"en": "C2"}}
    text = {"kind": "role", "title": "Bench", "text": "Measured drop-tail queues under load."}
    people = [
        {"id": "blank", "name": "Nora Blank", "items": [text]},
        {"id": "known", "name": "Kim Known", "items": [{**text, "text": "Ran a bakery."}], "facts": known},
    ]
    import_profiles(it.ctx, [Profile.model_validate(one) for one in people])
    profiles.embed_pending(it.ctx)
    made = matching.request_shortlist(it.ctx, it.project, 10).public_id
    told = words(manager.get(f"/shortlists/{made}").text)
    assert re.search(
        r"Nora Blank in place \d shows none of the musts yet, Kim Known in place \d shows all of them", told
    )
    assert "0 of 2 musts met, 2 without evidence" in told and "2 of 2 musts met" in told
    assert "shows none of the musts yet" not in words(manager.get(f"/shortlists/{it.shortlist}").text)
