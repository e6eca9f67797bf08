"""The README is true: what it names exists, and what exists is named."""

import re
from pathlib import Path

import typer

from vetting.cli.app import app
from vetting.config import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOOSE = {"OPENAI_API_KEY", "OPENAI_BASE_URL"}


def setting_names() -> set[str]:
    return {
        str(field.validation_alias) if field.validation_alias else f"VETTING_{name.upper()}"
        for name, field in Settings.model_fields.items()
    }


def commands() -> set[str]:
    from vetting.cli import (  # noqa: F401  # importing registers them
        evaluate,
        items,
        models,
        operate,
        packs,
        people,
        records,
        run,
        staff,
    )

    def names(group: object, prefix: str = "") -> set[str]:
        children = getattr(group, "commands", None)
        if children is None:
            return {prefix.strip()}
        return {n for name, child in children.items() for n in names(child, f"{prefix} {name}")}

    return names(typer.main.get_command(app))


def test_every_setting_is_described_and_every_described_setting_exists() -> None:
    described = set(re.findall(r"`(VETTING_[A-Z_]+|OPENAI_[A-Z_]+)(?:=[^`]*)?`", README))
    described -= {name for name in described if name.endswith("_FILE")}
    assert described == setting_names()


def test_every_command_is_named_and_every_named_command_exists() -> None:
    rows = re.findall(r"^\| (`vetting .*?) \|", README, re.MULTILINE)
    named: set[str] = set()
    for row in rows:
        words = re.findall(r"`([^`]+)`", row)
        group = words[0].removeprefix("vetting ").rsplit(" ", 1)[0]
        named |= {w.removeprefix("vetting ") if w.startswith("vetting ") else f"{group} {w}" for w in words}
    assert named == commands()


def test_every_command_has_an_example_in_its_help() -> None:
    commands()

    def check(group: object, name: str) -> None:
        for child_name, child in getattr(group, "commands", {}).items():
            check(child, f"{name} {child_name}")
        if not getattr(group, "commands", None):
            assert "Example:" in (getattr(group, "help", "") or ""), name

    check(typer.main.get_command(app), "vetting")


def test_every_file_of_the_map_exists_and_every_module_is_on_it() -> None:
    section = README.split("## The map")[1].split("## How to")[0]
    files: set[str] = set()
    for folder, cell in re.findall(r"^\| `([a-z_/]*)` \| .*? \| (.*?) \|$", section, re.MULTILINE):
        files |= {f"{folder}{name}.py" for name in re.findall(r"`(\w+)`", cell)}
    actual = {
        str(path.relative_to(ROOT / "vetting"))
        for path in (ROOT / "vetting").rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts and "_shipped" not in path.parts
    }
    assert files == actual


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
