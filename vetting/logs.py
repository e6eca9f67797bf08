"""The service's own log: on standard error and nowhere else, times in UTC, as text or as a line of JSON per entry.

Of an exception only its kind and its places are written: the message of a library may repeat what somebody wrote.
"""

from __future__ import annotations

import json
import logging
import time
from types import TracebackType
from typing import Literal

from vetting.errors import trail

SECURITY = "vetting.security"
"""Its messages are lines of JSON already, in either format."""
TOLD = (SECURITY, "vetting.cli.run")
"""Loggers whose usual events are written, too; of all others warnings and errors are."""

Fault = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Text(logging.Formatter):
    """`2026-11-29T09:00:00Z WARNING vetting.worker: ...`; security events as they are."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        """One entry."""
        if record.name == SECURITY:
            return record.getMessage()
        kept, record.exc_text = record.exc_text, None  # another handler may have left its own words there
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatException(self, ei: Fault) -> str:
        """What kind of error it was and where it came up."""
        return trail(ei[1]) if ei[1] is not None else ""


class Json(logging.Formatter):
    """One object per entry: `at`, `level`, `logger`, and `message` or the fields of a security event."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """One entry, on one line whatever it says."""
        line: dict[str, object] = {
            "at": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        line |= json.loads(record.getMessage()) if record.name == SECURITY else {"message": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            line["fault"] = trail(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class Handler(logging.StreamHandler):
    """Ours, so that setting up twice leaves one."""


def set_up(kind: Literal["text", "json"]) -> None:
    """Have this process write its log to standard error. uvicorn's goes the same way: give it `log_config=None`."""
    root = logging.getLogger()
    for former in [handler for handler in root.handlers if isinstance(handler, Handler)]:
        root.removeHandler(former)
    handler = Handler()
    handler.setFormatter(Json() if kind == "json" else Text())
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in TOLD:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)
