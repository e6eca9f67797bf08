"""Search in plain words: facts exclude and are shown, the rest orders, and an approximate index changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from tests.bench import people
from tests.cast import service
from vetting.db.engine import writing
from vetting.db.matching_queries import bump_revision
from vetting.db.models import Candidate, ProfileItem
from vetting.domain.profile import Profile
from vetting.errors import BadInput
from vetting.index.faiss_index import FaissIndex
from vetting.ports import Embedder
from vetting.services import matching, profiles, projects
from vetting.services.candidates import create_candidate, import_profiles
from vetting.services.context import Context
from vetting.services.search import search


def person(key: str, text: str, **facts: Any) -> Profile:
    return Profile.model_validate(
        {"id": key, "name": key.title(), "items": [{"kind": "role", "title": text}], "facts": facts}
    )


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    made = service(tmp_path)
    import_profiles(
        made,
        [
            person("ample", "queue management and pacing", hours_per_week=20, languages={"de": "C2"}),
            person("scarce", "queue management", hours_per_week=4, languages={"de": "B1"}),
            person("silent", "queue pacing"),
            person("other", "valves of the heart", hours_per_week=30),
        ],
    )
    profiles.embed_pending(made)
    return made


def experts(document: dict[str, Any]) -> list[str]:
    return [hit["expert"] for hit in document["hits"]]


def test_who_states_otherwise_is_left_out_and_counted_and_who_states_nothing_stays_marked(ctx: Context) -> None:
    document = search(ctx, "queue management, 10 h a week")
    assert sorted(experts(document)) == ["ample", "other", "silent"]
    assert document["excluded"] == {"fewer than 10 hours a week": 1}
    assert (document["topic"], [f["fact"] for f in document["facts"]]) == ("queue management", ["hours_per_week >= 10"])
    assert document["facts"][0]["said"] == "10 h a week"
    status = {hit["expert"]: {r["id"]: r["status"] for r in hit["requirements"]} for hit in document["hits"]}
    hours = next(key for key in status["ample"] if key.startswith("hours"))
    assert (status["ample"][hours], status["silent"][hours]) == ("met", "no_evidence")
    reasons = {hit["expert"]: hit["reasons"] for hit in document["hits"]}
    assert any('"queue management and pacing"' in reason for reason in reasons["ample"])
    assert any(reason.startswith("no evidence for") for reason in reasons["silent"])


def test_facts_that_a_person_chose_replace_those_that_were_read(ctx: Context) -> None:
    text = "queue management, 10 h a week"
    assert "scarce" in experts(search(ctx, text, facts=["languages.de >= A2"]))
    assert len(experts(search(ctx, text, facts=[]))) == 4
    with pytest.raises(BadInput, match="fact: 'tall' is not a fact like"):
        search(ctx, text, facts=["tall"])


def test_where_only_facts_are_asked_for_who_states_most_of_them_comes_first(ctx: Context) -> None:
    document = search(ctx, "speaks German (C1), 10 h a week")
    assert document["topic"] == "" and experts(document)[0] == "ample"
    assert "scarce" not in experts(document) and "silent" in experts(document)
    assert document["hits"][0]["score"] is None and document["hits"][0]["item"] is None


def test_where_nobody_is_left_the_answer_says_why(ctx: Context) -> None:
    for facts in (["hours_per_week >= 60", "languages.de >= C2"], ["hours_per_week <= 1"]):
        document = search(ctx, "queue management", facts=[*facts, "country == AQ"])
        assert sum(document["excluded"].values()) + len(document["hits"]) == 4
    import_profiles(ctx, [person("silent", "queue pacing", hours_per_week=2)])
    document = search(ctx, "queue management", facts=["hours_per_week >= 60"])
    assert document["hits"] == [] and document["excluded"] == {"fewer than 60 hours a week": 4}


@pytest.fixture
def crowd(tmp_path: Path) -> Context:
    """250 people with eight items each, and an index that is approximate from 100 items on."""
    made = service(tmp_path)
    import_profiles(made, [Profile.model_validate(one) for one in people.experts(250, seed=1)])
    profiles.embed_pending(made)
    index = FaissIndex(made.engine, made.org, made.embedder, tmp_path / "index", exact_items=100)
    index.rebuild()
    assert index.now().state.kind == "ivf"
    return replace(made, indexes=lambda _: index)


@pytest.mark.parametrize(
    "said", ["", ", up to 120 EUR/h", ", 20 h a week, speaks German", ", based in Austria, 30 h a week"]
)
def test_an_approximate_index_finds_whom_a_comparison_with_everybody_finds(crowd: Context, said: str) -> None:
    exact = service(crowd.settings.data_dir.parent)
    for text in people.queries(5, seed=1):
        one, other = search(crowd, text + said, k=10), search(exact, text + said, k=10)
        assert [(h["expert"], h["score"]) for h in one["hits"]] == [(h["expert"], h["score"]) for h in other["hits"]]
        assert one["excluded"] == other["excluded"] and one["index"] != other["index"]


def test_a_search_over_many_ranks_as_a_project_with_that_brief_does(crowd: Context) -> None:
    (text,) = people.queries(1, seed=1)
    projects.create_project(crowd, {"id": "p-1", "title": "Review", "requirements": [{"kind": "nice", "topic": text}]})
    entries = matching.match(crowd, "p-1")["entries"]
    hits = search(crowd, text)["hits"]
    assert [(e["expert"], e["fit"]) for e in entries] == [(h["expert"], h["score"]) for h in hits]


def test_a_new_a_corrected_and_an_erased_profile_count_in_the_very_next_search(crowd: Context) -> None:
    import_profiles(crowd, [person("newcomer", "zymurgy of barley wine", hours_per_week=12)])
    profiles.embed_pending(crowd)
    assert experts(search(crowd, "zymurgy of barley wine, 10 h a week"))[0] == "newcomer"
    import_profiles(crowd, [person("newcomer", "zymurgy of barley wine", hours_per_week=6)])
    assert "newcomer" not in experts(search(crowd, "zymurgy of barley wine, 10 h a week"))
    with writing(crowd.engine) as session:
        who = session.exec(select(Candidate).where(Candidate.imported_id == "newcomer")).one()
        assert who.id is not None
        for item in session.exec(select(ProfileItem).where(col(ProfileItem.candidate_id) == who.id)):
            session.delete(item)
        session.flush()
        session.delete(who)
        bump_revision(session, crowd.org, [who.id])
    assert "newcomer" not in experts(search(crowd, "zymurgy of barley wine"))


def test_whoever_names_what_is_asked_for_is_lifted_at_once_and_no_longer_once_the_name_is_gone(tmp_path: Path) -> None:
    made = service(tmp_path)
    deaf = replace(made, settings=made.settings.model_copy(update={"lexical_vote": 0.0}))
    import_profiles(made, [person(f"p-{k}", f"reviewed the routing of parcels at depot {k}") for k in range(8)])
    import_profiles(made, [person("p-3", "reviewed the BGP of depot 3")])
    profiles.embed_pending(made)

    def score(ctx: Context, who: str) -> float:
        found: float = next(h["score"] for h in search(ctx, "BGP policy")["hits"] if h["expert"] == who)
        return found

    assert score(made, "p-3") > score(deaf, "p-3") and score(made, "p-5") == score(deaf, "p-5")
    import_profiles(made, [person("p-3", "reviewed the post of depot 3"), person("p-5", "reviewed BGP at depot 5")])
    profiles.embed_pending(made)
    assert score(made, "p-5") > score(deaf, "p-5") and score(made, "p-3") == score(deaf, "p-3")


def test_a_search_in_a_language_that_the_model_does_not_know_says_so(ctx: Context) -> None:
    assert search(ctx, "Warteschlangen und Auslastung")["note"] is None  # of the test embedder nothing is known
    english = replace(ctx, embedder=Named(ctx.embedder))
    assert "reads as German" in search(english, "Warteschlangen und Auslastung planen")["note"]
    assert "reads as" not in search(english, "queue management, 10 h a week")["note"]  # only that it has read nothing


class Named:
    """The test embedder under the name of the shipped model."""

    name = "all-MiniLM-L6-v2"

    def __init__(self, embedder: Embedder) -> None:
        self.dimension, self.embed, self.ready = embedder.dimension, embedder.embed, embedder.ready


@pytest.mark.sqlite
def test_an_item_that_got_the_id_of_an_erased_one_is_never_shown_for_somebody_else(ctx: Context) -> None:
    search(ctx, "valves of the heart")
    with writing(ctx.engine) as session:
        (item,) = session.exec(select(ProfileItem).where(ProfileItem.title == "valves of the heart")).all()
        key = item.id
        session.delete(item)  # and nobody told the index
    create_candidate(ctx, name="Eve", imported_id="eve", headline="secret of another person")
    with writing(ctx.engine) as session:
        assert session.get_one(ProfileItem, key).title == "secret of another person"
    for hit in search(ctx, "valves of the heart")["hits"]:
        assert hit["expert"] != "other" or "secret" not in hit["item"]["quote"]


def test_who_says_that_they_are_not_what_is_searched_for_has_no_evidence_of_it_in_search_and_in_a_shortlist(
    ctx: Context,
) -> None:
    import_profiles(
        ctx,
        [
            person("denier", "I am not a physician."),
            Profile.model_validate(
                {
                    "id": "turned", "name": "Turned", "headline": "Counsel", "summary": "Never worked as a physician.",
                    "items": [{"kind": "role", "title": "physician contracts"}],
                }
            ),
            person("real", "physician on a ward"),
        ],
    )  # fmt: skip
    profiles.embed_pending(ctx)
    hits = {hit["expert"]: hit for hit in search(ctx, "physician")["hits"]}
    assert next(iter(hits)) == "real"
    for who, said in (("denier", "I am not a physician."), ("turned", "Never worked as a physician.")):
        (finding,) = hits[who]["requirements"]
        assert (finding["status"], finding["source"], hits[who]["score"]) == ("no_evidence", said, 0.0)
    projects.create_project(
        ctx, {"id": "p", "title": "Ward", "brief": "x", "requirements": [{"kind": "must", "topic": "physician"}]}
    )
    matched = matching.match(ctx, "p", 10)["entries"]
    assert matched[0]["expert"] == "real" and {e["expert"]: e["fit"] for e in matched}["turned"] == 0
