"""The model proposes, the code disposes."""

from typing import Any

import pytest

from tests.domain.packs import NOON, answered, asked, assessed, rubric, start
from vetting.domain.interview import InterviewState, decide, fold, transcript
from vetting.domain.interview_events import Completed, Finish, QuestionAsked
from vetting.domain.planner import AskLead, AskProbe, End, Move
from vetting.domain.settle import Wording, refusal, settle, so_far
from vetting.domain.transcript import PromptKind

PACK = rubric(off_limits=["health", "employer secrets"])
QUESTION = PACK.question("alpha-a")
LOG = decide(InterviewState(), start(PACK), NOON)
LOG = answered(
    (*LOG, asked(1, "alpha-a")), 1, "Packets are dropped and the sender slows, I saw it on our satellite link."
)
LOG = (*LOG, assessed(1, PACK, "alpha-a", {"easy": 0.9, "middle": 0.1, "hard": 0.1, "wrong": 0.1}))
PROBE = AskProbe(QUESTION, QUESTION.probes[0])
GOOD = "On that satellite link, what did the sender do after the packets were dropped?"


def run(move: Move, wording: Wording | None, **more: Any) -> Any:
    return settle(PACK, fold(LOG), transcript(LOG), move, wording, NOON, **more)


def model(text: str | None = None, **more: Any) -> Wording:
    return Wording(engine="model", model="m", text=text, prompt="interviewer.probe", prompt_sha="abc", **more)


def test_a_sound_probe_in_the_candidates_words_is_asked_and_recorded_as_the_models() -> None:
    entry = run(PROBE, model(GOOD, target="alpha-a-middle"))
    assert isinstance(entry.event, QuestionAsked)
    assert (entry.text, entry.event.engine, entry.event.prompt_sha, entry.event.target) == (
        GOOD,
        "model",
        "abc",
        "alpha-a-middle",
    )
    assert entry.event.kind is PromptKind.PROBE and entry.event.turn == 2 and entry.event.fallback is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("So the window is halved, is it not?", "gives away"),
        ("What next? And then what?", "not exactly one question"),
        ("Tell me more about it.", "not exactly one question"),
        ("word " * 61 + "?", "words"),
        ("prompt 1 on alpha-a?", "repeats"),
        ("How was your health when you saw the link?", "off-limits"),
        ("¿Qué hizo después el enlace, según usted señaló?", "language"),
        ("", "empty"),
    ],
)
def test_a_proposal_that_breaks_a_rule_is_refused_for_that_reason(text: str, why: str) -> None:
    assert why in (refusal(text, PACK, QUESTION, transcript(LOG)) or "accepted")


def test_a_long_piece_of_an_earlier_prompt_is_a_repeat_and_a_short_point_of_it_is_not() -> None:
    asked = (
        "Two laptops upload over the same access point out of range of each other. Why does carrier sensing not help, "
        "what does reserving the medium buy and cost, and why is it usually switched off?"
    )
    said = transcript(LOG).model_copy(
        update={"turns": (transcript(LOG).turns[0].model_copy(update={"prompt": asked}),)}
    )
    piece = "Why does carrier sensing not help, what does reserving the medium buy and cost, why is it usually off?"
    assert "repeats" in (refusal(piece, PACK, QUESTION, said) or "accepted")
    assert "repeats" not in (refusal("You named one cost; what does reserving buy?", PACK, QUESTION, said) or "")


def test_after_a_refusal_the_packs_own_probe_is_asked_and_the_reason_kept() -> None:
    entry = run(PROBE, model("So the window is halved, is it not?", target="alpha-a-middle"))
    assert entry.text == "What would you see next?"
    assert entry.event.engine == "embedded" and "gives away" in entry.event.fallback


def test_a_probe_at_something_already_shown_is_refused() -> None:
    assert run(PROBE, model(GOOD, target="alpha-a-easy")).event.fallback == "aims at nothing that is open"


def test_without_a_plan_and_without_a_usable_proposal_there_is_no_probe() -> None:
    assert run(AskProbe(QUESTION, None), model("Halved?", target="alpha-a-middle")) is None
    assert run(AskProbe(QUESTION, None), None) is None


def test_a_transition_leads_to_the_question_unless_it_judges_or_leaks() -> None:
    lead = AskLead(PACK.question("beta-a"))
    kind = run(lead, model(transition="You described a satellite link; let us turn to another part."))
    assert kind.text.startswith("You described") and kind.text.endswith(lead.question.text)
    assert kind.event.engine == "model"
    about = "The candidate skipped the question. The interviewer then asked a new one."
    for bad in ("That is correct, well done.", "Shall we go on?", "As the window was halved, we move on.", about):
        entry = run(lead, model(transition=bad))
        assert entry.text == lead.question.text and entry.event.engine == "embedded" and entry.event.fallback


def test_an_outage_degrades_to_the_packs_question_and_says_so() -> None:
    entry = run(AskLead(PACK.question("beta-a")), None, failure="the model did not answer")
    assert entry.text == PACK.question("beta-a").text
    assert (entry.event.engine, entry.event.fallback) == ("embedded", "the model did not answer")


def test_the_end_is_an_event_with_its_reason() -> None:
    assert run(End(Finish.DECIDED), None).event == Completed(reason=Finish.DECIDED, at=NOON)


# --- words that are shown before they are settled


def shown(words: str, move: Move = PROBE) -> str:
    return so_far(PACK, transcript(LOG), move, words)


def test_only_whole_words_are_shown() -> None:
    assert shown("On that satell") == "On that"
    assert shown("On") == "" and shown("") == "" and shown("  ") == ""
    assert shown("What happened? ") == "What happened?"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("So the sender saw that the window is halved and ", "So the sender saw that the"),
        ("What happened? And then what? And ", "What happened? And then"),
        ("How was your health when ", "How was your"),
        ("word " * 70, " ".join(60 * ["word"])),
    ],
)
def test_words_are_shown_up_to_the_first_that_settle_refuses(words: str, wanted: str) -> None:
    assert shown(words) == wanted


def test_a_transition_is_shown_up_to_a_judgement_or_a_question() -> None:
    lead = AskLead(PACK.question("beta-a"))
    assert shown("Thank you, that was correct and ", lead) == "Thank you, that was"
    assert shown("Thank you. Shall we? Then ", lead) == "Thank you. Shall"
    assert shown("anything at all ", End("done")) == ""


def test_no_beginning_that_is_shown_is_refused_for_what_it_holds() -> None:
    whole = f"{GOOD} And was the window halved?"
    for end in range(len(whole) + 1):
        part = shown(whole[:end])
        assert whole.startswith(part)
        reason = refusal(part, PACK, QUESTION, transcript(LOG)) if part else None
        assert reason is None or not reason.startswith(("gives away", "off-limits")), (part, reason)
