"""The root of the command line: sub-commands, plain errors, exit codes (0 done, 1 failed, 2 wrong use)."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from vetting.errors import VettingError

app = typer.Typer(
    name="vetting",
    help="Vet experts by interview and match them to projects.\n\nStart with:  vetting demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Org = Annotated[str, typer.Option("--org", metavar="SLUG", help="Organisation to act for.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]

Choice = TypeVar("Choice", bound=StrEnum)

OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Python's own 700 makes a fifth of a start out of collections that find nothing."""

console = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; every error we know becomes one plain sentence on stderr and exit code 1."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: our matrices are small, a second thread spins
    from vetting.cli import (  # noqa: F401  # importing registers their commands
        evaluate,
        items,
        models,
        operate,
        packs,
        people,
        records,
        run,
        staff,
    )

    try:
        app(args=arguments)
    except VettingError as error:
        fail(error.message)
    except KeyboardInterrupt:
        fail("Stopped.", code=130)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        fail(_os_error(error))


def fail(message: str, code: int = 1) -> None:
    """One plain sentence on stderr, then exit."""
    print(message, file=sys.stderr)
    sys.exit(code)


def one_of(kind: type[Choice]) -> Callable[[str], Choice]:
    """The parser of an option that takes one of a few words; for what is none of them it names those there are."""

    def parse(given: str) -> Choice:
        try:
            return kind(given)
        except ValueError:
            raise typer.BadParameter(f"'{given}' is none of {', '.join(kind)}.") from None

    return parse


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))


def progress_reporter() -> tuple[Progress | None, Callable[[str, int, int], None]]:
    """Bars on a terminal, plain lines otherwise; always on stderr."""
    if not console.is_terminal:
        return None, _plain_progress
    bars = Progress(TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn(), console=console)
    tasks: dict[str, Any] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done, total=total)

    return bars, report


def _plain_progress(what: str, done: int, total: int) -> None:
    if done in (0, total) or done % max(total // 10, 1) == 0:
        print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)


def _os_error(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{(error.strerror or str(error)).capitalize()}."
