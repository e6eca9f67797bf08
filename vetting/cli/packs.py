"""`vetting rubrics ...` and `vetting prompts ...`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vetting.cli.app import Json, app, fail, print_json, progress_reporter
from vetting.config import Settings, load_settings
from vetting.errors import BadInput

if TYPE_CHECKING:
    from vetting.evals.silence import PackSilence

rubrics_app = typer.Typer(help="Check, make and show rubric packs.", no_args_is_help=True)
prompts_app = typer.Typer(help="Check and show the prompts of the language model.", no_args_is_help=True)
app.add_typer(rubrics_app, name="rubrics")
app.add_typer(prompts_app, name="prompts")


@rubrics_app.command("check")
def check_rubrics(
    paths: Annotated[list[Path] | None, typer.Argument(help="Packs to check; without any, all installed ones.")] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Earlier copies: changed content needs a higher version.")
    ] = None,
    silence: Annotated[
        bool, typer.Option("--silence", help="Also have the embedded rater judge answers that know nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Report every fault of rubric packs as `file:line path: message`.

    With --silence also what empty talk, parroting, lists of key words and copied references would be credited with.

    Example:  vetting rubrics check rubrics/software.networking.yaml --silence
    """
    from vetting.services.rubrics import check

    settings = load_settings()
    report = check(paths or None, rubrics_dir=settings.rubrics_dir, against=against)
    measured = _silence(report.files, settings) if silence else ()
    report = report.joined([fault for one in measured for fault in one.faults])
    if as_json:
        print_json({**report.document(), **({"silence": [m.document() for m in measured]} if silence else {})})
    else:
        print("\n".join([*report.lines, *map(str, measured), report.summary]))
    if report.failed:
        raise typer.Exit(1)


def _silence(files: Sequence[Path], settings: Settings) -> tuple[PackSilence, ...]:
    from vetting.bootstrap import embedded_rater, make_embedder
    from vetting.evals.silence import measure

    embedder = make_embedder(settings, in_process=True)
    return measure(files, embedded_rater(settings, embedder), embedder, progress_reporter()[1])


@rubrics_app.command("schema")
def schema() -> None:
    """Print the JSON Schema of a rubric pack.

    Example:  vetting rubrics schema > rubric.schema.json
    """
    from vetting.services.rubrics import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@rubrics_app.command("new")
def new(slug: Annotated[str, typer.Argument(help="domain.field, such as law.contracts")]) -> None:
    """Print a small valid pack to start from.

    Example:  vetting rubrics new law.contracts > rubrics/law.contracts.yaml
    """
    from vetting.services.rubrics import new_skeleton

    try:
        text = new_skeleton(slug)
    except BadInput as error:
        raise typer.BadParameter(error.message) from None
    print(text, end="")


@rubrics_app.command("show")
def show(slug: Annotated[str, typer.Argument(help="Id of an installed pack, or a path.")]) -> None:
    """Print a pack as a person reads it: competencies, questions, indicators, probes.

    Example:  vetting rubrics show medicine.cardiology
    """
    from vetting.packs import load_rubric

    rubric = load_rubric(slug, load_settings().rubrics_dir)
    print(f"{rubric.id} {rubric.version} ({rubric.standing})  {rubric.title}\n{rubric.summary}\n")
    for competency in rubric.competencies:
        print(f"{competency.name}  weight {competency.weight:g}\n  {competency.definition}")
        for question in competency.questions:
            core = f" core {question.core.value}" if question.core else ""
            print(f"  {question.id} ({question.type},{core} {question.minutes:g} min)\n    {question.text.strip()}")
            for indicator in question.indicators:
                print(f"      [{indicator.level}] {indicator.statement}")
            for probe in question.probes:
                print(f"      {probe.trigger.value}: {probe.text}")
        print()


@prompts_app.command("check")
def check_prompts() -> None:
    """Report every fault of the prompts as `file:line message`.

    Example:  vetting prompts check
    """
    from vetting.llm import prompts

    faults = prompts.check()
    for fault in faults:
        print(fault)
    if faults:
        fail(f"{len(faults)} fault{'s' * (len(faults) != 1)}.")
    print("All prompts are in order.")


@prompts_app.command("show")
def show_prompt(name: Annotated[str, typer.Argument(help="Name of a prompt, such as rater.indicators")]) -> None:
    """Print a prompt with its version, hash and variables.

    Example:  vetting prompts show interviewer.probe
    """
    from vetting.llm.prompts import load_prompts

    book = load_prompts()
    prompt = book.prompt(name)
    print(f"{prompt.name} {prompt.version}  sha256 {book.sha(name)}\n{prompt.purpose.strip()}\n")
    for variable_name, variable in prompt.variables.items():
        print(f"  {variable_name}{' (untrusted)' if variable.untrusted else ''}: {variable.description}")
    print(f"\n--- system\n{prompt.system}\n--- user\n{prompt.user}")
