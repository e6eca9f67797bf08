"""Where letters go: to a mail server (SMTP), or into a folder where an administrator finds them.

They are worded in the language of the installation, whoever had them written.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from vetting.delivery.message import NoAddress, message
from vetting.domain.letter import Letter, MailState
from vetting.domain.tongue import ENGLISH, Tongue, speaking
from vetting.ports import Posted

SECONDS = 20.0
"""How long the mail server may take over one step."""
NO_ADDRESS = Posted(MailState.FAILED, "the address is none that can be written to")
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Server:
    """How the mail server is reached. `security`: starttls, tls, or none (no password is sent then)."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str | None = None
    password: str | None = None
    trust: ssl.SSLContext | None = None
    """Whose certificates are believed; None: those this machine believes."""


class SmtpMailer:
    """`ports.Mailer` over SMTP (RFC 5321). A letter is `unsure` once its text was handed over and no answer came."""

    sends = True

    def __init__(self, server: Server, clock: Clock, tongue: Tongue = ENGLISH) -> None:
        self._server, self._clock, self._tongue = server, clock, tongue

    def send(self, name: str, letter: Letter) -> Posted:
        """Send one letter."""
        try:
            with speaking(self._tongue):
                made = message(name, letter, self._server.sender, self._clock())
        except NoAddress:
            return NO_ADDRESS
        try:
            connection = self._connected()
        except smtplib.SMTPAuthenticationError:
            return Posted(MailState.WAITING, "the mail server did not accept the user or the password")
        except (OSError, smtplib.SMTPException) as error:
            return Posted(MailState.WAITING, f"the mail server could not be reached ({type(error).__name__})")
        try:
            return _hand_over(connection, self._server.sender, letter.to.strip(), made)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()

    def kept(self) -> Sequence[str]:
        """None: what was sent is not kept."""
        return ()

    def read(self, name: str) -> bytes | None:
        """None: what was sent is not kept."""
        return None

    def forget(self, names: Sequence[str]) -> None:
        """Nothing to delete."""

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        trust = server.trust or ssl.create_default_context()
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=trust)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        try:
            if server.security == "starttls":
                connection.starttls(context=trust)
            if server.user and server.password:
                connection.login(server.user, server.password)
            connection.ehlo_or_helo_if_needed()
        except BaseException:
            connection.close()
            raise
        return connection


def _hand_over(connection: smtplib.SMTP, sender: str, to: str, made: EmailMessage) -> Posted:
    """Sender and recipient first: whatever goes wrong up to there, the text was surely not taken."""
    try:
        for code, _ in (connection.mail(sender), connection.rcpt(to)):
            if code >= 400:
                return _refused(code)
    except (OSError, smtplib.SMTPException) as error:
        return Posted(MailState.WAITING, f"the connection to the mail server broke off ({type(error).__name__})")
    try:
        code, _ = connection.data(made.as_bytes(policy=SMTP))
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code)
    except (OSError, smtplib.SMTPException) as error:
        return Posted(MailState.UNSURE, f"no answer came after the text was handed over ({type(error).__name__})")
    return Posted(MailState.SENT) if code < 400 else _refused(code)


def _refused(code: int) -> Posted:
    """4xx asks to try again, 5xx is for good (RFC 5321, 4.2.1). What the server says may hold an address: not kept."""
    state = MailState.WAITING if code < 500 else MailState.FAILED
    return Posted(state, f"the mail server refused it (code {code})")


class FolderMailer:
    """`ports.Mailer` for installations without a mail server: each letter is a file that any mail program opens."""

    sends = False

    def __init__(self, folder: Path, clock: Clock, tongue: Tongue = ENGLISH) -> None:
        self._folder, self._clock, self._tongue = folder, clock, tongue

    def send(self, name: str, letter: Letter) -> Posted:
        """Lay one letter into the folder; readable by its owner only, since it holds a link."""
        try:
            with speaking(self._tongue):
                made = message(name, letter, "vetting@localhost", self._clock())
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished = self._folder / f".{name}.part"
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(made.as_bytes(policy=SMTP))
            unfinished.replace(self._file(name))
        except NoAddress:
            return NO_ADDRESS
        except OSError as error:
            return Posted(MailState.WAITING, f"the folder for letters cannot be written to ({error.strerror})")
        return Posted(MailState.SENT)

    def kept(self) -> Sequence[str]:
        """The names of the letters in the folder."""
        return [file.stem for file in self._folder.glob("*.eml")] if self._folder.is_dir() else []

    def read(self, name: str) -> bytes | None:
        """The letter as it was written."""
        with suppress(OSError, ValueError):
            return self._file(name).read_bytes()
        return None

    def forget(self, names: Sequence[str]) -> None:
        """Delete letters of the folder; one that is not there is no error."""
        for name in names:
            self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._folder / f"{Path(name).name}.eml"
