"""In which language the interface speaks: English as it stands in the code, other languages from catalogues.

Whoever answers a request, or writes a letter, says for whom (`speaking`); `_` and its kin then give the words. They are
looked up when they are said, so what stands in a constant is only marked with `N_` and said later. Values go in
afterwards, by name: `_("{count} answers").format(count=n)`. The words of an interview are not meant here: questions,
answers and rubrics are in the language of their pack.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Literal


@dataclass(frozen=True)
class Tongue:
    """A language of the interface: its tag (BCP 47), the name it has for itself, how it is written, its words."""

    tag: str
    name: str
    catalogue: NullTranslations
    direction: Literal["ltr", "rtl"] = "ltr"


ENGLISH = Tongue("en", "English", NullTranslations())
_spoken: ContextVar[Tongue] = ContextVar("spoken", default=ENGLISH)


def tongue() -> Tongue:
    """The language that is spoken at the moment."""
    return _spoken.get()


@contextmanager
def speaking(chosen: Tongue) -> Iterator[None]:
    """Within this, and in the threads that are asked from here, words are in that language."""
    former = _spoken.set(chosen)
    try:
        yield
    finally:
        _spoken.reset(former)


def _(words: str) -> str:
    """The words in the language that is spoken."""
    return _spoken.get().catalogue.gettext(words) if words else words  # "" would be the head of the catalogue


def ngettext(one: str, many: str, count: int) -> str:
    """The words for so many, in the language that is spoken."""
    return _spoken.get().catalogue.ngettext(one, many, count)


def pgettext(context: str, words: str) -> str:
    """The words in the language that is spoken, where English has the same for different things."""
    return _spoken.get().catalogue.pgettext(context, words)


def npgettext(context: str, one: str, many: str, count: int) -> str:
    """`ngettext` where English has the same for different things."""
    return _spoken.get().catalogue.npgettext(context, one, many, count)


def N_(words: str) -> str:
    """Words that are marked here and said later, by `_`."""
    return words
