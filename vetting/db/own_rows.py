"""Which rows of which tables belong to a person, found by following foreign keys: a new table is never forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select
from sqlmodel import Session

from vetting.db.models import metadata

STANDING = frozenset({"candidate", "interview", "interview_event", "erasure"})
"""The person and the log of their interviews, from which the search starts; they are treated in their own way."""

Clauses = dict[Table, ColumnElement[bool]]


def rows_of(session: Session, candidate_id: int, interviews: list[int]) -> Clauses:
    """Table -> which of its rows point at the person, at an interview of theirs, or at such a row.

    In an order in which no table points at a later one.
    """
    found: Mapping[str, set[int]] = defaultdict(set, {"candidate": {candidate_id}, "interview": set(interviews)})
    clauses: Clauses = {}
    for table in metadata().sorted_tables:
        pointers = [] if table.name in STANDING else list(_pointers(table, found))
        if pointers:
            clauses[table] = or_(*pointers)
            if "id" in table.c:
                found[table.name].update(session.scalars(select(table.c.id).where(clauses[table])))
    return clauses


def _pointers(table: Table, found: Mapping[str, set[int]]) -> Iterator[Any]:
    for column in table.columns:
        for key in column.foreign_keys:
            if ids := found[key.column.table.name]:
                yield column.in_(ids)
