"""The demo's shell: shipped files in, result table and sign-in links out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from threading import Thread
from typing import Any

import yaml
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from vetting.bootstrap import build_context
from vetting.cli.show import ENGINE
from vetting.config import Settings, load_settings
from vetting.errors import BadInput
from vetting.packs import load_rubric, shipped
from vetting.services import accounts, demo
from vetting.services.context import Context
from vetting.services.jobs import with_inline_jobs


def settings_for(workdir: Path, port: int) -> Settings:
    """The caller's settings with the demo's work folder, and the demo's rounded currency rates where none are set."""
    settings = load_settings(
        # the demo's people are invented: nothing is ever sent to them
        data_dir=workdir, database_url=None, public_url=f"http://127.0.0.1:{port}", smtp_host=None,
    )  # fmt: skip
    return settings.model_copy(update={"rates": settings.rates or str(shipped("data/demo") / "rates.json")})


def run(settings: Settings, report: demo.Progress, bars: Progress | None) -> tuple[dict[str, Any], dict[str, str]]:
    """The demo's document, and one sign-in link per audience."""
    demo.open_workdir(settings.data_dir)
    ctx = with_inline_jobs(lambda queue: build_context(settings, jobs=queue, in_process=True))
    Thread(target=ctx.embedder.ready, args=(0,), daemon=True).start()  # the model loads while files are read
    with bars or nullcontext():
        document = demo.run(ctx, _data(settings), report)
    return document, _links(ctx)


def scripts() -> dict[str, tuple[str, demo.Script]]:
    """The demo's prepared answers: pack and script by the expert who gives them. Raises BadInput naming the file."""
    folder = shipped("data/demo")
    cast = yaml.safe_load((folder / "cast.yaml").read_text(encoding="utf-8"))
    found = {}
    for member in cast["cast"]:
        path = folder / "answers" / f"{member['expert']}.yaml"
        if not path.exists():
            raise BadInput(f"{path} is missing: the demo has no answers for expert {member['expert']}.")
        script = demo.read_script(yaml.safe_load(path.read_text(encoding="utf-8")), str(path))
        found[member["expert"]] = (member["rubric"], script)
    return found


def _data(settings: Settings) -> demo.DemoData:
    told = scripts()
    packs = {slug: load_rubric(slug, settings.rubrics_dir) for slug in dict.fromkeys(s for s, _ in told.values())}
    return demo.DemoData(folder=shipped("data/demo"), packs=packs, scripts=told)


def _links(ctx: Context) -> dict[str, str]:
    """Sign-in links for the three audiences; the candidate's leads to a fresh interview."""
    base = ctx.settings.public_url.rstrip("/")
    people = {"recruiter": "recruiter@example.org", "project manager": "manager@example.org"}
    roles = {"recruiter": "recruiter", "project manager": "project_manager"}
    links = {who: f"{base}/sign-in/{accounts.add_user(ctx, email, roles[who])}" for who, email in people.items()}
    token = demo.open_invite(ctx)
    return {"candidate": f"{base}/i/{token}", **links}


def print_table(document: Mapping[str, Any]) -> None:
    """The result as a person reads it; the reasons stand below the table, so that it fits 80 columns."""
    console = Console()
    table = Table(title="Interviews", box=SIMPLE, pad_edge=False, padding=(0, 1))
    for heading in ("Expert", "Rubric", "Composite", "90 %", "Recommendation", "Turns"):
        table.add_column(heading, justify="right" if heading in {"Composite", "Turns"} else "left", no_wrap=True)
    for row in document["interviews"]:
        level, interval = row["composite"]["level"], row["composite"]["interval"]
        table.add_row(
            row["candidate"],
            row["rubric"],
            "-" if level is None else f"{level:.2f}",
            "not rated" if interval is None else f"{interval[0]:.2f}-{interval[1]:.2f}",
            row["recommendation"].replace("_", " "),
            str(row["turns"]),
        )
    console.print(table)
    for row in document["interviews"]:
        console.print(f"  {row['candidate']}  {row['why']}", style="dim", highlight=False, soft_wrap=True)
    console.print(_shortlists(document))
    console.print(f"interviewer {document['engine']['interviewer']} · rater {document['engine']['rater']}")
    if document["engine"]["interviewer"].startswith("embedded"):
        console.print(
            f"{ENGINE}: set VETTING_LLM_MODEL and OPENAI_API_KEY (or OPENAI_BASE_URL) to have one interview and rate."
        )
    if notice := document["engine"].get("notice"):
        console.print(notice)
    console.print(f"{document['seconds']:.1f} s. All people, companies and answers of the demo are invented.")


def _shortlists(document: Mapping[str, Any]) -> Table:
    table = Table(title="Shortlists", box=SIMPLE)
    for heading in ("Project", "Considered", "Excluded", "First three, with fit"):
        table.add_column(heading)
    for row in document["shortlists"]:
        first = ", ".join(f"{e['expert']} {e['fit']:.2f}" for e in row["entries"][:3])
        table.add_row(row["project"], str(row["considered"]), str(sum(row["excluded"].values())), first)
    return table
