"""Words that would run if a page, a script or a spreadsheet took them for more than words, in every stored field."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import JSON, String, Table, select, update
from sqlmodel import AutoString, Session

from vetting.db.engine import writing
from vetting.db.models import metadata
from vetting.services.context import Context

RAN = "HOSTILE WORDS RAN"
ELSEWHERE = "hostile.example"
WORDS = (
    f"""=HYPERLINK("http://{ELSEWHERE}","x")'"><b data-hostile onclick=console.log('{RAN}')>b</b>"""
    f"""<img src=x data-hostile onerror=console.log('{RAN}')><img src=http://{ELSEWHERE}/a.png>"""
    f"""<script data-hostile>console.log('{RAN}')</script><svg data-hostile onload=console.log('{RAN}')>"""
    f"""</textarea></title></script><iframe data-hostile srcdoc="<script>console.log('{RAN}')</script>"></iframe>"""
    f"""<a data-hostile href="javascript:console.log('{RAN}')">a</a><form data-hostile action=//{ELSEWHERE}></form>"""
    f"""<div data-hostile hx-get=/candidates hx-trigger=load hx-on:load="console.log('{RAN}')"></div>"""
    """{{ 7919*7907 }}{% raw %}${7919*7907} {{ request }} """
    f"""' onfocus=console.log('{RAN}') autofocus data-hostile='"""
)
"""Breaks out of text, attributes with either quote, textareas, titles, scripts; asks htmx, templates, spreadsheets."""
SHORT = (
    f"""=1+1'"><b data-hostile onclick=console.log('{RAN}')>b</b>"""
    f"""<img src=x data-hostile onerror=console.log('{RAN}')><script data-hostile>console.log('{RAN}')</script>"""
)
"""For fields that take little."""
WORKED_OUT = str(7919 * 7907)
"""What stands on a page where a template took the words for its own: a number that no clock shows."""
LITTLE = frozenset({"project.title", "project.client", "candidate.facts", "candidate.conflicts"})

STRUCTURE = frozenset(
    """audit_entry audit_head consent erasure idempotency_key invite login_token rubric_version session throttle user
    verdict defence model_admission model_answer_rating model_call model_outage calibration organisation.slug
    accommodation.kind api_key.scope appeal.competency_id assessment.question_id assessment.rater assessment.flags
    assessment.provenance assessment.turns assignment.state decision.choice decision.recommended document.kind
    entry_step.step entry_step.state fact_entry inquiry.kind inquiry.subjects interview.form interview.phase
    interview.request_key interview_event invite_step.step likeness page_signal preference.by profile_item.kind
    profile_item.embedder profile_item.dated project.status project.start project.rate_max project.requirements
    saved_view.query scorecard.rubric_id scorecard.recommendation scorecard.concern scorecard_change shortlist
    shortlist_entry.state shortlist_entry.decision shortlist_entry.parts staffing_entry staffing_plan.state
    staffing_plan.asked staffing_plan.step staffing_plan.found staffing_rule.kind voided_question.question_id
    project.imported_id invite_template.language mail.key mail.kind mail.state mail.about webhook.kinds
    pack_draft.origin pack_draft.rubric_id pack_step.document pack_publication
    webhook_delivery.key webhook_delivery.kind webhook_delivery.state prepared_vector""".split()
)
"""Tables and columns that hold ids, closed sets, hashes and code's own words. A new column of text joins by itself."""


def poison(ctx: Context) -> dict[str, int]:
    """Put the words into every stored field that somebody outside the code writes; how many of which column."""
    done: dict[str, int] = {}
    with writing(ctx.engine) as session:
        for table in metadata().sorted_tables:
            if table.name in STRUCTURE:
                continue
            for column in table.columns:
                name = f"{table.name}.{column.name}"
                own = column.name.endswith(("_id", "sha256")) or column.name in ("embedder", "sha")
                if name not in STRUCTURE and (not own or name == "candidate.imported_id"):
                    done[name] = _poison(session, table, column)
    return {name: count for name, count in done.items() if count}


def _poison(session: Session, table: Table, column: Any) -> int:
    key, rows = next(iter(table.primary_key.columns)), 0
    for known, value in session.connection().execute(select(key, column)).all():
        if isinstance(column.type, JSON):
            new = _inside(value, SHORT if f"{table.name}.{column.name}" in LITTLE else WORDS)
        elif isinstance(column.type, String | AutoString) and value is not None:
            new = _text(f"{table.name}.{column.name}", value, known)
        else:
            continue
        if new != value:
            session.connection().execute(update(table).where(key == known).values({column.name: new}))
            rows += 1
    return rows


def _text(name: str, value: str, known: object) -> str:
    if name in LITTLE:
        return SHORT
    if name == "interview_text.text":  # quotes are found by where they stand: what was said stays in its place
        return value if _is_json(value) else f"{value} {WORDS}"
    return f"{WORDS}{known}" if name in ("candidate.imported_id", "saved_view.name", "invite_template.name") else WORDS


def _inside(value: Any, words: str) -> Any:
    """The same document with the words before everything that reads like prose."""
    if isinstance(value, dict):
        return {name: _inside(inner, words) for name, inner in value.items()}
    if isinstance(value, list):
        return [_inside(inner, words) for inner in value]
    return f"{words} {value}" if isinstance(value, str) and " " in value else value


def _is_json(value: str) -> bool:
    try:
        return isinstance(json.loads(value), dict | list)
    except ValueError:
        return False
