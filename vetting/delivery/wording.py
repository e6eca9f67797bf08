"""Words letters: one template each says subject, body and button, and becomes a plain text and an HTML part.

The parts say the same, from the same words; what stands in a letter about a person is escaped in the HTML part.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined

from vetting.domain.letter import Letter
from vetting.domain.tongue import ENGLISH, N_, _, ngettext, tongue

UNNAMED = N_("An organisation")
FOOT = N_("This letter was written by a program. It is about something you take part in; it is not a newsletter.")
FOOT_CONTACT = N_("Write to {contact} if you have a question.")
_BLANK_LINES = re.compile(r"\n\s*\n")


class Worded(NamedTuple):
    """A letter in words; `subject` is one line."""

    subject: str
    text: str
    html: str


def word(letter: Letter) -> Worded:
    """The letter as it is read. Every kind has a template, and one that is not given what it names is a defect."""
    template = _environment(escape=False).get_template(f"{letter.kind.value}.txt")
    context = template.new_context(_values(letter))
    parts = {name: "".join(block(context)).strip() for name, block in template.blocks.items()}
    subject, body, after = one_line(parts["subject"]), _paragraphs(parts["body"]), _paragraphs(parts["after"])
    foot = _(FOOT) + (f" {_(FOOT_CONTACT).format(contact=letter.contact)}" if letter.contact else "")
    text = "\n\n".join([*body, f"{parts['action']}:\n{letter.link}", *after, f"-- \n{foot}"]) + "\n"
    page = _environment(escape=True).get_template("_letter.html")
    values = {"subject": subject, "body": body, "action": parts["action"], "link": letter.link, "after": after}
    html = page.render(values, foot=foot, tongue=tongue())
    return Worded(subject, text, html)


def one_line(words: str) -> str:
    """Words without line breaks and runs of spaces: a header is one line, whatever a name contains."""
    return " ".join(words.split())


def _values(letter: Letter) -> dict[str, object]:
    name = one_line(letter.name)
    return {
        "greeting": _("Dear {name},").format(name=name) if name else _("Hello,"),
        "who": one_line(letter.house) or letter.contact or _(UNNAMED),
        "about": one_line(letter.about),
        "purpose": one_line(letter.purpose).rstrip("."),
        "offer": letter.offer.strip(),
        "minutes": letter.minutes,
        "until": _day(letter.until),
        "choice": letter.choice,
        "before": letter.before,
    }


def _day(at: datetime | None) -> str:
    if at is None:
        return ""
    spoken = tongue().tag
    if spoken == ENGLISH.tag:
        return f"{at.astimezone(UTC):%-d %B %Y}"
    return format_date(at.astimezone(UTC), "long", locale=Locale.parse(spoken, sep="-"))


def _paragraphs(words: str) -> list[str]:
    return [paragraph.strip() for paragraph in _BLANK_LINES.split(words) if paragraph.strip()]


@cache
def _environment(*, escape: bool) -> Environment:
    env = Environment(
        loader=PackageLoader("vetting.delivery", "letters"),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    return env
