"""What gives the rubric away is found also where it is disguised, and honest wordings are left alone."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable

import pytest

from tests.domain.packs import NOON, answered, asked, rubric, start
from vetting.domain.interview import InterviewState, decide, transcript
from vetting.domain.settle import refusal
from vetting.domain.text import content_words
from vetting.packs import load_rubric, shipped

PACK = rubric()
QUESTION = PACK.question("alpha-a")
SAID = "It slows, I saw it on our link."
LOG = answered((*decide(InterviewState(), start(PACK), NOON), asked(1, "alpha-a")), 1, SAID)
CYRILLIC = str.maketrans("aeopcyx", "аеорсух")

DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "spaced": lambda s: "  ".join(" ".join(word) for word in s.split()),
    "spaced evenly": lambda s: " ".join(s.replace(" ", "")),
    "dotted": lambda s: " ".join(".".join(word) for word in s.split()),
    "reversed": lambda s: s[::-1],
    "words reversed": lambda s: " ".join(word[::-1] for word in s.split()),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 of the reversed": lambda s: base64.urlsafe_b64encode(s[::-1].encode()).decode(),
    "hexadecimal": lambda s: s.encode().hex(),
    "per cent": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "rot13": lambda s: codecs.encode(s, "rot13"),
    "invisible characters": lambda s: "\u200b".join(s),
    "look-alikes": lambda s: s.lower().translate(CYRILLIC),
    "digits": lambda s: s.lower().translate(str.maketrans("oieast", "013457")),
    "full width": lambda s: "".join(chr(ord(c) + 0xFEE0) if 33 <= ord(c) < 127 else c for c in s),
}


def leaks(disguise: str, statement: str) -> bool:
    """Whether a wording that tells this to the candidate is refused."""
    told = f"On that link, what did you see after {DISGUISES[disguise](statement)}?"
    return refusal(told, PACK, QUESTION, transcript(LOG)) is not None


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_key_point_is_not_told_in_disguise(disguise: str) -> None:
    assert leaks(disguise, "The window is halved after loss")
    assert leaks(disguise, "halved window")


def test_key_points_of_a_shipped_pack_are_found_in_every_disguise() -> None:
    pack = load_rubric(str(shipped("rubrics") / "software.networking.yaml"), None)
    told, found = 0, {name: 0 for name in DISGUISES}
    for question in list(pack.questions())[:6]:
        log = answered((*decide(InterviewState(), start(pack), NOON), asked(1, question.id)), 1, "I do not know.")
        for indicator in question.indicators[:2]:
            words = [word for word in content_words(indicator.statement)]
            told += 1
            for name, disguise in DISGUISES.items():
                wording = f"You said that you do not know; is it {disguise(' '.join(words))} or not?"
                found[name] += refusal(wording, pack, question, transcript(log)) is not None
    assert told >= 10 and set(found.values()) == {told}, found


@pytest.mark.parametrize(
    "wording",
    [
        "On that link, what did you see next?",
        "You say that it slows: how did you find out, step by step?",
        "In the A/B test you ran on 2024-05-11, which of the two was it?",
    ],
)
def test_an_honest_wording_is_left_alone(wording: str) -> None:
    assert refusal(wording, PACK, QUESTION, transcript(LOG)) is None
