"""Promise S12: the service asks nobody but the hosts its administrator named, whatever it is told to fetch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import BaseModel

from tests.identity_provider import CLIENT, SECRET, running
from tests.web.site import browser, candidate, site
from vetting.errors import Forbidden, Unavailable
from vetting.identity.provider import OpenIdProvider
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import load_prompts
from vetting.services import accounts, profiles
from vetting.services.context import Context


class Canary:
    """A server that nobody named, and what came to it."""

    def __init__(self, address: str) -> None:
        self.address, self.asked = address, list[str]()


@contextmanager
def listening(location: str = "", status: int = 200) -> Iterator[Canary]:
    """A server that notes what comes, and may send it on."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            canary.asked.append(self.path)
            self.send_response(status)
            if location:
                self.send_header("location", location)
            self.send_header("content-length", "0")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    canary = Canary(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield canary
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    with listening() as made:
        yield made


TRANSITION = {
    "language": "en",
    "exchange": [{"turn": 1, "prompt": "Why?", "answer": "Because of the queue."}],
    "next_question": "How does a switch learn addresses?",
}


class Reply(BaseModel):
    """What a model would have to answer."""

    text: str


@pytest.mark.asvs("V15.3.2", "V13.2.4")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_language_model_that_sends_us_on_is_not_followed(canary: Canary, status: int) -> None:
    prompts = load_prompts()
    with listening(f"{canary.address}/stolen", status) as named:
        gateway = Gateway(model="m", prompts=prompts, base_url=f"{named.address}/v1", api_key="k")
        with gateway, pytest.raises(Unavailable):
            gateway.ask("interviewer.transition", TRANSITION, Reply, deadline=5)
        assert named.asked
    assert canary.asked == []


@pytest.mark.asvs("V15.3.2", "V13.2.4")
@pytest.mark.parametrize("place", ["authorization_endpoint", "token_endpoint", "jwks_uri", "discovery"])
def test_an_identity_provider_that_sends_us_on_is_not_followed(canary: Canary, place: str) -> None:
    back = "http://127.0.0.1:8000/sign-on/done"
    with listening(f"{canary.address}/stolen", 302) as detour, running() as provider:
        if place == "discovery":
            with pytest.raises(Unavailable):
                OpenIdProvider(detour.address, CLIENT, SECRET).start(back)
        else:
            provider.discovery = {place: f"{detour.address}/x"}
            ours = OpenIdProvider(provider.issuer, CLIENT, SECRET)
            start = ours.start(back)
            if place != "authorization_endpoint":
                code = urlsplit(httpx2.Client(verify=False).get(start.url).headers["location"]).query[5:].split("&")[0]
                with pytest.raises((Unavailable, Forbidden)):
                    ours.finish(start, code, back)
    assert canary.asked == []


def forms(address: str) -> list[str]:
    """The same place as attackers write it."""
    port = urlsplit(address).port
    hosts = ("127.0.0.1", "localhost", "2130706433", "0x7f000001", "017700000001", "127.1", "[::ffff:127.0.0.1]", "0")
    return [f"{scheme}{host}:{port}/x" for host in hosts for scheme in ("http://", "//", "http://trusted.example@")]


@pytest.mark.asvs("V1.3.6")
def test_no_address_that_somebody_writes_is_ever_asked(tmp_path: Path, canary: Canary) -> None:
    ctx: Context = site(tmp_path)
    places = forms(canary.address)
    page, key = browser(ctx), accounts.create_api_key(ctx, "tests")
    headers = {"authorization": f"Bearer {key}"}
    for number, place in enumerate(places):
        words = f'{place} <img src="{place}"> ![x]({place}) file:///etc/passwd'
        item = {"kind": "project", "title": words, "text": words}
        person = {"id": f"u-{number}", "name": words[:100], "summary": words, "headline": words, "items": [item]}
        assert page.post("/api/v1/candidates", json=person, headers=headers).status_code == 201
    project = {"title": "T", "brief": " ".join(places), "client": places[0]}
    assert page.post("/api/v1/projects", json=project, headers=headers).status_code == 201
    profiles.embed_pending(ctx)
    who = candidate(ctx)
    who.begin()
    who.say(1, " ".join(places))
    assert who.page.post("/verify", data={"text": places[0]}).status_code == 422
    assert canary.asked == []
