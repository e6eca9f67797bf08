"""A worded letter as a message (RFC 5322): text and HTML, one recipient, and headers that nobody can add to."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from vetting.delivery.wording import one_line, word
from vetting.domain.letter import Letter


class NoAddress(ValueError):
    """What stands there as an e-mail address is none that can be written to."""


def message(name: str, letter: Letter, sender: str, now: datetime) -> EmailMessage:
    """The message. The same letter has the same Message-ID, so that a copy can be told. Raises NoAddress."""
    worded = word(letter)
    made = EmailMessage(policy=SMTP)
    made["From"] = address(sender, letter.house)
    made["To"] = address(letter.to, letter.name)
    with suppress(NoAddress):  # a name, or nothing: then there is nowhere to reply to
        made["Reply-To"] = address(letter.contact)
    made["Subject"] = worded.subject
    made["Date"] = format_datetime(now.astimezone(UTC))
    made["Message-ID"] = f"<{name}@{address(sender).domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(worded.text)
    made.add_alternative(worded.html, subtype="html")
    return made


def address(text: str, name: str = "") -> Address:
    """An address with the name beside it. Raises NoAddress for one that is not written in ASCII, or is none."""
    spec = text.strip()
    try:
        spec.encode("ascii")
        found = Address(display_name=one_line(name), addr_spec=spec)
    except (ValueError, HeaderParseError, IndexError, AttributeError):
        raise NoAddress from None
    if not (found.username and found.domain) or any(c.isspace() or not c.isprintable() for c in spec):
        raise NoAddress
    return found
