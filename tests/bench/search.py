"""Import of many experts by a command that is killed three times, then searches and shortlists over HTTP."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import text

from tests.bench import people
from tests.bench.clock import Spent, timed
from tests.bench.figures import Figure, Sample
from tests.bench.processes import cpu_seconds, environment, resident_mb, serving
from vetting.bootstrap import build_context
from vetting.config import load_settings
from vetting.db.engine import reading
from vetting.services import accounts
from vetting.services.context import Context

CALLS = 60
KILLS = 3
SECONDS = 300.0
FILTERS = {
    "": "",
    ", about 50 % left": ", up to 120 EUR/h, 12 h a week",
    ", about 25 % left": ", 30 h a week, up to 60 EUR/h",
    ", few left": ", 38 h a week, up to 40 EUR/h, speaks German, based in Austria",
}
"""Facts said in the search; who does not state a fact stays, so some remain under any filter."""


def run(folder: Path, *, seed: int = 1, experts: int = 10_000, embedder: str = "hash") -> list[Figure]:
    """Figures of the import, of searches under filters, of a shortlist, and of how soon a change is found."""
    file = people.write(folder / "experts.jsonl", experts, seed)
    ctx = build_context(load_settings(data_dir=folder / "data", embedder=embedder), in_process=True)
    figures = _imported(folder, file, ctx, seed, experts, embedder)
    ctx.index.rebuild()
    key = accounts.create_api_key(ctx, "bench")
    with serving(folder, VETTING_EMBEDDER=embedder) as service:
        service.seconds_to_ready()
        headers = {"Authorization": f"Bearer {key}"}
        with httpx2.Client(base_url=service.url, headers=headers, timeout=SECONDS, trust_env=False) as http:
            figures += _asked(http, service.members()["serve"], seed)
    return figures


def _imported(folder: Path, file: Path, ctx: Context, seed: int, experts: int, embedder: str) -> list[Figure]:
    """The import, killed at random moments and begun again; then every row and vector is counted."""
    rng, memory, seconds = random.Random(seed), [], 0.0
    for attempt in range(KILLS + 1):
        limit = rng.uniform(0.0004, 0.001) * experts + 2 if attempt < KILLS else SECONDS * experts / 10_000
        took, most = _import(folder, file, embedder, limit)
        seconds += took
        memory.append(most)
    with reading(ctx.engine) as session:
        connection = session.connection()
        rows = connection.execute(text("SELECT count(*), count(DISTINCT imported_id) FROM candidate")).one()
        made = connection.execute(
            text(
                "SELECT count(*), count(DISTINCT candidate_id || '-' || position), sum(vector IS NOT NULL) "
                "FROM profile_item"
            )
        ).one()
    assert tuple(rows) == (experts, experts), f"{rows} experts instead of {experts}"
    assert len(set(made)) == 1 and made[0] == experts * people.ITEMS, (
        f"{made} items instead of {experts * people.ITEMS}"
    )
    name = f"import of {experts:,} x {people.ITEMS}, killed {KILLS} times"
    return [Figure(name, "s", Sample.of([seconds])), Figure(f"{name}, most memory", "MB", Sample.of(memory))]


def _import(folder: Path, file: Path, embedder: str, limit: float) -> tuple[float, float]:
    """One run of the command, killed after `limit` seconds; how long it ran, and the most memory it held."""
    command = [sys.executable, "-m", "vetting", "import", "experts", str(file)]
    settings = {"VETTING_DATA_DIR": str(folder / "data"), "VETTING_EMBEDDER": embedder}
    began, most = time.perf_counter(), 0.0
    with (folder / "processes.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment(settings), cwd=folder, stdout=log, stderr=log)
    while process.poll() is None:
        most = max(most, resident_mb(process.pid) if process.poll() is None else 0.0)
        if time.perf_counter() - began > limit:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        time.sleep(0.1)
    return time.perf_counter() - began, most


def _asked(http: httpx2.Client, web: int, seed: int) -> list[Figure]:
    words = people.queries(CALLS + 1, seed)
    figures = [_first(web, lambda: _search(http, words[0]))]
    for name, facts in FILTERS.items():
        _search(http, words[0] + facts)
        spent = [_spent(web, lambda q=q, facts=facts: _search(http, q + facts)) for q in words[1:]]
        took = sorted(1000 * s.wall for s in spent)
        figures += [
            Figure(f"search{name}", "ms", Sample.of(took), at_most=40),
            Figure(f"search{name}: p99", "ms", Sample.of([took[int(0.99 * (len(took) - 1))]]), at_most=150),
            Figure(f"search{name}, CPU", "ms", Sample.of([1000 * sum(s.cpu for s in spent) / len(spent)])),
        ]
    project = _project(http, words)
    lists = [_spent(web, lambda: _shortlist(http, project)) for _ in range(6)][1:]
    figures += [
        Figure("shortlist", "s", Sample.of([s.wall for s in lists]), at_most=1),
        Figure("a new profile is found after", "s", Sample.of([_found_after(http, n) for n in range(5)]), at_most=2),
        Figure("web process", "MB", Sample.of([resident_mb(web)])),
    ]
    return figures


def _first(web: int, call: Callable[[], object]) -> Figure:
    return Figure("first search after a start", "s", Sample.of([_spent(web, call).wall]))


def _spent(web: int, call: Callable[[], object]) -> Spent:
    """What a call takes us to wait, and the web process to compute."""
    before = cpu_seconds(web)
    with timed() as waited:
        call()
    return Spent(waited.wall, cpu_seconds(web) - before)


def _search(http: httpx2.Client, words: str) -> dict[str, Any]:
    answer = http.get("/api/v1/search", params={"q": words})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    assert document["hits"] and all(hit["reasons"] for hit in document["hits"]), "nobody, or without reasons"
    return document


def _project(http: httpx2.Client, words: list[str]) -> str:
    """Two topics, a language, a rate and hours."""
    requirements = [
        {"kind": "must", "topic": words[1]},
        {"kind": "nice", "topic": words[2]},
        {"kind": "must", "fact": "languages.en", "op": ">=", "value": "B1"},
    ]
    rate = {"amount": 120, "currency": "EUR", "per": "hour"}
    fields = {"title": "Review", "brief": words[3], "requirements": requirements, "rate_max": rate, "hours_per_week": 8}
    made = http.post("/api/v1/projects", json=fields)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def _shortlist(http: httpx2.Client, project: str) -> None:
    answer = http.post(f"/api/v1/projects/{project}/shortlists")
    assert answer.status_code == 201 and len(answer.json()["entries"]) == 10, answer.text


def _found_after(http: httpx2.Client, number: int) -> float:
    """Seconds from sending a profile with a word of its own to the first search that has it on top."""
    word = f"zq{number}vux"
    began = time.perf_counter()
    person = {"id": f"new-{number}", "name": "New", "items": [{"kind": "role", "title": f"{word} {word}"}]}
    assert http.post("/api/v1/candidates", json=person).status_code == 201
    while _search(http, word)["hits"][0]["expert"] != person["id"]:
        assert time.perf_counter() - began < 60, "it was never found"
        time.sleep(0.02)
    return time.perf_counter() - began
