"""Installing, checking and beginning rubric packs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packs_examples import as_yaml, pack

from vetting import packs
from vetting.bootstrap import build_context
from vetting.config import load_settings
from vetting.db.engine import reading, writing
from vetting.db.models import Organisation, RubricVersion
from vetting.domain.rubric import Rubric
from vetting.errors import BadInput, NotFound
from vetting.services import rubrics
from vetting.services.context import Context


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    folder = tmp_path / "rubrics"
    folder.mkdir()
    (folder / "test.pack.yaml").write_text(as_yaml(pack()), encoding="utf-8")
    ctx = build_context(load_settings(embedder="hash", data_dir=tmp_path / "data", rubrics_dir=folder))
    yield ctx
    ctx.engine.dispose()


def test_a_pack_is_kept_once_however_often_it_is_installed(ctx: Context) -> None:
    rubric = Rubric.model_validate(pack())
    assert rubrics.install(ctx, rubric) == rubrics.install(ctx, rubric) == rubrics.ensure(ctx, "test.pack")
    with reading(ctx.engine) as session:
        row = session.get(RubricVersion, rubrics.install(ctx, rubric))
        assert row is not None
        assert Rubric.model_validate(row.content) == rubric
        assert (row.rubric_id, row.version, row.sha256) == (rubric.id, rubric.version, rubric.sha256)


def test_changed_content_is_another_copy_and_the_earlier_one_stays(ctx: Context) -> None:
    first = rubrics.install(ctx, Rubric.model_validate(pack()))
    second = rubrics.install(ctx, Rubric.model_validate(pack(version="1.1.0")))
    assert first != second
    assert [v.version for v in rubrics.versions(ctx)] == ["1.1.0", "1.0.0"]


def test_each_organisation_has_its_own_copy(ctx: Context) -> None:
    with writing(ctx.engine) as session:
        other = Organisation(slug="other", name="Other", created_at=datetime(2026, 1, 1, tzinfo=UTC))
        session.add(other)
        session.flush()
        assert other.id is not None
        elsewhere = ctx.for_organisation(other.id)
    rubric = Rubric.model_validate(pack())
    assert rubrics.install(ctx, rubric) != rubrics.install(elsewhere, rubric)
    assert len(rubrics.versions(elsewhere)) == 1


@pytest.mark.parametrize("name", ["nobody.nothing", "../../etc/passwd", "/etc/passwd.yaml", "x" * 500, ""])
def test_only_installed_packs_can_be_named_from_outside(ctx: Context, name: str) -> None:
    with pytest.raises(NotFound, match="There is no rubric"):
        rubrics.ensure(ctx, name)


def test_own_packs_are_installed_beside_the_shipped_ones(ctx: Context) -> None:
    assert {"test.pack"} <= {rubric.id for rubric in rubrics.installed(ctx)}


def test_a_pack_that_passes_is_counted_and_one_that_fails_is_told_by_line(tmp_path: Path) -> None:
    good = tmp_path / "test.pack.yaml"
    good.write_text(as_yaml(pack()), encoding="utf-8")
    report = rubrics.check([good])
    assert (report.lines, report.failed, report.summary) == ([], False, "1 pack, 0 errors, 0 warnings.")
    good.write_text(as_yaml(pack(max_questions=2)), encoding="utf-8")
    report = rubrics.check([tmp_path])
    assert report.failed
    (line,) = report.lines
    assert line.startswith(f"{good}:") and "max_questions: 2 questions cannot hold" in line


def test_a_folder_without_packs_is_told_rather_than_found_in_order(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(NotFound, match=rf"{tmp_path} holds no rubric pack: no file in it ends in .yaml or .yml"):
        rubrics.check([tmp_path])
    assert len(rubrics.check(rubrics_dir=tmp_path).files) > 1  # an empty folder beside those that are shipped is fine


def test_a_file_name_that_is_not_the_id_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(as_yaml(pack()), encoding="utf-8")
    report = rubrics.check([path])
    assert not report.failed
    assert report.lines == [
        f"{path}:1 id: warning: 'test.pack' is found by its id only in a file called test.pack.yaml"
    ]


def test_changed_content_under_the_same_version_is_told_against_an_earlier_copy(tmp_path: Path) -> None:
    for name, title in (("before", "A pack"), ("after", "Another")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "test.pack.yaml").write_text(as_yaml(pack(title=title)), encoding="utf-8")
    report = rubrics.check([tmp_path / "after"], against=tmp_path / "before")
    assert [line.split(" ", 1)[1] for line in report.lines] == [
        "version: the content changed since 1.0.0, so the version must be higher than that"
    ]
    assert not rubrics.check([tmp_path / "before"], against=tmp_path / "before").lines


def test_a_new_pack_passes_the_check_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "tax_law.contracts.yaml"
    path.write_text(rubrics.new_skeleton("tax_law.contracts"), encoding="utf-8")
    assert rubrics.check([path]).lines == []
    assert packs.load_rubric(path).id == "tax_law.contracts"


def test_a_new_pack_needs_an_id_that_can_be_one() -> None:
    with pytest.raises(BadInput, match=r"'Law' cannot be the id of a pack: write domain\.field"):
        rubrics.new_skeleton("Law")


def test_the_committed_schema_is_the_one_the_code_makes() -> None:
    committed = json.loads((packs.shipped("rubrics") / "rubric.schema.json").read_text(encoding="utf-8"))
    assert committed == rubrics.json_schema(), "run: vetting rubrics schema > rubrics/rubric.schema.json"


def test_the_shipped_packs_pass_the_check() -> None:
    report = rubrics.check()
    assert not report.failed, "\n".join(report.lines)
