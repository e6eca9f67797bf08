"""The questions of a pack as they do in practice, and withdrawing one that is wrong.

A withdrawn question is never asked again in that version of the pack, interviews under way go on without it, and every
scorecard is worked out again from the stored verdicts as if it had not been asked; restoring it takes all that back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from vetting.db import item_queries
from vetting.db.engine import reading, writing
from vetting.db.item_models import VoidedQuestion
from vetting.db.item_queries import VersionLine
from vetting.db.mapping import rubric_of
from vetting.db.models import RubricVersion, ScorecardRow
from vetting.domain.item_concerns import Concern, Unknown, concerns, unknown
from vetting.domain.item_statistics import Figure, ItemStatistics, statistics
from vetting.domain.rubric import Rubric
from vetting.domain.scoring import Scorecard
from vetting.domain.tongue import _
from vetting.errors import BadInput, Conflict, NotFound
from vetting.services import audit, rubrics, scoring
from vetting.services.context import Context

SHORT = 12
"""Characters of a version's hash that name it in addresses and commands."""
MAX_REASON = 500
LOOKED_AT = 50
"""Scorecards that a preview works out; more would keep the page waiting."""


@dataclass(frozen=True)
class Version:
    """A version of a pack. `key` is None for an installed one that nobody was invited to yet."""

    key: int | None
    rubric: Rubric

    @property
    def name(self) -> str:
        """How addresses and commands name it."""
        return self.rubric.sha256[:SHORT]


@dataclass(frozen=True)
class Listed:
    """A version in the list of packs; `used` is None while nobody was invited to it."""

    name: str
    rubric_id: str
    version: str
    title: str
    installed: bool
    used: VersionLine | None
    status: str
    uncalibrated: bool


@dataclass(frozen=True)
class Report:
    """What is known of the questions of one version. `more`: older interviews than these were not read."""

    version: Version
    items: tuple[ItemStatistics, ...]
    concerns: tuple[Concern, ...]
    unknown: tuple[Unknown, ...]
    interviews: int
    earlier: int
    more: bool
    voids: tuple[VoidedQuestion, ...]

    @property
    def voided(self) -> dict[str, VoidedQuestion]:
        """The questions withdrawn now, with who did it and why."""
        return {row.question_id: row for row in self.voids if row.restored_at is None}

    @property
    def settled(self) -> bool:
        """Whether every scorecard has been worked out again after the last change."""
        return all(row.settled_at is not None for row in self.voids)


class Preview(NamedTuple):
    """What withdrawing a question would change: `looked` of `cards` were worked out, the newest first.

    `changed` counts (recommendation now, then), `furthest` is the largest change of a composite level. `left` is how
    many questions its competency keeps.
    """

    interviews: int
    cards: int
    looked: int
    changed: dict[tuple[str, str], int]
    furthest: float
    left: int


def listed(ctx: Context) -> list[Listed]:
    """Installed packs and stored versions, by pack: the installed version first, then the others, newest first."""
    installed = {rubric.sha256: rubric for rubric in rubrics.installed(ctx)}
    with reading(ctx.engine) as session:
        stored = item_queries.versions(session, ctx.org)
    known = {line.sha256 for line in stored}
    rows = [
        Listed(
            name=line.sha256[:SHORT],
            rubric_id=line.rubric_id,
            version=line.version,
            title=line.title,
            installed=line.sha256 in installed,
            used=line,
            status=line.status,
            uncalibrated=bool(line.uncalibrated),
        )
        for line in stored
    ]
    rows += [
        Listed(sha[:SHORT], r.id, r.version, r.title, True, None, r.status.value, r.uncalibrated)
        for sha, r in installed.items()
        if sha not in known
    ]
    return sorted(rows, key=lambda row: (row.rubric_id, not row.installed))


def find(ctx: Context, name: str) -> Version:
    """The version that a short hash names, or of a pack's id the newest stored one, else the installed one.

    Raises NotFound.
    """
    with reading(ctx.engine) as session:
        matches = col(RubricVersion.sha256).startswith(name, autoescape=True) if _is_hash(name) else None
        wanted = matches if matches is not None else col(RubricVersion.rubric_id) == name
        mine = select(RubricVersion.id, RubricVersion.sha256).where(RubricVersion.organisation_id == ctx.org, wanted)
        found = session.exec(mine.order_by(col(RubricVersion.id).desc())).first()
        if found is not None and found[0] is not None:
            return Version(found[0], rubric_of(session, *found))
    for rubric in rubrics.installed(ctx):
        if name in (rubric.id, rubric.sha256[:SHORT]):
            return Version(None, rubric)
    raise NotFound(
        _("There is no rubric '{name}' here; `vetting items` without a name lists them.").format(name=name[:80])
    )


def stored(ctx: Context, name: str) -> int:
    """Key of the version of that name; an installed pack is stored for it. Raises NotFound."""
    version = find(ctx, name)
    return version.key if version.key is not None else rubrics.install(ctx, version.rubric)


def version_rubric(ctx: Context, session: Session, version_id: int) -> Rubric:
    """The pack of a stored version. Raises NotFound for one of another organisation."""
    row = session.get(RubricVersion, version_id)
    if row is None or row.organisation_id != ctx.org:
        raise NotFound
    return rubric_of(session, version_id, row.sha256)


def report(ctx: Context, name: str) -> Report:
    """Statistics of every question of a version, what should be looked at, and what is withdrawn. Raises NotFound."""
    version = find(ctx, name)
    rubric = version.rubric
    with reading(ctx.engine) as session:
        keys = [] if version.key is None else [version.key]
        before = [v.id for v in item_queries.versions(session, ctx.org) if _earlier(v, version)]
        now = item_queries.responses(session, ctx.org, keys, rubric)
        earlier = item_queries.responses(session, ctx.org, before, rubric)
        model = item_queries.model_answers(session, rubric.sha256, ctx.steering.id.label)
        voids = item_queries.voids(session, ctx.org, version.key) if version.key else []
    items = statistics(rubric, now.responses, interviews=now.interviews, earlier=earlier.responses, model_answers=model)
    return Report(
        version=version,
        items=items,
        concerns=concerns(items),
        unknown=unknown(items),
        interviews=now.interviews,
        earlier=earlier.interviews,
        more=now.more,
        voids=tuple(voids),
    )


def document(found: Report) -> dict[str, Any]:
    """A report as `vetting items --json` and the API give it; figures are null where there is too little data."""
    rubric = found.version.rubric
    return {
        "rubric": rubric.id,
        "version": rubric.version,
        "sha256": rubric.sha256,
        "interviews": found.interviews,
        "earlier_interviews": found.earlier,
        "newest_only": found.more,
        "concerns": [{"kind": c.kind.value, "question": c.question_id, "text": c.sentence} for c in found.concerns],
        "not_enough_data": [
            {"kind": u.kind.value, "questions": u.questions, "text": u.sentence} for u in found.unknown
        ],
        "items": [_item_document(item, found.voided.get(item.question_id)) for item in found.items],
    }


def _item_document(item: ItemStatistics, void: VoidedQuestion | None) -> dict[str, Any]:
    return {
        "question": item.question_id,
        "competency": item.competency,
        "type": item.type,
        "core": item.core,
        "asked": item.asked,
        "answered": item.answered,
        "exposure": _figure(item.exposure),
        "skipped": _figure(item.skipped),
        "disputes": item.disputes,
        "disputed": _figure(item.disputed),
        "reasons": list(item.reasons),
        "difficulty": _figure(item.difficulty),
        "discrimination": _figure(item.discrimination),
        "minutes": item.minutes,
        "words": item.words,
        "near_copies": item.copies,
        "near_copied": _figure(item.copied),
        "model_answer": item.model_answer,
        "drifts": [{"between": d.between, "change": _figure(d.change), "p": float(f"{d.p:.3g}")} for d in item.drifts],
        "indicators": [
            {"id": i.id, "planned": i.planned, "shown": _figure(i.shown), "level": _figure(i.level), "misfit": i.misfit}
            for i in item.indicators
        ],
        "withdrawn": {"reason": void.reason, "by": void.voided_by, "at": void.voided_at.isoformat()} if void else None,
    }


def _figure(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {"value": round(figure.value, 3), "interval": [round(figure.low, 3), round(figure.high, 3)], "n": figure.n}


def preview(ctx: Context, name: str, question_id: str) -> Preview:
    """What withdrawing a question would do to the scorecards there are. Raises NotFound."""
    version = find(ctx, name)
    _require_question(version.rubric, question_id)
    competency = version.rubric.competency_of(question_id)
    if version.key is None:
        return Preview(0, 0, 0, {}, 0.0, len(competency.questions) - 1)
    with reading(ctx.engine) as session:
        asked = [i for i, _ in item_queries.asked_of(session, ctx.org, version.key, {question_id})]
        mine = (ScorecardRow.organisation_id == ctx.org, col(ScorecardRow.interview_id).in_(asked))
        cards = session.scalar(select(func.count()).select_from(ScorecardRow).where(*mine)) or 0
        newest = session.exec(
            select(ScorecardRow).where(*mine).order_by(col(ScorecardRow.id).desc()).limit(LOOKED_AT)
        ).all()
        voided = {row.question_id for row in item_queries.voids(session, ctx.org, version.key) if not row.restored_at}
    changed: Counter[tuple[str, str]] = Counter()
    furthest = 0.0
    for row in newest:
        now = Scorecard.model_validate(row.document)
        then = scoring.recompute(ctx, row.interview_id, voided=frozenset({*voided, question_id}))
        if now.recommendation is not then.recommendation:
            changed[now.recommendation.value, then.recommendation.value] += 1
        furthest = max(furthest, abs(then.posterior_mean - now.posterior_mean))
    left = sum(q.id not in {*voided, question_id} for q in competency.questions)
    return Preview(len(asked), cards, len(newest), dict(changed), round(furthest, 2), left)


def void_question(ctx: Context, rubric_version: int, question_id: str, reason: str, by: str) -> None:
    """Withdraw a question of a version; its scorecards are worked out again by a job committed with this.

    Raises NotFound, BadInput without a reason, Conflict when it is withdrawn already.
    """
    reason = reason.strip()
    if not reason:
        raise BadInput(_("Say why the question is withdrawn: candidates' levels change, and people will ask."))
    if len(reason) > MAX_REASON:
        raise BadInput(
            _("The reason has {count} characters; at most {max_reason} can be kept.").format(
                count=len(reason), max_reason=MAX_REASON
            )
        )
    with writing(ctx.engine) as session:
        _require_question(version_rubric(ctx, session, rubric_version), question_id)
        if _standing(session, rubric_version, question_id) is not None:
            raise Conflict(_("The question '{question_id}' is withdrawn already.").format(question_id=question_id))
        row = VoidedQuestion(
            organisation_id=ctx.org,
            rubric_version_id=rubric_version,
            question_id=question_id,
            reason=reason,
            voided_by=by,
            voided_at=ctx.now(),
        )
        session.add(row)
        session.flush()
        audit.record(ctx, session, "question.void", f"version:{rubric_version}", by=by, question=question_id)
        ctx.jobs.enqueue(session, "settle_version", f"void:{row.id}", rubric_version)


def restore(ctx: Context, rubric_version: int, question_id: str, by: str) -> None:
    """Let a withdrawn question count again, in new interviews and in every scorecard. Raises NotFound, Conflict."""
    with writing(ctx.engine) as session:
        _require_question(version_rubric(ctx, session, rubric_version), question_id)
        row = _standing(session, rubric_version, question_id)
        if row is None:
            raise Conflict(_("The question '{question_id}' is not withdrawn.").format(question_id=question_id))
        row.restored_at, row.restored_by, row.settled_at = ctx.now(), by, None
        session.add(row)
        audit.record(ctx, session, "question.restore", f"version:{rubric_version}", by=by, question=question_id)
        ctx.jobs.enqueue(session, "settle_version", f"restore:{row.id}", rubric_version)


def settle_version(ctx: Context, rubric_version: int) -> None:
    """Work out again every scorecard that leaves out other questions than those withdrawn now.

    One transaction each, so that it may be killed at any point and run again; what is done is not done twice.
    """
    while True:
        with reading(ctx.engine) as session:
            left = item_queries.stale(session, ctx.org, rubric_version)
        for interview_id in left:
            scoring.rescore(ctx, interview_id)
        with writing(ctx.engine) as session:
            if item_queries.stale(session, ctx.org, rubric_version):
                continue  # another question was withdrawn or restored meanwhile
            for row in item_queries.voids(session, ctx.org, rubric_version):
                row.settled_at = row.settled_at or ctx.now()
                session.add(row)
            return


def sweep(ctx: Context) -> int:
    """Enqueue what a crash left undone of withdrawing and restoring questions; returns for how many versions."""
    with writing(ctx.engine) as session:
        unsettled = col(VoidedQuestion.settled_at).is_(None)
        left = set(session.exec(select(VoidedQuestion.rubric_version_id).where(unsettled)))
        for version in sorted(left):
            ctx.jobs.enqueue(session, "settle_version", f"settle:{version}:{ctx.now():%Y%m%d%H%M}", version)
    return len(left)


def _is_hash(name: str) -> bool:
    return len(name) >= SHORT and all(c in "0123456789abcdef" for c in name)


def _earlier(line: VersionLine, version: Version) -> bool:
    """Whether a stored version is an earlier one of the same pack."""
    return line.rubric_id == version.rubric.id and (version.key is None or line.id < version.key)


def _require_question(rubric: Rubric, question_id: str) -> None:
    if question_id not in {q.id for q in rubric.questions()}:
        raise NotFound(
            _("The rubric {id} has no question '{question_id}'.").format(id=rubric.id, question_id=question_id[:80])
        )


def _standing(session: Session, version_id: int, question_id: str) -> VoidedQuestion | None:
    return session.exec(
        select(VoidedQuestion).where(
            VoidedQuestion.rubric_version_id == version_id,
            VoidedQuestion.question_id == question_id,
            col(VoidedQuestion.restored_at).is_(None),
        )
    ).first()
