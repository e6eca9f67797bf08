"""An interview in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from vetting.db.engine import reading
from vetting.db.log import load
from vetting.domain.interview import FinishNow, Rephrase, SubmitAnswer
from vetting.domain.rubric import CoreForm, Rubric
from vetting.errors import BadInput
from vetting.services import demo, interviews, rubrics
from vetting.services.candidates import create_candidate
from vetting.services.context import Context

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


def interview(ctx: Context, pack: Rubric, name: str, script: demo.Script | None) -> dict[str, Any]:
    """Interview a person to the end; returns one element of the demo's `interviews`."""
    version = rubrics.install(ctx, pack)
    candidate_id = create_candidate(ctx, name=name)
    interview_id = demo.start_interview(ctx, candidate_id, version, seed=1, form=CoreForm.A)
    if script is None:
        _converse(ctx, interview_id)
    else:
        demo.take(ctx, interview_id, script)
        print(f"skipped prompts: {script.skipped}; answers ran out: {'yes' if script.ended else 'no'}", file=sys.stderr)
    demo.finished(ctx, interview_id)
    return demo.interview_document(ctx, interview_id)


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
            interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=number, text=text))


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
