"""Commands as `python -m vetting` runs them, in children of a process that has read the modules already.

Reading them takes over a second a time, and there are a hundred commands. A child has its own environment, folder,
output and end, as a process started anew has.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

READ_BEFORE = [
    *(f"vetting.cli.{name}" for name in "demo evaluate items models operate packs people records run staff".split()),
    *("vetting.bootstrap", "vetting.db.migrate", "vetting.services.jobs", "vetting.packs", "alembic.command"),
]
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(READ_BEFORE)


def command(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, seconds: float
) -> subprocess.CompletedProcess[str]:
    """What a command came to. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as kept:
        files = Path(kept) / "out", Path(kept) / "err"
        child = _FORKING.Process(target=_child, args=(list(arguments), dict(environment), folder, files))
        child.start()
        child.join(seconds)
        if child.is_alive():
            child.kill()
            raise subprocess.TimeoutExpired(list(arguments), seconds)
        assert child.exitcode is not None
        out, err = (file.read_text(encoding="utf-8", errors="replace") for file in files)
    return subprocess.CompletedProcess(list(arguments), child.exitcode, out, err)


def _child(arguments: list[str], environment: dict[str, str], folder: Path, files: tuple[Path, Path]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, place in enumerate((os.devnull, *files)):
        opened = os.open(place, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, number)
    from vetting.cli import main

    main(arguments)
