"""What the page noticed, in words."""

from tests.domain.packs import NOON
from vetting.domain.signals import LONG_AWAY, LONG_PASTE, Signal, SignalKind, in_words, questions


def paste(amount: int) -> Signal:
    return Signal(SignalKind.PASTE, amount, NOON)


def away(seconds: int) -> Signal:
    return Signal(SignalKind.AWAY, seconds, NOON)


def test_nothing_noticed_is_nothing_said() -> None:
    assert in_words(()) == "" and questions(()) == ()


def test_everything_noticed_is_said_and_only_much_of_it_asked_about() -> None:
    some = (paste(30), away(5))
    assert in_words(some) == "30 characters pasted once; page left once, 5 s in all"
    assert questions(some) == ()
    much = (paste(LONG_PASTE), paste(50), away(LONG_AWAY))
    first, second = questions(much)
    assert "250 characters" in first and first.endswith("?") and second.endswith("?")


def test_the_form_counts_pastes_where_the_signal_was_lost() -> None:
    assert questions((), pasted=LONG_PASTE) != ()
