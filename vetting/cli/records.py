"""What is kept about one person: export it, erase it, check a signed result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vetting.cli.app import Org, app
from vetting.cli.people import context
from vetting.services.context import Context

candidates_app = typer.Typer(help="The record of one person: export, erase, verify.", no_args_is_help=True)
app.add_typer(candidates_app, name="candidates")

Person = Annotated[str, typer.Argument(metavar="ID", help="Id of the person, as the candidates page shows it.")]


@candidates_app.command("export")
def export(
    person: Person,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE.zip", help="A new file.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists already.")] = False,
    org: Org = "default",
) -> None:
    """Write everything kept about a person into one zip: JSON, and each transcript to read.

    Example:  vetting candidates export x-001 -o x-001.zip
    """
    from vetting.services import own_record

    own_record.refuse_to_overwrite(out, force=force)
    ctx = context(org)
    own_record.keep(own_record.archive(ctx, _key(ctx, person)), out)
    print(f"Written: {out}")


@candidates_app.command("erase")
def erase(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    org: Org = "default",
) -> None:
    """Delete everything about a person for good: answers, drafts, profile, vectors, ratings, contact data.

    Example:  vetting candidates erase x-001 --yes
    """
    from vetting.services import erasure

    ctx = context(org)
    key = _key(ctx, person)
    if not yes:
        typer.confirm(f"Erase everything about '{person}'? This cannot be taken back", abort=True)
    done = erasure.erase(ctx, key, "command line")
    rows = sum(done.rows.values())
    print(f"Erased '{person}': {rows} rows deleted; interviews of which no word is left: {done.interviews}.")
    print("Backups made outside this service are not touched by this.", file=sys.stderr)


@candidates_app.command("verify")
def verify(file: Annotated[Path, typer.Argument(help="A signed result file.")], org: Org = "default") -> None:
    """Say whether a result file was issued here, is unchanged and still stands.

    Example:  vetting candidates verify result.json
    """
    from vetting.services import results

    checked = results.check(context(org), file.read_bytes())
    said = checked.result
    print(f"Issued here at {said['issued_at']} for {said['person']}: {said['rubric']['title']}.")
    print(STANDING[checked.standing.value])


STANDING = {
    "stands": "The result still stands.",
    "changed": "The result has changed since: ask the person for a newer file.",
    "gone": "The result is no longer kept here.",
}


def _key(ctx: Context, person: str) -> int:
    from vetting.db import queries
    from vetting.db.engine import reading

    with reading(ctx.engine) as session:
        key = queries.candidate_by_imported_id(session, ctx.org, person).id
    assert key is not None
    return key
