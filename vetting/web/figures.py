"""Numbers, days and counts as people read them, in the language that is spoken.

English is written here, as one writes it without a country; other languages by what CLDR knows of them. Every number
is rounded before it is written, so that it is the same one in each language.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

from vetting.domain.rubric import Rubric, Status
from vetting.domain.tongue import ENGLISH, _, ngettext, tongue

NONE = "–"


def level(value: float | None) -> str:
    """A level 1-5 with two decimals."""
    return _("not rated") if value is None else number(value)


def number(value: float | None, digits: int = 2) -> str:
    """A number with fixed decimals and thousands separated."""
    if value is None:
        return NONE
    locale = _locale()
    if locale is None:
        return f"{value:,.{digits}f}"
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return format_decimal(Decimal(f"{value:.{digits}f}"), format=pattern, locale=locale)


def percent(value: float | None) -> str:
    """A share of 1 in per cent."""
    if value is None:
        return NONE
    locale = _locale()
    if locale is None:
        return f"{100 * value:.0f} %"
    return format_percent(Decimal(f"{100 * value:.0f}") / 100, locale=locale)


def iso(value: datetime | date) -> str:
    """For the `datetime` attribute of a `<time>`."""
    return value.astimezone(UTC).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def moment(value: datetime) -> str:
    """A time in words; the page's script shows it in the reader's own zone."""
    at, locale = value.astimezone(UTC), _locale()
    if locale is None:
        return f"{at:%-d %b %Y, %H:%M} UTC"
    return f"{day(at)}, {format_time(at, 'short', locale=locale)} UTC"


def day(value: datetime | date) -> str:
    """A day in words."""
    locale = _locale()
    return f"{value:%-d %b %Y}" if locale is None else format_date(value, "medium", locale=locale)


def plain(value: str) -> str:
    """The word of a closed set as people read it; those that can be translated stand in `closed_words`."""
    return _(str(value).replace("_", " "))


def signed(status: str) -> str:
    """The status of a pack in words: a file's "draft" may be published and in use, so it says what is missing."""
    return _("not signed yet") if status == Status.DRAFT else plain(status)


def standing(rubric: Rubric) -> str:
    """How far a pack may be trusted: its status, and whether its levels are assumed."""
    status = signed(rubric.status)
    return _("{status}, uncalibrated").format(status=status) if rubric.uncalibrated else status


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun. For translators the two are one message, `{count} answer` and `{count} answers`."""
    single, several = f"{{count}} {one}", f"{{count}} {many or one + 's'}"
    words = ngettext(single, several, count)
    return words.format(count=number(count, 0))


def language_name(tag: str) -> str:
    """The name of a language in the language that is spoken; a tag nobody knows stands for itself."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(_locale() or ENGLISH.tag) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def lang(tag: str) -> Markup:
    """The attributes of an element whose words are in a language of their own, such as those of an interview."""
    try:
        direction = Locale.parse(tag, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        direction = "auto"
    return Markup('lang="{}" dir="{}"').format(tag, direction)


def _locale() -> Locale | None:
    """The language that is spoken; None: English."""
    spoken = tongue().tag
    return None if spoken == ENGLISH.tag else Locale.parse(spoken, sep="-")
