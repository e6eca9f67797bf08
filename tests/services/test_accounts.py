"""Users who are shut out and keys that are ended: at once, for good, and in the audit chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cast import Clock, with_clock
from tests.web.site import site
from tests.web.staff import second_organisation
from vetting.db.audit_queries import chain
from vetting.db.engine import reading
from vetting.errors import Conflict, Expired, NotFound, NotSignedIn
from vetting.services import accounts, users
from vetting.services.accounts import Scope
from vetting.services.context import Context


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Context:
    return with_clock(site(tmp_path), clock)


def actions(ctx: Context) -> list[str]:
    with reading(ctx.engine) as session:
        return [one.link.action for one in chain(session, ctx.org)]


@pytest.mark.asvs("V7.4.2", "V7.4.5")
def test_a_user_who_is_removed_is_out_everywhere_at_once(ctx: Context) -> None:
    session = accounts.sign_in(ctx, accounts.add_user(ctx, "ana@example.org", "recruiter"))
    unused = accounts.add_user(ctx, "ana@example.org", "recruiter")
    assert accounts.account_of(ctx, session).email == "ana@example.org"
    users.remove(ctx, " Ana@example.org")
    with pytest.raises(NotSignedIn):
        accounts.account_of(ctx, session)
    with pytest.raises(Expired):
        accounts.sign_in(ctx, unused)
    assert users.allowed(ctx) == [] and not accounts.anybody(ctx)
    assert actions(ctx)[-1] == "user.disable"
    with pytest.raises(NotFound, match=r"'ana@example\.org'"):
        users.remove(ctx, "ana@example.org")


def test_a_user_who_was_removed_can_be_let_in_again(ctx: Context) -> None:
    accounts.add_user(ctx, "ana@example.org", "recruiter")
    users.remove(ctx, "ana@example.org")
    session = accounts.sign_in(ctx, accounts.add_user(ctx, "ana@example.org", "reviewer"))
    assert accounts.account_of(ctx, session).role == "reviewer"


def test_the_last_administrator_can_neither_be_removed_nor_given_another_role(ctx: Context) -> None:
    accounts.add_user(ctx, "ana@example.org", "admin")
    accounts.add_user(second_organisation(ctx), "ben@example.org", "admin")
    with pytest.raises(Conflict, match=r"ana@example\.org is the only administrator who can sign in; make"):
        users.remove(ctx, "ana@example.org")
    with pytest.raises(Conflict, match="the only administrator"):
        accounts.add_user(ctx, "ana@example.org", "recruiter")
    accounts.add_user(ctx, "zoe@example.org", "admin")
    accounts.add_user(ctx, "ana@example.org", "recruiter")
    with pytest.raises(Conflict):
        users.remove(ctx, "zoe@example.org")
    users.remove(ctx, "ana@example.org")
    assert [(user.email, user.role) for user in users.allowed(ctx)] == [("zoe@example.org", "admin")]


@pytest.mark.asvs("V6.4.1")
def test_a_sign_in_link_runs_out_after_two_days(ctx: Context, clock: Clock) -> None:
    token = accounts.add_user(ctx, "ana@example.org", "recruiter")
    clock.pass_minutes(48 * 60 + 1)
    with pytest.raises(Expired):
        accounts.sign_in(ctx, token)


def test_a_key_that_is_revoked_works_nowhere_and_others_go_on(ctx: Context) -> None:
    ended, stays = accounts.create_api_key(ctx, "import"), accounts.create_api_key(ctx, "reports", Scope.READ)
    assert accounts.revoke_api_keys(ctx, "import") == 1
    with pytest.raises(NotSignedIn):
        accounts.key_of(ctx, ended)
    assert accounts.key_of(ctx, stays).scope is Scope.READ
    assert [key.name for key in accounts.api_keys(ctx)] == ["reports"] and actions(ctx)[-1] == "key.revoke"
    with pytest.raises(NotFound, match="'import'"):
        accounts.revoke_api_keys(ctx, "import")
