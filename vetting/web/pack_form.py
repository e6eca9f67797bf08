"""The forms of a draft pack: typed fields put back into the parts they show, whatever stands in them.

A value that cannot be read stays as it was typed, for the check to say so. Parts keep the fields that no form shows
(those of work samples), found again by the id that each row carries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vetting.domain import pack_edit
from vetting.domain.pack_draft import add_points, points_of
from vetting.domain.pack_edit import Document, set_or_drop
from vetting.domain.tongue import N_

Fields = Mapping[str, str]
MOST_ROWS = 1_000
"""Of one list in a form; a shipped pack has a hundred sources."""
LISTS = ("indicators", "misconceptions", "probes", "sources")
TRIGGER_WORDS = {
    "missing": N_("when this point is missing"),
    "vague": N_("when little of it was said"),
    "misconception": N_("when this wrong belief shows"),
    "always": N_("always"),
}
KIND_WORDS = {
    "clarify": N_("clarify"),
    "deepen": N_("go deeper"),
    "defend": N_("defend it"),
    "counter_example": N_("a counter-example"),
}
_ACT = re.compile(r"(?P<list>[a-z]+)(?:\.(?P<at>\d{1,3}))?\.(?P<verb>add|remove|up|down)")
_EMPTY: Mapping[str, Document] = {
    "indicators": {"statement": "", "level": 3},
    "misconceptions": {"statement": "", "correction": "", "level": 2},
    "probes": {"trigger": "vague", "kind": "deepen", "text": ""},
    "sources": {"title": "", "publisher": "", "year": ""},
}
_STEM = {"indicators": "point", "misconceptions": "wrong", "probes": "follow-up", "sources": "source"}


def fill_question(question: Document, fields: Fields) -> None:
    """The question as its form has it now."""
    for name in ("text", "reference"):
        if name in fields:
            question[name] = fields[name].strip()
    for name in ("rephrase",):
        set_or_drop(question, name, fields.get(name, "").strip())
    question["minutes"] = _number(fields.get("minutes", question.get("minutes", 3)))
    set_or_drop(question, "core", fields.get("core") or None)
    question["case"] = fields.get("case") == "true"
    if "positions" in fields:
        set_or_drop(question, "positions", _lines(fields["positions"]))
    if "cited" in fields:
        set_or_drop(question, "sources", _lines(fields["cited"].replace(",", "\n")))
    question["indicators"] = _rows(question, fields, "indicators")
    question["misconceptions"] = _rows(question, fields, "misconceptions")
    question["probes"] = _rows(question, fields, "probes")
    new = _lines(fields.get("new_points", ""))
    add_points(question, new)
    if not question.get("reference") and new:
        question["reference"] = " ".join(p if p.endswith((".", "!", "?")) else f"{p}." for p in new)


def fill_competency(document: Document, competency: Document, fields: Fields) -> None:
    """The competency as its form has it now; the weights of the others make room for its own."""
    competency["name"] = fields.get("name", "").strip()
    competency["definition"] = fields.get("definition", "").strip()
    competency["anchors"] = {str(level): fields.get(f"anchors.{level}", "").strip() for level in range(1, 6)}
    weight = _number(fields.get("weight", ""))
    held = competency.get("weight")
    now = round(100 * held) if isinstance(held, int | float) else None
    if isinstance(weight, int | float) and weight != now:
        pack_edit.set_weight(document, str(competency["id"]), weight / 100)
    elif isinstance(weight, str) and weight:
        competency["weight"] = weight
    cut = document.setdefault("cut", {"composite": 3.5})
    levels = cut.setdefault("min_levels", {})
    set_or_drop(levels, str(competency["id"]), _number(fields.get("min_level", "")))


def fill_pack(document: Document, fields: Fields) -> None:
    """What is said of the whole pack, as its form has it now."""
    for name in ("title", "summary", "written_by", "language"):
        document[name] = fields.get(name, "").strip()
    document["form"] = "adaptive" if fields.get("form") == "adaptive" else "fixed"
    for name in ("time_budget_minutes", "max_questions"):
        document[name] = _number(fields.get(name, ""))
    for name in ("jurisdiction", "review_by"):
        set_or_drop(document, name, fields.get(name, "").strip())
    document.setdefault("cut", {"min_levels": {}})["composite"] = _number(fields.get("composite", ""))
    document["off_limits"] = _lines(fields.get("off_limits", ""))
    tasks = _lines(fields.get("tasks", ""))
    known = document.get("job_analysis")
    analysis = {**known, "tasks": tasks} if isinstance(known, dict) else {"tasks": tasks, "sources": []}
    set_or_drop(document, "job_analysis", analysis if tasks else None)
    document["sources"] = _rows(document, fields, "sources")
    _sign(document, fields)


def act(part: Document, what: str) -> str | None:
    """Add, remove or move one row of a part: `indicators.add`, `probes.2.up`; the place on the page to return to.

    None where the words name no such act, or no such row.
    """
    found = _ACT.fullmatch(what)
    if found is None or found["list"] not in LISTS:
        return None
    name, at = found["list"], int(found["at"] or 0)
    rows: list[Any] = list(part.get(name) or ())
    if found["verb"] == "add":
        rows.append({"id": pack_edit.slug("", _taken(part, name), f"{_STEM[name]}-{len(rows) + 1}"), **_EMPTY[name]})
        at = len(rows) - 1
    elif at >= len(rows):
        return None
    elif found["verb"] == "remove":
        gone = rows.pop(at)
        _aimless(part, str(gone.get("id")))
    else:
        pack_edit.move(rows, at, -1 if found["verb"] == "up" else 1)
        at += -1 if found["verb"] == "up" else 1
    part[name] = rows
    return f"{name}-{min(max(at, 0), max(len(rows) - 1, 0))}"


def calm(faults: Mapping[str, list[str]], part: Document) -> dict[str, list[str]]:
    """The faults of a form without those of rows that nobody has typed in yet; the check counts them all the same."""
    blank = [
        f"{name}.{n}"
        for name, empty in _EMPTY.items()
        for n, row in enumerate(part.get(name) or ())
        if isinstance(row, dict) and all(row.get(key) == value for key, value in empty.items())
    ]
    return {field: said for field, said in faults.items() if ".".join(field.split(".")[:2]) not in blank}


def points_from_answer(question: Document) -> None:
    """A point for each sentence of the answer that is none yet."""
    add_points(question, points_of(str(question.get("reference") or "")))


def _rows(part: Document, fields: Fields, name: str) -> list[Document]:
    """The rows of a list as they were typed, in their order; a part without such fields keeps its own."""
    held = {str(row.get("id")): row for row in part.get(name) or () if isinstance(row, dict)}
    if f"{name}.count" not in fields:
        return list(held.values())
    typed: dict[int, dict[str, str]] = {}
    for key, value in fields.items():
        if found := re.fullmatch(rf"{name}\.(\d{{1,3}})\.(\w+)", key):
            typed.setdefault(int(found[1]), {})[found[2]] = value
    told = fields[f"{name}.count"]
    count = min(int(told), MOST_ROWS) if told.isdecimal() and len(told) < 10 else 0
    rows = []
    for row_fields in (typed.get(n, {}) for n in range(count)):
        name_of_row = row_fields.get("id", "")
        row = dict(held.get(name_of_row, {"id": name_of_row}))
        _fill_row(row, row_fields)
        rows.append(row)
    return rows


def _fill_row(row: Document, typed: Fields) -> None:
    for key, value in typed.items():
        if key in ("phrases", "examples"):
            set_or_drop(row, key, _lines(value))
        elif key in ("level", "year"):
            row[key] = _number(value)
        elif key in ("target", "url", "note"):
            set_or_drop(row, key, value.strip())
        elif key != "id":
            row[key] = value.strip()


def _taken(part: Document, name: str) -> set[str]:
    if name == "sources":
        return {str(s.get("id")) for s in part.get("sources") or ()}
    return pack_edit.ids_of(part)


def _aimless(part: Document, gone: str) -> None:
    """A follow-up that aimed at what was removed aims at nothing now."""
    for probe in part.get("probes") or ():
        if probe.get("target") == gone:
            probe.pop("target")
            probe["trigger"] = "vague"


def _sign(document: Document, fields: Fields) -> None:
    """A name, a role and a day sign this version, beside further names of a file; without any it is a draft."""
    signer = {key: fields.get(f"signed_{key}", "").strip() for key in ("name", "role", "on")}
    others = list(document.get("reviewed_by") or ())[1:]
    document["reviewed_by"] = signed = [*([signer] if signer["name"] else []), *others]
    if document.get("status") != "validated" or not signed:
        document["status"] = "reviewed" if signed else "draft"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _number(value: Any) -> Any:
    """A number where it is one, else what was typed."""
    text = str(value).strip().replace(",", ".")
    if re.fullmatch(r"-?\d{1,6}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d{1,6}\.\d{1,6}", text) else text
