"""The calibrations of the raters of this installation: kept with the hash of their data, the newest one used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from vetting.db.engine import reading, writing
from vetting.db.rater_models import Calibration
from vetting.domain.calibration import Calibrated, LogisticMap
from vetting.domain.verdict import RaterId


class InUse(NamedTuple):
    """The map that a rater's probabilities pass through, and the hash of the data it comes from."""

    indicators: LogisticMap
    data_sha256: str


def store(engine: Engine, rater: RaterId, fitted: Calibrated, data_sha256: str, now: datetime) -> bool:
    """Keep a calibration; it is used from the next start on where it helps. Returns whether it is."""
    with writing(engine) as session:
        _retire(session, [row for row in _in_use(session, rater) if fitted.helps or row.version != rater.version])
        session.add(
            Calibration(
                engine=rater.engine,
                model=rater.model,
                version=rater.version,
                data_sha256=data_sha256,
                used=fitted.helps,
                maps={"indicators": fitted.indicators.model_dump()},
                figures=fitted.model_dump(mode="json", exclude={"indicators"}),
                at=now,
            )
        )
    return fitted.helps


def remove(engine: Engine, rater: RaterId) -> int:
    """Use no calibration for a rater from the next start on; returns how many were in use."""
    with writing(engine) as session:
        return _retire(session, _in_use(session, rater))


def in_use(engine: Engine, rater: RaterId) -> InUse | None:
    """The calibration of a rater that counts, if there is one fitted on this very version: the probabilities of
    another are not those it was fitted on."""
    with reading(engine) as session:
        row = next((row for row in _in_use(session, rater) if row.version == rater.version), None)
        return InUse(LogisticMap.model_validate(row.maps["indicators"]), row.data_sha256) if row else None


def fits(row: Calibration, rater: RaterId) -> bool:
    """Whether a calibration was fitted on the probabilities that a rater gives today."""
    return (row.engine, row.model, row.version) == (rater.engine, rater.model, rater.version)


def newest(session: Session) -> Sequence[Calibration]:
    """The newest calibration of each rater, by name, and the one in use where that is another."""
    rows = session.exec(select(Calibration).order_by(col(Calibration.id))).all()
    shown = {(row.engine, row.model, row.used): row for row in rows}
    return [row for _, row in sorted(shown.items(), key=lambda item: item[0])]


def _retire(session: Session, rows: Sequence[Calibration]) -> int:
    for row in rows:
        row.used = False
        session.add(row)
    return len(rows)


def _in_use(session: Session, rater: RaterId) -> Sequence[Calibration]:
    """Of all versions of the rater, the newest first."""
    mine = col(Calibration.engine) == rater.engine, col(Calibration.model) == rater.model
    used = select(Calibration).where(*mine, col(Calibration.used))
    return session.exec(used.order_by(col(Calibration.id).desc())).all()
