"""Tables of staffing: what a manager decided about pairs, plans as they were computed, and who works on what."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime, new_public_id


class StaffingRule(SQLModel, table=True):
    """An expert who has to be on a project (`pinned`), or must not be (`forbidden`)."""

    __tablename__ = "staffing_rule"
    __table_args__ = (UniqueConstraint("project_id", "candidate_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    kind: str
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)


class StaffingPlan(SQLModel, table=True):
    """A plan over several projects, with its inputs, its worth and the bound that no plan can exceed.

    `state`: waiting, solving, done, failed, accepted. `asked` holds the inputs, `found` the figures per project and
    what was relaxed; people are in `staffing_entry` alone, so that erasing one leaves the figures.
    """

    __tablename__ = "staffing_plan"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    state: str = Field(default="waiting", index=True)
    asked: dict[str, Any] = Field(sa_type=JSON)
    step: str = ""
    done: int = 0
    total: int = 0
    found: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    objective: float | None = None
    bound: float | None = None
    seconds: float | None = None
    failure: str = ""
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    accepted_by: str = ""
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class StaffingEntry(SQLModel, table=True):
    """An expert in a plan: on a seat (`role` seat) or next in line (`alternate`); `hold` says why they had to be."""

    __tablename__ = "staffing_entry"
    __table_args__ = (UniqueConstraint("plan_id", "project_id", "candidate_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    plan_id: int = Field(foreign_key="staffing_plan.id", index=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    role: str
    place: int
    fit: float
    load: float
    hold: str


class Assignment(SQLModel, table=True):
    """An expert works on a project; `state` is assigned or ended. The plan it came from is kept where there was one."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("project_id", "candidate_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    public_id: str = Field(default_factory=new_public_id, unique=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    candidate_id: int = Field(foreign_key="candidate.id", index=True)
    plan_id: int | None = Field(default=None, foreign_key="staffing_plan.id", index=True)
    state: str = Field(default="assigned", index=True)
    assigned_by: str
    assigned_at: datetime = Field(sa_type=UtcDateTime)
    ended_by: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
