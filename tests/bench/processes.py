"""Processes that a benchmark starts on the loopback address, looks at, and ends itself."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.drill.service import free_port

ROOT = Path(__file__).parents[2]
UP_SECONDS = 400.0
"""A start that takes longer is given up: on a machine that is this busy nothing would be learnt."""
STOP_SECONDS = 30.0
SETTINGS = ("VETTING_", "OPENAI_")


class NoAnswer(RuntimeError):
    """A process that was started did not come up."""


@dataclass(frozen=True)
class Started:
    """A process that serves: its group, its address, and when (`time.perf_counter`) it was started."""

    process: subprocess.Popen[bytes]
    url: str
    began: float

    def seconds_to_health(self) -> float:
        """Seconds from the start until it serves. Raises NoAnswer."""
        return self._seconds_until("/healthz", every=0.02)

    def seconds_to_ready(self) -> float:
        """Seconds from the start until all is loaded; asked less often, since each question delays the loading."""
        return self._seconds_until("/readyz", every=0.25)

    def _seconds_until(self, path: str, every: float) -> float:
        with httpx2.Client(base_url=self.url, trust_env=False, timeout=20) as http:
            while time.perf_counter() - self.began < UP_SECONDS and self.process.poll() is None:
                with suppress(httpx2.HTTPError):
                    if http.get(path).status_code == 200:
                        return time.perf_counter() - self.began
                time.sleep(every)
        raise NoAnswer(f"{path} was not answered within {UP_SECONDS:g} s")

    def members(self) -> dict[str, int]:
        """The processes of its group, by the sub-command of `vetting` each was started with."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with suppress(OSError):
                group = int((entry / "stat").read_text().rpartition(")")[2].split()[2])
                words = (entry / "cmdline").read_text().split("\0")
                if group == self.process.pid and "vetting" in words:
                    found[words[words.index("vetting") + 1]] = int(entry.name)
        return found


@contextmanager
def serving(folder: Path, *options: str, **settings: str) -> Iterator[Started]:
    """`vetting serve` on a data folder below `folder`, with these settings and no others; ended at the end."""
    port = free_port()
    command = [sys.executable, "-m", "vetting", "serve", "--port", str(port), *options]
    data = {"VETTING_DATA_DIR": str(folder / "data")}
    with started(command, folder, data | settings, port) as service:
        yield service


@contextmanager
def started(command: list[str], folder: Path, settings: Mapping[str, str], port: int) -> Iterator[Started]:
    """A process in a group of its own that listens on that port; the whole group is gone at the end."""
    with (folder / "processes.log").open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment(settings), cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield Started(process, f"http://127.0.0.1:{port}", began)
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process of ours to end, and end its group where it does not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This shell's environment with no settings but these, and this source tree in front."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(SETTINGS)}
    return plain | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"} | dict(settings)


def resident_mb(pid: int) -> float:
    """Memory of a process that is in RAM, shared pages included, in MB of 10^6 bytes."""
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def cpu_seconds(pid: int) -> float:
    """Seconds of all processors that a process has used so far, in steps of a clock tick (mostly 0.01 s)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def mapped(pid: int, name: str) -> int:
    """How many files whose path names `name` a process has mapped."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return len({path for line in lines if name in (path := line.partition("/")[2])})
