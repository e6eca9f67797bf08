"""What can be asked of an expert where there is no evidence: facts by a question, competencies by an interview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vetting.domain.facts import Fact, Status
from vetting.domain.tongue import N_

EXPIRED = "expired"
"""The note of a stated licence that lapsed: it is stated and still worth asking about."""


@dataclass(frozen=True)
class Ask:
    """How a fact is asked for, and how its answer is written."""

    words: str
    hint: str


ASKS: Mapping[Fact, Ask] = {
    Fact.COUNTRY: Ask(N_("In which country do you live?"), N_("Two letters, such as PT")),
    Fact.TIMEZONE: Ask(N_("In which time zone do you work?"), N_("Such as Europe/Lisbon")),
    Fact.LANGUAGES: Ask(
        N_("Which languages do you work in, and how well?"), N_("Code and level from A1 to C2, such as en:C1; de:B2")
    ),
    Fact.HOURS: Ask(N_("How many hours a week could you work?"), N_("A number, such as 12")),
    Fact.RATE: Ask(N_("What do you ask for an hour?"), N_("Amount and currency, such as 95 EUR")),
    Fact.AVAILABLE: Ask(N_("From which day could you start?"), N_("Such as 2027-01-15")),
    Fact.DEGREES: Ask(N_("Which degrees do you hold?"), N_("Such as MD; MSc, public health")),
    Fact.LICENCES: Ask(N_("Which licences to practise do you hold, and where?"), N_("Such as medical (Portugal)")),
}


@dataclass(frozen=True)
class Needed:
    """What to ask of one expert: facts, and of each rubric the competencies that an interview should show."""

    facts: tuple[Fact, ...] = ()
    competencies: Mapping[str, tuple[str, ...]] | None = None

    @property
    def rubrics(self) -> Mapping[str, tuple[str, ...]]:
        """Rubric id -> competencies."""
        return self.competencies or {}

    def __bool__(self) -> bool:
        return bool(self.facts or self.competencies)


def needed(requirements: Iterable[Mapping[str, Any]], findings: Iterable[Mapping[str, Any]]) -> Needed:
    """What to ask, from a shortlist's requirements and what its entry found of each.

    Asking cannot prove what is only claimed, so a fact is asked for where it was not stated, or has lapsed. A topic is
    looked for in what experts wrote, and a conflict of interest is theirs to declare: neither is asked here.
    """
    asked = {str(r["id"]): r for r in requirements}
    facts: list[Fact] = []
    competencies: dict[str, tuple[str, ...]] = {}
    for finding in findings:
        requirement = asked.get(str(finding["id"]))
        if requirement is None or finding["status"] != Status.NO_EVIDENCE:
            continue
        if name := requirement.get("fact"):
            fact = Fact(str(name).partition(".")[0])
            if fact not in facts and (finding.get("source") is None or finding.get("note") == EXPIRED):
                facts.append(fact)
        elif competency := requirement.get("competency"):
            rubric = str(competency).partition("/")[0]
            competencies[rubric] = (*competencies.get(rubric, ()), str(competency))
    return Needed(tuple(facts), competencies)
