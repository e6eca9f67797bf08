"""The faulty mode: every fault of the list happens on the wire, and none becomes a value or outlasts the deadline."""

from __future__ import annotations

import subprocess
import sys

import httpx2
import pytest
from bad_servers import TRANSITION, Said

from vetting.errors import BadInput
from vetting.llm.breaker import Breaker
from vetting.llm.failures import CallFailed, CallStatus
from vetting.llm.fake_faults import Fault, FaultPlan
from vetting.llm.fake_server import FakeServer
from vetting.llm.gateway import Gateway
from vetting.llm.prompts import PromptBook

SLOW = {Fault.DRIP, Fault.HANG}
HARMLESS = {Fault.OK, Fault.FENCED, Fault.NO_DONE}
SEEN_AS = {
    Fault.LIMITED: CallStatus.LIMITED,
    Fault.LIMITED_AFTER: CallStatus.LIMITED,
    Fault.ERROR: CallStatus.SERVER_ERROR,
    Fault.WRONG_KEY: CallStatus.WRONG_KEY,
    Fault.EMPTY: CallStatus.EMPTY,
    Fault.CUT: CallStatus.CUT,
    Fault.REFUSAL: CallStatus.REFUSED,
    Fault.WRONG_JSON: CallStatus.INVALID,
    Fault.DUPLICATE: CallStatus.INVALID,
    Fault.TRUNCATED: CallStatus.BROKEN,
    Fault.DRIP: CallStatus.TIMEOUT,
    Fault.HANG: CallStatus.TIMEOUT,
    Fault.RESET: CallStatus.BROKEN,
    Fault.HTML: CallStatus.NOT_API,
    Fault.LARGE: CallStatus.TOO_LARGE,  # of a stream more is read, and then it is not what was asked for
}


def one_try_each() -> Breaker:
    """A breaker that lets every call through as a probe, which is a single request."""
    breaker = Breaker(pause=0)
    for _ in range(3):
        breaker.failed()
    return breaker


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_is_met_as_what_it_is_within_the_deadline(prompts: PromptBook, fault: Fault, streamed: bool) -> None:
    deadline = 0.5 if fault in SLOW else 30.0
    harmless = fault in HARMLESS or (fault is Fault.TRUNCATED and not streamed)
    with (
        FakeServer(mode="faulty", faults=[fault]) as server,
        Gateway(model="m", prompts=prompts, base_url=server.base_url, breaker=one_try_each()) as gateway,
    ):
        try:
            heard = (lambda words: None) if streamed else None
            reply = gateway.ask("interviewer.transition", TRANSITION, Said, deadline=deadline, heard=heard)
        except CallFailed as failure:
            known = {SEEN_AS.get(fault)} | ({CallStatus.INVALID} if fault is Fault.LARGE and streamed else set())
            assert not harmless and {call.status for call in failure.calls} <= known
        else:
            assert harmless and reply.value.text


def test_the_same_seed_fails_in_the_same_order_and_every_fault_comes_up() -> None:
    first, again, other = (FaultPlan(seed) for seed in (7, 7, 8))
    drawn = [first.next() for _ in range(400)]
    assert drawn == [again.next() for _ in range(400)] != [other.next() for _ in range(400)]
    assert set(drawn) == set(Fault)


def test_an_unknown_fault_is_named_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"no fault 'flood'; known: ok, 429, .*"):
        FaultPlan(0, ["flood"])
    with pytest.raises(BadInput, match="belong to the mode faulty"):
        FakeServer(mode="honest", faults=["500"])


def test_the_command_serves_the_faults_it_is_given() -> None:
    command = [sys.executable, "-m", "vetting", "fake-llm", "--mode", "faulty", "--faults", "401"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().split(":")[1].strip(" }\n")
        sent = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
        assert httpx2.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=sent).status_code == 401
        process.terminate()
