"""The table of the ASVS is true: each requirement has a test or a reason, and the committed page says which."""

from tests.asvs.table import PAGE, marked, requirements, text


def test_every_requirement_has_either_a_test_or_a_reason() -> None:
    tests = marked()
    wanted = {r.id: r for r in requirements()}
    assert len(wanted) == 253 and sum(r.level == 1 for r in wanted.values()) == 70
    assert [name for name in tests if name not in wanted] == [], "marks of no requirement"
    assert [r.id for r in wanted.values() if r.id in tests and r.reason] == [], "a test and a reason why there is none"
    assert [r.id for r in wanted.values() if r.id not in tests and not r.reason.startswith(("n/a ", "- "))] == []


def test_the_committed_table_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == text(), "run: make asvs"
