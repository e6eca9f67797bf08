"""Commands as a shell sees them: exit codes, one plain sentence, nothing half-written."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
import yaml

from tests import databases
from tests.cli.forked import command
from tests.llm import bad_servers
from tests.packs_examples import as_yaml, pack

pytestmark = pytest.mark.slow

EXPERT = {"id": "x-1", "name": "Ana Reyes", "items": [{"kind": "role", "title": "Network engineer", "text": "BGP."}]}
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("VETTING_", "OPENAI_"))}


def environment_of(data: Path) -> dict[str, str]:
    """What a process that works on a data folder is told."""
    here = {"VETTING_DATA_DIR": str(data), "VETTING_EMBEDDER": "hash"}
    return ENVIRONMENT | here | databases.environment(data)


def vetting(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return command(arguments, environment_of(folder / "data") | settings, folder, seconds=120)


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
    table = vetting(tmp_path, "search", "border gateway protocol").stdout
    assert table.rstrip().endswith("structured interviewer, no language model")


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


def test_the_report_of_a_check_is_one_json_document_and_a_broken_pack_is_not_rated(tmp_path: Path) -> None:
    pack = tmp_path / "bad.yaml"
    pack.write_text("id: Bad Id\nversion: one\ntitle: T\n")
    result = vetting(tmp_path, "rubrics", "check", str(pack), "--silence", "--json")
    report = json.loads(result.stdout)
    assert result.returncode == 1 and report["failed"] and report["silence"] == []
    assert [report["faults"][0][key] for key in ("file", "line", "severity")] == [str(pack), 1, "error"]


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


@pytest.mark.sqlite
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
    for arguments in (
        ("users", "add", "a@example.org", "--role", "king"),
        ("eval", "scoring", "--items", "items.jsonl", "--fit-folds", "king"),
        ("rubrics", "new", "King Lear"),
    ):
        result = vetting(tmp_path, *arguments)
        assert result.returncode == 2 and arguments[-1] in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("users", "add", "a@b.org", "--role", "king"), "recruiter, project_manager, reviewer, admin"),
        (("apikeys", "create", "reports", "--scope", "king"), "all, read"),
    ],
)
def test_an_option_that_takes_one_of_a_few_words_names_them(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    said = vetting(tmp_path, *arguments).stderr
    assert f"'king' is none of {words}." in said and "Value error" not in said


def test_an_organisation_is_made_once_listed_and_acted_for(tmp_path: Path) -> None:
    add = ("organisations", "add", "example-lab", "--name", "Example Lab")
    assert "--org example-lab" in vetting(tmp_path, *add).stdout
    assert "already" in one_sentence(vetting(tmp_path, *add))
    assert vetting(tmp_path, "organisations", "list").stdout.splitlines()[-1] == "example-lab  Example Lab"
    listed = json.loads(vetting(tmp_path, "organisations", "list", "--json").stdout)
    assert [o["slug"] for o in listed["organisations"]] == ["default", "example-lab"]
    key = vetting(tmp_path, "apikeys", "create", "test", "--org", "example-lab")
    assert key.stdout.startswith("vk_"), key.stderr
    assert "slug" in one_sentence(vetting(tmp_path, "organisations", "add", "Example Lab", "--name", "x"))


def test_answers_to_unknown_questions_are_refused_with_the_nearest_names(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("nothing-like-it: A.\n")
    run = ("interview", "--rubric", "software.networking", "--name", "Ana", "--answers", str(answers))
    assert "has no question 'nothing-like-it'" in one_sentence(vetting(tmp_path, *run))


def test_an_out_file_in_no_folder_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    run = ("eval", "scoring", "--items", "none.jsonl", "--out", str(tmp_path / "none" / "out.jsonl"))
    assert str(tmp_path / "none") in one_sentence(vetting(tmp_path, *run))


def test_an_index_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "index").write_text("a file where the folder should be")
    said = vetting(tmp_path, "index", "rebuild")
    assert "could not be written" in one_sentence(said)


def press_ctrl_c(process: subprocess.Popen[str]) -> None:
    """Again where nothing happens: a signal in the instant before the read begins is seen only when the read ends."""
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return
    process.kill()
    raise AssertionError("it did not stop")


def heeds_ctrl_c() -> None:
    """A shell that starts the tests in the background has its children ignore the signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interview_that_is_stopped_says_that_answers_are_kept(tmp_path: Path) -> None:
    environment = environment_of(tmp_path / "data")
    command = [sys.executable, "-m", "vetting", "interview", "--rubric", "software.networking", "--name", "Ana"]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        command, env=environment, text=True, cwd=tmp_path, preexec_fn=heeds_ctrl_c, **streams
    ) as process:
        assert process.stderr is not None and process.stdin is not None
        while not process.stderr.readline().startswith("[1]"):
            assert process.poll() is None
        press_ctrl_c(process)
        said = process.stderr.read().strip().splitlines()
    assert process.returncode == 130 and said[-1] == "Stopped; what you answered is kept."
    assert "Traceback" not in "".join(said)


def test_an_unknown_organisation_or_project_is_one_sentence(tmp_path: Path) -> None:
    said = one_sentence(vetting(tmp_path, "search", "x", "--org", "nowhere"))
    assert "nowhere" in said and "vetting organisations add nowhere" in said
    assert "p-9" in one_sentence(vetting(tmp_path, "match", "p-9"))


def test_a_sign_in_link_and_a_key_are_printed_alone(tmp_path: Path) -> None:
    link = vetting(tmp_path, "users", "add", "a@example.org", "--role", "recruiter").stdout.strip()
    assert link.startswith("http://127.0.0.1:8000/sign-in/") and "\n" not in link
    assert vetting(tmp_path, "apikeys", "create", "test").stdout.strip().startswith("vk_")


def test_users_and_keys_are_listed_and_taken_away(tmp_path: Path) -> None:
    vetting(tmp_path, "users", "add", "a@example.org", "--role", "reviewer", VETTING_LOCAL_SIGN_IN="true")
    vetting(tmp_path, "apikeys", "create", "reports", "--scope", "read")
    listed = json.loads(vetting(tmp_path, "users", "list", "--json").stdout)
    assert listed == {"users": [{"email": "a@example.org", "role": "reviewer"}]}
    assert vetting(tmp_path, "apikeys", "list").stdout.split()[::2] == ["read", "reports"]
    assert vetting(tmp_path, "users", "remove", "a@example.org").returncode == 0
    assert vetting(tmp_path, "apikeys", "revoke", "reports").stdout == "Ended: 1\n"
    assert "a@example.org" in one_sentence(vetting(tmp_path, "users", "remove", "a@example.org"))
    vetting(tmp_path, "users", "add", "b@example.org", "--role", "admin")
    assert "the only administrator" in one_sentence(vetting(tmp_path, "users", "remove", "b@example.org"))


def test_a_pack_whose_levels_are_assumed_says_so_in_the_terminal_too(tmp_path: Path) -> None:
    file = tmp_path / "test.pack.yaml"
    file.write_text(as_yaml(pack(uncalibrated=True)), encoding="utf-8")
    assert "(draft, uncalibrated)" in vetting(tmp_path, "rubrics", "show", str(file)).stdout.splitlines()[0]


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


@pytest.mark.parametrize(
    "behaviour",
    [
        bad_servers.error(401, "Incorrect API key provided."),
        bad_servers.error(404, "There is no such model."),
        bad_servers.http(200, "<html>Hello</html>"),
    ],
    ids=["wrong key", "wrong model", "a page"],
)
def test_an_interview_that_no_model_could_ask_in_says_so_once_and_why(
    tmp_path: Path, behaviour: bad_servers.Behaviour
) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(yaml.safe_dump([f"On {n} I would look at the queue first and measure it." for n in range(4)]))
    run = ("interview", "--rubric", "software.networking", "--name", "Ana", "--answers", str(answers), "--json")
    with closing(bad_servers.BadServer(behaviour)) as server:
        model = {"VETTING_LLM_MODEL": "m", "OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "wrong"}
        result = vetting(tmp_path, *run, **model)
    assert result.returncode == 0, result.stderr
    (said,) = [line for line in result.stderr.splitlines() if "structured interviewer went on" in line]
    notes = json.loads(result.stdout)["notes"]
    assert notes and said == " ".join(notes) and notes[0].startswith("In turn")
    assert "notes" not in json.loads(vetting(tmp_path, *run).stdout)


def test_only_a_model_that_passed_its_check_rates_and_a_failing_one_is_exit_one(tmp_path: Path) -> None:
    from vetting.llm.fake_server import FakeServer

    with FakeServer() as server:
        known = {"OPENAI_BASE_URL": server.base_url}
        passed = vetting(tmp_path, "models", "check", "--model", "fake", "--json", **known)
    assert passed.returncode == 0, passed.stderr
    (document,) = json.loads(passed.stdout)["models"]
    assert document["admitted"] and document["tokens_per_interview"]["input"] > 0 and not document["cost_per_interview"]
    said = one_sentence(vetting(tmp_path, "models", "check", VETTING_LLM_MODEL="fake", **known))
    assert "OPENAI_BASE_URL" in said  # nobody answers any more, so nothing is stored against the model
    assert "VETTING_LLM_MODEL" in one_sentence(vetting(tmp_path, "models", "check"))


def test_a_calibration_says_what_is_missing(tmp_path: Path) -> None:
    item = {
        "id": "a",
        "question": "Why?",
        "reference": "A queue overflowed somewhere.",
        "answer": "A full queue I think",
    }
    file = tmp_path / "items.jsonl"
    file.write_text(json.dumps(item | {"human": 1, "scale": [0, 2]}))
    said = vetting(tmp_path, "calibrate", "--items", str(file)).stderr.splitlines()[-1]
    assert "items.jsonl" in said and "100 scored answers, here are 1" in said
    assert "--items" in one_sentence(vetting(tmp_path, "calibrate"))
    removed = vetting(tmp_path, "calibrate", "--remove", "--json")
    assert json.loads(removed.stdout) == {"removed": 0}


def test_an_obedient_fake_without_a_script_obeys_what_the_check_of_models_tries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from vetting.cli import run as commands
    from vetting.llm import fake_server
    from vetting.services.admission import golden_set

    given: dict[str, object] = {}
    monkeypatch.setattr(fake_server, "run", lambda _out, **more: given.update(more))
    commands.fake_llm(mode="obedient")
    assert given["attacks"] == [order.order for order in golden_set().orders] and len(given["attacks"]) >= 12
    commands.fake_llm(mode="honest")
    assert given["attacks"] == []
