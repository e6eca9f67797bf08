"""Letters are written with what they tell of, sent once, and dropped where they would no longer be true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from tests.cast import GOOD, Clock
from tests.domain.packs import rubric as small_rubric
from tests.web.site import browser, site
from tests.web.staff import second_organisation
from vetting.db.engine import reading, writing
from vetting.db.mail_models import Mail
from vetting.db.models import Candidate, Interview
from vetting.db.own_models import Appeal
from vetting.delivery.mailers import FolderMailer
from vetting.domain.interview_events import FinishNow, Pause, Resume, SubmitAnswer
from vetting.domain.letter import Letter, LetterKind, MailState
from vetting.domain.rubric import CoreForm
from vetting.errors import BadInput, Conflict, NotFound
from vetting.ports import JobLine, JobState, Posted
from vetting.services import (
    accounts,
    appeals,
    erasure,
    interviews,
    invite_steps,
    mail,
    matching,
    outbox,
    projects,
    rubrics,
    scoring,
    users,
)
from vetting.services.candidates import create_candidate
from vetting.services.context import Context


@dataclass
class Post:
    """A mailer that remembers, and answers as a test wants: `ports.Mailer`."""

    answers: list[Posted] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    sends = True

    def send(self, name: str, letter: Letter) -> Posted:
        self.letters.append(letter)
        return self.answers.pop(0) if self.answers else Posted(MailState.SENT)

    def kept(self) -> Sequence[str]:
        return ()

    def read(self, name: str) -> bytes | None:
        return None

    def forget(self, names: Sequence[str]) -> None:
        pass

    @property
    def kinds(self) -> list[str]:
        return [letter.kind.value for letter in self.letters]


@dataclass
class Lost:
    """A queue whose jobs all fail: `ports.JobQueue`. A name is taken from then on, as in the durable one."""

    names: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def enqueue(self, session: Session, job: str, workflow_id: str, *ids: int) -> None:
        self.names.setdefault(workflow_id, ids)

    def listed(self, states: Sequence[JobState], limit: int) -> list[JobLine]:
        return []

    def found(self, job_id: str) -> JobLine | None:
        return None

    def warm(self) -> None:
        pass


@dataclass(frozen=True)
class House:
    """A service with a candidate who has an address, and everything that was written."""

    ctx: Context
    post: Post
    clock: Clock
    candidate: int

    def invite(self, **more: Any) -> interviews.Invited:
        version = rubrics.install(self.ctx, small_rubric())
        ask = interviews.Ask(
            self.candidate, version, "ben@example.org", "Reviewing answers", CoreForm.A, 1, offer="EUR 95", mail=True
        )
        return interviews.invite(self.ctx, replace(ask, **more))

    def begun(self) -> int:
        invited = self.invite(mail=False)
        interviews.begin(self.ctx, invited.interview_id, {"interview": True})
        return invited.interview_id

    def finished(self) -> int:
        key = self.begun()
        interviews.submit_answer(self.ctx, key, SubmitAnswer(turn=1, text=GOOD))
        interviews.do(self.ctx, key, FinishNow())
        return key

    def rows(self) -> list[Mail]:
        with reading(self.ctx.engine) as session:
            return list(session.exec(select(Mail).order_by(col(Mail.id))))

    def states(self) -> dict[str, str]:
        return {row.kind: row.state for row in self.rows()}


@pytest.fixture
def house(tmp_path: Path) -> House:
    post, clock = Post(), Clock()
    ctx = site(tmp_path, clock=clock, mailer=post)
    return House(ctx, post, clock, create_candidate(ctx, name="Ana Reyes", email="ana@example.org"))


def test_an_invitation_is_sent_with_a_link_that_works_and_stands_nowhere(house: House) -> None:
    house.invite(days=10)
    (letter,) = house.post.letters
    assert (letter.to, letter.name, letter.offer) == ("ana@example.org", "Ana Reyes", "EUR 95")
    assert letter.until == house.clock() + timedelta(days=10)
    path = letter.link.removeprefix(house.ctx.settings.public_url)
    assert "Ana Reyes" in browser(house.ctx).get(path).text
    stored = b"".join(p.read_bytes() for p in house.ctx.settings.data_dir.rglob("*") if p.is_file())
    assert path.rpartition("/")[2].encode() not in stored


def test_who_does_not_begin_is_reminded_once_and_who_began_is_not(house: House) -> None:
    house.invite()
    other = house.invite(seed=2)
    interviews.begin(house.ctx, other.interview_id, {"interview": True})
    house.clock.pass_minutes(60 * 24 * 5 + 1)
    for _ in range(3):
        mail.sweep(house.ctx)
    assert house.post.kinds == ["invite", "invite", "reminder"]
    assert [row.state for row in house.rows() if row.kind == "reminder"] == ["sent", "dropped"]


def test_a_reminder_can_be_switched_off_and_none_follows_a_withdrawn_invitation(house: House) -> None:
    house.invite(remind=False)
    assert [row.kind for row in house.rows()] == ["invite"]
    other = house.invite(seed=2)
    invite_steps.withdraw(house.ctx, other.public_id, by="ben@example.org")
    house.clock.pass_minutes(60 * 24 * 6)
    mail.sweep(house.ctx)
    assert house.post.kinds == ["invite", "invite"]


def test_a_break_brings_a_link_back_once_a_day(house: House) -> None:
    key = house.begun()
    for command in (Pause(), Resume(), Pause()):
        interviews.do(house.ctx, key, command)
    assert house.post.kinds == ["resume"]


def test_another_link_is_sent_where_it_is_asked_for(house: House) -> None:
    first = house.invite(mail=False)
    invite_steps.resend(house.ctx, first.public_id, by="ben@example.org")
    assert house.post.letters == []
    invite_steps.resend(house.ctx, first.public_id, by="ben@example.org", mail=True)
    assert house.post.kinds == ["invite"]


def test_feedback_is_told_of_once_however_often_it_is_rated(house: House) -> None:
    key = house.finished()
    scoring.score_interview(house.ctx, key)
    assert house.post.kinds == ["feedback_ready"]


def test_an_appeal_is_answered_once_in_words_that_the_candidate_reads(house: House) -> None:
    key = house.finished()
    one = appeals.contest(house.ctx, key, "Answer 1 was misread.")
    house.post.letters.clear()
    with pytest.raises(BadInput):
        appeals.answer(house.ctx, one, "  ", by="ben@example.org")
    with pytest.raises(NotFound):
        appeals.answer(second_organisation(house.ctx), one, "No.", by="ben@example.org")
    appeals.answer(house.ctx, one, "You are right, and it is changed.", by="ben@example.org")
    assert house.post.kinds == ["appeal_answered"]
    with pytest.raises(Conflict):
        appeals.answer(house.ctx, one, "Again.", by="ben@example.org")
    page = browser(house.ctx)
    page.post(house.post.letters[0].link.removeprefix(house.ctx.settings.public_url))
    assert "You are right, and it is changed." in page.get("/me").text


def test_a_decision_answers_an_appeal_and_words_after_it_are_told_of_again(house: House) -> None:
    key = house.finished()
    silent, answered = (appeals.contest(house.ctx, key, f"Answer {n} was misread.") for n in (1, 2))
    appeals.answer(house.ctx, answered, "It was.", by="ben@example.org")
    house.post.letters.clear()
    for _ in range(2):
        with writing(house.ctx.engine) as session:
            rows = session.exec(select(Appeal)).all()
            appeals.decided(house.ctx, session, session.get_one(Interview, key), rows)
    assert house.post.kinds == ["appeal_answered"]
    appeals.answer(house.ctx, silent, "This one was not.", by="ben@example.org")
    assert house.post.kinds == ["appeal_answered"] * 2


def test_managers_are_told_of_a_list_that_a_program_made_and_not_of_their_own(house: House) -> None:
    accounts.add_user(house.ctx, "mia@example.org", "project_manager")
    projects.create_project(house.ctx, {"id": "p-1", "title": "Judging", "brief": "Knows queues under load."})
    matching.request_shortlist(house.ctx, "p-1", 3, by="mia@example.org")
    matching.request_shortlist(house.ctx, "p-1", 3)
    assert house.post.letters == []
    made = matching.request_shortlist(house.ctx, "p-1", 3, by="api key")
    (letter,) = house.post.letters
    assert letter.to == "mia@example.org" and letter.link.endswith(f"/shortlists/{made.public_id}")


def test_a_manager_who_was_shut_out_is_told_of_nothing_not_even_what_was_promised_before(house: House) -> None:
    for name in ("mia", "tom"):
        accounts.add_user(house.ctx, f"{name}@example.org", "project_manager")
    projects.create_project(house.ctx, {"id": "p-1", "title": "Judging", "brief": "Knows queues under load."})
    users.remove(house.ctx, "tom@example.org")
    house.post.answers.append(Posted(MailState.WAITING, "the mail server could not be reached"))
    matching.request_shortlist(house.ctx, "p-1", 3, by="api key")
    assert [letter.to for letter in house.post.letters] == ["mia@example.org"]
    users.remove(house.ctx, "mia@example.org")
    house.clock.pass_minutes(5)
    mail.sweep(house.ctx)
    assert len(house.post.letters) == 1 and house.states() == {"shortlist_ready": "dropped"}


def test_nobody_without_an_address_is_written_to(house: House) -> None:
    nobody = create_candidate(house.ctx, name="No Address")
    house.invite(candidate_id=nobody)
    assert house.rows() == []


def test_a_letter_that_was_surely_not_taken_is_tried_again_later_and_then_it_has_failed(house: House) -> None:
    again = Posted(MailState.WAITING, "the mail server could not be reached")
    house.post.answers += [again] * 99
    house.invite(remind=False)
    mail.sweep(house.ctx)
    assert len(house.post.letters) == 1  # not before its time
    for minutes in mail.WAITS:
        house.clock.pass_minutes(minutes)
        mail.sweep(house.ctx)
    assert house.states() == {"invite": "failed"} and len(house.post.letters) == len(mail.WAITS) + 1
    house.post.answers.clear()
    mail.again(house.ctx, house.rows()[0].public_id, by="ada@example.org")
    assert house.states() == {"invite": "sent"}
    with pytest.raises(Conflict):
        mail.again(house.ctx, house.rows()[0].public_id, by="ada@example.org")


def test_a_letter_whose_job_failed_is_asked_for_again_though_not_every_minute(house: House) -> None:
    lost = Lost()
    slow = replace(house, ctx=replace(house.ctx, jobs=lost))
    slow.invite(remind=False)
    for _ in range(25):
        mail.sweep(slow.ctx)
        house.clock.pass_minutes(1)
    assert house.states() == {"invite": "waiting"} and 3 <= len(lost.names) <= 4


def test_a_letter_that_may_have_arrived_is_never_sent_again_by_itself(house: House) -> None:
    house.post.answers.append(Posted(MailState.UNSURE, "no answer came"))
    house.invite(remind=False)
    house.clock.pass_minutes(60 * 24)
    mail.sweep(house.ctx)
    assert house.states() == {"invite": "unsure"} and len(house.post.letters) == 1


def test_a_worker_that_dies_while_it_sends_leaves_a_letter_that_a_person_decides_about(house: House) -> None:
    class Killed(BaseException):
        pass

    def die(name: str, letter: Letter) -> Posted:
        raise Killed

    house.post.send = die  # type: ignore[method-assign]  # it dies at this very place
    with pytest.raises(Killed):
        house.invite(remind=False)
    (row,) = house.rows()
    assert row.state == "sending" and row.id is not None
    mail.send(house.ctx, row.id)  # the recovered job
    mail.sweep(house.ctx)
    assert house.states() == {"invite": "sending"}
    house.clock.pass_minutes(11)
    mail.sweep(house.ctx)
    assert house.states() == {"invite": "unsure"}


def test_a_letter_is_promised_together_with_what_it_tells_of_or_not_at_all(house: House) -> None:
    class Failed(Exception):
        pass

    with pytest.raises(Failed), writing(house.ctx.engine) as session:
        outbox.post(house.ctx, session, LetterKind.RESUME, "x", outbox.To(house.candidate))
        raise Failed
    assert house.rows() == [] and house.post.letters == []


def test_a_letter_that_is_laid_while_old_ones_are_cleared_away_stays(tmp_path: Path) -> None:
    class Meanwhile(FolderMailer):
        """Another worker lays a letter right after its names were asked for."""

        def kept(self) -> Sequence[str]:
            names = super().kept()
            if len(names) == 1:
                (tmp_path / "new.eml").write_text("laid by another worker")
            return names

    (tmp_path / "of-nobody.eml").write_text("left by a worker that died")
    ctx = site(tmp_path / "site", mailer=Meanwhile(tmp_path, Clock()))
    mail.sweep(ctx)
    assert [file.name for file in tmp_path.glob("*.eml")] == ["new.eml"]


def test_an_erased_person_is_written_to_no_more_and_no_file_of_theirs_is_left(tmp_path: Path) -> None:
    ctx = site(tmp_path, clock=Clock())
    person = create_candidate(ctx, name="Ana Reyes", email="ana@example.org")
    house = House(ctx, Post(), Clock(), person)
    house.invite()
    assert len(list(ctx.settings.outbox.iterdir())) == 1
    (ctx.settings.outbox / "of-nobody.eml").write_text("left by a worker that died")
    mail.sweep(ctx)
    assert len(list(ctx.settings.outbox.iterdir())) == 1
    erasure.erase(ctx, person, "test")
    assert list(ctx.settings.outbox.iterdir()) == [] and house.rows() == []
    with reading(ctx.engine) as session:
        assert session.get_one(Candidate, person).email is None
        assert session.exec(select(Appeal)).all() == []
