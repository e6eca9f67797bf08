"""What a brief leaves open: each question with why it is asked and answers for one click; none has to be answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from vetting.domain.facts import Fact, Op
from vetting.domain.json_resume import LANGUAGE_CODES
from vetting.domain.pool import Pool
from vetting.domain.profile import Cefr, Standing
from vetting.domain.project import Kind, Project, Requirement
from vetting.domain.standing import plain
from vetting.domain.titles import WantedLicence
from vetting.domain.tongue import N_, _

ENOUGH_RATES = 10
"""Experts with a stated rate in one currency below which none is proposed from them."""

MOST_JURISDICTIONS = 4
HOURS = (5, 10, 20)
ZONES = (
    (N_("central Europe"), "Europe/Berlin"),
    (N_("the US east coast"), "America/New_York"),
    (N_("India"), "Asia/Kolkata"),
)
_LEVEL_SAID = re.compile(r"\b[ABC][12]\b|\b(?:native|bilingual|fluent|excellent|good)\b", re.I)
Document = Mapping[str, Any]


class Known(NamedTuple):
    """What the experts here say of themselves, to make answers of: jurisdictions, and rates with their share."""

    jurisdictions: tuple[str, ...] = ()
    rates: tuple[tuple[float, str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """One click: a requirement to add (or to put in the place of another), or a row to fill in."""

    label: str
    requirement: Document | None = None
    replaces: str | None = None
    blank: Fact | None = None
    """A row to be filled in by hand: here nobody can propose a value."""


@dataclass(frozen=True)
class OpenQuestion:
    """Something a brief leaves open, why it matters, and answers to choose from."""

    id: str
    ask: str
    why: str
    answers: tuple[Answer, ...]


def known(pool: Pool) -> Known:
    """What the pool offers to answers: its commonest jurisdictions, and rates that cover half and nine in ten."""
    licences, places = pool.facts[Fact.LICENCES], Counter[str]()
    for value, n in zip(licences.values, np.bincount(licences.codes, minlength=len(licences.values)), strict=True):
        for licence in _held(value) if n else ():  # a column keeps values that nobody has any more
            places[licence.jurisdiction] += int(n)
    return Known(tuple(place for place, _ in places.most_common(MOST_JURISDICTIONS)), _rates(pool))


def open_questions(
    project: Project,
    requirements: Sequence[Requirement],
    pool: Known = Known(),  # noqa: B008  # a constant
    *,
    today: date,
    settled: Iterable[str] = (),
) -> tuple[OpenQuestion, ...]:
    """What these requirements of a project leave open. `settled` are ids of questions that were answered or left.

    How many experts are wanted is not among them: the form has a field for it.
    """
    facts = {r.test.fact for r in requirements if r.fact}
    missing: Mapping[Fact, Callable[[], OpenQuestion]] = {
        Fact.LANGUAGES: lambda: _language(project.text),
        Fact.HOURS: _hours,
        Fact.TIMEZONE: _zone,
        Fact.RATE: lambda: _rate(pool),
        Fact.AVAILABLE: lambda: _start(today),
    }
    of_project = {Fact.HOURS: project.hours_per_week, Fact.RATE: project.rate_max, Fact.AVAILABLE: project.start}
    found = [ask() for fact, ask in missing.items() if fact not in facts and of_project.get(fact) is None]
    found += [q for r in requirements if r.fact for q in _about(r, project, pool)]
    done = set(settled)
    return tuple(question for question in found if question.id not in done)


def _must(fact: Fact, op: Op, value: Any) -> Document:
    return {"kind": Kind.MUST.value, "fact": fact.value, "op": op.value, "value": value}


def _language(text: str) -> OpenQuestion:
    """The languages that the brief names without asking for them, else English, at the levels that work asks for."""
    named = [name for name in LANGUAGE_CODES if re.search(rf"\b{name}\b", text, re.I)][:2] or ["english"]
    answers = [
        Answer(
            _("{language}, {level}").format(language=_(name.title()), level=level),
            _must(Fact.LANGUAGES, Op.GE, {LANGUAGE_CODES[name]: level}),
        )
        for name in named
        for level in ("B2", "C1", "C2")
    ]
    return OpenQuestion(
        "language",
        _("In which language do they work, and how well must they have it?"),
        _("Who judges or writes text needs a level in its language. Without one nobody is left out for it."),
        (*answers, Answer(_("Another"), blank=Fact.LANGUAGES)),
    )


def _hours() -> OpenQuestion:
    answers = [Answer(_("{count} hours a week").format(count=n), _must(Fact.HOURS, Op.GE, float(n))) for n in HOURS]
    return OpenQuestion(
        "hours",
        _("How many hours a week should somebody have?"),
        _("People with two hours and people with thirty look the same until this is said."),
        tuple(answers),
    )


def _zone() -> OpenQuestion:
    answers = [
        Answer(
            _("4 hours shared with {place}").format(place=_(place)),
            _must(Fact.TIMEZONE, Op.OVERLAPS, {"zone": zone, "hours": 4.0}),
        )
        for place, zone in ZONES
    ]
    return OpenQuestion(
        "timezone",
        _("Do they have to be at work at the same time as somebody?"),
        _("Calls and quick questions need shared hours; work that can wait a day does not."),
        tuple(answers),
    )


def _rate(pool: Known) -> OpenQuestion:
    answers = [
        Answer(
            _("Up to {amount} {currency} an hour ({share} of those here who state one)").format(
                amount=f"{amount:g}", currency=currency, share=_(share)
            ),
            _must(Fact.RATE, Op.LE, {"amount": amount, "currency": currency, "per": "hour"}),
        )
        for amount, currency, share in pool.rates
    ]
    return OpenQuestion(
        "rate",
        _("What is the most an hour may cost?"),
        _("Without a limit the list can be headed by people the budget does not allow."),
        (*answers, Answer(_("Write a limit"), blank=Fact.RATE)),
    )


def _start(today: date) -> OpenQuestion:
    choices = ((_("At once"), 0), (_("Within two weeks"), 14), (_("Within a month"), 30))
    answers = [
        Answer(words, _must(Fact.AVAILABLE, Op.LE, (today + timedelta(days=days)).isoformat()))
        for words, days in choices
    ]
    return OpenQuestion(
        "start",
        _("By when must they be able to start?"),
        _("Some are free only in months. A date also makes the forecast on the project's page possible."),
        tuple(answers),
    )


def _about(requirement: Requirement, project: Project, pool: Known) -> Iterable[OpenQuestion]:
    """What a stated requirement itself leaves open."""
    fact = requirement.test.fact
    if fact is Fact.LANGUAGES and project.brief and not _LEVEL_SAID.search(project.brief):
        yield _language_level(requirement)
    if fact is Fact.LICENCES:
        if pool.jurisdictions and any(w.jurisdiction is None for w in requirement.test.wanted):
            yield _jurisdiction(requirement, pool.jurisdictions)
        if requirement.standing is None:
            yield _proof(requirement)


def _language_level(requirement: Requirement) -> OpenQuestion:
    codes = [code for code, _level in requirement.test.wanted]
    return OpenQuestion(
        f"level-{requirement.id}",
        _("How well must they have {languages}?").format(languages=_(" and ").join(codes)),
        _("The brief names a language and no level; the draft took one that is common."),
        tuple(
            Answer(level.value, _changed(requirement, value={code: level.value for code in codes}), requirement.id)
            for level in (Cefr.B1, Cefr.B2, Cefr.C1, Cefr.C2)
        ),
    )


def _jurisdiction(requirement: Requirement, places: Sequence[str]) -> OpenQuestion:
    wanted: tuple[WantedLicence, ...] = requirement.test.wanted
    names = ", ".join(w.name for w in wanted)

    def here(place: str) -> list[dict[str, str]]:
        return [{"name": w.name, "jurisdiction": w.jurisdiction or place} for w in wanted]

    return OpenQuestion(
        f"jurisdiction-{requirement.id}",
        _("Where must the licence ({names}) hold?").format(names=names),
        _("A licence counts where its register is. Without a place one from anywhere counts."),
        tuple(Answer(place, _changed(requirement, value=here(place)), requirement.id) for place in places),
    )


def _proof(requirement: Requirement) -> OpenQuestion:
    return OpenQuestion(
        f"proof-{requirement.id}",
        _("Is it enough that somebody says they have the licence?"),
        _("A profile only claims. A claim nobody checked then counts as no evidence, not as a no."),
        (
            Answer(_("Somebody has seen it"), _changed(requirement, standing=Standing.DOCUMENT_SEEN), requirement.id),
            Answer(
                _("Checked in the register"), _changed(requirement, standing=Standing.CHECKED_AT_SOURCE), requirement.id
            ),
        ),
    )


def _changed(requirement: Requirement, **changes: Any) -> Document:
    """The requirement with another value, as a document; its id stays, so that decisions go on pointing at it."""
    return {**requirement.model_dump(mode="json", exclude_none=True), **changes}


def _held(value: Any) -> tuple[Any, ...]:
    value = plain(value)
    return value if isinstance(value, tuple) else ()


def _rates(pool: Pool) -> tuple[tuple[float, str, str], ...]:
    column = pool.facts[Fact.RATE]
    counts = np.bincount(column.codes, minlength=len(column.values))
    amounts: dict[str, list[float]] = {}
    for rate, n in zip(map(plain, column.values), counts, strict=True):
        if rate is not None:
            amounts.setdefault(rate.currency, []).extend([rate.amount] * int(n))
    if not amounts:
        return ()
    currency, stated = max(amounts.items(), key=lambda pair: len(pair[1]))
    if len(stated) < ENOUGH_RATES:
        return ()
    half, most = (5.0 * float(np.ceil(np.quantile(stated, q) / 5)) for q in (0.5, 0.9))
    return ((half, currency, N_("half")), (most, currency, N_("nine in ten")))
