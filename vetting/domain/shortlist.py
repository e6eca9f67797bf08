"""The life of an entry of a shortlist: a pure state machine, who may take which step, and how states are counted.

proposed -> approved or declined (with a reason) -> invited -> accepted or turned down by the expert -> assigned, and
from there the work is rated. What a person decided can be taken back by a person until somebody else acted on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from vetting.domain.tongue import N_, _
from vetting.errors import BadInput, Conflict


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
