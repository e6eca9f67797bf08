"""A work sample as staff see it: the material with what was planted and what was marked, and the figures of code."""

from __future__ import annotations

from dataclasses import dataclass

from vetting.domain.rubric import FindFlaws, Question, WriteRubric
from vetting.domain.tongue import N_, _
from vetting.domain.transcript import Transcript
from vetting.domain.work_sample import Marked, is_work_sample, material
from vetting.domain.work_sample_scoring import (
    ChoiceScore,
    FlawScore,
    RubricScore,
    Score,
    StepScore,
    response_of,
    score,
)
from vetting.web.marks import Piece, Quoted, pieces

SEVERITIES = {
    1: N_("planted error, minor"),
    2: N_("planted error, serious"),
    3: N_("planted error, grave"),
}


@dataclass(frozen=True)
class Row:
    """One passage: what it was, what became of it, and why."""

    what: str
    words: str
    outcome: str
    good: bool
    why: str


@dataclass(frozen=True)
class SampleView:
    """`text` is cut at every planted or marked passage; a piece's names say which (flaw, decoy, mark)."""

    text: tuple[Piece, ...]
    rows: tuple[Row, ...]
    figures: tuple[tuple[str, str], ...]
    passed: bool | None


def sample_view(question: Question, transcript: Transcript) -> SampleView | None:
    """What staff see beside the answer; None for a question in words. `passed` is None without a response."""
    if not is_work_sample(question):
        return None
    response = response_of(question, transcript)
    figures = score(question, response) if response is not None else None
    rows = _rows(question, figures) if isinstance(question, FindFlaws) and isinstance(figures, FlawScore) else ()
    quoted = _quoted(question, response) if isinstance(question, FindFlaws) else ()
    told = _figures(figures) if figures else ()
    if isinstance(question, WriteRubric) and isinstance(figures, RubricScore):
        rows = tuple(
            Row(_("criterion"), c, _("hard to check"), False, _("vague, long or two things at once"))
            for c in figures.unclear
        )
    return SampleView(pieces(material(question), quoted), rows, told, figures.passed if figures else None)


def _quoted(question: FindFlaws, response: object) -> tuple[Quoted, ...]:
    text = question.material
    planted = [("flaw", f.span) for f in question.flaws] + [("decoy", d) for d in question.decoys]
    spans = [Quoted(kind, text.index(words), text.index(words) + len(words)) for kind, words in planted]
    marks = response.marks if isinstance(response, Marked) else ()
    return (*spans, *(Quoted("mark", m.start, m.end) for m in marks))


def _rows(question: FindFlaws, figures: FlawScore) -> tuple[Row, ...]:
    found = {flaw.id: mark for flaw, mark in figures.found}
    marked = {decoy: mark for decoy, mark in figures.decoys_marked}
    rows = [
        Row(
            _(SEVERITIES[flaw.severity]),
            flaw.span,
            _("found") if flaw.id in found else _("missed"),
            flaw.id in found,
            flaw.why,
        )
        for flaw in question.flaws
    ]
    for decoy in question.decoys:
        reason = marked[decoy].reason if decoy in marked else ""
        rows.append(
            Row(
                _("right, looks wrong"),
                decoy,
                _("marked") if decoy in marked else _("left alone"),
                decoy not in marked,
                reason,
            )
        )
    needless = [m for m in figures.false_alarms if m not in marked.values()]
    return (*rows, *(Row(_("right"), m.words, _("marked"), False, m.reason) for m in needless))


def _figures(figures: Score) -> tuple[tuple[str, str], ...]:
    match figures:
        case FlawScore():
            flaws = len(figures.found) + len(figures.missed)
            told = [
                (
                    _("found"),
                    _("{found} of {all}").format(found=len(figures.found), all=flaws)
                    if flaws
                    else _("nothing was planted"),
                )
            ]
            told += [(_("recall by severity"), f"{figures.recall:.2f}")] if figures.recall is not None else []
            told += [(_("precision"), f"{figures.precision:.2f}")] if figures.precision is not None else []
            told += [(_("marked without need"), str(len(figures.false_alarms)))]
            return (*told, ("d′", f"{figures.d_prime:.2f}")) if figures.d_prime is not None else tuple(told)
        case StepScore():
            return ((_("first wrong step"), _("named") if figures.right else _("not named")),)
        case ChoiceScore():
            return (
                (_("choice"), _("right") if figures.right else _("wrong")),
                (_("confidence"), f"{figures.confidence:.0%}"),
                (_("Brier score"), f"{figures.brier:.2f}"),
            )
        case RubricScore():
            told = [(_("atomic and checkable"), f"{figures.checkable:.0%}")]
            tau = _("orders nothing") if figures.tau is None else f"{figures.tau:.2f}"
            return (*told, (_("order of known answers, Kendall's tau by word coverage (a hint, not rated)"), tau))
