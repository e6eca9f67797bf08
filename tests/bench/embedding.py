"""Embedding the items of an import by the real model and storing them, beside the bare model on the same texts."""

from __future__ import annotations

from pathlib import Path

from tests.bench.clock import Spent, timed
from tests.bench.figures import Figure, Sample
from vetting.bootstrap import build_context
from vetting.config import load_settings
from vetting.domain.profile import Profile, embedding_text
from vetting.domain.text import sentences
from vetting.index.bundled import model_folder
from vetting.packs import shipped
from vetting.services import profiles
from vetting.services.candidates import import_profiles
from vetting.services.context import Context

TURNS = 10
SHORTEST = 40


def run(folder: Path, *, texts: int = 5_000) -> list[Figure]:
    """In turns, a tenth of the texts each: our import and embedding into the database, and `encode` of the library."""
    import torch
    from sentence_transformers import SentenceTransformer

    threads = torch.get_num_threads()
    ctx = build_context(load_settings(data_dir=folder / "data", embedder="bundled"), in_process=True)
    ctx.embedder.embed(["warm"])
    bare = SentenceTransformer(str(model_folder()), device="cpu", local_files_only=True)
    found = real_texts(texts)
    ours, theirs = [], []
    for turn in range(TURNS):
        part = found[turn::TURNS]
        ours.append(_imported(ctx, turn, part))
        torch.set_num_threads(threads)
        with timed() as spent:
            bare.encode([embedding_text("Work", text) for text in part], batch_size=32)
        theirs.append(spent)
        torch.set_num_threads(1)
    return [
        _figure(f"import of {len(found):,} texts with the real model", ours, theirs, "wall", 1 / 0.9),
        _figure("the same, CPU", ours, theirs, "cpu", None),
    ]


def real_texts(count: int) -> list[str]:
    """Distinct sentences of the shipped answers, profiles and packs, the same ones each time."""
    found: dict[str, None] = {}
    for path in sorted(
        [*shipped("data/demo").rglob("*"), *shipped("data/eval").rglob("*"), *shipped("rubrics").rglob("*")]
    ):
        if path.suffix in {".yaml", ".jsonl"}:
            said = (sentence.text.strip() for sentence in sentences(path.read_text(encoding="utf-8")))
            found |= dict.fromkeys(text[:600] for text in said if len(text) >= SHORTEST)
    return list(found)[:: max(1, len(found) // count)][:count]


def _imported(ctx: Context, turn: int, texts: list[str]) -> Spent:
    people = [
        Profile.model_validate(
            {"id": f"t-{turn}-{n}", "name": "N", "items": [{"kind": "role", "title": "Work", "text": t}]}
        )
        for n, t in enumerate(texts)
    ]
    with timed() as spent:
        import_profiles(ctx, people)
        profiles.embed_pending(ctx)
    return spent


def _figure(what: str, ours: list[Spent], theirs: list[Spent], clock: str, at_most: float | None) -> Figure:
    value, base = (Sample.of(getattr(spent, clock) for spent in each) for each in (ours, theirs))
    return Figure(what, "s", value, "bare encode", base, ratio_at_most=at_most)
