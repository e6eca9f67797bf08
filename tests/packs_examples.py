"""A small sound pack as plain data, for tests to copy and break."""

from __future__ import annotations

from typing import Any

import yaml

REFERENCE = (
    "The sender halves its window when a segment is lost because loss is read as congestion, then grows it by one "
    "segment for each round trip, so that flows which share a bottleneck drift towards equal shares while the queue in "
    "front of the link stays bounded and the link stays busy."
)
STATEMENTS = (
    "The window is halved after a loss",
    "Growth is one segment per round trip",
    "Two flows converge to fairness",
    "A deep buffer hides loss and adds delay",
)


def question(question_id: str, core: str | None = None, said: tuple[str, ...] = STATEMENTS) -> dict[str, Any]:
    """A sound question; the words of its probe are not those of its indicators."""
    return {
        "id": question_id,
        "type": "answer",
        "core": core,
        "minutes": 3,
        "text": "What does a TCP sender do when the network is overloaded?",
        "reference": REFERENCE,
        "sources": ["rfc5681"],
        "indicators": [{"id": f"i{i}", "statement": s, "level": i + 1} for i, s in enumerate(said)],
        "misconceptions": [{"id": "m0", "statement": "Routers tell it the rate", "correction": "They do not"}],
        "probes": [{"id": "p0", "trigger": "missing", "target": "i0", "kind": "deepen", "text": "And on bad news?"}],
    }


def pack(**changes: Any) -> dict[str, Any]:
    """A pack that passes the check, with top-level fields changed."""
    forms = ["A", "B", None, None, None]
    data: dict[str, Any] = {
        "id": "test.pack",
        "version": "1.0.0",
        "title": "A pack",
        "domain": "test",
        "summary": "For tests",
        "written_by": "Tests",
        "cut": {"composite": 3.5, "min_levels": {"c0": 2.5}},
        "sources": [{"id": "rfc5681", "title": "TCP Congestion Control", "publisher": "IETF", "year": 2009}],
        "competencies": [
            {
                "id": f"c{c}",
                "name": f"Competency {c}",
                "definition": "What it is",
                "weight": 0.25,
                "anchors": {level: f"Says what level {level} says" for level in range(1, 6)},
                "questions": [question(f"q{c}-{q}", form, _own(5 * c + q)) for q, form in enumerate(forms)],
            }
            for c in range(4)
        ],
    }
    return data | changes


def _own(number: int) -> tuple[str, ...]:
    """Statements that no other question of the pack repeats; the first question has them plain."""
    of = " ".join(f"{word}{number}" for word in ("net", "host", "link", "port", "flow", "path"))
    return tuple(f"{statement} on {of}" for statement in STATEMENTS) if number else STATEMENTS


def as_yaml(data: dict[str, Any]) -> str:
    """The pack as a YAML file, keys in the order given, no anchors."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(data, Dumper=Plain, sort_keys=False)
