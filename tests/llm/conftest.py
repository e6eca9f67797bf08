"""Fixtures of the language-model layer: the prompts, gateways to servers good and bad."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bad_servers import BadServer, Behaviour

from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import PromptBook, load_prompts


@pytest.fixture(scope="session")
def prompts() -> PromptBook:
    return load_prompts()


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
