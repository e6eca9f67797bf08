"""Files of experts and projects as records: each with the place it came from, or the reason it cannot be used."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from vetting.domain.faults import faults
from vetting.domain.json_resume import impossible_date, is_json_resume, read_json_resume
from vetting.errors import BadInput, TooLarge

MAX_BYTES = 32 * 1024 * 1024
"""Largest file taken; 10,000 experts with three items each are about 15 MB."""

CSV_COLUMNS = (
    "id", "name", "headline", "summary", "country", "timezone", "languages", "hours_per_week", "rate_amount",
    "rate_currency", "available_from", "degrees", "licences",
)  # fmt: skip
T = TypeVar("T", bound=BaseModel)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Record:
    """One record of a file: where it stands (`file:line`) and its data, or why it cannot be read."""

    where: str
    data: Any = None
    fault: str = ""


@dataclass
class ImportReport:
    """What an import did. `faults` are sentences `file:line field: message`; the rest went in.

    `notes` are sentences about what went in and should be looked at.
    """

    what: str
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "what": self.what,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "faults": self.faults,
        } | ({"notes": self.notes} if self.notes else {})

    def summary(self) -> str:
        """One sentence for a person."""
        many = len(self.faults) != 1
        plain = f", {len(self.faults)} {'faults (their records were' if many else 'fault (its record was'} skipped)"
        skipped = plain if self.faults else ""
        return f"{self.what}: {self.added} added, {self.updated} updated, {self.unchanged} unchanged{skipped}."


@dataclass
class Parsed(Generic[T]):
    """Usable values by id, in file order, and the faults of the rest."""

    values: dict[str, T] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def parse(files: Sequence[Path], model: type[T], read: Callable[[Path, bytes], Iterator[Record]]) -> Parsed[T]:
    """All records of all files, validated. Raises BadInput where a whole file cannot be used, before anything is."""
    contents = [(path, load(path)) for path in files]
    parsed: Parsed[T] = Parsed()
    for path, content in contents:
        for record in read(path, content):
            _validate(record, model, parsed)
    return parsed


def _validate(record: Record, model: type[T], into: Parsed[T]) -> None:
    if record.fault:
        into.faults.append(f"{record.where} {record.fault}")
        return
    try:
        value = model.model_validate(record.data)
    except ValidationError as error:
        into.faults += [f"{record.where} {fault}" for fault in faults(error)]
        return
    key = str(getattr(value, "id"))  # noqa: B009  # both models have an id, their common base has not
    if key in into.places:
        into.faults.append(f"{record.where} id: {key!r} stands already at {into.places[key]}")
        return
    into.values[key] = value
    into.places[key] = record.where


def load(path: Path) -> bytes:
    """The bytes of a file. Raises BadInput or TooLarge, one sentence naming the file."""
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder; name the files in it.")
        if not path.is_file():
            raise BadInput(f"{path}: there is no such file.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            limit = MAX_BYTES // 2**20
            raise TooLarge(f"{path} has {size / 2**20:.0f} MB; a file may have {limit} MB: split it.")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None


def require_folder(out: Path) -> None:
    """Refuse, before any work is done, a file to write whose folder is not there. Raises BadInput naming the folder."""
    if not out.parent.is_dir():
        raise BadInput(f"--out: there is no folder {out.parent}; make it first.")
    if out.is_dir():
        raise BadInput(f"--out: {out} is a folder; name a file.")


def read_experts(path: Path, content: bytes) -> Iterator[Record]:
    """Expert records of a jsonl, csv or JSON file (one record, a list, or JSON Resume)."""
    kind = path.suffix.lower()
    if kind == ".csv":
        return _csv(path, _decoded(path, content))
    if kind == ".json":
        return _json(path, content)
    return _jsonl(path, content)


def read_projects(path: Path, content: bytes) -> Iterator[Record]:
    """Project records of a jsonl or JSON file."""
    return _json(path, content) if path.suffix.lower() == ".json" else _jsonl(path, content)


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}:{line} is not text in UTF-8; save the file in UTF-8.") from None


def _jsonl(path: Path, content: bytes) -> Iterator[Record]:
    for number, line in enumerate(_decoded(path, content).split("\n"), start=1):
        if line.strip():
            yield _from_json(f"{path}:{number}", line)


def _json(path: Path, content: bytes) -> Iterator[Record]:
    whole = _from_json(str(path), _decoded(path, content), content)
    if whole.fault:
        raise BadInput(f"{path} {whole.fault}.")
    if isinstance(whole.data, list):
        yield from (Record(f"{path}[{at}]", data) for at, data in enumerate(whole.data))
    else:
        yield whole


def _from_json(where: str, text: str, source: bytes | None = None) -> Record:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        return Record(where, fault=f"is not JSON: {error.msg} at column {error.colno}")
    except (RecursionError, ValueError):
        return Record(where, fault="is not JSON that can be read: too deep or a number too long")
    if not is_json_resume(data):
        return Record(where, data)
    wrong = impossible_date(data)
    if wrong:
        return Record(where, fault=wrong)
    return Record(where, read_json_resume(data, source if source is not None else text.encode(errors="replace")))


def _csv(path: Path, text: str) -> Iterator[Record]:
    csv.field_size_limit(MAX_BYTES)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in CSV_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        _refuse_separator(path, reader.fieldnames or ())
        what = f"column{'s' * (len(missing) > 1)} {', '.join(missing)}"
        raise BadInput(f"{path}:1 lacks the {what}; nothing was imported.")
    return _csv_rows(path, reader)


def _refuse_separator(path: Path, header: Sequence[str]) -> None:
    """A header that is one cell with our columns in it was written with another separator."""
    for separator, name in ((";", "';'"), ("\t", "a tab")):
        if len({cell.strip() for cell in ",".join(header).split(separator)} & set(CSV_COLUMNS)) > 1:
            raise BadInput(f"{path}:1: the separator seems to be {name}; save it with commas. Nothing was imported.")


def _csv_rows(path: Path, reader: csv.DictReader[str]) -> Iterator[Record]:
    try:
        for row in reader:
            where = f"{path}:{reader.line_num}"
            if None in row or None in row.values():
                yield Record(where, fault=f"has {'more' if None in row else 'fewer'} cells than the header")
                continue
            try:
                yield Record(where, _from_cells({k: v.strip() for k, v in row.items() if k in CSV_COLUMNS}))
            except ValueError as error:
                yield Record(where, fault=str(error))
    except csv.Error as error:
        yield Record(f"{path}:{reader.line_num}", fault=f"is not readable as CSV from here on: {error}")


def _from_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    plain = ("country", "timezone", "hours_per_week", "available_from")
    facts: dict[str, Any] = {key: cells[key] for key in plain if cells[key]}
    if cells["rate_amount"] or cells["rate_currency"]:
        facts["rate"] = {"amount": cells["rate_amount"], "currency": cells["rate_currency"], "per": "hour"}
    facts["languages"] = dict(_pair("languages", part, "en:C1") for part in _parts(cells["languages"]))
    facts["degrees"] = _parts(cells["degrees"])
    facts["licences"] = [_licence(part) for part in _parts(cells["licences"])]
    return {
        **{key: cells[key] for key in ("id", "name", "headline", "summary")},
        "facts": facts,
    }


def _licence(cell: str) -> dict[str, str]:
    """`name:jurisdiction`, and `:expiry date` where there is one."""
    name, jurisdiction = _pair("licences", cell, "Medical licence:DE:2030-12-31")
    jurisdiction, _, expires = jurisdiction.partition(":")
    return {"name": name, "jurisdiction": jurisdiction.strip()} | ({"expires": expires.strip()} if expires else {})


def _pair(column: str, cell: str, example: str) -> tuple[str, str]:
    key, colon, value = cell.partition(":")
    if not colon or not key.strip() or not value.strip():
        raise ValueError(f"{column}: {cell[:60]!r} is not like {example}")
    return key.strip(), value.strip()


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]
