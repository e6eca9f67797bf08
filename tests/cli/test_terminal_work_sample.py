"""A work sample typed in the terminal."""

import io
from pathlib import Path
from typing import Any

import pytest

from tests.cast import GOOD, service
from tests.domain import samples
from vetting.cli import terminal


def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Two core questions with a follow-up each come before the work sample."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n\n" for answer in answers) + "/finish\n"))


def test_sentences_are_numbered_and_marked_by_number_or_by_their_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    marks = '4: by waiting time\n"Routers tell the sender its rate": they do not'
    typed(monkeypatch, *[GOOD] * 4, "77: no such sentence", marks)
    document = terminal.interview(service(tmp_path), samples.pack(samples.flaws()), "Ana Reyes", None)
    told = capsys.readouterr().err
    assert "  4. CoDel goes by the number of bytes." in told
    assert "There is no sentence 77; the text has 7. Please try again." in told
    evidence = {e["indicator"]: e["quote"] for c in document["competencies"] for e in c["evidence"]}
    assert evidence["flaws-codel"] == "by waiting time" and evidence["flaws-routers"] == "they do not"


@pytest.mark.parametrize(
    ("document", "shown", "answer", "target"),
    [
        (samples.steps(), "3. So it takes 4 s.", "3: it takes 0.4 s", "steps-right"),
        (samples.comparison(), "Second answer", "second 90: it adds delay", "choice-right"),
        (
            samples.rubric_task(),
            "Why do calls stutter?",
            "Names the full buffer\nNames the delay added\nGives 400 ms",
            "criteria-checkable",
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_every_type_is_shown_and_answered_by_typing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    document: dict[str, Any],
    shown: str,
    answer: str,
    target: str,
) -> None:
    typed(monkeypatch, *[GOOD] * 4, answer)
    result = terminal.interview(service(tmp_path), samples.pack(document), "Ana Reyes", None)
    assert shown in capsys.readouterr().err
    assert target in {e["indicator"] for c in result["competencies"] for e in c["evidence"]}
