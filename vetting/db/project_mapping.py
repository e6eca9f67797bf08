"""Project rows <-> the domain's Project."""

from __future__ import annotations

from typing import Any

from vetting.db import project_models
from vetting.domain.project import Project


def project_of(row: project_models.Project) -> Project:
    """The project of a row."""
    return Project(
        id=row.imported_id,
        title=row.title,
        brief=row.brief,
        requirements=row.requirements,
        seats=row.seats,
        hours_per_week=row.hours_per_week,
        rate_max=row.rate_max,
        start=row.start,
        client=row.client,
    )


def project_values(project: Project) -> dict[str, Any]:
    """The columns of a project, without ids and times."""
    return {
        "imported_id": project.id,
        "title": project.title,
        "brief": project.brief,
        "requirements": [r.model_dump(mode="json", exclude_none=True) for r in project.requirements],
        "seats": project.seats,
        "hours_per_week": project.hours_per_week,
        "rate_max": project.rate_max.model_dump(mode="json") if project.rate_max else None,
        "start": project.start.isoformat() if project.start else None,
        "client": project.client,
    }
