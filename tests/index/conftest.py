"""The database of index tests: all tables and a second organisation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests import databases
from vetting.db.engine import writing
from vetting.db.models import Organisation


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = databases.engine(tmp_path)
    with writing(made) as session:
        session.add(Organisation(slug="other", name="Other", created_at=datetime(2026, 11, 21, tzinfo=UTC)))
    yield made
    made.dispose()
