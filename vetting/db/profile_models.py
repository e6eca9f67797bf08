"""Which profiles changed at which revision, so that an index and a cache read those again and no others."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class ProfileChange(SQLModel, table=True):
    """One expert whose profile, facts or vectors changed at a revision; without one, any may have changed.

    A person may be gone, so their key refers to nothing. The newest revisions are kept, see `index_queries`.
    """

    __tablename__ = "profile_change"
    __table_args__ = (Index("ix_profile_change_organisation_id_revision", "organisation_id", "revision"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    revision: int
    candidate_id: int | None = None
