"""Logging as it was: what a test sets up of the service's own log goes with it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from vetting import logs


@contextmanager
def as_before() -> Iterator[None]:
    """Within, messages of a server reach the root even where one that an earlier test ran had kept them from it."""
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in ("", *logs.TOLD)}
    theirs = [(one, one.handlers, one.propagate) for one in map(logging.getLogger, ("uvicorn", "uvicorn.error"))]
    for one, _, _ in theirs:
        one.handlers, one.propagate = [], True
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for handler in [one for one in root.handlers if isinstance(one, logs.Handler)]:
            root.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        for one, handlers, propagate in theirs:
            one.handlers, one.propagate = handlers, propagate
