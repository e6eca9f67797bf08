"""Which profiles changed at which revision, and vectors of another model that wait for their turn."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary
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


class PreparedVector(SQLModel, table=True):
    """What another embedder makes of a profile item, made before the service changes over to it.

    It counts only while the item has the content (`sha256`) that was embedded, and goes with the item.
    """

    __tablename__ = "prepared_vector"
    item_id: int = Field(sa_column=Column(Integer, ForeignKey("profile_item.id", ondelete="CASCADE"), primary_key=True))
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    embedder: str
    sha256: str
    vector: bytes = Field(sa_type=LargeBinary)
