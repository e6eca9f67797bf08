"""Why an expert stands where they stand: per requirement its status and source, and reasons in words.

A sentence about a person holds a verbatim piece of what it rests on: the profile, or what was said in an interview.
Everything else begins with "no evidence for".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from vetting.domain.conflicts import declared, names
from vetting.domain.denial import affirmations, affirmed, denials
from vetting.domain.facts import Circumstances, Fact, Outcome, Status, compare
from vetting.domain.matching import TOPIC_MET, Evaluated, Ranking, exclusion, judge_standing
from vetting.domain.pool import Pool
from vetting.domain.profile import CompetencyStanding
from vetting.domain.project import BRIEF, CONFLICT, Kind
from vetting.domain.text import stems

LONGEST_SNIPPET = 240
DENIED = "the profile says otherwise"
_ORDER = {Status.MET: 0, Status.NOT_MET: 1, Status.NO_EVIDENCE: 2}


@dataclass(frozen=True)
class ItemText:
    """A profile item as it was written."""

    kind: str
    title: str
    text: str
    date: str | None = None

    @property
    def where(self) -> str:
        """Which item it is: 'project, 2022: Fairness bench'."""
        return f"{self.kind}{f', {self.date}' if self.date else ''}: {self.title}"


@dataclass(frozen=True)
class Finding:
    """One requirement for one expert. `source` is verbatim, `where` says where it stands, `note` what to know."""

    id: str
    kind: str
    asked: str
    status: Status
    source: str | None
    where: str = ""
    note: str = ""

    def document(self) -> dict[str, Any]:
        """The finding as JSON shows it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "asked": self.asked,
            "status": self.status.value,
            "source": self.source,
            "where": self.where,
            "note": self.note,
        }


@dataclass(frozen=True)
class Explanation:
    """All findings of one expert; the reasons: what is met (largest part first), what is not, what nobody knows."""

    findings: tuple[Finding, ...]
    reasons: tuple[str, ...]


def explain(ranking: Ranking, row: int, pool: Pool, items: Mapping[int, ItemText], now: Circumstances) -> Explanation:
    """Findings and reasons of one expert; `items` maps the place of an item to its text for this expert's best ones."""
    pairs = [_explain_one(e, row, pool, items, now) for e in ranking.evaluated]
    findings = [finding for finding, _ in pairs]

    def place(i: int) -> tuple[int, float, int]:
        met = findings[i].status is Status.MET
        return _ORDER[findings[i].status], -ranking.parts[i, row] if met else findings[i].kind != Kind.MUST, i

    ordered = sorted(range(len(pairs)), key=place)
    reasons = [pairs[i][1] for i in ordered]
    if ranking.conflicts:
        finding, reason = _conflict(ranking, row, pool)
        findings.append(finding)
        reasons += [reason] if finding.status is Status.NOT_MET else []
    return Explanation(tuple(findings), tuple(reasons))


def breaches(ranking: Ranking, row: int, pool: Pool, now: Circumstances) -> tuple[str, ...]:
    """Why an expert is excluded, in words; of a licence that lapsed with what was stated and the day."""
    lapsed = {
        exclusion(e.requirement): _fact(e, outcome)[1]
        for e in ranking.evaluated
        if e.requirement.fact and e.requirement.test.fact is Fact.LICENCES
        if (outcome := compare(e.requirement.test, pool.facts[Fact.LICENCES][row], now)).status is Status.NOT_MET
        if outcome.note
    }
    return tuple(lapsed.get(why, why) for why in ranking.breaches(row))


def _explain_one(
    evaluated: Evaluated, row: int, pool: Pool, items: Mapping[int, ItemText], now: Circumstances
) -> tuple[Finding, str]:
    requirement = evaluated.requirement
    if requirement.topic:
        return _topic(evaluated, row, items)
    if requirement.competency:
        standing = pool.standings.get(requirement.competency, {}).get(row)
        return _competency(evaluated, standing)
    test = requirement.test
    outcome = compare(test, pool.facts[test.fact][row], now)
    return _fact(evaluated, outcome)


def _topic(evaluated: Evaluated, row: int, items: Mapping[int, ItemText]) -> tuple[Finding, str]:
    requirement, scores = evaluated.requirement, evaluated.topic
    status = evaluated.status(row)
    asked = "the brief" if requirement.id == BRIEF else requirement.label
    score = float(scores.score[row]) if scores else 0.0
    item = items.get(int(scores.best[row])) if scores else None
    if item is None:
        nothing = Outcome(Status.NO_EVIDENCE, None, "no profile item to compare")
        return _finding(evaluated, asked, nothing), f"no evidence for {asked}: {nothing.note}"
    if said_no := denial(item, requirement.topic or ""):
        finding = _finding(evaluated, asked, Outcome(Status.NO_EVIDENCE, said_no, DENIED), item.where)
        return finding, f'no evidence for {asked}: {DENIED}, "{said_no}" ({item.where})'
    source = snippet(item, requirement.topic or "")
    note = f"similarity {score:.2f}, shown from {TOPIC_MET:.2f}"
    finding = _finding(evaluated, asked, Outcome(status, source, note), item.where)
    if status is Status.MET:
        return finding, f'{asked}: "{source}" ({item.where})'
    return finding, f'no evidence for {asked}; nearest is "{source}" ({item.where})'


def _competency(evaluated: Evaluated, standing: CompetencyStanding | None) -> tuple[Finding, str]:
    requirement = evaluated.requirement
    minimum = requirement.min_level or 1.0
    outcome = judge_standing(standing, minimum)
    name = standing.name if standing else requirement.competency
    asked = f"{name} at level {minimum:g} or above"
    if standing is None or standing.level is None or not standing.quotes:
        return _finding(evaluated, asked, outcome), f"no evidence for {asked}: {outcome.note}"
    quote = standing.quotes[0]
    finding = _finding(evaluated, asked, outcome, f"interview {standing.id.split('/')[0]}, turn {quote.turn}")
    said = f'"{quote.text}" (turn {quote.turn})'
    low, high = standing.interval or (standing.level, standing.level)
    level = f"level {standing.level:.1f} ({low:.1f}-{high:.1f})"
    if outcome.status is Status.NO_EVIDENCE:
        return finding, f"no evidence for {asked}: {outcome.note}, {level}: {said}"
    verdict = "" if outcome.status is Status.MET else f", below {minimum:g}"
    return finding, f"{name} at {level}{verdict}: {said}"


def _fact(evaluated: Evaluated, outcome: Outcome) -> tuple[Finding, str]:
    asked = evaluated.requirement.label
    finding = _finding(evaluated, asked, outcome, "profile facts" if outcome.source else "")
    note = f", {outcome.note}" if outcome.note else ""
    if outcome.source is None:
        return finding, f"no evidence for {asked}: {outcome.note}"
    if outcome.status is Status.NO_EVIDENCE:
        return finding, f'no evidence for {asked}: "{outcome.source}"{note}'
    said = asked if outcome.status is Status.MET else exclusion(evaluated.requirement)
    return finding, f'{said}: "{outcome.source}"{note}'


def _conflict(ranking: Ranking, row: int, pool: Pool) -> tuple[Finding, str]:
    if ranking.conflicts is None:
        raise ValueError("the project names no client")
    ties, client = pool.conflicts[row], " or ".join(names(ranking.conflicts.client))
    source = f"conflicts: {', '.join(map(str, ties))}" if ties else None
    status = ranking.conflicts.status(row)
    asked = f"no conflict of interest with {client}"
    where, note = "profile" if ties else "", "" if declared(ties) else "none declared"
    finding = Finding(CONFLICT, Kind.MUST.value, asked, status, source, where, note)
    return finding, f'conflict of interest with {client}: "{source}"'


def _finding(evaluated: Evaluated, asked: str, outcome: Outcome, where: str = "") -> Finding:
    requirement = evaluated.requirement
    return Finding(requirement.id, requirement.kind.value, asked, outcome.status, outcome.source, where, outcome.note)


def snippet(item: ItemText, topic: str) -> str:
    """The sentence of an item that shares most words with the topic, verbatim; its title where none shares any.

    What it denies is not looked at.
    """
    wanted = _wanted(topic)

    def shared(part: str) -> float:
        return len(wanted.intersection(stems(part))) / (8 + len(part.split()))

    parts = [(shared(part), part) for part in affirmations(item.text)]
    most, best = max(parts, key=itemgetter(0), default=(0.0, ""))
    if not best or (most == 0 and shared(item.title) > 0 and not denials(item.title)):
        best = item.title
    return _cut(best)


@lru_cache(maxsize=64)  # asked for every one who is shown
def _wanted(topic: str) -> frozenset[str]:
    return frozenset(stems(topic))


def denial(item: ItemText, topic: str) -> str | None:
    """The words by which an item denies the very thing, or by which it denies all it names; None for evidence."""
    said = (*denials(item.title), *denials(item.text))
    found = [one for one in said if one.covers(topic)]
    if not found and not any(affirmed(item.title, item.text)):
        found = list(said)
    return _cut(found[0].text) if found else None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SNIPPET else text[:LONGEST_SNIPPET].rsplit(" ", 1)[0]
