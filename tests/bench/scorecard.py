"""From the answer that ends an interview to a scorecard that can be read, over HTTP, rated by the worker."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import httpx2

from tests.bench.clock import timed
from tests.bench.figures import Figure, Sample
from tests.bench.processes import serving
from vetting.bootstrap import build_context
from vetting.cli.demo import scripts
from vetting.config import load_settings
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.queries import interview
from vetting.domain.interview import InterviewState
from vetting.services import accounts, scoring
from vetting.services.context import Context
from vetting.services.demo import Script

INTERVIEWS = 3
SECONDS = 120.0
MOST_TURNS = 80
POLL_SECONDS = 0.05


class Seat(NamedTuple):
    """A program's and a candidate's view of one interview."""

    interview_id: int
    public_id: str
    program: httpx2.Client
    candidate: httpx2.Client


def run(folder: Path) -> list[Figure]:
    """Interviews of the demo's people through the candidate's form, without time to think between the answers."""
    ctx = build_context(load_settings(data_dir=folder / "data", embedder="bundled"))
    key = accounts.create_api_key(ctx, "bench")
    waits, worked_out, answering = [], [], []
    with serving(folder, VETTING_EMBEDDER="bundled") as service:
        service.seconds_to_ready()
        headers = {"Authorization": f"Bearer {key}"}
        with httpx2.Client(base_url=service.url, headers=headers, timeout=SECONDS, trust_env=False) as program:
            for expert, (rubric, script) in list(scripts().items())[:INTERVIEWS]:
                with _candidate(service.url) as candidate:
                    seat = _seat(ctx, program, candidate, expert, rubric)
                    answering += _answer_all(ctx, seat, script)
                    waits.append(_wait(seat))
                    with timed() as working:
                        scoring.recompute(ctx, seat.interview_id)
                    worked_out.append(working.wall)
    return [
        Figure("last answer to scorecard", "s", Sample.of(waits), "working it out", Sample.of(worked_out), at_most=10),
        Figure("an answer to the next question", "s", Sample.of(answering)),
    ]


def _candidate(url: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, headers={"Origin": url}, timeout=SECONDS, trust_env=False, follow_redirects=True)


def _seat(ctx: Context, program: httpx2.Client, candidate: httpx2.Client, expert: str, rubric: str) -> Seat:
    program.post("/api/v1/candidates", json={"id": expert, "name": f"Invented {expert}"}).raise_for_status()
    made = program.post("/api/v1/interviews", json={"candidate": expert, "rubric": rubric}).raise_for_status().json()
    path = "/i/" + made["url"].rpartition("/")[2]
    candidate.post(path, data={"interview": "true"}).raise_for_status()
    with reading(ctx.engine) as session:
        row = interview(session, ctx.org, made["id"])
    assert row.id is not None
    return Seat(row.id, made["id"], program, candidate)


def _answer_all(ctx: Context, seat: Seat, script: Script) -> list[float]:
    """Answer until the interview is over; seconds of each answer to the page that follows."""
    took = []
    for _ in range(MOST_TURNS):
        current = _state(ctx, seat.interview_id).current
        if current is None:
            return took
        text = script.answer(current.asked)
        address = "/interview/skip" if text is None else "/interview/answer"
        with timed() as spent:
            seat.candidate.post(address, data={"turn": current.asked.turn, "text": text or ""}).raise_for_status()
        took.append(spent.wall)
    raise RuntimeError("the interview did not end")


def _wait(seat: Seat) -> float:
    """Seconds until the scorecard is there."""
    began = time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        answer = seat.program.get(f"/api/v1/interviews/{seat.public_id}/scorecard")
        if answer.status_code == 200:
            assert not answer.json()["scorecard"]["provisional"]
            return time.perf_counter() - began
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"there was no scorecard after {SECONDS:g} s")


def _state(ctx: Context, interview_id: int) -> InterviewState:
    with reading(ctx.engine) as session:
        return load(session, ctx.org, interview_id).state
