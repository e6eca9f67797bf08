"""The short form of the kill drill; `make drill` runs the long one."""

from pathlib import Path

import pytest

from tests.drill import run

pytestmark = pytest.mark.slow


def test_no_kill_loses_doubles_or_misplaces_an_answer(tmp_path: Path) -> None:
    result = run(tmp_path, kills=4, seed=3)
    assert result.kills == 4 and result.acknowledged > 0
    assert (result.lost, result.twice, result.wrong_question) == (0, 0, 0)
