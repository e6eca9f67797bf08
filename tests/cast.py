"""The standing cast of tests: a service on a real database with one candidate, and how they speak."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests import databases
from tests.domain.packs import rubric as small_rubric
from vetting.bootstrap import build_context, rating_models
from vetting.config import load_settings
from vetting.domain.rubric import CoreForm, Rubric
from vetting.llm.fake_server import FakeServer
from vetting.ports import Interviewer, Rater
from vetting.services import admission, interviews, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context
from vetting.services.jobs import with_inline_jobs

GOOD = "Loss means the queue overflowed. The window is halved after loss. Delay rises before loss on deep buffers."


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_minutes(self, minutes: float) -> None:
        """Let time pass."""
        self.at += timedelta(minutes=minutes)


def service(folder: Path, **changes: Any) -> Context:
    """A whole service in a folder: a migrated database, hashed embeddings, jobs that run after each commit."""
    settings = load_settings(data_dir=folder / "data", embedder="hash", **changes)
    if "database_url" not in changes:
        databases.begin(settings.data_dir)
    return with_inline_jobs(lambda queue: build_context(settings, jobs=queue, in_process=True))


def admit(folder: Path, model: str) -> admission.Report:
    """Let a model rate in the service of that folder, with the report the honest fake earned by the real check."""
    engine, report = databases.engine(folder / "data"), replace(_honest_report(), model=model)
    admission.store(engine, report, datetime(2026, 11, 21, 12, tzinfo=UTC))
    engine.dispose()
    return report


@cache
def _honest_report() -> admission.Report:
    with FakeServer() as server, TemporaryDirectory() as folder:
        settings = load_settings(llm_model="fake", OPENAI_BASE_URL=server.base_url)
        engine = databases.engine(Path(folder))
        (rater,) = rating_models(settings)
        report = admission.check(engine, rater, datetime(2026, 11, 21, tzinfo=UTC))
        engine.dispose()
    assert report.admitted, report.faults
    return report


def with_clock(ctx: Context, clock: Callable[[], datetime]) -> Context:
    """The same service with another clock."""
    return replace(ctx, clock=clock)


def with_engines(
    ctx: Context, *, interviewer: Interviewer | None = None, panel: tuple[Rater, ...] | None = None
) -> Context:
    """The same service with a language model's interviewer, or another panel."""
    return replace(ctx, model_interviewer=interviewer or ctx.model_interviewer, panel=panel or ctx.panel)


def invited(ctx: Context, pack: Rubric | None = None, *, name: str = "Ana Reyes", seed: int = 1) -> interviews.Invited:
    """A candidate of the cast with an invite to an interview over the small rubric."""
    version = rubrics.install(ctx, pack or small_rubric())
    candidate = create_candidate(ctx, name=name)
    return interviews.invite(ctx, interviews.Ask(candidate, version, "Ben Sole", "Reviewing answers", CoreForm.A, seed))


def begun(ctx: Context, pack: Rubric | None = None, *, seed: int = 1) -> int:
    """An interview with its first question asked."""
    interview_id = invited(ctx, pack, seed=seed).interview_id
    interviews.begin(ctx, interview_id, {"interview": True})
    return interview_id
