"""The jobs of the durable queue as people see them: waiting, done, failed with the reason, and tried again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_worker import Site, running, until
from vetting.ports import JobState


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.queue.close()
    site.engine.dispose()


def test_a_job_is_listed_as_it_waits_and_once_it_is_done_or_has_failed(site: Site) -> None:
    site.ask("note", "note:1", 1)
    site.ask("broken", "broken:7", 7)
    waiting = site.queue.listed((JobState.WAITING,), 10)
    assert [(line.id, line.ids, line.error) for line in waiting] == [("broken:7", (7,), ""), ("note:1", (1,), "")]
    assert waiting[0].asked.tzinfo is not None
    with running(site):
        until(lambda: len(site.queue.listed((JobState.DONE, JobState.FAILED), 10)) == 2)
    done, failed = site.queue.found("note:1"), site.queue.found("broken:7")
    assert done is not None and (done.state, done.error) == (JobState.DONE, "")
    assert failed is not None and failed.state is JobState.FAILED and failed.error
    assert site.queue.found("nothing") is None
    site.ask("broken", "again:broken:7", 7)
    assert [line.id for line in site.queue.listed((JobState.WAITING,), 10)] == ["again:broken:7"]
