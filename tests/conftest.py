"""What holds for every test: no setting of this shell, no network but this machine."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # numpy reads it when it is imported; a second thread would spin

import pytest
from hypothesis import settings as hypothesis_settings

from tests import databases
from vetting.config import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.cast import Clock

SETTINGS = ("VETTING_", "OPENAI_")
SHARED = "VETTING_SHARED_DATA"  # no setting: where data to measure on lies, for the tests that skip without it
os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).parent))
for _name in [name for name in os.environ if name.startswith(SETTINGS) and name != SHARED]:
    del os.environ[_name]

# How long an example takes says something about the machine, not about the code.
hypothesis_settings.register_profile("vetting", deadline=None)
hypothesis_settings.load_profile("vetting")
Settings.model_config["env_file"] = None  # a developer's own `.env` is no part of a test

databases.configure()

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "no Chromium: `make browser` installs it"
LOOPBACK = ("127.", "::1", "localhost")


class OutsideConnection(AssertionError):
    """A test tried to reach another machine."""


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing that a test before left in the environment, and a data folder of its own."""
    for name in [name for name in os.environ if name.startswith(SETTINGS) and name != SHARED]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VETTING_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def _own_databases(tmp_path: Path) -> Iterator[None]:
    """What a test had on PostgreSQL goes with it."""
    yield
    databases.drop(tmp_path)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connections to other machines fail the test, also those a library hides in an error of its own."""
    refused: list[str] = []

    def guarded(original: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
                refused.append(str(address))
                raise OutsideConnection(f"a test tried to connect to {address}")
            return original(self, address)

        return connect

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    yield
    assert not refused, f"connections to other machines: {', '.join(refused)}"


def chromium_path() -> str | None:
    """The browser that browser tests drive."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture
def clock() -> Clock:
    """A clock that a test moves by hand."""
    from tests.cast import Clock

    return Clock()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of a file's tests, each in windows of its own; only tests marked `browser` may ask for it."""
    from tests.browser.chromium import launched

    path = chromium_path()
    assert path, NO_BROWSER
    with launched(path) as browser:
        yield browser


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of the local language model take minutes and a gigabyte: only `make test-llm` asks for them.

    Those of one kind of database are run on that kind only; pytest counts what is left out as deselected. Files with
    slow tests come first.
    """
    marks = ["sqlite" if databases.ON_POSTGRES else "postgres"]
    if "local_llm" not in (config.option.markexpr or ""):
        marks.append("local_llm")
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in marks)]
    config.hook.pytest_deselected(items=left_out)
    gone = set(map(id, left_out))
    items[:] = [item for item in items if id(item) not in gone]
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # else a worker begins a long file when the others have ended


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without Chromium a browser test is left out, except in CI, where that would be a smaller run than asked for."""
    if item.get_closest_marker("browser") and chromium_path() is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(NO_BROWSER, pytrace=False)
        pytest.skip(NO_BROWSER)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many browser tests were left out."""
    left_out = sum(NO_BROWSER in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    if left_out:
        terminalreporter.write_line(f"{left_out} browser tests not run: {NO_BROWSER}")
