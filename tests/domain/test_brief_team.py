"""How many a brief wants, and whom nobody may work for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.brief import draft
from vetting.domain.brief_team import MOST_SEATS, NUMBERS, Team, read_team


@pytest.mark.parametrize(
    ("brief", "seats"),
    [
        ("We need three physicians.", 3),
        ("Looking for 2 network engineers with BGP.", 2),
        ("A pair of lawyers is wanted.", 2),
        ("We want two to three senior tax lawyers.", 3),
        ("2-3 cardiologists", 3),
        ("- 4 board-certified radiologists", 4),
        ("Seats: 5", 5),
        ("Headcount | 6", 6),
        ("Experts wanted: two", 2),
        ("We need three physicians and two pharmacists.", 5),
        ("One engineer is enough.", 1),
        ("Six US board-certified radiologists; based in the US.", 6),
        ("We are looking for up to five native Spanish speakers.", 5),
        ("A dozen annotators wanted.", 12),
        ("Need 10 people, 10 h a week.", 10),
    ],
)
def test_a_number_of_people_is_the_number_of_seats(brief: str, seats: int) -> None:
    assert read_team(brief).seats == seats


@pytest.mark.parametrize(
    "brief",
    [
        "We need a physician.",
        "At least two years of experience with Kubernetes.",
        "Each answer is read by two physicians.",
        "You report to three engineers of ours.",
        "We need 10 hours a week.",
        "Our two lawyers need help.",
        "Version 2 reviewers need a licence.",
        "Must know layer 3 engineering.",
        "We need somebody who managed three engineers' time.",
    ],
)
def test_other_numbers_are_no_seats(brief: str) -> None:
    assert read_team(brief).seats is None


@given(st.sampled_from(sorted(NUMBERS)), st.sampled_from(["physicians", "network engineers", "tax lawyers"]))
def test_a_number_word_and_its_digits_say_the_same(word: str, who: str) -> None:
    assert read_team(f"We need {word} {who}.").seats == read_team(f"We need {NUMBERS[word]} {who}.").seats


@pytest.mark.parametrize(
    ("brief", "names"),
    [
        ("Nobody who works for Northgate please.", ("Northgate",)),
        ("Please, no one who currently works at Acme Corp.", ("Acme Corp",)),
        ("No employees of Novagene or Helix Labs.", ("Novagene", "Helix Labs")),
        ("They must not work for RadNet or for Aidoc.", ("RadNet", "Aidoc")),
        (
            "Experts mustn't be employed by Quillback, Northgate and Bank of Porto.",
            ("Quillback", "Northgate", "Bank of Porto"),
        ),
        ("Not employed by: Novagene, Helix Labs", ("Novagene", "Helix Labs")),
        ("No ties to Smith & Sons.", ("Smith & Sons",)),
        ("Conflicts: Northgate, Quillback", ("Northgate", "Quillback")),
        ("No current or former staff of The Northgate Group.", ("The Northgate Group",)),
        ("No people from Meridian.", ("Meridian",)),
        ("Must be independent of Northgate.", ("Northgate",)),
    ],
)  # fmt: skip
def test_whom_nobody_may_work_for_is_a_conflict_and_no_topic(brief: str, names: tuple[str, ...]) -> None:
    assert read_team(brief).conflicts == names
    assert draft(brief).requirements == ()


@pytest.mark.parametrize(
    "brief",
    [
        "Must have worked for Northgate.",
        "No experience at Google is needed.",
        "Works with Python.",
        "No degree from MIT needed.",
    ],
)  # fmt: skip
def test_where_somebody_worked_is_no_conflict(brief: str) -> None:
    assert read_team(brief).conflicts == ()


def test_a_conflict_that_is_not_named_is_shown_as_not_understood() -> None:
    made, left_out = draft("No employees of our competitors. Reviews contracts.")
    assert left_out == ("No employees of our competitors.",) and [r.topic for r in made] == ["Reviews contracts."]


@given(st.text(max_size=300))
def test_no_brief_makes_it_raise_and_names_stand_in_the_brief(brief: str) -> None:
    team = read_team(brief)
    assert team.seats is None or 0 < team.seats <= MOST_SEATS
    assert all(name in brief for name in team.conflicts)
    assert read_team("") == Team()
