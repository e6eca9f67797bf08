"""Tables of the raters of the installation: checks of models that want to rate, calibrations of raters."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from vetting.db.models import UtcDateTime


class ModelAdmission(SQLModel, table=True):
    """One check of a model that wants to rate; the newest of a model and prompt counts.

    Of the installation, not of an organisation: it holds figures on our own golden answers and nothing of a person.
    """

    __tablename__ = "model_admission"
    id: int | None = Field(default=None, primary_key=True)
    model: str = Field(index=True)
    prompt: str
    prompt_sha: str
    golden_sha: str
    admitted: bool
    document: dict[str, Any] = Field(sa_type=JSON)
    faults: list[str] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class Calibration(SQLModel, table=True):
    """A fitted map from a rater's evidence to a probability; the newest of a rater's version that is `used` counts.

    Of the installation, as the engines are; `data_sha256` is the hash of the labelled file, no text of it is kept.
    """

    __tablename__ = "calibration"
    id: int | None = Field(default=None, primary_key=True)
    engine: str
    model: str = Field(index=True)
    version: int | None = None
    data_sha256: str
    used: bool
    maps: dict[str, Any] = Field(sa_type=JSON)
    figures: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)
