"""The short form of the fault drill; `make drill KILLS=500 TURNS=10000` is the long one."""

from pathlib import Path

import pytest

from tests.drill.__main__ import run

pytestmark = pytest.mark.slow


def test_no_kill_loses_doubles_or_misplaces_an_answer(tmp_path: Path) -> None:
    result = run(tmp_path, kills=2, turns=5, seed=3, minutes=2, people=3)
    assert result.kills and result.acknowledged and result.interviews
    assert result.held, result
