"""Documents as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.domain.rubric import Rubric
from vetting.domain.shortlist import Shown
from vetting.services.context import Context


def _range(level: float | None, interval: list[float] | None) -> str:
    return "not rated" if level is None or interval is None else f"{level:.2f} ({interval[0]:.2f}-{interval[1]:.2f})"


ENGINE = "structured interviewer, no language model"


def with_engine(text: str, ctx: Context) -> str:
    """The text, and below it that no language model is set, where none is."""
    return text if ctx.model_interviewer else f"{text}\n\n{ENGINE}"


def scorecard_text(document: Mapping[str, Any], rubric: Rubric) -> str:
    """One interview under its rubric: the composite, each competency, and the words they rest on.

    A quote that shows a wrong belief is marked as such: it speaks against the level, the others for it.
    """
    composite = document["composite"]
    lines = [
        f"{document['candidate']} · {document['rubric']} · {document['turns']} turns",
        f"Composite {_range(composite['level'], composite['interval'])}: "
        f"{document['recommendation'].replace('_', ' ')}, because {document['why']}",
    ]
    for competency in document["competencies"]:
        lines.append(f"\n{competency['id']}: {_range(competency['level'], competency['interval'])}")
        wrong = {m.id for q in rubric.competency(competency["id"]).questions for m in q.misconceptions}
        for e in competency["evidence"]:
            mark = "wrong belief: " if e["indicator"] in wrong else ""
            lines.append(f'  {mark}{e["indicator"]} (turn {e["turn"]}): "{e["quote"]}"')
    return "\n".join(lines)


def shortlist_text(document: Mapping[str, Any]) -> str:
    """A shortlist: ranked experts with parts and reasons, and what was excluded."""
    lines = [f"{document['project']}: {document['considered']} considered"]
    for entry in document["entries"]:
        parts = ", ".join(f"{name} {value:.3f}" for name, value in entry["parts"].items())
        shown = Shown.of(entry["requirements"])
        lines.append(f"\n{entry['rank']:3} {entry['expert']}  fit {entry['fit']:.3f}  = {parts}")
        lines += [f"      {shown.met} of {shown.all} musts shown"] if shown.all else []
        lines += [f"      {r['id']}: {r['status'].replace('_', ' ')}" for r in entry["requirements"]]
        lines += [f"      {reason}" for reason in entry["reasons"]]
    if document["excluded"]:
        counts = " · ".join(f"{reason} {count}" for reason, count in document["excluded"].items())
        lines.append(f"\nexcluded: {counts}")
    for row in document.get("excluded_experts", []):
        lines.append(f"  {row['expert']}: {'; '.join(row['reasons'])}")
    return "\n".join(lines)


def search_text(document: Mapping[str, Any]) -> str:
    """How a search was understood, and its hits, best first, each with the piece of its profile that matched."""
    if not document["considered"]:
        return "Nobody here yet: import experts with  vetting import experts FILE"
    lines = [f"{fact['words']}  (--fact '{fact['fact']}')" for fact in document["facts"]]
    lines += [f"nearest to: {document['topic']}"] if document["facts"] and document["topic"] else []
    for n, hit in enumerate(document["hits"], start=1):
        score = "" if hit["score"] is None else f"  {hit['score']:.3f}"
        lines.append(f"{n:3} {hit['expert']}{score}  {hit['name']}")
        lines += [f"      {_item(hit['item'])}"] if hit["item"] else []
        lines += [f"      {_known(finding)}" for finding in hit["requirements"] if finding["kind"] == "must"]
    if document["excluded"]:
        counts = " · ".join(f"{reason} {count}" for reason, count in document["excluded"].items())
        lines.append(f"left out: {counts}")
    lines += [document["note"]] if document["note"] else []
    return "\n".join(lines) if document["hits"] else "\n".join([*lines, "Nobody is left."])


def _known(finding: Mapping[str, Any]) -> str:
    status = finding["status"].replace("_", " ")
    return f"{finding['asked']}: {status}" + (f" ({finding['source']})" if finding["source"] else "")


def _item(item: Mapping[str, Any]) -> str:
    """A piece of a profile: `role: Network engineer (2019): "Debugged ..."`; a title is not quoted twice."""
    dated = f" ({item['date']})" if item["date"] else ""
    quote = "" if item["quote"] == item["title"] else f': "{item["quote"]}"'
    return f"{item['kind']}: {item['title']}{dated}{quote}"
