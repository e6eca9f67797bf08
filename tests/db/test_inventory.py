"""Whoever adds a column of text says what it holds: personal data with why and how long, or none."""

from __future__ import annotations

import pytest
from sqlalchemy import JSON, Column, Integer, LargeBinary, MetaData, String, Table
from sqlmodel import AutoString

from vetting.config import Settings, load_settings
from vetting.db import inventory
from vetting.db.models import metadata
from vetting.db.own_rows import STANDING
from vetting.domain.retention import AFTER, ALWAYS, OF_PERSON, SETTINGS, Until, in_words


def test_every_column_of_text_is_marked_and_every_mark_has_its_column() -> None:
    assert inventory.unmarked() == [], "say in db/inventory.py what these hold, why, and for how long"
    assert inventory.unknown() == []
    assert len(list(inventory.lines())) == len(inventory.PERSONAL)


@pytest.mark.parametrize("kind", [String, AutoString, JSON, LargeBinary])
def test_a_new_column_of_text_is_noticed(monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
    made = MetaData()
    Table("novelty", made, Column("id", Integer), Column("words", kind()))
    monkeypatch.setattr(inventory, "metadata", lambda: made)
    assert inventory.unmarked() == ["novelty.words"]


def test_what_points_at_a_person_and_is_kept_until_they_are_erased_goes_with_them() -> None:
    """No field is promised to go with the person while its table does not point at them."""
    reached = {"candidate", *STANDING}
    for _ in range(5):
        reached |= {
            table.name
            for table in metadata().tables.values()
            if any(key.column.table.name in reached for column in table.columns for key in column.foreign_keys)
        }
    promised = {line.table for line in inventory.lines() if line.keeping.until in OF_PERSON}
    assert promised - reached - {"login_token"} == set()  # links of staff go by their days


def test_how_long_is_said_for_everything_and_follows_the_settings() -> None:
    assert set(SETTINGS.values()) <= set(Settings.model_fields) and set(AFTER) == set(SETTINGS)
    assert set(ALWAYS) == set(Until)
    assert in_words(Until.LETTER, 90) == "90 days after it was sent, sooner where the person is erased"
    assert in_words(Until.PERSON, None) == "until the person is erased"
    assert load_settings(keep_letters_days=7).keep_letters_days == 7
