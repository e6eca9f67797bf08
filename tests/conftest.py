"""What holds for every test: no setting of this shell, no network but this machine."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))
for _name in [name for name in os.environ if name.startswith(("VETTING_", "OPENAI_"))]:
    del os.environ[_name]

LOOPBACK = ("127.", "::1", "localhost")


class OutsideConnection(AssertionError):
    """A test tried to reach another machine."""


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No `.env` of the working folder and nothing a test before left in the environment."""
    for name in [name for name in os.environ if name.startswith(("VETTING_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VETTING_DATA_DIR", str(tmp_path / "data"))


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
