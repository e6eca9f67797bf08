"""What the source must not hold, whoever writes it: doors that no test of behaviour would look behind."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "vetting"
FILES = sorted(file for file in ROOT.rglob("*.py") if "versions" not in file.parts)
RUNS = frozenset(
    """eval exec compile os.system os.popen pickle.load pickle.loads pickle.Unpickler marshal.loads shelve.open
    yaml.load yaml.unsafe_load yaml.full_load subprocess.getoutput ssl._create_unverified_context""".split()
)
WEAK = frozenset({"hashlib.md5", "hashlib.sha1", "md5", "sha1"})
SQL = frozenset({"text", "sql", "exec_driver_sql", "execute"})
MAKERS = (
    "services/accounts.py",
    "services/client_links.py",
    "services/inquiries.py",
    "services/invite_links.py",
    "services/sessions.py",
    "services/shortlists.py",
    "identity/provider.py",
)
"""Where secrets are made."""
DRAWN = frozenset({"random.SystemRandom"})
"""Which core form an interview has."""
PRAGMAS = frozenset({"f'PRAGMA {pragma}'", """f"PRAGMA query_only={('ON' if read_only else 'OFF')}\""""})
"""The two statements that are put together, out of words of the code."""
OF_POSTGRES = frozenset({"postgres.py", "vector_table.py"})
"""Locks and vectors: put together of names in the code, whole numbers and quoted names of embedders."""
JOB_TABLE = "job_table("
"""The name of a table of the job library, of which there are two, by kind of database."""


@cache
def calls(file: Path) -> tuple[tuple[str, ast.Call], ...]:
    """Every call in a file, by the name it is called by."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return tuple((_dotted(node.func), node) for node in nodes if isinstance(node, ast.Call))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


@pytest.mark.asvs("V1.2.5", "V1.3.2", "V1.5.2")
def test_nothing_runs_or_unpacks_what_it_is_given() -> None:
    found = [f"{file.name}:{node.lineno} {name}" for file in FILES for name, node in calls(file) if name in RUNS]
    found += [
        f"{file.name}:{node.lineno} shell=True"
        for file in FILES
        for _, node in calls(file)
        if any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords)
    ]
    assert found == []


@pytest.mark.asvs("V11.4.1")
def test_no_hash_is_a_weak_one() -> None:
    assert [f"{file.name}:{node.lineno}" for file in FILES for name, node in calls(file) if name in WEAK] == []


@pytest.mark.asvs("V1.2.4")
def test_no_statement_is_put_together_out_of_text() -> None:
    found = []
    for file in FILES:
        for name, node in calls(file):
            if name.rpartition(".")[2] in SQL and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
                said = ast.unparse(node.args[0])
                if said not in PRAGMAS and file.name not in OF_POSTGRES and JOB_TABLE not in said:
                    found.append(f"{file.name}:{node.lineno} {said[:80]}")
    assert found == []


@pytest.mark.asvs("V6.5.3", "V11.5.1")
def test_secrets_come_from_the_generator_for_secrets() -> None:
    made = re.compile(r"secrets\.token_urlsafe\((\d*)\)|generate_token\((\d+)\)")
    lengths: dict[str, list[int]] = {}
    for file in FILES:
        source = file.read_text(encoding="utf-8")
        lengths[str(file.relative_to(ROOT))] = [int(a or b or 32) for a, b in made.findall(source)]
    for name in MAKERS:
        assert not [said for said, _ in calls(ROOT / name) if said.startswith("uuid.")], name
        assert {said for said, _ in calls(ROOT / name) if said.startswith("random.")} <= DRAWN, name
    assert all(length >= 32 for length in [n for name in MAKERS for n in lengths[name]])
    assert all(lengths[name] for name in MAKERS)
