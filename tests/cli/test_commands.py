"""Commands as a shell sees them: exit codes, one plain sentence, nothing half-written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

EXPERT = {"id": "x-1", "name": "Ana Reyes", "items": [{"kind": "role", "title": "Network engineer", "text": "BGP."}]}
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("VETTING_", "OPENAI_"))}


def vetting(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = ENVIRONMENT | {"VETTING_DATA_DIR": str(folder / "data"), "VETTING_EMBEDDER": "hash"} | settings
    command = [sys.executable, "-m", "vetting", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=folder)


def one_sentence(result: subprocess.CompletedProcess[str], code: int = 1) -> str:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines
    return lines[0]


def test_importing_and_searching_works_in_an_empty_folder(tmp_path: Path) -> None:
    file = tmp_path / "experts.jsonl"
    file.write_text(json.dumps(EXPERT) + "\n")
    assert vetting(tmp_path, "import", "experts", str(file)).returncode == 0
    found = vetting(tmp_path, "search", "border gateway protocol", "--json")
    assert json.loads(found.stdout)["hits"][0]["expert"] == "x-1"


def test_a_csv_without_a_column_is_refused_whole_and_names_it(tmp_path: Path) -> None:
    file = tmp_path / "experts.csv"
    file.write_text("id,name\nx-1,Ana\n")
    said = one_sentence(vetting(tmp_path, "import", "experts", str(file)))
    assert "experts.csv" in said and "headline" in said
    assert json.loads(vetting(tmp_path, "search", "anything", "--json").stdout)["hits"] == []


def test_a_bad_row_is_named_while_the_rest_goes_in(tmp_path: Path) -> None:
    file = tmp_path / "experts.jsonl"
    bad = EXPERT | {"id": "x-2", "facts": {"hours_per_week": "many"}}
    file.write_text("\n".join(map(json.dumps, (EXPERT, bad))))
    result = vetting(tmp_path, "import", "experts", str(file))
    said = result.stderr.splitlines()[-1]
    assert result.returncode == 1 and "experts.jsonl:2" in said and "hours_per_week" in said
    assert len(json.loads(vetting(tmp_path, "search", "BGP", "--json").stdout)["hits"]) == 1


def test_a_file_of_fifty_megabytes_is_one_sentence_and_nothing_goes_in(tmp_path: Path) -> None:
    file = tmp_path / "experts.jsonl"
    with file.open("wb") as out:
        out.write(json.dumps(EXPERT).encode() + b"\n")
        out.truncate(50 * 1024 * 1024)
    assert "experts.jsonl" in one_sentence(vetting(tmp_path, "import", "experts", str(file)))
    assert json.loads(vetting(tmp_path, "search", "BGP", "--json").stdout)["hits"] == []


def test_an_unknown_rubric_is_one_sentence_with_the_nearest_names(tmp_path: Path) -> None:
    said = one_sentence(vetting(tmp_path, "interview", "--rubric", "software.networkin", "--name", "Ana"))
    assert "software.networkin" in said and "software.networking" in said


def test_a_broken_pack_is_reported_with_every_fault_by_line(tmp_path: Path) -> None:
    pack = tmp_path / "bad.yaml"
    pack.write_text("id: Bad Id\nversion: one\ntitle: T\n")
    result = vetting(tmp_path, "rubrics", "check", str(pack))
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert "bad.yaml:1" in result.stdout and "bad.yaml:2" in result.stdout
    pack.write_text("id: [unclosed\n")
    assert "bad.yaml:" in vetting(tmp_path, "rubrics", "check", str(pack)).stdout


def test_broken_answers_are_named_by_file_and_line(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("a: [1,\n")
    run = ("interview", "--rubric", "software.networking", "--name", "Ana", "--answers", str(answers))
    assert "answers.yaml:" in one_sentence(vetting(tmp_path, *run))
    answers.write_text("a: 5\n")
    assert "answers are text" in one_sentence(vetting(tmp_path, *run))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"VETTING_LLM_MODEL": "m"}, "OPENAI_API_KEY"),
        ({"VETTING_LLM_MODEL": "m", "OPENAI_BASE_URL": "not a url"}, "OPENAI_BASE_URL"),
        ({"VETTING_ENV": "production"}, "VETTING_SECRET_KEY"),
        ({"VETTING_EMBEDDER": "magic"}, "VETTING_EMBEDDER"),
        ({"VETTING_SECRET_KEY_FILE": "/nowhere/at/all"}, "/nowhere/at/all"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, settings: dict[str, str], named: str) -> None:
    assert named in one_sentence(vetting(tmp_path, "search", "x", **settings))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = one_sentence(vetting(tmp_path, "search", "x", VETTING_DATA_DIR=str(tmp_path / "file" / "data")))
    assert "file" in said


def test_the_demo_never_empties_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    said = one_sentence(vetting(tmp_path, "demo", "--no-serve", "--workdir", str(tmp_path / "mine")))
    assert "mine" in said and (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_wrong_use_is_exit_code_two(tmp_path: Path) -> None:
    assert vetting(tmp_path, "match").returncode == 2
    assert vetting(tmp_path, "no-such-command").returncode == 2


def test_an_unknown_organisation_project_or_role_is_one_sentence(tmp_path: Path) -> None:
    assert "nowhere" in one_sentence(vetting(tmp_path, "search", "x", "--org", "nowhere"))
    assert "p-9" in one_sentence(vetting(tmp_path, "match", "p-9"))
    assert "king" in one_sentence(vetting(tmp_path, "users", "add", "a@example.org", "--role", "king"))


def test_a_sign_in_link_and_a_key_are_printed_alone(tmp_path: Path) -> None:
    link = vetting(tmp_path, "users", "add", "a@example.org", "--role", "recruiter").stdout.strip()
    assert link.startswith("http://127.0.0.1:8000/sign-in/") and "\n" not in link
    assert vetting(tmp_path, "apikeys", "create", "test").stdout.strip().startswith("vk_")


def test_prepared_answers_go_through_a_whole_interview(tmp_path: Path) -> None:
    from vetting.packs import load_rubric

    rubric = load_rubric("software.networking")
    answers = tmp_path / "answers.yaml"
    some = {q.id: f"On {q.id} I would look at the queue first and measure it." for q in list(rubric.questions())[::2]}
    answers.write_text(yaml.safe_dump(some))
    run = ("interview", "--rubric", "software.networking", "--name", "Ana", "--answers", str(answers), "--json")
    result = vetting(tmp_path, *run)
    document = json.loads(result.stdout)
    assert document["rubric"] == "software.networking" and document["turns"] >= 5
    assert "skipped prompts:" in result.stderr
    answers.write_text(yaml.safe_dump(["one answer only"]))
    result = vetting(tmp_path, *run)
    assert "answers ran out: yes" in result.stderr and json.loads(result.stdout)["turns"] == 2
