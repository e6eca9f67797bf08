"""What a candidate may do when, and that the log is all there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.packs import NOON, answered, asked, later, rubric, start
from vetting.domain.interview import InterviewState, decide, evolve, fold, transcript
from vetting.domain.interview_events import (
    AddNote,
    Command,
    Completed,
    Dispute,
    FinishNow,
    Pause,
    Phase,
    Rephrase,
    Resume,
    SkipTurn,
    SubmitAnswer,
    Withdraw,
)
from vetting.errors import BadInput, Conflict, StaleTurn, VettingError

PACK = rubric()
BEGUN = decide(InterviewState(), start(PACK), NOON)
OPEN = (*BEGUN, asked(1, "alpha-a"))


def test_an_interview_begins_only_once() -> None:
    with pytest.raises(Conflict):
        decide(fold(BEGUN), start(PACK), NOON)


def test_a_second_submit_of_the_same_turn_is_stale() -> None:
    log = answered(OPEN, 1, "once")
    with pytest.raises(StaleTurn):
        decide(fold(log), SubmitAnswer(turn=1, text="twice"), NOON)


def test_an_empty_or_endless_answer_is_refused_in_words() -> None:
    for nothing in ("  \n", " \t\u200b ", "\u2060\ufeff"):
        with pytest.raises(BadInput, match="empty"):
            decide(fold(OPEN), SubmitAnswer(turn=1, text=nothing), NOON)
    with pytest.raises(BadInput, match="12,000"):
        decide(fold(OPEN), SubmitAnswer(turn=1, text="x" * 12_001), NOON)


def test_answering_ends_a_break_so_that_no_answer_is_lost() -> None:
    paused = (*OPEN, *decide(fold(OPEN), Pause(), NOON))
    log = answered(paused, 1, "back")
    assert fold(log).phase is Phase.OPEN
    assert transcript(log).turns[0].answer == "back"


def test_minutes_of_a_break_do_not_count_as_active() -> None:
    state = fold(OPEN)
    for command, at in ((Pause(), 5), (Resume(), 65), (FinishNow(), 67)):
        for entry in decide(state, command, later(at)):
            state = evolve(state, entry)
    assert state.active_seconds == pytest.approx((5 + 2) * 60)


def test_a_note_needs_an_answer_and_there_is_one_of_at_most_sixty_words() -> None:
    with pytest.raises(Conflict):
        decide(fold(OPEN), AddNote(turn=1, text="too early"), NOON)
    log = answered(OPEN, 1, "an answer")
    with pytest.raises(BadInput, match="61"):
        decide(fold(log), AddNote(turn=1, text="word " * 61), NOON)
    noted = (*log, *decide(fold(log), AddNote(turn=1, text="I meant bytes"), NOON))
    with pytest.raises(Conflict):
        decide(fold(noted), AddNote(turn=1, text="again"), NOON)


def test_a_finished_interview_takes_no_answer_but_a_note_and_a_dispute() -> None:
    log = answered(OPEN, 1, "an answer")
    log = (*log, *decide(fold(log), FinishNow(), NOON))
    assert isinstance(log[-1].event, Completed)
    for command in (SubmitAnswer(turn=2, text="x"), SkipTurn(turn=2), Pause(), Withdraw()):
        with pytest.raises(Conflict):
            decide(fold(log), command, NOON)
    assert decide(fold(log), AddNote(turn=1, text="late note"), NOON)
    assert decide(fold(log), Dispute(turn=1, reason="ambiguous"), NOON)


def test_free_text_stands_beside_events_and_never_in_them() -> None:
    log = answered(OPEN, 1, "my secret words")
    log = (*log, *decide(fold(log), Dispute(turn=1, reason="secret reason"), NOON))
    assert not any("secret" in entry.event.model_dump_json() for entry in log)
    assert [entry.text for entry in log[-2:]] == ["my secret words", "secret reason"]


def test_an_erased_answer_leaves_the_log_whole() -> None:
    log = tuple(e.model_copy(update={"text": None}) for e in answered(OPEN, 1, "gone"))
    assert transcript(log).turns[0].answer is None
    assert fold(log).turns[0].status == "answered"


COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(SubmitAnswer, turn=st.integers(0, 4), text=st.sampled_from(["", "fine", "  "])),
    st.builds(SkipTurn, turn=st.integers(0, 4)),
    st.builds(Rephrase, turn=st.integers(0, 4)),
    st.builds(Dispute, turn=st.integers(0, 4)),
    st.builds(AddNote, turn=st.integers(0, 4), text=st.just("a note")),
    st.sampled_from([Pause(), Resume(), FinishNow(), Withdraw()]),
)


@given(st.lists(COMMANDS, max_size=25))
def test_whatever_is_sent_turns_stay_numbered_and_only_the_last_can_be_open(commands: list[Command]) -> None:
    log = OPEN
    for n, command in enumerate(commands):
        try:
            log = (*log, *decide(fold(log), command, later(n)))
        except VettingError:
            continue
        if fold(log).needs_question and len(fold(log).turns) < 4:
            log = (*log, asked(len(fold(log).turns) + 1, "alpha-a"))
    state = fold(log)
    assert [t.asked.turn for t in state.turns] == list(range(1, len(state.turns) + 1))
    assert all(t.status != "open" for t in state.turns[:-1])
    assert len(transcript(log).turns) == len(state.turns)
