"""Profiles that were imported while the embedder was away."""

from pathlib import Path

from tests.cast import service
from tests.web.staff import profile, second_organisation
from vetting.services import profiles, search
from vetting.services.candidates import import_profiles
from vetting.services.jobs import SWEEPS


def test_a_sweep_embeds_what_was_left_in_every_organisation_and_then_nothing(tmp_path: Path) -> None:
    ctx = service(tmp_path)
    other = second_organisation(ctx)
    for scoped in (ctx, other):
        import_profiles(scoped, [profile({"id": "s-1", "name": "Sam", "summary": "Measures queues on slow links."})])
    assert profiles.sweep in SWEEPS
    assert profiles.sweep(ctx) == 2
    assert profiles.sweep(ctx) == 0
    assert [hit["expert"] for hit in search.search(other, "queues on slow links")["hits"]] == ["s-1"]
