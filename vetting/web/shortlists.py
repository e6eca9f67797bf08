"""What managers do with a shortlist: decide, offer work, assign, rate how it went; and its files."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from vetting.db import project_queries
from vetting.db.engine import reading
from vetting.domain.shortlist import Step
from vetting.domain.tongue import _
from vetting.errors import BadInput, VettingError
from vetting.services import client_links, idempotency, inquiries, matching, preferences, recompute, shortlists
from vetting.services.accounts import Account
from vetting.services.context import Context
from vetting.web.deps import Ctx
from vetting.web.dossier_view import read_dossier
from vetting.web.files import JSON, PDF, download, pdf_of
from vetting.web.projects import Looker, Manager, Posted, competency_names
from vetting.web.render import page
from vetting.web.sheets import CSV, XLSX, csv_of, xlsx_of
from vetting.web.shortlist_view import EntryView, ShortlistView, left_out_of, parts_of, read_shortlist, sheet_of

router = APIRouter(include_in_schema=False)

DAYS = (3, 7, 14, 30)
LIKES = {"more": True, "fewer": False, "none": None}
MOVES = {step.value: step for step in (Step.WITHDRAW, Step.ASSIGN, Step.RELEASE)}


@router.get("/shortlists/{public_id}")
def shortlist_page(request: Request, ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The ranked experts with fit, requirements, reasons and what became of them."""
    return page(request, "projects/shortlist.html", it=_read(ctx, public_id), now=ctx.now())


@router.get("/shortlists/{public_id}/export.json")
def shortlist_json(ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The shortlist as a file, as the API gives it."""
    with reading(ctx.engine) as session:
        project_queries.shortlist(session, ctx.org, public_id)
    content = json.dumps(matching.shortlist_document(ctx, public_id), ensure_ascii=False, indent=2)
    return download(content, JSON, f"shortlist-{public_id}.json")


@router.get("/shortlists/{public_id}/export.csv")
def shortlist_csv(ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The shortlist for a spreadsheet; no cell can be taken for a formula."""
    return download(csv_of(sheet_of(_read(ctx, public_id))), CSV, f"shortlist-{public_id}.csv")


@router.get("/shortlists/{public_id}/export.xlsx")
def shortlist_xlsx(ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The shortlist as a workbook: the experts, what each fit is made of, who was left out."""
    shown = _read(ctx, public_id)
    content = xlsx_of(sheet_of(shown), parts_of(shown), left_out_of(shown))
    return download(content, XLSX, f"shortlist-{public_id}.xlsx")


@router.get("/shortlists/{public_id}/export.pdf")
def shortlist_pdf(request: Request, ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The shortlist on paper."""
    content = pdf_of(request, "paper/shortlist.html", it=_read(ctx, public_id), now=ctx.now())
    return download(content, PDF, f"shortlist-{public_id}.pdf")


@router.post("/shortlists/{public_id}/entries/{entry}/decision")
def decide(
    ctx: Ctx,
    account: Manager,
    public_id: str,
    entry: str,
    decision: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
    fewer: Annotated[bool, Form()] = False,
) -> Response:
    """Approve, decline with a reason (and want fewer like that), or take either back."""
    _require_entry(ctx, public_id, entry)
    shortlists.decide(ctx, entry, decision, reason=reason, by=account.email)
    if fewer:
        preferences.mark(ctx, entry, False, by=account.email)
    return _back(public_id, entry)


@router.get("/shortlists/{public_id}/entries/{entry}/offer")
def offer_form(request: Request, ctx: Ctx, _: Manager, public_id: str, entry: str) -> Response:
    """What the offer will say, to be looked over."""
    shown, one = _entry(ctx, public_id, entry)
    return _offer_form(request, shown, one, _first_terms(shown, one))


@router.post("/shortlists/{public_id}/entries/{entry}/offer")
def send_offer(request: Request, ctx: Ctx, account: Manager, public_id: str, entry: str, values: Posted) -> Response:
    """Make the offer; its link is shown on this page and never again."""
    shown, one = _entry(ctx, public_id, entry)

    def act() -> dict[str, Any]:
        terms = shortlists.Terms(**{name: values.get(name, "") for name in shortlists.Terms.__annotations__})
        made = shortlists.offer(ctx, entry, terms, days=_days(values), by=account.email)
        url = f"{ctx.settings.public_url.rstrip('/')}/offers/{made.token}"
        return {"url": url, "until": made.expires_at.isoformat()}

    try:
        made = idempotency.once_per_form(ctx, values.get("form", ""), values | {"by": account.email}, act)
    except VettingError as error:
        return _offer_form(request, shown, one, values, error)
    return page(request, "projects/offered.html", it=shown, one=one, url=made["url"], until=made["until"])


@router.post("/shortlists/{public_id}/entries/{entry}/step")
def move(ctx: Ctx, account: Manager, public_id: str, entry: str, step: Annotated[str, Form()]) -> Response:
    """Withdraw an offer, assign an expert who accepted, or release one again."""
    _require_entry(ctx, public_id, entry)
    if step not in MOVES:
        raise BadInput(_("step: this is none of withdraw, assign and release."))
    shortlists.move(ctx, entry, MOVES[step], by=account.email)
    return _back(public_id, entry)


@router.post("/shortlists/{public_id}/entries/{entry}/outcome")
def rate_outcome(
    ctx: Ctx,
    account: Manager,
    public_id: str,
    entry: str,
    rating: Annotated[int, Form()],
    note: Annotated[str, Form()] = "",
) -> Response:
    """How the work of an assigned expert went."""
    _require_entry(ctx, public_id, entry)
    shortlists.rate_outcome(ctx, entry, rating, note=note, by=account.email)
    return _back(public_id, entry)


@router.get("/shortlists/{public_id}/vet")
def vet_preview(request: Request, ctx: Ctx, _account: Manager, public_id: str) -> Response:
    """Who would be asked what, before any link is made."""
    return page(request, "projects/vet.html", it=_read(ctx, public_id))


@router.post("/shortlists/{public_id}/vet")
def vet_all(
    request: Request,
    ctx: Ctx,
    account: Manager,
    public_id: str,
    form: Annotated[str, Form()] = "",
    chosen: Annotated[bool, Form()] = False,
    entry: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Ask everybody on the list, or those who were chosen, what is not known; links are shown here and never again."""
    if chosen and not entry:
        raise BadInput(_("Nobody is ticked, so nobody was asked. Tick those to ask."))
    return _vet(request, ctx, account, public_id, None, form, only=entry if chosen else None)


@router.post("/shortlists/{public_id}/entries/{entry}/vet")
def vet_one(
    request: Request, ctx: Ctx, account: Manager, public_id: str, entry: str, form: Annotated[str, Form()] = ""
) -> Response:
    """Ask one expert what is not known of them; links that were made before end."""
    return _vet(request, ctx, account, public_id, entry, form)


@router.post("/shortlists/{public_id}/entries/{entry}/mark")
def mark(ctx: Ctx, account: Manager, public_id: str, entry: str, like: Annotated[str, Form()]) -> Response:
    """Want more or fewer like this expert, or take that back; the next ranking leans."""
    _require_entry(ctx, public_id, entry)
    if like not in LIKES:
        raise BadInput(_("like: this is none of more, fewer and none."))
    preferences.mark(ctx, entry, LIKES[like], by=account.email)
    return _back(public_id, entry)


@router.get("/shortlists/{public_id}/recompute")
def recomputed(request: Request, ctx: Ctx, _: Looker, public_id: str) -> Response:
    """The same question asked again today, beside what was answered then; nothing is stored."""
    return page(request, "projects/recomputed.html", it=recompute.recompute(ctx, public_id))


@router.post("/shortlists/{public_id}/links")
def make_link(
    request: Request,
    ctx: Ctx,
    account: Manager,
    public_id: str,
    days: Annotated[int, Form()] = client_links.DAYS,
    form: Annotated[str, Form()] = "",
) -> Response:
    """A link for the client; shown on this page and never again."""

    def act() -> dict[str, Any]:
        made = client_links.make(ctx, public_id, days=days, by=account.email)
        url = f"{ctx.settings.public_url.rstrip('/')}/shared/{made.token}"
        return {"url": url, "until": made.expires_at.isoformat()}

    sent = {"list": public_id, "days": str(days), "by": account.email}
    made = idempotency.once_per_form(ctx, form, sent, act)
    return page(request, "projects/linked.html", it=_read(ctx, public_id), url=made["url"], until=made["until"])


@router.post("/shortlists/{public_id}/links/{link}/end")
def end_link(ctx: Ctx, account: Manager, public_id: str, link: str) -> Response:
    """End a client's link now."""
    client_links.end(ctx, public_id, link, by=account.email)
    return RedirectResponse(f"/shortlists/{public_id}#links", 303)


@router.get("/shortlists/{public_id}/entries/{entry}/dossier")
def dossier(request: Request, ctx: Ctx, _: Looker, public_id: str, entry: str) -> Response:
    """One expert for one project on paper: what is asked, what is known, where it stands, what happened."""
    shown, one = _entry(ctx, public_id, entry)
    with reading(ctx.engine) as session:
        told = read_dossier(session, ctx.org, one, shown.row.project_id, ctx.clock().date())
    return page(request, "projects/dossier.html", it=shown, one=one, told=told)


@router.get("/shortlists/{public_id}/entries/{entry}/dossier.pdf")
def dossier_pdf(request: Request, ctx: Ctx, _: Looker, public_id: str, entry: str) -> Response:
    """The dossier as a file."""
    shown, one = _entry(ctx, public_id, entry)
    with reading(ctx.engine) as session:
        told = read_dossier(session, ctx.org, one, shown.row.project_id, ctx.clock().date())
    content = pdf_of(request, "paper/dossier.html", it=shown, one=one, told=told, now=ctx.now())
    return download(content, PDF, f"dossier-{entry}.pdf")


def _vet(
    request: Request,
    ctx: Context,
    account: Account,
    public_id: str,
    entry: str | None,
    form: str,
    only: list[str] | None = None,
) -> Response:
    def act() -> dict[str, Any]:
        return {"asked": [one._asdict() for one in inquiries.vet(ctx, public_id, entry, by=account.email, only=only)]}

    shown = _read(ctx, public_id)
    sent = {"list": public_id, "entry": entry or " ".join(only or ()), "by": account.email}
    made = idempotency.once_per_form(ctx, form, sent, act)
    base, paths = ctx.settings.public_url.rstrip("/"), {inquiries.FACTS: "questions", inquiries.INTERVIEW: "i"}
    asked = [one | {"url": f"{base}/{paths[one['kind']]}/{one['token']}"} for one in made["asked"]]
    return page(request, "projects/vetted.html", it=shown, asked=asked, entry=entry, days=inquiries.DAYS)


def _read(ctx: Context, public_id: str) -> ShortlistView:
    with reading(ctx.engine) as session:
        return read_shortlist(session, ctx.org, public_id, competency_names(ctx))


def _entry(ctx: Context, public_id: str, entry: str) -> tuple[ShortlistView, EntryView]:
    """The shortlist and its entry of these ids. Raises NotFound."""
    _require_entry(ctx, public_id, entry)
    shown = _read(ctx, public_id)
    return shown, next(one for one in shown.entries if one.row.public_id == entry)


def _require_entry(ctx: Context, public_id: str, entry: str) -> None:
    """Raises NotFound unless it is an entry of this very shortlist."""
    with reading(ctx.engine) as session:
        row, _ = project_queries.shortlist(session, ctx.org, public_id)
        assert row.id is not None
        project_queries.entry(session, ctx.org, row.id, entry)


def _offer_form(
    request: Request, it: ShortlistView, one: EntryView, values: dict[str, str], error: VettingError | None = None
) -> Response:
    status, message = (error.status, error.message) if error else (200, None)
    return page(
        request, "projects/offer.html", status=status, it=it, one=one, values=values, error=message, choices=DAYS
    )


def _first_terms(it: ShortlistView, one: EntryView) -> dict[str, str]:
    """What can be proposed from what is known; the client's highest rate is not for the expert to read."""
    rate, hours = one.person.facts.get("rate"), it.project.hours_per_week
    return {
        "title": it.project.title,
        "pay": f"{rate['amount']:g} {rate['currency']} an hour" if rate else "",
        "hours": f"{hours:g} hours a week" if hours else "",
        "start": it.project.start or "",
        "days": str(shortlists.OFFER_DAYS),
    }


def _days(values: dict[str, str]) -> int:
    given = values.get("days", "") or str(shortlists.OFFER_DAYS)
    if not (given.isascii() and given.isdigit()):
        raise BadInput(_("days: {days!r} is not a number of days.").format(days=given[:20]))
    return int(given)


def _back(public_id: str, entry: str) -> Response:
    return RedirectResponse(f"/shortlists/{public_id}#e-{entry}", 303)
