"""The next move follows from the log: cores, probes, information, stopping."""

from collections import Counter

from tests.domain import samples
from tests.domain.packs import NOON, answered, asked, assessed, question, rubric, start
from vetting.domain.interview import InterviewState, decide, fold
from vetting.domain.interview_events import Entry, Finish, SkipTurn
from vetting.domain.planner import (
    ENOUGH_DEFENCES,
    AskDefence,
    AskLead,
    AskProbe,
    End,
    belief_of,
    holds_sample,
    next_move,
    probe_aims,
)
from vetting.domain.rubric import CoreForm, Rubric
from vetting.domain.transcript import DefenceKind, PromptKind

PACK = rubric()
NOTHING = {"easy": 0.1, "middle": 0.1, "hard": 0.1, "wrong": 0.05}
ALL = {"easy": 0.95, "middle": 0.95, "hard": 0.95, "wrong": 0.05}


def begun(form: CoreForm = CoreForm.A, seed: int = 1) -> tuple[Entry, ...]:
    return decide(InterviewState(), start(PACK, seed, form), NOON)


def move(log: tuple[Entry, ...], pack: Rubric = PACK, *, defences: bool = False, **options: bool):  # type: ignore[no-untyped-def]  # union read off below
    """The next move, where nothing else is said without defences, which have tests of their own."""
    state = fold(log)
    return next_move(pack, state, belief_of(pack, state), defences=defences, **options)


def turn(log: tuple[Entry, ...], question_id: str, p: dict[str, float], pack: Rubric = PACK) -> tuple[Entry, ...]:
    """Ask, answer and assess one lead question."""
    number = len(fold(log).turns) + 1
    log = answered((*log, asked(number, question_id)), number, "some words here")
    return (*log, assessed(number, pack, question_id, p))


def defended(
    log: tuple[Entry, ...], question_id: str, pack: Rubric = PACK, p: dict[str, float] = ALL
) -> tuple[Entry, ...]:
    """Ask for a defence of the last answer, and have it answered and assessed."""
    number = len(fold(log).turns) + 1
    probe = asked(number, question_id, PromptKind.PROBE, defence=DefenceKind.CASE)
    log = answered((*log, probe), number, "a case I had")
    return (*log, assessed(number, pack, question_id, p))


def test_every_competency_is_asked_its_core_question_of_the_form_first() -> None:
    log = begun(CoreForm.B)
    for expected in ("alpha-b", "beta-b"):
        step = move(log)
        assert isinstance(step, AskLead) and step.question.id == expected
        log = turn(log, expected, ALL)


def test_a_missing_indicator_gets_its_planned_probe_and_a_shown_one_none() -> None:
    log = begun()
    for name in ("alpha-a", "beta-a", "alpha-c", "beta-c", "alpha-d"):
        log = turn(log, name, NOTHING)
    step = move(log)
    assert isinstance(step, AskProbe) and step.planned is not None and step.planned.id == "p1"
    assert isinstance(move(turn(begun(), "alpha-a", ALL)), AskLead)


def test_nobody_is_asked_again_for_what_the_rater_may_only_have_overlooked() -> None:
    """Somebody who shows all else has probably stated this too: the rater's slips are counted."""
    assert isinstance(move(turn(begun(), "alpha-a", {**ALL, "middle": 0.2})), AskLead)


def test_a_probe_is_not_asked_twice_nor_after_a_skip() -> None:
    log = turn(begun(), "alpha-a", NOTHING)
    log = answered((*log, asked(2, "alpha-a", PromptKind.PROBE, probe_id="p1", target="alpha-a-middle")), 2, "hm")
    assert isinstance(move((*log, assessed(2, PACK, "alpha-a", NOTHING))), AskLead)
    opened = (*begun(), asked(1, "alpha-a"))
    skipped = (*opened, *decide(fold(opened), SkipTurn(turn=1), NOON))
    assert isinstance(move(skipped, free_probes=True), AskLead)


def test_a_model_may_probe_beyond_the_plan_but_only_for_what_is_not_shown() -> None:
    log = turn(begun(), "alpha-a", {**ALL, "hard": 0.1})
    assert isinstance(move(log), AskLead)
    step = move(log, free_probes=True)
    assert isinstance(step, AskProbe) and step.planned is None
    assert probe_aims(PACK.question("alpha-a"), fold(log)) == ("alpha-a-hard",)


def test_of_what_is_missing_that_is_asked_for_which_most_surely_was_not_said() -> None:
    document = PACK.model_dump(mode="json")
    probes = document["competencies"][0]["questions"][0]["probes"]
    probes.append({**probes[0], "id": "p9", "target": "alpha-a-hard"})
    pack = Rubric.model_validate(document)
    log = begun()
    for name in ("alpha-c", "beta-c", "alpha-d", "beta-d"):
        log = turn(log, name, NOTHING, pack)
    step = move(turn(log, "alpha-a", NOTHING, pack), pack)
    assert isinstance(step, AskProbe) and step.planned is not None and step.planned.id == "p9"


def test_follow_ups_share_the_minutes_that_the_questions_leave() -> None:
    """Every question opens room for the same share: none left after one, more after the next."""
    tight = PACK.model_copy(update={"time_budget_minutes": 30.0})
    log = turn(begun(), "alpha-a", NOTHING, tight)
    log = answered((*log, asked(2, "alpha-a", PromptKind.PROBE, target="alpha-a-hard")), 2, "hm")
    log = (*log, assessed(2, tight, "alpha-a", NOTHING))
    assert isinstance(move(log, tight, free_probes=True), AskLead)
    assert isinstance(move(log, free_probes=True), AskProbe)
    log = turn(turn(log, "beta-a", NOTHING, tight), "alpha-c", NOTHING, tight)
    assert isinstance(move(log, tight, free_probes=True), AskProbe)


def test_there_are_at_most_two_probes_per_question() -> None:
    log = turn(begun(), "alpha-a", NOTHING)
    for number, target in ((2, "alpha-a-middle"), (3, "alpha-a-hard")):
        log = answered((*log, asked(number, "alpha-a", PromptKind.PROBE, target=target)), number, "hm")
        log = (*log, assessed(number, PACK, "alpha-a", NOTHING))
    assert isinstance(move(log, free_probes=True), AskLead)


def test_the_other_forms_core_is_kept_for_a_retake() -> None:
    log = turn(turn(begun(), "alpha-a", {**ALL, "hard": 0.4}), "beta-a", {**ALL, "hard": 0.4})
    for _ in range(4):
        step = move(log)
        if isinstance(step, End):
            break
        assert isinstance(step, AskLead) and not step.question.id.endswith("-b")
        log = turn(log, step.question.id, {**ALL, "hard": 0.4})


def test_the_interview_stops_when_the_side_of_the_cut_is_sure() -> None:
    log = begun()
    for name in ("alpha-a", "beta-a", "alpha-c", "beta-c"):
        log = turn(log, name, ALL)
    assert isinstance(move(log), AskLead), "nobody advances undefended, so it goes on"
    step = move(defended(log, "beta-c"))
    assert isinstance(step, End) and step.reason is Finish.DECIDED


def test_it_does_not_stop_as_decided_while_a_competency_has_no_quote() -> None:
    log = turn(turn(begun(), "alpha-a", NOTHING), "beta-a", NOTHING)
    step = move(log)
    while isinstance(step, AskProbe):
        number = len(fold(log).turns) + 1
        kind = PromptKind.PROBE
        log = answered(
            (*log, asked(number, step.question.id, kind, probe_id="p1", target=step.planned.target)), number, "?"
        )
        log = (*log, assessed(number, PACK, step.question.id, NOTHING))
        step = move(log)
    assert isinstance(step, AskLead)


def test_questions_and_time_are_budgets() -> None:
    few = rubric(max_questions=2)
    log = turn(turn(begun(), "alpha-a", {**ALL, "hard": 0.5}, few), "beta-a", {"easy": 0.9, "middle": 0.6}, few)
    step = move(log, few)
    assert isinstance(step, End) and step.reason is Finish.QUESTIONS_SPENT
    short = rubric(time_budget_minutes=7)
    log = turn(
        turn(begun(), "alpha-a", {"easy": 0.9, "middle": 0.6}, short), "beta-a", {"easy": 0.9, "middle": 0.6}, short
    )
    step = move(log, short)
    assert isinstance(step, End) and step.reason is Finish.TIME_SPENT


def test_the_same_log_gives_the_same_move_and_seeds_spread_the_choice() -> None:
    middling = {"easy": 0.9, "middle": 0.6, "hard": 0.4}
    chosen = set()
    for seed in range(12):
        log = turn(turn(begun(seed=seed), "alpha-a", middling), "beta-a", middling)
        first, again = move(log), move(log)
        assert isinstance(first, AskLead) and first == again
        chosen.add(first.question.id)
    assert len(chosen) > 1


def test_a_fixed_form_asks_every_question_once_in_file_order_without_probes() -> None:
    fixed = rubric(form="fixed", max_questions=3)
    log = begun()
    order = []
    while isinstance(step := move(log, fixed, free_probes=True), AskLead):
        order.append(step.question.id)
        log = turn(log, step.question.id, NOTHING, fixed)
    assert order == [q.id for q in fixed.questions()]
    assert isinstance(step, End) and step.reason is Finish.BANK_SPENT


def test_a_work_sample_follows_the_cores_even_when_the_decision_is_sure_and_is_drawn_from_the_seed() -> None:
    pack = samples.pack(samples.flaws("one"), samples.flaws("two"))
    drawn = set()
    for seed in range(8):
        log = turn(turn(decide(InterviewState(), start(pack, seed), NOON), "alpha-a", ALL, pack), "beta-a", ALL, pack)
        step = move(log, pack)
        assert isinstance(step, AskLead) and step == move(log, pack)
        drawn.add(step.question.id)
        after = turn(log, step.question.id, {}, pack)
        state = fold(after)
        assert sum(t.asked.question_id in ("one", "two") for t in state.leads()) == 1
        following = move(after, pack)
        assert not (isinstance(following, AskLead) and following.question.id in ("one", "two"))
    assert drawn == {"one", "two"}


def test_no_work_sample_is_asked_where_its_minutes_are_not_left() -> None:
    pack = samples.pack(samples.flaws("one")).model_copy(update={"time_budget_minutes": 9.0})
    log = turn(turn(decide(InterviewState(), start(pack), NOON), "alpha-a", ALL, pack), "beta-a", ALL, pack)
    assert not (isinstance(step := move(log, pack), AskLead) and step.question.id == "one")


def test_what_can_no_longer_be_marked_is_not_probed_for() -> None:
    pack = samples.pack(samples.flaws("one"))
    nothing = {"delay": 0.05, "codel": 0.05, "routers": 0.05, "spares": 0.1, "words": 0.1}
    log = turn(begun(), "one", nothing, pack)
    assert probe_aims(pack.question("one"), fold(log)) == ("one-words",)


EXPOSURE = 0.12
"""Share of interviews by which one question may be met more often than another that would tell as much."""


def with_equal_questions(free: int) -> Rubric:
    """The small pack with so many free questions per competency, all alike."""
    document = rubric(max_questions=7, time_budget_minutes=200).model_dump(mode="json")
    for competency in document["competencies"]:
        cores = [q for q in competency["questions"] if q["core"]]
        competency["questions"] = [*cores, *(question(f"{competency['id']}-f{n}") for n in range(free))]
    return Rubric.model_validate(document)


def test_of_questions_that_tell_as_much_none_is_met_much_more_often_than_another() -> None:
    pack, seeds = with_equal_questions(5), 240
    met: Counter[str] = Counter()
    for seed in range(seeds):
        log = decide(InterviewState(), start(pack, seed), NOON)
        while isinstance(step := move(log, pack, stop_when_sure=False), AskLead):
            met[step.question.id] += 1
            log = turn(log, step.question.id, {"easy": 0.9, "middle": 0.6, "hard": 0.4}, pack)
    for competency in pack.competencies:
        rates = [met[q.id] / seeds for q in competency.questions if q.core is None]
        assert min(rates) > 0 and max(rates) - min(rates) <= EXPOSURE, rates


def withdrawn(log: tuple[Entry, ...], *questions: str) -> InterviewState:
    return fold(log).model_copy(update={"voided": frozenset(questions)})


def without_asking(log: tuple[Entry, ...], *questions: str):  # type: ignore[no-untyped-def]  # as `move`
    state = withdrawn(log, *questions)
    return next_move(PACK, state, belief_of(PACK, state), defences=False)


def test_a_withdrawn_question_is_never_asked_whatever_its_place() -> None:
    for form in (CoreForm.A, CoreForm.B):
        core = f"alpha-{form.value.lower()}"
        log = begun(form)
        while isinstance(step := without_asking(log, core, "beta-c"), AskLead):
            assert step.question.id not in (core, "beta-c")
            log = turn(log, step.question.id, {**ALL, "hard": 0.4})
    fixed, log = rubric(form="fixed"), begun()
    state = withdrawn(log, "alpha-a")
    assert next_move(fixed, state, belief_of(fixed, state)) == AskLead(fixed.question("alpha-b"))


def test_what_was_said_to_a_question_withdrawn_later_steers_nothing_and_takes_no_place() -> None:
    few = rubric(max_questions=2)
    log = turn(turn(begun(), "alpha-a", NOTHING, few), "beta-a", {**ALL, "hard": 0.4}, few)
    state = withdrawn(log, "alpha-a")
    step = next_move(few, state, belief_of(few, state), defences=False)
    assert isinstance(step, AskLead) and step.question.id.startswith("alpha-")
    without = fold(turn(begun(), "beta-a", {**ALL, "hard": 0.4}, few))
    assert belief_of(few, state).level("alpha") == belief_of(few, without).level("alpha")
    state = withdrawn(turn(begun(), "alpha-a", NOTHING), "alpha-a")
    assert isinstance(next_move(PACK, state, belief_of(PACK, state)), AskLead)


def test_a_defence_of_an_answer_to_a_question_withdrawn_later_is_none() -> None:
    log = defended(turn(begun(), "alpha-a", ALL), "alpha-a")
    log = turn(log, "alpha-c", ALL)
    assert not isinstance(next_move(PACK, fold(log), belief_of(PACK, fold(log))), AskDefence)
    state = withdrawn(log, "alpha-a")
    step = next_move(PACK, state, belief_of(PACK, state))
    assert isinstance(step, AskDefence) and step.question.id == "alpha-c"


def test_an_answer_that_shows_something_is_to_be_defended_once_per_competency() -> None:
    log = turn(begun(), "alpha-a", ALL)
    step = move(log, defences=True)
    assert isinstance(step, AskDefence) and step.question.id == "alpha-a" and step.planned is None
    log = turn(defended(log, "alpha-a"), "alpha-c", ALL)
    assert not isinstance(move(log, defences=True), AskDefence), "alpha has been defended"
    assert isinstance(move(turn(log, "beta-a", ALL), defences=True), AskDefence)


def test_what_shows_nothing_is_not_to_be_defended() -> None:
    assert not isinstance(move(turn(begun(), "alpha-a", NOTHING), defences=True), AskDefence)
    opened = (*begun(), asked(1, "alpha-a"))
    skipped = (*opened, *decide(fold(opened), SkipTurn(turn=1), NOON))
    assert isinstance(move(skipped, defences=True), AskLead)


def test_what_is_missing_is_asked_for_first_and_the_last_follow_up_is_the_defence() -> None:
    partly = {"easy": 0.6, "middle": 0.02, "hard": 0.1, "wrong": 0.05}
    log = turn(begun(), "alpha-a", partly)
    step = move(log, defences=True)
    assert isinstance(step, AskProbe) and step.planned is not None
    log = answered((*log, asked(2, "alpha-a", PromptKind.PROBE, probe_id="p1", target="alpha-a-middle")), 2, "hm")
    assert isinstance(move((*log, assessed(2, PACK, "alpha-a", partly)), defences=True), AskDefence)


def test_the_packs_own_probe_for_a_defence_comes_first() -> None:
    document = PACK.model_dump(mode="json")
    for competency in document["competencies"]:
        for lead in competency["questions"]:
            own = {"id": "own", "trigger": "always", "kind": "defend", "text": "Who disagrees, and why are they wrong?"}
            lead["probes"].append(own)
    pack = Rubric.model_validate(document)
    step = move(turn(begun(), "alpha-a", ALL, pack), pack, defences=True)
    assert isinstance(step, AskDefence) and step.planned is not None and step.planned.id == "own"


def test_defences_built_from_an_answer_end_when_there_are_enough() -> None:
    names = [f"c{n}" for n in range(ENOUGH_DEFENCES + 1)]
    one = rubric().model_dump(mode="json")["competencies"][0]
    competencies = []
    for name in names:
        lead = {**one["questions"][0], "id": f"{name}-a", "misconceptions": [], "probes": []}
        lead["indicators"] = [{**i, "id": i["id"].replace("alpha-a", lead["id"])} for i in lead["indicators"]]
        competencies.append({**one, "id": name, "weight": 1 / len(names), "questions": [lead]})
    pack = rubric(competencies=competencies, cut={"composite": 3.5})
    log = decide(InterviewState(), start(pack), NOON)
    for name in names[:-1]:
        log = turn(log, f"{name}-a", ALL, pack)
        assert isinstance(move(log, pack, defences=True), AskDefence)
        log = defended(log, f"{name}-a", pack)
    assert not isinstance(move(turn(log, f"{names[-1]}-a", ALL, pack), pack, defences=True), AskDefence)


def test_a_fixed_form_asks_for_no_defence() -> None:
    fixed = rubric(form="fixed")
    assert isinstance(move(turn(begun(), "alpha-a", ALL, fixed), fixed, defences=True), AskLead)


def test_follow_ups_leave_the_minutes_that_the_work_sample_needs() -> None:
    pack = samples.pack(samples.flaws("one"))
    assert holds_sample(pack, CoreForm.A)
    tight = pack.model_copy(update={"time_budget_minutes": 10.0})
    log = turn(decide(InterviewState(), start(tight), NOON), "alpha-a", ALL, tight)
    assert isinstance(move(log, tight, defences=True), AskLead)
    roomy = pack.model_copy(update={"time_budget_minutes": 14.0})
    assert isinstance(move(log, roomy, defences=True), AskDefence)


def test_a_pack_whose_cores_fill_the_time_holds_no_work_sample() -> None:
    pack = samples.pack(samples.flaws("one"))
    assert not holds_sample(pack.model_copy(update={"time_budget_minutes": 7.0}), CoreForm.A)
    assert not holds_sample(pack.model_copy(update={"max_questions": 2}), CoreForm.A)
    assert not holds_sample(PACK, CoreForm.A)
    assert not holds_sample(pack, CoreForm.A, frozenset({"one"}))
