"""The requirements of the OWASP ASVS 5.0, levels 1 and 2, and the test that stands behind each, or why none does.

python -m tests.asvs.table      writes docs/asvs.md
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "asvs.md"
LIST = Path(__file__).with_name("requirements.txt")
LINK = "https://owasp.org/www-project-application-security-verification-standard/"
CHAPTERS = {
    "V1": "Encoding and sanitization",
    "V2": "Validation and business logic",
    "V3": "Web frontend",
    "V4": "API and web service",
    "V5": "Files",
    "V6": "Authentication",
    "V7": "Sessions",
    "V8": "Authorization",
    "V9": "Self-contained tokens",
    "V10": "OAuth and OpenID Connect",
    "V11": "Cryptography",
    "V12": "Secure communication",
    "V13": "Configuration",
    "V14": "Data protection",
    "V15": "Secure coding and architecture",
    "V16": "Logging and error handling",
    "V17": "WebRTC",
}


class Requirement(NamedTuple):
    """One requirement; `reason` is empty where a test has to stand behind it, else begins with what it is."""

    id: str
    level: int
    asks: str
    reason: str


def requirements() -> list[Requirement]:
    """The list, in the order of the standard."""
    found = []
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, level, asks, reason = (part.strip() for part in line.split("|"))
            found.append(Requirement(name, int(level), asks, reason))
    return found


def marked() -> dict[str, list[str]]:
    """Requirement -> the tests that carry its mark; read from the source, so that nothing has to be imported."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        source = file.read_text(encoding="utf-8")
        if "mark.asvs" in source:
            for name, ids in _marks(ast.parse(source)):
                for one in ids:
                    found[one].append(f"{file.relative_to(ROOT)}::{name}")
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.asvs":
                    yield node.name, [str(ast.literal_eval(argument)) for argument in mark.args]


def text() -> str:
    """The page."""
    wanted, tests = requirements(), marked()
    counts = {level: Counter(state(r, tests) for r in wanted if r.level <= level) for level in (1, 2)}
    lines = [
        "# The OWASP ASVS, requirement by requirement\n",
        "Written by `make asvs`. The requirements are those of the OWASP Application Security Verification Standard",
        f"5.0.0 (CC BY-SA 4.0, <{LINK}>)",
        "at levels 1 and 2, each in a few words of our own; the standard says what is meant. *Covered* means that a",
        "test of this repository carries the requirement's mark, `@pytest.mark.asvs`, and fails when what it looks at",
        "no longer holds. It does not mean that somebody has verified the requirement as a whole.\n",
        "| | covered | not covered | not applicable | all |",
        "|---|--:|--:|--:|--:|",
    ]
    for level, name in ((1, "level 1"), (2, "levels 1 and 2")):
        c = counts[level]
        lines.append(f"| {name} | {c['covered']} | {c['not covered']} | {c['not applicable']} | {c.total()} |")
    for chapter, title in CHAPTERS.items():
        lines += [f"\n## {chapter} {title}\n", "| requirement | level | asks for | state |", "|---|:-:|---|---|"]
        lines += [_row(r, tests) for r in wanted if r.id.split(".")[0] == chapter]
    return "\n".join(lines) + "\n"


def state(requirement: Requirement, tests: Mapping[str, list[str]]) -> str:
    """How a requirement stands."""
    if requirement.id in tests:
        return "covered"
    return "not applicable" if requirement.reason.startswith("n/a") else "not covered"


def _row(requirement: Requirement, tests: Mapping[str, list[str]]) -> str:
    stands = state(requirement, tests)
    reason = requirement.reason.removeprefix("n/a").removeprefix("-").strip()
    names = dict.fromkeys(one.split("::")[1] for one in tests.get(requirement.id, ()))
    behind = ", ".join(f"`{name}`" for name in names)
    said = f"**covered**: {behind}" if stands == "covered" else f"{stands}: {reason}"
    return f"| {requirement.id} | {requirement.level} | {requirement.asks} | {said} |"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
