"""Simulated people answer as their skill says, whoever asks them and in whatever order."""

import math

import numpy as np

from vetting.domain.rubric import CoreForm, Question, Rubric
from vetting.domain.transcript import PromptKind
from vetting.domain.verdict import Finding, RaterId, RawAssessment, RawVerdict
from vetting.evals.intervals import rank_correlation
from vetting.evals.literal_rater import LiteralRater
from vetting.evals.phrases import PhraseBank, read_bank, spoken
from vetting.evals.reliability import answered_in_words
from vetting.evals.simulate import Mind, Person, Said, World, at_level, population
from vetting.evals.simulated_interview import Interview, Interviewer, restricted
from vetting.evals.styles import Style
from vetting.packs import load_rubric
from vetting.ports import RatingReply, RatingRequest

PACK: Rubric = answered_in_words(load_rubric("software.networking"))
BANK: PhraseBank = read_bank(PACK)
WORLD = World(3)
FIRST: Question = spoken(PACK)[0]


def person(theta: float, name: str = "somebody", style: Style = Style.PLAIN) -> Person:
    return Person(name, {c.id: theta for c in PACK.competencies}, style)


def talk(number: int, theta: float = 0.0, least: int = 0) -> Interview:
    mind = Mind(person(theta, f"p{number}"), PACK, BANK, WORLD)
    return Interviewer(PACK, LiteralRater(BANK)).interview(mind, CoreForm.A, number, least=least)


def test_the_same_seed_gives_the_same_words_and_another_seed_others() -> None:
    said = [Mind(person(0), PACK, BANK, World(seed)).lead(FIRST) for seed in (1, 1, 2)]
    assert said[0] == said[1]
    assert said[0].text != said[2].text


def test_a_person_answers_a_question_alike_whatever_was_asked_before() -> None:
    questions = spoken(PACK)
    fresh, asked = (Mind(person(0), PACK, BANK, WORLD) for _ in range(2))
    asked.lead(questions[4])
    assert fresh.lead(FIRST) == asked.lead(FIRST)


def test_statements_follow_the_logistic_of_true_skill_and_difficulty() -> None:
    world = World(5, question_sd=0.0, difficulty_sd=0.0, slope_sd=0.0)
    stated = total = expected = 0.0
    for number in range(150):
        said = Mind(person(0.0, f"p{number}"), PACK, BANK, world).lead(FIRST)
        stated += len(said.states)
        for indicator in FIRST.indicators:
            expected += 1 / (1 + math.exp(-world.a(FIRST, indicator) * (0.0 - world.b(FIRST, indicator))))
            total += 1
    assert abs(stated - expected) < 3 * math.sqrt(total) / 2


def test_what_is_stated_stands_in_the_answer_in_the_words_of_the_bank() -> None:
    said = Mind(person(1.5), PACK, BANK, WORLD).lead(FIRST)
    assert said.states
    for target in said.states:
        assert any(text in said.text for text in BANK.questions[FIRST.id].indicators[target])


def test_wrong_beliefs_are_voiced_by_the_weak_and_not_by_the_strong() -> None:
    def voiced(theta: float) -> int:
        minds = (Mind(person(theta, f"p{n}"), PACK, BANK, WORLD) for n in range(30))
        return sum(len(mind.lead(question).holds) for mind in minds for question in spoken(PACK)[:3])

    assert voiced(-2.0) > 20
    assert voiced(2.5) <= 6


def test_a_population_has_a_general_factor() -> None:
    people = population(PACK, WORLD, 400)
    theta = np.array([[p.theta[c.id] for c in PACK.competencies] for p in people])
    among = np.corrcoef(theta.T)[np.triu_indices(theta.shape[1], 1)]
    assert abs(theta.std() - 1) < 0.1
    assert 0.35 < among.mean() < 0.65


def test_length_says_little_about_skill() -> None:
    people = population(PACK, WORLD, 200)
    rows = []
    for p in people:
        mind = Mind(p, PACK, BANK, WORLD)
        rows.append(
            [np.mean(list(p.theta.values())), np.mean([len(mind.lead(q).text.split()) for q in spoken(PACK)[:6]])]
        )
    assert rank_correlation(np.array(rows)) <= 0.30


def test_an_interview_is_the_products_own_with_cores_first() -> None:
    interview = talk(1)
    leads = [t.question_id for t in interview.transcript.turns if t.kind is PromptKind.LEAD]
    cores = [q.id for q in PACK.questions() if q.core is CoreForm.A]
    assert leads[: len(cores)] == cores
    assert interview.final.minutes <= PACK.time_budget_minutes
    assert len(interview.views) == interview.ended + 1 == len(leads)


def test_an_interview_can_be_gone_on_with_and_keeps_where_the_product_would_have_stopped() -> None:
    short, long = talk(2), talk(2, least=14)
    assert long.ended == short.ended
    assert long.final == short.final
    assert len(long.views) >= 14 > len(short.views)
    assert long.questions() == short.questions()


def test_a_rater_that_never_errs_tells_the_strong_from_the_weak() -> None:
    levels = [talk(number, theta).final.composite.level for number, theta in enumerate((-1.5, -1.5, 1.5, 1.5))]
    assert max(levels[:2]) + 1 < min(levels[2:])


def test_a_literal_rater_finds_what_was_said_and_errs_as_often_as_it_is_told() -> None:
    interview = talk(3, 0.5)
    by = Interviewer(PACK, LiteralRater(BANK, slip=0.1, guess=0.1, seed=4))
    wrong = total = 0
    for question_id in interview.questions():
        question = PACK.question(question_id)
        states = interview.states(question_id)
        for verdict in interview.assessments[question_id].verdicts:
            if verdict.target in {i.id for i in question.indicators}:
                assert (verdict.p > 0.5) == (verdict.target in states)
        noisy = by.rate(question, interview.transcript).verdicts
        wrong += sum(
            (v.p > 0.5) != (v.target in states) for v in noisy if v.target in {i.id for i in question.indicators}
        )
        total += len(question.indicators)
    assert 0 < wrong < 0.3 * total


def test_people_at_a_level_stand_there_in_every_competency() -> None:
    assert {t for p in at_level(PACK, 6, -1.2, "low") for t in p.theta.values()} == {-1.2}


def test_a_part_of_a_pack_has_no_other_questions() -> None:
    part = restricted(PACK, lambda question: question.core is not None)
    assert {q.core for q in part.questions()} == {CoreForm.A, CoreForm.B}
    assert part.max_questions > PACK.max_questions


class Curt(Mind):
    """Says yes to everything."""

    def lead(self, question: Question) -> Said:
        self.asked[question.id] = Said("Yes, certainly so.")
        return self.asked[question.id]


class Believing:
    """Takes every answer for all that the question looks for."""

    id = RaterId(engine="literal", model="believing")

    def rate(self, request: RatingRequest) -> RatingReply:
        quote = request.transcript.turns[-1].answer
        met = (RawVerdict(target=i.id, finding=Finding.MET, p=0.95, quote=quote) for i in request.question.indicators)
        return RatingReply(RawAssessment(verdicts=tuple(met)))


def test_an_interview_ends_where_its_last_answer_offers_nothing_to_defend() -> None:
    plain = FIRST.model_copy(update={"probes": ()})
    one = restricted(PACK, lambda question: question.id == FIRST.id)
    first = one.competencies[0].model_copy(update={"questions": (plain,)})
    one = one.model_copy(update={"competencies": (first, *one.competencies[1:])})
    mind = Curt(person(0), PACK, BANK, WORLD)
    found = Interviewer(one, Believing(), PACK).interview(mind, FIRST.core or CoreForm.A, 1, least=3)
    assert [p.said.text for p in found.prompts] == ["Yes, certainly so."]
    assert found.ended == 0
