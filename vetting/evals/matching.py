"""`vetting eval matching`: the ranking measured on labelled pairs of your own."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel

from vetting.domain.denial import Denied
from vetting.domain.facts import Circumstances
from vetting.domain.lexicon import Lexicon, Postings, voted
from vetting.domain.matching import RANKING_VERSION, Ranking, rank, topics
from vetting.domain.pool import Floats, Ints, Pool, best_three, make_pool, refused
from vetting.domain.profile import Profile, embedding_text, pieces
from vetting.domain.project import Project
from vetting.errors import BadInput
from vetting.evals.matching_baselines import Bm25, best_three_cosine, one_vector
from vetting.ports import Embedder, Vectors
from vetting.services.import_files import Parsed, load, parse, read_experts, read_projects, require_folder
from vetting.services.pools import query_vectors

FIRST = 10
OURS = "ours"
BESIDE = ("without the words", "BM25", "one-vector cosine", "best-3 cosine")
NO_ITEMS: Ints = np.zeros(0, np.int64)
"""Here nobody is told in which item a topic is denied."""
PAIR_COLUMNS = ("expert_id", "project_id", "label")
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Pair:
    """A judged pair; higher labels are better."""

    expert: str
    project: str
    label: float
    violates: bool | None = None
    """Whether the expert breaks a must, where the file says so in a column `violates` (0 or 1)."""


def evaluate(
    experts: Path,
    projects: Path,
    pairs: Path,
    out: Path | None,
    embedder: Embedder,
    today: date | None = None,
    vote: float = 0.0,
) -> dict[str, Any]:
    """Score every pair with the ranking engine and compare with the labels; writes `out` with a column `score`.

    A score is the fit; who is excluded by a must gets the fit less 1, below everybody who is not. `vote` is the setting
    `lexical_vote`; the ranking without it stands beside. Raises BadInput for files that cannot be used whole, naming
    file and line.
    """
    if out is not None:
        require_folder(out)
    people = _whole(parse([experts], Profile, read_experts))
    work = _whole(parse([projects], Project, read_projects))
    judged = read_pairs(pairs, people, work)
    scored = _scores(people, [work[key] for key in dict.fromkeys(p.project for p in judged)], embedder, today, vote)
    places = {key: at for at, key in enumerate(people)}
    by_method = {
        name: [float(scored[pair.project][name][places[pair.expert]]) for pair in judged] for name in (OURS, *BESIDE)
    }
    if out is not None:
        _write(out, judged, by_method[OURS])
    known = [_known(pair, score) for pair, score in zip(judged, by_method[OURS], strict=True)]
    found = {
        name: {**measures(judged, scores), "violations_in_top_10": violations(judged, known, scores)}
        for name, scores in by_method.items()
    }
    return {"pairs": len(judged), "experts": len(people), "projects": len(scored), "ranking": RANKING_VERSION,
            "embedder": embedder.name, **found.pop(OURS), "beside": found}  # fmt: skip


def as_text(report: dict[str, Any]) -> str:
    """The report for a person."""
    lines = [f"{report['pairs']} pairs, ranking {report['ranking']}, embedder {report['embedder']}"]
    names = {
        "loss_within_expert": "ordering loss within experts (lower is better)",
        "loss_within_project": "ordering loss within projects (lower is better)",
        "ndcg": "nDCG over projects",
        "map": "MAP over projects (relevant: label above the middle of the scale)",
    }
    for key, name in names.items():
        lines.append(f"  {name}: {'not measurable' if report[key] is None else format(report[key], '.3f')}")
    lines += ["", f"{'':22}{'nDCG@10':>9}{'nDCG':>8}{'MAP':>8}{'loss':>8}  not met in the top 10"]
    for name, row in {"this ranking": report, **report["beside"]}.items():
        shown = (row["ndcg_at_10"], row["ndcg"], row["map"], row["loss_within_project"])
        cells = ["-" if value is None else f"{value:.3f}" for value in shown]
        lines.append(f"{name:22}{cells[0]:>9}{cells[1]:>8}{cells[2]:>8}{cells[3]:>8}{row['violations_in_top_10']:>6}")
    return "\n".join(lines)


def read_pairs(path: Path, experts: Iterable[str], projects: Iterable[str]) -> list[Pair]:
    """The judged pairs. Raises BadInput naming line and column."""
    try:
        text = load(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not text in UTF-8.") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in PAIR_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise BadInput(f"{path}:1 lacks the column {', '.join(missing)}.")
    known = {"expert_id": frozenset(experts), "project_id": frozenset(projects)}
    found = []
    for row in reader:
        where = f"{path}:{reader.line_num}"
        for column, ids in known.items():
            if row[column] not in ids:
                raise BadInput(f"{where} {column}: {str(row[column])[:80]!r} is not in the file of {column[:-3]}s.")
        breaks = {"0": False, "1": True}.get(row.get("violates") or "")
        found.append(Pair(row["expert_id"], row["project_id"], _number(where, row["label"]), breaks))
    if not found:
        raise BadInput(f"{path} holds no pairs.")
    return found


def measures(pairs: Sequence[Pair], scores: Sequence[float]) -> dict[str, float | None]:
    """Ordering losses, nDCG and MAP; None where the labels allow no comparison."""
    labels = [p.label for p in pairs]
    middle = (min(labels) + max(labels)) / 2
    return {
        "loss_within_expert": ordering_loss([p.expert for p in pairs], labels, scores),
        "loss_within_project": ordering_loss([p.project for p in pairs], labels, scores),
        "ndcg_at_10": _mean(
            _ndcg(lab, sco, min(labels), FIRST) for lab, sco in _groups([p.project for p in pairs], labels, scores)
        ),
        "ndcg": _mean(_ndcg(lab, sco, min(labels)) for lab, sco in _groups([p.project for p in pairs], labels, scores)),
        "map": _mean(_precision(lab, sco, middle) for lab, sco in _groups([p.project for p in pairs], labels, scores)),
    }


def ordering_loss(groups: Sequence[str], labels: Sequence[float], scores: Sequence[float]) -> float | None:
    """Share of label distance ordered wrongly within groups: 0 all right, .5 chance, ties count half.

    Over all pairs of one group with different labels, weighted by the difference of labels (as in the public gold
    standard for reviewer assignment by Stelmakh and others, 2023).
    """
    lost = total = 0.0
    for group_labels, group_scores in _groups(groups, labels, scores):
        for (la, sa), (lb, sb) in combinations(zip(group_labels, group_scores, strict=True), 2):
            distance = abs(la - lb)
            total += distance
            wrong = 0.5 if sa == sb else float((sa > sb) != (la > lb))
            lost += distance * wrong
    return lost / total if total else None


def violations(pairs: Sequence[Pair], known: Sequence[bool], scores: Sequence[float]) -> int:
    """How many of each project's ten best-scored pairs break a must, over all projects."""
    by_project: dict[str, list[tuple[float, bool]]] = {}
    for pair, breaks, score in zip(pairs, known, scores, strict=True):
        by_project.setdefault(pair.project, []).append((-score, breaks))
    return sum(breaks for group in by_project.values() for _, breaks in sorted(group, key=lambda g: g[0])[:FIRST])


def _known(pair: Pair, score: float) -> bool:
    """Whether a pair breaks a must: as the file says, else as the ranking found."""
    return score < 0 if pair.violates is None else pair.violates


def _scores(
    experts: dict[str, Profile], projects: Sequence[Project], embedder: Embedder, today: date | None, vote: float
) -> dict[str, dict[str, Floats]]:
    """By project and method the score of each expert, all experts against each project."""
    pool, owners, vectors = _embedded(list(experts.values()), embedder)
    words = Bm25([" ".join(texts) for texts in map(_texts, experts.values())])
    lexicon = _lexicon(list(experts.values()))
    denied = Denied.of(
        (row, row, piece.title, piece.text) for row, of in enumerate(experts.values()) for piece in pieces(of)
    )
    now = Circumstances(today or date.today())
    found = {}
    for project in projects:
        asked = topics(project)
        queries = query_vectors(embedder, [r.topic or "" for r in asked]) if asked else np.zeros((0, 1), np.float32)
        scores = {r.id: best_three(vectors @ q, owners, len(pool)) for r, q in zip(asked, queries, strict=True)}
        plain = rank(project, pool, scores, now)
        votes = {r.id: lexicon.votes(r.topic or "", vote) for r in asked}
        said_no = {r.id: denied.by_expert(r.topic or "") for r in asked}
        heard = {id_: refused(voted(of, votes[id_]), NO_ITEMS, said_no[id_]) for id_, of in scores.items()}
        ranking = rank(project, pool, heard, now)
        text = " ".join([project.text, *(r.topic for r in project.requirements if r.topic)])
        (whole,) = query_vectors(embedder, [text])
        found[project.id] = {
            OURS: _ranked(ranking),
            "without the words": _ranked(plain),
            "BM25": words.scores(text),
            "one-vector cosine": one_vector(vectors, owners, len(pool), whole),
            "best-3 cosine": best_three_cosine(vectors, owners, len(pool), whole),
        }
    return found


def _ranked(ranking: Ranking) -> Floats:
    return np.where(ranking.eligible, ranking.fit, ranking.fit - 1)


def _texts(profile: Profile) -> list[str]:
    return [embedding_text(piece.title, piece.text) for piece in pieces(profile)]


def _lexicon(profiles: Sequence[Profile]) -> Lexicon:
    rows = np.arange(len(profiles))
    return Lexicon.of(Postings.of(rows, ((row, t) for row, p in enumerate(profiles) for t in _texts(p))), rows)


def _embedded(profiles: Sequence[Profile], embedder: Embedder) -> tuple[Pool, Ints, Vectors]:
    texts = [_texts(profile) for profile in profiles]
    counts = np.array([len(t) for t in texts], dtype=np.int64)
    owners = np.repeat(np.arange(len(profiles)), counts)
    flat = [text for group in texts for text in group]
    vectors = np.asarray(embedder.embed(flat), np.float32) if flat else np.zeros((0, 1), np.float32)
    facts, conflicts = [p.facts for p in profiles], [p.conflicts for p in profiles]
    return make_pool([p.id for p in profiles], facts, conflicts, counts), owners, vectors


def _whole(parsed: Parsed[T]) -> dict[str, T]:
    if parsed.faults:
        more = f" (and {len(parsed.faults) - 1} more)" if len(parsed.faults) > 1 else ""
        raise BadInput(f"{parsed.faults[0]}{more}.")
    return parsed.values


def _number(where: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInput(f"{where} label: {str(text)[:40]!r} is not a finite number.")
    return value


def _write(out: Path, pairs: Sequence[Pair], scores: Sequence[float]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*PAIR_COLUMNS, "score"])
    for pair, score in zip(pairs, scores, strict=True):
        writer.writerow([pair.expert, pair.project, f"{pair.label:g}", f"{score:.6f}"])
    try:
        out.write_text(buffer.getvalue(), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from None


def _groups(
    keys: Sequence[str], labels: Sequence[float], scores: Sequence[float]
) -> Iterator[tuple[list[float], list[float]]]:
    by_key: dict[str, tuple[list[float], list[float]]] = {}
    for key, label, score in zip(keys, labels, scores, strict=True):
        group = by_key.setdefault(key, ([], []))
        group[0].append(label)
        group[1].append(score)
    yield from by_key.values()


def _ndcg(labels: Sequence[float], scores: Sequence[float], lowest: float, first: int | None = None) -> float | None:
    """nDCG, of the `first` places where given, the label's distance to the lowest as gain; None where all are 0."""
    discounts = 1 / np.log2(np.arange(2, len(labels) + 2))
    if first is not None:
        discounts[first:] = 0
    gains = np.array(labels) - lowest
    ideal = float((np.sort(gains)[::-1] * discounts).sum())
    order = np.argsort(-np.array(scores), kind="stable")
    return float((gains[order] * discounts).sum()) / ideal if ideal else None


def _precision(labels: Sequence[float], scores: Sequence[float], middle: float) -> float | None:
    """Average precision; None where nothing is relevant."""
    order = np.argsort(-np.array(scores), kind="stable")
    relevant = (np.array(labels) > middle)[order]
    if not relevant.any():
        return None
    precision = np.cumsum(relevant) / np.arange(1, len(relevant) + 1)
    return float(precision[relevant].mean())


def _mean(values: Iterable[float | None]) -> float | None:
    found = [v for v in values if v is not None]
    return float(np.mean(found)) if found else None
