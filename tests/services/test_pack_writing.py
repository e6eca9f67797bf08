"""A language model writes over a draft by rules: checked, mended once, never over a person's words, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.cast import Clock, service, with_clock
from tests.web.site import site as site_in
from vetting.db import pack_queries
from vetting.db.engine import reading
from vetting.db.models import ModelCallRow
from vetting.engines.model_pack_writer import ModelPackWriter
from vetting.errors import VettingError
from vetting.llm.fake_server import FakeServer
from vetting.llm.prompts import load_prompts
from vetting.llm.scripted import ScriptedLLM
from vetting.ports import PackWish, WrittenPack
from vetting.services import pack_drafts, pack_writing

QUESTIONS = ("How do you find out where water came from?", "What does a draft survey tell you?")
PASTED = "\n\n".join(QUESTIONS)


def question(text: str, *points: str) -> dict[str, Any]:
    return {
        "text": text,
        "reference": f"An answer of somebody who has done it: {' '.join(points)}",
        "points": [{"statement": point, "level": 2 + n} for n, point in enumerate(points)],
        "misconceptions": [{"statement": "Wet cargo was packed wet", "correction": "Sweat forms on the voyage"}],
        "follow_up": "And when that is not possible on board?",
    }


WRITTEN: dict[str, Any] = {
    "summary": "Finds causes of damage.",
    "competencies": [
        {
            "name": "Causes of wetting",
            "definition": "Tells where moisture came from.",
            "levels": [f"Says what is seen at stage {n}" for n in range(1, 6)],
            "questions": [
                question(QUESTIONS[0], "Silver nitrate shows chloride", "Gaskets are tried with ultrasound"),
                question(QUESTIONS[1], "Displacement before and after is compared", "Density in the dock is measured"),
            ],
        }
    ],
}


def changed(**parts: Any) -> dict[str, Any]:
    """The proposal with other questions in it."""
    document = deepcopy(WRITTEN)
    document["competencies"][0] |= parts
    return document


class Site:
    """A service whose language model gives these answers, in order."""

    def __init__(
        self, folder: Path, answers: Sequence[Mapping[str, Any] | str], writer: type[ModelPackWriter] = ModelPackWriter
    ) -> None:
        self.model = ScriptedLLM(answers, load_prompts())
        self.ctx = site_in(folder, pack_writer=writer(self.model))

    def draft(self, **pasted: str) -> pack_drafts.Draft:
        """A new draft, once the job for it has run."""
        public_id = pack_drafts.create(self.ctx, title="Cargo", by="mia@example.org", **pasted)
        return pack_drafts.load(self.ctx, public_id)


def texts(draft: pack_drafts.Draft) -> list[str]:
    return [q["text"] for c in draft.document["competencies"] for q in c["questions"]]


def test_the_model_fills_in_what_the_rules_left_open_and_the_words_of_the_questions_stay(tmp_path: Path) -> None:
    site = Site(tmp_path, [WRITTEN])
    draft = site.draft(questions=PASTED)
    assert texts(draft) == list(QUESTIONS) and draft.errors == 0 and not draft.row.writing
    assert draft.document["uncalibrated"] is True and draft.document["form"] == "fixed"
    assert "Written by the language model scripted" in draft.row.note
    with reading(site.ctx.engine) as session:
        (call,) = session.exec(select(ModelCallRow)).all()
    assert (call.prompt, call.status, call.interview_id) == ("pack.draft", "ok", None)
    pack_drafts.step_by(site.ctx, draft.row.public_id, -1)
    by_rules = pack_drafts.load(site.ctx, draft.row.public_id)
    assert by_rules.document["competencies"][0]["questions"][0]["reference"] == ""


def test_a_proposal_with_faults_is_asked_for_once_more_with_what_is_wrong(tmp_path: Path) -> None:
    twice = "Silver nitrate shows chloride"
    faulty = changed(questions=[question(QUESTIONS[0], twice, twice + " there"), question(QUESTIONS[1], "One", "Two")])
    site = Site(tmp_path, [faulty, WRITTEN])
    draft = site.draft(questions=PASTED)
    assert draft.errors == 0 and len(site.model.asked) == 2
    assert any("says nearly the same as indicator" in told for told in site.model.asked[1][1]["faults"])
    assert site.model.asked[0][1]["questions"] == list(QUESTIONS)


@pytest.mark.parametrize(
    "answers",
    [
        [changed(questions=[question(QUESTIONS[0], "One thing", "Another")])] * 2,
        [changed(questions=[question(q + " Really?", "One thing", "Another") for q in QUESTIONS])] * 2,
        ["no JSON at all"] * 4,
        [changed(levels=["only", "four", "of", "them"])] * 4,
        [],
    ],
    ids=["a question lost", "questions reworded", "no JSON", "four levels", "silent"],
)
def test_what_does_not_fit_changes_nothing_and_the_draft_says_so(
    tmp_path: Path, answers: list[Mapping[str, Any] | str]
) -> None:
    draft = Site(tmp_path, answers).draft(questions=PASTED)
    assert texts(draft) == list(QUESTIONS) and draft.row.position == 1 and not draft.row.writing
    assert "The language model gave no usable draft" in draft.row.note


def test_from_a_brief_the_questions_are_the_models_own(tmp_path: Path) -> None:
    site = Site(tmp_path, [changed(questions=[question("What do you look at first?", "The hatch covers", "The log")])])
    draft = site.draft(brief="They must find the cause of wetting damage in containers.")
    assert texts(draft) == ["What do you look at first?"] and site.model.asked[0][1]["questions"] == []


def test_more_than_a_pack_has_room_for_is_asked_for_again(tmp_path: Path) -> None:
    many = [question(f"How is number {n} weighed?", f"Scale {n} is tried", f"Weight {n} is known") for n in range(12)]
    topics = [{**WRITTEN["competencies"][0], "name": f"Topic number {n}", "questions": many} for n in range(6)]
    site = Site(tmp_path, [{**WRITTEN, "competencies": topics}] * 2)
    draft = site.draft(brief="They must find the cause of wetting damage in containers.")
    assert "more questions than a pack may have" in draft.row.note and draft.row.position == 1
    assert site.model.asked[1][1]["faults"] == [
        "A pack has at most 60 questions here; remove one first, or begin another pack."
    ]


def from_a_server(folder: Path, mode: str, **pasted: str) -> tuple[pack_drafts.Draft, list[ModelCallRow], int]:
    """A draft that the fake server was asked for over its API, the calls that were kept, and how many it got."""
    with FakeServer(mode=mode) as server:
        ctx = service(folder, llm_model="fake", OPENAI_BASE_URL=server.base_url)
        public_id = pack_drafts.create(ctx, title="Marine cargo surveying", by="mia@example.org", **pasted)
        draft = pack_drafts.load(ctx, public_id)
        with reading(ctx.engine) as session:
            return draft, list(session.exec(select(ModelCallRow))), len(server.requests)


@pytest.mark.parametrize("pasted", [{"questions": PASTED}, {"brief": "They find the cause of wetting damage."}])
def test_a_model_behind_the_api_writes_a_draft_that_can_be_published(tmp_path: Path, pasted: dict[str, str]) -> None:
    draft, calls, requests = from_a_server(tmp_path, "honest", **pasted)
    assert draft.errors == 0, [fault.sentence for fault in draft.faults]
    assert "Written by the language model fake" in draft.row.note and not draft.row.writing
    assert texts(draft) == list(QUESTIONS) if "questions" in pasted else "wetting damage" in texts(draft)[0]
    assert [(c.prompt, c.status) for c in calls] == [("pack.draft", "ok")] and requests == 1
    assert calls[0].input_tokens > 100  # and so it counts against the budget of the day


def test_a_model_that_rewords_a_persons_own_questions_writes_nothing(tmp_path: Path) -> None:
    draft, calls, requests = from_a_server(tmp_path, "hostile", questions=PASTED)
    assert texts(draft) == list(QUESTIONS) and draft.row.position == 1
    assert "it did not keep your questions" in draft.row.note and len(calls) == requests == 2


def test_a_day_whose_budget_is_used_up_leaves_the_draft_by_rules(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = service(tmp_path, llm_model="fake", OPENAI_BASE_URL=server.base_url, day_tokens=0)
        draft = pack_drafts.load(ctx, pack_drafts.create(ctx, title="Cargo", questions=PASTED, by="mia@example.org"))
        assert server.requests == []
    assert "no usable draft" in draft.row.note and not draft.row.writing


def test_a_draft_whose_job_failed_waits_no_longer_than_half_an_hour(tmp_path: Path) -> None:
    class Full(ModelPackWriter):
        def write(self, wish: PackWish, *, deadline: float) -> WrittenPack:
            raise VettingError("The disk is full.")

    site, clock = Site(tmp_path, [], Full), Clock()
    site.ctx = with_clock(site.ctx, clock)
    draft = site.draft(questions=PASTED)
    clock.pass_minutes(29)
    pack_writing.sweep(site.ctx)
    assert pack_drafts.load(site.ctx, draft.row.public_id).row.writing
    clock.pass_minutes(2)
    pack_writing.sweep(site.ctx)
    row = pack_drafts.load(site.ctx, draft.row.public_id).row
    assert not row.writing and "did not answer in time); this one was made by rules" in row.note


def test_what_a_person_changed_meanwhile_stands(tmp_path: Path) -> None:
    class Slow(ModelPackWriter):
        def write(self, wish: PackWish, *, deadline: float) -> WrittenPack:
            with reading(site.ctx.engine) as session:
                (line,) = pack_queries.drafts(session, site.ctx.org)
            edit = {"did": "edited", "act": lambda d: d.update(title="Mine"), "by": "mia@example.org"}
            pack_drafts.change(site.ctx, line.public_id, 1, **edit)
            return super().write(wish, deadline=deadline)

    site = Site(tmp_path, [WRITTEN], Slow)
    draft = site.draft(questions=PASTED)
    assert draft.title == "Mine" and "yours stands" in draft.row.note and draft.row.position == 2
