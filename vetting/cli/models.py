"""`vetting models check` and `vetting calibrate`: which model may rate, and what its probabilities are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vetting.cli.app import Json, app, print_json, progress_reporter
from vetting.config import Settings, load_settings
from vetting.errors import BadInput

models_app = typer.Typer(help="Language models: which of them may rate.", no_args_is_help=True)
app.add_typer(models_app, name="models")


@models_app.command("check")
def check(
    model: Annotated[
        str | None, typer.Option("--model", help="Model to check; default: those that are set to rate.")
    ] = None,
    input_price: Annotated[
        float | None, typer.Option("--input-price", min=0, help="Price of a million input tokens.")
    ] = None,
    output_price: Annotated[
        float | None, typer.Option("--output-price", min=0, help="Price of a million output tokens.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Have a model rate answers whose findings are known; only one that passes may rate. Services read it at start.

    Example:  vetting models check --model my-model
    """
    from vetting.bootstrap import rating_models
    from vetting.db.engine import make_engine
    from vetting.db.migrate import upgrade
    from vetting.services import admission
    from vetting.services.context import utc_now

    if (input_price is None) != (output_price is None):
        raise BadInput("--input-price and --output-price are given together.")
    prices = None if input_price is None or output_price is None else admission.Prices(input_price, output_price)
    settings = _settings(model)
    raters = rating_models(settings, *([model] if model else []))
    engine = make_engine(settings.database)
    upgrade(engine)
    report = progress_reporter()[1]
    checked = [admission.check(engine, rater, utc_now(), prices=prices, progress=report) for rater in raters]
    documents = [one.document() for one in checked]
    if as_json:
        print_json({"models": documents})
    else:
        print("\n\n".join(admission.as_text(document) for document in documents))
    if not all(one.admitted for one in checked):
        raise typer.Exit(1)


@app.command("calibrate")
def calibrate(
    items: Annotated[Path | None, typer.Option("--items", help="Labelled answers, jsonl.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Fit and report, but keep nothing.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Use no calibration any more.")] = False,
    as_json: Json = False,
) -> None:
    """Fit the embedded rater's probabilities to answers that people scored, and use them where that helps.

    Example:  vetting calibrate --items answers.jsonl
    """
    from vetting.bootstrap import embedded_rater, make_embedder
    from vetting.db.engine import make_engine
    from vetting.db.migrate import upgrade
    from vetting.evals import calibration as job
    from vetting.services import calibration
    from vetting.services.context import utc_now

    if (items is None) == (not remove):
        raise BadInput("Give either --items FILE, to calibrate, or --remove.")
    settings = load_settings()
    engine = make_engine(settings.database)
    upgrade(engine)
    rater = embedded_rater(settings, make_embedder(settings, in_process=True))
    if items is None:
        removed = calibration.remove(engine, rater.id)
        print_json({"removed": removed}) if as_json else print(f"{removed} calibrations are used no more.")
        return
    fitted, sha = job.fit(items, rater, progress_reporter()[1])
    used = not dry_run and calibration.store(engine, rater.id, fitted, sha, utc_now())
    document = job.document(rater, fitted, sha, used=used)
    print_json(document) if as_json else print(job.as_text(document))


def _settings(model: str | None) -> Settings:
    """The settings; a model named on the command line may be checked before it is set."""
    settings = load_settings()
    return load_settings(llm_model=model) if model and not settings.llm_model else settings
