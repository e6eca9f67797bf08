"""Pastes and absences: kept for the open turn, once, without any of the text."""

from pathlib import Path

import pytest
from sqlmodel import select

from tests.cast import GOOD, begun, service
from vetting.db.engine import reading
from vetting.db.integrity_models import PageSignal
from vetting.domain.interview_events import SubmitAnswer
from vetting.domain.signals import MOST_SIGNALS, SignalKind
from vetting.errors import BadInput, StaleTurn
from vetting.services import interviews, signals


def test_a_signal_is_kept_once_with_its_amount_and_time(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    for _ in range(2):
        signals.notice(ctx, interview_id, signals.Noticed(1, 1, SignalKind.PASTE, 120))
    signals.notice(ctx, interview_id, signals.Noticed(1, 2, SignalKind.AWAY, 15))
    with reading(ctx.engine) as session:
        kept = signals.signals_of(session, ctx.org, interview_id)
        assert [(s.kind, s.amount) for s in kept[1]] == [(SignalKind.PASTE, 120), (SignalKind.AWAY, 15)]
        assert signals.signals_of(session, ctx.org + 1, interview_id) == {}
        assert len(session.exec(select(PageSignal)).all()) == 2


def test_only_the_open_turn_takes_signals_and_only_so_many(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    interview_id = begun(ctx)
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=GOOD))
    with pytest.raises(StaleTurn):
        signals.notice(ctx, interview_id, signals.Noticed(1, 1, SignalKind.PASTE, 120))
    for number, amount in ((0, 1), (MOST_SIGNALS + 1, 1), (1, -1)):
        with pytest.raises(BadInput):
            signals.notice(ctx, interview_id, signals.Noticed(2, number, SignalKind.PASTE, amount))
