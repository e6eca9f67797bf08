"""docs/security.md is true: its tables name what the source has, and its figures are those of the code."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from vetting.config import Settings
from vetting.db import inventory
from vetting.domain.retention import SETTINGS, Why
from vetting.services.accounts import CANDIDATE_SESSION, LOGIN_LINK
from vetting.services.security_log import Event
from vetting.services.sessions import USER_SESSION
from vetting.services.throttles import LIMITS
from vetting.web.sign_on import MINUTES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
FILES = sorted(file for file in (ROOT / "vetting").rglob("*.py") if "versions" not in file.parts)
SEALS = frozenset({"hmac", "itsdangerous", "cryptography", "joserfc", "authlib", "ssl", "standardwebhooks"})
NETWORK = frozenset({"httpx2", "smtplib", "openai", "psycopg", "urllib.request", "http.client", "requests"})
A_FILE = frozenset({"db/engine.py"})
"""Opens SQLite's file."""


def section(title: str) -> str:
    """What stands under a heading."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the tables of a section, without their heads."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    heads = {n - 1 for n, line in enumerate(lines) if set(line) <= set("|-: ")}
    kept = [line for n, line in enumerate(lines) if n not in heads and n - 1 not in heads]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


@cache
def imports(file: Path) -> frozenset[str]:
    """The modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return frozenset(found)


def named(title: str) -> set[str]:
    """The source files that the first column of a section's tables names."""
    return {name for row in rows(title) for name in re.findall(r"`(\w+/\w+\.py)`", row[0])}


def importing(modules: frozenset[str]) -> set[str]:
    """The source files that import one of these."""
    return {
        file.relative_to(ROOT / "vetting").as_posix()
        for file in FILES
        if any(name in modules or name.split(".")[0] in modules for name in imports(file))
    }


def calling(pattern: str) -> set[str]:
    """The source files in which something of this form is called."""
    found = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and re.fullmatch(pattern, ast.unparse(node.func)):
                found.add(file.relative_to(ROOT / "vetting").as_posix())
    return found


@pytest.mark.asvs("V11.1.1", "V11.1.2")
def test_every_file_that_seals_signs_or_uses_the_secret_is_in_the_inventory_with_what_an_exchange_does() -> None:
    uses = importing(SEALS) | calling(r"(.*\.)?settings\.secret|token_sha256|secrets\.token_urlsafe")
    helpers = {
        "cli/run.py",  # has the secret made before anybody is served
        "config.py",  # makes it
        "db/models.py",  # ids for addresses: they open nothing by themselves
        "web/render.py",  # names of forms
    }
    written = {name for name in uses - named("Cryptography and keys") if name not in helpers}
    assert written == set(), "say in docs/security.md what these do and what happens when the secret is exchanged"
    assert named("Cryptography and keys") <= {file.relative_to(ROOT / "vetting").as_posix() for file in FILES}
    assert all(len(row) == 4 and all(row) for row in rows("Cryptography and keys"))


@pytest.mark.asvs("V13.1.1")
def test_every_file_that_opens_a_connection_is_named_with_the_setting_that_names_its_host() -> None:
    assert importing(NETWORK) | calling("create_engine") - A_FILE == named("What the service talks to")
    settings = {f"VETTING_{name.upper()}" for name in Settings.model_fields} | {"OPENAI_BASE_URL"}
    for where, _, by in rows("What the service talks to"):
        assert set(re.findall(r"`([A-Z_]+)", by)) & settings, where


@pytest.mark.asvs("V16.1.1")
def test_every_event_and_every_log_is_in_the_inventory_of_logs() -> None:
    cells = [row[0].strip("`") for row in rows("Logs")]
    assert set(Event) <= set(cells)
    assert {"the service's own", "audit chain", "calls to language models", "letters, webhooks"} <= set(cells)
    for limit in LIMITS:
        assert f"`{limit.name}`" in section("Logs")
    for days in re.findall(r"`VETTING_(KEEP_\w+)`, (\d+)", section("Logs")):
        assert Settings.model_fields[days[0].lower()].default == int(days[1])


@pytest.mark.asvs("V7.1.1")
def test_the_limits_of_sessions_are_those_of_the_code_each_with_its_reason() -> None:
    table = {row[0]: row for row in rows("Sessions")}
    assert all(len(row) == 3 and len(row[2]) > 20 for row in table.values())
    idle = Settings.model_fields["session_idle_minutes"].default
    assert table["a user's session without use"][1].startswith(f"{idle} minutes")
    hours, days = timedelta(hours=1), timedelta(days=1)
    assert table["a user's session at most"][1] == f"{USER_SESSION // hours} hours"
    assert table["a candidate's session"][1] == f"{CANDIDATE_SESSION // days} days"
    assert table["a sign-in link"][1] == f"{LOGIN_LINK // hours} hours, once"
    assert table["a sign-in under way at the provider"][1] == f"{MINUTES} minutes"


@pytest.mark.asvs("V6.1.3")
def test_every_way_to_sign_in_is_described() -> None:
    ways = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "sessions.begin":
                ways |= {str(ast.literal_eval(word.value)) for word in node.keywords if word.arg == "how"}
    assert ways == {"link", "provider"}
    assert all(f"`{way}`" in section("Sessions") for way in ways)


@pytest.mark.asvs("V14.1.1", "V14.1.2")
def test_every_reason_for_keeping_something_belongs_to_one_class_with_what_it_needs() -> None:
    classes = rows("Personal data")
    reasons = [reason for row in classes for reason in row[1].split(", ")]
    assert sorted(reasons) == sorted(why.name.lower() for why in Why), "each in exactly one class"
    assert {line.keeping.why for line in inventory.lines()} <= set(Why)
    assert all(len(row[2]) > 80 for row in classes)
    for setting in re.findall(r"`VETTING_(KEEP_\w+)`", section("Personal data")):
        assert setting.lower() in SETTINGS.values()


@pytest.mark.asvs("V15.1.1")
def test_the_worse_a_fault_of_a_package_the_sooner_it_is_mended() -> None:
    times = {row[0]: int(row[1].removesuffix(" days")) for row in rows("Vulnerable packages")}
    assert list(times) == ["critical", "high", "medium", "low"]
    assert list(times.values()) == sorted(times.values()) and times["critical"] <= 7
