"""JSON Resume documents as profiles."""

import hashlib

from vetting.domain.json_resume import bad_parts, impossible_date, is_json_resume, read_json_resume
from vetting.domain.profile import Profile

RESUME = {
    "basics": {"name": "Ana Reyes", "label": "Engineer", "email": "Ana@Example.org", "location": {"countryCode": "PT"}},
    "work": [{"name": "Kystlink", "position": "Engineer", "startDate": "2019-03", "summary": "Senders.",
              "highlights": ["Paced them."]}],
    "education": [{"institution": "Strandvik", "area": "Networks", "studyType": "PhD"}],
    "publications": [{"name": "Queues", "releaseDate": "2020", "summary": "On queues."}],
    "skills": [{"name": "Networks", "keywords": ["BGP", "QUIC"]}, {"keywords": ["nameless"]}],
    "languages": [{"language": "English", "fluency": "Native speaker"}, {"language": "Klingon", "fluency": "Fluent"},
                  {"language": "German", "fluency": "b1"}],
}  # fmt: skip


def test_a_resume_becomes_a_profile_with_its_sections_as_items() -> None:
    profile = Profile.model_validate(read_json_resume(RESUME, b""))
    assert (profile.id, profile.headline, profile.facts.country) == ("ana@example.org", "Engineer", "PT")
    assert [(i.kind.value, i.title) for i in profile.items] == [
        ("role", "Engineer, Kystlink"),
        ("paper", "Queues"),
        ("education", "PhD, Networks, Strandvik"),
        ("skill", "Networks"),
    ]
    assert profile.items[0].text == "Senders.\nPaced them."
    assert dict(profile.facts.languages) == {"en": "C2", "de": "B1"}
    assert profile.facts.degrees == ("PhD",)


def test_without_an_address_the_bytes_give_the_id() -> None:
    found = read_json_resume({"basics": {"name": "Ana"}}, b"abc")
    assert found["id"] == hashlib.sha256(b"abc").hexdigest()


def test_sections_of_the_wrong_type_are_left_out() -> None:
    odd = {
        "basics": {"name": "Ana", "location": "Lisbon"},
        "work": "many",
        "languages": [3],
        "skills": [{"name": None}],
    }
    assert Profile.model_validate(read_json_resume(odd, b"")).items == ()


def test_only_an_object_with_basics_is_a_resume() -> None:
    assert is_json_resume(RESUME) and not any(map(is_json_resume, ([], {}, {"basics": 1}, "basics")))


def test_a_date_that_no_calendar_has_is_named_and_one_in_words_is_taken() -> None:
    def told(**dates: object) -> str:
        return impossible_date({"basics": {}, "work": [{"name": "A"}, {"name": "B", **dates}]})

    assert [
        told(startDate=d) for d in ("2020", "2020-02", "2020-02-29", "Spring 2020", None, "", "2020-05-01T00:00Z")
    ] == [""] * 7
    assert told(startDate="2020-13-01").startswith("work[1].startDate: '2020-13-01' is not a date")
    assert told(endDate="2021-02-29").startswith("work[1].endDate:")
    assert told(endDate="2021-00").startswith("work[1].endDate:")


def test_of_a_resume_in_order_no_part_is_bad_and_a_year_may_be_a_number() -> None:
    years = [
        {"name": "Kystlink", "startDate": 2019, "endDate": None, "highlights": None},
        {},
        {"name": "", "url": None},
    ]
    sound = {**RESUME, "work": years, "skills": [{"name": "Networks"}], "volunteer": None}
    assert list(bad_parts(sound)) == []
    assert read_json_resume(sound, b"")["items"][0]["date"] == "2019"


def test_what_is_left_out_of_a_resume_is_named_by_its_place() -> None:
    odd = {
        "basics": {"name": "Ana", "label": 3, "location": {"countryCode": 4}},
        "awards": {},
        "skills": [{"name": "Networks", "keywords": ["BGP", 5]}, {"keywords": ["nameless"]}],
        "projects": [{"name": "Net", "startDate": [2020]}],
        "languages": [3],
    }
    assert list(map(str, bad_parts(odd))) == [
        "basics.label: should be a valid string, got 3",
        "basics.location.countryCode: should be a valid string, got 4",
        "projects[0].startDate: [2020] is not a date like 2027-01-31, 2027-01 or 2027",
        "awards: is not a JSON list",
        "skills[0].keywords[1]: should be a valid string, got 5",
        "skills[1].name: is missing",
        "languages[0]: is not a JSON object",
    ]
