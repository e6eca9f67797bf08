"""Which browser a person sits at, in words of a closed set: all that is kept of what it says of itself."""

from __future__ import annotations

from vetting.domain.tongue import N_, _

UNKNOWN = N_("another browser")
FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
"""What each browser's own word is; in this order, since most also name those they want to be taken for."""
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str:
    """A browser's family and system, such as `Firefox on Linux`, from its User-Agent (RFC 9110, section 10.1.5)."""
    family = _first(user_agent, FAMILIES) or UNKNOWN
    system = _first(user_agent, SYSTEMS)
    return f"{family} on {system}" if system else family


def in_words(kept: str) -> str:
    """What is kept of a browser, in the language that is spoken."""
    family, on, system = kept.partition(" on ")
    named = _(family) if family == UNKNOWN else family
    return _("{browser} on {system}").format(browser=named, system=system) if on else named


def _first(text: str, known: tuple[tuple[str, str], ...]) -> str | None:
    return next((name for word, name in known if word in text), None)
