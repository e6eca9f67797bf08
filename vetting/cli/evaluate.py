"""`vetting eval ...`: the engines measured on labelled data of your own."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from vetting.cli.app import Json, app, print_json, progress_reporter
from vetting.config import load_settings

eval_app = typer.Typer(help="Measure the engines on your own labelled data.", no_args_is_help=True)
app.add_typer(eval_app, name="eval")


@eval_app.command("scoring")
def scoring(
    items: Annotated[Path, typer.Option("--items", help="Labelled answers, jsonl.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write a level per answer here, jsonl.")] = None,
    fit_folds: Annotated[
        Literal["question"] | None, typer.Option("--fit-folds", help="'question': fit on other questions' labels.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Agreement of the embedded rater with people, beside four baselines.

    Example:  vetting eval scoring --items answers.jsonl --out levels.jsonl
    """
    from vetting.bootstrap import make_embedder
    from vetting.evals import scoring as job

    report = job.evaluate(
        items,
        out,
        make_embedder(load_settings(), in_process=True),
        fit_folds=fit_folds,
        progress=progress_reporter()[1],
    )
    print_json(report) if as_json else print(job.as_text(report))


@eval_app.command("matching")
def matching(
    experts: Annotated[Path | None, typer.Option("--experts", help="Experts, jsonl.")] = None,
    projects: Annotated[Path | None, typer.Option("--projects", help="Projects, jsonl.")] = None,
    pairs: Annotated[Path | None, typer.Option("--pairs", help="expert_id,project_id,label as csv.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the invented set, where no files are given.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Write the pairs with a score here, csv.")] = None,
    as_json: Json = False,
) -> None:
    """Agreement of the ranking with labelled pairs, beside plainer methods; without files, on an invented set.

    Example:  vetting eval matching --experts e.jsonl --projects p.jsonl --pairs pairs.csv
    """
    import tempfile

    from vetting.bootstrap import make_embedder
    from vetting.evals import matching as job
    from vetting.evals.matching_set import make

    with tempfile.TemporaryDirectory() as folder:
        files = (experts, projects, pairs)
        if experts is None and projects is None and pairs is None:
            files = make(seed).write(Path(folder))
        if files[0] is None or files[1] is None or files[2] is None:
            raise typer.BadParameter("--experts, --projects and --pairs belong together: give all three, or none.")
        settings = load_settings()
        embedder = make_embedder(settings, in_process=True)
        report = job.evaluate(files[0], files[1], files[2], out, embedder, vote=settings.lexical_vote)
    print_json(report) if as_json else print(job.as_text(report))


@eval_app.command("composed")
def composed(
    items: Annotated[Path, typer.Option("--items", help="Labelled answers, jsonl.")],
    candidates: Annotated[Path, typer.Option("--candidates", help="Candidates made of them, jsonl.")],
    seeds: Annotated[int | None, typer.Option("--seeds", min=1, help="Only the first so many seeds.")] = None,
    as_json: Json = False,
) -> None:
    """Interview candidates composed of labelled answers through the real service, and compare with people.

    Example:  vetting eval composed --items answers.jsonl --candidates people.jsonl --seeds 3
    """
    import tempfile

    from vetting.bootstrap import build_context
    from vetting.evals import composed as job
    from vetting.services.jobs import with_inline_jobs

    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder), database_url=None)
        ctx = with_inline_jobs(lambda queue: build_context(settings, jobs=queue, in_process=True))
        report = job.evaluate(ctx, items, candidates, progress_reporter()[1], seeds=seeds)
    if as_json:
        print_json(report)
        return
    print(
        f"{report['candidates']} composed candidates over {report['seeds']} seeds, {report['rater']}\n"
        f"Spearman of the posterior mean with people: mean {report['spearman']['mean']} "
        f"(min {report['spearman']['min']}, max {report['spearman']['max']})\n"
        f"null composites: {report['null_composites']:.1%}"
    )


@eval_app.command("injection")
def injection(
    attacks: Annotated[Path, typer.Option("--attacks", help="Texts to put into answers, jsonl: id, text.")],
    rater: Annotated[
        str, typer.Option("--rater", help="embedded, honest, obedient, hostile, naive or llm.")
    ] = "embedded",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first so many attacks.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Draws the base answers and the places.")] = 0,
    as_json: Json = False,
) -> None:
    """Whether text in an answer can raise its rating: each attack before, inside and after a base answer.

    Example:  vetting eval injection --attacks attacks.jsonl --rater obedient --limit 100
    """
    from vetting.bootstrap import embedded_rater, make_embedder, rating_models
    from vetting.evals import injection as job

    settings = load_settings()
    report = job.evaluate(
        attacks,
        rater,
        embedded_rater(settings, make_embedder(settings, in_process=True)),
        lambda: next(iter(rating_models(settings)), None) if settings.llm_model else None,
        limit=limit,
        seed=seed,
        progress=progress_reporter()[1],
    )
    print_json(report) if as_json else print(job.as_text(report))


@eval_app.command("model-answers")
def model_answers(
    rubric: Annotated[str | None, typer.Option("--rubric", help="Id of one pack; without it all that can.")] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Interviews of each kind per pack.")] = 4,
    as_json: Json = False,
) -> None:
    """Fluent answers written by a model, pasted into the interview: who would advance, and what defences change.

    Example:  vetting eval model-answers --rubric law.contracts
    """
    from vetting.bootstrap import embedded_rater, make_embedder
    from vetting.evals import model_answers as job

    settings = load_settings()
    rater = embedded_rater(settings, make_embedder(settings, in_process=True))
    report = job.evaluate(job.banks(rubric), rater, progress_reporter()[1], seeds=seeds)
    print_json(report) if as_json else print(job.as_text(report))


@eval_app.command("reliability")
def reliability(
    rubric: Annotated[str | None, typer.Option("--rubric", help="Id of one pack; without it all that can.")] = None,
    candidates: Annotated[int, typer.Option("--candidates", min=12, help="Simulated people per pack and seed.")] = 60,
    seed: Annotated[int, typer.Option("--seed", help="The first seed.")] = 1,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds, counted up from the first.")] = 1,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, help="Processes side by side; by default one per core."),
    ] = None,
    kept: Annotated[
        Path | None,
        typer.Option("--keep", help="Keep finished parts in this folder; a run that was stopped goes on from there."),
    ] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write a readable report here, html.")] = None,
    as_json: Json = False,
) -> None:
    """Simulated candidates with known skill: every promise of the rating measured, with intervals and baselines.

    Example:  vetting eval reliability --rubric software.networking --candidates 60 --report manual.html
    """
    from vetting.bootstrap import CACHE, make_embedder
    from vetting.evals import reliability as job
    from vetting.evals.phrases import banks, read_bank
    from vetting.evals.reliability_page import page
    from vetting.packs import load_rubric

    settings = load_settings()
    packs = [load_rubric(slug, settings.rubrics_dir) for slug in ([rubric] if rubric else banks())]
    plan = job.Plan(
        packs=tuple((p, read_bank(p)) for p in packs),
        size=candidates,
        seeds=tuple(range(seed, seed + seeds)),
        processes=processes or os.cpu_count() or 1,
        kept=kept,
    )
    embedder = partial(make_embedder, settings, in_process=True)
    found = job.evaluate(plan, embedder, settings.data_dir / CACHE, progress_reporter()[1])
    if report is not None:
        report.write_text(page(found), encoding="utf-8")
    print_json(found) if as_json else print(job.as_text(found))


@eval_app.command("interviewer")
def interviewer(
    rubric: Annotated[str, typer.Option("--rubric", help="Id of an installed pack, or a path.")],
    answers: Annotated[
        Path | None, typer.Option("--answers", help="YAML of prepared answers; default: the demo's for this pack.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Stop after so many proposals.")] = 40,
    as_json: Json = False,
) -> None:
    """The configured language model as interviewer: which of its proposals are let through, and how long they take.

    Example:  vetting eval interviewer --rubric software.networking --limit 20
    """
    import tempfile

    from vetting.bootstrap import build_context, interviewing_model
    from vetting.cli import demo, terminal
    from vetting.evals import interviewer as job
    from vetting.packs import load_rubric

    settings = load_settings()
    model = interviewing_model(settings)
    pack = load_rubric(rubric, settings.rubrics_dir)
    if answers is not None:
        script = terminal.load_answers(answers)
        terminal.check_questions(script, pack, answers)
        scripts = [script]
    else:
        scripts = [script for slug, script in demo.scripts().values() if slug == pack.id]
    with tempfile.TemporaryDirectory() as folder:
        here = load_settings(data_dir=Path(folder), database_url=None)
        ctx = build_context(here, jobs=job.NoJobs(), in_process=True)
        report = job.evaluate(ctx, model, pack, scripts, progress_reporter()[1], limit=limit)
    print_json(report) if as_json else print(job.as_text(report))
