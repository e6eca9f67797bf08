"""An administrator writes a pack in forms: pasted, corrected, seen as a candidate, published, and used."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from fastapi.testclient import TestClient

from tests.packs_examples import as_yaml, pack
from tests.web.site import browser, site
from vetting.db import audit_queries
from vetting.db.engine import reading
from vetting.domain.rubric import Rubric
from vetting.services import accounts, interviews, pack_drafts, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context

PASTED = "\n".join(
    f"{n}. How do you find out {what}?\n- {first}\n- {second}\n"
    for n, (what, first, second) in enumerate(
        [
            ("where water in a container came from", "Silver nitrate tells salt from fresh", "Door gaskets are tried"),
            ("how much cargo was loaded", "Draught marks are read on both sides", "Dock density is measured"),
            ("whether grain heated by itself", "Temperature is taken at depth", "Kernels are cut for mould"),
            ("who packed a crate badly", "Lashings are compared with the plan", "Photographs are dated"),
            ("what a damaged parcel is worth", "Salvage bids are asked for", "Market price on arrival counts"),
        ],
        1,
    )
)


class Desk(NamedTuple):
    """An administrator at a browser."""

    ctx: Context
    page: TestClient

    def draft(self, questions: str = PASTED, title: str = "Cargo") -> str:
        """The address of a draft of these questions; a title that is taken gets an id of its own."""
        sent = {"title": title, "questions": questions}
        answer = self.page.post("/rubrics/new", data=sent)
        if answer.status_code == 409:
            free = re.search(r'name="rubric_id"[^>]*value="([^"]*)"', answer.text)
            answer = self.page.post("/rubrics/new", data=sent | {"rubric_id": free[1] if free else ""})
        assert answer.status_code == 303, words(answer.text)
        return answer.headers["location"]

    def see(self, address: str) -> str:
        """A page as its words."""
        answer = self.page.get(address)
        assert answer.status_code == 200, words(answer.text)
        return words(answer.text)

    def actions(self) -> list[str]:
        """What the audit chain holds, the oldest first."""
        with reading(self.ctx.engine) as session:
            return [link.link.action for link in audit_queries.chain(session, self.ctx.org)]


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


def fields(markup: str) -> dict[str, str]:
    """The fields of the form that saves itself, as a browser would send them."""
    form = markup.split("data-autosave")[1].split("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        kind = re.search(r'type="(radio|checkbox)"', tag)
        if name and (not kind or "checked" in tag):
            value = re.search(r'value="([^"]*)"', tag)
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = html.unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        first = re.search(r'<option(?: value="([^"]*)")?>([^<]*)', options)
        picked = chosen or first
        found[name] = "" if picked is None else picked[1] if picked[1] is not None else picked[2]
    return found


def administrators_desk(folder: Path) -> Desk:
    """A new service with an administrator signed in."""
    ctx = site(folder)
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'mia@example.org', 'admin')}")
    return Desk(ctx, page)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One for all: every test writes a pack of its own."""
    return administrators_desk(tmp_path_factory.mktemp("desk"))


def questions_of(desk: Desk, draft: str) -> list[str]:
    return list(dict.fromkeys(re.findall(rf'href="({draft}/questions/[^"]+)"', desk.page.get(draft).text)))


def test_five_pasted_questions_are_published_and_asked_and_marked_uncalibrated_everywhere(desk: Desk) -> None:
    before = len(desk.actions())
    draft = desk.draft(title="Marine cargo surveying")
    overview = desk.see(draft)
    assert "uncalibrated" in overview and "to fix" not in overview
    answer = desk.page.post(f"{draft}/publish", data={"version": "1.0.0"})
    assert answer.status_code == 303
    shown = desk.see(answer.headers["location"])
    assert "Published: interviews begin with 1.0.0" in shown and "uncalibrated" in shown
    assert "own.marine_cargo_surveying" in desk.see("/rubrics") and desk.page.get(draft).status_code == 404
    assert "uncalibrated" in desk.see("/invites/new")
    sent = {"who": "Ana Lima <ana@example.org>", "rubric": "own.marine_cargo_surveying"}
    assert "(not signed yet, uncalibrated)" in words(desk.page.post("/invites/preview", data=sent).text)
    made = desk.page.post("/invites", data=sent)
    link = re.search(r"http://[^\"]+(/i/[^\"]+)", made.text)
    assert link is not None
    ana = browser(desk.ctx)
    assert "uncalibrated" in words(ana.get(link[1]).text)
    ana.post(link[1], data={"interview": "true"})
    for turn in range(1, 6):
        ana.post("/interview/answer", data={"turn": turn, "text": "Silver nitrate tells salt from fresh."})
    assert ana.get("/interview").headers["location"] == "/interview/done"
    ana.post("/interview/read")
    assert "are uncalibrated" in words(ana.get("/interview/done").text)
    people = desk.page.get("/candidates")
    assert "Marine cargo surveying (uncalibrated)" in words(people.text)
    interview = re.search(r'href="(/interviews/[^"/]+)"', people.text)
    assert interview is not None and "Lean on the quotes" in desk.see(interview[1])
    assert "(not signed yet, uncalibrated)" in desk.see(f"{interview[1]}/review")
    assert [a for a in desk.actions()[before:] if a.startswith("pack.")] == ["pack.draft", "pack.publish"]


def test_a_question_is_edited_in_a_form_point_by_point_and_each_step_can_be_taken_back(desk: Desk) -> None:
    draft = desk.draft()
    question = questions_of(desk, draft)[0]
    form = fields(desk.page.get(question).text)
    assert form["indicators.count"] == "2"
    form |= {"indicators.0.statement": "Chloride is found on the cartons", "indicators.0.level": "4"}
    moved = desk.page.post(question, data={**form, "do": "indicators.0.down", "new_points": "Ventilation log is read"})
    assert moved.status_code == 303 and moved.headers["location"].endswith("#indicators-1")
    after = fields(desk.page.get(question).text)
    assert [after[f"indicators.{n}.statement"] for n in range(3)] == [
        "Door gaskets are tried", "Chloride is found on the cartons", "Ventilation log is read",
    ]  # fmt: skip
    assert after["indicators.1.level"] == "4"
    desk.page.post(question, data={**after, "do": "indicators.1.remove"})
    assert fields(desk.page.get(question).text)["indicators.count"] == "2"
    assert (
        desk.page.post(f"{draft}/undo", data={"by": "-1", "back": question.split(f"{draft}/")[1]}).headers["location"]
        == question
    )
    assert fields(desk.page.get(question).text)["indicators.count"] == "3"
    desk.page.post(f"{draft}/undo", data={"by": "1"})
    assert fields(desk.page.get(question).text)["indicators.count"] == "2"
    steps = desk.see(f"{draft}/steps")
    assert "begun from pasted questions" in steps and "you are here" in steps
    desk.page.post(f"{draft}/steps/1")
    assert fields(desk.page.get(question).text)["indicators.0.statement"] == "Silver nitrate tells salt from fresh"


def test_what_is_typed_is_saved_by_itself_as_one_step_and_a_stale_window_overwrites_nothing(desk: Desk) -> None:
    draft = desk.draft()
    question = questions_of(desk, draft)[1]
    form = fields(desk.page.get(question).text)
    for text in ("How", "How much", "How much was loaded, and how sure are you?"):
        saved = desk.page.post(question, data={**form, "text": text}, headers={"hx-request": "true"})
        form["revision"] = str(saved.json()["revision"])
    assert fields(desk.page.get(question).text)["text"] == "How much was loaded, and how sure are you?"
    assert desk.see(f"{draft}/steps").count(" edited") == 1
    stale = {**form, "revision": "1", "text": "Something else"}
    refused = desk.page.post(question, data=stale, headers={"hx-request": "true"})
    assert refused.status_code == 409 and "another window" in refused.json()["message"]
    shown = desk.page.post(question, data={**stale, "do": "save"})
    assert shown.status_code == 409 and fields(shown.text)["text"] == "Something else"
    again = desk.page.post(question, data={**fields(shown.text), "do": "save"})
    assert again.status_code == 303 and fields(desk.page.get(question).text)["text"] == "Something else"


def test_faults_stand_at_their_fields_and_keep_a_pack_from_being_published(desk: Desk) -> None:
    draft = desk.draft("1. How is it weighed?\n2. Who signs the report?")
    overview = desk.see(draft)
    assert "4 things to fix" in overview
    refused = desk.page.post(f"{draft}/publish", data={"version": "1.0.0"})
    assert refused.status_code == 422 and "cannot be published yet" in words(refused.text)
    question = questions_of(desk, draft)[0]
    form = fields(desk.page.get(question).text)
    desk.page.post(question, data={**form, "do": "next", "new_points": "On a scale that was tested\nTwice"})
    page = desk.page.get(question).text
    assert "is empty" not in page and fields(page)["reference"] == "On a scale that was tested. Twice."
    form = fields(page)
    desk.page.post(question, data={**form, "do": "save", "minutes": "soon", "indicators.1.statement": ""})
    page = desk.page.get(question).text
    assert 'value="soon"' in page and page.count('aria-invalid="true"') >= 2
    desk.page.post(question, data={**fields(page), "do": "misconceptions.add"})
    told = words(desk.page.get(question).text)
    assert "Wrong belief 1: is still empty" in told and "What is right instead: is still empty" in told


def test_topics_are_added_weighed_and_removed_and_questions_move(desk: Desk) -> None:
    draft = desk.draft()
    added = desk.page.post(f"{draft}/change", data={"do": "competency.add", "name": "Maritime law"})
    topic = added.headers["location"]
    assert topic.endswith("/competencies/maritime-law")
    form = fields(desk.page.get(topic).text)
    desk.page.post(topic, data={**form, "do": "save", "weight": "20", "min_level": "2.5", "definition": "Knows it."})
    form = fields(desk.page.get(topic).text)
    assert (form["weight"], form["min_level"], form["definition"]) == ("20", "2.5", "Knows it.")
    desk.page.post(topic, data={**form, "do": "save", "weight": "much"})
    assert 'value="much"' in desk.page.get(topic).text and "should be a number" in desk.see(topic)
    desk.page.post(topic, data={**form, "do": "save"})
    made = desk.page.post(f"{draft}/change", data={"do": "question.add:maritime-law"})
    assert "/questions/question" in made.headers["location"]
    before = questions_of(desk, draft)
    key = before[1].rsplit("/", 1)[1]
    desk.page.post(f"{draft}/change", data={"do": f"question.up:{key}"})
    assert questions_of(desk, draft)[:2] == [before[1], before[0]]
    desk.page.post(f"{draft}/change", data={"do": "competency.remove:maritime-law"})
    assert "Maritime law" not in desk.see(draft) and "100 %" in desk.see(draft)
    assert desk.page.post(f"{draft}/change", data={"do": "question.up:nobody"}).status_code == 404


def test_a_draft_that_is_full_says_so_on_its_page_and_stays_as_it_was(desk: Desk) -> None:
    many = "\n\n".join(f"{n}. How is number {n} weighed?" for n in range(1, 41))
    draft = desk.draft(many)
    topic = re.search(r'value="question.add:([^"]+)"', desk.page.get(draft).text)
    assert topic is not None
    add = {"do": f"question.add:{topic[1]}"}
    assert [desk.page.post(f"{draft}/change", data=add).status_code for _ in range(20)] == [303] * 20
    refused = desk.page.post(f"{draft}/change", data=add)
    assert refused.status_code == 409
    assert "A pack has at most 60 questions here; remove one first, or begin another pack." in words(refused.text)
    assert len(questions_of(desk, draft)) == 60
    headings = "\n".join(f"# Topic {n}\nWhy is it so in case {n}?" for n in range(13))
    told = desk.page.post("/rubrics/new", data={"title": "Cargo", "questions": headings})
    assert told.status_code == 422 and "Questions: A pack has at most 12 topics here" in words(told.text)


def test_a_version_has_to_be_above_the_highest_one_whenever_that_was_stored(desk: Desk) -> None:
    draft = desk.draft(title="High and low")
    address = desk.page.post(f"{draft}/publish", data={"version": "2.0.0"}).headers["location"].split("?")[0]
    rubrics.install(desk.ctx, rubrics.load(desk.ctx, "own.high_and_low").model_copy(update={"version": "1.5.0"}))
    draft = desk.page.post(f"{address}/edit").headers["location"]
    assert "above 2.0.0" in desk.see(draft)
    low = desk.page.post(f"{draft}/publish", data={"version": "1.6.0"})
    assert low.status_code == 422 and "above 2.0.0, such as 2.1.0" in words(low.text)


def test_a_brief_beside_an_empty_field_for_questions_is_read(desk: Desk) -> None:
    sent = {"title": "Cargo", "questions": " \n", "brief": "They must find the cause of wetting damage in containers."}
    made = desk.page.post("/rubrics/new", data=sent | {"rubric_id": "own.wetting"})
    assert made.status_code == 303 and "wetting damage" in desk.see(made.headers["location"])
    long = {**sent, "questions": "Why?", "brief": "x " * 40_000}
    assert "at most 60,000 can be read" in words(desk.page.post("/rubrics/new", data=long).text)


def test_characters_that_no_database_holds_are_left_out(desk: Desk) -> None:
    draft = desk.draft("1. Why\x00 so?\n- Because\x00 of it", title="Ca\x00rgo")
    question = questions_of(desk, draft)[0]
    form = fields(desk.page.get(question).text)
    assert form["text"] == "Why so?" and form["indicators.0.statement"] == "Because of it"
    desk.page.post(question, data={**form, "do": "save", "reference": "It\x00 is so."})
    assert fields(desk.page.get(question).text)["reference"] == "It is so."


def test_the_preview_shows_the_questions_one_by_one_and_stores_nothing(desk: Desk) -> None:
    draft = desk.draft()
    first = desk.see(f"{draft}/preview")
    assert "Question 1 of 5" in first and "where water in a container came from" in first
    assert "Silver nitrate" not in first
    last = desk.see(f"{draft}/preview?at=99")
    assert "Question 5 of 5" in last and "That was the last one" in last
    shipped = desk.see("/rubrics/software.networking/preview?at=2")
    assert "What may be asked after the answer" in shipped
    assert 'name="text"' not in desk.page.get(f"{draft}/preview").text


def test_a_file_goes_out_and_comes_back_and_a_broken_one_is_told_whole(desk: Desk) -> None:
    draft = desk.draft(title="Files")
    file = desk.page.get(f"{draft}/pack.yaml")
    assert file.headers["content-disposition"].endswith('"own.files.yaml"')
    assert yaml.safe_load(file.text)["uncalibrated"] is True
    desk.page.post(f"{draft}/remove")
    back = desk.page.post("/rubrics/upload", files={"file": ("own.files.yaml", file.content)})
    assert back.status_code == 303 and "uncalibrated" in desk.see(back.headers["location"])
    broken = as_yaml(pack(max_questions="many", cut={"composite": 9})).encode()
    told = desk.page.post("/rubrics/upload", files={"file": ("mine.yaml", broken)})
    assert told.status_code == 422
    for where in ("max_questions", "cut.composite"):
        assert re.search(rf"mine\.yaml:\d+ {where}", told.text)
    nothing = desk.page.post("/rubrics/upload", files={"file": ("x.yaml", b"a: [")})
    assert nothing.status_code == 422 and "not valid YAML" in nothing.text


def test_an_interview_keeps_the_version_it_began_with(desk: Desk) -> None:
    draft = desk.draft(title="Kept versions")
    published = desk.page.post(f"{draft}/publish", data={"version": "1.0.0"}).headers["location"]
    slug = "own.kept_versions"
    candidate = create_candidate(desk.ctx, name="Ana Lima")
    invited = interviews.invite(desk.ctx, interviews.Ask(candidate, rubrics.ensure(desk.ctx, slug), "mia", "x"))
    interviews.begin(desk.ctx, invited.interview_id, {"interview": True})
    draft = desk.page.post(published.split("?")[0] + "/edit").headers["location"]
    question = questions_of(desk, draft)[0]
    form = fields(desk.page.get(question).text)
    desk.page.post(question, data={**form, "text": "Where is the water from?", "do": "save"})
    low = desk.page.post(f"{draft}/publish", data={"version": "1.0.0"})
    assert low.status_code == 422 and "above 1.0.0, such as 1.1.0" in words(low.text)
    assert desk.page.post(f"{draft}/publish", data={"version": "1.1.0"}).status_code == 303
    log = interviews.ensure_question(desk.ctx, invited.interview_id)
    assert log.rubric.version == "1.0.0" and "How do you find out" in log.transcript.turns[0].prompt
    assert rubrics.load(desk.ctx, slug).version == "1.1.0"
    listed = desk.see("/rubrics")
    assert "earlier copy" in listed
    desk.page.post(f"/rubrics/{slug}/retire")
    assert slug not in {r.id for r in rubrics.installed(desk.ctx)}


def test_changing_a_shipped_pack_makes_an_own_version_marked_uncalibrated(desk: Desk) -> None:
    draft = desk.page.post("/rubrics/law.contracts/edit").headers["location"]
    assert desk.page.post("/rubrics/law.contracts/edit").headers["location"] == draft
    assert "uncalibrated" in desk.see(draft)
    answer = desk.page.post(f"{draft}/publish", data={"version": "9.0.0"})
    assert answer.status_code == 303, words(answer.text)
    assert rubrics.load(desk.ctx, "law.contracts").standing == "draft, uncalibrated"
    before = len(rubrics.installed(desk.ctx))
    pack_drafts.retire(desk.ctx, "law.contracts", by="mia@example.org")
    assert rubrics.load(desk.ctx, "law.contracts").standing == "draft" and len(rubrics.installed(desk.ctx)) == before


def test_a_form_that_is_saved_as_it_came_changes_nothing(desk: Desk) -> None:
    signers = [{"name": name, "role": "Surveyor", "on": "2026-11-01"} for name in ("Ana Lima", "Ben Okafor")]
    sources = [{"id": f"s{n}", "title": f"Book {n}", "publisher": "Press", "year": 2000} for n in range(120)]
    own = pack(id="own.whole", reviewed_by=signers, status="reviewed", sources=[*pack()["sources"], *sources])
    made = desk.page.post("/rubrics/upload", files={"file": ("own.whole.yaml", as_yaml(own).encode())})
    draft = made.headers["location"]
    before = Rubric.model_validate(pack_drafts.load(desk.ctx, draft.rpartition("/")[2]).document)
    topic = re.search(rf'href="({draft}/competencies/[^"]+)"', desk.page.get(draft).text)
    assert topic is not None
    for address in (f"{draft}/pack", topic[1], questions_of(desk, draft)[0]):
        form = fields(desk.page.get(address).text)
        assert desk.page.post(address, data={**form, "do": "save"}).status_code == 303
    after = Rubric.model_validate(pack_drafts.load(desk.ctx, draft.rpartition("/")[2]).document)
    assert after == before and len(after.sources) > 120 and len(after.reviewed_by) == 2


def test_a_brief_becomes_topics_whose_answers_are_left_to_write(desk: Desk) -> None:
    brief = "They must find the cause of wetting damage. They judge whether packing was sufficient. 10 hours a week."
    made = desk.page.post("/rubrics/new", data={"title": "Cargo of a brief", "brief": brief})
    overview = desk.see(made.headers["location"])
    assert "find the cause of wetting damage" in overview and "to fix" in overview and "hours" not in overview
    empty = desk.page.post("/rubrics/new", data={"title": "Cargo", "brief": "10 hours a week."})
    assert empty.status_code == 422 and "nothing in it says what the work is" in words(empty.text)


def test_what_was_pasted_is_shown_as_words_on_every_page(desk: Desk) -> None:
    hostile = "</textarea></p><script>alert(1)</script> {{ 7 * 7 }}"
    draft = desk.draft(f"# {hostile}\n1. {hostile}?\n- {hostile}\n- It is second", title=hostile)
    question = questions_of(desk, draft)[0]
    topic = re.search(rf'href="({draft}/competencies/[^"]+)"', desk.page.get(draft).text)
    assert topic is not None
    for address in (draft, question, topic[1], f"{draft}/pack", f"{draft}/steps", f"{draft}/preview", "/rubrics"):
        markup = desk.page.get(address).text
        assert "<script>alert" not in markup and " 49" not in markup
    assert fields(desk.page.get(question).text)["text"] == f"{hostile}?"


def test_a_title_that_a_pack_has_already_is_told_before_there_is_a_draft_and_another_id_can_be_chosen(
    desk: Desk,
) -> None:
    first = desk.draft(title="Tea tasting")
    published = desk.page.post(f"{first}/publish", data={"version": "1.0.0"})
    assert published.status_code == 303
    sent = {"title": "Tea tasting", "questions": PASTED}
    told = desk.page.post("/rubrics/new", data=sent)
    assert told.status_code == 409 and "There is a pack “Tea tasting” with the id own.tea_tasting already" in words(
        told.text
    )
    assert 'name="rubric_id"' in told.text and 'value="own.tea_tasting_2"' in told.text
    assert "what a damaged parcel is worth" in told.text, "what was typed stands again"
    wrong = desk.page.post("/rubrics/new", data=sent | {"rubric_id": "Tea Tasting"})
    assert wrong.status_code == 422 and "small letters, digits" in words(wrong.text)
    made = desk.page.post("/rubrics/new", data=sent | {"rubric_id": "own.tea_in_leeds"})
    overview = desk.see(made.headers["location"])
    assert "own.tea_in_leeds" in overview and "Another pack has this title too: own.tea_tasting." in overview
    other = desk.page.post("/rubrics/new", data=sent | {"title": "Tea tasting in Leeds"})
    assert "Another pack has this title" not in desk.see(other.headers["location"])


def test_a_second_click_on_the_same_form_makes_no_second_draft(desk: Desk) -> None:
    sent = {"title": "Twice", "questions": "Why?", "form": "one-copy-of-the-form"}
    first, second = (desk.page.post("/rubrics/new", data=sent).headers["location"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("data", [{"title": ""}, {"title": "Cargo"}, {"title": "C" * 90, "questions": "Why?"}])
def test_what_is_missing_is_said_and_what_was_typed_stands_again(desk: Desk, data: dict[str, str]) -> None:
    answer = desk.page.post("/rubrics/new", data=data)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert data.get("questions", "") in answer.text
