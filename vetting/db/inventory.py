"""Every column that holds personal data, with what it is, why it is kept and until when; and those that hold none.

Each column carries its line as `info["personal"]` (`domain.retention.Keeping`), the others `info["plain"]`. A test
fails for a column of text, JSON or bytes that has neither: whoever adds one says here what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import JSON, Column, LargeBinary, String
from sqlmodel import AutoString

from vetting.db.models import metadata
from vetting.domain.retention import Keeping, Until, Why

PERSON, STAFF = Until.PERSON, Until.STAFF
PERSONAL: dict[str, Keeping] = {
    "candidate.imported_id": Keeping("id by which other systems know them; may be an address", Why.CONTACT, PERSON),
    "candidate.name": Keeping("name", Why.CONTACT, PERSON),
    "candidate.email": Keeping("e-mail", Why.CONTACT, PERSON),
    "candidate.headline": Keeping("headline of the profile", Why.MATCH, PERSON),
    "candidate.summary": Keeping("summary of the profile", Why.MATCH, PERSON),
    "candidate.facts": Keeping("facts: place, languages, hours, rate, degrees, licences", Why.MATCH, PERSON),
    "candidate.conflicts": Keeping("organisations with a conflict of interest", Why.MATCH, PERSON),
    "profile_item.title": Keeping("title of a piece of the profile", Why.MATCH, PERSON),
    "profile_item.text": Keeping("text of a piece of the profile", Why.MATCH, PERSON),
    "profile_item.dated": Keeping("date of a piece of the profile", Why.MATCH, PERSON),
    "profile_item.sha256": Keeping("fingerprint of that text", Why.MATCH, PERSON),
    "profile_item.vector": Keeping("numbers that an embedding model made of that text", Why.MATCH, PERSON),
    "prepared_vector.vector": Keeping("the same by the model that comes next", Why.MATCH, PERSON),
    "prepared_vector.sha256": Keeping("fingerprint of that text", Why.MATCH, PERSON),
    "document.name": Keeping("file name of a CV", Why.MATCH, Until.DOCUMENT),
    "document.sha256": Keeping("fingerprint of the file", Why.MATCH, Until.DOCUMENT),
    "document.text": Keeping("what the pages of a CV show", Why.MATCH, Until.DOCUMENT),
    "document.hidden": Keeping("text of a CV that its pages do not show", Why.INTEGRITY, Until.DOCUMENT),
    "document.found": Keeping("facts found in a CV, with the words they rest on", Why.MATCH, Until.DOCUMENT),
    "document.made": Keeping("the profile read from a CV", Why.MATCH, Until.DOCUMENT),
    "fact_entry.fact": Keeping("which fact staff corrected or checked", Why.MATCH, PERSON),
    "fact_entry.value": Keeping("what it was corrected to, or what was seen", Why.MATCH, PERSON),
    "fact_entry.by": Keeping("who did", Why.STAFF, PERSON),
    "interview.invited_by": Keeping("who invited", Why.CONTACT, PERSON),
    "interview.purpose": Keeping("what the interview is for", Why.INTERVIEW, PERSON),
    "interview.offer": Keeping("what the work pays and asks", Why.INTERVIEW, PERSON),
    "interview.request_key": Keeping("fingerprint of the request that made it", Why.OPERATION, PERSON),
    "interview_event.payload": Keeping("what happened in the interview, without words", Why.INTERVIEW, PERSON),
    "interview_text.text": Keeping("questions, answers, notes and marks, word for word", Why.INTERVIEW, PERSON),
    "draft.text": Keeping("an answer being typed", Why.INTERVIEW, Until.DRAFT),
    "consent.purpose": Keeping("what was agreed to", Why.RIGHTS, PERSON),
    "accommodation.kind": Keeping("what adjustment the person needs; no rater reads it", Why.RIGHTS, PERSON),
    "accommodation.text": Keeping("the same in their words", Why.RIGHTS, PERSON),
    "appeal.about": Keeping("what is contested", Why.RIGHTS, PERSON),
    "appeal.reason": Keeping("why it is contested", Why.RIGHTS, PERSON),
    "appeal.answer": Keeping("what was answered", Why.RIGHTS, PERSON),
    "appeal.answered_by": Keeping("who answered", Why.STAFF, PERSON),
    "verdict.finding": Keeping("what a rater found in an answer, and where", Why.RATING, PERSON),
    "assessment.provenance": Keeping("which rater and rubric", Why.RATING, PERSON),
    "assessment.flags": Keeping("what a rater noticed about an answer", Why.RATING, PERSON),
    "assessment.dropped": Keeping("claims that were not counted, with their quotes", Why.RATING, PERSON),
    "defence.ratings": Keeping("ratings of an answer that was defended", Why.RATING, PERSON),
    "scorecard.recommendation": Keeping("recommendation", Why.DECISION, PERSON),
    "scorecard.concern": Keeping("why a person should look", Why.DECISION, PERSON),
    "scorecard.document": Keeping("levels with their quotes", Why.DECISION, PERSON),
    "scorecard.reworded": Keeping("feedback in a model's words", Why.INTERVIEW, PERSON),
    "scorecard_change.before": Keeping("figures before a question was withdrawn", Why.DECISION, PERSON),
    "scorecard_change.after": Keeping("figures after that", Why.DECISION, PERSON),
    "review.blind": Keeping("what a person rated, with notes", Why.DECISION, PERSON),
    "review.machine": Keeping("the machine's levels at that moment", Why.DECISION, PERSON),
    "review.settled": Keeping("the ratings that person stands by", Why.DECISION, PERSON),
    "decision.choice": Keeping("what a person decided", Why.DECISION, PERSON),
    "decision.reason": Keeping("why", Why.DECISION, PERSON),
    "decision.recommended": Keeping("what the machine had recommended", Why.DECISION, PERSON),
    "page_signal.kind": Keeping("pastes and absences: how much and when, never what", Why.INTEGRITY, PERSON),
    "likeness.detail": Keeping("in what two people's answers or profiles are alike", Why.INTEGRITY, PERSON),
    "invite.token_sha256": Keeping("fingerprint of a link to the interview", Why.ACCESS, Until.LINK),
    "invite_step.step": Keeping("invitation opened, sent again, withdrawn", Why.OPERATION, PERSON),
    "invite_step.by": Keeping("who did", Why.STAFF, PERSON),
    "session.token_sha256": Keeping("fingerprint of a browser's session", Why.ACCESS, Until.LINK),
    "session.browser": Keeping("family and system of a browser that staff signed in with", Why.ACCESS, Until.LINK),
    "login_token.token_sha256": Keeping("fingerprint of a sign-in link of staff", Why.ACCESS, Until.LINK),
    "shortlist_entry.parts": Keeping("what the fit is made of", Why.DECISION, PERSON),
    "shortlist_entry.requirements": Keeping("which requirements are met, with quotes", Why.DECISION, PERSON),
    "shortlist_entry.reasons": Keeping("why the person has that place, with quotes", Why.DECISION, PERSON),
    "shortlist_entry.decision": Keeping("what was decided", Why.DECISION, PERSON),
    "shortlist_entry.decision_reason": Keeping("why", Why.DECISION, PERSON),
    "shortlist_entry.decided_by": Keeping("who decided", Why.STAFF, PERSON),
    "entry_step.reason": Keeping("why a step was taken", Why.DECISION, PERSON),
    "entry_step.by": Keeping("who took it", Why.STAFF, PERSON),
    "offer.terms": Keeping("what was offered", Why.OFFER, PERSON),
    "offer.offered_by": Keeping("who offered", Why.STAFF, PERSON),
    "offer.token_sha256": Keeping("fingerprint of the offer's link", Why.ACCESS, PERSON),
    "outcome.note": Keeping("how the work went, in words", Why.OFFER, PERSON),
    "outcome.by": Keeping("who says so", Why.STAFF, PERSON),
    "inquiry.subjects": Keeping("what the person was asked about", Why.MATCH, PERSON),
    "inquiry.asked_by": Keeping("who asked", Why.STAFF, PERSON),
    "inquiry.token_sha256": Keeping("fingerprint of the link to it", Why.ACCESS, PERSON),
    "preference.by": Keeping("who asked for more or fewer like this person", Why.STAFF, PERSON),
    "staffing_rule.made_by": Keeping("who pinned or ruled out the person", Why.STAFF, PERSON),
    "assignment.assigned_by": Keeping("who assigned the person", Why.STAFF, PERSON),
    "assignment.ended_by": Keeping("who ended it", Why.STAFF, PERSON),
    "mail.kind": Keeping("which letters were sent, without their text", Why.CONTACT, Until.LETTER),
    "webhook_delivery.document": Keeping("events another system was told of, with ids", Why.OPERATION, Until.EVENT),
    "model_call.error": Keeping("calls to language models: size, time, outcome, no words", Why.OPERATION, Until.CALL),
    "idempotency_key.body": Keeping("answers to API requests, sealed", Why.OPERATION, Until.DAY),
    "erasure.asked_by": Keeping("that somebody was erased, and at whose wish", Why.RIGHTS, Until.GOOD),
    "audit_entry.actor": Keeping("who changed something, by id", Why.STAFF, Until.GOOD),
    "audit_entry.subject": Keeping("what was changed, by id", Why.STAFF, Until.GOOD),
    "audit_entry.detail": Keeping("ids, words of closed sets and fingerprints", Why.STAFF, Until.GOOD),
    "user.email": Keeping("e-mail of staff", Why.STAFF, STAFF),
    "user.role": Keeping("role of staff", Why.STAFF, STAFF),
    "user.subject": Keeping("id of staff at the identity provider", Why.STAFF, STAFF),
    "pack_draft.created_by": Keeping("who began a pack", Why.STAFF, STAFF),
    "pack_step.by": Keeping("who changed it", Why.STAFF, STAFF),
    "pack_publication.published_by": Keeping("who published it", Why.STAFF, STAFF),
    "pack_publication.retired_by": Keeping("who withdrew it", Why.STAFF, STAFF),
    "saved_view.name": Keeping("name of a kept view of staff", Why.STAFF, STAFF),
    "saved_view.query": Keeping("what that view filters by", Why.STAFF, STAFF),
    "voided_question.reason": Keeping("why a question was withdrawn", Why.STAFF, STAFF),
    "voided_question.voided_by": Keeping("who withdrew it", Why.STAFF, STAFF),
    "voided_question.restored_by": Keeping("who brought it back", Why.STAFF, STAFF),
    "staffing_plan.made_by": Keeping("who asked for a plan", Why.STAFF, STAFF),
    "staffing_plan.accepted_by": Keeping("who accepted it", Why.STAFF, STAFF),
    "staffing_plan.found": Keeping("what a plan says, by ids of rows", Why.PROJECT, Until.PROJECT),
    "client_link.made_by": Keeping("who made a client's link", Why.STAFF, STAFF),
    "webhook.made_by": Keeping("who added an address to be told", Why.STAFF, STAFF),
    "project.client": Keeping("client of a project", Why.PROJECT, Until.PROJECT),
    "project.brief": Keeping("brief of a project", Why.PROJECT, Until.PROJECT),
    "shortlist.query": Keeping("what a list was ranked by", Why.PROJECT, Until.PROJECT),
}
PLAIN: dict[str, str] = {
    "api_key": "name key_sha256 scope",
    "appeal": "public_id competency_id",
    "assessment": "question_id rater turns",
    "assignment": "public_id state",
    "audit_entry": "action previous digest",
    "audit_head": "digest seal",
    "calibration": "engine model data_sha256 maps figures",
    "candidate": "public_id",
    "client_link": "public_id token_sha256",
    "defence": "question_id",
    "document": "public_id kind",
    "entry_step": "step state",
    "fact_entry": "kind",
    "idempotency_key": "key request_sha256",
    "inquiry": "public_id kind",
    "interview": "public_id form phase",
    "interview_event": "type",
    "invite_template": "public_id name purpose offer language",
    "likeness": "kind place",
    "mail": "public_id key about state problem",
    "model_admission": "model prompt prompt_sha golden_sha document faults",
    "model_answer_rating": "rubric_sha256 question_id rater answer_sha256",
    "model_call": "prompt prompt_sha model status rung",
    "model_outage": "server",
    "offer": "public_id",
    "organisation": "slug name",
    "pack_draft": "public_id rubric_id origin note brief",
    "pack_publication": "rubric_id",
    "pack_step": "did document",
    "prepared_vector": "embedder",
    "profile_item": "kind embedder",
    "project": "public_id imported_id title requirements rate_max start status",
    "rubric_version": "rubric_id version sha256 content",
    "saved_view": "public_id",
    "scorecard": "rubric_id",
    "scorecard_change": "voided",
    "session": "public_id",
    "shortlist": "public_id ranking_version embedder excluded",
    "shortlist_entry": "public_id state",
    "staffing_entry": "role hold",
    "staffing_plan": "public_id state asked step failure",
    "staffing_rule": "public_id kind",
    "throttle": "name",
    "user": "public_id",
    "verdict": "question_id target rater",
    "voided_question": "question_id",
    "webhook": "public_id url kinds",
    "webhook_delivery": "public_id key kind state problem",
}
"""Columns of text without personal data: ids made here, names of closed sets, content of packs, digests."""


class Line(NamedTuple):
    """One field of the inventory."""

    table: str
    column: str
    keeping: Keeping


def lines() -> Iterator[Line]:
    """The inventory, read from the columns themselves, by table."""
    for table in sorted(metadata().tables.values(), key=lambda one: one.name):
        for column in table.columns:
            if (keeping := column.info.get("personal")) is not None:
                yield Line(table.name, column.name, keeping)


def unmarked() -> list[str]:
    """Columns of text, JSON or bytes of which nobody has said what they hold."""
    columns = (column for table in metadata().tables.values() for column in table.columns)
    return sorted(f"{c.table.name}.{c.name}" for c in columns if _holds_words(c) and not c.info)


def unknown() -> list[str]:
    """Columns that are named here and do not exist."""
    known = {f"{table.name}.{column.name}" for table in metadata().tables.values() for column in table.columns}
    return sorted((set(PERSONAL) | set(_plain())) - known)


def _holds_words(column: Column[object]) -> bool:
    return isinstance(column.type, String | AutoString | JSON | LargeBinary)


def _plain() -> Iterator[str]:
    return (f"{table}.{name}" for table, names in PLAIN.items() for name in names.split())


def _mark() -> None:
    """Write the inventory onto the columns."""
    tables = metadata().tables
    marks: dict[str, dict[str, object]] = {name: {"plain": True} for name in _plain()}
    marks |= {name: {"personal": keeping} for name, keeping in PERSONAL.items()}
    for name, mark in marks.items():
        table, _, column = name.partition(".")
        if table in tables and column in tables[table].columns:
            tables[table].columns[column].info.update(mark)


_mark()
