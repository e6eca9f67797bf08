"""The processes of a drill, each in a group of its own: started, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

UP_SECONDS = 60.0
PATIENCE = 20.0


class Supervisor:
    """`vetting serve` and `vetting worker` on one data folder and one port, forked from a process that waits."""

    def __init__(self, folder: Path, workers: int = 1, **settings: str) -> None:
        self.port = free_port()
        self._workers = str(workers)
        self.folder = folder
        self._env = os.environ | {"VETTING_DATA_DIR": str(folder / "data"), "VETTING_EMBEDDER": "hash", **settings}
        self._log = (folder / "server.log").open("ab")
        self._spawner = subprocess.Popen(
            [sys.executable, "-m", "tests.drill.spawner"],
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._told()
        self._running: list[int] = []

    def start(self, *, worker: bool = False) -> None:
        """Start and wait until it answers."""
        self._running = [self._spawn("serve", "--no-worker", "--port", str(self.port), "--workers", self._workers)]
        if worker:
            self._running.append(self._spawn("worker"))
        wait_for(f"http://127.0.0.1:{self.port}/healthz")

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send all of it a signal and wait until it is gone; what does not go by itself is killed."""
        for process in self._running:
            _signal(process, number)
        deadline = time.monotonic() + PATIENCE
        while any(map(_alive, self._running)):
            if time.monotonic() > deadline:
                for process in self._running:
                    _signal(process, signal.SIGKILL)
            time.sleep(0.005)
        self._running = []

    def stop(self) -> None:
        """End everything."""
        self.kill()
        self._spawner.kill()
        self._spawner.wait()
        self._log.close()

    @contextmanager
    def worker(self, **settings: str) -> Iterator[None]:
        """`vetting worker` alone, with these settings changed, while no service runs."""
        process = subprocess.Popen(
            [sys.executable, "-m", "vetting", "worker"],
            env=self._env | settings,
            stderr=self._log,
            start_new_session=True,
        )
        self._running = [process.pid]
        try:
            yield
        finally:
            _signal(process.pid, signal.SIGTERM)
            process.wait(PATIENCE)
            self._running = []

    def command(self, *arguments: str) -> Any:
        """What a command with `--json` prints."""
        command = [sys.executable, "-m", "vetting", *arguments, "--json"]
        ran = subprocess.run(command, env=self._env, capture_output=True, text=True)
        try:
            return json.loads(ran.stdout)
        except ValueError:
            raise AssertionError(f"{arguments[0]} failed: {ran.stderr}") from None

    def _spawn(self, *arguments: str) -> int:
        assert self._spawner.stdin is not None
        self._spawner.stdin.write(json.dumps(arguments) + "\n")
        self._spawner.stdin.flush()
        return int(self._told())

    def _told(self) -> str:
        assert self._spawner.stdout is not None
        return self._spawner.stdout.readline()


def _alive(process: int) -> bool:
    return _signal(process, None)


def _signal(process: int, number: signal.Signals | None) -> bool:
    """Whether there still was such a group to be sent it."""
    try:
        os.killpg(process, number or 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def fake_model(*options: str) -> Iterator[int]:
    """`vetting fake-llm` in a process of its own; its port."""
    command = [sys.executable, "-m", "vetting", "fake-llm", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield int(json.loads(process.stdout.readline())["port"])
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    """Until the address answers."""
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx2.get(url, timeout=2).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.05)
    raise TimeoutError(url)
