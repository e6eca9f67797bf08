"""`vetting serve` as a process: alone on its data folder, and findable by the other commands."""

from __future__ import annotations

import http.client
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

import httpx2
import pytest
from sqlalchemy import text

from tests import databases
from tests.cli.test_commands import environment_of, one_sentence, vetting
from vetting.config import Settings, as_served
from vetting.db.engine import make_engine
from vetting.db.migrate import differences
from vetting.db.postgres import Space
from vetting.errors import Conflict
from vetting.processes import alone_on, announced, refuse_if_served
from vetting.services.throttles import BY_ADDRESS

pytestmark = pytest.mark.slow

UP_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(folder: Path, *options: str, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    environment = environment_of(folder / "data") | settings
    command = [sys.executable, "-m", "vetting", "serve", "--port", str(port), *options]
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for_health(port)
        yield process, port
    finally:
        process.terminate()
        try:
            process.wait(UP_SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def wait_for_health(port: int) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.05)
    raise AssertionError("nothing answers")


def test_a_connection_that_rests_for_some_seconds_is_not_closed_on_who_sends_again(tmp_path: Path) -> None:
    with served(tmp_path, "--no-worker") as (_, port):
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for rest in (0, 6):
            time.sleep(rest)
            kept.request("GET", "/healthz")
            assert kept.getresponse().read()
            assert kept.sock is not None
        kept.close()


def test_a_second_service_on_the_same_folder_is_refused_and_links_lead_to_the_first(tmp_path: Path) -> None:
    with served(tmp_path, "--no-worker") as (_, port):
        said = one_sentence(vetting(tmp_path, "serve", "--no-worker", "--port", str(free_port())))
        assert str(tmp_path / "data") in said and "already being served" in said
        add = ("users", "add", "a@example.org", "--role", "recruiter")
        assert vetting(tmp_path, *add).stdout.startswith(f"http://127.0.0.1:{port}/sign-in/")
        named = vetting(tmp_path, *add, VETTING_PUBLIC_URL="https://v.example.org").stdout
        assert named.startswith("https://v.example.org/sign-in/")
    assert not (tmp_path / "data" / "address").exists()


def test_a_service_that_was_killed_leaves_its_folder_free(tmp_path: Path) -> None:
    with served(tmp_path, "--no-worker") as (process, _):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with served(tmp_path, "--no-worker") as (process, _):
        assert process.poll() is None


def test_several_web_processes_answer_and_say_where_once_they_do(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as (process, port):
        deadline = time.monotonic() + UP_SECONDS
        while "Vetting is at" not in (log := (tmp_path / "serve.log").read_text()):
            assert time.monotonic() < deadline and process.poll() is None, log
            time.sleep(0.05)
        assert f"http://127.0.0.1:{port}" in log


@pytest.mark.postgres
def test_web_processes_and_workers_that_start_at_once_on_an_empty_database_all_run(tmp_path: Path) -> None:
    empty = {"VETTING_DATABASE_URL": databases.empty_url(tmp_path / "data")}
    command = [sys.executable, "-m", "vetting", "worker"]
    workers = [subprocess.Popen(command, env=environment_of(tmp_path / "data") | empty) for _ in range(2)]
    engine = make_engine(empty["VETTING_DATABASE_URL"])
    held = text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {Space.WORKER} AND granted")
    try:
        with served(tmp_path, "--workers", "2", "--no-worker", **empty), engine.connect() as connection:
            deadline = time.monotonic() + UP_SECONDS
            while connection.execute(held).scalar() != 2:
                assert time.monotonic() < deadline and [worker.poll() for worker in workers] == [None, None]
                time.sleep(0.1)
        assert differences(engine) == []
    finally:
        engine.dispose()
        for worker in workers:
            worker.kill()
            worker.wait()


def test_the_hold_on_a_folder_ends_with_its_holder_and_makes_no_folder_when_only_asked(tmp_path: Path) -> None:
    with alone_on(tmp_path / "data"), pytest.raises(Conflict, match="already being served"):
        refuse_if_served(tmp_path / "data")
    refuse_if_served(tmp_path / "data")
    refuse_if_served(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_an_announced_address_stands_in_for_a_public_url_that_was_not_set(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, _env_file=None)
    with announced(settings.address_file, "http://127.0.0.1:8300"):
        assert as_served(settings).public_url == "http://127.0.0.1:8300"
        chosen = Settings(data_dir=tmp_path, public_url="https://v.example.org", _env_file=None)
        assert as_served(chosen).public_url == "https://v.example.org"
    assert as_served(settings).public_url == "http://127.0.0.1:8000"


def test_the_whole_log_of_a_service_can_be_read_by_a_program(tmp_path: Path) -> None:
    with served(tmp_path, "--no-worker", "--workers", "2", VETTING_LOG="json") as (_, port):
        httpx2.post(f"http://127.0.0.1:{port}/sign-in/guess", headers={"sec-fetch-site": "same-origin"})
        deadline = time.monotonic() + UP_SECONDS
        while "sign_in_failed" not in (log := (tmp_path / "serve.log").read_text()) or "Vetting is at" not in log:
            assert time.monotonic() < deadline, log
            time.sleep(0.05)
    lines = [json.loads(line) for line in (tmp_path / "serve.log").read_text().splitlines()]
    assert {"at", "level", "logger"} <= set.intersection(*map(set, lines))
    assert [line["route"] for line in lines if line.get("event")] == ["POST /sign-in/{token}"]


@pytest.mark.asvs("V4.1.3", "V15.3.4")
def test_who_a_request_is_for_is_believed_of_the_proxy_on_this_machine_alone(tmp_path: Path) -> None:
    def guess(caller: httpx2.Client, number: int) -> int:
        claims = {"x-forwarded-for": f"198.51.100.{number}", "sec-fetch-site": "same-origin"}
        return caller.post(f"http://127.0.0.1:{port}/sign-in/guess", headers=claims).status_code

    def caller(address: str) -> httpx2.Client:
        return httpx2.Client(transport=httpx2.HTTPTransport(local_address=address), timeout=20)

    with served(tmp_path, "--no-worker") as (_, port), caller("127.0.0.2") as far, caller("127.0.0.1") as proxy:
        most = BY_ADDRESS.most + 2 * BY_ADDRESS.lease
        assert {guess(proxy, number) for number in range(most)} == {410}, "each of them came for somebody else"
        statuses = [guess(far, number) for number in range(most)]
        assert statuses[0] == 410 and statuses[-1] == 429, "counted as who really calls, whatever it claims"
