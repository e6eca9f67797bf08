"""Ways a user looks at the candidates, kept under a name of their own."""

from __future__ import annotations

from sqlmodel import Session, col, select

from vetting.db.engine import writing
from vetting.db.review_models import SavedView
from vetting.domain.tongue import _
from vetting.errors import BadInput, NotFound
from vetting.services.accounts import Account
from vetting.services.context import Context

LONGEST_NAME = 60
LONGEST_QUERY = 2000
MOST = 30


def views_of(session: Session, org: int, user_id: int) -> list[SavedView]:
    """A user's views by name."""
    mine = (col(SavedView.organisation_id) == org) & (col(SavedView.user_id) == user_id)
    return list(session.exec(select(SavedView).where(mine).order_by(col(SavedView.name))))


def save(ctx: Context, account: Account, name: str, query: str) -> SavedView:
    """Keep a view; one of the same name is replaced. Raises BadInput."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise BadInput(_("A view needs a name of 1 to {longest_name} characters.").format(longest_name=LONGEST_NAME))
    if len(query) > LONGEST_QUERY:
        raise BadInput(_("This view is too long to be kept: search for fewer words."))
    with writing(ctx.engine) as session:
        mine = views_of(session, ctx.org, account.user_id)
        row = next((v for v in mine if v.name == name), None)
        if row is None and len(mine) >= MOST:
            raise BadInput(_("You have {most} views; remove one that you no longer need.").format(most=MOST))
        row = row or SavedView(
            organisation_id=ctx.org, user_id=account.user_id, name=name, query="", created_at=ctx.now()
        )
        row.query = query
        session.add(row)
        return row


def remove(ctx: Context, account: Account, public_id: str) -> None:
    """Take a view away. Raises NotFound for another user's."""
    with writing(ctx.engine) as session:
        row = next((v for v in views_of(session, ctx.org, account.user_id) if v.public_id == public_id), None)
        if row is None:
            raise NotFound
        session.delete(row)
