"""Who is let in where: a row for every route. `docs/access.md` shows the same from the code of the routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STAFF = ("reviewer", "recruiter", "manager", "admin")
EVERYBODY = ("nobody", "candidate", *STAFF, "key", "reading_key")

OPEN = frozenset(EVERYBODY)
OWN = frozenset({"candidate"})
RECRUIT = frozenset({"recruiter", "admin"})
REVIEW = frozenset({"reviewer", "recruiter", "admin"})
HIRE = frozenset({"reviewer", "recruiter", "manager", "admin"})
MANAGE = frozenset({"manager", "admin"})
LOOK = frozenset({"manager", "recruiter", "admin"})
ADMIN = frozenset({"admin"})
READ = frozenset({"key", "reading_key"})
KEY = frozenset({"key"})


@dataclass(frozen=True)
class Row:
    """Who is let in, and what the first of them gets on our own thing (None: anything but a refusal).

    `foreign`: what somebody of another organisation gets there with as good a role. None: 404 where the address names
    a thing, else what they would get at home. `late`: after the others, since nothing is as before. `once`: whoever
    comes second finds the thing gone.
    """

    let_in: frozenset[str]
    own: int | None = 200
    body: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    foreign: int | None = None
    late: bool = False
    once: bool = False


MARKS = {"r0-about": "topic", "r0-kind": "nice", "r0-topic": "queues"}
PIN = {"project": "{project}", "expert": "x-1", "kind": "pinned"}
INVITE = {"who": "x-1", "rubric": "software.networking"}
LEVELS = {"level:alpha": "3", "level:beta": "3"}
SHOWN_ENTRY = "/shortlists/{public_id}/entries/{entry}"

ROWS: dict[str, Row] = {
    "GET /healthz": Row(OPEN),
    "HEAD /healthz": Row(OPEN),
    "GET /readyz": Row(OPEN),
    "GET /": Row(OPEN, None),
    "GET /sign-in/{token}": Row(OPEN),
    "POST /sign-in/{token}": Row(OPEN, 410),
    "GET /sign-on": Row(OPEN, 404),
    "GET /sign-on/done": Row(OPEN, 404),
    "POST /sign-out": Row(OPEN, 303, late=True),
    "POST /language": Row(OPEN, 303),
    "GET /sessions": Row(HIRE),
    "POST /sessions/end-others": Row(HIRE, 303),
    "POST /sessions/{public_id}/end": Row(HIRE, 404),
    "GET /i/{token}": Row(OPEN, 410),
    "POST /i/{token}": Row(OPEN, 410),
    "POST /i/{token}/person": Row(OPEN, 410),
    "GET /questions/{token}": Row(OPEN, 410),
    "POST /questions/{token}": Row(OPEN, 410, {"languages": "en:C1"}),
    "GET /offers/{token}": Row(OPEN, 410),
    "POST /offers/{token}": Row(OPEN, 410, {"answer": "accept"}),
    "GET /shared/{token}": Row(OPEN, 410),
    "GET /verify": Row(OPEN),
    "POST /verify": Row(OPEN, 422),
    "GET /styleguide": Row(OPEN),
    "GET /api/docs": Row(OPEN),
    "GET /api/openapi.json": Row(OPEN),
    "GET /interview": Row(OWN),
    "GET /interview/next": Row(OWN),
    "POST /interview/answer": Row(OWN, 303, {"turn": "1", "text": "x"}),
    "POST /interview/draft": Row(OWN, None, {"turn": "2", "text": "x"}),
    "POST /interview/signal": Row(OWN, None, {"turn": "2", "number": "1", "kind": "paste", "amount": "9"}),
    "POST /interview/skip": Row(OWN, None, {"turn": "2"}),
    "POST /interview/rephrase": Row(OWN, None, {"turn": "3"}),
    "POST /interview/dispute": Row(OWN, None, {"turn": "3"}),
    "POST /interview/note": Row(OWN, None, {"turn": "1", "text": "x"}),
    "POST /interview/pause": Row(OWN, 303),
    "POST /interview/resume": Row(OWN, 303),
    "GET /interview/finish": Row(OWN, None),
    "POST /interview/finish": Row(OWN, 303),
    "POST /interview/read": Row(OWN, 303),
    "GET /interview/done": Row(OWN),
    "GET /interview/contest": Row(OWN),
    "POST /interview/contest": Row(OWN, None, {"reason": "x"}),
    "POST /interview/withdraw": Row(OWN, None),
    "GET /me": Row(OWN),
    "POST /me/person": Row(OWN, 303),
    "POST /me/consent": Row(OWN, 303),
    "GET /me/results/{public_id}.json": Row(OWN, None),
    "GET /me/export.zip": Row(OWN),
    "GET /me/erase": Row(OWN),
    "POST /me/erase": Row(OWN, 200, {"sure": "true"}, late=True),
    "GET /candidates": Row(HIRE),
    "POST /appeals/{public_id}/answer": Row(REVIEW, 404, {"text": "Seen."}),
    "GET /admin": Row(ADMIN, 303),
    "GET /rubrics/new": Row(ADMIN),
    "POST /rubrics/new": Row(ADMIN, 422),
    "POST /rubrics/upload": Row(ADMIN, 422),
    "GET /rubrics/{version}": Row(RECRUIT),
    "GET /rubrics/{version}/preview": Row(RECRUIT),
    "GET /rubrics/{version}/pack.yaml": Row(RECRUIT),
    "POST /rubrics/{version}/edit": Row(ADMIN, None),
    "POST /rubrics/{version}/retire": Row(ADMIN, 404),
    "GET /rubrics/drafts/{public_id}": Row(ADMIN),
    "GET /rubrics/drafts/{public_id}/pack": Row(ADMIN),
    "POST /rubrics/drafts/{public_id}/pack": Row(ADMIN, None, {"title": "x"}),
    "GET /rubrics/drafts/{public_id}/competencies/{name}": Row(ADMIN, 404),
    "POST /rubrics/drafts/{public_id}/competencies/{name}": Row(ADMIN, 404, {"name": "x"}),
    "GET /rubrics/drafts/{public_id}/questions/{name}": Row(ADMIN, 404),
    "POST /rubrics/drafts/{public_id}/questions/{name}": Row(ADMIN, 404, {"text": "x"}),
    "POST /rubrics/drafts/{public_id}/change": Row(ADMIN, None, {"do": "competency.add"}),
    "POST /rubrics/drafts/{public_id}/undo": Row(ADMIN, None),
    "GET /rubrics/drafts/{public_id}/steps": Row(ADMIN),
    "POST /rubrics/drafts/{public_id}/steps/{number}": Row(ADMIN, 404, foreign=404),
    "GET /rubrics/drafts/{public_id}/preview": Row(ADMIN, None),
    "GET /rubrics/drafts/{public_id}/pack.yaml": Row(ADMIN),
    "POST /rubrics/drafts/{public_id}/publish": Row(ADMIN, None, {"version": "1.0.0"}),
    "POST /rubrics/drafts/{public_id}/remove": Row(ADMIN, None, once=True),
    "GET /admin/users": Row(ADMIN),
    "POST /admin/users": Row(ADMIN, 422),
    "POST /admin/users/{public_id}/role": Row(ADMIN, None, {"role": "recruiter"}),
    "POST /admin/users/{public_id}/link": Row(ADMIN),
    "POST /admin/users/{public_id}/sessions": Row(ADMIN, None),
    "POST /admin/users/{public_id}/disable": Row(ADMIN, None),
    "POST /admin/users/{public_id}/enable": Row(ADMIN, None),
    "GET /admin/jobs": Row(ADMIN),
    "POST /admin/jobs/retry": Row(ADMIN, 409, {"job": "score:1"}, foreign=404),
    "GET /admin/engines": Row(ADMIN),
    "GET /admin/settings": Row(ADMIN),
    "GET /admin/spend": Row(ADMIN),
    "GET /admin/personal-data": Row(ADMIN),
    "GET /privacy": Row(OPEN),
    "GET /admin/webhooks": Row(ADMIN),
    "POST /admin/webhooks": Row(ADMIN, 422, {"url": "https://hooks.example.org/"}),
    "POST /admin/webhooks/{public_id}/secret": Row(ADMIN, None),
    "POST /admin/webhooks/{public_id}/ping": Row(ADMIN, None),
    "POST /admin/webhooks/{public_id}/end": Row(ADMIN, None),
    "POST /admin/webhooks/deliveries/{public_id}/again": Row(ADMIN, None),
    "GET /admin/mail": Row(ADMIN),
    "GET /admin/mail/previews/{kind}": Row(ADMIN, foreign=200),
    "GET /admin/mail/previews/{kind}/html": Row(ADMIN, foreign=200),
    "GET /admin/mail/{public_id}": Row(ADMIN),
    "GET /admin/mail/{public_id}.eml": Row(ADMIN),
    "POST /admin/mail/{public_id}/again": Row(ADMIN, None),
    "GET /candidates/export.csv": Row(REVIEW),
    "GET /candidates/export.xlsx": Row(REVIEW),
    "POST /candidates/views": Row(REVIEW, 303, {"name": "Mine"}),
    "POST /candidates/views/{public_id}/remove": Row(REVIEW, 404),
    "GET /compare": Row(REVIEW),
    "GET /confirm": Row(REVIEW),
    "GET /reports/hiring": Row(REVIEW),
    "POST /candidates/import": Row(RECRUIT, 200, file="people.jsonl"),
    "GET /candidates/{public_id}": Row(HIRE),
    "POST /candidates/{public_id}/documents": Row(RECRUIT, 422, file="cv.pdf"),
    "POST /candidates/{public_id}/facts": Row(RECRUIT, 303, {"fact": "country", "value": "PT"}),
    "POST /candidates/{public_id}/checks": Row(
        RECRUIT, 303, {"fact": "hours_per_week", "said": "12", "standing": "document_seen"}
    ),
    "GET /interviews/{public_id}": Row(HIRE),
    "GET /interviews/{public_id}/export.json": Row(REVIEW),
    "GET /interviews/{public_id}/review": Row(REVIEW),
    "POST /interviews/{public_id}/review": Row(REVIEW, 303, LEVELS),
    "POST /interviews/{public_id}/decision": Row(REVIEW, None, {"choice": "advance", **LEVELS}),
    "POST /interviews/{public_id}/link": Row(RECRUIT, 409),
    "POST /interviews/{public_id}/withdraw": Row(RECRUIT, 409),
    "GET /invites/new": Row(RECRUIT),
    "POST /invites/preview": Row(RECRUIT, 200, INVITE, foreign=422),
    "GET /invites/templates": Row(RECRUIT),
    "POST /invites/templates": Row(RECRUIT, 303, {"name": "Usual", "days": "14"}),
    "POST /invites/templates/{public_id}/remove": Row(RECRUIT, 303, once=True),
    "POST /invites": Row(RECRUIT, 200, INVITE, foreign=422),
    "GET /projects": Row(LOOK),
    "GET /projects/new": Row(MANAGE),
    "POST /projects": Row(MANAGE, 303, {"title": "T", "brief": "Knows BGP."}),
    "GET /projects/{public_id}": Row(LOOK),
    "GET /projects/{public_id}/requirements": Row(MANAGE),
    "POST /projects/{public_id}/requirements": Row(MANAGE, 303, MARKS),
    "POST /projects/{public_id}/requirements/count": Row(MANAGE),
    "POST /projects/{public_id}/shortlists": Row(MANAGE, 303, {"k": "3"}),
    "GET /shortlists/{public_id}": Row(LOOK),
    "GET /shortlists/{public_id}/export.json": Row(LOOK),
    "GET /shortlists/{public_id}/export.csv": Row(LOOK),
    "GET /shortlists/{public_id}/export.xlsx": Row(LOOK),
    "GET /shortlists/{public_id}/export.pdf": Row(LOOK),
    "GET /shortlists/{public_id}/recompute": Row(LOOK),
    f"POST {SHOWN_ENTRY}/decision": Row(MANAGE, 303, {"decision": "approve"}),
    f"GET {SHOWN_ENTRY}/offer": Row(MANAGE),
    f"POST {SHOWN_ENTRY}/offer": Row(MANAGE, 200, {"title": "Judging"}),
    f"POST {SHOWN_ENTRY}/step": Row(MANAGE, 303, {"step": "withdraw"}),
    f"POST {SHOWN_ENTRY}/outcome": Row(MANAGE, 409, {"rating": "3"}),
    f"GET {SHOWN_ENTRY}/dossier": Row(LOOK),
    f"GET {SHOWN_ENTRY}/dossier.pdf": Row(LOOK),
    f"POST {SHOWN_ENTRY}/vet": Row(MANAGE),
    f"POST {SHOWN_ENTRY}/mark": Row(MANAGE, 303, {"like": "more"}),
    "GET /shortlists/{public_id}/vet": Row(MANAGE),
    "POST /shortlists/{public_id}/vet": Row(MANAGE),
    "POST /shortlists/{public_id}/links": Row(MANAGE, 200, {"days": "7"}),
    "POST /shortlists/{public_id}/links/{link}/end": Row(MANAGE, 303),
    "GET /staffing": Row(LOOK),
    "POST /staffing/plans": Row(MANAGE, 422),
    "GET /staffing/plans/{public_id}": Row(LOOK),
    "POST /staffing/plans/{public_id}/accept": Row(MANAGE, 303),
    "GET /staffing/plans/{public_id}/export.csv": Row(LOOK),
    "GET /staffing/plans/{public_id}/export.xlsx": Row(LOOK),
    "GET /staffing/plans/{public_id}/export.pdf": Row(LOOK),
    "POST /staffing/rules": Row(MANAGE, 303, PIN, foreign=404),
    "POST /staffing/rules/{public_id}/remove": Row(MANAGE, 303, once=True),
    "POST /staffing/assignments/{public_id}/end": Row(MANAGE, 303),
    "GET /audit": Row(ADMIN),
    "GET /rubrics": Row(RECRUIT),
    "GET /rubrics/{version}/items": Row(RECRUIT),
    "GET /rubrics/{version}/items/{question}/void": Row(RECRUIT),
    "POST /rubrics/{version}/items/{question}/void": Row(RECRUIT, 422, {"reason": " "}),
    "POST /rubrics/{version}/items/{question}/restore": Row(RECRUIT, 409),
    "POST /rubrics/{version}/model-answers": Row(RECRUIT, 303),
    "GET /reports": Row(HIRE),
    "POST /api/v1/candidates": Row(KEY, 201, {"id": "n-1", "name": "New Person"}),
    "POST /api/v1/interviews": Row(KEY, 201, {"candidate": "x-1", "rubric": "software.networking"}, foreign=404),
    "GET /api/v1/interviews/{interview_id}": Row(READ),
    "GET /api/v1/interviews/{interview_id}/scorecard": Row(READ),
    "POST /api/v1/projects": Row(KEY, 201, {"title": "T", "brief": "Knows BGP."}),
    "GET /api/v1/projects/{project_id}": Row(READ),
    "POST /api/v1/projects/{project_id}/shortlists": Row(KEY, 201, {"k": 2}),
    "GET /api/v1/shortlists/{shortlist_id}": Row(READ),
    "POST /api/v1/shortlists/{shortlist_id}/entries/{entry_id}/decision": Row(KEY, None, {"decision": "approve"}),
    "GET /api/v1/search": Row(READ),
    "GET /api/v1/rubrics": Row(READ),
    "GET /api/v1/rubrics/{rubric_id}/items": Row(READ),
}

INSIDE: tuple[tuple[str, str, str, Mapping[str, str], int], ...] = (
    ("reviewer", "POST", "/candidates/views/{view}/remove", {}, 404),
    ("admin", "POST", "/candidates/views/{view}/remove", {}, 404),
    ("recruiter", "POST", "/candidates/views/{view}/remove", {}, 303),
    ("reviewer", "POST", "/sessions/{session}/end", {}, 404),
    ("admin", "POST", "/sessions/{session}/end", {}, 404),
    ("recruiter", "POST", "/sessions/{session}/end", {}, 303),
    ("manager", "GET", "/candidates/{unconsidered}", {}, 404),
    ("recruiter", "GET", "/candidates/{unconsidered}", {}, 200),
    ("manager", "GET", "/shortlists/{second}/entries/{entry}/dossier", {}, 404),
    ("manager", "POST", "/shortlists/{second}/entries/{entry}/decision", {"decision": "approve"}, 404),
    ("manager", "POST", "/shortlists/{second}/entries/{entry}/offer", {"title": "T"}, 404),
    ("manager", "POST", "/shortlists/{second}/links/{link}/end", {}, 404),
    ("manager", "POST", "/staffing/rules/{assignment}/remove", {}, 404),
    ("candidate", "GET", "/me/results/{interview}.json", {}, 404),
    ("candidate", "GET", "/interviews/{interview}", {}, 401),
)
"""Things of one's own organisation that are somebody else's, or stand elsewhere than the address says."""

PARAMETERS = (
    ("recruiter", "GET", "/invites/new?candidate={candidate}", {}, 404),
    ("recruiter", "GET", "/invites/new?template={template}", {}, 404),
    ("recruiter", "POST", "/invites/templates", {"edit": "{template}", "name": "Theirs", "days": "9"}, 404),
    ("recruiter", "POST", "/invites/preview", INVITE, 422),
    ("manager", "POST", "/staffing/rules", PIN, 404),
    ("manager", "POST", "/staffing/plans", {"project": "{project}"}, 404),
)
"""Ids of ours in a query or a form, sent by the same role of another organisation."""
