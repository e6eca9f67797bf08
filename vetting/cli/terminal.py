"""An interview in the terminal."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import Any

import yaml

from vetting.db.engine import reading
from vetting.db.log import load
from vetting.domain.interview_events import FinishNow, Rephrase, SubmitAnswer
from vetting.domain.rubric import Compare, CoreForm, FindFlaws, FirstWrongStep, Rubric, WorkSample, WriteRubric
from vetting.domain.transcript import PromptKind
from vetting.domain.work_sample import from_short, is_work_sample, material, units
from vetting.errors import BadInput
from vetting.services import demo, interviews, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context

SHOWN = 10
"""How many wrong ids are named."""
HELP = "Type your answer and end it with an empty line.  /skip  /another (ask it another way)  /finish"


def load_answers(path: Path) -> demo.Script:
    """Prepared answers from a YAML file. Raises BadInput naming the file and line."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise BadInput(f"{path}{line}: not valid YAML: {getattr(error, 'problem', error)}.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not a text file in UTF-8.") from None
    return demo.read_script(document, str(path))


def check_questions(script: demo.Script, pack: Rubric, source: Path) -> None:
    """Refuse answers to questions the pack does not have: they would be left out in silence. Raises BadInput."""
    known = [question.id for question in pack.questions()]
    unknown = [str(name) for name in script.by_question if name not in known]
    if unknown:
        near = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.5) for name in unknown}
        named = [f"'{name}'" + (f" (perhaps {near[name][0]})" if near[name] else "") for name in unknown[:SHOWN]]
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        raise BadInput(f"{source}: {pack.id} has no question {', '.join(named)}{more}.")


def interview(ctx: Context, pack: Rubric, name: str, script: demo.Script | None) -> dict[str, Any]:
    """Interview a person to the end; returns one element of the demo's `interviews`.

    Where a language model should have asked and the structured interviewer did, it has `notes` too, which say why.
    """
    version = rubrics.install(ctx, pack)
    candidate_id = create_candidate(ctx, name=name)
    interview_id = demo.start_interview(ctx, candidate_id, version, seed=1, form=CoreForm.A)
    if script is None:
        _converse(ctx, interview_id)
    else:
        demo.take(ctx, interview_id, script)
        print(f"skipped prompts: {script.skipped}; answers ran out: {'yes' if script.ended else 'no'}", file=sys.stderr)
    demo.finished(ctx, interview_id)
    notes = _took_over(ctx, interview_id)
    if notes:
        print(" ".join(notes), file=sys.stderr)
    return demo.interview_document(ctx, interview_id) | ({"notes": notes} if notes else {})


def _took_over(ctx: Context, interview_id: int) -> list[str]:
    """A sentence for each reason why the structured interviewer asked instead of the language model."""
    with reading(ctx.engine) as session:
        turns = load(session, ctx.org, interview_id).state.turns
    by_reason: dict[str, list[str]] = {}
    for turn in turns:
        if turn.asked.fallback:
            by_reason.setdefault(turn.asked.fallback, []).append(str(turn.asked.turn))
    return [
        f"In turn{'s' * (len(numbers) > 1)} {', '.join(numbers)} the structured interviewer went on instead of the "
        f"language model: {reason.rstrip('.')}."
        for reason, numbers in by_reason.items()
    ]


def _converse(ctx: Context, interview_id: int) -> None:
    print(f"{HELP}\n", file=sys.stderr)
    while True:
        with reading(ctx.engine) as session:
            log = load(session, ctx.org, interview_id)
        current = log.state.current
        if current is None:
            return
        number = current.asked.turn
        question = log.rubric.question(current.asked.question_id)
        print(f"\n[{number}] {log.transcript.turns[number - 1].prompt.strip()}\n", file=sys.stderr)
        sample = question if current.asked.kind is PromptKind.LEAD and is_work_sample(question) else None
        if sample is not None:
            print(_shown(sample), file=sys.stderr)
        text = _read()
        if text == "/another":
            print(question.rephrase or "There is no other wording of this question.", file=sys.stderr)
            interviews.do(ctx, interview_id, Rephrase(turn=number))
            text = _read()
        if text is None or text == "/finish":
            interviews.do(ctx, interview_id, FinishNow())
            return
        if text in ("/skip", ""):
            interviews.skip_turn(ctx, interview_id, number)
        else:
            _submit(ctx, interview_id, number, text, sample)


def _submit(ctx: Context, interview_id: int, turn: int, text: str, sample: WorkSample | None) -> None:
    """Submit what was typed; what cannot be read is told, and the question comes again."""
    try:
        answer = from_short(sample, text) if sample is not None else text
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=turn, text=answer))
    except BadInput as error:
        print(f"{error.message} Please try again.", file=sys.stderr)


def _shown(sample: WorkSample) -> str:
    """The material of a work sample, and how to answer it by typing."""
    match sample:
        case FindFlaws():
            lines = "\n".join(f"{n:>3}. {unit.words}" for n, unit in enumerate(units(sample), start=1))
            return f'{lines}\n\nOne line per error:  3: why   or   "the exact words": why   or only:  none\n'
        case FirstWrongStep():
            return f"{material(sample)}\n\nThe first wrong step and why:  3: why   or:  none: why\n"
        case Compare():
            return f"{material(sample)}\n\nThe better one, how sure you are (50-100), and why:  second 80: why\n"
        case WriteRubric():
            return f"{material(sample)}\n\nOne criterion per line; a weight may follow at its end, as (2).\n"


def _read() -> str | None:
    """Lines up to an empty one; None at the end of input."""
    lines: list[str] = []
    for line in sys.stdin:
        line = line.rstrip("\n")
        if not line.strip() and lines:
            break
        if line.strip():
            lines.append(line)
        if line.strip().startswith("/"):
            break
    else:
        return "\n".join(lines) if lines else None
    return "\n".join(lines).strip()
