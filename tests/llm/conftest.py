"""Fixtures of the language-model layer: the prompts, gateways to servers good and bad."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from bad_servers import BadServer, Behaviour

from vetting.errors import VettingError
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.local_model import refuse_if_missing
from vetting.llm.prompts import PromptBook, load_prompts


@pytest.fixture(scope="session")
def prompts() -> PromptBook:
    return load_prompts()


class Local(NamedTuple):
    """The local language model as a running process."""

    process: subprocess.Popen[str]
    base_url: str
    model: str


KEPT_MODEL = Path(__file__).parents[2] / "data" / "local"
"""Where the model's file is put together once, for all runs of these tests."""


@pytest.fixture(scope="session")
def local_llm() -> Iterator[Local]:
    """The real local model, started once; skipped in one sentence where the extra is absent."""
    try:
        refuse_if_missing(None)
    except VettingError as error:
        pytest.skip(error.message)
    command = [sys.executable, "-m", "vetting", "local-llm"]
    environment = {**os.environ, "VETTING_DATA_DIR": str(KEPT_MODEL)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    yield Local(process, f"http://127.0.0.1:{told['port']}/v1", told["model"])
    process.terminate()
    process.wait(10)


@pytest.fixture
def connect(prompts: PromptBook) -> Iterator[Callable[..., tuple[Gateway, BadServer]]]:
    """A gateway connected to a server that behaves as given."""
    opened: list[Any] = []

    def make(*behaviours: Behaviour, **options: Any) -> tuple[Gateway, BadServer]:
        server = BadServer(*behaviours)
        gateway = Gateway(model="m", prompts=prompts, api_key="sk-secret", base_url=server.base_url, **options)
        opened.extend((gateway, server))
        return gateway, server

    yield make
    for thing in opened:
        thing.close()


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with FakeServer() as server:
        yield server
