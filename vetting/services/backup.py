"""Backup and restore of an installation on SQLite: the database is all there is to keep, the index is built from it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from vetting.config import Settings
from vetting.db import backup as files
from vetting.db.engine import make_engine
from vetting.db.migrate import NewerDatabase, known, upgrade
from vetting.errors import BadInput, Conflict

INDEX_FILES = "profiles-*.index"


class Restored(NamedTuple):
    """What a restore did: the database in use now, where the former one is (None: there was none), index files gone."""

    database: Path
    former: Path | None
    index_files: int


def back_up(settings: Settings, target: Path) -> Path:
    """Copy the database into a new file while the service runs. Raises BadInput, Conflict, StorageFull, Unavailable."""
    source = files.file_of(settings.database)
    if not source.is_file():
        raise BadInput(f"There is no database at {source} yet; is VETTING_DATA_DIR the one of the service?")
    if target.exists():
        raise Conflict(f"{target} exists already; a backup never overwrites anything. Name another file.")
    files.copy(source, target)
    return target


def check(settings: Settings, source: Path) -> Path:
    """Whether a backup could be restored here; the database it would replace. Changes nothing.

    Raises BadInput when the file is damaged or not ours, NewerDatabase when a later version of Vetting wrote it.
    """
    place = files.file_of(settings.database)
    version = files.revision(source)
    if version not in known():
        raise NewerDatabase(
            f"{source} was written by a newer version of Vetting; install that version to restore it, or give an older "
            "backup."
        )
    if faults := files.integrity_faults(source):
        raise BadInput(f"{source} is damaged ({faults[0]}); nothing was changed. Give another backup.")
    return place


def restore(settings: Settings, source: Path) -> Restored:
    """Put a backup in the place of the database, updated to this version; the former one is kept beside it.

    Nobody may serve the data folder. The index files are removed, as the history they were built from is another one
    now: the first search builds them anew. Raises as `check`; then nothing was changed.
    """
    place = check(settings, source)
    fresh = place.with_name(f".{place.name}.restored")
    try:
        files.copy(source, fresh)
        engine = make_engine(f"sqlite:///{fresh}")
        upgrade(engine)
        engine.dispose()  # the last connection folds its log into the file
        former = files.put_in_place(fresh, place)
    finally:
        for ending in ("", *files.BESIDE):
            Path(f"{fresh}{ending}").unlink(missing_ok=True)
    stale = list((settings.data_dir / "index").glob(INDEX_FILES))
    for file in stale:
        file.unlink(missing_ok=True)
    return Restored(place, former, len(stale))
