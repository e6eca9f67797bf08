"""A small rubric for tests of the domain, and the steps of an interview by hand."""

from datetime import UTC, datetime, timedelta

from vetting.domain.interview import decide
from vetting.domain.interview_events import AnswerAssessed, Entry, QuestionAsked, Start, SubmitAnswer
from vetting.domain.rubric import CoreForm, Rubric
from vetting.domain.transcript import PromptKind, Span
from vetting.domain.verdict import Assessment, Finding, RaterId, Verdict

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RATER = RaterId(engine="embedded", model="test")


def question(name: str, core: str | None = None) -> dict[str, object]:
    """A question with three indicators, a misconception and a probe for the middle one."""
    return {
        "id": name,
        "type": "answer",
        "core": core,
        "minutes": 3,
        "text": f"How does {name} behave when the queue fills?",
        "reference": "Loss is read as congestion and the window is halved.",
        "indicators": [
            {"id": f"{name}-easy", "statement": "Loss means the queue overflowed", "level": 2},
            {"id": f"{name}-middle", "statement": "The window is halved after loss", "level": 3},
            {"id": f"{name}-hard", "statement": "Delay rises before loss on deep buffers", "level": 5},
        ],
        "misconceptions": [
            {"id": f"{name}-wrong", "statement": "UDP slows down by itself", "correction": "It does not", "level": 2}
        ],
        "probes": [
            {
                "id": "p1",
                "trigger": "missing",
                "target": f"{name}-middle",
                "kind": "deepen",
                "text": "What would you see next?",
            }
        ],
    }


def rubric(**changes: object) -> Rubric:
    """Two competencies of four questions each: one core per form, two free ones."""
    competencies = [
        {
            "id": cid,
            "name": cid.title(),
            "definition": "d",
            "weight": 0.5,
            "anchors": {level: f"level {level}" for level in range(1, 6)},
            "questions": [
                question(f"{cid}-a", "A"),
                question(f"{cid}-b", "B"),
                question(f"{cid}-c"),
                question(f"{cid}-d"),
            ],
        }
        for cid in ("alpha", "beta")
    ]
    document = {
        "id": "test.pack",
        "version": "1.0.0",
        "title": "Test",
        "domain": "test",
        "summary": "s",
        "written_by": "us",
        "cut": {"composite": 3.5, "min_levels": {"alpha": 2.5}},
        "competencies": competencies,
        **changes,
    }
    return Rubric.model_validate(document)


def start(pack: Rubric, seed: int = 1, form: CoreForm = CoreForm.A) -> Start:
    """The command that begins an interview over a pack."""
    return Start(rubric_id=pack.id, rubric_sha=pack.sha256, form=form, seed=seed)


def later(minutes: int) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def asked(turn: int, question_id: str, kind: PromptKind = PromptKind.LEAD, **more: object) -> Entry:
    """A prompt put to the candidate."""
    event = QuestionAsked(
        turn=turn,
        kind=kind,
        question_id=question_id,
        engine="embedded",
        model="structured",
        planned_minutes=3,
        at=later(turn),
        **more,
    )
    return Entry(event=event, text=f"prompt {turn} on {question_id}")


def answered(log: tuple[Entry, ...], turn: int, text: str) -> tuple[Entry, ...]:
    """The log with an answer to the open turn."""
    from vetting.domain.interview import fold

    return (*log, *decide(fold(log), SubmitAnswer(turn=turn, text=text), later(turn)))


def assessed(turn: int, pack: Rubric, question_id: str, p: dict[str, float], length: int = 4) -> Entry:
    """Steering verdicts on a turn: target suffix -> probability."""
    verdicts = tuple(
        Verdict(
            question_id=question_id,
            target=f"{question_id}-{suffix}",
            finding=Finding.MET if value >= 0.5 else Finding.NOT_SHOWN,
            p=value,
            span=Span(turn, 0, length) if value >= 0.5 else None,
        )
        for suffix, value in p.items()
    )
    assessment = Assessment(
        question_id=question_id, turns=(turn,), rater=RATER, rubric_sha=pack.sha256, verdicts=verdicts
    )
    return Entry(event=AnswerAssessed(turn=turn, assessment=assessment, at=later(turn)))
