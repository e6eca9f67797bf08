"""The life of an entry of a shortlist: a pure state machine, who may take which step, and how states are counted.

proposed -> approved or declined (with a reason) -> invited -> accepted or turned down by the expert -> assigned, and
from there the work is rated. What a person decided can be taken back by a person until somebody else acted on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from vetting.domain.facts import Status
from vetting.domain.project import CONFLICT, Kind
from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, Conflict


class Shown(NamedTuple):
    """How many of the musts of an entry are shown; a conflict of interest that nobody declared is none of them."""

    met: int
    all: int

    @classmethod
    def of(cls, findings: Iterable[Mapping[str, Any]]) -> Shown:
        """Of the findings of an entry."""
        musts = [f for f in findings if f["kind"] == Kind.MUST and f["id"] != CONFLICT]
        return cls(sum(f["status"] == Status.MET for f in musts), len(musts))

    @property
    def nothing(self) -> bool:
        """Whether there are musts, and none is shown."""
        return self.all > 0 and self.met == 0

    @property
    def everything(self) -> bool:
        """Whether every must is shown."""
        return self.met == self.all > 0


def overtaken(ranked: Sequence[Shown]) -> tuple[int, int] | None:
    """Places (from 0) of the first who shows none of the musts and of the first after them who shows all, if any.

    The order is by fit, and what is not known of a must takes nobody down: with those who show all of them first,
    nDCG@10 fell from .63 to .51 (`vetting eval matching`, seed 1; .63 to .54 and .60 to .53 with seeds 2 and 3).
    """
    first = next((place for place, one in enumerate(ranked) if one.nothing), None)
    later = next((n for n, one in enumerate(ranked) if first is not None and n > first and one.everything), None)
    return None if first is None or later is None else (first, later)


class State(StrEnum):
    """Where an entry stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    INVITED = "invited"
    ACCEPTED = "accepted"
    TURNED_DOWN = "turned_down"
    ASSIGNED = "assigned"


class Step(StrEnum):
    """What somebody does to an entry. `decline` is the organisation's no, `turn_down` the expert's."""

    APPROVE = "approve"
    DECLINE = "decline"
    UNDO = "undo"
    INVITE = "invite"
    WITHDRAW = "withdraw"
    ACCEPT = "accept"
    TURN_DOWN = "turn_down"
    ASSIGN = "assign"
    RELEASE = "release"


class Side(StrEnum):
    """Who takes a step."""

    STAFF = "staff"
    EXPERT = "expert"


class Rule(NamedTuple):
    """From which states a step is possible, where it leads, and whose step it is."""

    before: frozenset[State]
    after: State
    side: Side = Side.STAFF


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


RULES: Mapping[Step, Rule] = {
    Step.APPROVE: Rule(_from(State.PROPOSED, State.APPROVED, State.DECLINED), State.APPROVED),
    Step.DECLINE: Rule(
        _from(State.PROPOSED, State.APPROVED, State.DECLINED, State.INVITED, State.ACCEPTED, State.TURNED_DOWN),
        State.DECLINED,
    ),
    Step.UNDO: Rule(_from(State.PROPOSED, State.APPROVED, State.DECLINED), State.PROPOSED),
    Step.INVITE: Rule(_from(State.APPROVED, State.INVITED, State.TURNED_DOWN), State.INVITED),
    Step.WITHDRAW: Rule(_from(State.INVITED), State.APPROVED),
    Step.ACCEPT: Rule(_from(State.INVITED), State.ACCEPTED, Side.EXPERT),
    Step.TURN_DOWN: Rule(_from(State.INVITED, State.ACCEPTED), State.TURNED_DOWN, Side.EXPERT),
    Step.ASSIGN: Rule(_from(State.ACCEPTED), State.ASSIGNED),
    Step.RELEASE: Rule(_from(State.ASSIGNED), State.ACCEPTED),
}

READY = frozenset({State.ACCEPTED, State.ASSIGNED})
"""Experts a project can count on."""

SHOWN_TO_CLIENTS = frozenset({State.APPROVED, State.INVITED, State.ACCEPTED, State.ASSIGNED})
"""Whom a client's link shows: those the project stands behind."""

RATED = frozenset({State.ASSIGNED})
"""States in which the work can be rated."""

WORDS: Mapping[State, str] = {
    State.PROPOSED: "proposed",
    State.APPROVED: "approved",
    State.DECLINED: "declined",
    State.INVITED: "invited",
    State.ACCEPTED: "accepted",
    State.TURNED_DOWN: "turned down",
    State.ASSIGNED: "assigned",
}
_WHY_NOT: Mapping[State, str] = {
    State.PROPOSED: N_("nobody has approved this expert yet"),
    State.APPROVED: N_("this expert is approved and has not been invited yet"),
    State.DECLINED: N_("this expert was declined"),
    State.INVITED: N_("this expert was invited and has not answered yet"),
    State.ACCEPTED: N_("this expert has accepted"),
    State.TURNED_DOWN: N_("this expert has turned the offer down"),
    State.ASSIGNED: N_("this expert is assigned"),
}


def advance(state: State, step: Step, *, by: Side, reason: str = "") -> State:
    """Where a step leads from here. Raises Conflict where it is not possible, BadInput for a decline without a reason.

    A step that leads to where the entry is already is allowed where a second click could send it.
    """
    rule = RULES[step]
    if by is not rule.side:
        raise Conflict(
            _("Only the {side} side can {step}.").format(side=rule.side.value, step=step.value.replace("_", " "))
        )
    if step is Step.DECLINE and not reason.strip():
        raise BadInput(_("reason: please say why this expert is declined."))
    if state not in rule.before:
        raise Conflict(_("This step is not possible now: {why}.").format(why=_(_WHY_NOT[state])))
    return rule.after


def possible(state: State, by: Side = Side.STAFF) -> tuple[Step, ...]:
    """The steps that change something from here, in the order they are shown."""
    return tuple(
        step for step, rule in RULES.items() if rule.side is by and state in rule.before and rule.after is not state
    )


def decision(state: State) -> str:
    """What the organisation decided about an entry in this state: proposed (nothing yet), approved or declined."""
    if state in (State.PROPOSED, State.DECLINED):
        return state.value
    return State.APPROVED.value
