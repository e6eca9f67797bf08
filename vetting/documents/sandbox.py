"""Reads a document of a stranger in a child process with limits, so that no file can take the service down."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from vetting.documents.child import MOST_BYTES, WALL_SECONDS
from vetting.domain.document import Document, Hidden, Why
from vetting.errors import BadInput, TooLarge, Unavailable

AT_ONCE = 2
"""Children of one process at a time: more would only wait for each other's memory."""

PATIENCE = 60.0
"""Seconds that a file waits for its turn."""

MOST_OUTPUT = 8 * 2**20
ROOT = Path(__file__).resolve().parents[2]
START = "import sys; sys.path.insert(0, sys.argv[1]); from vetting.documents.child import main; main()"

_turns = threading.BoundedSemaphore(AT_ONCE)


class SandboxedReader:
    """`ports.DocumentReader` over `documents/child.py`."""

    def read(self, name: str, content: bytes) -> Document:
        """The document. Raises BadInput or TooLarge, one sentence that names the file; Unavailable when too busy."""
        if len(content) > MOST_BYTES:
            raise TooLarge(f"{name} has {len(content) / 2**20:.0f} MB; a CV may have {MOST_BYTES // 2**20} MB.")
        if not _turns.acquire(timeout=PATIENCE):
            raise Unavailable(f"{name} was not read: too many files are being read; try again in a minute.")
        try:
            answer = _ask_child(content)
        finally:
            _turns.release()
        if "fault" in answer:
            raise BadInput(f"{name} {answer['fault']}.")
        return _document(answer)


def _ask_child(content: bytes) -> dict[str, Any]:
    """What the child says of the file; a child that dies has said that the file cannot be read."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        command = [sys.executable, "-I", "-B", "-c", START, str(ROOT)]
        with subprocess.Popen(
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
        ) as child:
            assert child.stdout is not None
            alarm = threading.Timer(WALL_SECONDS, child.kill)
            alarm.start()
            try:
                output = child.stdout.read(MOST_OUTPUT + 1)
            finally:
                alarm.cancel()
                child.kill()
    return _understood(output, child.returncode)


def _understood(output: bytes, code: int) -> dict[str, Any]:
    if len(output) <= MOST_OUTPUT:
        try:
            answer = json.loads(output)
        except ValueError:
            answer = None
        if isinstance(answer, dict):
            return answer
    if code < 0:
        return {"fault": "takes too long to be read, longer than a CV can"}
    return {"fault": "is damaged: it cannot be read"}


def _document(answer: dict[str, Any]) -> Document:
    hidden = tuple(Hidden(one["text"], Why(one["why"]), one["page"]) for one in answer["hidden"])
    return Document(answer["kind"], answer["pages"], answer["text"], hidden)
