"""The service's own log: on standard error alone, as text or as objects, in UTC and without the words of an error."""

from __future__ import annotations

import ast
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.logged import as_before
from vetting import logs

ROOT = Path(__file__).parent.parent / "vetting"
FILES = sorted(file for file in ROOT.rglob("*.py") if "versions" not in file.parts)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with as_before():
        yield


def write() -> None:
    """An entry, a fault with words in it, and a security event."""
    logging.getLogger("vetting.worker").warning("two\nlines")
    try:
        int("what somebody wrote")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("it failed")
    logging.getLogger(logs.SECURITY).info('{"at": "2026-11-29T09:00:00.000+00:00", "event": "signed_out"}')
    logging.getLogger("vetting.worker").info("nobody needs to know")


@pytest.mark.asvs("V16.2.4", "V16.2.2")
def test_a_program_can_read_the_log_line_by_line(capfd: pytest.CaptureFixture[str]) -> None:
    logs.set_up("text")
    logs.set_up("json")
    write()
    out, err = capfd.readouterr()
    lines = [json.loads(line) for line in err.splitlines()]
    assert out == "" and [line["logger"] for line in lines] == ["vetting.worker", "uvicorn.error", logs.SECURITY]
    assert lines[0]["message"] == "two\nlines" and lines[0]["level"] == "warning" and lines[2]["event"] == "signed_out"
    assert all(datetime.fromisoformat(line["at"]).utcoffset().total_seconds() == 0 for line in lines)
    assert lines[1]["fault"].startswith("ValueError < test_logs.py:") and "somebody wrote" not in err


def test_as_text_it_says_when_in_utc_and_leaves_events_as_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    logs.set_up("text")
    write()
    err = capfd.readouterr().err
    first, *_, last = err.splitlines()
    assert first.endswith("Z WARNING vetting.worker: two") and json.loads(last)["event"] == "signed_out"
    assert "ValueError < test_logs.py:" in err and "somebody wrote" not in err


def test_the_time_is_in_utc_wherever_the_machine_stands() -> None:
    code = "import logging; from vetting import logs; logs.set_up('json'); logging.getLogger('x').warning('y')"
    surroundings = os.environ | {"TZ": "Pacific/Auckland", "PYTHONPATH": str(ROOT.parent)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=surroundings, check=True)
    at = datetime.fromisoformat(json.loads(ran.stderr)["at"])
    assert abs(at.timestamp() - datetime.now().timestamp()) < 120


@pytest.mark.asvs("V16.2.3")
def test_nothing_else_in_the_source_writes_a_log_anywhere() -> None:
    elsewhere = ("FileHandler", "SysLogHandler", "SocketHandler", "HTTPHandler", "basicConfig", "addHandler", "syslog")
    found = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name.endswith(elsewhere):
                found.add(f"{file.relative_to(ROOT)} {name}")
    assert found == {"logs.py addHandler"}
