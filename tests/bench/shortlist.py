"""A shortlist over HTTP out of 10,000 experts, made here from a seed with one item each."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from tests.bench.clock import Spent, timed
from tests.bench.figures import Figure, Sample
from tests.bench.processes import cpu_seconds, resident_mb, serving
from vetting.bootstrap import build_context
from vetting.config import load_settings
from vetting.domain.text import sentences
from vetting.packs import shipped
from vetting.services import accounts, profiles
from vetting.services.candidates import import_experts
from vetting.services.context import Context

EXPERTS = 10_000
STARTS = 3
CALLS = 10
SECONDS = 120.0


@dataclass
class Found:
    """What was measured over all starts; memory in MB."""

    first: list[Spent] = field(default_factory=list)
    later: list[Spent] = field(default_factory=list)
    bare: list[Spent] = field(default_factory=list)
    reading: list[Spent] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def run(folder: Path, *, seed: int = 1, embedder: str = "hash") -> list[Figure]:
    """Import once; then start the service three times, each time a first call and ten more."""
    rates = str(shipped("data/demo") / "rates.json")
    ctx = build_context(load_settings(data_dir=folder / "data", embedder=embedder, rates=rates), in_process=True)
    experts = folder / "experts.jsonl"
    experts.write_text("".join(f"{json.dumps(e)}\n" for e in made_up(seed)), encoding="utf-8")
    with timed() as importing:
        _import(ctx, experts)
    key = accounts.create_api_key(ctx, "bench")
    found = Found()
    for _ in range(STARTS):
        with timed() as reading:
            _read_everyone(ctx)
        found.reading.append(reading)
        with serving(folder, VETTING_EMBEDDER=embedder, VETTING_RATES=rates) as service:
            service.seconds_to_ready()
            web = service.members()["serve"]
            with _client(service.url, key) as http:
                _calls(http, web, found)
            found.memory.append(resident_mb(web))
    return [
        Figure(f"import of {EXPERTS:,}, {embedder}", "s", Sample.of([importing.wall])),
        _figure("first call after a start", found.first, "wall", "reading everyone", found.reading),
        _figure("first call after a start, CPU", found.first, "cpu", "reading everyone", found.reading),
        _figure("the next calls", found.later, "wall", "reading a project", found.bare, at_most=2),
        _figure("the next calls, CPU", found.later, "cpu"),
        Figure("web process then", "MB", Sample.of(found.memory), at_most=512),
    ]


def _figure(
    what: str, spent: list[Spent], clock: str, beside: str = "", base: list[Spent] | None = None, **targets: float
) -> Figure:
    value, bare = (Sample.of(getattr(s, clock) for s in each) if each else None for each in (spent, base))
    assert value is not None
    return Figure(what, "s", value, beside, bare, **targets)


def _calls(http: httpx2.Client, web: int, found: Found) -> None:
    """The first shortlist of a service, and ten more in turns with a request that only reads a row."""
    project = _project(http)
    found.first.append(_spent(web, lambda: _shortlist(http, project)))
    for _ in range(CALLS):
        found.bare.append(_spent(web, lambda: http.get(f"/api/v1/projects/{project}").raise_for_status()))
        found.later.append(_spent(web, lambda: _shortlist(http, project)))


def _spent(web: int, call: Callable[[], object]) -> Spent:
    """What a call takes us to wait, and the web process to compute."""
    before = cpu_seconds(web)
    with timed() as waited:
        call()
    return Spent(waited.wall, cpu_seconds(web) - before)


def made_up(seed: int) -> list[dict[str, Any]]:
    """Experts with two sentences and the facts of the demo's people, thrown together anew."""
    rng = random.Random(seed)
    lines = (shipped("data/demo") / "experts.jsonl").read_text(encoding="utf-8").splitlines()
    people = [json.loads(line) for line in lines]
    items = [item for person in people for item in person["items"]]
    said = [sentence.text for item in items for sentence in sentences(item["text"])]
    return [
        {
            "id": f"m-{number:05}",
            "name": f"Invented {number}",
            "items": [{"kind": "role", "title": rng.choice(items)["title"], "text": " ".join(rng.sample(said, 2))}],
            "facts": rng.choice(people)["facts"],
        }
        for number in range(EXPERTS)
    ]


def _import(ctx: Context, file: Path) -> None:
    report = import_experts(ctx, [file])
    assert (report.added, report.faults) == (EXPERTS, []), report.summary()
    profiles.embed_pending(ctx)


def _read_everyone(ctx: Context) -> None:
    """The least that a ranking of everybody needs: their facts and vectors out of the database, and one product."""
    with closing(sqlite3.connect(str(ctx.engine.url.database))) as connection:
        rows = connection.execute(
            "SELECT c.id, facts, vector FROM candidate c JOIN profile_item ON candidate_id = c.id"
        ).fetchall()
    vectors = np.stack([np.frombuffer(vector, "<f4") for _, _, vector in rows])
    assert len({candidate: json.loads(facts) for candidate, facts, _ in rows}) == EXPERTS, "somebody has no vector"
    np.argsort(vectors @ vectors[0])


def _client(url: str, key: str) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.Client(base_url=url, headers=headers, timeout=SECONDS, trust_env=False)


def _project(http: httpx2.Client) -> str:
    """The demo's first project: competencies, facts and topics are asked for."""
    first = (shipped("data/demo") / "projects.jsonl").read_text(encoding="utf-8").splitlines()[0]
    fields = {name: value for name, value in json.loads(first).items() if name != "id"}
    made = http.post("/api/v1/projects", json=fields)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def _shortlist(http: httpx2.Client, project: str) -> None:
    answer = http.post(f"/api/v1/projects/{project}/shortlists")
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert len(document["entries"]) == 10 and document["considered"] == EXPERTS, "not everybody was ranked"
