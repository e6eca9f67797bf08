"""A shortlist over HTTP out of 10,000 experts, made here from a seed with one item each."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from tests.bench.clock import timed
from tests.bench.figures import Figure, Sample
from tests.bench.processes import resident_mb, serving
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
    """Seconds of all starts, and MB."""

    first: list[float] = field(default_factory=list)
    later: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    reading: list[float] = field(default_factory=list)
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
        found.reading.append(reading.wall)
        with serving(folder, VETTING_EMBEDDER=embedder, VETTING_RATES=rates) as service:
            service.seconds_until("/readyz")
            with _client(service.url, key) as http:
                _calls(http, found)
            found.memory.append(resident_mb(service.members()["serve"]))
    return [
        Figure(f"import of {EXPERTS:,}, {embedder}", "s", Sample.of([importing.wall])),
        Figure("first call after a start", "s", Sample.of(found.first), "reading everyone", Sample.of(found.reading)),
        Figure("the next calls", "s", Sample.of(found.later), "reading a project", Sample.of(found.bare), at_most=2),
        Figure("web process then", "MB", Sample.of(found.memory), at_most=512),
    ]


def _calls(http: httpx2.Client, found: Found) -> None:
    """The first shortlist of a service, and ten more in turns with a request that only reads a row."""
    project = _project(http)
    with timed() as first:
        _shortlist(http, project)
    found.first.append(first.wall)
    for _ in range(CALLS):
        with timed() as bare:
            http.get(f"/api/v1/projects/{project}").raise_for_status()
        with timed() as later:
            _shortlist(http, project)
        found.bare.append(bare.wall)
        found.later.append(later.wall)


def made_up(seed: int) -> list[dict[str, Any]]:
    """Experts of three sentences each, and the facts, of the demo's people, thrown together anew."""
    rng = random.Random(seed)
    lines = (shipped("data/demo") / "experts.jsonl").read_text(encoding="utf-8").splitlines()
    people = [json.loads(line) for line in lines]
    items = [item for person in people for item in person["items"]]
    said = [sentence.text for item in items for sentence in sentences(item["text"])]
    return [
        {
            "id": f"m-{number:05}",
            "name": f"Invented {number}",
            "headline": rng.choice(people)["headline"],
            "items": [{"kind": "role", "title": rng.choice(items)["title"], "text": " ".join(rng.sample(said, 3))}],
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
            "SELECT facts, vector FROM candidate JOIN profile_item ON profile_item.candidate_id = candidate.id"
        ).fetchall()
    vectors = np.stack([np.frombuffer(vector, "<f4") for _, vector in rows])
    assert len([json.loads(facts) for facts, _ in rows]) == EXPERTS
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
