"""Rubric packs: checked as files, installed as immutable copies that interviews are pinned to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from vetting import packs
from vetting.db import pack_queries
from vetting.db.engine import reading, writing
from vetting.db.mapping import rubric_of
from vetting.db.models import RubricVersion
from vetting.domain.rubric import Rubric
from vetting.domain.rubric_check import Severity, path_text
from vetting.domain.tongue import _
from vetting.errors import BadInput, NotFound
from vetting.packs import LocatedFault
from vetting.services.context import Context

_PACK_ID = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")


@dataclass(frozen=True)
class CheckReport:
    """What `vetting rubrics check` found, in file order."""

    files: tuple[Path, ...]
    faults: tuple[LocatedFault, ...]

    @property
    def failed(self) -> bool:
        """Whether there is an error; warnings alone do not fail."""
        return any(f.fault.severity is Severity.ERROR for f in self.faults)

    def joined(self, more: Iterable[LocatedFault]) -> CheckReport:
        """This report with the faults that another check of the same files found, by file and line."""
        order = {file: number for number, file in enumerate(self.files)}
        return CheckReport(self.files, tuple(sorted((*self.faults, *more), key=lambda f: (order[f.file], f.line))))

    def document(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "packs": [str(file) for file in self.files],
            "failed": self.failed,
            "faults": [
                {
                    "file": str(f.file),
                    "line": f.line,
                    "path": path_text(f.fault.path),
                    "severity": f.fault.severity.value,
                    "message": f.fault.message,
                }
                for f in self.faults
            ],
        }

    @property
    def lines(self) -> list[str]:
        """One `file:line path: message` per fault."""
        return [str(fault) for fault in self.faults]

    @property
    def summary(self) -> str:
        """How many packs, errors and warnings."""
        errors = sum(f.fault.severity is Severity.ERROR for f in self.faults)
        counted = ((len(self.files), "pack"), (errors, "error"), (len(self.faults) - errors, "warning"))
        return ", ".join(f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in counted) + "."


def install(ctx: Context, rubric: Rubric) -> int:
    """Key of the organisation's copy of this pack, made when its content is new; the same content is kept once."""
    try:
        with writing(ctx.engine) as session:
            return store(ctx, session, rubric)
    except IntegrityError:  # PostgreSQL: another process stored it between our look and our insert
        with reading(ctx.engine) as session:
            stored = _stored(session, ctx.org, rubric)
        if stored is None:
            raise
        return stored


def ensure(ctx: Context, rubric_id: str) -> int:
    """Key of the organisation's copy of an installed pack. Raises NotFound, PackFaults."""
    if not _PACK_ID.fullmatch(rubric_id):
        raise NotFound(_("There is no rubric '{rubric_id}'.").format(rubric_id=rubric_id[:80]))
    with reading(ctx.engine) as session:
        own = pack_queries.published(session, ctx.org).get(rubric_id)
    return own.version_key if own else install(ctx, packs.load_rubric(rubric_id, ctx.settings.rubrics_dir))


def load(ctx: Context, rubric_id: str) -> Rubric:
    """The pack that an interview would be started with: one's own published one before a file. Raises NotFound."""
    own = published(ctx).get(rubric_id)
    return own or packs.load_rubric(rubric_id, ctx.settings.rubrics_dir)


def installed(ctx: Context) -> list[Rubric]:
    """The packs an interview can be started with, by id: files, and what the organisation published in their place.

    A file with faults is left out.
    """
    files = {rubric.id: rubric for _, rubric in packs.installed_rubrics(ctx.settings.rubrics_dir)}
    return [rubric for _, rubric in sorted({**files, **published(ctx)}.items())]


def published(ctx: Context) -> dict[str, Rubric]:
    """The packs written here that are offered for interviews, by id."""
    with reading(ctx.engine) as session:
        offered = pack_queries.published(session, ctx.org)
        return {name: rubric_of(session, one.version_key, one.sha256) for name, one in offered.items()}


def versions(ctx: Context) -> list[RubricVersion]:
    """The organisation's copies, by pack and newest first."""
    order = (col(RubricVersion.rubric_id), col(RubricVersion.id).desc())
    mine = RubricVersion.organisation_id == ctx.org
    with reading(ctx.engine) as session:
        return list(session.exec(select(RubricVersion).where(mine).order_by(*order)))


def check(
    paths: Sequence[Path] | None = None, *, rubrics_dir: Path | None = None, against: Path | None = None
) -> CheckReport:
    """Every fault of the packs in these files or folders (default: all installed ones).

    `against` is a file, or a folder of files, with packs as they were before: changed content needs a higher version.
    Raises NotFound for a path that is not there or a folder without packs, TooLarge.
    """
    for folder in paths or ():
        if folder.is_dir() and not list(_pack_files([folder])):
            raise NotFound(
                _("{folder} holds no rubric pack: no file in it ends in {known}.").format(
                    folder=folder, known=" or ".join(packs.SUFFIXES)
                )
            )
    files = tuple(_pack_files(paths or [packs.shipped("rubrics"), *([rubrics_dir] if rubrics_dir else [])]))
    faults: list[LocatedFault] = []
    for file in files:
        faults += packs.check_pack(file, _earlier(file, against))
    return CheckReport(files, tuple(faults))


def json_schema() -> dict[str, Any]:
    """JSON Schema of a pack, for editors; cross-field rules are those of `check`."""
    schema = Rubric.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Vetting rubric pack"}


def new_skeleton(slug: str) -> str:
    """A commented pack to start from, YAML that `check` accepts. Raises BadInput for an id that cannot be one."""
    if not _PACK_ID.fullmatch(slug):
        raise BadInput(
            _("'{slug}' cannot be the id of a pack: write domain.field in lower case, such as law.contracts.").format(
                slug=slug
            )
        )
    domain, _dot, field = slug.partition(".")
    text = Path(__file__).with_name("rubric_skeleton.yaml").read_text(encoding="utf-8")
    names = {"id": slug, "domain": domain.replace("_", "-").strip("-"), "field": field.replace("_", " ").strip()}
    return Template(text).substitute(names)


def store(ctx: Context, session: Session, rubric: Rubric) -> int:
    """As `install`, within the caller's transaction."""
    return _stored(session, ctx.org, rubric) or _store(ctx, session, rubric)


def _stored(session: Session, org: int, rubric: Rubric) -> int | None:
    mine = RubricVersion.organisation_id == org
    return session.exec(select(RubricVersion.id).where(mine, RubricVersion.sha256 == rubric.sha256)).first()


def _store(ctx: Context, session: Session, rubric: Rubric) -> int:
    row = RubricVersion(
        organisation_id=ctx.org,
        rubric_id=rubric.id,
        version=rubric.version,
        sha256=rubric.sha256,
        content=rubric.model_dump(mode="json"),
        created_at=ctx.now(),
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def _pack_files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix in packs.SUFFIXES)
        else:
            yield packs.find_pack(path)


def _earlier(file: Path, against: Path | None) -> Rubric | None:
    if against is None:
        return None
    path = against / file.name if against.is_dir() else packs.find_pack(against)
    return packs.read_pack(path).rubric if path.is_file() else None
