"""The API as a program uses it: the same services, ids of files, retries that change nothing."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import text as sql
from sqlmodel import select

from tests.cast import Clock, with_clock
from tests.web.staff import EXPERT, House, house
from vetting.db.engine import reading, writing
from vetting.db.models import IdempotencyKey
from vetting.errors import AnsweredBefore, BadInput, Conflict
from vetting.services import idempotency
from vetting.services.context import Context
from vetting.services.idempotency import Answer


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def api(home: House) -> TestClient:
    return home.program()


def test_a_candidate_is_added_once_and_updated_by_the_same_id(api: TestClient) -> None:
    person = {"id": "n-1", "name": "Nia Holt", "facts": {"languages": {"en": "C1"}}}
    assert api.post("/api/v1/candidates", json=person).json()["status"] == "added"
    assert api.post("/api/v1/candidates", json=person).json()["status"] == "unchanged"
    assert api.post("/api/v1/candidates", json=person | {"name": "Nia H."}).json()["status"] == "updated"


def test_an_interview_made_by_a_program_has_a_link_that_works(home: House, api: TestClient) -> None:
    made = api.post("/api/v1/interviews", json={"candidate": "x-2", "rubric": "software.networking"})
    assert made.status_code == 201 and set(made.json()) == {"id", "url"}
    path = "/i/" + made.json()["url"].rsplit("/", 1)[1]
    assert home.nobody().get(path).status_code == 200
    stands = api.get(f"/api/v1/interviews/{made.json()['id']}").json()
    assert stands["candidate"] == "x-2" and stands["phase"] == "created" and stands["level"] is None
    assert api.get(f"/api/v1/interviews/{made.json()['id']}/scorecard").status_code == 404


@pytest.mark.asvs("V15.3.3", "V2.2.1")
@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"candidate": "x-1", "rubric": "software.nothing"}, 404, "software.nothing"),
        ({"candidate": "nobody", "rubric": "software.networking"}, 404, "nobody"),
        ({"candidate": "x-1"}, 422, "rubric"),
        ({"candidate": "x-1", "rubric": "software.networking", "colour": "red"}, 422, "colour"),
    ],
)
def test_a_request_that_cannot_be_met_names_what_is_wrong(
    api: TestClient, body: dict[str, str], status: int, says: str
) -> None:
    answer = api.post("/api/v1/interviews", json=body)
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"] and answer.json()["status"] == status


def test_a_body_that_is_not_json_is_a_problem_and_no_crash(api: TestClient) -> None:
    headers = {"content-type": "application/json", "idempotency-key": "k"}
    answer = api.post("/api/v1/projects", content=b"{", headers=headers)
    assert answer.status_code == 422 and answer.json()["title"]
    assert api.post("/api/v1/projects", json={"title": "T", "brief": "b"}, headers=headers).status_code == 201


def test_what_a_program_says_of_the_work_stands_on_the_invitation(home: House, api: TestClient) -> None:
    body = {"candidate": "x-2", "rubric": "software.networking", "offer": "Paid by the hour: 95 EUR"}
    path = "/i/" + api.post("/api/v1/interviews", json=body).json()["url"].rsplit("/", 1)[1]
    assert "Paid by the hour: 95 EUR" in home.nobody().get(path).text
    assert api.post("/api/v1/interviews", json=body | {"offer": "x" * 1001}).status_code == 422


def test_a_scorecard_holds_levels_with_intervals_and_verbatim_quotes(home: House, api: TestClient) -> None:
    document = api.get(f"/api/v1/interviews/{home.interview}/scorecard").json()
    assert document["candidate"] == "x-1" and document["interview"] == home.interview
    rated = [c for c in document["scorecard"]["competencies"] if c["status"] == "rated"]
    assert rated and all(c["interval"][0] <= c["level"] <= c["interval"][1] and c["evidence"] for c in rated)


def test_a_project_a_shortlist_and_a_decision_by_program(home: House, api: TestClient) -> None:
    project = {"id": "p-9", "title": "Queues", "brief": "Queues under load.", "hours_per_week": 10}
    made = api.post("/api/v1/projects", json=project)
    assert made.status_code == 201 and made.json()["id"] == "p-9"
    shortlist = api.post("/api/v1/projects/p-9/shortlists", json={"k": 3}).json()
    assert api.get("/api/v1/projects/p-9").json()["shortlists"] == [shortlist["id"]]
    entry = shortlist["entries"][0]
    assert entry["expert"] == "x-1" and entry["requirements"] and entry["reasons"]
    assert abs(sum(entry["parts"].values()) - entry["fit"]) < 1e-6
    address = f"/api/v1/shortlists/{shortlist['id']}/entries/{entry['id']}/decision"
    assert api.post(address, json={"decision": "decline"}).status_code == 422
    assert api.post(address, json={"decision": "approve"}).json()["decision"] == "approved"
    assert api.get(f"/api/v1/shortlists/{shortlist['id']}").json()["entries"][0]["decision"] == "approved"


def test_a_shortlist_without_a_body_ranks_ten(api: TestClient) -> None:
    assert api.post("/api/v1/projects/p-1/shortlists").status_code == 201
    assert api.post("/api/v1/projects/p-1/shortlists", json={"k": 0}).status_code == 422


def test_a_project_id_that_is_taken_is_a_conflict_that_says_so(api: TestClient) -> None:
    answer = api.post("/api/v1/projects", json={"id": "p-1", "title": "T", "brief": "b"})
    assert answer.status_code == 409
    assert answer.json()["title"] == "This id exists already" and "'p-1'" in answer.json()["detail"]


@pytest.mark.asvs("V2.2.3")
@pytest.mark.parametrize("near", ["software.networking/trasport", "software.network/transport"])
def test_a_competency_that_no_rubric_has_is_refused_with_the_nearest_one(
    home: House, api: TestClient, near: str
) -> None:
    asked = {"kind": "must", "competency": near, "min_level": 3}
    answer = api.post("/api/v1/projects", json={"id": "typo", "title": "T", "brief": "b", "requirements": [asked]})
    detail = answer.json()["detail"]
    assert answer.status_code == 422 and f"'{near}'" in detail
    assert "requirements[0].competency" in detail and "'software.networking/transport'" in detail
    assert api.get("/api/v1/projects/typo").status_code == 404
    asked["competency"] = "software.networking/transport"
    assert api.post("/api/v1/projects", json={"title": "T", "brief": "b", "requirements": [asked]}).status_code == 201


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (b"{", "application/json", "The body is not valid JSON (character 2)."),
        (b"", "application/json", "The body is missing; send a JSON object."),
        (b"[1]", "application/json", "The body is not a JSON object."),
        (b'{"title": "T"}', "text/plain", "Send the body as JSON, with the header 'Content-Type: application/json'."),
        (b"title=T", "application/x-www-form-urlencoded", "Send the body as JSON, with the header"),
        (b'{"title": 5, "brief": "b"}', "application/json", "title: should be a valid string."),
        (b'{"title": "T", "brief": "b", "requirements": [5]}', "application/json", "requirements[0]: "),
    ],
)
def test_a_body_that_cannot_be_read_is_answered_in_plain_words(
    api: TestClient, content: bytes, kind: str, says: str
) -> None:
    answer = api.post("/api/v1/projects", content=content, headers={"content-type": kind})
    assert answer.status_code == 422 and answer.json()["detail"].startswith(says)


def test_a_value_of_a_profile_is_refused_without_the_words_of_a_library(api: TestClient) -> None:
    answer = api.post("/api/v1/candidates", json={"id": "v", "name": "V", "facts": {"languages": {"en": "Z9"}}})
    detail = answer.json()["detail"]
    assert answer.status_code == 422 and "alue error" not in detail and detail.startswith("facts.languages")


def test_a_method_that_an_address_does_not_take_is_told_with_those_it_takes(api: TestClient) -> None:
    answer = api.delete("/api/v1/projects/p-1")
    assert answer.status_code == 405 and "button" not in answer.json()["detail"]
    assert answer.json()["detail"] == "This address does not take DELETE; it takes GET."
    nowhere = api.get("/api/v1/nowhere")
    assert nowhere.status_code == 404 and "go back" not in nowhere.json()["detail"]


def test_a_requirement_that_makes_no_sense_is_named(api: TestClient) -> None:
    strange = {"kind": "must", "fact": "shoe_size", "op": "==", "value": 44}
    answer = api.post("/api/v1/projects", json={"title": "T", "brief": "b", "requirements": [strange]})
    assert answer.status_code == 422 and "shoe_size" in answer.json()["detail"]


def test_a_search_answers_with_the_piece_that_fits(api: TestClient) -> None:
    hits = api.get("/api/v1/search", params={"q": "drop-tail queues under load"}).json()["hits"]
    assert hits[0]["expert"] == "x-1" and hits[0]["item"]["quote"] == "Measured drop-tail queues under load."


def test_a_search_says_how_it_was_understood_and_takes_facts_in_writing(api: TestClient) -> None:
    found = api.get("/api/v1/search", params={"q": "queues, 200 h a week"}).json()
    assert found["facts"] == [] and found["considered"] > 0
    found = api.get("/api/v1/search", params={"q": "queues, 30 h a week"}).json()
    assert [f["fact"] for f in found["facts"]] == ["hours_per_week >= 30"] and found["topic"] == "queues"
    assert api.get("/api/v1/search", params={"q": "queues, 30 h a week", "read": "false"}).json()["facts"] == []
    given = api.get("/api/v1/search", params={"q": "queues", "fact": "rate <= 60 EUR"}).json()
    assert [f["words"] for f in given["facts"]] == ["rate up to 60 EUR/h"]
    assert all(hit["reasons"] for hit in given["hits"])
    assert api.get("/api/v1/search", params={"q": "queues", "fact": "tall"}).status_code == 422


def test_the_installed_rubrics_name_the_competencies_that_requirements_use(api: TestClient) -> None:
    rubrics = {r["id"]: r for r in api.get("/api/v1/rubrics").json()["rubrics"]}
    ids = [c["id"] for c in rubrics["software.networking"]["competencies"]]
    assert ids and all(i.startswith("software.networking/") for i in ids)


def test_the_same_key_and_body_gets_the_stored_answer_and_changes_nothing(home: House, api: TestClient) -> None:
    body, headers = {"candidate": "x-1", "rubric": "software.networking"}, {"idempotency-key": "once"}
    first = api.post("/api/v1/interviews", json=body, headers=headers)
    second = api.post("/api/v1/interviews", json=body, headers=headers)
    assert first.status_code == second.status_code == 201 and first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    other = api.post("/api/v1/interviews", json=body | {"purpose": "x"}, headers=headers)
    assert other.status_code == 422 and "Idempotency-Key" in other.json()["detail"]
    neighbour = home.program(home.other_key)
    project = {"title": "T", "brief": "b"}
    assert neighbour.post("/api/v1/projects", json=project, headers=headers).status_code == 201


def test_a_remembered_answer_holds_no_link_that_the_database_gives_away(home: House, api: TestClient) -> None:
    body = {"candidate": "x-1", "rubric": "software.networking"}
    url = api.post("/api/v1/interviews", json=body, headers={"idempotency-key": "secret"}).json()["url"]
    with home.ctx.engine.connect() as connection:
        rows = connection.execute(sql("SELECT * FROM idempotency_key")).all()
    assert rows and url.rsplit("/", 1)[1] not in repr(rows) and "secret" not in repr(rows)


def sealed(ctx: Context, key: str) -> IdempotencyKey:
    """The row of a key."""
    with reading(ctx.engine) as session:
        return session.exec(select(IdempotencyKey).where(IdempotencyKey.key == idempotency.name_of(key))).one()


def put(ctx: Context, key: str, body: dict[str, str] | None) -> None:
    """Something else in its place."""
    with writing(ctx.engine) as session:
        row = session.exec(select(IdempotencyKey).where(IdempotencyKey.key == idempotency.name_of(key))).one()
        row.body = body
        session.add(row)


@pytest.mark.asvs("V11.3.2", "V11.3.3")
def test_a_remembered_answer_that_somebody_changed_or_moved_is_not_given_out(home: House) -> None:
    ctx = home.ctx
    for key in ("first", "other"):
        idempotency.begin(ctx, key, b"asked")
        idempotency.finish(ctx, key, Answer(201, {"url": f"https://v.example/{key}"}))
    kept = dict(sealed(ctx, "first").body or {})
    assert kept["seal"] == "A256GCM" and len(base64.b64decode(kept["nonce"])) == 12
    flipped = bytearray(base64.b64decode(kept["sealed"]))
    flipped[3] ^= 1
    theirs = dict(sealed(ctx, "other").body or {})
    for wrong in (kept | {"sealed": base64.b64encode(flipped).decode()}, theirs, kept | {"seal": "none"}):
        put(ctx, "first", wrong)
        with pytest.raises(AnsweredBefore, match="done before and not repeated"):
            idempotency.begin(ctx, "first", b"asked")
    put(ctx, "first", kept)
    assert idempotency.begin(ctx, "first", b"asked") == Answer(201, {"url": "https://v.example/first"})
    elsewhere = replace(ctx, settings=ctx.settings.model_copy(update={"secret_key": SecretStr("x" * 40)}))
    with pytest.raises(AnsweredBefore):
        idempotency.begin(elsewhere, "first", b"asked")


def test_a_request_answered_before_an_update_is_not_done_again(home: House, api: TestClient) -> None:
    body, headers = {"title": "Answered", "brief": "b"}, {"idempotency-key": "of before"}
    assert api.post("/api/v1/projects", json=body, headers=headers).status_code == 201
    put(home.ctx, "of before", None)
    again = api.post("/api/v1/projects", json=body, headers=headers)
    assert again.status_code == 409 and again.json()["title"] == "Done before"


def test_a_request_that_failed_may_be_tried_again_with_its_key(api: TestClient) -> None:
    headers = {"idempotency-key": "again"}
    assert api.post("/api/v1/interviews", json={"candidate": "z", "rubric": "x.y"}, headers=headers).status_code == 404
    person = EXPERT | {"id": "z"}
    assert api.post("/api/v1/candidates", json=person, headers=headers).status_code == 201


def test_a_key_whose_request_is_still_running_is_a_conflict_until_it_must_be_dead(home: House) -> None:
    clock = Clock()
    ctx = with_clock(home.ctx, clock)
    assert idempotency.begin(ctx, "clocked", b"one") is None
    with pytest.raises(Conflict):
        idempotency.begin(ctx, "clocked", b"one")
    with pytest.raises(BadInput):
        idempotency.begin(ctx, "clocked", b"two")
    clock.pass_minutes(6)
    assert idempotency.begin(ctx, "clocked", b"one") is None
    idempotency.finish(ctx, "clocked", Answer(201, {"id": "é"}))
    assert idempotency.begin(ctx, "clocked", b"one") == Answer(201, {"id": "é"})
    clock.at += timedelta(days=2)
    assert idempotency.begin(ctx, "clocked", b"two") is None


@pytest.mark.parametrize(
    ("address", "body", "table", "own"),
    [
        ("interviews", {"candidate": "x-1", "rubric": "software.networking", "purpose": "Crash"}, "interview", "id"),
        ("projects", {"title": "Crash", "brief": "b"}, "project", "id"),
        ("projects", {"id": "crash", "title": "Crash with an id", "brief": "b"}, "project", "id"),
        ("candidates", {"id": "crash", "name": "Cora Ash"}, "candidate", "id"),
    ],
)
def test_a_request_whose_answer_was_lost_in_a_crash_does_not_do_the_thing_again(
    home: House, monkeypatch: pytest.MonkeyPatch, address: str, body: dict[str, str], table: str, own: str
) -> None:
    def count() -> int:
        with home.ctx.engine.connect() as connection:
            return int(connection.execute(sql(f"SELECT count(*) FROM {table}")).scalar() or 0)

    def dies(*_: object) -> None:
        raise RuntimeError("the process ended here")

    key, before = f"crash-{address}-{len(body)}", count()
    headers = {"idempotency-key": key}
    clock = Clock()
    clock.at = home.ctx.now()
    with monkeypatch.context() as crash:
        crash.setattr(idempotency, "finish", dies)
        assert home.program().post(f"/api/v1/{address}", json=body, headers=headers).status_code == 500
    assert count() == before + 1
    assert home.program().post(f"/api/v1/{address}", json=body, headers=headers).status_code == 409
    clock.pass_minutes(6)
    later = replace(home, ctx=with_clock(home.ctx, clock)).program()
    again = later.post(f"/api/v1/{address}", json=body, headers=headers)
    assert again.status_code == 201 and again.json()[own] and count() == before + 1
    assert later.post(f"/api/v1/{address}", json=body, headers=headers).json() == again.json()
    if address == "interviews":
        assert home.nobody().get("/i/" + again.json()["url"].rsplit("/", 1)[1]).status_code == 200


def test_twenty_requests_at_once_with_one_key_do_the_thing_once(home: House, api: TestClient) -> None:
    statuses: list[int] = []
    body, headers = {"title": "Once", "brief": "b"}, {"idempotency-key": "many"}

    def send() -> None:
        statuses.append(home.program().post("/api/v1/projects", json=body, headers=headers).status_code)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 20 and set(statuses) <= {201, 409} and 201 in statuses
    with home.ctx.engine.connect() as connection:
        assert connection.execute(sql("SELECT count(*) FROM project WHERE title = 'Once'")).scalar() == 1


def test_a_wrong_key_and_no_key_get_the_same_kind_of_answer(home: House) -> None:
    for headers in ({}, {"authorization": "Bearer vk_wrong"}, {"authorization": "Basic eDp5"}):
        answer = home.nobody().get("/api/v1/rubrics", headers=headers)
        assert answer.status_code == 401 and answer.json()["status"] == 401


def test_the_description_names_every_operation_and_renders_without_script(home: House, api: TestClient) -> None:
    document = api.get("/api/openapi.json").json()
    page = api.get("/api/docs").text
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page and operation["description"]
        assert path in page
    assert "http://" not in page.replace(home.ctx.settings.public_url, "") and " style=" not in page
    posts = [m["post"] for m in document["paths"].values() if "post" in m]
    assert all("Idempotency-Key" in [p["name"] for p in o["parameters"]] for o in posts)
