"""What the source does with what it is given: patterns, formats, hashes, times and scripts, found by reading it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "vetting"
FILES = sorted(file for file in ROOT.rglob("*.py") if "versions" not in file.parts)
SCRIPTS = sorted(file for file in (ROOT / "web" / "static").glob("*.js") if not file.name.endswith(".min.js"))
PATTERNS = frozenset({"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
OF_CODE = frozenset(
    {
        "domain/brief_questions.py name",  # languages we know
        "domain/cv_titles.py register",  # registers we know
        "domain/places.py name",  # countries, regions and zones we know
        "domain/rubric_patch.py pattern",  # of the schema of packs
        "domain/text.py number",  # of a line
        "domain/withheld.py longest_first",  # escaped a line before
        "engines/verdict_distribution.py f.value",  # a finding
        "web/pack_form.py name",  # of a field of the form, as the code calls it
    }
)
"""What stands in patterns that are built while the service runs, and comes from the code."""
FORMATS_OF_CODE = frozenset(
    {
        "domain/defence.py drawn.choice(_CONDITION)",
        "domain/defence.py drawn.choice(_NUMBER)",
        "domain/defence.py drawn.choice(wordings)",
        "domain/item_concerns.py words",  # of the catalogue, as all that are called so
        "domain/language.py said",
        "domain/pack_draft.py template",
        "domain/pack_places.py _(one)",  # a pattern of a place in a pack
        "domain/retention.py words",
        "domain/signals.py words",
        "domain/work_sample.py said",
        "logs.py super()",
        "services/doctor.py check.holds",
        "web/deps.py words",
        "web/fact_form.py words",
        "web/facts.py words",
        'web/figures.py Markup(\'lang="{}" dir="{}"\')',
        "web/figures.py words",  # a noun of a template
        "web/links.py words",
        "web/own_view.py _(what)",  # a line of what is kept
        "web/recruiter.py words",
        "web/requirement_form.py words",
        "web/security.py words",
    }
)
LOGS = r"_?log(ger)?\.(debug|info|warning|error|exception|critical|log)"
MEASURES = frozenset({"evals/matching.py"})
"""Takes today's date as a default for a set that somebody measures on; nothing of it is stored."""
HASHES = frozenset({"sha256", "sha384", "sha512"})


def trees() -> Iterator[tuple[str, ast.Module]]:
    for file in FILES:
        yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def inside_functions(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls that run with what a function was given; those of a module run once, over its own constants."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = function.body if isinstance(function.body, list) else [function.body]
            yield from (node for part in body for node in ast.walk(part) if isinstance(node, ast.Call))


def parts(pattern: ast.expr) -> Iterator[ast.expr]:
    """What a pattern is put together of, without its fixed text and what is escaped."""
    if isinstance(pattern, ast.Constant) or (isinstance(pattern, ast.Name) and pattern.id.lstrip("_").isupper()):
        return
    if isinstance(pattern, ast.JoinedStr):
        for value in pattern.values:
            yield from parts(value.value if isinstance(value, ast.FormattedValue) else value)
    elif isinstance(pattern, ast.BinOp):
        yield from parts(pattern.left)
        yield from parts(pattern.right)
    elif not re.match(r"re\.escape\(|'[^']*'\.join\(map\(re\.escape, ", ast.unparse(pattern)):
        yield pattern


def unescaped(name: str, tree: ast.Module) -> set[str]:
    """Parts of patterns that are neither fixed nor escaped."""
    found = set()
    for call in inside_functions(tree):
        function = call.func
        of_re = isinstance(function, ast.Attribute) and ast.unparse(function.value) == "re"
        if of_re and isinstance(function, ast.Attribute) and function.attr in PATTERNS and call.args:
            found |= {f"{name} {ast.unparse(part)}" for part in parts(call.args[0])}
    return found


def said(words: ast.expr) -> bool:
    """Whether these are words of the catalogue: fixed in the code, or of one of its tables of constants."""
    if not isinstance(words, ast.Call) or ast.unparse(words.func) not in ("_", "ngettext", "pgettext", "npgettext"):
        return False
    forms = words.args[:-1] if "n" in ast.unparse(words.func)[:2] else words.args
    return all(isinstance(f, ast.Constant) or re.match(r"_?[A-Z_]+(\[|\.get\(|$)", ast.unparse(f)) for f in forms)


def formats(name: str, tree: ast.Module) -> set[str]:
    """What is used as a format and is neither fixed nor a constant of a module."""
    found = set()
    for node in ast.walk(tree):
        receiver: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("format"):
            receiver = node.func.value if node.func.attr in ("format", "format_map") else None
        elif (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Mod)
            and isinstance(node.right, ast.Tuple | ast.Dict)
        ):
            receiver = node.left
        elif isinstance(node, ast.Call) and re.fullmatch(LOGS, ast.unparse(node.func)) and node.args:
            receiver = node.args[1] if ast.unparse(node.func).endswith(".log") else node.args[0]
        fixed = isinstance(receiver, ast.Constant | None) or re.fullmatch(r"_?[A-Z_]+", ast.unparse(receiver))
        fixed = fixed or (receiver is not None and said(receiver))
        if receiver is not None and not fixed:
            found.add(f"{name} {ast.unparse(receiver)}")
    return found


@pytest.mark.asvs("V1.2.9")
def test_no_text_of_anybody_becomes_part_of_a_pattern_unescaped() -> None:
    assert {part for name, tree in trees() for part in unescaped(name, tree)} == OF_CODE
    given = ast.parse("def f(words):\n    return re.search(rf'\\b{words}\\b', 'x') or re.match(re.escape(words), 'x')")
    assert unescaped("given.py", given) == {"given.py words"}


@pytest.mark.asvs("V1.3.10")
def test_no_text_of_anybody_becomes_a_format() -> None:
    assert {part for name, tree in trees() for part in formats(name, tree)} == FORMATS_OF_CODE
    given = ast.parse("words.format(1)\nwords % (1,)\nlogger.warning(words)\nLAST.format(1)\nlogger.info('%s', words)")
    assert formats("given.py", given) == {"given.py words"}


@pytest.mark.asvs("V11.4.3")
def test_what_is_signed_or_sealed_has_a_hash_of_256_bits_or_more() -> None:
    found: dict[str, set[str]] = {}
    for name, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called in ("hmac.digest", "hmac.new"):
                found.setdefault(name, set()).add(str(ast.literal_eval(node.args[2])))
            if called in ("Signer", "URLSafeTimedSerializer"):  # by themselves they would take SHA-1
                given = re.search(r"digest_method'?[=:] ?hashlib\.(\w+)", ast.unparse(tree))
                found.setdefault(name, set()).add(given[1] if given else "sha1")
    assert {"services/audit.py", "services/results.py", "web/sign_on.py"} <= set(found)
    assert {name: how - HASHES for name, how in found.items() if how - HASHES} == {}


@pytest.mark.asvs("V16.2.2")
def test_no_time_is_taken_without_saying_that_it_is_utc() -> None:
    found = set()
    for name, tree in trees():
        for node in ast.walk(tree) if name not in MEASURES else ():
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if re.fullmatch(r"(datetime\.)?(datetime|date)\.(now|utcnow|today|fromtimestamp|utcfromtimestamp)", called):
                assert isinstance(node, ast.Call)
                if not node.args or ast.unparse(node.args[-1]) != "UTC":
                    found.add(f"{name}:{node.lineno} {called}")
    assert found == set()


REACHES = re.compile(r"__proto__|\bprototype\b|setPrototypeOf|defineProperty|structuredClone|\beval\b|new Function")
ASSIGNS = re.compile(r"[\w)\]]\[(?!\d+\])[^\]]+\]\s*(?:\?\?|\|\||&&|[+\-*/])?=(?![=>])")
MERGES = re.compile(r"Object\.assign\((?!button|document\.createElement|why|drop)|\bmerge\(")


def pollutes(script: str) -> list[str]:
    """Lines that write to a name that they were given, or reach for what all objects share."""
    return [line.strip() for line in script.splitlines() if any(p.search(line) for p in (REACHES, ASSIGNS, MERGES))]


@pytest.mark.asvs("V15.3.6")
def test_no_script_writes_to_a_name_that_it_was_given() -> None:
    assert len(SCRIPTS) > 8
    assert {file.name: found for file in SCRIPTS if (found := pollutes(file.read_text(encoding="utf-8")))} == {}
    for bad in ("kept[name] = value;", "kept[a][b] ||= 1;", "Object.assign(kept, given);", "x.__proto__.y = 1;"):
        assert pollutes(bad), bad
    assert pollutes("const [a, b] = pair; if (kept[name] === 1) go(kept[0]);") == []
