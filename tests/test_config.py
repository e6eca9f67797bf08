"""The signing key of a data folder: made once and whole, whoever starts beside us and however full the disk is."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from vetting.config import MIN_SECRET, Settings
from vetting.errors import StorageFull, VettingError

TOGETHER = 12
PROCESS = "from vetting.config import Settings; print(Settings().secret())"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_threads_that_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    for attempt in range(20):
        folder, ready = tmp_path / str(attempt), Barrier(TOGETHER)

        def key(folder: Path = folder, ready: Barrier = ready) -> str:
            ready.wait()
            return Settings(data_dir=folder).secret()

        with ThreadPoolExecutor(TOGETHER) as pool:
            found = {asked.result() for asked in [pool.submit(key) for _ in range(TOGETHER)]}
        assert len(found) == 1 and len(found.pop()) >= MIN_SECRET
        assert files(folder) == ["secret_key"]


@pytest.mark.slow
def test_processes_that_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    environment = os.environ | {"VETTING_DATA_DIR": str(tmp_path / "new")}
    started = [
        subprocess.Popen([sys.executable, "-c", PROCESS], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    found = {process.communicate(timeout=60)[0].strip() for process in started}
    assert len(found) == 1 and len(found.pop()) >= MIN_SECRET


def test_a_full_disk_leaves_no_key_behind_and_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull, match=r"disk is full.*secret_key"):
        Settings(data_dir=tmp_path).secret()
    assert files(tmp_path) == []
    monkeypatch.undo()
    assert len(Settings(data_dir=tmp_path).secret()) >= MIN_SECRET


@pytest.mark.parametrize("kept", ["", "short", " " * 40, b"\xff" * 40], ids=["empty", "short", "blank", "not text"])
def test_a_key_that_protects_nothing_is_refused_by_the_name_of_its_file(tmp_path: Path, kept: str | bytes) -> None:
    path = tmp_path / "secret_key"
    path.write_bytes(kept if isinstance(kept, bytes) else kept.encode())
    with pytest.raises(VettingError, match=rf"{path}.*delete the file"):
        Settings(data_dir=tmp_path).secret()


def test_the_key_is_its_owners_alone_and_stays_as_it_is(tmp_path: Path) -> None:
    key = Settings(data_dir=tmp_path).secret()
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert Settings(data_dir=tmp_path).secret() == key


def test_an_address_of_the_models_server_that_is_set_to_nothing_counts_as_not_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    assert Settings(llm_model="m", OPENAI_API_KEY="k").openai_base_url is None
