"""`vetting serve --workers 2`: what one web process has just done holds in the other, whichever answers."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from sqlmodel import select

from tests.cast import invited, service
from tests.cli.test_serve import UP_SECONDS, served
from vetting.db.engine import reading
from vetting.db.outage import ModelOutage
from vetting.llm.fake_server import FakeServer
from vetting.services import accounts
from vetting.services.context import Context

pytestmark = pytest.mark.slow

MOST_TRIES = 200
FOUND_SECONDS = 2.0
"""A new profile is found after that at the latest."""
PARTS = ("harbour winch", "sourdough", "violin varnish", "reef survey", "bobbin lace", "clock escapement")


class Two(NamedTuple):
    """A service with two web processes, a look at its database, and the language model it asks."""

    ctx: Context
    port: int
    processes: tuple[int, int]
    model: FakeServer

    @contextmanager
    def at(self, which: int, **options: Any) -> Iterator[httpx2.Client]:
        """A client whose connection ends in that process; the system deals connections out as it likes."""
        base = f"http://127.0.0.1:{self.port}"
        with ExitStack() as opened:
            for _ in range(MOST_TRIES):  # all stay open, so that the process with many is the busier one
                client = opened.enter_context(httpx2.Client(base_url=base, timeout=20, **options))
                client.headers["origin"] = base
                if self._owner(client.get("/healthz")) == self.processes[which]:
                    yield client
                    return
        raise AssertionError("every connection went to the other process")

    def _owner(self, answer: httpx2.Response) -> int | None:
        """The process that gave an answer."""
        inode = _inode(self.port, answer.extensions["network_stream"].get_extra_info("client_addr")[1])
        return next((process for process in self.processes if f"socket:[{inode}]" in _sockets(process)), None)

    @contextmanager
    def program(self, which: int) -> Iterator[httpx2.Client]:
        key = accounts.create_api_key(self.ctx, "tests")
        with self.at(which, headers={"authorization": f"Bearer {key}"}) as client:
            yield client


def _inode(server: int, client: int) -> str:
    """The socket on the service's side of a connection."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if [int(address.rsplit(":")[1], 16) for address in words[1:3]] == [server, client]:
            return words[9]
    raise AssertionError("no such connection")


def _sockets(process: int) -> set[str]:
    found = set()
    for handle in Path(f"/proc/{process}/fd").iterdir():
        try:
            found.add(os.readlink(handle))
        except OSError:  # closed since
            continue
    return found


def _web_processes(parent: int) -> list[int]:
    children = [int(n) for n in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return [child for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()]


def until(holds: Callable[[], object], seconds: float) -> float:
    """The seconds it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "waited too long"
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture(scope="module", params=["faiss", pytest.param("pgvector", marks=pytest.mark.postgres)])
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    ctx = service(folder)
    with FakeServer() as model:
        settings = {"VETTING_LLM_MODEL": "fake", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "k"}
        settings |= {"VETTING_INDEX": request.param}
        with served(folder, "--workers", "2", **settings) as (parent, port):
            until(lambda: len(_web_processes(parent.pid)) == 2, UP_SECONDS)
            first, second = _web_processes(parent.pid)
            yield Two(ctx, port, (first, second), model)
    ctx.engine.dispose()


def test_who_signs_in_at_one_is_signed_in_at_the_other_until_they_sign_out_there(two: Two) -> None:
    link = accounts.add_user(two.ctx, "ana@example.org", "recruiter")
    with two.at(0) as here:
        assert here.post(f"/sign-in/{link}").status_code == 303
        cookies = dict(here.cookies)
    with two.at(1, cookies=cookies) as there:
        assert there.get("/candidates").status_code == 200
        assert there.post("/sign-out").status_code == 303
    with two.at(0, cookies=cookies) as here:
        assert here.get("/candidates").status_code == 401, "the session ended for both"


def test_a_request_sent_to_both_at_once_is_done_once(two: Two) -> None:
    with two.program(0) as here, two.program(1) as there, ThreadPoolExecutor(2) as pool:
        here.post("/api/v1/candidates", json={"id": "x-1", "name": "Ana Reyes"})
        for number in range(5):
            project = {"title": f"Project {number}", "brief": "b"}
            key = {"idempotency-key": f"k-{number}"}
            sent = [pool.submit(at.post, "/api/v1/projects", json=project, headers=key) for at in (here, there)]
            answers = [answer.result() for answer in sent]
            made = [answer.json()["id"] for answer in answers if answer.status_code == 201]
            assert made and len(set(made)) == 1 and {answer.status_code for answer in answers} <= {201, 409}
            again = there.post("/api/v1/projects", json=project, headers=key)
            assert (again.status_code, again.json()["id"]) == (201, made[0])


@pytest.mark.parametrize(("added", "asked"), [(0, 1), (1, 0), (0, 0), (1, 1)])
def test_a_new_profile_is_found_through_either(two: Two, added: int, asked: int) -> None:
    name = f"s-{added}{asked}"
    words = PARTS[2 * added + asked]
    with two.program(asked) as searcher, two.program(added) as adder:
        assert searcher.get("/api/v1/search", params={"q": words}).status_code == 200  # its index is loaded
        items = [{"kind": "project", "title": words, "text": f"Years of {words} work."}]
        assert adder.post("/api/v1/candidates", json={"id": name, "name": name, "items": items}).status_code == 201
        took = until(lambda: name in searcher.get("/api/v1/search", params={"q": words}).text, FOUND_SECONDS)
    print(f"added at {added}, found at {asked} after {took:.2f} s")


def test_an_answer_given_at_one_is_followed_by_its_question_at_the_other(two: Two) -> None:
    link, cookies = invited(two.ctx), {}
    script = {"HX-Request": "true"}
    with two.at(0, headers=script) as here:
        assert here.post(f"/i/{link.token}", data={"interview": "true"}).status_code < 400
        cookies = dict(here.cookies)
    for number in range(3):
        answering, following = number % 2, 1 - number % 2
        with two.at(answering, headers=script, cookies=cookies) as here:
            turn = re.search(r'name="turn" value="(\d+)"', here.get("/interview").text)
            assert turn, "the question of the other process stands on the page"
            said = {"turn": turn[1], "text": f"A queue overflowed, says answer {number}."}
            shown = here.post("/interview/answer", data=said)
        assert shown.status_code == 200 and 'id="writing"' in shown.text
        with (
            two.at(following, headers=script, cookies=cookies) as there,
            there.stream("GET", "/interview/next") as stream,
        ):
            assert any(line.startswith("event: settled") for line in stream.iter_lines())
    assert two.model.requests, "the model was asked"


def test_a_model_that_failed_at_one_is_not_asked_by_the_other(two: Two) -> None:
    """The last of this file: the model stays away."""
    two.model.stop()
    cookies = _interview(two, 0, answers=4)

    def failures() -> int:
        with reading(two.ctx.engine) as session:
            return max((row.failures for row in session.exec(select(ModelOutage))), default=0)

    until(lambda: failures() >= 3, 10)
    with FakeServer(port=two.model.port) as back:
        _interview(two, 1, answers=2)
        assert cookies and back.requests == [], "the next probe is due for all of them together, in half a minute"


def _interview(two: Two, which: int, *, answers: int) -> dict[str, str]:
    """Some answers of a new candidate through one process, without script."""
    link = invited(two.ctx, name=f"Candidate of {which}")
    with two.at(which) as page:
        assert page.post(f"/i/{link.token}", data={"interview": "true"}).status_code == 303
        for number in range(answers):
            turn = re.search(r'name="turn" value="(\d+)"', page.get("/interview").text)
            assert turn
            said = {"turn": turn[1], "text": f"Loss means that the queue overflowed ({number})."}
            assert page.post("/interview/answer", data=said).status_code == 303
        return dict(page.cookies)
