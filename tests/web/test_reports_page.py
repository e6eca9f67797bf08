"""The reports page says which language models may rate, and what the raters' probabilities were calibrated on."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from tests.cast import admit
from tests.web.site import browser, site
from vetting.domain.calibration import Calibrated, Fit, LogisticMap
from vetting.domain.verdict import RaterId
from vetting.services import accounts, calibration
from vetting.services.context import Context

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOTICE = "The language model tiny interviews but does not rate, because ...: vetting models check --model tiny"


def recruiter(ctx: Context) -> TestClient:
    page = browser(ctx)
    page.post(f"/sign-in/{accounts.add_user(ctx, 'recruiter@example.org', 'recruiter')}")
    return page


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


def test_checked_models_and_calibrations_are_shown_with_their_figures(tmp_path: Path) -> None:
    ctx = site(tmp_path)
    page = recruiter(ctx)
    plain = words(page.get("/reports").text)
    assert "Language models that were checked" not in plain and "Calibration" not in plain
    earned = admit(tmp_path, "good-model").figures
    fitted = Calibrated(
        indicators=LogisticMap(slope=0.6),
        answers=1291,
        questions=18,
        mean_score=0.83,
        before=Fit(log_loss=0.44, rmse=0.267, error=0.036),
        after=Fit(log_loss=0.431, rmse=0.265, error=0.018),
    )
    calibration.store(ctx.engine, RaterId(engine="embedded", model="literal"), fitted, "abcdef0123456789" * 4, NOW)
    told = words(page.get("/reports").text)
    assert earned.sensitivity and earned.specificity
    assert (
        f"good-model May rate yes Found {100 * earned.sensitivity:.0f} % Left alone {100 * earned.specificity:.0f} % "
        "Own words 100 % Repeats itself 100 % Obeyed 0 of 14"
    ) in told
    assert re.search(
        r"embedded:literal In use yes Answers 1,291 Questions 18 Log loss before 0.440 Log loss after 0.431 "
        r"Gap before 0.036 Gap after 0.018 Data abcdef012345 Fitted 22 Nov 2026",
        told,
    )
    later = RaterId(engine="embedded", model="literal", version=9)
    calibration.store(ctx.engine, later, fitted, "abcdef0123456789" * 4, NOW)
    told = words(page.get("/reports").text)
    assert "embedded:literal v9 In use no: not for the rater that runs Answers" in told


def test_a_model_that_may_not_rate_is_named_on_the_pages_of_staff_but_not_of_candidates(tmp_path: Path) -> None:
    ctx = replace(site(tmp_path), not_admitted=(NOTICE,))
    page = recruiter(ctx)
    for address in ("/reports", "/candidates"):
        assert NOTICE in words(page.get(address).text)
    assert NOTICE not in words(browser(ctx).get("/").text)
