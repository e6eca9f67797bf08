"""Keeping an installation: backup, restore, and a look at whether everything promised holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vetting.cli.app import Json, Org, app, fail, print_json
from vetting.config import load_settings

if TYPE_CHECKING:
    from vetting.services.doctor import Checked


@app.command("backup")
def backup(file: Annotated[Path, typer.Argument(help="A new file; it must not exist yet.")]) -> None:
    """Copy the whole database into one file; the service may go on running. The file holds personal data.

    Example:  vetting backup vetting-monday.sqlite3
    """
    from vetting.services.backup import back_up

    made = back_up(load_settings(), file)
    print(f"Backed up to {made} ({made.stat().st_size / 1e6:,.1f} MB), checked. It holds personal data: keep it safe.")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that 'vetting backup' wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a database is replaced.")] = False,
) -> None:
    """Put a backup in the place of the database; stop the service first. The former database is kept beside it.

    Example:  vetting restore vetting-monday.sqlite3
    """
    from vetting.processes import WORKER_LOCK, alone_on
    from vetting.services import backup as backups

    settings = load_settings()
    place = backups.check(settings, file)
    with alone_on(settings.data_dir), alone_on(settings.data_dir, WORKER_LOCK):
        if place.exists() and not yes:
            _ask(f"Replace the database {place} by {file}?")
        done = backups.restore(settings, file)
    kept = f" The former one is kept as {done.former}." if done.former else ""
    print(f"Restored {file} to {done.database}.{kept} The first search builds the index anew.")


@app.command("retention")
def retention(
    apply: Annotated[bool, typer.Option("--apply", help="Delete it now; without this nothing is changed.")] = False,
    org: Org = "default",
    as_json: Json = False,
) -> None:
    """Show what has been kept long enough, by the days that are set, and with --apply delete it.

    Example:  vetting retention
    """
    from vetting.cli.people import context
    from vetting.services import retention as service

    ctx = context(org)
    found = service.apply(ctx) if apply else service.due(ctx)
    if as_json:
        print_json({"applied": apply, "due": [one._asdict() for one in found]})
        return
    for one in found:
        what = "people, erased" if one.table == "candidate" else f"rows of {one.table}"
        print(f"{one.rows:8,} {what}, kept for more than {one.days:,} days")
    if not found:
        print("Nothing has been kept long enough to be deleted.")
    elif not apply:
        print("Nothing was changed; 'vetting retention --apply' deletes it.", file=sys.stderr)


@app.command("doctor")
def doctor(
    ledger: Annotated[
        Path | None, typer.Option("--ledger", help="Acknowledged answers that a client noted, to be found again.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look for everything that must never be true of what is stored; changes nothing. Exit code 1 when it finds any.

    Example:  vetting doctor
    """
    from vetting.bootstrap import build_context
    from vetting.db.engine import make_engine
    from vetting.services import doctor as service

    settings = load_settings()
    noted = service.read_ledger(ledger) if ledger else None
    found = service.examine_file(make_engine(settings.database))
    if not any(check.faults for check in found):
        found += service.examine(build_context(settings, in_process=True), noted)
    if as_json:
        print_json({"ok": not any(c.faults for c in found), "checks": [c._asdict() for c in found]})
    else:
        for check in found:
            _tell(check)
    if faults := sum(len(check.faults) for check in found):
        fail(f"{faults} {'fault' if faults == 1 else 'faults'} found.")


def _tell(check: Checked) -> None:
    state = "fault" if check.faults else "ok"
    print(f"{state:6} {check.name:12} {check.holds} ({check.looked_at:,} looked at)")
    for fault in check.faults:
        print(f"       - {fault}")


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        fail(f"{question} Say so with --yes.", code=2)
    if not typer.confirm(question):
        fail("Nothing was changed.")
