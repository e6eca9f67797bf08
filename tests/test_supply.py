"""The supply chain: the versions that are installed are written down, and an audit of nothing is no audit."""

import json

import pytest
from packaging.requirements import Requirement

from tests import supply

WANTED = {"a": "1.0", "b-c": "2.0"}


def told(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


A = {"name": "a", "version": "1.0", "vulns": []}
B = {"name": "B_C", "version": "2.0", "vulns": []}


def test_an_audit_passes_only_when_it_was_about_every_package() -> None:
    assert supply.judge(told(A, B), WANTED) == (True, "2 of 2 packages audited, none known to be vulnerable.")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("", "not run"),
        ("Connection refused", "not run"),
        ("{}", "not run"),
        (told(), "0 of 2 packages audited"),
        (told(A), "not about b-c"),
        (told(A, {"name": "b-c", "skip_reason": "not found"}), "1 of 2 packages audited"),
        (told(A, B | {"vulns": [{"id": "PYSEC-2026-1"}]}), "vulnerable: b-c 2.0 (PYSEC-2026-1)"),
    ],
)
def test_an_audit_of_nothing_or_of_less_is_not_passed(output: str, said: str) -> None:
    verdict = supply.judge(output, WANTED)
    assert not verdict.passed and said in verdict.sentence
    assert not supply.judge(told(), {}).passed


def test_without_the_program_the_audit_says_that_it_was_not_run() -> None:
    verdict = supply.audit("/nowhere/pip-audit")
    assert not verdict.passed and verdict.sentence.startswith("not run")


def test_every_package_that_pyproject_asks_for_has_its_tested_version_written_down() -> None:
    lines = [Requirement(line) for line in supply.CONSTRAINTS.read_text().splitlines() if not line.startswith("#")]
    written = {supply.normal(r.name): next(iter(r.specifier)).version for r in lines}
    for wanted in supply.declared():
        name = supply.normal(wanted.name)
        if name in supply.PINNED_ELSEWHERE:
            continue
        assert name in written, f"run `make constraints`: {name} is missing"
        assert wanted.specifier.contains(written[name]), f"{name} {written[name]} is older than pyproject asks for"


@pytest.mark.asvs("V15.1.2")
def test_the_bill_of_materials_names_every_package_and_the_weights() -> None:
    document = supply.sbom()
    components = {c["name"]: c for c in document["components"]}
    assert set(supply.versions()) <= set(components) and document["specVersion"] == "1.6"
    assert components["fastapi"]["purl"].startswith("pkg:pypi/fastapi@")
    assert components["all-MiniLM-L6-v2"]["hashes"][0]["alg"] == "SHA-256"
