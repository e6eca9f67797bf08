"""Templates: what every page says, the interval drawing, numbers and dates, page or partial."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from tests.web.site import browser, site
from vetting.engines.interviewer import EmbeddedInterviewer
from vetting.index.embedder import HashEmbedder
from vetting.services import accounts
from vetting.services.context import Context
from vetting.web.render import day, environment, iso, level, moment, number, percent, plain, plural, scale_x


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return site(tmp_path)


def _interval(*arguments: object, **named: object) -> str:
    macros = environment().get_template("_macros.html").module
    return str(macros.interval(*arguments, **named))  # type: ignore[attr-defined]  # macros are attributes at run time


def _number(drawing: str, kind: str, name: str) -> float:
    found = re.search(rf'class="{kind}"[^>]* {name}="([0-9.]+)"', drawing)
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize("width", [120, 360])
def test_the_interval_is_drawn_to_scale_at_both_widths(width: int) -> None:
    drawing = _interval(3.0, 2.0, 4.0, 3.5, width=width)
    assert _number(drawing, "interval-dot", "cx") == width / 2
    assert _number(drawing, "interval-bar", "x") == scale_x(2.0, width)
    assert _number(drawing, "interval-bar", "width") == pytest.approx(scale_x(4.0, width) - scale_x(2.0, width))
    assert _number(drawing, "interval-cut", "x1") == scale_x(3.5, width)
    assert 'aria-label="Level 3.00 of 5, 90 % interval 2.00 to 4.00; cut 3.50"' in drawing


def test_what_is_not_rated_has_no_dot_and_says_so() -> None:
    drawing = _interval(None, None, None)
    assert "interval-dot" not in drawing and "interval-bar" not in drawing and 'aria-label="Not rated"' in drawing


def test_a_level_beyond_the_scale_is_drawn_at_its_end() -> None:
    assert scale_x(9.0, 120) == scale_x(5.0, 120) and scale_x(-3.0, 120) == scale_x(1.0, 120)


def test_numbers_and_times_read_as_people_write_them() -> None:
    assert (level(3.456), level(None), number(12345.678), number(None)) == ("3.46", "not rated", "12,345.68", "–")
    assert (percent(0.825), plain("needs_person")) == ("82 %", "needs person")
    assert (plural(1, "answer"), plural(1200, "answer"), plural(2, "entry", "entries")) == (
        "1 answer",
        "1,200 answers",
        "2 entries",
    )
    evening = datetime(2026, 11, 21, 23, 30, tzinfo=timezone(timedelta(hours=-1)))
    assert iso(evening) == "2026-11-22T00:30:00+00:00" and moment(evening) == "22 Nov 2026, 00:30 UTC"
    assert (iso(date(2026, 11, 2)), day(date(2026, 11, 2))) == ("2026-11-02", "2 Nov 2026")


def test_a_time_is_marked_up_for_machines() -> None:
    at = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)
    shown = environment().from_string('{% import "_macros.html" as ui %}{{ ui.time(at) }}').render(at=at)
    assert shown == '<time datetime="2026-11-21T14:02:00+00:00" data-zone="full">21 Nov 2026, 14:02 UTC</time>'


@pytest.mark.asvs("V1.1.2", "V1.3.7")
def test_a_name_that_was_not_passed_is_an_error_and_markup_is_escaped() -> None:
    template = environment().from_string("{{ name }}")
    assert template.render(name="<b>") == "&lt;b&gt;"
    with pytest.raises(UndefinedError):
        template.render()


def test_every_page_says_that_there_is_no_language_model_and_to_staff_what_changes_it(ctx: Context) -> None:
    names = ("VETTING_LLM_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL")
    for address in ("/", "/nowhere", "/sign-in/x"):
        told = browser(ctx).get(address).text
        assert "no language model" in told and not any(name in told for name in names)
    staff = browser(ctx)
    staff.post(f"/sign-in/{accounts.add_user(ctx, 'mia@example.org', 'admin')}")
    told = staff.get("/projects").text
    assert "no language model" in told and all(name in told for name in names)


def test_with_a_language_model_pages_do_not_say_so(tmp_path: Path) -> None:
    assert "no language model" not in browser(site(tmp_path, model_interviewer=EmbeddedInterviewer())).get("/").text


def test_every_page_says_when_similarities_mean_nothing(ctx: Context, tmp_path: Path) -> None:
    class Real(HashEmbedder):
        name = "sentence-model"

    assert "Test embedder (hash)" in browser(ctx).get("/nowhere").text
    assert "Test embedder" not in browser(site(tmp_path / "other", embedder=Real())).get("/nowhere").text
