"""The main job on shipped data: import, interview, rate, embed, match, shortlist, all through the real services."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.models import Candidate, Interview, RubricVersion, ScorecardRow
from vetting.db.project_models import Project
from vetting.domain.interview_events import AnswerSubmitted, FinishNow, Phase, QuestionAsked, SubmitAnswer
from vetting.domain.rubric import CoreForm, Rubric
from vetting.domain.transcript import PromptKind
from vetting.domain.work_sample import typed
from vetting.errors import BadInput, NotFound
from vetting.services import interviews, matching, profiles, rubrics, scoring
from vetting.services.candidates import import_experts
from vetting.services.context import Context
from vetting.services.jobs import with_own_queue
from vetting.services.projects import import_projects

MARKER = ".vetting-demo"
CACHE = "cache"
"""Left in place when a work folder is emptied: vectors of packs that an earlier run computed."""
WORDS_PER_MINUTE = 25
SIDE_BY_SIDE = 2
PURPOSE = "Reviewing and correcting model answers"
OFFER = "90 EUR an hour, about ten hours a week, from home, for three months. This interview is not paid."

Progress = Callable[[str, int, int], None]


@dataclass
class Script:
    """Answers prepared for an interview: by question, or one per prompt in order.

    `skipped` counts prompts without an answer; `ended` says that a list ran out.
    """

    by_question: Mapping[str, Any] = field(default_factory=dict)
    in_order: list[str] | None = None
    skipped: int = 0
    ended: bool = False

    def answer(self, asked: QuestionAsked) -> str | None:
        """The prepared answer to a prompt, or None."""
        if self.in_order is not None:
            return self.in_order[asked.turn - 1] if asked.turn <= len(self.in_order) else None
        entry = self.by_question.get(asked.question_id)
        if not isinstance(entry, Mapping):
            return entry if asked.kind is PromptKind.LEAD else None
        if asked.kind is PromptKind.LEAD:
            return entry.get("answer")
        return (entry.get("probes") or {}).get(asked.probe_id) or entry.get("else")


def read_script(document: object, source: str) -> Script:
    """A script from parsed YAML. Raises BadInput naming the source and what is wrong."""
    if isinstance(document, list) and all(isinstance(text, str) for text in document):
        return Script(in_order=document)
    if not isinstance(document, dict):
        raise BadInput(f"{source}: expected a map of question ids to answers, or a list of answers.")
    for question_id, entry in document.items():
        texts = (
            [entry.get("answer"), entry.get("else"), *(entry.get("probes") or {}).values()]
            if isinstance(entry, dict)
            else [entry]
        )
        if any(text is not None and not isinstance(text, str) for text in texts):
            raise BadInput(f"{source}: {question_id}: answers are text; put quotation marks around numbers.")
    return Script(by_question=document)


def open_workdir(folder: Path) -> None:
    """An empty work folder: a fresh one, or one that carries our marker and may be emptied. Raises BadInput."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise BadInput(f"{folder} is not empty and was not made by the demo; name another folder with --workdir.")
        for path in folder.iterdir():
            if path.name != CACHE:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("Made by `vetting demo`, which may delete this folder.\n", encoding="utf-8")


def take(ctx: Context, interview_id: int, script: Script) -> None:
    """Go through an interview with prepared answers until it ends."""
    log = interviews.ensure_question(ctx, interview_id)
    while (current := log.state.current) is not None:
        text = script.answer(current.asked)
        if text is not None:
            log = interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=current.asked.turn, text=text))
        elif script.in_order is not None:
            script.ended = True
            log = interviews.do(ctx, interview_id, FinishNow())
        else:
            script.skipped += 1
            log = interviews.skip_turn(ctx, interview_id, current.asked.turn)


def interview_document(ctx: Context, interview_id: int) -> dict[str, Any]:
    """One element of the demo's `interviews`; `minutes` are the typed words at 25 a minute."""
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
        candidate = session.get(Candidate, log.row.candidate_id)
        row = session.exec(select(ScorecardRow).where(ScorecardRow.interview_id == interview_id)).first()
    if row is None or candidate is None:
        raise NotFound("This interview has no scorecard yet.")
    words = sum(len(typed(e.text or "").split()) for e in log.entries if isinstance(e.event, AnswerSubmitted))
    document = row.document
    return {
        "candidate": candidate.imported_id,
        "rubric": document["rubric"],
        "recommendation": document["recommendation"],
        "why": document["why"],
        "composite": document["composite"],
        "competencies": [
            {
                "id": c["id"],
                "level": c["level"],
                "interval": c["interval"],
                "status": c["status"],
                "evidence": [
                    {"quote": e["quote"], "turn": e["turn"], "indicator": e["indicator"]} for e in c["evidence"]
                ],
            }
            for c in document["competencies"]
        ],
        "turns": len(log.state.turns),
        "minutes": round(words / WORDS_PER_MINUTE, 1),
    }


@dataclass(frozen=True)
class DemoData:
    """Where the shipped data lies, and the packs its interviews use."""

    folder: Path
    packs: Mapping[str, Rubric]
    scripts: Mapping[str, tuple[str, Script]]


def run(ctx: Context, data: DemoData, progress: Progress) -> dict[str, Any]:
    """The whole demo; returns the document of the contract."""
    began = time.monotonic()
    progress("experts and projects", 0, 1)
    import_experts(ctx, [data.folder / "experts.jsonl"])
    import_projects(ctx, [data.folder / "projects.jsonl"])
    versions = {slug: rubrics.install(ctx, pack) for slug, pack in data.packs.items()}
    documents = [interview_document(ctx, interview_id) for interview_id in _interviews(ctx, data, versions, progress)]
    shortlists = []
    projects = _projects(ctx)
    for number, project in enumerate(projects, start=1):
        shortlists.append(matching.shortlist_document(ctx, matching.request_shortlist(ctx, project, k=10)))
        progress("shortlists", number, len(projects))
    return {
        "engine": ctx.engines,
        "interviews": documents,
        "shortlists": shortlists,
        "seconds": round(time.monotonic() - began, 1),
    }


def start_interview(ctx: Context, candidate_id: int, version_id: int, *, seed: int, form: CoreForm) -> int:
    """Invite and begin with consent, as the terminal and the demo do."""
    ask = interviews.Ask(
        candidate_id=candidate_id,
        rubric_version_id=version_id,
        invited_by="demo",
        purpose=PURPOSE,
        form=form,
        seed=seed,
    )
    invited = interviews.invite(ctx, ask)
    interviews.begin(ctx, invited.interview_id, {"interview": True, "profile": True})
    return invited.interview_id


def open_invite(ctx: Context) -> str:
    """Invite the first expert without an interview; returns the token of the link. Raises NotFound."""
    with reading(ctx.engine) as session:
        candidate = session.exec(
            select(Candidate.id)
            .join(Interview, col(Interview.candidate_id) == Candidate.id, isouter=True)
            .where(Candidate.organisation_id == ctx.org, col(Interview.id).is_(None))
            .order_by(col(Candidate.id))
        ).first()
        version = session.exec(
            select(RubricVersion.id).where(RubricVersion.organisation_id == ctx.org).order_by(col(RubricVersion.id))
        ).first()
    if candidate is None or version is None:
        raise NotFound("The demo has nobody left to invite.")
    ask = interviews.Ask(candidate, version, invited_by="Vetting demo", purpose=PURPOSE, offer=OFFER)
    return interviews.invite(ctx, ask).token


def _interviews(ctx: Context, data: DemoData, versions: Mapping[str, int], progress: Progress) -> list[int]:
    """All interviews in the cast's order, some side by side: one answer is read while another is stored.

    The profiles are embedded beside them; both are done when this returns.
    """

    def interview(job: tuple[int, str, str, Script]) -> int:
        number, expert, slug, script = job
        return _interview(with_own_queue(ctx), expert, versions[slug], script, number)

    jobs = [(n, expert, slug, script) for n, (expert, (slug, script)) in enumerate(data.scripts.items(), start=1)]
    done = []
    with ThreadPoolExecutor(SIDE_BY_SIDE + 1) as pool:
        vectors = pool.submit(profiles.embed_pending, ctx)
        for interview_id in pool.map(interview, jobs):
            done.append(interview_id)
            progress("interviews", len(done), len(jobs))
        vectors.result()
    return done


def _interview(ctx: Context, expert: str, version_id: int, script: Script, number: int) -> int:
    with reading(ctx.engine) as session:
        candidate_id = session.exec(
            select(Candidate.id).where(Candidate.organisation_id == ctx.org, Candidate.imported_id == expert)
        ).first()
    if candidate_id is None:
        raise NotFound(f"The demo names expert '{expert}', whom experts.jsonl does not hold.")
    form = CoreForm.A if number % 2 else CoreForm.B
    interview_id = start_interview(ctx, candidate_id, version_id, seed=number, form=form)
    take(ctx, interview_id, script)
    finished(ctx, interview_id)
    return interview_id


def finished(ctx: Context, interview_id: int) -> None:
    """Make sure that a completed interview is scored before its scorecard is read."""
    with reading(ctx.engine) as session:
        phase = session.exec(select(Interview.phase).where(Interview.id == interview_id)).one()
        scored = session.exec(select(ScorecardRow.id).where(ScorecardRow.interview_id == interview_id)).first()
    if phase == Phase.COMPLETED.value and scored is None:
        scoring.score_interview(ctx, interview_id)


def _projects(ctx: Context) -> list[str]:
    with reading(ctx.engine) as session:
        query = select(Project.imported_id).where(Project.organisation_id == ctx.org).order_by(col(Project.id))
        return list(session.exec(query).all())
