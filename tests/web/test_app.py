"""The application around the pages: health, errors in plain sentences, limits, what is loaded at start."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.web.site import SAME_ORIGIN, browser, candidate, site
from vetting.errors import StorageFull, Unavailable
from vetting.index.embedder import HashEmbedder
from vetting.services.context import Context
from vetting.web.app import create_app
from vetting.web.security import MAX_BODY


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


@contextmanager
def _app_with(ctx: Context, path: str, error: Exception) -> Iterator[TestClient]:
    app: FastAPI = create_app(ctx)

    def fail() -> None:
        raise error

    app.add_api_route(path, fail, methods=["GET", "POST"])
    yield TestClient(app, headers=SAME_ORIGIN, raise_server_exceptions=False)


def test_health_says_ok_and_readiness_looks_at_embedder_and_index(ctx: Context) -> None:
    page = browser(ctx)
    assert page.get("/healthz").json() == {"status": "ok"}
    assert page.get("/readyz").json() == {"ready": True, "embedder": True, "index": True, "search": "faiss"}


def test_without_its_embedder_the_service_is_healthy_but_not_ready(tmp_path: Path) -> None:
    class Away(HashEmbedder):
        def ready(self, timeout: float) -> bool:
            return False

    page = browser(site(tmp_path, embedder=Away()))
    assert page.get("/healthz").status_code == 200
    answer = page.get("/readyz")
    assert answer.status_code == 503 and answer.json() == {"ready": False, "embedder": False, "index": False}


def test_the_web_application_starts_without_the_heavy_libraries() -> None:
    heavy = "import sys, json, vetting.web.app; print(json.dumps([m for m in sys.modules]))"
    out = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    loaded = set(json.loads(out.stdout))
    assert loaded.isdisjoint({"torch", "faiss", "transformers", "sentence_transformers", "openai", "dbos"})


def test_an_unknown_address_is_a_page_and_under_api_a_problem(ctx: Context) -> None:
    page = browser(ctx)
    found = page.get("/nowhere")
    assert found.status_code == 404 and "There is nothing at this address" in found.text and "<html" in found.text
    problem = page.get("/api/v1/nowhere")
    assert problem.status_code == 404 and problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["title"] == "Nothing here"


def test_a_script_on_the_page_gets_the_error_as_a_part_of_a_page(ctx: Context) -> None:
    found = browser(ctx).get("/interview", headers={"HX-Request": "true"})
    assert found.status_code == 401 and "<html" not in found.text
    assert "Please open your invitation link" in found.text


def test_a_wrong_method_is_told_plainly(ctx: Context) -> None:
    found = browser(ctx).get("/interview/answer")
    assert found.status_code == 405 and "does not take that kind of request" in found.text


@pytest.mark.asvs("V16.5.1", "V13.4.2")
def test_a_defect_shows_no_traceback_and_still_carries_the_headers(ctx: Context) -> None:
    with _app_with(ctx, "/broken", RuntimeError("canary-4711")) as page:
        found = page.get("/broken")
    assert found.status_code == 500 and "Something went wrong on our side" in found.text
    assert "canary" not in found.text and "Traceback" not in found.text
    assert found.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.asvs("V16.3.4", "V16.2.5", "V16.4.1")
def test_a_defect_is_logged_by_its_route_and_not_by_the_address(ctx: Context, caplog: pytest.LogCaptureFixture) -> None:
    with _app_with(ctx, "/x/{secret}", RuntimeError("canary-4711")) as page:
        page.get("/x/hunter2")
    assert "/x/{secret} failed: RuntimeError" in caplog.text
    assert "hunter2" not in caplog.text and "canary" not in caplog.messages[0]


def test_what_may_work_later_says_when_to_try_again(ctx: Context) -> None:
    with _app_with(ctx, "/busy", Unavailable()) as page:
        found = page.get("/busy")
    assert found.status_code == 503 and found.headers["retry-after"] == "5"
    with _app_with(ctx, "/full", StorageFull()) as page:
        assert "The disk is full" in page.get("/full").text


@pytest.mark.asvs("V16.5.1")
def test_a_field_that_is_missing_is_named_without_repeating_what_was_sent(ctx: Context) -> None:
    who = candidate(ctx)
    who.begin()
    found = who.page.post("/interview/answer", data={"turn": "canary"})
    assert found.status_code == 422 and "turn: should be a valid integer" in found.text
    assert "canary" not in found.text


@pytest.mark.asvs("V5.2.1")
def test_a_file_of_fifty_megabytes_is_refused_with_a_page(ctx: Context) -> None:
    found = browser(ctx).post("/interview/answer", content=b"x" * 50_000_000)
    assert found.status_code == 413 and "at most 21 MB" in found.text and "<html" in found.text


@pytest.mark.asvs("V5.2.1")
def test_a_body_that_hides_its_length_is_stopped_at_the_cap(ctx: Context) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"text="
        for _ in range(MAX_BODY // 1_000_000 + 2):
            yield b"x" * 1_000_000

    headers = {"content-type": "application/x-www-form-urlencoded"}
    found = browser(ctx).post("/interview/answer", content=pieces(), headers=headers)
    assert found.status_code == 413 and "larger than this service accepts" in found.text


@pytest.mark.asvs("V14.3.2", "V14.2.2")
def test_static_files_of_a_known_version_may_be_kept_and_pages_may_not(ctx: Context) -> None:
    page = browser(ctx)
    address = page.get("/").text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert page.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert page.get("/").headers["cache-control"] == "no-store"
    assert page.get("/static/../app.py").status_code == 404
