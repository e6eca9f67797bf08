"""Every page in every state, over one seeded house: what the tests of all pages visit and `make screenshots` draws.

A new page joins by one line in `PAGES`; `own` names who looks at it, `path` may use the ids of the house.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from tests.domain import samples
from tests.domain.packs import rubric as small_rubric
from tests.web.staff import PROJECT, SAID, House, house
from vetting.db import mail_queries
from vetting.db.engine import reading, writing
from vetting.db.log import load
from vetting.db.models import Interview, ModelCallRow
from vetting.db.rater_models import ModelAdmission
from vetting.domain.accommodation import AccommodationKind
from vetting.domain.interview_events import AddNote, Command, MarkRead, Pause, SubmitAnswer, Withdraw
from vetting.domain.letter import MailState
from vetting.domain.pack_edit import Document
from vetting.domain.rubric import CoreForm, Rubric
from vetting.domain.webhook import CHOOSABLE
from vetting.services import (
    accommodations,
    accounts,
    appeals,
    interviews,
    matching,
    pack_drafts,
    projects,
    reviews,
    rubrics,
    webhooks,
)
from vetting.services.candidates import create_candidate
from vetting.services.context import Context
from vetting.web.security import CANDIDATE_COOKIE, STAFF_COOKIE

OFFER = "EUR 95 an hour, 10 hours a week from January, reviewing model answers about networks. Remote."
ASKED = (
    "1. How do you find out whether grain heated by itself?\n- Temperature is taken at depth\n- Kernels are cut for "
    "mould\n2. How do you tell salt water from sweat?\nAnswer: Silver nitrate turns white on chloride. Dew points of "
    "hold and deck are compared."
)
OPEN = "3. When do you refuse to load?"
PURPOSE = "Reviewing model answers about congestion control"


class Page(NamedTuple):
    """One page in one state: who looks at it, and where it is."""

    name: str
    who: str
    path: str
    status: int = 200


PAGES = (
    Page("sign-in", "nobody", "/"),
    Page("sign-in-link", "nobody", "/sign-in/anything"),
    Page("not-signed-in", "nobody", "/candidates", 401),
    Page("link-no-longer-works", "nobody", "/i/unknown", 410),
    Page("nothing-here", "recruiter", "/nothing-here", 404),
    Page("not-allowed", "recruiter", "/projects/new", 403),
    Page("styleguide", "nobody", "/styleguide"),
    Page("api-docs", "nobody", "/api/docs"),
    Page("verify", "nobody", "/verify"),
    Page("landing", "nobody", "/i/{invited}"),
    Page("landing-person-asked", "nobody", "/i/{asking}"),
    Page("landing-begun", "nobody", "/i/{asked}"),
    Page("question", "asked", "/interview"),
    Page("follow-up", "answering", "/interview"),
    Page("work-sample", "sampling", "/interview"),
    Page("paused", "pausing", "/interview"),
    Page("finish-early", "asked", "/interview/finish"),
    Page("before-you-go", "reading", "/interview/done"),
    Page("feedback", "done", "/interview/done"),
    Page("withdrawn", "withdrawn", "/interview/done"),
    Page("contest", "done", "/interview/contest?topic=alpha"),
    Page("own-page", "done", "/me?done=appeal"),
    Page("own-page-empty", "asked", "/me"),
    Page("erase", "done", "/me/erase"),
    Page("home", "recruiter", "/"),
    Page("home-empty", "outsider", "/"),
    Page("sessions", "recruiter", "/sessions"),
    Page("candidates", "recruiter", "/candidates"),
    Page("candidates-search", "recruiter", "/candidates?q=queues"),
    Page("candidates-none-found", "recruiter", "/candidates?q=zzzz"),
    Page("candidates-empty", "outsider", "/candidates"),
    Page("candidate", "recruiter", "/candidates/{candidate}"),
    Page("compare", "recruiter", "/compare?pick=x-1&pick=x-2"),
    Page("scorecard", "recruiter", "/interviews/{interview}"),
    Page("interview-running", "recruiter", "/interviews/{running}"),
    Page("review", "recruiter", "/interviews/{interview}/review"),
    Page("review-settle", "reviewer", "/interviews/{interview}/review"),
    Page("review-decided", "reviewer", "/interviews/{decided}/review"),
    Page("invite", "recruiter", "/invites/new"),
    Page("rubrics", "recruiter", "/rubrics"),
    Page("rubrics-empty", "outsider", "/rubrics"),
    Page("rubric-new", "admin", "/rubrics/new"),
    Page("rubric-own", "admin", "/rubrics/own.cargo?published=1"),
    Page("rubric-preview", "admin", "/rubrics/drafts/{draft}/preview?at=2"),
    Page("rubrics-admin", "admin", "/rubrics"),
    Page("draft", "admin", "/rubrics/drafts/{draft}"),
    Page("draft-question", "admin", "/rubrics/drafts/{draft}/questions/{question}?saved=1"),
    Page("draft-topic", "admin", "/rubrics/drafts/{draft}/competencies/grain"),
    Page("draft-pack", "admin", "/rubrics/drafts/{draft}/pack"),
    Page("draft-steps", "admin", "/rubrics/drafts/{draft}/steps"),
    Page("users", "admin", "/admin/users"),
    Page("jobs", "admin", "/admin/jobs"),
    Page("jobs-none-failed", "admin", "/admin/jobs?state=failed"),
    Page("engines", "admin", "/admin/engines"),
    Page("engines-empty", "outsider", "/admin/engines"),
    Page("settings", "admin", "/admin/settings"),
    Page("audit", "admin", "/audit?check=true"),
    Page("items", "recruiter", "/rubrics/test.pack/items"),
    Page("void", "recruiter", "/rubrics/test.pack/items/alpha-a/void"),
    Page("reports", "recruiter", "/reports"),
    Page("funnel", "recruiter", "/reports/hiring"),
    Page("reports-empty", "outsider", "/reports"),
    Page("webhooks", "admin", "/admin/webhooks"),
    Page("webhooks-empty", "outsider", "/admin/webhooks"),
    Page("personal-data", "admin", "/admin/personal-data"),
    Page("privacy", "nobody", "/privacy"),
    Page("spend", "admin", "/admin/spend"),
    Page("spend-empty", "outsider", "/admin/spend"),
    Page("mail", "admin", "/admin/mail"),
    Page("mail-empty", "outsider", "/admin/mail"),
    Page("letter", "admin", "/admin/mail/previews/invite"),
    Page("letter-decided-html", "admin", "/admin/mail/previews/decided/html"),
    Page("letter-html", "admin", "/admin/mail/previews/feedback_ready/html"),
    Page("letter-in-outbox", "admin", "/admin/mail/{letter}"),
    Page("projects", "manager", "/projects"),
    Page("projects-empty", "outsider", "/projects"),
    Page("project-new", "manager", "/projects/new"),
    Page("project", "manager", "/projects/{project}"),
    Page("requirements", "manager", "/projects/{project}/requirements"),
    Page("shortlist", "manager", "/shortlists/{shortlist}"),
    Page("shortlist-open", "manager", "/shortlists/{unknown}"),
    Page("vet", "manager", "/shortlists/{unknown}/vet"),
    Page("vet-nothing-open", "manager", "/shortlists/{shortlist}/vet"),
    Page("staffing", "manager", "/staffing"),
)


@dataclass(frozen=True)
class Gallery:
    """The house, and the cookie by which each person of `PAGES` is known."""

    home: House
    cookies: dict[str, tuple[str, str]]
    ids: dict[str, str]

    def path(self, page: Page) -> str:
        """Where a page is in this house."""
        return page.path.format(**self.ids)


def gallery(folder: Path) -> Gallery:
    """The house of staff tests with a candidate in every state."""
    home = house(folder)
    ctx = home.ctx
    cookies, ids = {}, {name: getattr(home, name) for name in ("candidate", "interview", "running", "project")}
    ids["shortlist"] = home.shortlist
    for role, name in (
        ("recruiter", "recruiter"), ("reviewer", "reviewer"), ("project_manager", "manager"), ("admin", "admin")
    ):  # fmt: skip
        cookies[name] = _staff(ctx, role)
    _staff(ctx, "recruiter")  # the recruiter is signed in elsewhere, too
    cookies["outsider"] = _staff(home.other, "admin")
    ids["draft"], ids["question"] = _packs(ctx)
    _calls(ctx)
    for state, keys in _candidates(ctx).items():
        ids[state], cookies[state] = keys
    ids["letter"] = _letter(ctx)
    ids["decided"] = _reviews(ctx, home.interview, cookies)
    ids["unknown"] = _unknown(ctx)
    ctx.settings.webhook_hosts = "hooks.example.org=127.0.0.1"
    webhooks.ping(ctx, webhooks.add(ctx, "https://hooks.example.org/vetting", list(CHOOSABLE), by="admin").public_id)
    return Gallery(home, cookies, ids)


def _reviews(ctx: Context, rated: str, cookies: dict[str, tuple[str, str]]) -> str:
    """An interview that a person rated, and one about which they decided; the public id of the second."""
    reviewer = accounts.account_of(ctx, cookies["reviewer"][1])
    with reading(ctx.engine) as session:
        decided = session.get_one(Interview, accounts.candidate_of(ctx, cookies["done"][1]).interview_id).public_id
    for public_id in (rated, decided):
        notes = {"alpha": "Never says why the window is halved."}
        reviews.rate(ctx, public_id, reviewer, {"alpha": "2", "beta": "4"}, notes, "")
    reviews.settle(ctx, decided, reviewer, reviews.Verdict("ask_more", "Ask about deep buffers."))
    return decided


def _unknown(ctx: Context) -> str:
    """A shortlist on which of everybody something is not known; its public id."""
    start = {"id": "start", "kind": "must", "fact": "available_from", "op": "<=", "value": "2027-03-01"}
    level = {"id": "level", "kind": "must", "competency": "software.networking/transport", "min_level": 3}
    hours = {"id": "hours", "kind": "must", "fact": "hours_per_week", "op": ">=", "value": 2}
    project = projects.create_project(ctx, PROJECT | {"id": "p-unknown", "requirements": [start, level, hours]})
    return matching.request_shortlist(ctx, project, 5).public_id


def _letter(ctx: Context) -> str:
    """A letter that lies in the outbox, and one that could not be sent."""
    with writing(ctx.engine) as session:
        rows = mail_queries.newest(session, ctx.org)
        failed = rows[-1].mail
        failed.state, failed.problem = MailState.FAILED.value, "the mail server refused it (code 550)"
        ctx.mailer.forget([failed.public_id])
        session.add(failed)
    return rows[0].mail.public_id


def _packs(ctx: Context) -> tuple[str, str]:
    """A published pack, and a draft in which something is still to be mended; (its public id, a question's id)."""
    by = "admin@gallery.example"
    sound = pack_drafts.create(ctx, title="Cargo", questions=ASKED, by=by)
    pack_drafts.publish(ctx, sound, "1.0.0", 1, by=by)
    public_id = pack_drafts.create(ctx, title="Marine cargo surveying", questions=f"# Grain\n{ASKED}\n{OPEN}", by=by)

    def edit(document: Document) -> None:
        question = document["competencies"][0]["questions"][0]
        question["misconceptions"] = [
            {"id": "w", "statement": "Wet cargo was wet when packed", "correction": "Sweat forms on voyage", "level": 2}
        ]
        document["sources"] = [{"id": "s", "title": "Cargo at Sea", "publisher": "Some Press", "year": "soon"}]

    pack_drafts.change(ctx, public_id, 1, "question edited", edit, by=by)
    return public_id, pack_drafts.load(ctx, public_id).document["competencies"][0]["questions"][0]["id"]


def _calls(ctx: Context) -> None:
    """Calls to a model on two days, and its check."""
    gate = {"name": "usable ratings", "value": 0.99, "need": "at least 0.97", "passed": True}
    none = dict.fromkeys(("sensitivity", "specificity", "verbatim", "repeatability", "obeyed", "milliseconds_p95"))
    with writing(ctx.engine) as session:
        session.add(
            ModelAdmission(
                model="gpt-4o-mini", prompt="p", prompt_sha="b" * 64, golden_sha="c" * 64, admitted=False,
                document={"gates": [gate, {**gate, "value": None, "passed": False}], "figures": {**none, "orders": 0}},
                faults=["usable ratings: nothing to count (needed at least 0.97)"], at=ctx.now(),
            )
        )  # fmt: skip
        for n in range(4):
            at = ctx.now() - timedelta(days=n % 2)
            session.add(
                ModelCallRow(
                    organisation_id=ctx.org, interview_id=1, prompt="interviewer.probe", prompt_sha="a" * 64,
                    model="gpt-4o-mini", status="ok" if n else "timeout", rung="json_schema", error="",
                    milliseconds=900, input_tokens=1200, output_tokens=80, at=at,
                )
            )  # fmt: skip


def _staff(ctx: Context, role: str) -> tuple[str, str]:
    return STAFF_COOKIE, accounts.sign_in(ctx, accounts.add_user(ctx, f"{role}@gallery.example", role))


def _candidates(ctx: Context) -> dict[str, tuple[str, tuple[str, str]]]:
    """State -> (token of the link, cookie of the browser)."""
    found = {}
    sample = samples.pack(samples.flaws())
    for state, pack, answers in (
        ("invited", small_rubric(), None),
        ("asking", small_rubric(), None),
        ("asked", small_rubric(), 0),
        ("answering", small_rubric(), 1),
        ("sampling", sample, 8),
        ("pausing", small_rubric(), 1),
        ("withdrawn", small_rubric(), 1),
        ("reading", small_rubric(), 40),
        ("done", small_rubric(), 40),
    ):
        invited = _interview(ctx, pack, answers, f"Ana {state.title()}")
        _bring_about(ctx, state, invited.interview_id)
        found[state] = (invited.token, (CANDIDATE_COOKIE, accounts.accept_invitation(ctx, invited.token)))
    return found


def _interview(ctx: Context, pack: Rubric, answers: int | None, name: str) -> interviews.Invited:
    ask = interviews.Ask(
        candidate_id=create_candidate(ctx, name=name, email=f"{name.replace(' ', '.').lower()}@example.org"),
        rubric_version_id=rubrics.install(ctx, pack),
        invited_by="ben.sole@example.org",
        purpose=PURPOSE,
        form=CoreForm.A,
        seed=1,
        offer=OFFER,
    )
    invited = interviews.invite(ctx, ask)
    if answers is not None:
        interviews.begin(ctx, invited.interview_id, {"interview": True, "profile": True})
        _answer(ctx, invited.interview_id, answers)
    return invited


def _answer(ctx: Context, interview_id: int, most: int) -> None:
    """Answer so many questions, but leave a work sample to be looked at."""
    for _ in range(most):
        with reading(ctx.engine) as session:
            current = load(session, ctx.org, interview_id).state.current
        if current is None or current.asked.question_id == "flaws":
            return
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=current.asked.turn, text=SAID))


def _bring_about(ctx: Context, state: str, interview_id: int) -> None:
    commands: dict[str, tuple[Command, ...]] = {
        "pausing": (Pause(),),
        "withdrawn": (Withdraw(),),
        "done": (AddNote(turn=1, text="I meant the queue of the last router."), MarkRead()),
    }
    for command in commands.get(state, ()):
        interviews.do(ctx, interview_id, command)
    if state == "asking":
        accommodations.ask(ctx, interview_id, {AccommodationKind.PERSON}, "I stammer; writing to a person is easier.")
    if state == "done":
        reason = "Answer 2 says that delay rises before loss; it was read as if I had said the opposite."
        appeals.contest(ctx, interview_id, reason, "alpha")
