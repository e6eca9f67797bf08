"""Everything kept about a person, for that person: a list of what there is, and a zip of all of it.

Every table that points at the person is given, row by row, without being named here, so that a new one cannot be
forgotten; what is held back is named, with its reason, and the reasons stand in the archive too.
"""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session, col

from vetting.db.engine import reading
from vetting.db.log import Log, load
from vetting.db.models import Candidate, Interview, metadata
from vetting.db.own_rows import rows_of
from vetting.db.queries import columns
from vetting.domain.interview_events import AnswerSubmitted, NoteAdded, QuestionAsked, TurnDisputed, TurnSkipped
from vetting.domain.tongue import _
from vetting.domain.transcript import PromptKind
from vetting.errors import BadInput, Conflict, NotFound, StorageFull, Unavailable
from vetting.services.context import Context

FORMAT = "vetting-record/1"
_QUESTIONS_IN_USE = "tells what a good answer holds, and the questions stay in use"
HELD_BACK: dict[str, str] = {
    "profile_item.vector": "numbers that an embedding model made of the text beside them",
    "verdict.target": _QUESTIONS_IN_USE,
    "assessment.dropped": _QUESTIONS_IN_USE,
    "defence.ratings": _QUESTIONS_IN_USE,
    "scorecard.statement": _QUESTIONS_IN_USE,
    "scorecard.reworded": "the feedback on your page says the same",
    "likeness.detail": "is about another person's answer",
    "model_call.error": "an error of the machine, without words of yours",
    "interview.seed": "chooses among questions that stay in use",
}
"""`table.column` -> why it is not given."""
HELD_BACK_EVERYWHERE: dict[str, str] = {
    "token_sha256": "would open your links and sessions",
    "by": "names another person",
}
"""The same for columns of this name, or with a name that ends like it, in whatever table."""

README = """This archive holds everything that is kept about you here, as of {at}.

record.json       all of it, for programs: your profile, each interview with every question and answer, notes, marks,
                  consents, drafts, what was noticed, ratings, appeals, what you asked for, and lists you stand in
transcripts/      each interview to read

Not in it, and why:
{held}
To have all of it deleted, open your page by your invitation link, or write to who invited you.
"""


def archive(ctx: Context, candidate_id: int) -> bytes:
    """A zip of everything about a person. Raises NotFound."""
    with reading(ctx.engine) as session:
        person, logs = _person(session, ctx.org, candidate_id)
        record = _record(session, ctx, person, logs)
    held = "".join(f"- {name}: {why}.\n" for name, why in sorted((HELD_BACK | HELD_BACK_EVERYWHERE).items()))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", README.format(at=f"{ctx.now():%-d %B %Y}", held=held))
        file.writestr("record.json", json.dumps(record, ensure_ascii=False, indent=1))
        for number, log in enumerate(logs, start=1):
            file.writestr(f"transcripts/{number}-{log.rubric.id}.txt", transcript_text(log))
    return made.getvalue()


def refuse_to_overwrite(out: Path, *, force: bool) -> None:
    """Whether an archive could be written there. Raises Conflict for a file that exists, BadInput for what is none."""
    if out.exists() and not out.is_file():
        raise BadInput(_("{out} is no file that could be overwritten; name another one.").format(out=out))
    if out.exists() and not force:
        raise Conflict(_("{out} exists already; name another file, or overwrite it with --force.").format(out=out))


def keep(archive: bytes, out: Path) -> None:
    """Write an archive for its owner's eyes, whole or not at all. Raises StorageFull or Unavailable naming the file."""
    fresh = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(archive)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, out)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(
                _("The disk is full, so {out} was not written; free some space and try again.").format(out=out)
            ) from error
        raise Unavailable(_("{out} cannot be written: {strerror}.").format(out=out, strerror=error.strerror)) from error
    finally:
        with suppress(OSError):  # the folder may be none, which was told already
            fresh.unlink(missing_ok=True)


def transcript_text(log: Log) -> str:
    """An interview to read: each question with what was answered, and the note."""
    lines = [log.rubric.title, f"{log.row.created_at:%-d %B %Y}, {log.state.phase.value}", ""]
    for turn in _turns(log):
        lines += [f"{turn['turn']}. {turn['prompt']}", "", turn["answer"] or f"({turn['status']})", ""]
        lines += [f"Your note: {turn['note']}", ""] if turn["note"] else []
    return "\n".join(lines)


def _person(session: Session, org: int, candidate_id: int) -> tuple[Candidate, list[Log]]:
    person = session.get(Candidate, candidate_id)
    if person is None or person.organisation_id != org:
        raise NotFound
    keys = columns(Interview.id).where(col(Interview.candidate_id) == candidate_id).order_by(col(Interview.id))
    return person, [load(session, org, key) for key in session.scalars(keys)]


def _record(session: Session, ctx: Context, person: Candidate, logs: list[Log]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_at": ctx.now().isoformat(timespec="seconds"),
        "person": _given(metadata().tables["candidate"], person.model_dump()),
        "interviews": [_interview(session, log) for log in logs],
        "tables": _tables(session, person, logs),
        "held_back": HELD_BACK | HELD_BACK_EVERYWHERE,
    }


def _interview(session: Session, log: Log) -> dict[str, Any]:
    return {
        **_given(metadata().tables["interview"], log.row.model_dump()),
        "rubric": {"id": log.rubric.id, "version": log.rubric.version, "title": log.rubric.title},
        "turns": list(_turns(log)),
        "events": [{"type": e.event.type, "at": e.event.at.isoformat()} for e in log.entries],
        "scorecard": _scorecard(session, log),
    }


def _scorecard(session: Session, log: Log) -> dict[str, Any] | None:
    """A scorecard without the statements of the rubric: what they say is the answer to questions still in use."""
    table = metadata().tables["scorecard"]
    row = session.execute(select(table).where(table.c.interview_id == log.id)).mappings().first()
    if row is None:
        return None
    document = dict(row["document"])
    hidden = {"statement", "indicator"}
    document["competencies"] = [
        {name: value for name, value in c.items() if name not in ("split", "missed")}
        | {"evidence": [{k: v for k, v in e.items() if k not in hidden} for e in c["evidence"]]}
        for c in document["competencies"]
    ]
    return {"rated_at": row["rated_at"].isoformat(), **document}


def _turns(log: Log) -> Iterator[dict[str, Any]]:
    events = [(entry.event, entry.text) for entry in log.entries]
    asked = {e.turn: e for e, _ in events if isinstance(e, QuestionAsked)}
    ended = {e.turn: e for e, _ in events if isinstance(e, AnswerSubmitted | TurnSkipped)}
    notes = {e.turn: text for e, text in events if isinstance(e, NoteAdded)}
    disputes = {e.turn: text or "marked without words" for e, text in events if isinstance(e, TurnDisputed)}
    for turn in log.transcript.turns:
        end = ended.get(turn.number)
        yield {
            "turn": turn.number,
            "topic": log.rubric.competency_of(turn.question_id).name,
            "kind": "question" if turn.kind is PromptKind.LEAD else "follow-up",
            "prompt": turn.prompt,
            "asked_by": f"{asked[turn.number].engine}:{asked[turn.number].model}",
            "asked_at": asked[turn.number].at.isoformat(),
            "status": turn.status.value,
            "answer": turn.answer,
            "ended_at": end.at.isoformat() if end else None,
            "pasted_characters": end.pasted_chars if isinstance(end, AnswerSubmitted) else 0,
            "note": notes.get(turn.number),
            "marked_as_wrong": disputes.get(turn.number),
        }


def _tables(session: Session, person: Candidate, logs: list[Log]) -> dict[str, list[dict[str, Any]]]:
    """Every other table with rows about the person, with those rows; each names the interview it is of."""
    assert person.id is not None
    interviews = {log.id: log.row.public_id for log in logs}
    found: dict[str, list[dict[str, Any]]] = {}
    for table, mine in rows_of(session, person.id, list(interviews)).items():
        rows = [dict(row) for row in session.execute(select(table).where(mine)).mappings()]
        if rows and table.name != "scorecard":
            found[table.name] = [_given(table, row, interviews) for row in rows]
    return found


def _given(table: Table, row: dict[str, Any], interviews: Mapping[int, str] = MappingProxyType({})) -> dict[str, Any]:
    """A row without keys, which mean something in the database alone, and without what is held back."""
    of = {"interview": interviews[row["interview_id"]]} if row.get("interview_id") in interviews else {}
    return of | {
        c.name: _as_json(row[c.name])
        for c in table.columns
        if not (c.foreign_keys or c.name == "id" or _held_back(table.name, c.name))
    }


def _held_back(table: str, column: str) -> bool:
    everywhere = any(column == name or column.endswith(f"_{name}") for name in HELD_BACK_EVERYWHERE)
    return (everywhere and f"{table}.{column}" != "interview.invited_by") or f"{table}.{column}" in HELD_BACK


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return f"{len(value):,} bytes" if isinstance(value, bytes) else value
