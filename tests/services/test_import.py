"""Importing experts and projects: what goes in, what is refused and how, and what a second import changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from tests.cast import service
from vetting.db.engine import reading, writing
from vetting.db.matching_queries import index_revision
from vetting.db.models import Candidate, Organisation, ProfileItem
from vetting.db.project_models import Project
from vetting.errors import BadInput, Conflict, NotFound, TooLarge
from vetting.services import candidates, profiles, projects
from vetting.services.context import Context
from vetting.services.import_files import CSV_COLUMNS, MAX_BYTES, UNCLOSED, ImportReport

EXPERT: dict[str, Any] = {
    "id": "x-1", "name": "Ana Reyes", "email": "ana@example.org", "headline": "Queueing",
    "items": [{"kind": "role", "title": "Engineer", "text": "Paced senders."}, {"kind": "paper", "title": "Queues"}],
    "facts": {"languages": {"en": "C1"}, "rate": {"amount": 90, "currency": "EUR", "per": "hour"}},
    "conflicts": ["Northgate"],
}  # fmt: skip


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    return service(tmp_path)


def jsonl(tmp_path: Path, rows: Sequence[object], name: str = "experts.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), encoding="utf-8")
    return path


def table(tmp_path: Path, *rows: dict[str, str], columns: Sequence[str] = CSV_COLUMNS) -> Path:
    lines = [",".join(columns), *(",".join(f'"{row.get(c, "")}"' for c in columns) for row in rows)]
    path = tmp_path / "experts.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def people(ctx: Context) -> dict[str, Candidate]:
    with reading(ctx.engine) as session:
        return {c.imported_id: c for c in session.exec(select(Candidate).where(Candidate.organisation_id == ctx.org))}


def items(ctx: Context) -> list[ProfileItem]:
    with reading(ctx.engine) as session:
        return list(session.exec(select(ProfileItem).order_by(col(ProfileItem.position))))


def revision(ctx: Context) -> int:
    with reading(ctx.engine) as session:
        return index_revision(session, ctx.org)


def test_an_expert_is_kept_as_it_was_written(ctx: Context, tmp_path: Path) -> None:
    report = candidates.import_experts(ctx, [jsonl(tmp_path, [EXPERT])])
    assert (report.added, report.faults) == (1, [])
    (who,) = people(ctx).values()
    assert (who.name, who.email, who.facts, who.conflicts) == (
        "Ana Reyes", "ana@example.org", EXPERT["facts"], ["Northgate"],
    )  # fmt: skip
    assert [(i.kind, i.title, i.text) for i in items(ctx)] == [
        ("summary", "Queueing", ""), ("role", "Engineer", "Paced senders."), ("paper", "Queues", ""),
    ]  # fmt: skip


def test_the_same_file_a_second_time_changes_nothing(ctx: Context, tmp_path: Path) -> None:
    path = jsonl(tmp_path, [EXPERT])
    candidates.import_experts(ctx, [path])
    assert profiles.embed_pending(ctx) == 3
    before = revision(ctx)
    report = candidates.import_experts(ctx, [path])
    assert (report.added, report.updated, report.unchanged) == (0, 0, 1)
    assert (revision(ctx), profiles.embed_pending(ctx)) == (before, 0)


def test_a_changed_item_is_embedded_again_and_the_others_keep_their_vectors(ctx: Context, tmp_path: Path) -> None:
    candidates.import_experts(ctx, [jsonl(tmp_path, [EXPERT])])
    profiles.embed_pending(ctx)
    vectors = {i.sha256: i.vector for i in items(ctx)}
    changed = {**EXPERT, "items": [{"kind": "paper", "title": "Queues"}, {"kind": "role", "title": "Lead"}]}
    assert candidates.import_experts(ctx, [jsonl(tmp_path, [changed])]).updated == 1
    kept = [i for i in items(ctx) if i.vector is not None]
    assert {i.sha256: i.vector for i in kept}.items() <= vectors.items() and len(kept) == 2
    assert profiles.embed_pending(ctx) == 1


def test_a_change_of_facts_moves_the_revision_and_embeds_nothing(ctx: Context, tmp_path: Path) -> None:
    candidates.import_experts(ctx, [jsonl(tmp_path, [EXPERT])])
    profiles.embed_pending(ctx)
    before = revision(ctx)
    candidates.import_experts(ctx, [jsonl(tmp_path, [{**EXPERT, "facts": {}}])])
    assert revision(ctx) > before and profiles.embed_pending(ctx) == 0


def test_a_bad_row_is_named_and_skipped_while_the_rest_goes_in(ctx: Context, tmp_path: Path) -> None:
    rows = [EXPERT, "{oops", {"id": "x-2"}, {**EXPERT, "id": "x-3", "facts": {"timezone": "Mars/Base"}},
            {**EXPERT, "name": "Twice"}, "[" * 100_000, "", {**EXPERT, "id": "x-4"}]  # fmt: skip
    path = jsonl(tmp_path, rows)
    report = candidates.import_experts(ctx, [path])
    assert sorted(people(ctx)) == ["x-1", "x-4"]
    assert report.faults == [
        f"{path}:2 is not JSON: Expecting property name enclosed in double quotes at column 2",
        f"{path}:3 name: is missing",
        f"{path}:4 facts.timezone: 'Mars/Base' is not an IANA time zone like Europe/Berlin",
        f"{path}:5 id: 'x-1' stands already at {path}:1",
        f"{path}:6 is not JSON that can be read: too deep or a number too long",
    ]


def test_a_table_is_read_with_its_lists(ctx: Context, tmp_path: Path) -> None:
    row = {
        "id": "c-1", "name": "Ben Sole", "headline": "Pharmacist", "country": "de", "timezone": "Europe/Berlin",
        "languages": "en:C2;de:B1", "hours_per_week": "10", "rate_amount": "85.5", "rate_currency": "EUR",
        "available_from": "2027-01-04", "degrees": "PharmD;MSc", "licences": "Pharmacist licence:DE:2030-01-01",
    }  # fmt: skip
    assert candidates.import_experts(ctx, [table(tmp_path, row)]).summary() == (
        "experts: 1 added, 0 updated, 0 unchanged."
    )
    assert people(ctx)["c-1"].facts == {
        "country": "DE", "timezone": "Europe/Berlin", "languages": {"en": "C2", "de": "B1"}, "hours_per_week": 10.0,
        "rate": {"amount": 85.5, "currency": "EUR", "per": "hour"}, "available_from": "2027-01-04",
        "degrees": ["PharmD", "MSc"],
        "licences": [{"name": "Pharmacist licence", "jurisdiction": "DE", "expires": "2030-01-01"}],
    }  # fmt: skip


def test_a_table_without_a_column_is_refused_whole(ctx: Context, tmp_path: Path) -> None:
    path = table(tmp_path, {"id": "c-1"}, columns=[c for c in CSV_COLUMNS if c not in ("name", "degrees")])
    good = jsonl(tmp_path, [EXPERT])
    with pytest.raises(BadInput, match=r"experts.csv:1 lacks the columns name, degrees; nothing was imported."):
        candidates.import_experts(ctx, [good, path])
    assert people(ctx) == {}


def test_a_bad_cell_is_named_by_line_and_column(ctx: Context, tmp_path: Path) -> None:
    rows = [{"id": "c-1", "name": "A", "languages": "en"}, {"id": "c-2", "name": "B", "hours_per_week": "many"},
            {"id": "c-3", "name": "C", "rate_amount": "5"}, {"id": "c-4", "name": "D"}]  # fmt: skip
    path = table(tmp_path, *rows)
    report = candidates.import_experts(ctx, [path])
    assert list(people(ctx)) == ["c-4"]
    assert report.faults == [
        f"{path}:2 languages: 'en' is not like en:C1",
        f"{path}:3 facts.hours_per_week: should be a valid number, got 'many'",
        f"{path}:4 facts.rate.currency: '' is not a currency code like EUR",
    ]


@pytest.mark.parametrize(
    ("rows", "line", "in_the_file"),
    [
        (['c-1,Ana,"Engineer', "c-2,Bo,Nurse", "c-3,Cy,Nurse"], 2, []),
        (["c-1,Ana,Nurse", "", 'c-2,"Bo', "c-3,Cy,Nurse"], 4, ["c-1"]),
        (['c-1,Ana,Nurse,,,,,,,,,,"Medicine:DE', "c-2,Bo,Nurse"], 2, []),
        (['c-1,"Ana', 'Reyes","Nurse', "c-2,Bo,Nurse"], 3, []),
        (['c-1,Ana,"a ""quoted"" word', "c-2,Bo,Nurse"], 2, []),
    ],
    ids=["first row", "after an empty line", "last column", "second of two quotes", "quotes within"],
)
def test_a_quote_that_is_never_closed_is_named_by_the_line_it_opens_on(
    ctx: Context, tmp_path: Path, rows: list[str], line: int, in_the_file: list[str]
) -> None:
    path = tmp_path / "experts.csv"
    whole = [row if row.count('"') else f"{row},,,,,,,,,," if row else row for row in rows]
    path.write_text("\n".join([",".join(CSV_COLUMNS), *whole]))
    report = candidates.import_experts(ctx, [path])
    assert report.faults == [f"{path}:{line} {UNCLOSED}"]
    assert list(people(ctx)) == in_the_file


def test_a_header_with_a_quote_that_is_never_closed_is_named(ctx: Context, tmp_path: Path) -> None:
    path = tmp_path / "experts.csv"
    path.write_text('id,"name,headline\nc-1,Ana,Nurse\n')
    with pytest.raises(BadInput, match=rf"{path}:1 {UNCLOSED}; nothing was imported."):
        candidates.import_experts(ctx, [path])


def test_quotes_that_are_closed_somewhere_else_are_told_with_the_lines_of_their_row(
    ctx: Context, tmp_path: Path
) -> None:
    path = tmp_path / "experts.csv"
    path.write_text("\n".join([",".join(CSV_COLUMNS), 'c-1,"Ana,Nurse', 'c-2,Bo,"Nurse"', "c-3,Cy,Nurse,,,,,,,,,,"]))
    (fault,) = candidates.import_experts(ctx, [path]).faults
    assert fault.startswith(f"{path}:2 has fewer cells than the header; it goes on to line 3,")
    assert list(people(ctx)) == ["c-3"]


def test_a_cell_may_take_several_lines(ctx: Context, tmp_path: Path) -> None:
    path = table(tmp_path, {"id": "c-1", "name": "Ana", "summary": "One.\nTwo."}, {"id": "c-2", "name": "Bo"})
    path.write_text(path.read_text(encoding="utf-8").rstrip(), encoding="utf-8")
    assert candidates.import_experts(ctx, [path]).faults == []
    assert people(ctx)["c-1"].summary == "One.\nTwo."


def test_a_resume_is_known_by_its_basics(ctx: Context, tmp_path: Path) -> None:
    path = jsonl(tmp_path, [{"basics": {"name": "Ana", "email": "a@example.org"}, "work": [{"name": "K"}]}], "cv.json")
    assert candidates.import_experts(ctx, [path]).added == 1
    assert list(people(ctx)) == ["a@example.org"]


def test_bad_parts_of_a_resume_are_named_and_the_rest_goes_in(ctx: Context, tmp_path: Path) -> None:
    work = [{"name": "K", "highlights": "many"}, "oops", {"position": 5}, {"summary": "nameless"}, {"name": ""}]
    resume = {"basics": {"name": "Ana", "location": "Lisbon"}, "work": work, "education": "none"}
    path = jsonl(tmp_path, [resume], "cv.json")
    report = candidates.import_experts(ctx, [path])
    assert report.added == 1 and [item.title for item in items(ctx)] == ["K"]
    assert report.faults == [
        f"{path} basics.location: is not a JSON object",
        f"{path} work[0].highlights: is not a JSON list",
        f"{path} work[1]: is not a JSON object",
        f"{path} work[2].position: should be a valid string, got 5",
        f"{path} work[3].position: is missing",
        f"{path} education: is not a JSON list",
    ]


@pytest.mark.parametrize(
    ("name", "content", "error", "sentence"),
    [
        ("none.jsonl", None, BadInput, "there is no such file"),
        ("latin.jsonl", '{"id": 1}\n"Åsa"'.encode("latin-1"), BadInput, "latin.jsonl:2 is not text in UTF-8"),
        ("broken.json", b"{", BadInput, "broken.json is not JSON"),
        ("semi.csv", "\ufeffid;name;headline;summary\nx-1;Ana;;\n".encode(), BadInput, "separator seems to be ';'"),
        ("tabs.csv", b"id\tname\theadline\nx-1\tAna\t\n", BadInput, "separator seems to be a tab"),
        (
            "cv.json",
            b'{"basics": {"name": "Ana"}, "work": [{"name": "K", "startDate": "2020-13-01"}]}',
            BadInput,
            r"cv.json work\[0\]\.startDate: '2020-13-01' is not a date",
        ),
        ("huge.json", b" " * (MAX_BYTES + 1), TooLarge, "has 32 MB; such a file may have 32 MB"),
        ("long.jsonl", b" " * (MAX_BYTES + 1), TooLarge, "long.jsonl:1 has more than 32 MB in one line"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_sentence_and_nothing_goes_in(
    ctx: Context, tmp_path: Path, name: str, content: bytes | None, error: type[BadInput], sentence: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=sentence):
        candidates.import_experts(ctx, [jsonl(tmp_path, [EXPERT]), path])
    assert people(ctx) == {} and revision(ctx) == 0


def test_a_folder_in_place_of_a_file_is_said_to_be_one(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder; name the files in it"):
        candidates.import_experts(ctx, [tmp_path])


def test_one_fault_is_counted_as_one() -> None:
    assert ImportReport("experts", faults=["a"]).summary().endswith(", 1 fault (what it names was skipped).")
    assert ImportReport("experts", faults=["a", "b"]).summary().endswith(", 2 faults (what they name was skipped).")


def test_the_same_id_in_another_organisation_is_another_person(ctx: Context, tmp_path: Path) -> None:
    path = jsonl(tmp_path, [EXPERT])
    candidates.import_experts(ctx, [path])
    with writing(ctx.engine) as session:
        session.add(Organisation(slug="other", name="Other", created_at=ctx.now()))
    other = ctx.for_organisation(2)
    assert candidates.import_experts(other, [path]).added == 1
    assert people(other)["x-1"].public_id != people(ctx)["x-1"].public_id


def test_many_experts_go_in_by_batches(ctx: Context, tmp_path: Path) -> None:
    rows = [{"id": f"x-{i}", "name": f"N {i}", "headline": f"Field {i}"} for i in range(1201)]
    seen: list[tuple[int, int]] = []
    report = candidates.import_experts(ctx, [jsonl(tmp_path, rows)], lambda _, done, total: seen.append((done, total)))
    assert report.added == len(people(ctx)) == 1201
    assert seen == [(500, 1201), (1000, 1201), (1201, 1201)]
    assert revision(ctx) == 3


def test_a_new_person_needs_a_name_and_a_free_id(ctx: Context) -> None:
    assert candidates.create_candidate(ctx, name="Ana", email="Ana@example.org") > 0
    assert list(people(ctx)) == ["ana@example.org"]
    with pytest.raises(Conflict, match="already a person with the id 'ana@example"):
        candidates.create_candidate(ctx, name="Ana", email="ana@example.org")
    with pytest.raises(BadInput, match="name: is empty"):
        candidates.create_candidate(ctx, name=" ")


PROJECT: dict[str, Any] = {"id": "p-1", "title": "Review", "brief": "Queues.", "start": "2027-01-11"}


def test_projects_are_imported_updated_and_named_where_wrong(ctx: Context, tmp_path: Path) -> None:
    bad = {**PROJECT, "id": "p-2", "requirements": [{"kind": "must", "fact": "rate", "op": "<=", "value": 3}]}
    path = jsonl(tmp_path, [PROJECT, bad], "projects.jsonl")
    report = projects.import_projects(ctx, [path])
    assert report.document() == {
        "what": "projects", "added": 1, "updated": 0, "unchanged": 0,
        "faults": [f"{path}:2 requirements[0]: value of rate: needs an amount and a currency, like "
                   '{"amount": 120, "currency": "EUR", "per": "hour"}'],
    }  # fmt: skip
    assert projects.import_projects(ctx, [path]).unchanged == 1
    changed = jsonl(tmp_path, [{**PROJECT, "title": "Reviews"}], "projects.jsonl")
    assert projects.import_projects(ctx, [changed]).updated == 1
    assert projects.get_project(ctx, "p-1").title == "Reviews"


def test_a_project_is_made_once_and_found_by_both_of_its_ids(ctx: Context) -> None:
    public_id = projects.create_project(ctx, PROJECT)
    assert projects.get_project(ctx, public_id) == projects.get_project(ctx, "p-1")
    with pytest.raises(Conflict):
        projects.create_project(ctx, PROJECT)
    with pytest.raises(BadInput, match="title: is missing"):
        projects.create_project(ctx, {"brief": "x"})
    with pytest.raises(NotFound, match="no project 'p-9'"):
        projects.get_project(ctx, "p-9")


def test_requirements_are_replaced_after_they_were_checked(ctx: Context) -> None:
    projects.create_project(ctx, PROJECT)
    projects.set_requirements(ctx, "p-1", [{"kind": "nice", "topic": "queues"}])
    with pytest.raises(BadInput, match="requirements"):
        projects.set_requirements(ctx, "p-1", [{"kind": "nice"}])
    with reading(ctx.engine) as session:
        (row,) = session.exec(select(Project)).all()
    assert [r["topic"] for r in row.requirements] == ["queues"]


def test_an_import_that_is_cut_off_anywhere_goes_on_where_it_was(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "BATCH", 10)
    monkeypatch.setattr(profiles, "BATCH", 10)
    path = jsonl(tmp_path, [{"id": f"x-{i}", "name": f"N {i}", "headline": f"Field {i}"} for i in range(95)])

    def cut_off(after: int) -> Any:
        def progress(_: str, done: int, _total: int) -> None:
            if done >= after:
                raise KeyboardInterrupt

        return progress

    for after in (30, 60):
        with pytest.raises(KeyboardInterrupt):
            candidates.import_experts(ctx, [path], cut_off(after))
    assert 60 <= len(people(ctx)) < 95
    candidates.import_experts(ctx, [path])
    with pytest.raises(KeyboardInterrupt):
        profiles.embed_pending(ctx, cut_off(40))
    assert profiles.embed_pending(ctx) == 55
    assert candidates.import_experts(ctx, [path]).unchanged == len(people(ctx)) == 95
    assert all(item.vector is not None for item in items(ctx)) and len(items(ctx)) == 95
