"""The candidate's pages, without script: what is told, what is kept, and that nothing is lost."""

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.cast import GOOD, invited
from tests.domain.packs import rubric as small_rubric
from tests.web.site import Candidate, browser, candidate, reworded, site
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.models import Consent, InterviewEvent, WebSession
from vetting.domain.interview_events import Phase
from vetting.domain.rubric import Rubric
from vetting.engines.interviewer import EmbeddedInterviewer
from vetting.errors import ModelFailed, StorageFull
from vetting.ports import Proposal, ProposalRequest, Spoken
from vetting.services import interviews, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context

HX = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>{{ 7 * 7 }}\"' onload=x"


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


@pytest.fixture
def ana(ctx: Context) -> Candidate:
    return candidate(ctx)


@pytest.fixture
def begun(ana: Candidate) -> Candidate:
    ana.begin()
    return ana


def _answers(ctx: Context, who: Candidate) -> Mapping[int, str | None]:
    with reading(ctx.engine) as session:
        return {t.number: t.answer for t in load(session, ctx.org, who.interview_id).transcript.turns}


def _phase(ctx: Context, who: Candidate) -> Phase:
    with reading(ctx.engine) as session:
        return load(session, ctx.org, who.interview_id).state.phase


# --- the invitation -----------------------------------------------------------------------------------------------


def test_the_invitation_tells_what_must_be_told_before_the_first_question(ana: Candidate) -> None:
    told = html.unescape(ana.page.get(f"/i/{ana.token}").text)
    for sentence in (
        "Ben Sole invites you",
        "Reviewing answers",
        "Planned for about 40 minutes",
        "There is no time limit",
        "A skipped question counts like an answer that shows nothing",
        "A question that you mark as wrong and skip does not count at all",
        "A person decides",
        "trains no model",
        "not sent to any other company",
        "What is kept",
        "I want a person instead of a program",
        "Nothing you write here is sent or kept",
        "in English",
        "no language model",
    ):
        assert sentence in told, sentence
    assert "VETTING_LLM_MODEL" not in told, "a setting is the business of those who run the service"


def test_the_invitation_says_whose_words_the_summary_of_the_pack_is(ctx: Context) -> None:
    version = rubrics.install(ctx, small_rubric().model_copy(update={"summary": "Can be trusted with our networks."}))
    link = interviews.invite(ctx, interviews.Ask(create_candidate(ctx, name="Ana Reyes"), version, "ben@example.org"))
    told = " ".join(re.sub(r"<[^>]+>", "", browser(ctx).get(f"/i/{link.token}").text).split())
    assert "What is asked In the words of who wrote the questions: Can be trusted with our networks." in told


def test_the_invitation_says_what_the_work_pays_and_asks_in_the_words_of_who_invites(ctx: Context) -> None:
    version = rubrics.install(ctx, small_rubric())
    offer = "95 EUR an hour, <b>ten</b> hours a week"
    person = create_candidate(ctx, name="Ana Reyes")
    link = interviews.invite(ctx, interviews.Ask(person, version, "ben@example.org", "Reviewing", offer=offer))
    page = browser(ctx).get(f"/i/{link.token}").text
    assert "95 EUR an hour, &lt;b&gt;ten&lt;/b&gt; hours a week" in page
    assert "has not said" not in page and 'href="mailto:ben@example.org"' in page


def test_an_invitation_without_an_offer_says_so_and_whom_to_ask(ana: Candidate) -> None:
    told = " ".join(html.unescape(ana.page.get(f"/i/{ana.token}").text).split())
    assert "The organisation that invited you has not said here what the work pays or involves" in told
    assert "ask the organisation that invited you before you begin" in told and "mailto:" not in told


def test_the_invitation_says_in_plain_words_what_happens_to_answers_in_another_language_and_to_the_record(
    ana: Candidate,
) -> None:
    told = " ".join(html.unescape(ana.page.get(f"/i/{ana.token}").text).split())
    for sentence in (
        "An answer in another language is not rated by the program; it goes to a person",
        "are kept until you erase them, on a page of your own, or the organisation that invited you does",
        "A second interview uses the other form of this rubric",
        "Whom to write to",
    ):
        assert sentence in told, sentence


@pytest.mark.parametrize(
    ("change", "true", "false"),
    [
        (
            {"form": "fixed"},
            ("there are no follow-ups", "A second interview has the same questions"),
            ("Some follow-ups", "with short follow-ups", "other form"),
        ),
        (
            {"form": "adaptive"},
            ("Some follow-ups quote your own words", "A second interview uses the other form"),
            ("there are no follow-ups", "same questions"),
        ),
    ],
)
def test_the_invitation_promises_follow_ups_and_another_form_only_where_the_pack_has_them(
    ctx: Context, change: dict[str, str], true: tuple[str, ...], false: tuple[str, ...]
) -> None:
    pack = Rubric.model_validate(small_rubric().model_dump(mode="json") | change)
    version = rubrics.install(ctx, pack)
    person = create_candidate(ctx, name="Ana Reyes")
    link = interviews.invite(ctx, interviews.Ask(person, version, "ben@example.org", "Reviewing"))
    told = " ".join(html.unescape(browser(ctx).get(f"/i/{link.token}").text).split())
    assert all(sentence in told for sentence in true)
    assert not [sentence for sentence in false if sentence in told]


def test_the_device_check_tells_what_holds_without_script_and_comes_with_one(ana: Candidate) -> None:
    page = ana.page.get(f"/i/{ana.token}").text
    card = page.split('id="device"')[1].split("</div>")[0]
    assert "works without JavaScript" in card and "Save draft" in card
    script = re.search(r'src="(/static/landing\.js[^"]*)"', page)
    assert script is not None and "localStorage" in ana.page.get(script[1]).text


def test_with_a_language_model_the_invitation_names_it_and_where_it_is(tmp_path: Path) -> None:
    class Asking(EmbeddedInterviewer):
        engine = "model"
        model = "tiny-7b"

    ctx = site(tmp_path, model_interviewer=Asking())
    settings = ctx.settings.model_copy(update={"openai_base_url": "http://models.example:8001/v1"})
    told = candidate(replace(ctx, settings=settings))
    page = html.unescape(told.page.get(f"/i/{told.token}").text)
    assert "tiny-7b" in page and "models.example" in page
    assert "not sent to any other company" not in page and "VETTING_LLM_MODEL" not in page


@pytest.mark.asvs("V3.5.3")
def test_opening_the_invitation_uses_nothing_up_and_records_nothing(ctx: Context, ana: Candidate) -> None:
    for _ in range(3):
        assert ana.page.get(f"/i/{ana.token}").status_code == 200
    with reading(ctx.engine) as session:
        assert not session.exec(select(WebSession)).all() and not session.exec(select(InterviewEvent)).all()


@pytest.mark.asvs("V2.3.1", "V2.2.2")
def test_without_consent_nothing_begins_and_the_page_says_so(ctx: Context, ana: Candidate) -> None:
    found = ana.page.post(f"/i/{ana.token}", data={"profile": "true"})
    assert found.status_code == 422 and "can only begin with your consent" in found.text
    assert "checked" in found.text and "set-cookie" not in found.headers
    assert _phase(ctx, ana) is Phase.CREATED


def test_consents_are_recorded_per_purpose_and_none_is_ticked_beforehand(ctx: Context, ana: Candidate) -> None:
    assert "checked" not in ana.page.get(f"/i/{ana.token}").text
    ana.begin()
    with reading(ctx.engine) as session:
        assert {c.purpose: c.granted for c in session.exec(select(Consent))} == {"interview": True, "profile": False}


def test_the_token_leaves_the_address_and_a_second_click_does_no_harm(ana: Candidate) -> None:
    ana.begin()
    ana.begin()
    assert ana.token not in ana.see()


@pytest.mark.asvs("V7.2.4")
def test_the_link_goes_on_where_it_was_and_ends_the_former_browser(ctx: Context, begun: Candidate) -> None:
    begun.say(1, GOOD)
    elsewhere = Candidate(browser(ctx), begun.token, begun.interview_id)
    assert "You have begun already" in elsewhere.page.get(f"/i/{begun.token}").text
    assert elsewhere.page.post(f"/i/{begun.token}").status_code == 303
    assert elsewhere.turn() == 2
    assert begun.page.get("/interview").status_code == 401


def test_an_unknown_invitation_is_a_plain_page(ctx: Context) -> None:
    found = browser(ctx).get("/i/nonsense")
    assert found.status_code == 410 and "no longer valid" in found.text


# --- the question -------------------------------------------------------------------------------------------------


def test_the_page_shows_one_question_its_topic_and_who_asks(begun: Candidate) -> None:
    page = begun.see()
    assert page.count('class="question') == 1 and "Topic 1 of 2" in page
    assert "How does alpha-a behave when the queue fills?" in page
    assert "structured interviewer, no language model" in page and "a person decides" in page


def test_an_answer_leads_to_the_next_question_and_is_folded_above_it(ctx: Context, begun: Candidate) -> None:
    begun.say(1, "Something else entirely.")
    page = begun.see()
    assert begun.turn() == 2 and "a follow-up" in page
    assert page.index("Something else entirely.") < page.index('id="question"')
    assert _answers(ctx, begun)[1] == "Something else entirely."


def test_a_second_submit_of_the_same_answer_changes_nothing(ctx: Context, begun: Candidate) -> None:
    begun.say(1, GOOD)
    begun.say(1, GOOD)
    assert begun.turn() == 2 and _answers(ctx, begun) == {1: GOOD, 2: None}


def test_line_ends_of_browsers_make_no_other_answer(ctx: Context, begun: Candidate) -> None:
    begun.say(1, "one\r\ntwo")
    begun.say(1, "one\ntwo")
    assert _answers(ctx, begun)[1] == "one\ntwo"


def test_an_answer_to_an_earlier_question_is_not_taken_and_stays_to_be_copied(ctx: Context, begun: Candidate) -> None:
    begun.say(1, GOOD)
    late = begun.page.post("/interview/answer", data={"turn": 1, "text": "written in another window"})
    assert late.status_code == 409
    assert "already answered, perhaps in another window" in late.text
    assert "written in another window" in late.text and 'name="turn" value="2"' in late.text
    assert _answers(ctx, begun)[1] == GOOD


@pytest.mark.asvs("V2.2.2", "V1.3.3")
def test_an_answer_that_is_too_long_stays_in_its_box(ctx: Context, begun: Candidate) -> None:
    found = begun.page.post("/interview/answer", data={"turn": 1, "text": "long " * 3000})
    assert found.status_code == 422 and "at most 12,000" in found.text
    box = found.text.split('id="text"')[1].split("</textarea>")[0]
    assert box.endswith("long long ") and _answers(ctx, begun) == {1: None}


def test_an_empty_answer_is_refused_with_the_way_out(begun: Candidate) -> None:
    found = begun.page.post("/interview/answer", data={"turn": 1, "text": "  "})
    assert found.status_code == 422 and "use Skip" in found.text


def test_a_full_disk_keeps_the_words_on_the_page(begun: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise StorageFull

    monkeypatch.setattr(interviews, "submit_answer", full)
    found = begun.page.post("/interview/answer", data={"turn": 1, "text": "precious words"})
    assert found.status_code == 507 and "The disk is full" in found.text and "precious words" in found.text


def test_hostile_words_are_shown_as_words_everywhere(ctx: Context) -> None:
    who = candidate(ctx, name=HOSTILE)
    assert "<script>alert" not in who.page.get(f"/i/{who.token}").text
    who.begin()
    who.page.post("/interview/draft", data={"turn": 1, "text": HOSTILE})
    assert "<script>alert" not in who.see() and "49" not in who.see().split('id="text"')[1].split("</textarea>")[0]
    who.say(1, HOSTILE)
    assert "<script>alert" not in who.see() and "&lt;script&gt;" in who.see()
    who.page.post("/interview/finish")
    who.page.post("/interview/note", data={"turn": 1, "text": HOSTILE})
    done = who.page.get("/interview/done").text
    assert "<script>alert" not in done and done.count("&lt;script&gt;") >= 3


# --- drafts -------------------------------------------------------------------------------------------------------


def test_a_draft_is_there_after_a_reload_and_gone_after_the_answer(begun: Candidate) -> None:
    saved = begun.page.post("/interview/draft", data={"turn": 1, "text": "half a thought"}, headers=HX)
    assert saved.status_code == 200 and "saved_at" in saved.json()
    assert "half a thought</textarea>" in begun.see()
    begun.say(1, GOOD)
    assert "half a thought" not in begun.see()


def test_without_script_a_draft_is_saved_by_its_button(begun: Candidate) -> None:
    assert begun.page.post("/interview/draft", data={"turn": 1, "text": "half"}).headers["location"] == "/interview"
    out = begun.page.post("/interview/draft", data={"turn": 1, "text": "more", "then": "finish"})
    assert out.headers["location"] == "/interview/finish" and "more</textarea>" in begun.see()


def test_a_draft_of_an_answered_question_is_told_as_continued_elsewhere(begun: Candidate) -> None:
    begun.say(1, GOOD)
    told = begun.page.post("/interview/draft", data={"turn": 1, "text": "late"}, headers=HX)
    assert told.status_code == 409 and told.json()["stale"] is True


def test_pausing_keeps_what_stands_in_the_box(ctx: Context, begun: Candidate) -> None:
    assert begun.page.post("/interview/pause", data={"turn": 1, "text": "wait"}).status_code == 303
    assert _phase(ctx, begun) is Phase.PAUSED and "Paused" in begun.see()
    begun.page.post("/interview/resume")
    assert "wait</textarea>" in begun.see()


# --- other ways on ------------------------------------------------------------------------------------------------


def test_a_question_can_be_asked_another_way_once_and_the_draft_stays(ctx: Context) -> None:
    who = candidate(ctx, reworded())
    who.begin()
    assert "Ask it another way" in who.see()
    assert who.page.post("/interview/rephrase", data={"turn": 1, "text": "kept"}).status_code == 303
    page = who.see()
    assert "In other words: what does alpha-a do?" in page and "kept</textarea>" in page
    assert "How does alpha-a behave" in page and 'formaction="/interview/rephrase"' not in page
    assert "disabled>Ask it another way</button>" in page.split('formaction="/interview/skip"')[0], "its place is kept"
    assert who.page.post("/interview/rephrase", data={"turn": 1}).status_code == 422


def test_a_question_without_another_wording_does_not_offer_one(begun: Candidate) -> None:
    assert "Ask it another way" not in begun.see()
    assert begun.page.post("/interview/rephrase", data={"turn": 1}).status_code == 422


def test_skipping_moves_on(ctx: Context, begun: Candidate) -> None:
    begun.page.post("/interview/skip", data={"turn": 1})
    assert begun.turn() == 2 and "Skipped" in begun.see()
    assert begun.page.post("/interview/skip", data={"turn": 1}).status_code == 409


def test_a_question_marked_as_wrong_can_be_answered_anyway(begun: Candidate) -> None:
    begun.page.post("/interview/dispute", data={"turn": 1, "reason": "ambiguous", "then": "stay", "text": "still"})
    page = begun.see()
    assert begun.turn() == 1 and "You marked this question as wrong" in page and "still</textarea>" in page
    assert begun.page.post("/interview/dispute", data={"turn": 1}).status_code == 409


def test_a_question_marked_as_wrong_and_skipped_does_not_count(begun: Candidate) -> None:
    begun.page.post("/interview/dispute", data={"turn": 1, "reason": "ambiguous", "then": "skip"})
    assert begun.turn() == 2
    begun.page.post("/interview/finish")
    assert "it does not count" in begun.page.get("/interview/done").text


def test_a_question_that_a_crash_left_unasked_is_asked_by_the_next_look(
    begun: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(interviews, "ensure_question", lambda *_: None)
        begun.say(1, GOOD)
    assert begun.turn() == 2


@pytest.mark.asvs("V16.5.2")
def test_a_model_that_does_not_answer_is_told_and_the_interview_goes_on(tmp_path: Path) -> None:
    class Failing(EmbeddedInterviewer):
        engine = "model"
        model = "tiny-7b"

        def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
            raise ModelFailed("canary: connection refused")

    who = candidate(site(tmp_path, model_interviewer=Failing()))
    who.begin()
    page = who.see()
    assert "Asked by the structured interviewer, because the language model did not answer" in page
    assert "canary" not in page


# --- what others see -----------------------------------------------------------------------------------------------


@pytest.mark.asvs("V8.2.2")
def test_one_candidate_never_sees_another_ones_interview(ctx: Context, begun: Candidate) -> None:
    begun.say(1, "only mine")
    ben = Candidate(browser(ctx), *_link(ctx))
    ben.begin()
    assert "only mine" not in ben.see() and ben.turn() == 1


def _link(ctx: Context) -> tuple[str, int]:
    link = invited(ctx, name="Ben Okoro")
    return link.token, link.interview_id


def test_the_partial_holds_the_stage_and_the_tools_but_no_page(begun: Candidate) -> None:
    part = begun.page.get("/interview", headers=HX).text
    assert "<html" not in part and 'id="stage"' in part and 'id="tools"' in part
