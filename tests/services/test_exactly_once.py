"""Promise R2 as a state machine: whatever is repeated, reordered, done at once or interrupted, nothing happens twice.

`EXAMPLES=2000 make test TESTS=tests/services/test_exactly_once.py` is the long form.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.cast import Clock, begun
from tests.web.site import site
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.domain.interview_events import (
    AnswerSubmitted,
    Dispute,
    Pause,
    Phase,
    Rephrase,
    Resume,
    SkipTurn,
    SubmitAnswer,
)
from vetting.domain.soundness import digest, log_faults, lost
from vetting.errors import BadInput, Conflict, ModelFailed
from vetting.ports import Proposal, ProposalRequest, Spoken
from vetting.services import interviews

EXAMPLES = int(os.environ.get("EXAMPLES", "6"))
SENTENCES = ("Loss means the queue overflowed", "The window is halved after loss", "I do not know", "a\r\nb")
WORDS = st.sampled_from(SENTENCES)


class Killed(BaseException):
    """The process dies here, as far as what it was doing can tell."""


class Interrupted:
    """An interviewer over a model: mostly fails, and at times the process dies while it is asked."""

    engine, model = "model", "interrupted"

    def __init__(self) -> None:
        self.dies = False

    def propose(self, request: ProposalRequest, *, deadline: float, spoken: Spoken | None = None) -> Proposal:
        if self.dies:
            self.dies = False
            raise Killed
        raise ModelFailed


class Recording(RuleBasedStateMachine):
    """One interview and everything that can be done to it, in any order."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.interviewer = Interrupted()
        self.clock = Clock()
        self.ctx = site(Path(self.folder.name), model_interviewer=self.interviewer, clock=self.clock)
        self.interview_id = begun(self.ctx)
        self.acknowledged: dict[int, str] = {}

    def teardown(self) -> None:
        self.ctx.engine.dispose()
        self.folder.cleanup()

    def _log(self) -> interviews.Log:
        with reading(self.ctx.engine) as session:
            return load(session, self.ctx.org, self.interview_id)

    def _submit(self, turn: int, text: str) -> bool:
        """Whether the service took the words; a death after the commit is told to nobody."""
        with suppress(Conflict, BadInput, Killed):
            interviews.submit_answer(self.ctx, self.interview_id, SubmitAnswer(turn=turn, text=text))
            self.acknowledged.setdefault(turn, text)
            assert self.acknowledged[turn] == text, "two different answers to one turn were both taken"
            return True
        return False

    @rule(text=WORDS, dies=st.booleans())
    def answer(self, text: str, dies: bool) -> None:
        self.interviewer.dies = dies
        if (current := self._log().state.current) is not None:
            self._submit(current.asked.turn, text)
        self.interviewer.dies = False

    @rule(turn=st.integers(0, 6), text=WORDS)
    def answer_some_turn_again_or_too_early(self, turn: int, text: str) -> None:
        self._submit(turn, text)

    @rule(text=WORDS, others=st.lists(WORDS, min_size=1, max_size=3))
    def answer_in_several_tabs_at_once(self, text: str, others: list[str]) -> None:
        current = self._log().state.current
        if current is None:
            return
        start = threading.Barrier(len(others) + 1)

        def click(words: str) -> str | None:
            start.wait()
            with suppress(Conflict):
                interviews.keep_answer(self.ctx, self.interview_id, SubmitAnswer(turn=current.asked.turn, text=words))
                return words
            return None

        with ThreadPoolExecutor(len(others) + 1) as tabs:
            taken = {words for words in tabs.map(click, [text, *others]) if words is not None}
        assert len(taken) <= 1, "two tabs with different words were both taken"
        for words in taken:
            self.acknowledged[current.asked.turn] = words

    @rule(turn=st.integers(1, 6))
    def skip(self, turn: int) -> None:
        self._try(lambda: interviews.skip_turn(self.ctx, self.interview_id, turn))

    @rule(turn=st.integers(1, 6), command=st.sampled_from([Rephrase, Dispute]))
    def mark(self, turn: int, command: type[Rephrase] | type[Dispute]) -> None:
        self._try(lambda: interviews.do(self.ctx, self.interview_id, command(turn=turn)))

    @rule(command=st.sampled_from([Pause(), Resume()]))
    def take_a_break(self, command: Pause | Resume) -> None:
        self._try(lambda: interviews.do(self.ctx, self.interview_id, command))

    @rule(turn=st.integers(0, 6), text=WORDS)
    def draft(self, turn: int, text: str) -> None:
        self._try(lambda: interviews.save_draft(self.ctx, self.interview_id, turn, text))

    @rule(minutes=st.sampled_from([-120.0, 0.0, 1.0, 60.0 * 24]))
    def the_clock_jumps(self, minutes: float) -> None:
        self.clock.pass_minutes(minutes)

    @precondition(lambda self: self._log().state.needs_question)
    @rule(pages=st.integers(1, 3))
    def reload(self, pages: int) -> None:
        with ThreadPoolExecutor(pages) as browsers:
            list(browsers.map(lambda _: interviews.ensure_question(self.ctx, self.interview_id), range(pages)))

    @rule(turn=st.integers(1, 6), text=WORDS)
    def skip_and_answer_cross(self, turn: int, text: str) -> None:
        skipping = SkipTurn(turn=turn)
        self._try(lambda: interviews.do(self.ctx, self.interview_id, skipping))
        self._submit(turn, text)

    def _try(self, act: Callable[[], object]) -> None:
        with suppress(Conflict, BadInput):
            act()

    @invariant()
    def nothing_is_lost_doubled_or_out_of_order(self) -> None:
        if not hasattr(self, "ctx"):
            return
        log = self._log()
        assert log_faults(log.entries) == []
        assert lost({turn: digest(words) for turn, words in self.acknowledged.items()}, log.transcript) == []
        answers = [entry.event.turn for entry in log.entries if isinstance(entry.event, AnswerSubmitted)]
        assert len(answers) == len(set(answers))
        assert log.state.phase is not Phase.CREATED and log.row.phase == log.state.phase.value


Recording.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=20,
    deadline=None,
    derandomize=EXAMPLES < 100,
    suppress_health_check=list(HealthCheck),
)
TestRecording = Recording.TestCase
