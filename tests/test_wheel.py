"""The built wheel, installed elsewhere, has everything that the commands need."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHIPPED = ("rubrics", "prompts", "data/demo", "data/eval", "data/taxonomy")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, cwd=folder)
    (built,) = folder.glob("vetting-*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path) -> Path:
    """A folder holding nothing but the installed wheel; its dependencies are those of this environment."""
    target = wheel.parent / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True, capture_output=True)
    return target


def run(elsewhere: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    surroundings = os.environ | {"PYTHONPATH": str(elsewhere)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=surroundings, cwd=elsewhere.parent, timeout=120)


def test_every_shipped_file_is_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    files = [p for name in SHIPPED for p in (ROOT / name).rglob("*") if p.is_file()]
    missing = [str(p.relative_to(ROOT)) for p in files if f"vetting/_shipped/{p.relative_to(ROOT)}" not in inside]
    assert files and not missing


def test_pages_and_migrations_are_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    kinds = (".html", ".css", ".js", ".mako", ".yaml", ".py", ".svg", ".woff2")
    files = [p.relative_to(ROOT).as_posix() for p in (ROOT / "vetting").rglob("*") if p.suffix in kinds]
    assert not [f for f in files if f not in inside and "__pycache__" not in f]


@pytest.mark.asvs("V13.4.1")
def test_no_history_of_the_source_is_in_the_wheel_or_the_image(wheel: Path) -> None:
    inside = zipfile.ZipFile(wheel).namelist()
    assert inside and not [name for name in inside if ".git" in name or ".hg/" in name or ".svn/" in name]
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert sent[0] == "*" and not [line for line in sent if line.startswith("!.") or line in ("!*", "!**")]
    copied = [line.split() for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()]
    assert not [words for words in copied if words[:1] in (["COPY"], ["ADD"]) and "." in words[1:-1]]


def test_nothing_of_a_running_installation_is_in_the_wheel(wheel: Path) -> None:
    inside = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in inside if "data/local" in name or name.endswith((".sqlite3", ".env", ".log"))]


def test_the_installed_wheel_finds_its_own_packs(elsewhere: Path) -> None:
    code = f"from vetting import packs; print(*[packs.shipped(n) for n in {SHIPPED}], sep='\\n')"
    found = run(elsewhere, "-c", code)
    assert found.stdout.splitlines() == [str(elsewhere / "vetting/_shipped" / name) for name in SHIPPED], found.stderr


def test_the_installed_wheel_checks_its_rubrics(elsewhere: Path) -> None:
    checked = run(elsewhere, "-m", "vetting", "rubrics", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    shipped = len(list((elsewhere / "vetting" / "_shipped" / "rubrics").glob("*.yaml")))
    assert f"{shipped} packs, 0 errors" in checked.stdout and shipped >= 2
