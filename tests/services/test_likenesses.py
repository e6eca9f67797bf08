"""Near-copies and double accounts, found when an interview ends; each organisation for itself."""

from pathlib import Path

from sqlmodel import select

from tests.cast import service
from tests.domain.packs import rubric as small_rubric
from tests.web.staff import profile, second_organisation
from vetting.db.engine import reading
from vetting.db.integrity_models import Likeness
from vetting.db.log import load
from vetting.db.models import Candidate
from vetting.domain.interview_events import FinishNow, SubmitAnswer
from vetting.domain.likeness import LikenessKind
from vetting.domain.rubric import CoreForm
from vetting.services import interviews, likenesses, rubrics
from vetting.services.candidates import create_candidate, import_profiles
from vetting.services.context import Context

COPIED = (
    "A queue that overflowed is what a loss means to us, and so the sender halves its window and waits until the "
    "delay has come down again before it tries to send more than it did at the time of the loss."
)
OWN = (
    "When packets vanish we take it that some buffer was full somewhere, which is why half of the window goes at once; "
    "growth resumes later and slowly, one segment for every round trip that passes without trouble."
)


def interviewed(ctx: Context, candidate: int, text: str) -> int:
    version = rubrics.install(ctx, small_rubric())
    made = interviews.invite(ctx, interviews.Ask(candidate, version, form=CoreForm.A, seed=1))
    interviews.begin(ctx, made.interview_id, {"interview": True})
    interviews.submit_answer(ctx, made.interview_id, SubmitAnswer(turn=1, text=text))
    interviews.do(ctx, made.interview_id, FinishNow())
    return made.interview_id


def found(ctx: Context) -> list[Likeness]:
    with reading(ctx.engine) as session:
        return list(session.exec(select(Likeness).order_by(Likeness.kind)))


def test_a_near_copy_is_found_at_the_end_of_the_second_interview_and_shown_from_both_sides(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    ana, ben = (create_candidate(ctx, name=name) for name in ("Ana Reyes", "Ben Sole"))
    first, second = interviewed(ctx, ana, COPIED), interviewed(ctx, ben, COPIED.replace("halves", "cuts"))
    (row,) = found(ctx)
    assert row.kind == LikenessKind.ANSWER.value and row.detail["turns"] == [1, 1] and row.detail["share"] >= 0.5
    with reading(ctx.engine) as session:
        (seen,) = likenesses.alike(session, ctx.org, ben, second)
        assert (seen.other_name, seen.turn, seen.other_turn) == ("Ana Reyes", 1, 1)
        (seen,) = likenesses.alike(session, ctx.org, ana, first)
        assert seen.other_name == "Ben Sole"
        public = load(session, ctx.org, second).row.public_id
        assert seen.other_interview == public


def test_comparing_again_changes_nothing(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    ana, ben = (create_candidate(ctx, name=name) for name in ("Ana Reyes", "Ben Sole"))
    first, second = interviewed(ctx, ana, COPIED), interviewed(ctx, ben, COPIED)
    for interview_id in (second, first):
        likenesses.compare_people(ctx, interview_id)
    assert len(found(ctx)) == 1


def test_answers_of_ones_own_and_those_of_other_organisations_are_no_likeness(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    ana, ben = (create_candidate(ctx, name=name) for name in ("Ana Reyes", "Ben Sole"))
    interviewed(ctx, ana, COPIED)
    interviewed(ctx, ben, OWN)
    other = second_organisation(ctx)
    interviewed(other, create_candidate(other, name="Cleo Ito"), COPIED)
    assert found(ctx) == []


def test_the_same_person_in_two_interviews_is_not_compared_with_themselves(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    ana = create_candidate(ctx, name="Ana Reyes")
    interviewed(ctx, ana, COPIED)
    interviewed(ctx, ana, COPIED)
    assert found(ctx) == []


def test_one_mailbox_and_one_profile_under_two_accounts_are_questions(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    items = [{"kind": "role", "title": "Engineer", "text": COPIED}, {"kind": "project", "title": "Links", "text": OWN}]
    people = [
        {"id": "x-1", "name": "Ana Reyes", "email": "ana.reyes@gmail.com", "items": items},
        {"id": "x-2", "name": "A. Reyes", "email": "anareyes+2@gmail.com", "items": items},
    ]
    import_profiles(ctx, [profile(p) for p in people])
    with reading(ctx.engine) as session:
        ids = {c.imported_id: c.id or 0 for c in session.exec(select(Candidate))}
    interviewed(ctx, ids["x-2"], OWN)
    assert [row.kind for row in found(ctx)] == [LikenessKind.EMAIL.value, LikenessKind.PROFILE.value]
