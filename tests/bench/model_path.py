"""Our own time in a turn with a language model that takes none itself, beside the same turn without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from pydantic import SecretStr

from tests.bench.clock import Spent, timed
from tests.bench.figures import Figure, Sample
from tests.bench.processes import end, environment
from vetting.bootstrap import build_context
from vetting.cli.demo import scripts
from vetting.config import load_settings
from vetting.domain.interview_events import SubmitAnswer
from vetting.domain.rubric import CoreForm
from vetting.packs import load_rubric
from vetting.processes import PARENT
from vetting.services import demo, interviews, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context

EXPERT = "x-001"
TURNS = 60
WARM_UP = 5
MOST_INTERVIEWS = 12
Taken = Callable[[], tuple[float, int]]
"""Seconds the fake model has worked in all, and how often it was asked."""


def run(folder: Path) -> list[Figure]:
    """Interviews with the demo's answers, a turn with a model and a turn without it by turns; words as embeddings.

    Rating jobs are enqueued durably, as by `vetting serve`, and nobody runs them: they are no part of a turn.
    """
    with _model() as (url, taken):
        with_model = _service(
            folder / "with", llm_model="fake", OPENAI_BASE_URL=url, OPENAI_API_KEY=SecretStr("unused")
        )
        turns = _turns(with_model, taken), _turns(_service(folder / "without"), None)
        pairs = [pair for _, pair in zip(range(TURNS + WARM_UP), zip(*turns, strict=False), strict=False)][WARM_UP:]
    own, plain = ([pair[side] for pair in pairs] for side in (0, 1))
    added = [o.less(p) for o, p in pairs]
    return [
        _figure("own time of a turn", [o.wall for o in own], [p.wall for p in plain], at_most=30),
        _figure("own time of a turn, CPU", [o.cpu for o in own], [p.cpu for p in plain], at_most=30),
        Figure("of it the model path adds", "ms", Sample.of(1000 * a.wall for a in added), at_most=30),
        Figure("of it the model path adds, CPU", "ms", Sample.of(1000 * a.cpu for a in added), at_most=30),
    ]


def _figure(what: str, own: list[float], plain: list[float], at_most: float) -> Figure:
    value, base = (Sample.of(1000 * seconds for seconds in each) for each in (own, plain))
    return Figure(what, "ms", value, "without a model", base, at_most=at_most)


def _service(folder: Path, **changes: object) -> Context:
    ctx = build_context(load_settings(data_dir=folder / "data", embedder="hash", **changes))
    ctx.jobs.warm()
    return ctx


def _turns(ctx: Context, taken: Taken | None) -> Iterator[Spent]:
    """What each answered turn took of ours; with a model only turns for which it was asked."""
    slug, script = scripts()[EXPERT]
    version = rubrics.install(ctx, load_rubric(slug))
    for seed in range(1, MOST_INTERVIEWS + 1):
        person = create_candidate(ctx, name=f"Candidate {seed}")
        interview_id = demo.start_interview(ctx, person, version, seed=seed, form=CoreForm.A)
        log = interviews.ensure_question(ctx, interview_id)
        while (current := log.state.current) is not None:
            text, turn = script.answer(current.asked), current.asked.turn
            if text is None:
                log = interviews.skip_turn(ctx, interview_id, turn)
                continue
            seconds, asked = taken() if taken else (0.0, 0)
            with timed() as spent:
                log = interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=text))
            after, asked_after = taken() if taken else (0.0, 1)
            if asked_after > asked:
                yield spent.less(Spent(after - seconds))


@contextmanager
def _model() -> Iterator[tuple[str, Taken]]:
    """The fake model in a process of its own: its work is not our CPU time, nor does it hold up our threads."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.timed_model"],
        env=environment({PARENT: str(os.getpid())}),
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        root = f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        with httpx2.Client(base_url=root, trust_env=False, timeout=30) as http:

            def taken() -> tuple[float, int]:
                state = http.get("/taken").json()
                return float(state["seconds"]), int(state["requests"])

            yield f"{root}/v1", taken
    finally:
        end(process)
