"""The embedded interviewer: the pack's own wording and a neutral transition. No language model."""

from __future__ import annotations

from vetting.domain.transcript import Turn, TurnStatus
from vetting.ports import ProbeAim, Proposal, ProposalRequest, Spoken

# Everyday words only: a word that is also in a key point of a pack would be refused as a hint.
AFTER_ANSWER = (
    "Thank you. Here is the next question.",
    "Thank you, let us go on.",
    "Thank you for your answer. Here is another question.",
    "Thanks. On to the next one.",
)
AFTER_SKIP = (
    "No problem. Here is the next question.",
    "No problem, let us go on.",
)
LANGUAGE = "en"


class EmbeddedInterviewer:
    """Asks what the planner planned, word for word (`Proposal.text` is None). Never fails, needs no time."""

    engine = "embedded"
    model = "structured"

    def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
        """The planned wording with its aim, or with a transition when it opens a new question; there at once."""
        if request.defence:
            return Proposal(self.engine, self.model)
        if request.aims:
            aim = _planned_aim(request)
            text = None if request.planned else aim.planned
            return Proposal(self.engine, self.model, text=text, target=aim.target, probe_id=aim.probe_id)
        return Proposal(self.engine, self.model, transition=transition(request))


def _planned_aim(request: ProposalRequest) -> ProbeAim:
    """The aim whose planned probe is the planned wording; else the first that has one; else the first."""
    aims = request.aims
    same = (a for a in aims if a.planned and a.planned == request.planned)
    return next(same, None) or next((a for a in aims if a.planned), aims[0])


def transition(request: ProposalRequest) -> str | None:
    """A sentence between two questions, by the number of the last turn; none before the first or in other languages."""
    last = last_closed(request.transcript.turns)
    if last is None or request.rubric.language != LANGUAGE:
        return None
    choices = AFTER_SKIP if last.status is TurnStatus.SKIPPED else AFTER_ANSWER
    return choices[last.number % len(choices)]


def last_closed(turns: tuple[Turn, ...]) -> Turn | None:
    """The last turn that was answered or skipped."""
    return next((t for t in reversed(turns) if t.status is not TurnStatus.OPEN), None)
