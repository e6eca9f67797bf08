"""Faults between the parts of a pack, found on raw data, so that they are reported together with all the others.

`Rubric` refuses the same faults, but a validator stops at its first one and runs only when every field is sound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vetting.domain.rubric import Status
from vetting.domain.rubric_check import Fault, Path

_SIGNED = [status.value for status in Status if status is not Status.DRAFT]


def reference_faults(data: object) -> list[Fault]:
    """Repeated ids, references that lead nowhere, weights that do not sum to 1, a status nobody signed for.

    Parts of the wrong kind are skipped.
    """
    if not isinstance(data, Mapping):
        return []
    competencies = _maps(data, "competencies")
    questions = [
        (("competencies", c, "questions", q), question)
        for (_, c), competency in competencies
        for (_, q), question in _maps(competency, "questions")
    ]
    found = [
        *_weights([competency for _, competency in competencies]),
        *_repeats("competency", competencies),
        *_repeats("question", questions),
        *_repeats("source", _maps(data, "sources")),
        *_cut(data, _ids(competencies)),
        *_sources(data, questions),
        *_unsigned(data),
    ]
    for here, question in questions:
        found += _within(question, here)
    return found


def _maps(data: Mapping[Any, Any], key: str) -> list[tuple[tuple[str, int], Mapping[Any, Any]]]:
    value = data.get(key)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [((key, i), part) for i, part in enumerate(value) if isinstance(part, Mapping)]


def _ids(parts: Sequence[tuple[Path, Mapping[Any, Any]]]) -> set[str]:
    return {name for _, part in parts if isinstance(name := part.get("id"), str)}


def _weights(competencies: list[Mapping[Any, Any]]) -> Iterator[Fault]:
    weights = [c.get("weight") for c in competencies]
    numbers = [w for w in weights if isinstance(w, int | float) and not isinstance(w, bool)]
    if numbers and len(numbers) == len(weights) and abs(sum(numbers) - 1) > 1e-6:
        yield Fault(("competencies",), f"the weights sum to {sum(numbers):g}, not 1")


def _repeats(kind: str, parts: Sequence[tuple[Path, Mapping[Any, Any]]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for here, part in parts:
        name = part.get("id")
        if isinstance(name, str) and name in seen:
            yield Fault((*here, "id"), f"{kind} id '{name}' was used before")
        seen.add(str(name))


def _cut(data: Mapping[Any, Any], known: set[str]) -> Iterator[Fault]:
    cut = data.get("cut")
    levels = cut.get("min_levels") if isinstance(cut, Mapping) else None
    for name in levels if isinstance(levels, Mapping) else ():
        if name not in known:
            yield Fault(("cut", "min_levels", str(name)), f"there is no competency '{name}'")


def _sources(data: Mapping[Any, Any], questions: Sequence[tuple[Path, Mapping[Any, Any]]]) -> Iterator[Fault]:
    known = _ids(_maps(data, "sources"))
    named: list[tuple[Path, object]] = []
    for here, part in [*questions, (("job_analysis",), data.get("job_analysis"))]:
        listed = part.get("sources") if isinstance(part, Mapping) else None
        if isinstance(listed, Sequence) and not isinstance(listed, str):
            named += [((*here, "sources", i), name) for i, name in enumerate(listed)]
    guideline = data.get("guideline")
    if isinstance(guideline, Mapping) and "source" in guideline:
        named.append((("guideline", "source"), guideline["source"]))
    for path, name in named:
        if isinstance(name, str) and name not in known:
            yield Fault(path, f"there is no source '{name}' in sources")


def _unsigned(data: Mapping[Any, Any]) -> Iterator[Fault]:
    status = data.get("status")
    if status in _SIGNED and not data.get("reviewed_by"):
        yield Fault(("status",), f"status '{status}' needs a named practitioner in reviewed_by")


def _within(question: Mapping[Any, Any], here: Path) -> Iterator[Fault]:
    parts = {key: _maps(question, key) for key in ("indicators", "misconceptions", "probes")}
    placed: list[tuple[Path, Mapping[Any, Any]]] = [
        ((*here, *at), part) for group in parts.values() for at, part in group
    ]
    yield from _repeats("within the question,", placed)
    for at, probe in parts["probes"]:
        key = "misconceptions" if probe.get("trigger") == "misconception" else "indicators"
        target = probe.get("target")
        if isinstance(target, str) and target not in _ids(parts[key]):
            yield Fault((*here, *at, "target"), f"the question has no {key.removesuffix('s')} '{target}'")
