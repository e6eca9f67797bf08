"""What the scripts of a page say: the page brings it in its language, as data, since no script of ours holds words.

A name stands for one sentence, or for one sentence per form of the plural that the language has. `inWords` in
`static/words.js` reads it; `{name}` stands for a value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from babel import Locale

from vetting.domain.tongue import _, ngettext, tongue

Words = dict[str, str | dict[str, str]]
LOOKED_AT = 101
"""Whole numbers up to here show every form of the plural that CLDR knows for them."""


def script_words(page: str) -> Words:
    """The words of the scripts that a kind of page loads."""
    return PAGES[page]()


def _staff() -> Words:
    return {
        "keys-title": _("Keys on this page"),
        "keys-list": _("This list"),
        "keys-step": _("Next, previous competency"),
        "keys-level": _("Choose a level"),
        "keys-none": _("Cannot judge"),
        "keys-use": _("Use these keys (the question mark always works)"),
        "keys-close": _("Close"),
        "follow-done": _("This is done. Send what you typed first; the page that comes then shows it."),
        "copied": _("Copied"),
        "copy-by-hand": _("Press Ctrl+C"),
        "pack-signed-out": _(
            "You are signed out, so this is not saved. Sign in again in another tab, then come back: your words stay "
            "on this page and are saved then."
        ),
        "pack-changed": _("Changed in another window, so not saved by itself. Press “Save” to keep what is here."),
        "pack-refused": _("Not saved; press “Save” to try again."),
        "pack-offline": _("No connection: not saved yet. Your words stay on this page."),
        "pack-saving": _("saving …"),
        "pack-saved": _("saved {time}"),
        "pack-saved-but": _("saved {time}; press “Save”, and each new line becomes a point"),
        "pack-points": _("not saved yet: press “Save”, and each new line becomes a point"),
    }


def _interview() -> Words:
    return {**_answering(), **_arriving(), **_marking(), **_clock()}


def _answering() -> Words:
    return {
        "too-long": _("{over} characters too many: {most} can be taken"),
        "words": _forms("{n} word", "{n} words"),
        "saved": _("saved {time}"),
        "only-here": _("kept in this browser only"),
        "elsewhere": _(
            "This interview was continued elsewhere, perhaps in another window. What you wrote is still here."
        ),
        "show-current": _("Show the current question"),
        "another-browser": _(
            "This interview was continued in another browser. Go on there, or open your invitation link again here. "
            "What you wrote is still on this page."
        ),
        "not-saved": _("kept in this browser; not yet on the server"),
        "offline": _(
            "There is no connection at the moment. Keep writing: your text is kept in this browser and saved as soon "
            "as the connection is back."
        ),
        "pasted": _forms("{n} characters pasted", "{n} characters pasted"),
        "left": _("page left, {n} s"),
    }


def _arriving() -> Words:
    return {
        "saving": _("saving your answer"),
        "moment": _("one moment"),
        "slow": _("Your answer is being read and the next question chosen; this can take a few seconds."),
        "not-submitted": _("kept in this browser, not submitted yet"),
        "busy": _("The service is busy."),
        "again": _("{why} Your text is kept here; trying again by itself."),
        "not-arrived": _(
            "There is no connection, so this has not arrived yet. Your text is kept here; trying again by itself."
        ),
        "kept": _("kept in this browser"),
        "failed": _("This did not work; your text is still here. Please try again."),
        "waiting": _(
            "There is no connection at the moment. Your answer is saved; the question appears as soon as the "
            "connection is back."
        ),
    }


def _marking() -> Words:
    return {
        "why": _("Why is this wrong?"),
        "why-of": _("Why is this wrong? {words}"),
        "quoted": _("“{words}”"),
        "remove": _("Remove"),
        "none-chosen": _("No words chosen"),
    }


def _clock() -> Words:
    return {
        "show-clock": _("Show clock"),
        "clock": _("{minutes} of {planned} min"),
        "show-the-clock": _("Show the clock"),
        "hide-the-clock": _("Hide the clock"),
    }


def _landing() -> Words:
    return {
        "drafts-kept": _(
            "Drafts: this device can keep what you type, so that it survives a lost connection; the server keeps it "
            "too."
        ),
        "drafts-not-kept": _(
            "Drafts: this browser keeps nothing on this device, perhaps in a private window. What you type is kept by "
            "the server alone, while there is a connection."
        ),
        "asking": _("Server: asking …"),
        "answers": _("Server: it answers."),
        "no-answer": _(
            "Server: it does not answer at the moment. Check your connection; this is tried again when it is back."
        ),
    }


def _done() -> Words:
    return {
        "too-many": _forms("{n} words: {over} too many", "{n} words: {over} too many"),
        "count": _("{n} of {most} words"),
    }


PAGES: dict[str, Callable[[], Words]] = {
    "staff": _staff,
    "interview": _interview,
    "landing": _landing,
    "done": _done,
}


def _forms(one: str, many: str) -> dict[str, str]:
    """Form of the plural, as browsers name it (CLDR) -> the words with it."""
    return {form: ngettext(one, many, count) for form, count in _samples(tongue().tag).items()}


@cache
def _samples(tag: str) -> dict[str, int]:
    """Each form of the plural of a language, with a number that takes it."""
    form_of = Locale.parse(tag, sep="-").plural_form
    return {form_of(count): count for count in reversed(range(LOOKED_AT))} | {"other": _other(tag)}


def _other(tag: str) -> int:
    """A number that takes the form `other`; every language has it, some for fractions alone."""
    form_of = Locale.parse(tag, sep="-").plural_form
    return next((count for count in range(LOOKED_AT, 0, -1) if form_of(count) == "other"), LOOKED_AT)
