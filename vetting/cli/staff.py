"""Staffing all open projects from the command line."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated, Any

import typer

from vetting.cli.app import Json, Org, app, print_json, progress_reporter


@app.command("staff")
def staff(
    projects: Annotated[
        str, typer.Option("--projects", metavar="ID,ID", help="Which; without it, all open ones.")
    ] = "",
    fairness: Annotated[
        float, typer.Option("--fairness", min=0, max=1, help="Weight of serving all projects evenly.")
    ] = 0.2,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=600, help="Time limit of the solver.")] = 60.0,
    org: Org = "default",
    as_json: Json = False,
) -> None:
    """Seat the experts over all open projects at once, or say what to change so that it can be done. Stores nothing.

    Example:  vetting staff --projects p-congestion-answers,p-wireless-reasoning
    """
    from vetting.cli.people import context
    from vetting.services.staffing import Ask, staff_document

    keys = tuple(key.strip() for key in projects.split(",") if key.strip())
    bars, report = progress_reporter()
    with bars or nullcontext():
        document = staff_document(context(org), Ask(keys, fairness, seconds), report)
    print_json(document) if as_json else print(staff_text(document))


def staff_text(document: dict[str, Any]) -> str:
    """A plan: what had to give, then each project with its seats and who is next in line."""
    lines = [] if document["feasible"] else [_heading(document)]
    lines += [f"  {one['words']}" for part in ("relaxations", "refused") for one in document[part]]
    for project in document["projects"]:
        lines.append(f"\n{project['project']}: {project['filled']} of {project['seats']} seats")
        lines += [f"  {_person(one)}" for one in project["assigned"]]
        lines += [f"    next in line: {_person(one)}" for one in project["alternates"]]
        lines += [f"  {c['asked']}: met by {c['met']}, asked of {c['least']}" for c in project["covers"]]
    by_hand = document["greedy"]
    lines.append(
        f"\nworth {document['objective']:.4f}, at most {document['bound']:.4f} (gap {100 * document['gap']:.3f} %); "
        f"picking one by one: {by_hand['objective']:.4f}"
        + (f" with {by_hand['empty']} seats empty" if by_hand["empty"] else "")
    )
    return "\n".join(lines).lstrip("\n")


def _heading(document: dict[str, Any]) -> str:
    if document["smallest"]:
        return "Not everything is possible. The smallest change, made in the plan below:"
    return "Not everything is possible. A change, made in the plan below; a smaller one may exist:"


def _person(one: dict[str, Any]) -> str:
    held = "" if one["hold"] == "free" else f", {one['hold']}"
    return f"{one['expert']}  fit {one['fit']:.3f}, {one['load']:.0%} of the week{held}"
