"""Letters, for administrators: what was sent to whom, what could not be, and how each kind reads."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import mail_queries
from vetting.db.engine import reading
from vetting.db.mail_models import Mail
from vetting.db.queries import owned
from vetting.delivery.wording import word
from vetting.domain.letter import Letter, LetterKind, MailState
from vetting.domain.review import Choice
from vetting.domain.tongue import _
from vetting.errors import NotFound
from vetting.services import invitations, mail
from vetting.services.accounts import Account, organisation_name
from vetting.services.context import Context
from vetting.web.deps import Ctx, PageNumber, require
from vetting.web.files import download
from vetting.web.render import page

router = APIRouter(include_in_schema=False)

Administrator = Annotated[Account, Depends(require())]
APART = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""A letter brings its own styles, as mail programs want them; it runs nothing and reaches nothing."""


@router.get("/admin/mail")
def letters(request: Request, ctx: Ctx, _: Administrator, number: PageNumber, state: str = "") -> Response:
    """The newest letters, and where they go."""
    wanted = state if state in set(MailState) else ""
    with reading(ctx.engine) as session:
        counts = mail_queries.by_state(session, ctx.org)
        offset = (number - 1) * mail_queries.PAGE
        lines = mail_queries.newest(session, ctx.org, offset=offset, state=wanted)
    total = counts.get(wanted, 0) if wanted else sum(counts.values())
    return page(
        request,
        "admin/mail.html",
        lines=lines,
        counts=counts,
        state=wanted,
        number=number,
        last=max(1, -(-total // mail_queries.PAGE)),
        sends=ctx.mailer.sends,
        server=ctx.settings.smtp_host,
        folder=ctx.settings.outbox.resolve(),
        laid=set(ctx.mailer.kept()),
        by_hand=mail.BY_HAND,
        kinds=list(LetterKind),
    )


@router.get("/admin/mail/previews/{kind}")
def preview(request: Request, ctx: Ctx, _: Administrator, kind: LetterKind) -> Response:
    """How a kind of letter reads, with invented names."""
    worded = word(_sample(ctx, kind))
    return page(request, "admin/letter.html", kind=kind, subject=worded.subject, text=worded.text, html_at="html")


@router.get("/admin/mail/previews/{kind}/html")
def preview_html(ctx: Ctx, _: Administrator, kind: LetterKind) -> Response:
    """The same letter as mail programs show it."""
    return Response(word(_sample(ctx, kind)).html, media_type="text/html", headers={"content-security-policy": APART})


@router.get("/admin/mail/{public_id}.eml")
def letter_file(ctx: Ctx, _: Administrator, public_id: str) -> Response:
    """A letter of the outbox as a file, to be opened and sent with a mail program. 404 for those that were sent."""
    return download(_laid(ctx, public_id), "message/rfc822", f"{public_id}.eml")


@router.get("/admin/mail/{public_id}")
def letter(request: Request, ctx: Ctx, _: Administrator, public_id: str) -> Response:
    """A letter of the outbox; those that were sent are kept nowhere. 404 for them."""
    found = message_from_bytes(_laid(ctx, public_id), _class=EmailMessage, policy=SMTP)
    body = found.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    return page(
        request, "admin/letter.html", kind=None, subject=str(found["Subject"]), text=text, html_at=None, to=found["To"],
        file=f"/admin/mail/{public_id}.eml",
    )  # fmt: skip


@router.post("/admin/mail/{public_id}/again")
def send_again(ctx: Ctx, account: Administrator, public_id: str) -> Response:
    """Send a letter that failed, or may not have arrived, once more."""
    mail.again(ctx, public_id, by=account.email)
    return RedirectResponse("/admin/mail", 303)


def _laid(ctx: Context, public_id: str) -> bytes:
    """Raises NotFound, also for a letter of another organisation."""
    with reading(ctx.engine) as session:
        row = owned(session, Mail, ctx.org, public_id)
    content = ctx.mailer.read(row.public_id)
    if content is None:
        raise NotFound(_("This letter is not in the outbox folder."))
    return content


def _sample(ctx: Context, kind: LetterKind) -> Letter:
    with reading(ctx.engine) as session:
        house = organisation_name(session, ctx.org)
    return Letter(
        kind=kind,
        to="ana.lima@example.org",
        name="" if kind is LetterKind.SHORTLIST_READY else "Ana Lima",
        house=house or "Example Lab",
        link=invitations.invite_url(ctx, "the-link-of-this-person"),
        about="Computer networking",
        contact="recruiter@example.org",
        purpose="reviewing model answers on congestion control",
        offer="95 EUR an hour, about ten hours a week, from home. This interview is not paid.",
        minutes=40,
        until=ctx.now() + timedelta(days=30),
        choice=Choice.DO_NOT_ADVANCE.value,
    )
