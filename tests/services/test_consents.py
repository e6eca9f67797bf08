"""What a candidate agreed to is kept to: a result speaks for them where they let it, and where it was asked for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select

from tests.web.staff import PROJECT, House, house
from vetting.db.engine import reading, writing
from vetting.db.models import Interview
from vetting.db.project_models import Project
from vetting.db.shortlist_models import Inquiry
from vetting.services import consents, matching, projects

RATED = "interview test.pack"


def key_of(home: House) -> int:
    with reading(home.ctx.engine) as session:
        return session.exec(select(Interview.id).where(Interview.public_id == home.interview)).one() or 0


def first(home: House, project: str) -> dict[str, Any]:
    """The entry of Ana Reyes, who was interviewed, on a new shortlist."""
    row = matching.request_shortlist(home.ctx, project, 5)
    entries = matching.shortlist_document(home.ctx, row.public_id)["entries"]
    return next(entry for entry in entries if entry["expert"] == "x-1")


def level(entry: dict[str, Any]) -> str:
    """What the entry says of the must about a competency's level."""
    return next(r["status"] for r in entry["requirements"] if r["id"] == "alpha")


def test_a_result_that_may_not_propose_its_candidate_is_no_evidence_anywhere(tmp_path: Path) -> None:
    home = house(tmp_path)
    assert level(first(home, home.project)) == "met"
    consents.allow_profile(home.ctx, key_of(home), False)
    entry = first(home, home.project)
    assert level(entry) == "no_evidence" and RATED not in str(entry)
    manager = home.user("project_manager")
    dossier = manager.get(f"/shortlists/{home.shortlist}/entries/{home.entry}/dossier").text
    assert "What interviews showed" in dossier and "90 % interval" not in dossier
    consents.allow_profile(home.ctx, key_of(home), True)
    assert level(first(home, home.project)) == "met"


def test_the_project_that_asked_for_an_interview_may_use_it_and_no_other(tmp_path: Path) -> None:
    home = house(tmp_path)
    ctx, interview = home.ctx, key_of(home)
    consents.allow_profile(ctx, interview, False)
    other = projects.create_project(ctx, PROJECT | {"id": "another"})
    with writing(ctx.engine) as session:
        project = session.exec(select(Project).where(Project.public_id == home.project)).one()
        person = session.exec(select(Interview.candidate_id).where(Interview.id == interview)).one()
        session.add(
            Inquiry(
                organisation_id=ctx.org,
                candidate_id=person,
                project_id=project.id or 0,
                kind="interview",
                subjects=["test.pack/alpha"],
                interview_id=interview,
                asked_by="mia@example.org",
                created_at=ctx.now(),
                expires_at=ctx.now() + timedelta(days=1),
            )
        )
    assert level(first(home, home.project)) == "met"
    assert level(first(home, other)) == "no_evidence"
