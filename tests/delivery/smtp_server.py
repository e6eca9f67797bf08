"""A mail server of one thread that takes letters, or does what a test tells it to do instead."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import BinaryIO


@dataclass
class MailServer:
    """What it took, and how it answers: a code by command, or None to drop the connection without a word."""

    answers: dict[str, int | None] = field(default_factory=dict)
    taken: list[EmailMessage] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    def serve(self, listening: socket.socket) -> None:
        """Take connections until the socket is closed."""
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                try:
                    self._talk(stream)
                except (OSError, ValueError):
                    continue

    def _talk(self, stream: BinaryIO) -> None:
        say(stream, 220, "here")
        while line := stream.readline():
            word = line.split()[0].decode().upper()
            self.commands.append(word)
            code = self.answers.get(word, 250)
            if code is None:
                return
            if word == "QUIT":
                say(stream, 221, "bye")
                return
            if word == "DATA" and code < 400:
                say(stream, 354, "go on")
                content = b""
                while (piece := stream.readline()) not in (b".\r\n", b""):
                    content += piece
                end = self.answers.get("END", 250)
                if end is None:
                    return
                if end < 400:
                    self.taken.append(message_from_bytes(content, _class=EmailMessage, policy=SMTP))
                code = end
            say(stream, code, "answer")


def say(stream: BinaryIO, code: int, words: str) -> None:
    """One line of an answer."""
    stream.write(f"{code} {words}\r\n".encode())
    stream.flush()


@contextmanager
def mail_server(**answers: int | None) -> Iterator[MailServer]:
    """A server on the loopback address; END is its answer to the text of a letter."""
    made = MailServer(answers={name.upper(): code for name, code in answers.items()})
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made.port = listening.getsockname()[1]
        thread = threading.Thread(target=made.serve, args=(listening,), daemon=True)
        thread.start()
        yield made
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=2)
