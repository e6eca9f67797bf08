"""What the benchmarks print: ratios of what was measured side by side, and one table."""

import pytest

from tests.bench.figures import Figure, Sample, ratio, table

ONE, TWO = Sample.of([1.0, 2.0, 4.0]), Sample.of([2.0, 2.0, 2.0])


def test_what_was_taken_in_turns_is_compared_repeat_by_repeat() -> None:
    busy = Sample.of([10.0, 200.0, 30.0])
    assert ratio(Sample.of([15.0, 300.0, 45.0]), busy).values == (1.5, 1.5, 1.5)


def test_unequal_numbers_of_repeats_are_compared_with_the_middle_of_the_base() -> None:
    assert ratio(ONE, Sample.of([4.0])).values == (0.25, 0.5, 1.0)
    assert ratio(Sample.of([6.0]), ONE).median == 3.0


def test_a_figure_without_a_measurement_is_none() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Sample.of([])


@pytest.mark.parametrize(
    ("targets", "met"),
    [
        ({}, None),
        ({"at_most": 2.0}, True),
        ({"at_most": 1.9}, False),
        ({"ratio_at_most": 1.0}, True),
        ({"at_most": 2.0, "ratio_at_most": 0.9}, False),
    ],
)
def test_targets_are_for_medians_and_all_of_them_must_hold(targets: dict[str, float], met: bool | None) -> None:
    figure = Figure("x", "s", ONE, "y", TWO, **targets)
    assert figure.met is met and figure.document()["met"] is met


def test_a_target_for_a_ratio_with_nothing_beside_it_is_not_met() -> None:
    assert Figure("x", "s", ONE, ratio_at_most=9.0).met is False


def test_the_table_shows_median_range_ratio_and_target_under_the_name_of_the_benchmark() -> None:
    figures = [Figure("start", "s", ONE, "empty app", TWO, at_most=3), Figure("files", "files", Sample.of([0.0]))]
    text = table([("serve", figures)])
    head, _, name, start, files = text.splitlines()
    assert name == "serve"
    for cell in ("start", "2 s", "1-4", "empty app: 2 s", "1 x (0.5-2)", "<= 3 s", "yes"):
        assert cell in start
    assert start.index("<= 3 s") == head.index("target") and "NO" not in files and "yes" not in files


def test_numbers_have_no_exponent_and_no_digits_that_do_not_count() -> None:
    text = table([("x", [Figure("a", "ms", Sample.of([1234.5])), Figure("b", "s", Sample.of([0.00042]))])])
    assert "1234 ms" in text and "0.0004 s" in text and "e-" not in text
