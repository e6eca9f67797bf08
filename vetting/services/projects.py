"""Projects: import, create, change requirements, and a first draft of them from a brief."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col

from vetting.db import project_models
from vetting.db.engine import reading, writing
from vetting.db.matching_queries import find_project
from vetting.db.project_mapping import project_of, project_values
from vetting.db.queries import columns
from vetting.domain.brief import Draft, NamedCompetency, draft
from vetting.domain.brief_team import read_team
from vetting.domain.conflicts import names, organisation
from vetting.domain.faults import first_fault
from vetting.domain.project import Project, Requirement
from vetting.domain.rubric import Rubric
from vetting.domain.tongue import _
from vetting.errors import BadInput, Taken
from vetting.services import audit, rubrics
from vetting.services.context import Context
from vetting.services.import_files import ImportReport, parse, read_projects

BATCH = 500
MOST_NAMES = 300
"""Characters of the names of clients."""


def import_projects(ctx: Context, files: Sequence[Path]) -> ImportReport:
    """Import projects from jsonl or JSON files; the same id again updates.

    Records with a fault are named and skipped. Raises BadInput where a whole file cannot be used.
    """
    parsed = parse(files, Project, read_projects)
    report = ImportReport("projects", faults=parsed.faults)
    projects = list(parsed.values.values())
    for at in range(0, len(projects), BATCH):
        with writing(ctx.engine) as session:
            for project in projects[at : at + BATCH]:
                _put(session, ctx, project, report)
    return report


def create_project(ctx: Context, fields: Mapping[str, Any]) -> str:
    """A new project from the fields of the contract (`id` may be left out); returns its public id.

    Raises BadInput naming the field (also for a competency that no rubric here has), Taken where the id is.
    """
    project = read_project({"id": f"p-{secrets.token_hex(6)}", **{k: v for k, v in fields.items() if v is not None}})
    _require_known(project.requirements, _competencies(ctx))
    with writing(ctx.engine) as session:
        if _row(session, ctx.org, project.id) is not None:
            raise Taken(_("There is already a project with the id {id!r}.").format(id=project.id))
        row = _new_row(ctx, project)
        session.add(row)
    return row.public_id


def is_stored(ctx: Context, fields: Mapping[str, Any]) -> bool:
    """Whether there is a project with this id and exactly these fields. Raises NotFound, BadInput."""
    return get_project(ctx, str(fields["id"])) == read_project({k: v for k, v in fields.items() if v is not None})


def set_requirements(
    ctx: Context,
    project_id: str,
    requirements: Iterable[Mapping[str, Any]],
    *,
    seats: int | None = None,
    client: str | None = None,
    by: str = audit.SYSTEM,
) -> Project:
    """Replace the requirements of a project (imported or public id), and its seats and client where given.

    A competency that no rubric here has is refused, unless the project came with it. Raises NotFound, BadInput naming
    the field.
    """
    known = _competencies(ctx)
    with writing(ctx.engine) as session:
        row = find_project(session, ctx.org, project_id)
        document = {**project_of(row).model_dump(mode="json"), "requirements": [dict(r) for r in requirements]}
        document |= {"seats": seats} if seats is not None else {}
        document |= {"client": client.strip() or None} if client is not None else {}
        project = read_project(document)
        _require_known(project.requirements, known | {r.competency for r in project_of(row).requirements})
        row.requirements, row.seats = project_values(project)["requirements"], project.seats
        row.client = project.client
        session.add(row)
        content = audit.fingerprint(ctx, json.dumps(row.requirements, sort_keys=True))
        subject = f"project:{row.public_id}"
        audit.record(ctx, session, "project.require", subject, by=by, content=content, seats=row.seats)
    return project


def get_project(ctx: Context, project_id: str) -> Project:
    """The project of an imported or public id. Raises NotFound."""
    with reading(ctx.engine) as session:
        return project_of(find_project(session, ctx.org, project_id))


def draft_requirements(brief: str, packs: Iterable[Rubric], today: date | None = None) -> Draft:
    """A first draft of requirements by rules, for a person to edit; competencies are those of the given rubrics."""
    named = [
        NamedCompetency(f"{r.id}/{c.id}", c.name, c.definition, texts=c.model_dump_json())
        for r in packs
        for c in r.competencies
    ]
    return draft(brief, named, today)


def draft_team(project: Project) -> tuple[int | None, str | None]:
    """The seats and the names nobody may work for: those of the project, and what its brief says where it has none."""
    read = read_team(project.text)
    known = names(project.client or "")
    more = [name for name in read.conflicts if organisation(name) not in set(map(organisation, known))]
    return project.seats or read.seats, "; ".join([*known, *more])[:MOST_NAMES] or None


def read_project(fields: Mapping[str, Any]) -> Project:
    """The validated project. Raises BadInput, one sentence naming the field."""
    try:
        return Project.model_validate(dict(fields))
    except ValidationError as error:
        raise BadInput(f"{first_fault(error)}.") from None


def _competencies(ctx: Context) -> set[str]:
    """`rubric_id/competency_id` of every installed pack, and of every copy that an interview was pinned to."""
    found = {f"{r.id}/{c.id}" for r in rubrics.installed(ctx) for c in r.competencies}
    return found | {f"{v.rubric_id}/{c['id']}" for v in rubrics.versions(ctx) for c in v.content["competencies"]}


def _require_known(requirements: Sequence[Requirement], known: Set[str | None]) -> None:
    ids = sorted(filter(None, known))
    for at, asked in enumerate(requirements):
        if asked.competency is None or asked.competency in known:
            continue
        near = get_close_matches(asked.competency, ids, n=1, cutoff=0.0)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        raise BadInput(
            _("requirements[{at}].competency: no installed rubric has {competency!r}{hint}.").format(
                at=at, competency=asked.competency, hint=hint
            )
        )


def _put(session: Session, ctx: Context, project: Project, report: ImportReport) -> None:
    row = _row(session, ctx.org, project.id)
    if row is None:
        session.add(_new_row(ctx, project))
        report.added += 1
    elif project_of(row) == project:
        report.unchanged += 1
    else:
        for name, value in project_values(project).items():
            setattr(row, name, value)
        session.add(row)
        report.updated += 1


def _row(session: Session, org: int, imported_id: str) -> project_models.Project | None:
    query = columns(project_models.Project).where(
        col(project_models.Project.organisation_id) == org, col(project_models.Project.imported_id) == imported_id
    )
    found: project_models.Project | None = session.scalar(query)
    return found


def _new_row(ctx: Context, project: Project) -> project_models.Project:
    return project_models.Project(organisation_id=ctx.org, created_at=ctx.now(), **project_values(project))
