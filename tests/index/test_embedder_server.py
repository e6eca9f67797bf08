"""The embedding server speaks the public interface, and says plainly what it refuses."""

import base64
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from vetting.errors import BadInput, Conflict, Unavailable
from vetting.index.embedder import HashEmbedder
from vetting.index.embedder_server import MAX_TEXTS, _listen, create_app, serve


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(HashEmbedder()))


def test_one_text_and_a_list_are_both_taken(client: TestClient) -> None:
    one = client.post("/v1/embeddings", json={"model": "m", "input": "loss"}).json()
    many = client.post("/v1/embeddings", json={"model": "m", "input": ["gain", "loss"]}).json()
    assert one["object"] == "list"
    assert [d["index"] for d in many["data"]] == [0, 1]
    assert many["data"][1]["embedding"] == one["data"][0]["embedding"]
    assert many["usage"]["total_tokens"] == many["usage"]["prompt_tokens"] > 0


def test_base64_holds_the_same_numbers_as_the_list(client: TestClient) -> None:
    body = {"model": "m", "input": "loss of packets"}
    numbers = client.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]
    packed = client.post("/v1/embeddings", json=body | {"encoding_format": "base64"}).json()["data"][0]["embedding"]
    assert np.frombuffer(base64.b64decode(packed), "<f4").tolist() == numbers


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"model": "m", "input": ["x"] * (MAX_TEXTS + 1)}, 413, "At most"),
        ({"model": "m", "input": []}, 422, "at least one"),
        ({"model": "m"}, 422, "input"),
        ({"model": "m", "input": "x", "encoding_format": "int8"}, 422, "encoding_format"),
    ],
)
def test_what_it_refuses_it_names(client: TestClient, body: dict[str, object], status: int, message: str) -> None:
    reply = client.post("/v1/embeddings", json=body)
    assert reply.status_code == status
    assert message in reply.json()["error"]["message"]


def test_it_is_alive_before_it_is_ready() -> None:
    class Loading(HashEmbedder):
        loaded = False

        def load(self) -> None:
            raise Unavailable("The weights are damaged.")

    with TestClient(create_app(Loading())) as client:
        assert client.get("/healthz").json() == {"ok": True}
        state = client.get("/readyz").json()
        assert state["ready"] is False
        reply = client.post("/v1/embeddings", json={"model": "m", "input": "x"})
        assert (reply.status_code, reply.json()["error"]["message"]) == (503, "The weights are damaged.")


def test_the_socket_is_for_its_owner_only_and_for_one_process(tmp_path: Path) -> None:
    path = tmp_path / "run" / "e.sock"
    path.parent.mkdir()
    path.touch()
    listener = _listen(path)
    listener.listen()
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(Conflict, match="already listening"):
        _listen(path)
    listener.close()


def test_a_path_too_long_for_a_socket_is_named() -> None:
    with pytest.raises(BadInput, match="too long"):
        serve(Path("/tmp/" + "x" * 120))
