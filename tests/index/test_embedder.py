"""Every embedder keeps one contract: in process, over the socket, and hashed."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn

from vetting.config import Settings
from vetting.errors import BadInput, TooLarge, Unavailable
from vetting.index.embedder import HashEmbedder, InProcessEmbedder, RemoteEmbedder, local_embedder, make
from vetting.index.embedder_server import MAX_CHARACTERS, _listen, create_app

TEXTS = ["The window is halved.", "", "Der  Puffer läuft über", "The window is halved.", "word " * 700]


def run_server(model: Any, socket: Path) -> Iterator[uvicorn.Server]:
    server = uvicorn.Server(uvicorn.Config(create_app(model), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [_listen(socket)]}, daemon=True)
    thread.start()
    yield server
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def in_process() -> InProcessEmbedder:
    return InProcessEmbedder("bundled")


@pytest.fixture(scope="module")
def served(in_process: InProcessEmbedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteEmbedder]:
    socket = tmp_path_factory.mktemp("e") / "e.sock"
    for _ in run_server(in_process, socket):
        client = local_embedder(socket)
        until = time.monotonic() + 60
        while not client.ready(1) and time.monotonic() < until:
            time.sleep(0.1)
        yield client
        client.close()


@pytest.fixture(params=["in_process", "served", "hash"])
def embedder(request: pytest.FixtureRequest) -> Any:
    return HashEmbedder() if request.param == "hash" else request.getfixturevalue(request.param)


def test_rows_are_unit_vectors_of_the_stated_dimension(embedder: Any) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_text_has_the_same_bytes_in_any_company(embedder: Any) -> None:
    together = embedder.embed(TEXTS)
    backwards = embedder.embed(TEXTS[::-1])[::-1]
    alone = np.concatenate([embedder.embed([t]) for t in TEXTS])
    assert together.tobytes() == backwards.tobytes() == alone.tobytes()
    assert together[0].tobytes() == together[3].tobytes()


def test_words_stand_at_their_places(embedder: Any) -> None:
    text = "  Loss isn't congestion, läuft."
    found = embedder.word_vectors([text])[0]
    assert found.vectors.shape == (len(found.spans), embedder.dimension)
    spelled = [text[a:b] for a, b in found.spans]
    assert spelled[0] == "Loss"
    assert "congestion" in spelled
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=2e-3)


def test_no_texts_give_no_rows(embedder: Any) -> None:
    assert embedder.embed([]).shape[0] == 0
    assert embedder.word_vectors([]) == []


def test_it_says_that_it_is_ready(embedder: Any) -> None:
    assert embedder.ready(30)


def test_the_server_gives_the_bytes_of_the_model_in_process(
    served: RemoteEmbedder, in_process: InProcessEmbedder
) -> None:
    assert served.embed(TEXTS).tobytes() == in_process.embed(TEXTS).tobytes()
    for a, b in zip(served.word_vectors(TEXTS) or [], in_process.word_vectors(TEXTS), strict=True):
        assert a.spans.tobytes() == b.spans.tobytes()
        assert a.vectors.tobytes() == b.vectors.tobytes()


def test_the_tail_of_a_long_text_moves_its_vector(in_process: InProcessEmbedder) -> None:
    long = "The router forwards the packet to the next hop. " * 60
    vectors = in_process.embed([long, long + "Beta-blockers reduce mortality in heart failure. " * 20])
    assert float(vectors[0] @ vectors[1]) < 0.98


def test_near_meanings_are_nearer_than_strangers(in_process: InProcessEmbedder) -> None:
    a, b, c = in_process.embed(["The packet was lost.", "A datagram got dropped.", "The valve is calcified."])
    assert float(a @ b) > float(a @ c) + 0.2


def test_a_text_too_big_is_one_plain_error(served: RemoteEmbedder) -> None:
    with pytest.raises(TooLarge, match=str(MAX_CHARACTERS)):
        served.embed(["x" * (MAX_CHARACTERS + 1)])


def test_without_a_server_it_is_unavailable_at_once(tmp_path: Path) -> None:
    client = local_embedder(tmp_path / "nobody.sock")
    began = time.monotonic()
    assert not client.ready(1)
    assert not client.serves()
    with pytest.raises(Unavailable, match="does not answer"):
        client.embed(["text"])
    assert time.monotonic() - began < 1


class Odd(BaseHTTPRequestHandler):
    """An embedding server with the faults that real ones have."""

    reply: Any = None
    status = 200
    drip = 0.0

    def do_POST(self) -> None:
        body = json.dumps(type(self).reply).encode()
        self.send_response(type(self).status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for at in range(len(body)):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()
            time.sleep(type(self).drip)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def odd() -> Iterator[tuple[type[Odd], RemoteEmbedder]]:
    handler = type("OneOdd", (Odd,), {})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = RemoteEmbedder("m", base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="k", deadline=1.0)
    yield handler, client
    client.close()
    server.shutdown()
    server.server_close()


def entries(*vectors: list[float]) -> dict[str, Any]:
    return {"data": [{"index": i, "embedding": v} for i, v in enumerate(vectors)]}


def test_any_compatible_server_serves_with_lists_and_any_length(odd: tuple[type[Odd], RemoteEmbedder]) -> None:
    handler, client = odd
    handler.reply = {"data": list(reversed(entries([3.0, 4.0], [0.0, 2.0])["data"]))}
    assert np.allclose(client.embed(["a", "b"]), [[0.6, 0.8], [0.0, 1.0]])
    assert client.dimension == 2
    assert client.word_vectors(["a"]) is None


@pytest.mark.parametrize(
    ("status", "reply", "message"),
    [
        (200, entries([float("nan"), 1.0]), "usable vectors"),
        (200, entries([0.0, 0.0]), "zeros"),
        (200, entries(), "usable vectors"),
        (200, {"nothing": 1}, "cannot be read"),
        (401, {"error": {"message": "no"}}, "refused the key"),
        (500, {"error": {"message": "broken inside"}}, "broken inside"),
        (404, ["?"], "status 404"),
    ],
)
def test_a_faulty_reply_is_one_plain_sentence(
    odd: tuple[type[Odd], RemoteEmbedder], status: int, reply: Any, message: str
) -> None:
    handler, client = odd
    handler.status, handler.reply = status, reply
    with pytest.raises(Unavailable, match=message):
        client.embed(["a"])
    assert not client.ready(1)


def test_a_slow_drip_ends_at_the_deadline(odd: tuple[type[Odd], RemoteEmbedder]) -> None:
    handler, client = odd
    handler.reply, handler.drip = entries([1.0] * 40), 0.05
    began = time.monotonic()
    with pytest.raises(Unavailable, match="within 1 s"):
        client.embed(["a"])
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize("setting", ["nonsense", "path:/no/such/folder", "openai:", "hub:"])
def test_a_setting_that_names_nothing_is_refused(setting: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="VETTING_EMBEDDER"):
        make(Settings(embedder=setting, data_dir=tmp_path), in_process=True)


def test_a_one_shot_command_uses_the_running_process_if_there_is_one(tmp_path: Path) -> None:
    settings = Settings(embedder="bundled", data_dir=tmp_path)
    assert isinstance(make(settings, in_process=True), InProcessEmbedder)
    assert isinstance(make(settings, in_process=False), RemoteEmbedder)
