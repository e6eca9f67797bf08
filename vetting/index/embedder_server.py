"""`vetting embedder`: the sentence model in a process of its own, speaking the OpenAI-compatible `/v1/embeddings`."""

import base64
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from vetting.domain.text import WordVectors
from vetting.errors import BadInput, Conflict, TooLarge, Unavailable, VettingError
from vetting.index.chunks import count_tokens
from vetting.index.embedder import BATCH, HashEmbedder, InProcessEmbedder

MAX_TEXTS = 4 * BATCH
MAX_CHARACTERS = 200_000
MAX_BYTES = 8_000_000
_log = logging.getLogger(__name__)


class ServedModel(Protocol):
    """What the server needs of a model."""

    name: str
    dimension: int

    def embed(self, texts: list[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Unit rows."""
        ...

    def word_vectors(self, texts: list[str]) -> list[WordVectors]:
        """Per text its words in context."""
        ...

    @property
    def loaded(self) -> bool:
        """Whether it can answer at once."""
        ...


class EmbeddingRequest(BaseModel):
    """Body of `/v1/embeddings`; fields of the public interface that do not matter here are ignored."""

    model: str = ""
    input: str | list[str]
    encoding_format: Literal["float", "base64"] = "float"

    def texts(self) -> list[str]:
        """The inputs as a list. Raises TooLarge with the limit."""
        texts = [self.input] if isinstance(self.input, str) else self.input
        if not texts:
            raise BadInput("input: give at least one text.")
        if len(texts) > MAX_TEXTS:
            raise TooLarge(f"At most {MAX_TEXTS} texts per request; this one has {len(texts)}.")
        longest = max(len(t) for t in texts)
        if longest > MAX_CHARACTERS or sum(map(len, texts)) > 5 * MAX_CHARACTERS:
            raise TooLarge(f"A text may have {MAX_CHARACTERS} characters, a request {5 * MAX_CHARACTERS}.")
        return texts


def create_app(model: ServedModel) -> FastAPI:
    """The server around a model; a model with a `load` method is loaded in a thread while `/healthz` answers."""
    loading = _Loading(model)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loading.start()
        yield

    app = FastAPI(title="Vetting embedder", openapi_url=None, lifespan=lifespan)
    app.add_exception_handler(VettingError, _plain_error)
    app.add_exception_handler(RequestValidationError, _invalid)

    @app.middleware("http")
    async def limit(request: Request, call_next: Any) -> Any:
        if int(request.headers.get("content-length") or 0) > MAX_BYTES:
            return _problem(413, f"A request may have {MAX_BYTES} bytes.")
        return await call_next(request)

    @app.get("/healthz")
    def healthz() -> dict[str, bool]:
        return {"ok": True}

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        # Always 200: "still loading" is an answer, not a failure of this server.
        return JSONResponse({"ready": model.loaded, "model": model.name, "error": loading.error})

    @app.post("/v1/embeddings")
    async def embeddings(body: EmbeddingRequest) -> dict[str, Any]:
        loading.check()
        texts = body.texts()
        vectors = await run_in_threadpool(model.embed, texts)
        return _embedding_reply(model.name, texts, vectors, body.encoding_format)

    @app.post("/v1/word_vectors")
    async def word_vectors(body: EmbeddingRequest) -> dict[str, Any]:
        """Our own addition: each text's words in context, float16 in base64, with their places in the text."""
        loading.check()
        found = await run_in_threadpool(model.word_vectors, body.texts())
        return {"model": model.name, "dimension": model.dimension, "data": [_word_entry(w) for w in found]}

    return app


class _Loading:
    """Loads the model in the background and remembers what went wrong."""

    def __init__(self, model: ServedModel) -> None:
        self._model = model
        self.error: str | None = None

    def start(self) -> None:
        if hasattr(self._model, "load"):
            threading.Thread(target=self._run, name="load-model", daemon=True).start()

    def _run(self) -> None:
        try:
            self._model.load()  # type: ignore[attr-defined]  # `start` looked for it
        except VettingError as error:
            self.error = error.message
            _log.error("%s", error.message)

    def check(self) -> None:
        if self.error:
            raise Unavailable(self.error)


def _embedding_reply(name: str, texts: list[str], vectors: np.ndarray[Any, Any], form: str) -> dict[str, Any]:
    rows = [_base64(v, "<f4") if form == "base64" else [float(x) for x in v] for v in vectors]
    tokens = sum(count_tokens(t) for t in texts)
    data = [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)]
    return {
        "object": "list",
        "model": name,
        "data": data,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _word_entry(found: WordVectors) -> dict[str, Any]:
    return {"spans": found.spans.tolist(), "vectors": _base64(found.vectors, "<f2")}


def _base64(numbers: np.ndarray[Any, Any], form: str) -> str:
    return base64.b64encode(numbers.astype(form).tobytes()).decode("ascii")


def _problem(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error", "code": status}}, status)


async def _plain_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VettingError)
    return _problem(error.status, error.message)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return _problem(422, f"{'.'.join(str(p) for p in first['loc'] if p != 'body')}: {first['msg']}")


def serve(socket_path: Path, setting: str = "bundled", workers: int | None = None) -> None:
    """Serve until stopped (SIGTERM, SIGINT) on that Unix socket, readable by its owner only.

    `setting` as VETTING_EMBEDDER, except `openai:` (such a server is asked directly). Raises BadInput for another
    setting or a path too long for a socket, Unavailable for damaged weights.
    """
    import uvicorn

    if len(os.fsencode(str(socket_path))) > 100:
        raise BadInput(f"The path of the embedder's socket is too long for the system: {socket_path}")
    model = HashEmbedder() if setting == "hash" else InProcessEmbedder(setting, workers)
    listener = _listen(socket_path)
    config = uvicorn.Config(create_app(model), log_level="warning", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


def _listen(path: Path) -> socket.socket:
    """A socket at that path which only its owner may use; one left by a dead process is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        if path.exists() and probe.connect_ex(str(path)) == 0:
            raise Conflict(f"Another embedder process is already listening on {path}.")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    return listener
