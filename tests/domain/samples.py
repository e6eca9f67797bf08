"""Small work samples of every type, and a pack that holds them."""

from typing import Any

from pydantic import TypeAdapter

from tests.domain.packs import rubric as small_rubric
from vetting.domain.rubric import Question, Rubric
from vetting.domain.transcript import PromptKind, Transcript, Turn, TurnStatus

MATERIAL = (
    "Loss fills no queue. The window is halved after a loss. A buffer of 500 kB holds 40 ms at ten megabit. "
    "CoDel goes by the number of bytes. Routers tell the sender its rate. Acknowledgements share the uplink. "
    "A shaper runs below the line rate."
)
FLAWS = {
    "delay": ("holds 40 ms at ten megabit", 2),
    "codel": ("goes by the number of bytes", 1),
    "routers": ("Routers tell the sender its rate", 3),
}
DECOY = "Acknowledgements share the uplink"
RIGHT = (
    f'[mark "{FLAWS["delay"][0]}"] It holds four hundred milliseconds.\n'
    f'[mark "{FLAWS["codel"][0]}"] By waiting time.\n'
    f'[mark "{FLAWS["routers"][0]}"]\n'
    "[the rest is right]"
)


def base(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    """What every sample has, with one indicator that only words can show."""
    indicators = [*fields.pop("indicators"), {"id": f"{name}-words", "statement": "The buffer empties", "level": 3}]
    common = {"id": name, "type": kind, "minutes": 4, "text": "What is wrong?", "reference": "See the flaws."}
    return {**common, "indicators": indicators, **fields}


def flaws(name: str = "flaws", *, clean: bool = False) -> dict[str, Any]:
    """find_flaws with three errors and a decoy; the clean one has the decoy only."""
    planted = {} if clean else FLAWS
    return base(
        name,
        "find_flaws",
        material=MATERIAL,
        flaws=[{"id": f, "span": s, "severity": n, "why": "It is wrong"} for f, (s, n) in planted.items()],
        decoys=[DECOY],
        indicators=[
            *({"id": f"{name}-{f}", "statement": f"Finds {f}", "level": 3, "flaw": f} for f in planted),
            {"id": f"{name}-spares", "statement": "Spares the uplink", "level": 3, "spares": DECOY},
        ],
    )


def steps(name: str = "steps") -> dict[str, Any]:
    """first_wrong_step whose third step is wrong."""
    told = [{"id": f"{name}-right", "statement": "Names the third step", "level": 3, "outcome": "step"}]
    lines = ["4 Mbit are sent.", "The line does 10 Mbit/s.", "So it takes 4 s.", "The call waits 4 s."]
    return base(name, "first_wrong_step", steps=lines, wrong_step=3, indicators=told)


def comparison(name: str = "choice") -> dict[str, Any]:
    """compare, where the second answer is the better one."""
    told = [{"id": f"{name}-right", "statement": "Chooses the second", "level": 3, "outcome": "choice"}]
    both = {"first": "A larger buffer helps.", "second": "A larger buffer adds delay."}
    return base(name, "compare", **both, better="second", indicators=told)


def rubric_task(name: str = "criteria") -> dict[str, Any]:
    """write_rubric over four answers that name more and more of the cause."""
    told = [{"id": f"{name}-checkable", "statement": "Criteria can be checked", "level": 3, "outcome": "checkable"}]
    texts = [
        "It is slow.",
        "The buffer is full.",
        "The buffer is full and adds delay.",
        "The full buffer adds delay; the window is halved after loss.",
    ]
    graded = [{"id": f"a{n}", "text": text, "quality": n} for n, text in enumerate(texts)]
    return base(name, "write_rubric", task="Why do calls stutter?", answers=graded, indicators=told)


def question(document: dict[str, Any]) -> Any:
    """A question from its document."""
    return TypeAdapter(Question).validate_python(document)


def pack(*samples: dict[str, Any]) -> Rubric:
    """The small rubric with work samples in its second competency."""
    document = small_rubric().model_dump(mode="json")
    document["competencies"][1]["questions"] += list(samples)
    return Rubric.model_validate(document)


def said(name: str, answer: str | None, probe: str | None = None) -> Transcript:
    """A transcript with the answer to a sample, and to a follow-up."""
    texts = [(PromptKind.LEAD, answer), *([(PromptKind.PROBE, probe)] if probe else [])]
    return Transcript(
        turns=tuple(
            Turn(number=n, kind=kind, question_id=name, prompt="?", status=TurnStatus.ANSWERED, answer=text)
            for n, (kind, text) in enumerate(texts, start=1)
        )
    )
