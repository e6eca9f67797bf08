"""Rubric packs as files: where they are found, and how their faults are told."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packs_examples import as_yaml, pack

from vetting import packs
from vetting.domain.rubric import Rubric
from vetting.errors import NotFound, TooLarge


def written(folder: Path, text: str, name: str = "test.pack.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    path = written(folder, text)
    with pytest.raises(packs.PackFaults) as caught:
        packs.load_rubric(path)
    assert caught.value.message == "\n".join(map(str, caught.value.faults))
    return [str(f).removeprefix(f"{path}:") for f in caught.value.faults]


def line_of(text: str, needle: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if needle in line)


def test_a_sound_pack_is_loaded_by_its_path(tmp_path: Path) -> None:
    assert packs.load_rubric(written(tmp_path, as_yaml(pack()))) == Rubric.model_validate(pack())


def test_own_packs_stand_before_shipped_ones_and_are_found_by_id(tmp_path: Path) -> None:
    path = written(tmp_path, as_yaml(pack()))
    assert packs.load_rubric("test.pack", tmp_path).id == "test.pack"
    assert path in [p for p, _ in packs.installed_rubrics(tmp_path)]


def test_an_unknown_id_names_the_nearest_ones(tmp_path: Path) -> None:
    written(tmp_path, as_yaml(pack()))
    with pytest.raises(NotFound, match=r"There is no rubric 'test\.pak'; installed are: test\.pack\.") as caught:
        packs.load_rubric("test.pak", tmp_path)
    assert "\n" not in caught.value.message


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"There is no file .*none\.yaml"):
        packs.load_rubric(tmp_path / "none.yaml")


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    data = pack(version="one", colour="red")
    data["competencies"][1]["weight"] = 0.5
    del data["competencies"][0]["questions"][0]["text"]
    data["competencies"][2]["questions"][1]["indicators"][3]["level"] = 9
    data["competencies"][3]["questions"][0]["probes"][0]["target"] = "nowhere"
    data["competencies"][3]["questions"][1]["id"] = "q3-0"
    data["competencies"][3]["questions"][2]["sources"] = ["rfc0"]
    text = as_yaml(data)
    told = faults(tmp_path, text)
    assert f"{line_of(text, 'version: one')} version: String should match pattern '^\\d+\\.\\d+\\.\\d+$'" in told
    assert f"{line_of(text, 'colour')} colour: is not a field of the format" in told
    assert f"{line_of(text, 'competencies:')} competencies: the weights sum to 1.25, not 1" in told
    assert f"{line_of(text, 'id: q0-0')} competencies[0].questions[0].text: is missing" in told
    where = "competencies[2].questions[1].indicators[3].level"
    assert any(f.startswith(f"{line_of(text, 'level: 9')} {where}:") for f in told)
    where = "competencies[3].questions[0].probes[0].target"
    assert f"{line_of(text, 'target: nowhere')} {where}: the question has no indicator 'nowhere'" in told
    assert any("questions[1].id: question id 'q3-0' was used before" in f for f in told)
    where = "competencies[3].questions[2].sources[0]"
    assert f"{line_of(text, '- rfc0')} {where}: there is no source 'rfc0' in sources" in told
    assert len(told) == 8


def test_an_anchor_for_a_level_that_does_not_exist_is_told_where_it_stands(tmp_path: Path) -> None:
    data = pack()
    data["competencies"][0]["anchors"][7] = "Flies"
    text = as_yaml(data)
    (only,) = faults(tmp_path, text)
    assert only.startswith(f"{line_of(text, 'Flies')} competencies[0].anchors[7]: ")


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    (only,) = faults(tmp_path, "id: test.pack\ntitle: [unclosed\nversion: 1.0.0\n")
    assert only.startswith("3 (top): not valid YAML: ")


def test_a_repeated_key_is_refused(tmp_path: Path) -> None:
    text = as_yaml(pack()) + "title: Another\n"
    assert faults(tmp_path, text) == [
        f"{len(text.splitlines())} title: this key stands twice; the first is on line {line_of(text, 'title: A pack')}"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [1]\nb: [*x, *x]\n", "1 (top): anchors and aliases"),
        ("a: " + "[" * 5000, "1 (top): nested more than 20 deep"),
        ("", "1 (top): the file is empty"),
        ("just words", "1 (top): must be keys with values, as in 'id: law.contracts', not a text"),
        ("- a\n- b", "1 (top): must be keys with values, as in 'id: law.contracts', not a list"),
        ("id: a.b\ncompetencies: [word]", "2 competencies[0]: must be keys with values, not a text"),
        ("id: !!python/object/apply:os.system [id]", "1 "),
        ("? [a, b]\n: c\n", "1 (top): a key must be a plain word or number"),
    ],
)
def test_yaml_that_is_not_plain_data_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert any(f.startswith(message) for f in faults(tmp_path, text))


def test_a_file_that_is_not_text_is_refused_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "test.pack.yaml"
    path.write_bytes(b"id: test.pack\ntitle: caf\xe9\n")
    with pytest.raises(packs.PackFaults, match=r":2 \(top\): this is not UTF-8 text"):
        packs.load_rubric(path)


def test_a_file_of_more_than_two_megabytes_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="larger than 2 MB"):
        packs.load_rubric(written(tmp_path, "#" * (packs.MAX_BYTES + 1)))


def test_words_that_yaml_would_turn_into_booleans_or_dates_stay_what_was_written(tmp_path: Path) -> None:
    signed = pack(status="reviewed", review_by="2027-01-31")
    signed["reviewed_by"] = [{"name": "A. Person", "role": "Engineer", "on": "2026-05-01"}]
    text = as_yaml(signed).replace("'on'", "on").replace("'2026-05-01'", "2026-05-01")
    rubric = packs.load_rubric(written(tmp_path, text))
    assert rubric.reviewed_by[0].on.isoformat() == "2026-05-01"


@given(st.text(max_size=60))
def test_any_text_is_a_pack_or_a_list_of_faults(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = written(tmp_path_factory.getbasetemp(), text.encode("utf-8", "ignore").decode(), "any.yaml")
    with pytest.raises(packs.PackFaults) as caught:
        packs.load_rubric(path)
    assert all(f.line >= 1 for f in caught.value.faults)


def test_the_shipped_packs_load() -> None:
    assert {rubric.id for _, rubric in packs.installed_rubrics()} >= {"medicine.cardiology"}


def test_a_pack_with_faults_is_left_out_and_comes_back_when_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "own.pack.yaml"
    path.write_text("id: [half-written")
    assert path not in [p for p, _ in packs.installed_rubrics(tmp_path)]
    assert packs.installed_rubrics(tmp_path)
    path.write_text(as_yaml(pack()))
    assert path in [p for p, _ in packs.installed_rubrics(tmp_path)]


def test_a_folder_that_is_not_shipped_is_told() -> None:
    with pytest.raises(NotFound, match="no folder 'recipes'"):
        packs.shipped("recipes")


def checked(folder: Path, data: dict[str, Any]) -> tuple[str, list[str]]:
    text = as_yaml(data)
    path = written(folder, text)
    return text, [str(f).removeprefix(f"{path}:") for f in packs.check_pack(path)]


def test_faults_of_form_between_parts_and_of_content_are_all_told_by_one_check(tmp_path: Path) -> None:
    data = pack(status="validated")
    questions = data["competencies"][0]["questions"]
    questions[0]["probes"][0]["kind"] = "shout"
    questions[1]["probes"][0]["text"] = "What about the window after a loss, is it halved?"
    questions[2]["indicators"][1]["statement"] = "Speaks with enthusiasm"
    questions[3]["indicators"][0]["level"] = 9
    questions[4]["colour"] = "red"
    text, told = checked(tmp_path, data)
    assert any(f.startswith(f"{line_of(text, 'shout')} competencies[0].questions[0].probes[0].kind: ") for f in told)
    signed = "status: status 'validated' needs a named practitioner in reviewed_by"
    assert f"{line_of(text, 'status: validated')} {signed}" in told
    leak = "competencies[0].questions[1].probes[0].text: gives away indicator 'i0' by 'window', 'loss', 'halved'"
    assert f"{line_of(text, 'What about the window')} {leak}" in told
    banned = "competencies[0].questions[2].indicators[1].statement: enthusiasm is no criterion of competence"
    assert f"{line_of(text, 'enthusiasm')} {banned}" in told
    assert any(f.startswith(f"{line_of(text, 'level: 9')} ") for f in told)
    unknown = "competencies[0].questions[4].colour: is not a field of the format"
    assert f"{line_of(text, 'colour')} {unknown}" in told
    assert len(told) == 6, told


def test_nothing_is_told_of_a_value_that_only_stands_in_for_an_unreadable_one(tmp_path: Path) -> None:
    data = pack()
    first, second = data["competencies"][0]["questions"][:2]
    first["core"] = "C"  # not also: no core question of form A
    del first["reference"], first["text"]
    second["indicators"] = "none"
    second["minutes"] = 900
    data["competencies"][1]["questions"][0]["probes"][0]["trigger"] = "never"
    data["competencies"][2]["anchors"] = []
    data["competencies"][3]["questions"][4]["type"] = "essay"
    _, told = checked(tmp_path, data)
    places = [line.split(" ")[1] for line in told]
    assert sorted(places) == [
        "competencies[0].questions[0].core:",
        "competencies[0].questions[0].reference:",
        "competencies[0].questions[0].text:",
        "competencies[0].questions[1].indicators:",
        "competencies[0].questions[1].minutes:",
        "competencies[0].questions[1].probes[0].target:",
        "competencies[1].questions[0].probes[0].trigger:",
        "competencies[2].anchors:",
        "competencies[3].questions[4]:",
    ]


def test_a_fault_that_another_one_hid_is_told_too(tmp_path: Path) -> None:
    data = pack()
    hidden = data["competencies"][3]["questions"][4]
    hidden["type"] = "essay"
    hidden["probes"][0]["kind"] = "shout"
    data["competencies"][2]["questions"][1]["probes"][0].pop("target")
    text, told = checked(tmp_path, data)
    assert any(f"{line_of(text, 'shout')} competencies[3].questions[4].probes[0].kind" in f for f in told)
    assert any(
        "competencies[2].questions[1].probes[0]: probe 'p0': trigger 'missing' needs a target" in f for f in told
    )


def places_of(data: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, part in below for place in places_of(part, (*path, key)))]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(places_of(pack())[1:]), min_size=1, max_size=3),
    st.sampled_from([None, "", "x", "Bad Id", -1, 7.5, [], {}, ["x"], {"x": 1}, True]),
)
def test_whatever_value_is_broken_the_check_tells_faults_and_never_stumbles(
    tmp_path_factory: pytest.TempPathFactory, spots: list[tuple[str | int, ...]], value: object
) -> None:
    data: Any = pack()
    for *way, last in spots:
        holder = data
        for step in way:
            inside = isinstance(holder, dict) or (isinstance(holder, list) and step in range(len(holder)))
            holder = (holder.get(step) if isinstance(holder, dict) else holder[step]) if inside else None
        if isinstance(holder, dict) or (isinstance(holder, list) and last in range(len(holder))):
            holder[last] = deepcopy(value)  # one inside itself could not be written down
    path = written(tmp_path_factory.getbasetemp(), as_yaml(data))
    told = packs.check_pack(path)
    try:
        packs.load_rubric(path)
    except packs.PackFaults as error:
        assert set(map(str, error.faults)) <= set(map(str, told))


@pytest.mark.parametrize("rubric", [rubric for _, rubric in packs.installed_rubrics()], ids=lambda rubric: rubric.id)
def test_a_pack_that_is_written_as_a_file_is_the_same_pack_when_it_is_read(rubric: Rubric) -> None:
    file = packs.as_yaml(rubric.model_dump(mode="json")).encode()
    data, _, found = packs.read_text("pack.yaml", file)
    assert not found and Rubric.model_validate(data).sha256 == rubric.sha256
