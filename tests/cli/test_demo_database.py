"""The demo keeps to its own folder, whatever the caller's settings say."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.mark.sqlite
@pytest.mark.slow
def test_the_children_of_a_served_folder_open_its_database_and_no_other(tmp_path: Path) -> None:
    other = tmp_path / "mine.sqlite3"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("VETTING_", "OPENAI_"))}
    program = (
        "from pathlib import Path; from vetting.cli.run import _serve; from vetting.cli.demo import settings_for\n"
        f"settings = settings_for(Path({str(tmp_path / 'work')!r}), 0)\n"
        "_serve(settings, '127.0.0.1', 0, workers=1, worker=True, announce=False)"
    )
    environment |= {"VETTING_DATABASE_URL": f"sqlite:///{other}", "VETTING_EMBEDDER": "hash"}
    process = subprocess.Popen([sys.executable, "-c", program], env=environment, cwd=tmp_path, start_new_session=True)
    try:
        deadline = time.monotonic() + 30
        while not (tmp_path / "work" / "worker-0.lock").exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(1)
        assert (tmp_path / "work" / "vetting.sqlite3").exists()
        assert not other.exists()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)
