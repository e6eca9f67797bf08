"""`vetting serve` alone on its data folder, and its child processes: started, restarted, gone when their parent is."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vetting.errors import Conflict

LOCK = "serve.lock"
WORKER_LOCK = "worker-0.lock"
PARENT = "VETTING_PARENT_PID"
POLL_SECONDS = 0.5
RESTART_SECONDS = 2.0
STOP_SECONDS = 10.0

logger = logging.getLogger(__name__)


def die_with_parent() -> None:
    """In a child: end this process soon after its parent is gone, however that ended."""
    parent = int(os.environ.get(PARENT, "0"))
    if parent:
        threading.Thread(target=_watch, args=(parent, os.getpid()), daemon=True).start()


def _watch(parent: int, own: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(own, signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os.kill(own, signal.SIGKILL)


@contextmanager
def alone_on(folder: Path, name: str = LOCK) -> Iterator[None]:
    """Hold a data folder as its only service; the hold ends with the process, however that ends. Raises Conflict.

    `name` is the file that is locked: WORKER_LOCK keeps a worker away that was started by itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"The data folder {folder} is already being served; stop that service, or name another folder with "
                "VETTING_DATA_DIR."
            ) from None
        yield


def refuse_if_served(folder: Path) -> None:
    """Raises Conflict when a service holds this folder; a folder that is not there is left so."""
    if (folder / LOCK).exists():
        with alone_on(folder):
            return


@contextmanager
def announced(file: Path, address: str | None) -> Iterator[None]:
    """The address in this file for as long as it is served, so that other commands print links that work."""
    if address is None:
        yield
        return
    file.write_text(f"{address}\n", encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


class Children:
    """Sub-commands of `vetting` kept running until `stop`."""

    def __init__(self, commands: dict[str, list[str]]) -> None:
        """`commands`: name -> arguments of `python -m vetting`."""
        self._commands = commands
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start all and keep them running."""
        for name, arguments in self._commands.items():
            self._running[name] = _spawn(arguments)
        self._keeper.start()

    def stop(self) -> None:
        """Ask all to end, and end those that do not."""
        self._stopping.set()
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _keep(self) -> None:
        while not self._stopping.wait(RESTART_SECONDS):
            for name, process in list(self._running.items()):
                if process.poll() is not None and not self._stopping.is_set():
                    logger.warning("%s ended with code %s and is started again", name, process.returncode)
                    self._running[name] = _spawn(self._commands[name])


def _spawn(arguments: list[str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, PARENT: str(os.getpid())}
    # what a child prints for programs is for nobody here; what it tells people goes to standard error
    return subprocess.Popen(
        [sys.executable, "-m", "vetting", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
