"""The same interview driven by a language model, and its end in mid-interview; against the shipped fake server."""

import time
from pathlib import Path

from pydantic import SecretStr
from sqlmodel import select

from tests.cast import admit, begun, service
from tests.domain.packs import rubric as small_rubric
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.db.models import AssessmentRow, ModelCallRow, ScorecardRow
from vetting.domain.interview_events import QuestionAsked, SubmitAnswer
from vetting.domain.transcript import PromptKind
from vetting.engines.rater import VERSION
from vetting.llm.fake_server import FakeServer
from vetting.services import interviews
from vetting.services.context import Context

SAID = "On a satellite link in the harbour it came and went with the tide, as far as I remember."


def with_model(folder: Path, server: FakeServer, **changes: object) -> Context:
    """A service whose model may rate; without `admitted` it may only interview."""
    for model in str(changes.pop("admitted", "fake")).split(","):
        admit(folder, model)
    return service(
        folder,
        llm_model="fake",
        OPENAI_BASE_URL=server.base_url,
        OPENAI_API_KEY=SecretStr("unused"),
        **changes,
    )


def asked(ctx: Context, interview_id: int) -> list[QuestionAsked]:
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
    return [e.event for e in log.entries if isinstance(e.event, QuestionAsked)]


def test_the_models_follow_ups_appear_in_the_candidates_own_words(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server)
        interview_id = begun(ctx)
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=SAID))
        probe = asked(ctx, interview_id)[1]
        with reading(ctx.engine) as session:
            said = load(session, ctx.org, interview_id).transcript.turns[1].prompt
            calls = session.exec(select(ModelCallRow)).all()
    assert (probe.kind, probe.engine, probe.model) == (PromptKind.PROBE, "model", "fake")
    assert probe.prompt == "interviewer.probe" and probe.prompt_sha
    assert any(" ".join(SAID.split()[n : n + 3]).strip(",.") in said for n in range(len(SAID.split()) - 2))
    assert {c.prompt for c in calls} == {"interviewer.probe", "rater.indicators"} and all(
        c.status == "ok" for c in calls
    )


def test_the_models_verdicts_are_recorded_with_prompt_and_model(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server)
        interview_id = begun(ctx)
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=SAID))
        with reading(ctx.engine) as session:
            rows = {r.rater: r.provenance["rater"] for r in session.exec(select(AssessmentRow))}
    assert set(rows) == {"model:fake", "embedded:hash-256"}
    assert rows["model:fake"]["prompt"] == "rater.indicators" and len(rows["model:fake"]["prompt_sha"]) == 64


def test_the_model_never_sees_the_reference_when_it_words_a_question(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server)
        interview_id = begun(ctx)
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=SAID))
    reference = small_rubric().question("alpha-a").reference
    asking = [r for r in server.requests if "follow-up" in r["messages"][0]["content"]]
    rating = [r for r in server.requests if "follow-up" not in r["messages"][0]["content"]]
    assert asking and not any(reference in str(r) for r in asking)
    assert rating and all(reference in str(r) for r in rating)


def test_when_the_server_dies_the_next_question_comes_from_the_embedded_engine_and_says_so(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server)
        interview_id = begun(ctx)
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=SAID))
    began = time.monotonic()
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=2, text=SAID))
    assert time.monotonic() - began < 10
    following = asked(ctx, interview_id)[2]
    assert following.engine == "embedded" and following.fallback


def test_an_interview_that_outlives_its_model_ends_with_a_provisional_scorecard(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server)
        interview_id = begun(ctx)
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=SAID))
    for _ in range(40):
        with reading(ctx.engine) as session:
            current = load(session, ctx.org, interview_id).state.current
        if current is None:
            break
        interviews.submit_answer(
            ctx, interview_id, SubmitAnswer(turn=current.asked.turn, text=f"{SAID} ({current.asked.turn})")
        )
    with reading(ctx.engine) as session:
        card = session.exec(select(ScorecardRow)).one()
    assert card.provisional and card.recommendation == "needs_person"
    assert {r["engine"] for r in card.document["raters"]} == {"embedded", "model"}


def test_a_model_that_was_not_checked_interviews_only_and_the_engines_say_which_command_changes_that(
    tmp_path: Path,
) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server, admitted="another")
        interview_id = begun(ctx)
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=SAID))
        with reading(ctx.engine) as session:
            rows = session.exec(select(AssessmentRow)).all()
    assert asked(ctx, interview_id)[1].engine == "model" and {r.rater for r in rows} == {"embedded:hash-256"}
    assert (
        ctx.engines["rater"] == f"embedded:hash-256 v{VERSION}"
        and "vetting models check --model fake" in ctx.engines["notice"]
    )
    assert not any("Indicators" in r["messages"][1]["content"] for r in server.requests)


def test_samples_of_an_admitted_model_sit_on_the_panel_as_raters_of_their_own(tmp_path: Path) -> None:
    with FakeServer() as server:
        ctx = with_model(tmp_path, server, rater_samples=3, rater_models="fake,second", admitted="fake,second")
        interview_id = begun(ctx)
        interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=SAID))
        with reading(ctx.engine) as session:
            keys = {r.rater for r in session.exec(select(AssessmentRow))}
    models = {f"model:{name}{sample}" for name in ("fake", "second") for sample in ("", "#2", "#3")}
    assert keys == {*models, "embedded:hash-256"} and "notice" not in ctx.engines
    rating = [r for r in server.requests if "## Indicators" in r["messages"][1]["content"]]
    assert len(rating) == 6 and all(r["temperature"] > 0 for r in rating)
