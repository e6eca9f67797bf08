"""Files of experts and projects as records: each with the place it came from, or the reason it cannot be used."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from vetting.domain.faults import faults
from vetting.domain.json_resume import bad_parts, impossible_date, is_json_resume, read_json_resume
from vetting.domain.tongue import _
from vetting.errors import BadInput, TooLarge

MAX_BYTES = 32 * 1024 * 1024
"""Largest .json file and longest line taken; jsonl and csv are read line by line and may be of any size."""

CSV_COLUMNS = (
    "id", "name", "headline", "summary", "country", "timezone", "languages", "hours_per_week", "rate_amount",
    "rate_currency", "available_from", "degrees", "licences",
)  # fmt: skip
UNCLOSED = "opens a quote that is never closed, so the rest of the file was read as one cell"
T = TypeVar("T", bound=BaseModel)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Record:
    """One record of a file: where it stands (`file:line`) and its data, or why it cannot be read.

    `left_out` says what is wrong with parts of it that are not in the data.
    """

    where: str
    data: Any = None
    fault: str = ""
    left_out: tuple[str, ...] = ()


@dataclass
class ImportReport:
    """What an import did. `faults` are sentences `file:line field: message`, of whole records or parts of one; the rest
    went in.

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
        plain = f", {len(self.faults)} {'faults (what they name' if many else 'fault (what it names'} was skipped)"
        skipped = plain if self.faults else ""
        return f"{self.what}: {self.added} added, {self.updated} updated, {self.unchanged} unchanged{skipped}."


@dataclass(frozen=True)
class Source:
    """A file that can be used as a whole: about how many records it holds, and the records, read anew each time."""

    count: int
    records: Callable[[], Iterator[Record]]


@dataclass
class Parsed(Generic[T]):
    """Usable values by id, in file order, and the faults of the rest."""

    values: dict[str, T] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class Reading(Generic[T]):
    """The records of all files, validated one after the other, so that memory does not grow with the files."""

    def __init__(self, sources: Sequence[Source], model: type[T]) -> None:
        self.total = sum(source.count for source in sources)
        self.done = 0
        self.faults: list[str] = []
        self._sources, self._model = sources, model
        self._places: dict[str, str] = {}

    def values(self) -> Iterator[T]:
        """The usable ones; what is wrong with the others is added to `faults`."""
        for source in self._sources:
            for record in source.records():
                self.done += 1
                value = self._validated(record)
                if value is not None:
                    yield value

    def claimed(self, key: str, where: str) -> bool:
        """Whether an id is the first of its kind, and from now on its place's; else that is a fault."""
        if key in self._places:
            self.faults.append(f"{where} id: {key!r} stands already at {self._places[key]}")
            return False
        self._places[key] = where
        return True

    def _validated(self, record: Record) -> T | None:
        if record.fault:
            self.faults.append(f"{record.where} {record.fault}")
            return None
        self.faults += [f"{record.where} {fault}" for fault in record.left_out]
        try:
            value = self._model.model_validate(record.data)
        except ValidationError as error:
            self.faults += [f"{record.where} {fault}" for fault in faults(error)]
            return None
        return value if self.claimed(_id_of(value), record.where) else None


def open_all(files: Sequence[Path], model: type[T], read: Callable[[Path], Source]) -> Reading[T]:
    """All files, to be read. Raises BadInput where a whole file cannot be used, before anything of any is."""
    return Reading([read(path) for path in files], model)


def parse(files: Sequence[Path], model: type[T], read: Callable[[Path], Source]) -> Parsed[T]:
    """All records of all files at once. Raises BadInput as `open_all`."""
    reading = open_all(files, model, read)
    values = {_id_of(value): value for value in reading.values()}
    return Parsed(values, reading.faults)


def _id_of(value: BaseModel) -> str:
    return str(getattr(value, "id"))  # noqa: B009  # both models have an id, their common base has not


def load(path: Path) -> bytes:
    """The bytes of a file. Raises BadInput or TooLarge, one sentence naming the file."""
    try:
        if path.is_dir():
            raise BadInput(_("{path} is a folder; name the files in it.").format(path=path))
        if not path.is_file():
            raise BadInput(_("{path}: there is no such file.").format(path=path))
        size = path.stat().st_size
        if size > MAX_BYTES:
            limit = MAX_BYTES // 2**20
            raise TooLarge(
                _("{path} has {value:.0f} MB; such a file may have {limit} MB: use jsonl.").format(
                    path=path, value=size / 2**20, limit=limit
                )
            )
        return path.read_bytes()
    except OSError as error:
        raise BadInput(_("{path} cannot be read: {strerror}.").format(path=path, strerror=error.strerror)) from None


def require_folder(out: Path) -> None:
    """Refuse, before any work is done, a file to write whose folder is not there. Raises BadInput naming the folder."""
    if not out.parent.is_dir():
        raise BadInput(_("--out: there is no folder {parent}; make it first.").format(parent=out.parent))
    if out.is_dir():
        raise BadInput(_("--out: {out} is a folder; name a file.").format(out=out))


def read_experts(path: Path) -> Source:
    """Expert records of a jsonl, csv or JSON file (one record, a list, or JSON Resume)."""
    kind = path.suffix.lower()
    if kind == ".csv":
        return _csv(path)
    return read_projects(path)


def read_projects(path: Path) -> Source:
    """Project records of a jsonl or JSON file."""
    return _json(path) if path.suffix.lower() == ".json" else _jsonl(path)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers. Raises BadInput or TooLarge, naming file and line."""
    if path.is_dir():
        raise BadInput(_("{path} is a folder; name the files in it.").format(path=path))
    if not path.is_file():
        raise BadInput(_("{path}: there is no such file.").format(path=path))
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(partial(file.readline, MAX_BYTES + 1), b""), start=1):
                if len(line) > MAX_BYTES:
                    limit = MAX_BYTES // 2**20
                    raise TooLarge(
                        _("{path}:{number} has more than {limit} MB in one line.").format(
                            path=path, number=number, limit=limit
                        )
                    )
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise BadInput(
            _("{path}:{number} is not text in UTF-8; save the file in UTF-8.").format(path=path, number=number)
        ) from None
    except OSError as error:
        raise BadInput(_("{path} cannot be read: {strerror}.").format(path=path, strerror=error.strerror)) from None


def _jsonl(path: Path) -> Source:
    count = sum(1 for _, line in _lines(path) if line.strip())

    def records() -> Iterator[Record]:
        return (_from_json(f"{path}:{number}", line) for number, line in _lines(path) if line.strip())

    return Source(count, records)


def _json(path: Path) -> Source:
    content = load(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            _("{path}:{line} is not text in UTF-8; save the file in UTF-8.").format(path=path, line=line)
        ) from None
    whole = _from_json(str(path), text, content)
    if whole.fault:
        raise BadInput(_("{path} {fault}.").format(path=path, fault=whole.fault))
    found = [Record(f"{path}[{at}]", d) for at, d in enumerate(whole.data)] if isinstance(whole.data, list) else [whole]
    return Source(len(found), lambda: iter(found))


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
    profile = read_json_resume(data, source if source is not None else text.encode(errors="replace"))
    return Record(where, profile, left_out=tuple(map(str, bad_parts(data))))


def _csv(path: Path) -> Source:
    """A table; a row may take several lines, so the lines are only about as many as the records."""
    csv.field_size_limit(MAX_BYTES)
    try:
        table = _Table(path)
    except csv.Error as error:
        raise BadInput(
            _("{path}:1 is not readable as CSV: {error}; nothing was imported.").format(path=path, error=error)
        ) from None
    missing = [name for name in CSV_COLUMNS if name not in table.names]
    if missing and (line := table.unclosed()):
        raise BadInput(
            _("{path}:{line} {unclosed}; nothing was imported.").format(path=path, line=line, unclosed=UNCLOSED)
        )
    if missing:
        _refuse_separator(path, table.names)
        what = f"column{'s' * (len(missing) > 1)} {', '.join(missing)}"
        raise BadInput(_("{path}:1 lacks the {what}; nothing was imported.").format(path=path, what=what))
    count = sum(1 for _ in _lines(path)) - 1
    return Source(max(count, 0), lambda: _csv_rows(path, _Table(path)))


class _Table:
    """The rows of a table, with the lines that the latest of them was read from."""

    def __init__(self, path: Path) -> None:
        self._of_row: list[str] = []
        self._ended = False
        self._reader = csv.DictReader(self._followed(path))
        self.names: Sequence[str] = self._reader.fieldnames or ()

    def rows(self) -> Iterator[dict[str | Any, str | Any]]:
        """Each row by its columns. Raises csv.Error."""
        self._of_row.clear()
        for row in self._reader:
            yield row
            self._of_row.clear()

    @property
    def lines(self) -> tuple[int, int]:
        """The numbers of the first and the last line of the row; empty lines before it are not its own."""
        empty = next((at for at, line in enumerate(self._of_row) if line.strip()), 0)
        return self._reader.line_num - len(self._of_row) + 1 + empty, self._reader.line_num

    def unclosed(self) -> int | None:
        """The line with the quote that the row, the last one, opens and never closes; None where all are closed."""
        if not self._ended:
            return None
        first, last = self.lines
        # All lines but the first begin inside of quotes; one with several cells closed them and opened others.
        within = reversed(range(first + 1, last + 1))
        return next((n for n in within if len(next(csv.reader([f'"{self._of_row[n - last - 1]}']))) > 1), first)

    def _followed(self, path: Path) -> Iterator[str]:
        for _number, line in _lines(path):
            self._of_row.append(line)
            yield line
        self._ended = True  # asked for after the last line, which only happens where that ends inside of quotes


def _refuse_separator(path: Path, header: Sequence[str]) -> None:
    """A header that is one cell with our columns in it was written with another separator."""
    for separator, name in ((";", "';'"), ("\t", "a tab")):
        if len({cell.strip() for cell in ",".join(header).split(separator)} & set(CSV_COLUMNS)) > 1:
            raise BadInput(
                _("{path}:1: the separator seems to be {name}; save it with commas. Nothing was imported.").format(
                    path=path, name=name
                )
            )


def _csv_rows(path: Path, table: _Table) -> Iterator[Record]:
    try:
        for row in table.rows():
            first, last = table.lines
            where = f"{path}:{first}"
            if line := table.unclosed():
                yield Record(f"{path}:{line}", fault=UNCLOSED)
                continue
            if None in row or None in row.values():
                more = "more" if None in row else "fewer"
                on = f"; it goes on to line {last}, so perhaps a quote in it is not closed" if last > first else ""
                yield Record(where, fault=f"has {more} cells than the header{on}")
                continue
            try:
                yield Record(where, _from_cells({k: v.strip() for k, v in row.items() if k in CSV_COLUMNS}))
            except ValueError as error:
                yield Record(where, fault=str(error))
    except csv.Error as error:
        first, last = table.lines
        said = UNCLOSED if last > first and "limit" in str(error) else f"is not readable as CSV from here on: {error}"
        yield Record(f"{path}:{first}", fault=said)


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
