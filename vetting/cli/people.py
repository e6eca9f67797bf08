"""Experts, projects, users and keys: import, match, search, index."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vetting.cli.app import Json, Org, app, fail, one_of, print_json, progress_reporter
from vetting.config import as_served, load_settings
from vetting.services.accounts import Role, Scope
from vetting.services.context import Context

if TYPE_CHECKING:
    from sqlalchemy import Engine

import_app = typer.Typer(help="Import experts or projects from files.", no_args_is_help=True)
index_app = typer.Typer(help="Rebuild or verify the search index.", no_args_is_help=True)
users_app = typer.Typer(help="People who sign in.", no_args_is_help=True)
organisations_app = typer.Typer(help="Organisations: each has its own people and projects.", no_args_is_help=True)
keys_app = typer.Typer(help="Keys for the HTTP API.", no_args_is_help=True)
for name, sub in (
    ("import", import_app),
    ("index", index_app),
    ("organisations", organisations_app),
    ("users", users_app),
    ("apikeys", keys_app),
):
    app.add_typer(sub, name=name)

Top = Annotated[int, typer.Option("-k", min=1, max=1000, help="How many to show.")]


def context(org: str) -> Context:
    """The context of a one-shot command: jobs run at once, the model is loaded here unless a server has it."""
    from vetting.bootstrap import build_context
    from vetting.services.jobs import with_inline_jobs

    settings = as_served(load_settings())
    return with_inline_jobs(lambda queue: build_context(settings, org=org, jobs=queue, in_process=True))


def _database() -> Engine:
    """The migrated database, for what belongs to no organisation."""
    from vetting.db.engine import make_engine
    from vetting.db.migrate import upgrade

    engine = make_engine(load_settings().database)
    upgrade(engine)
    return engine


@import_app.command("experts")
def import_experts(
    files: Annotated[list[Path], typer.Argument(help="jsonl, csv or JSON Resume files, CVs as PDF or DOCX.")],
    org: Org = "default",
    as_json: Json = False,
) -> None:
    """Import experts; importing the same ids again updates them.

    The id of a CV is its e-mail, else the SHA-256 of its bytes. Only what a reader of its pages sees becomes a profile.

    Example:  vetting import experts experts.jsonl more.csv cv.pdf
    """
    from vetting.services import candidates, profiles

    ctx = context(org)
    bars, report = progress_reporter()
    with bars or _Nothing():
        result = candidates.import_experts(ctx, files, progress=report)
        profiles.embed_pending(ctx, progress=report)
    if as_json:
        print_json(result.document())
    else:
        print(result.summary())
    for line in (*result.notes, *result.faults):
        print(line, file=sys.stderr)
    if result.faults:
        raise typer.Exit(1)


@import_app.command("projects")
def import_projects(
    file: Annotated[Path, typer.Argument(help="A jsonl file of projects.")], org: Org = "default", as_json: Json = False
) -> None:
    """Import projects; importing the same ids again updates them.

    Example:  vetting import projects projects.jsonl
    """
    from vetting.services import projects

    result = projects.import_projects(context(org), [file])
    if as_json:
        print_json(result.document())
    else:
        print(result.summary())
    for fault in result.faults:
        print(fault, file=sys.stderr)
    if result.faults:
        raise typer.Exit(1)


@app.command("match")
def match(
    project: Annotated[str, typer.Argument(help="Id of a project.")],
    k: Top = 10,
    everyone: Annotated[bool, typer.Option("--all", help="Also the excluded, with reasons.")] = False,
    org: Org = "default",
    as_json: Json = False,
) -> None:
    """Rank the experts for a project, with the parts of each fit and the reasons.

    Example:  vetting match p-congestion-answers -k 5
    """
    from vetting.cli.show import shortlist_text, with_engine
    from vetting.services import matching

    ctx = context(org)
    document = matching.match(ctx, project, k=k, everyone=everyone)
    print_json(document) if as_json else print(with_engine(shortlist_text(document), ctx))


@app.command("search")
def search(
    text: Annotated[str, typer.Argument(help="What you are looking for, in plain words.")],
    k: Top = 10,
    fact: Annotated[
        list[str] | None, typer.Option("--fact", help="A fact to use instead of those read from the words; repeat it.")
    ] = None,
    no_facts: Annotated[bool, typer.Option("--no-facts", help="Read no facts from the words.")] = False,
    org: Org = "default",
    as_json: Json = False,
) -> None:
    """Find experts in plain words; facts in them (hours, rate, languages ...) leave out who states otherwise.

    Example:  vetting search "EU-qualified pharmacist who has done signal detection, 10 h a week"
    """
    from vetting.cli.show import search_text, with_engine
    from vetting.services import search as job

    ctx = context(org)
    document = job.search(ctx, text, k=k, facts=fact or ([] if no_facts else None))
    print_json(document) if as_json else print(with_engine(search_text(document), ctx))


@index_app.command("rebuild")
def rebuild(org: Org = "default") -> None:
    """Build the search index anew from the database.

    Example:  vetting index rebuild
    """
    from vetting.services import profiles

    ctx = context(org)
    profiles.embed_pending(ctx)
    print(ctx.index.rebuild())


@index_app.command("prepare")
def prepare(
    embedder: Annotated[str, typer.Argument(help="What VETTING_EMBEDDER will be: path:DIR, hub:NAME, openai:MODEL.")],
    discard: Annotated[bool, typer.Option("--discard", help="Drop what was prepared instead.")] = False,
) -> None:
    """Make the vectors of the embedding model that comes next, in every organisation, while the present one serves.

    Example:  vetting index prepare path:models/next
    """
    from vetting.bootstrap import make_embedder
    from vetting.services import prepared_vectors

    ctx = context("default")
    if discard:
        print(f"Dropped {prepared_vectors.discard(ctx)} prepared vectors.")
        return
    following = make_embedder(ctx.settings.model_copy(update={"embedder": embedder}), in_process=True)
    bars, report = progress_reporter()
    with bars or nullcontext():
        ready = prepared_vectors.prepare_everywhere(ctx, following, report)
    print(
        f"{ready} vectors of {following.name} are ready. To change over: set VETTING_EMBEDDER={embedder} and restart."
    )


@index_app.command("verify")
def verify(org: Org = "default") -> None:
    """Compare the search index with the database.

    Example:  vetting index verify
    """
    faults = context(org).index.verify()
    for fault in faults:
        print(fault)
    if faults:
        fail("The index differs from the database; run: vetting index rebuild")
    print("The index agrees with the database.")


@organisations_app.command("add")
def add_organisation(
    slug: Annotated[str, typer.Argument(help="What --org will take: lower-case letters, digits, hyphens.")],
    name: Annotated[str, typer.Option("--name", help="As candidates read it.")],
) -> None:
    """Add an organisation; commands act for it with --org.

    Example:  vetting organisations add example-lab --name "Example Lab"
    """
    from vetting.services import accounts
    from vetting.services.context import utc_now

    accounts.add_organisation(_database(), slug, name, utc_now())
    print(f"Added. Let somebody in:  vetting users add you@example.org --role admin --org {slug}")


@organisations_app.command("list")
def list_organisations(as_json: Json = False) -> None:
    """Slug and name of every organisation.

    Example:  vetting organisations list
    """
    from vetting.services import accounts

    rows = accounts.organisations(_database())
    if as_json:
        print_json({"organisations": [{"slug": slug, "name": name} for slug, name in rows]})
        return
    for slug, name in rows:
        print(f"{slug}  {name}")


@users_app.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    role: Annotated[
        Role, typer.Option("--role", parser=one_of(Role), metavar=f"[{'|'.join(Role)}]", help="What they are here for.")
    ],
    org: Org = "default",
) -> None:
    """Add a user, or give one another role, and print a one-time sign-in link, or where they sign in without one.

    Example:  vetting users add ana@example.org --role recruiter
    """
    from vetting.services import accounts

    ctx = context(org)
    print(accounts.sign_in_address(ctx, accounts.add_user(ctx, email, role)))


@users_app.command("list")
def list_users(org: Org = "default", as_json: Json = False) -> None:
    """Who may sign in, and as what.

    Example:  vetting users list
    """
    from vetting.services import users

    rows = [(user.email, user.role) for user in users.allowed(context(org))]
    if as_json:
        print_json({"users": [{"email": email, "role": role} for email, role in rows]})
        return
    for email, role in rows:
        print(f"{role:16} {email}")


@users_app.command("remove")
def remove_user(email: Annotated[str, typer.Argument(help="E-mail address.")], org: Org = "default") -> None:
    """Shut a user out: sessions end now, links stop working. What they decided keeps their name.

    Example:  vetting users remove ana@example.org
    """
    from vetting.services import users

    users.remove(context(org), email)
    print(f"{email} may no longer sign in; every session has ended.")


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[
        Scope,
        typer.Option(
            "--scope", parser=one_of(Scope), metavar=f"[{'|'.join(Scope)}]", help="'read' lets it change nothing."
        ),
    ] = Scope.ALL,
    org: Org = "default",
) -> None:
    """Create an API key and print it; it is not shown again.

    Example:  vetting apikeys create "applicant tracking" --scope read
    """
    from vetting.services import accounts

    print(accounts.create_api_key(context(org), name, scope))


@keys_app.command("list")
def list_keys(org: Org = "default", as_json: Json = False) -> None:
    """The API keys that work; never the keys themselves.

    Example:  vetting apikeys list
    """
    from vetting.services import accounts

    rows = [(key.name, key.scope or Scope.ALL.value, key.created_at) for key in accounts.api_keys(context(org))]
    if as_json:
        print_json({"keys": [{"name": n, "scope": s, "created_at": at.isoformat()} for n, s, at in rows]})
        return
    for name, scope, at in rows:
        print(f"{scope:5} {at:%Y-%m-%d}  {name}")


@keys_app.command("revoke")
def revoke_keys(name: Annotated[str, typer.Argument(help="As it was created.")], org: Org = "default") -> None:
    """End every API key of that name at once.

    Example:  vetting apikeys revoke "applicant tracking"
    """
    from vetting.services import accounts

    print(f"Ended: {accounts.revoke_api_keys(context(org), name)}")


class _Nothing:
    """No bars where there is no terminal."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
