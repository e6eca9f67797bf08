"""The breaker alone, on a clock moved by hand."""

from vetting.llm.breaker import Admission, Breaker


def test_it_lets_calls_through_until_three_failures_in_a_row() -> None:
    breaker = Breaker(clock=lambda: 0.0)
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        assert breaker.admit() is Admission.CALL
        breaker.succeeded()
    assert not breaker.open


def test_it_probes_at_most_once_in_thirty_seconds_over_an_hour() -> None:
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    for _ in range(3):
        breaker.failed()
    probes: list[float] = []
    for second in range(3600):
        now[0] = float(second)
        admission = breaker.admit()
        assert admission is not Admission.CALL
        if admission is Admission.PROBE:
            probes.append(now[0])
            breaker.failed()
    assert min(b - a for a, b in zip([0.0, *probes], probes, strict=False)) >= 30
    assert len(probes) == 119


def test_one_success_closes_it() -> None:
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    for _ in range(3):
        breaker.failed()
    now[0] = 30.0
    assert breaker.admit() is Admission.PROBE
    breaker.succeeded()
    assert breaker.admit() is Admission.CALL
