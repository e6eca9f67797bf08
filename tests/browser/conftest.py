"""A house full of people for the ways of staff; files with another stage have fixtures of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import serving
from tests.web.staff import House, house


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def address(home: House) -> Iterator[str]:
    with serving(home.ctx) as base:
        yield base
