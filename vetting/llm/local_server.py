"""A local language model in a process of its own, behind the OpenAI-compatible API on the loopback address.

The server is llama.cpp's, from the package xllamacpp. This process prepares it: the right file, the right processor, a
core left for everybody else, and the interviewer's instructions read before anybody waits for them.
"""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

from vetting.errors import BadInput, Unavailable
from vetting.llm.local_model import threads
from vetting.llm.prompts import PromptBook, load_prompts

HOST = "127.0.0.1"
SPOKEN = ("interviewer.probe", "interviewer.transition")
"""The prompts whose instructions are kept ready, one in each slot."""
CONTEXT_TOKENS = 4096
"""Of one conversation: instructions, an exchange of a few thousand words, the answer."""
CACHE_MIB = 256
BATCH_TOKENS = 64
"""Read at one go. A request that was given up ends between two batches: with long ones it would hold up the next."""
POLL_SECONDS = 0.5


def run(out: TextIO, told: TextIO, file: Path, name: str, *, port: int = 0) -> None:
    """Serve until SIGTERM or SIGINT. Prints `{"port": n, "model": name}` on `out` once the model is warm.

    `port` 0 chooses a free one. What a person wants to know goes to `told`. Raises BadInput, Unavailable.
    """
    _require_free(port)
    began = time.monotonic()
    server = start(file, name, port)
    taken = urlsplit(server.listening_address).port
    warm(server, load_prompts())
    # Only now: while it loads and reads, this process is inside llama.cpp, where no handler of ours would run.
    stopping = threading.Event()
    for caught in (signal.SIGTERM, signal.SIGINT):
        signal.signal(caught, lambda *_: stopping.set())
    seconds = time.monotonic() - began
    print(
        f"Local language model {name} at http://{HOST}:{taken}/v1, ready after {seconds:.0f} s", file=told, flush=True
    )
    print(json.dumps({"port": taken, "model": name}), file=out, flush=True)
    while not stopping.wait(POLL_SECONDS):
        pass


def start(file: Path, name: str, port: int) -> Any:
    """llama.cpp's server over that file, listening. Raises Unavailable; ImportError without the extra."""
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(file)
    wanted.model_alias = {name}
    wanted.hostnames, wanted.port = [HOST], port
    wanted.n_parallel = len(SPOKEN)
    wanted.n_ctx = CONTEXT_TOKENS * len(SPOKEN)
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = threads()
    wanted.n_batch = wanted.n_ubatch = BATCH_TOKENS
    wanted.cache_ram_mib = CACHE_MIB
    # Only our gateway talks to it: no pages, no list of what is being said, no requests from pages in a browser.
    wanted.ui = wanted.endpoint_slots = wanted.endpoint_metrics = False
    wanted.cors_origins = ""
    wanted.verbosity = 1
    try:
        return xllamacpp.Server(wanted)
    except RuntimeError as error:
        raise Unavailable(f"The local language model {file} cannot be served: {error}") from None


def warm(server: Any, prompts: PromptBook) -> None:
    """Have the model read the instructions of each prompt, the same in every turn, so that the first is quick."""
    for name in SPOKEN:
        prompt = prompts.prompt(name)
        rendered = prompts.render(name, prompt.examples)
        said = [{"role": "system", "content": rendered.system}, {"role": "user", "content": rendered.user}]
        server.handle_chat_completions({"messages": said, "max_tokens": 1})


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            raise BadInput(f"local-llm: cannot listen on port {port}; choose another with --port") from None
