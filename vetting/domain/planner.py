"""The next move of an interview, from the log alone: cores first, then what buys most certainty per minute.

Pure and seeded: the same log gives the same move, so a restart changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from vetting.domain.belief import Belief, Observation, believe, chance_stated, expected_variance, observations
from vetting.domain.defence import LANGUAGE, may_be_defended, planned_defence
from vetting.domain.interview import InterviewState, TurnState
from vetting.domain.interview_events import Finish
from vetting.domain.rubric import Competency, CoreForm, Probe, ProbeKind, Question, Rubric, RubricForm, Trigger
from vetting.domain.transcript import PromptKind, TurnStatus
from vetting.domain.verdict import Assessment, Verdict
from vetting.domain.work_sample import is_work_sample

MAX_PROBES = 2
PROBE_MINUTES = 1.0
SURE = 0.95
SHOWN_P = 0.5  # at or above: taken as shown, so not probed for again
SAID_ALREADY = 0.25  # largest chance of having been stated at which an indicator is still asked for
LEADS_AIMED = 9
"""Lead questions that follow-ups leave room for: about ten independent questions make a rating reliable."""
LEAST_FOLLOW_UPS = 0.5
"""Follow-ups per lead question that even a tight budget allows: an interview without any is a form."""
ENOUGH_DEFENCES = 3
"""Defences from which on none is built: one can be a bad minute, three are a way of answering, each takes a minute."""
BEST_FEW = 3
NEAR_BEST = 0.7


@dataclass(frozen=True)
class AskLead:
    """Ask a lead question of the pack."""

    question: Question


@dataclass(frozen=True)
class AskProbe:
    """Follow up on the current question.

    `planned` is the pack's probe whose trigger holds; None when only a language model could word one.
    """

    question: Question
    planned: Probe | None


@dataclass(frozen=True)
class AskDefence:
    """Have the candidate defend the answer to the current question, with the pack's own probe or one built from it."""

    question: Question
    planned: Probe | None


@dataclass(frozen=True)
class End:
    """Finish the interview."""

    reason: Finish


Move = AskLead | AskProbe | AskDefence | End


def belief_of(rubric: Rubric, state: InterviewState) -> Belief:
    """The belief that the steering assessments in the log support; what is withdrawn says nothing."""
    seen: dict[str, tuple[Observation, ...]] = {}
    for lead in _counting(state):
        question = rubric.question(lead.asked.question_id)
        assessment = state.assessments.get(question.id)
        if assessment is not None:
            seen[question.id] = observations(question, assessment.verdicts)
        elif lead.status is TurnStatus.SKIPPED and not lead.disputed:
            seen[question.id] = observations(question, (), skipped=True)
    return believe(rubric, seen)


def next_move(
    rubric: Rubric,
    state: InterviewState,
    belief: Belief,
    *,
    free_probes: bool = False,
    stop_when_sure: bool = True,
    defences: bool = True,
) -> Move:
    """What to do now. `free_probes`: a language model could word a probe that the pack has not planned.

    A question in `state.voided` is neither asked nor followed up, and takes no place among the questions.
    `defences` False: the one that is due could not be worded.
    `stop_when_sure` False asks on although the recommendation is decided: measurements need interviews of equal length.
    """
    if rubric.form is RubricForm.FIXED:
        return _next_fixed(rubric, state)
    if (probe := _follow_up(rubric, state, belief, free_probes, defences)) is not None:
        return probe
    core = _unasked_core(rubric, state)
    if core is not None:
        return AskLead(core)
    if (sample := _due_sample(rubric, state)) is not None:
        return AskLead(sample)
    if (reason := _stop(rubric, state, belief, stop_when_sure)) is not None:
        return End(reason)
    pool = _pool(rubric, state)
    affordable = [(c, q) for c, q in pool if _minutes(rubric, state) + q.minutes <= rubric.time_budget_minutes]
    if not affordable:
        return End(Finish.TIME_SPENT if pool else Finish.BANK_SPENT)
    return AskLead(_most_informative(affordable, state, belief))


def probe_aims(question: Question, state: InterviewState) -> tuple[str, ...]:
    """Targets a follow-up may still aim at: indicators not shown so far, misconceptions that were seen."""
    assessment = state.assessments.get(question.id)
    if assessment is None:
        return ()
    p = {v.target: v.p for v in assessment.verdicts}
    aimed = {t.asked.target for t in state.of_question(question.id)}
    wrong = [m.id for m in question.misconceptions if p.get(m.id, 0) >= SHOWN_P]
    missing = [i.id for i in question.indicators if p.get(i.id, 1) < SHOWN_P and not i.by_code]
    return tuple(target for target in (*wrong, *missing) if target not in aimed)


def remaining_questions(rubric: Rubric, state: InterviewState) -> int:
    """How many lead questions could still be asked within the bank of this form."""
    return len(_pool(rubric, state))


def _next_fixed(rubric: Rubric, state: InterviewState) -> Move:
    closed = {t.asked.question_id for t in state.turns} | state.voided
    following = next((q for q in rubric.questions() if q.id not in closed), None)
    return AskLead(following) if following else End(Finish.BANK_SPENT)


def holds_sample(rubric: Rubric, form: CoreForm | None, voided: frozenset[str] = frozenset()) -> bool:
    """Whether every interview of this form has room for a work sample after its cores, the withdrawn ones left out."""
    own = [q for c in rubric.competencies for q in c.questions if q.core in (None, form) and q.id not in voided]
    cores = [q for q in own if q.core is not None]
    left = rubric.time_budget_minutes - sum(q.minutes for q in cores)
    return any(
        is_work_sample(q) and (q.core is not None or (q.minutes <= left and len(cores) < rubric.max_questions))
        for q in own
    )


def _follow_up(
    rubric: Rubric, state: InterviewState, belief: Belief, free_probes: bool, defences: bool
) -> AskProbe | AskDefence | None:
    if not state.turns:
        return None
    last = state.turns[-1]
    question = rubric.question(last.asked.question_id)
    turns = state.of_question(question.id)
    probes = [t for t in turns if t.asked.kind is PromptKind.PROBE]
    if last.status is TurnStatus.SKIPPED or len(probes) >= MAX_PROBES or question.id in state.voided:
        return None
    if not _time_to_follow_up(rubric, state):
        return None
    used = {t.asked.probe_id for t in probes} | {t.asked.target for t in probes if t.asked.target}
    competency = rubric.competency_of(question.id).id
    planned = _triggered(question, competency, state.assessments.get(question.id), belief, used)
    if defences and (planned is None or planned.trigger is Trigger.ALWAYS or len(probes) == MAX_PROBES - 1):
        own = _own_defence(question, used)
        if _defence_due(rubric, state, question, built=own is None, free=free_probes):
            return AskDefence(question, own)
    if planned is not None:
        return AskProbe(question, planned)
    return AskProbe(question, None) if free_probes and probe_aims(question, state) else None


def _time_to_follow_up(rubric: Rubric, state: InterviewState) -> bool:
    """Whether the budget holds another follow-up beside what is still to be asked, and its turn has come.

    A new question tells about five times as much per minute as one more indicator of the same question, so follow-ups
    share the minutes that `LEADS_AIMED` questions leave, evenly over these.
    """
    if _minutes(rubric, state) + PROBE_MINUTES + _reserved(rubric, state) > rubric.time_budget_minutes:
        return False
    minutes = [q.minutes for c in rubric.competencies for q in _own_form(c, state)]
    aimed = min(LEADS_AIMED, rubric.max_questions, len(minutes))
    left = rubric.time_budget_minutes - aimed * sum(minutes) / len(minutes)
    share = max(left / aimed, LEAST_FOLLOW_UPS * PROBE_MINUTES)
    spent = sum(t.asked.planned_minutes for t in state.turns if t.asked.kind is PromptKind.PROBE)
    return spent < share * len(_counting(state))


def _own_defence(question: Question, used: set[str | None]) -> Probe | None:
    """The pack's standing probe that asks for a defence, if it was not asked yet."""
    return next(
        (p for p in question.probes if p.kind is ProbeKind.DEFEND and p.trigger is Trigger.ALWAYS and p.id not in used),
        None,
    )


def _defence_due(rubric: Rubric, state: InterviewState, question: Question, *, built: bool, free: bool) -> bool:
    """One per competency, of an answer that carries something; without an assessment only the pack's own can be asked.

    Built ones end when there are enough of them; without a language model they are in English.
    """
    asked = _defences(state)
    competency = rubric.competency_of(question.id).id
    if any(rubric.competency_of(t.asked.question_id).id == competency for t in asked):
        return False
    assessment = state.assessments.get(question.id)
    if not built:
        own = next(p.id for p in question.probes if p.kind is ProbeKind.DEFEND and p.trigger is Trigger.ALWAYS)
        return planned_defence(question, own) and (assessment is None or may_be_defended(question, assessment))
    wordable = free or rubric.language == LANGUAGE
    return wordable and len(asked) < ENOUGH_DEFENCES and may_be_defended(question, assessment)


def _reserved(rubric: Rubric, state: InterviewState) -> float:
    """Minutes that follow-ups leave for the cores to come and for the work sample, which nobody advances without."""
    form = state.started.form if state.started else None
    if not holds_sample(rubric, form, state.voided) or any(
        is_work_sample(rubric.question(t.asked.question_id)) for t in _counting(state)
    ):
        return 0.0
    left = [q for _, q in _pool(rubric, state)]
    cores = sum(q.minutes for q in left if q.core is not None and not is_work_sample(q))
    return cores + min((q.minutes for q in left if is_work_sample(q)), default=0.0)


def _triggered(
    question: Question, competency: str, assessment: Assessment | None, belief: Belief, used: set[str | None]
) -> Probe | None:
    """The planned probe to ask: a misconception first, then what most surely is missing, then vagueness, then the
    standing ones."""
    order = (Trigger.MISCONCEPTION, Trigger.MISSING, Trigger.VAGUE, Trigger.ALWAYS)
    verdicts = {v.target: v for v in assessment.verdicts} if assessment else None
    fresh = [p for p in question.probes if p.id not in used and (p.target is None or p.target not in used)]
    for trigger in order:
        due = [p for p in fresh if p.trigger is trigger and _holds(p, question, competency, verdicts, belief)]
        if due and trigger is Trigger.MISSING and verdicts:
            return min(due, key=lambda p: _chance_stated(question, competency, verdicts[p.target or ""], belief))
        if due:
            return due[0]
    return None


def _holds(
    probe: Probe, question: Question, competency: str, verdicts: Mapping[str, Verdict] | None, belief: Belief
) -> bool:
    target = (verdicts or {}).get(probe.target or "")
    match probe.trigger:
        case Trigger.ALWAYS:
            # Everybody meets the core of their form, and a work sample asks for its reasons; elsewhere a minute buys
            # more with another question.
            return question.core is not None or question.type != "answer"
        case Trigger.MISCONCEPTION:
            return target is not None and target.p >= SHOWN_P
        case Trigger.MISSING:
            return target is not None and _surely_missing(question, competency, target, belief)
        case Trigger.VAGUE:
            shown = sum(v.p >= SHOWN_P for i in question.indicators if (v := (verdicts or {}).get(i.id)))
            return verdicts is not None and shown * 3 < len(question.indicators)


def _surely_missing(question: Question, competency: str, verdict: Verdict, belief: Belief) -> bool:
    """Asking again for what was said annoys and is unfair: the rater's slips are counted, not its verdict alone."""
    return verdict.p < SHOWN_P and _chance_stated(question, competency, verdict, belief) <= SAID_ALREADY


def _chance_stated(question: Question, competency: str, verdict: Verdict, belief: Belief) -> float:
    level = next(i.level for i in question.indicators if i.id == verdict.target)
    return chance_stated(belief, competency, level, verdict.p)


def _unasked_core(rubric: Rubric, state: InterviewState) -> Question | None:
    form = state.started.form if state.started else None
    closed = {t.asked.question_id for t in state.turns} | state.voided
    cores = (q for c in rubric.competencies for q in c.questions if q.core == form)
    return next((q for q in cores if q.id not in closed), None)


def _due_sample(rubric: Rubric, state: InterviewState) -> Question | None:
    """The work sample that every interview has after its cores, where the pack holds one and the time allows it.

    Which one is drawn from the seed. It comes before stopping: what is done is harder to borrow than what is said.
    """
    leads = _counting(state)
    if len(leads) >= rubric.max_questions or any(is_work_sample(rubric.question(t.asked.question_id)) for t in leads):
        return None
    left = rubric.time_budget_minutes - _minutes(rubric, state)
    due = [q for _, q in _pool(rubric, state) if is_work_sample(q) and q.minutes <= left]
    seed = state.started.seed if state.started else 0
    return random.Random(f"{seed}:work sample").choice(due) if due else None


def _stop(rubric: Rubric, state: InterviewState, belief: Belief, stop_when_sure: bool) -> Finish | None:
    if len(_counting(state)) >= rubric.max_questions:
        return Finish.QUESTIONS_SPENT
    if _minutes(rubric, state) >= rubric.time_budget_minutes:
        return Finish.TIME_SPENT
    if not stop_when_sure:
        return None
    passing = belief.p_pass(rubric.cut.composite, rubric.cut.min_levels)
    # Nobody advances undefended: whoever is surely above the cut is asked on until an answer has been defended.
    decided = (passing >= SURE and bool(_defences(state))) or passing <= 1 - SURE
    return Finish.DECIDED if decided and _all_have_evidence(rubric, state) else None


def _all_have_evidence(rubric: Rubric, state: InterviewState) -> bool:
    """A decision without a quote in some competency would be no decision, so its questions come first."""
    backed = {q for q, a in state.assessments.items() if any(v.span for v in a.verdicts)} - state.voided
    asked = {t.asked.question_id for t in state.leads()}
    return all(
        any(q.id in backed for q in c.questions) or all(q.id in asked for q in _own_form(c, state))
        for c in rubric.competencies
    )


def _own_form(competency: Competency, state: InterviewState) -> list[Question]:
    """The questions of a competency that this form may use: the other form's core is kept for a retake."""
    form = state.started.form if state.started else None
    return [q for q in competency.questions if q.core in (None, form) and q.id not in state.voided]


def _defences(state: InterviewState) -> tuple[TurnState, ...]:
    """The turns in which an answer that still counts was to be defended."""
    return tuple(t for t in state.turns if t.asked.defence and t.asked.question_id not in state.voided)


def _counting(state: InterviewState) -> tuple[TurnState, ...]:
    """The lead turns whose question still counts."""
    return tuple(t for t in state.leads() if t.asked.question_id not in state.voided)


def _pool(rubric: Rubric, state: InterviewState) -> list[tuple[Competency, Question]]:
    asked = {t.asked.question_id for t in state.turns}
    return [(c, q) for c in rubric.competencies for q in _own_form(c, state) if q.id not in asked]


def _minutes(rubric: Rubric, state: InterviewState) -> float:
    """Planned minutes of what was asked so far; never a limit on thinking."""
    return sum(t.asked.planned_minutes for t in state.turns)


def _most_informative(pool: list[tuple[Competency, Question]], state: InterviewState, belief: Belief) -> Question:
    """One of the best few by expected loss of composite variance per minute; which one is drawn from the seed.

    The draw is exposure control: otherwise everybody would meet the same questions and they would be shared. What is
    as good as the last of the few is among them, or the order of the pack would decide who is ever met.
    """

    def worth(pair: tuple[Competency, Question]) -> float:
        competency, question = pair
        gain = belief.variance(competency.id) - expected_variance(belief, competency.id, question)
        return competency.weight**2 * gain / question.minutes

    worths = [worth(pair) for pair in pool]
    ranked = sorted(worths, reverse=True)
    least = max(NEAR_BEST * ranked[0], ranked[:BEST_FEW][-1]) * (1 - 1e-9)
    best = [pair for pair, value in zip(pool, worths, strict=True) if value >= least]
    seed = state.started.seed if state.started else 0
    return random.Random(f"{seed}:{len(state.turns)}").choice(best)[1]
