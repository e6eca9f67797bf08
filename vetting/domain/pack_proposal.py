"""A draft pack as a language model proposes it, put into the form of a pack: the person's own questions stay theirs.

What comes out is still a draft with whatever faults the check finds, uncalibrated, and for a person to correct.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from vetting.domain.pack_draft import short
from vetting.domain.pack_edit import Document, add_competency, add_question, ids_of, slug
from vetting.domain.text import words

MINUTES = 4


class NotAsAsked(ValueError):
    """The proposal does not hold the person's own questions, so nothing of it is used."""


def proposed(base: Document, summary: str, competencies: Sequence[Mapping[str, Any]], own: Sequence[str]) -> Document:
    """The draft with the proposal in place of its competencies. Raises NotAsAsked, Full."""
    document = deepcopy(base)
    document["competencies"] = []
    document["summary"] = summary
    document["uncalibrated"] = True
    _require_own([q["text"] for c in competencies for q in c["questions"]], own)
    texts = iter(own)
    for given in competencies:
        competency = add_competency(document, short(given["name"]))
        competency["definition"] = given["definition"]
        competency["anchors"] = {str(level): text for level, text in enumerate(given["levels"], 1)}
        for one in given["questions"]:
            _question(document, competency, one, next(texts, one["text"]))
    every = [q for c in document["competencies"] for q in c["questions"]]
    document["max_questions"] = len(every)
    document["time_budget_minutes"] = min(max(sum(q["minutes"] for q in every), 5), 240)
    return document


def _require_own(written: Sequence[str], own: Sequence[str]) -> None:
    if not own:
        return
    if len(written) != len(own):
        raise NotAsAsked(f"{len(own)} own questions were given, {len(written)} came back; keep every one, add none")
    for number, (asked, kept) in enumerate(zip(own, written, strict=True), 1):
        if words(asked) != words(kept):
            raise NotAsAsked(f"own question {number} was changed; keep it word for word")


def _question(document: Document, competency: Document, given: Mapping[str, Any], text: str) -> None:
    question = add_question(document, competency, text)
    question["minutes"] = MINUTES
    question["reference"] = given["reference"]
    for point in given["points"]:
        name = slug(point["statement"], ids_of(question), "point")
        question["indicators"].append({"id": name, "statement": point["statement"], "level": point["level"]})
    for wrong in given["misconceptions"]:
        name = slug(wrong["statement"], ids_of(question), "wrong")
        belief = {"id": name, "statement": wrong["statement"], "correction": wrong["correction"], "level": 2}
        question["misconceptions"].append(belief)
    probe = {"id": slug("follow up", ids_of(question), "follow-up"), "trigger": "vague", "kind": "deepen"}
    question["probes"].append({**probe, "text": given["follow_up"]})
