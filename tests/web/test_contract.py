"""What every answer keeps to, whichever page it is of."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.browser.chromium import serving
from tests.web.site import SAME_ORIGIN
from tests.web.staff import House, house
from vetting.services import accounts, users


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def page(home: House) -> TestClient:
    return home.user("recruiter")


@pytest.mark.asvs("V4.1.1")
@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/nothing", "text/html; charset=utf-8"),
        ("/candidates/export.csv", "text/csv; charset=utf-8"),
        ("/static/vetting.css", "text/css; charset=utf-8"),
        ("/static/site.js", "text/javascript; charset=utf-8"),
        ("/api/openapi.json", "application/json"),
        ("/api/v1/rubrics", "application/problem+json"),
    ],
)
def test_every_body_says_what_it_is_and_how_it_is_written(page: TestClient, address: str, kind: str) -> None:
    assert page.get(address).headers["content-type"] == kind


@pytest.mark.asvs("V13.4.3", "V13.4.4")
@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT"])
def test_methods_that_nothing_asks_for_are_refused(page: TestClient, method: str) -> None:
    for address in ("/", "/candidates", "/static/vetting.css"):
        answer = page.request(method, address)
        assert answer.status_code == 405, (method, address, answer.status_code)


@pytest.mark.asvs("V13.4.3")
@pytest.mark.parametrize("address", ["/static/", "/static", "/static/../config.py", "/static/%2e%2e/app.py", "/.git/"])
def test_no_folder_is_listed_and_no_file_beside_the_static_ones_is_served(page: TestClient, address: str) -> None:
    assert page.get(address).status_code == 404


@pytest.mark.asvs("V3.4.2")
def test_no_other_origin_may_read_an_answer(page: TestClient) -> None:
    for address in ("/", "/candidates", "/api/v1/rubrics", "/api/openapi.json", "/static/site.js", "/nothing"):
        for origin in ("https://evil.example", "null"):
            headers = page.get(address, headers={"origin": origin}).headers
            assert not [name for name in headers if name.startswith("access-control-")], address
            assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.asvs("V5.3.2")
@pytest.mark.parametrize("name", ["../../../evil.jsonl", "/etc/evil.jsonl", "..\\..\\evil.jsonl", "a\x00b/evil.jsonl"])
def test_the_name_of_a_file_leads_nowhere(home: House, page: TestClient, name: str, tmp_path: Path) -> None:
    sent = {"file": (name, b'{"id": "evil", "name": "Eve Ill"}\n')}
    answer = page.post("/candidates/import", files=sent)
    assert answer.status_code in (200, 422)
    assert not list(home.ctx.settings.data_dir.parent.parent.rglob("evil*"))


@pytest.mark.asvs("V6.3.2", "V13.2.3")
def test_a_new_installation_lets_nobody_in(tmp_path: Path) -> None:
    from tests.web.site import site

    ctx = site(tmp_path)
    assert not accounts.anybody(ctx) and accounts.api_keys(ctx) == [] and users.allowed(ctx) == []


@pytest.mark.asvs("V15.2.3", "V13.4.2")
def test_what_is_for_development_is_not_there_in_production(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    page = home.nobody()
    monkeypatch.setattr(home.ctx.settings, "env", "production")
    assert page.get("/styleguide").status_code == 404
    for address in ("/docs", "/redoc", "/openapi.json", "/debug", "/metrics"):
        assert page.get(address).status_code == 404


@pytest.mark.asvs("V1.1.1")
def test_what_is_sent_is_decoded_once(home: House) -> None:
    """Over a real connection: the client of other tests decodes addresses itself."""
    admin = {"vetting": home.user("admin").cookies["vetting"]}
    with serving(home.ctx) as address, httpx2.Client(base_url=address, headers=SAME_ORIGIN, cookies=admin) as page:
        once = f"/candidates/{''.join(f'%{ord(letter):02x}' for letter in home.candidate)}"
        assert page.get(once).status_code == 200 and page.get(once.replace("%", "%25")).status_code == 404
        assert page.get("/static/%252e%252e/app.py").status_code == 404
        shown = page.get("/candidates?q=%253Cb%253Equeues").text
        assert 'value="%3Cb%3Equeues"' in shown and "<b>queues" not in shown
        made = page.post("/projects", data={"title": "Grain %3Cb%3E %2541", "brief": "b"})
        assert "Grain %3Cb%3E %2541" in page.get(made.headers["location"]).text


@pytest.mark.asvs("V15.3.7")
def test_a_parameter_counts_only_where_it_belongs(home: House) -> None:
    admin, new = home.user("admin"), {"email": "mixed@example.org", "role": "admin"}
    assert admin.post("/admin/users", params=new).status_code == 422, "a form's fields in the address"
    assert admin.post("/admin/users", headers=new).status_code == 422
    admin.cookies.update(new)
    assert admin.post("/admin/users").status_code == 422
    assert "mixed@example.org" not in admin.get("/admin/users").text
    found = admin.request("GET", "/candidates", data={"q": "zzzz"}).text
    assert "Ana Reyes" in found, "a query's fields in a body"
    nobody, key = home.nobody(), f"Bearer {home.key}"
    assert nobody.get("/api/v1/rubrics", params={"authorization": key}).status_code == 401
    nobody.cookies.set("authorization", key)
    assert nobody.get("/api/v1/rubrics").status_code == 401
    assert home.program().get("/api/v1/rubrics").status_code == 200, "or nothing above says anything"
    token = admin.cookies["vetting"]
    assert nobody.get("/candidates", params={"vetting": token}, headers={"vetting": token}).status_code == 401
