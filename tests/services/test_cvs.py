"""CVs from file to shortlist: imported, merged with what files and people say, matched as far as they are proven."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from tests.documents import docx_cases
from tests.documents.cases import pdf_case
from tests.documents.pdf_maker import Pdf, at
from tests.web.site import site
from vetting.db.document_models import DocumentRow
from vetting.db.engine import reading
from vetting.db.models import Candidate, ModelCallRow, ProfileItem
from vetting.db.queries import candidate_by_imported_id
from vetting.engines.model_fact_reader import PROMPT, ModelFactReader
from vetting.errors import BadInput, Conflict, NotFound
from vetting.llm.prompts import load_prompts
from vetting.llm.scripted import ScriptedLLM
from vetting.services import candidates, cvs, facts, matching, profiles, projects
from vetting.services.context import Context
from vetting.services.jobs import with_inline_jobs

LINES = (
    "Ana Reyes", "Clinical pharmacist", "Lisbon, Portugal | ana@example.org",
    "EXPERIENCE", "Clinical pharmacist, Harrow Clinic, 2019 - present", "- Ran signal detection for nine trials",
    "EDUCATION", "PharmD, University of Porto, 2015",
    "LANGUAGES", "English (C1), Portuguese (native)",
)  # fmt: skip


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


def cv(*more: str, lines: Sequence[str] = LINES, hidden: str = "") -> bytes:
    """Ana's CV as PDF."""
    shown = [at(60, 780 - 15 * n, line) for n, line in enumerate((*lines, *more))]
    return Pdf(pages=[[*shown, *(["1 g", at(60, 60, hidden)] if hidden else [])]]).build()


def written(tmp_path: Path, content: bytes, name: str = "ana.pdf") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def person(ctx: Context, imported_id: str = "ana@example.org") -> Candidate:
    with reading(ctx.engine) as session:
        return candidate_by_imported_id(session, ctx.org, imported_id)


def items(ctx: Context) -> list[ProfileItem]:
    with reading(ctx.engine) as session:
        return list(session.exec(select(ProfileItem).order_by(col(ProfileItem.position))))


def document(ctx: Context) -> DocumentRow:
    with reading(ctx.engine) as session:
        return session.exec(select(DocumentRow).order_by(col(DocumentRow.id).desc())).one()


def test_a_cv_becomes_an_expert_and_a_second_import_changes_nothing(ctx: Context, tmp_path: Path) -> None:
    path = written(tmp_path, cv())
    assert candidates.import_experts(ctx, [path]).added == 1
    who = person(ctx)
    assert (who.name, who.headline, who.facts["country"]) == ("Ana Reyes", "Clinical pharmacist", "PT")
    assert who.facts["degrees"] == ["PharmD"] and who.conflicts == [{"name": "Harrow Clinic", "kind": "employer"}]
    assert [(i.kind, i.dated) for i in items(ctx)][1:3] == [("role", "2019 to present"), ("education", "2015")]
    assert profiles.embed_pending(ctx) == len(items(ctx))
    assert candidates.import_experts(ctx, [path]).unchanged == 1
    assert profiles.embed_pending(ctx) == 0 and document(ctx).name == "ana.pdf"


def test_a_person_made_by_hand_is_found_by_their_headline(ctx: Context) -> None:
    candidates.create_candidate(ctx, name="Ben Sole", headline="Routing")
    assert [(i.kind, i.title) for i in items(ctx)] == [("summary", "Routing")]


def test_hidden_words_reach_neither_profile_nor_index_and_are_kept_for_the_reviewer(
    ctx: Context, tmp_path: Path
) -> None:
    words = "Fifteen years of Kubernetes at planetary scale"
    candidates.import_experts(ctx, [written(tmp_path, cv(hidden=words))])
    stored = repr(person(ctx)) + repr([(i.title, i.text) for i in items(ctx)]) + document(ctx).text
    assert "Kubernetes" not in stored
    assert [h["text"] for h in document(ctx).hidden] == [words]


def test_bad_files_are_named_and_the_good_ones_go_in(ctx: Context, tmp_path: Path) -> None:
    good = written(tmp_path, docx_cases.case("docx: tiny", 1).content, "good.docx")
    bad = written(tmp_path, b"%PDF-1.7 oops", "bad.pdf")
    report = candidates.import_experts(ctx, [bad, good])
    assert report.added == 1
    assert report.faults == [f"{bad} is damaged: it begins like a PDF and cannot be read as one"]


def test_a_cv_without_an_address_has_its_fingerprint_as_id(ctx: Context, tmp_path: Path) -> None:
    path = written(tmp_path, cv(lines=[line.replace(" | ana@example.org", "") for line in LINES]))
    candidates.import_experts(ctx, [path])
    assert person(ctx, document(ctx).sha256).name == "Ana Reyes"


def test_a_cv_of_somebody_known_fills_in_and_a_file_keeps_what_it_states(ctx: Context, tmp_path: Path) -> None:
    stated = {"id": "x-1", "name": "Ana R.", "items": [{"kind": "paper", "title": "Signals"}]}
    jsonl = written(tmp_path, json.dumps({**stated, "facts": {"country": "ES"}}).encode(), "experts.jsonl")
    candidates.import_experts(ctx, [jsonl])
    cvs.attach(ctx, person(ctx, "x-1").public_id, "ana.pdf", cv())
    who = person(ctx, "x-1")
    assert (who.name, who.email, who.facts["country"]) == ("Ana R.", "ana@example.org", "ES")
    assert who.facts["languages"] == {"en": "C1", "pt": "C2"} and who.facts["partial"] == ["degrees", "languages"]
    assert {"Signals", "Clinical pharmacist, Harrow Clinic"} <= {i.title for i in items(ctx)}
    assert candidates.import_experts(ctx, [jsonl]).unchanged == 1
    cvs.attach(ctx, who.public_id, "new.pdf", cv("French (B2)", lines=LINES[:3] + LINES[8:]))
    titles = {i.title for i in items(ctx)}
    assert "Signals" in titles and not any("Harrow" in title for title in titles)
    assert person(ctx, "x-1").facts["languages"]["fr"] == "B2" and "degrees" not in person(ctx, "x-1").facts


def test_a_correction_is_kept_with_who_and_no_import_overwrites_it(ctx: Context, tmp_path: Path) -> None:
    path = written(tmp_path, cv())
    candidates.import_experts(ctx, [path])
    public_id = person(ctx).public_id
    facts.correct(ctx, public_id, "languages", {"en": "B2"}, by="ben@example.org")
    facts.correct(ctx, public_id, "conflicts", [], by="ben@example.org")
    candidates.import_experts(ctx, [path])
    cvs.attach(ctx, public_id, "again.pdf", cv("French (B2)"))
    who = person(ctx)
    assert who.facts["languages"] == {"en": "B2"} and who.facts["partial"] == ["degrees"] and who.conflicts == []
    with pytest.raises(BadInput, match="'ZZZ' is not a country code"):
        facts.correct(ctx, public_id, "country", "ZZZ", by="ben@example.org")


def matched(ctx: Context, project: str) -> dict[str, Any]:
    """What is said of each requirement for the first of the shortlist; empty where nobody is on it."""
    shortlist = matching.shortlist_document(ctx, matching.request_shortlist(ctx, project, 5))
    entries = shortlist["entries"]
    return {r["id"]: (r["status"], r["note"]) for r in entries[0]["requirements"]} if entries else shortlist["excluded"]


def test_a_must_that_demands_a_check_sees_it_at_once_and_a_stale_page_checks_nothing(
    ctx: Context, tmp_path: Path
) -> None:
    candidates.import_experts(ctx, [written(tmp_path, cv())])
    profiles.embed_pending(ctx)
    degree = {"id": "degree", "kind": "must", "fact": "degrees", "op": "overlaps", "value": ["PharmD"],
              "standing": "checked_at_source"}  # fmt: skip
    projects.create_project(ctx, {"id": "p", "title": "Safety", "brief": "Signals.", "requirements": [degree],
                                  "client": "Northgate"})  # fmt: skip
    assert matched(ctx, "p")["degree"] == ("no_evidence", "only claimed")
    assert matched(ctx, "p")["conflict"][0] == "no_evidence"
    details = {"fact": "degrees", "said": "PharmD", "standing": "checked_at_source", "source": "University of Porto"}
    facts.check(ctx, person(ctx).public_id, details, by="ben@example.org")
    assert matched(ctx, "p")["degree"][0] == "met"
    with pytest.raises(Conflict, match="'MD' is not what stands there any more"):
        facts.check(ctx, person(ctx).public_id, {**details, "said": "MD"}, by="ben@example.org")
    with pytest.raises(BadInput, match="needs the name of the register"):
        facts.check(ctx, person(ctx).public_id, {**details, "source": None}, by="ben@example.org")


def test_the_present_employer_cannot_be_the_client(ctx: Context, tmp_path: Path) -> None:
    candidates.import_experts(ctx, [written(tmp_path, cv())])
    profiles.embed_pending(ctx)
    projects.create_project(ctx, {"id": "p", "title": "Safety", "brief": "Signals.", "client": "Harrow Clinic Ltd"})
    assert matched(ctx, "p") == {"conflict of interest with Harrow Clinic Ltd": 1}


def with_model(ctx: Context, *proposed: tuple[str, Any, str]) -> Context:
    answer = {"facts": [{"fact": fact, "value": value, "quote": quote} for fact, value, quote in proposed]}
    reader = ModelFactReader(ScriptedLLM({PROMPT: [answer]}, load_prompts()))
    return with_inline_jobs(lambda queue: replace(ctx, jobs=queue, fact_reader=reader))


def test_a_models_facts_stand_on_words_of_the_page_and_survive_an_import(ctx: Context, tmp_path: Path) -> None:
    path = written(tmp_path, cv("REFERENCES", "I bill EUR 80 per hour", hidden="Doctor of Medicine, Vienna 2001"))
    ours = with_model(
        ctx,
        ("rate", {"amount": 80, "currency": "EUR", "per": "hour"}, "EUR 80 per hour"),
        ("degrees", ["Doctor of Medicine"], "Doctor of Medicine"),
        ("hours_per_week", 40, "per hour"),
    )
    candidates.import_experts(ours, [path])
    assert person(ctx).facts["rate"]["amount"] == 80
    assert person(ctx).facts["degrees"] == ["PharmD"] and "hours_per_week" not in person(ctx).facts
    assert candidates.import_experts(ours, [path]).unchanged == 1
    assert person(ctx).facts["rate"]["amount"] == 80
    with reading(ctx.engine) as session:
        assert [call.status for call in session.exec(select(ModelCallRow))] == ["ok"]


def test_a_model_that_fails_leaves_what_the_rules_found(ctx: Context, tmp_path: Path) -> None:
    reader = ModelFactReader(ScriptedLLM({PROMPT: ["nonsense", "nonsense"]}, load_prompts()))
    ours = with_inline_jobs(lambda queue: replace(ctx, jobs=queue, fact_reader=reader))
    assert candidates.import_experts(ours, [written(tmp_path, cv())]).added == 1
    assert person(ctx).facts["degrees"] == ["PharmD"]


def test_a_stranger_finds_nobody(ctx: Context) -> None:
    for act in (
        lambda: cvs.attach(ctx, "unknown", "a.pdf", pdf_case("pdf: tiny", 1).content),
        lambda: facts.correct(ctx, "unknown", "country", "PT", by="b"),
        lambda: facts.check(ctx, "unknown", {"fact": "country", "said": "PT", "standing": "document_seen"}, by="b"),
    ):
        with pytest.raises(NotFound):
            act()
