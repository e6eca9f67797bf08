"""Letters as they are worded, and what a mail server that misbehaves makes of them."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.delivery.smtp_server import MailServer, mail_server
from vetting.config import load_settings
from vetting.delivery.mailers import FolderMailer, Server, SmtpMailer
from vetting.delivery.message import NoAddress, message
from vetting.delivery.wording import word
from vetting.domain.letter import Letter, LetterKind, MailState
from vetting.errors import BadInput
from vetting.ports import Posted

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INVITE = Letter(
    kind=LetterKind.INVITE,
    to="ana@example.org",
    name="Ana Reyes",
    house="Example Lab",
    link="https://vetting.example/i/SECRET",
    about="Computer networking",
    contact="ben@example.org",
    purpose="Reviewing answers.",
    offer="EUR 95 an hour.",
    minutes=40,
    until=NOW,
)


def through(server: MailServer, letter: Letter = INVITE) -> Posted:
    sender = Server("127.0.0.1", server.port, "vetting@example.org", "none")
    return SmtpMailer(sender, lambda: NOW).send("m-1", letter)


@pytest.mark.parametrize("kind", LetterKind)
def test_every_kind_says_the_same_in_text_and_in_html_and_names_its_link(kind: LetterKind) -> None:
    worded = word(replace(INVITE, kind=kind))
    assert "Computer networking" in worded.subject and "\n" not in worded.subject
    plain = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", worded.html.split("</h1>")[1])).split())
    for paragraph in worded.text.split("\n\n"):
        for line in paragraph.removeprefix("-- ").split("\n"):
            assert " ".join(line.rstrip(":").split()) in plain, line
    assert worded.text.count(INVITE.link) == 1 and f'href="{INVITE.link}"' in worded.html


def test_what_stands_in_a_name_is_neither_a_header_nor_html() -> None:
    name, about = "Ana\r\nBcc: x@example.org <b>", "<script>1</script>\nTo: z"
    hostile = replace(INVITE, name=name, house="Lab\nX: y", about=about)
    made = message("m-1", hostile, "vetting@example.org", NOW)
    assert set(made.keys()) == {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"
    }  # fmt: skip
    assert "<script>" not in word(hostile).html and "<b>" not in word(hostile).html
    assert made["To"].addresses[0].addr_spec == "ana@example.org" and len(made["To"].addresses) == 1


@pytest.mark.parametrize(
    "wrong", ["", "ana", "ana@", "@b.org", "a b@c.org", "a@b.org, c@d.org", "a@b.org\nBcc: c@d.org", "añá@b.org"]
)
def test_what_is_no_address_is_written_to_by_nobody(wrong: str) -> None:
    with pytest.raises(NoAddress):
        message("m-1", replace(INVITE, to=wrong), "vetting@example.org", NOW)


def test_a_contact_that_is_no_address_only_means_that_there_is_nowhere_to_reply_to() -> None:
    assert message("m-1", replace(INVITE, contact="Ben @ Lab"), "vetting@example.org", NOW)["Reply-To"] is None


def test_a_letter_arrives_with_both_parts_and_an_id_that_a_copy_would_share() -> None:
    with mail_server() as server:
        assert through(server) == through(server) == Posted(MailState.SENT)
    first, second = server.taken
    assert first["Message-ID"] == second["Message-ID"] == "<m-1@example.org>"
    assert first["Reply-To"] == "ben@example.org" and first["Auto-Submitted"] == "auto-generated"
    plain, rich = first.get_body(("plain",)), first.get_body(("html",))
    assert plain is not None and rich is not None
    assert "Dear Ana Reyes," in plain.get_content() and INVITE.link in rich.get_content()


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"rcpt": 550}, MailState.FAILED),
        ({"rcpt": 451}, MailState.WAITING),
        ({"mail": None}, MailState.WAITING),
        ({"rcpt": None}, MailState.WAITING),
        ({"data": 554}, MailState.FAILED),
        ({"end": 552}, MailState.FAILED),
        ({"end": 451}, MailState.WAITING),
        ({"end": None}, MailState.UNSURE),
    ],
)
def test_a_letter_is_tried_again_only_while_it_was_surely_not_taken(
    answers: dict[str, int | None], state: MailState
) -> None:
    with mail_server(**answers) as server:
        posted = through(server)
    assert posted.state is state and server.taken == []
    assert posted.problem and "ana@example.org" not in posted.problem


def test_no_server_at_all_means_try_again() -> None:
    with mail_server() as server:
        port = server.port
    sender = Server("127.0.0.1", port, "vetting@example.org", "none")
    assert SmtpMailer(sender, lambda: NOW).send("m-1", INVITE).state is MailState.WAITING


def test_without_encryption_neither_password_nor_letter_is_sent() -> None:
    with mail_server() as server:
        sender = Server("127.0.0.1", server.port, "vetting@example.org", "starttls", "user", "password")
        assert SmtpMailer(sender, lambda: NOW).send("m-1", INVITE).state is MailState.WAITING
    assert not {"AUTH", "MAIL", "DATA"} & set(server.commands)


def test_without_a_server_letters_are_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "outbox", lambda: NOW)
    assert mailer.send("m-1", INVITE) == Posted(MailState.SENT)
    assert mailer.kept() == ["m-1"] and b"Ana Reyes" in (mailer.read("m-1") or b"")
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert mailer.read("../../secret_key") is None
    mailer.forget(["m-1", "never-there"])
    assert mailer.kept() == []


@pytest.mark.parametrize("sender", ["Vetting", "Vetting <vetting@example.org>", "vetting@", "vetting@example.org\n"])
def test_a_sender_that_is_no_address_is_refused_at_the_start_and_not_with_each_letter(sender: str) -> None:
    with pytest.raises(BadInput, match="VETTING_SMTP_FROM must be an e-mail address alone"):
        load_settings(smtp_host="mail.example.org", smtp_from=sender)
    assert load_settings(smtp_host="mail.example.org", smtp_from="vetting@example.org").smtp_from
