"""compose.yaml, the Dockerfile and the code fit together: no Docker runs here, so they are read as Docker would."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from tests.cli.test_serve import served
from tests.test_readme import commands, setting_names
from vetting.cli.app import app
from vetting.config import Settings
from vetting.db import postgres

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "vetting"}
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
OF_UVICORN = {"FORWARDED_ALLOW_IPS"}
GIVEN = {"VETTING_SECRET_KEY": "k" * 32, "VETTING_PUBLIC_URL": "https://v.example.org", "POSTGRES_PASSWORD": "p"}
OF_JOB_LIBRARY, OF_WORKER = 5, 40
"""Connections beside the service's own ones, and all of a worker, as docs/scaling.md has them."""


def lines(instruction: str) -> list[str]:
    return [line.removeprefix(instruction).strip() for line in IMAGE if line.lstrip().startswith(f"{instruction} ")]


def filled(text: str, given: dict[str, str]) -> str:
    """A value with its `${NAME:-default}` and `${NAME:?reason}` put in, as Compose does."""

    def value(found: re.Match[str]) -> str:
        name, sign, rest = found.groups()
        assert name in given or sign != "?", f"{name}: {rest}"
        return given.get(name) or (rest if sign == "-" else "")

    return re.sub(r"\$\{(\w+):([-?])([^}]*)\}", value, text)


def environment(service: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
    """What a container is told; a name without a value is handed on where it is given."""
    named = service["environment"]
    told = {name: given.get(name) if value is None else filled(str(value), given) for name, value in named.items()}
    return {name: value for name, value in told.items() if value is not None}


def settings(service: dict[str, Any], monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    with monkeypatch.context() as inside:
        for name, value in environment(service, GIVEN | given).items():
            inside.setenv(name, value)
        return Settings()


def parsed(command: list[str]) -> dict[str, Any]:
    """The options of a `vetting` command; one that does not exist is an error."""
    assert command[0] == "vetting" and command[1] in commands()
    found = typer.main.get_command(app).commands[command[1]]  # type: ignore[attr-defined]  # it is a group
    options: dict[str, Any] = found.make_context(command[1], command[2:]).params
    return options


def of_image(instruction: str) -> list[str]:
    (written,) = lines(instruction)
    return list(yaml.safe_load(written))


def command_of(service: dict[str, Any]) -> list[str]:
    return service.get("command") or of_image("CMD")


def test_every_variable_is_a_setting_of_the_service_or_one_of_uvicorn() -> None:
    for service in OURS.values():
        assert set(service["environment"]) <= setting_names() | OF_UVICORN
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+)", text))
    assert asked <= setting_names() | OF_UVICORN | {"POSTGRES_PASSWORD"}
    of_image = {pair.split("=")[0] for line in lines("ENV") for pair in line.split()}
    assert {name for name in of_image if name.startswith(("VETTING_", "OPENAI_"))} <= setting_names()


@pytest.mark.parametrize("name", OURS)
def test_what_has_to_be_given_is_enough_for_a_service_in_production(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = settings(OURS[name], monkeypatch)
    assert made.env == "production" and made.llm_model is None and made.openai_base_url is None
    model = settings(OURS[name], monkeypatch, VETTING_LLM_MODEL="m", OPENAI_API_KEY="k")
    assert model.llm_model == "m" and model.openai_base_url is None
    with pytest.raises(AssertionError, match="VETTING_SECRET_KEY: set a secret"):
        environment(OURS[name], {})


def test_every_command_and_option_exists_and_the_port_is_the_same_everywhere() -> None:
    (port,) = lines("EXPOSE")
    for service in OURS.values():
        options = parsed(command_of(service))
        if command_of(service)[1] == "serve":
            assert options["host"] == "0.0.0.0" and str(options["port"]) == port
            (published,) = service["ports"]
            assert published.startswith("127.0.0.1:") and published.endswith(f":{port}")
        else:
            assert "ports" not in service and service["healthcheck"] == {"disable": True}, "it answers at no port"
    (health,) = lines("HEALTHCHECK")
    assert f"http://127.0.0.1:{port}/healthz" in health
    assert parsed(of_image("CMD"))["workers"] == 1


def test_the_data_folder_is_a_volume_that_the_user_of_the_image_owns() -> None:
    variables = dict(pair.split("=", 1) for line in lines("ENV") for pair in line.split())
    folder, user = variables["VETTING_DATA_DIR"], lines("USER")[0]
    assert lines("VOLUME") == [folder] and user not in ("root", "0")
    assert any(f"install -d -o {user} -g {user} {folder}" in line for line in lines("RUN"))
    for service in OURS.values():
        assert service["environment"]["VETTING_DATA_DIR"] == folder and service["read_only"]
        (volume,) = service["volumes"]
        assert volume.split(":")[1] == folder and volume.split(":")[0] in COMPOSE["volumes"]


def test_who_migrates_comes_after_the_database_and_the_workers_after_that() -> None:
    ready = {"condition": "service_healthy"}
    web, worker, db = SERVICES["web"], SERVICES["worker"], SERVICES["db"]
    assert web["depends_on"] == {"db": ready} and worker["depends_on"] == {"web": ready}
    assert "-h 127.0.0.1" in db["healthcheck"]["test"][1], "its socket answers before it is set up"
    assert {name for name, service in SERVICES.items() if service["profiles"] == ["postgres"]} == {
        "web",
        "worker",
        "db",
    }
    assert [name for name, service in SERVICES.items() if service["profiles"] == ["sqlite"]] == ["vetting"]


def test_the_address_of_the_database_names_its_host_user_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    made = SERVICES["db"]["environment"]
    for name in ("web", "worker"):
        url = postgres.make_postgres(settings(OURS[name], monkeypatch).database).url
        assert (url.host, url.username, url.database) == ("db", made["POSTGRES_USER"], made["POSTGRES_DB"])
        assert url.password == filled(made["POSTGRES_PASSWORD"], GIVEN)


def test_the_database_takes_as_many_connections_as_all_processes_may_open() -> None:
    web, worker, db = SERVICES["web"], SERVICES["worker"], SERVICES["db"]
    of_one = postgres.POOL + postgres.MORE + OF_JOB_LIBRARY
    most = (parsed(web["command"])["workers"] + 1) * of_one + worker["deploy"]["replicas"] * OF_WORKER
    (limit,) = [int(word.split("=")[1]) for word in db["command"] if word.startswith("max_connections=")]
    assert most < limit


def test_everything_the_image_is_made_from_is_sent_to_docker_and_copied() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line.startswith("!")}
    copied = {word for line in lines("COPY") if "--from" not in line for word in shlex.split(line)[:-1]}
    assert copied == sent
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {
        *wheel["packages"],
        *wheel["force-include"],
        project["project"]["readme"],
        *project["project"]["license-files"],
    }
    assert needed <= copied and all((ROOT / name).exists() for name in copied)
    (extra,) = re.findall(r'"\.\[(\w+)\]"', "\n".join(lines("RUN")))
    assert extra in project["project"]["optional-dependencies"]


def test_the_image_has_the_pytorch_of_the_makefile() -> None:
    (makefile,) = re.findall(r"^TORCH \?= (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert re.findall(r"torch==\S+", "\n".join(lines("RUN"))) == [makefile]


@pytest.mark.slow
def test_the_health_check_of_the_image_is_passed_by_a_service_in_production(tmp_path: Path) -> None:
    here = {"VETTING_DATA_DIR", "VETTING_DATABASE_URL", "VETTING_INDEX"}
    told = {name: value for name, value in environment(OURS["web"], GIVEN).items() if name not in here}
    (port,), (health,) = lines("EXPOSE"), lines("HEALTHCHECK")
    command = yaml.safe_load(health.partition("CMD ")[2])
    with served(tmp_path, "--workers", "2", "--no-worker", **told) as (_, served_at):
        asked = command[2].replace(f":{port}/", f":{served_at}/")
        ran = subprocess.run([sys.executable, command[1], asked], capture_output=True, text=True, timeout=60)
    assert command[0] == "python" and ran.returncode == 0, ran.stderr
