"""Names of the world through the REST API, on both databases."""

from typing import Any

import pytest
from sqlmodel import Session, select

from models import Role, Team
from tests.support.api.client import Api

pytestmark = pytest.mark.service


def test_a_team_whose_name_nobody_sees_is_refused(api: Api) -> None:
    admin = api.person(api.team(), Role.ADMIN)
    for name in ("\u200b", "\u200b" * 80, "\u202e\u202c", "\u3164"):
        answer = api.client.post("/v1/team", json={"team_name": name}, headers=admin.headers)
        assert (answer.status_code, set(answer.json()["response"])) == (400, {"team_name"}), ascii(name)


def test_a_name_is_kept_without_what_nobody_sees(api: Api) -> None:
    admin = api.person(api.team(), Role.ADMIN)
    body = {"team_name": "\u202eZoe\u0301s\u200b Team\u202c"}
    answer = api.client.post("/v1/team", json=body, headers=admin.headers)
    assert answer.status_code == 201
    with Session(api.context.engine) as session:
        assert session.exec(select(Team).where(Team.team_name == "Zo\u00e9s Team")).one()


@pytest.mark.parametrize("other", ["ÉCOLE", "E\u0301cole", "École\u200b", "Ｅ\u0301ｃｏｌｅ", " école "])
def test_two_teams_never_have_the_same_name(any_api: Api, other: str) -> None:
    any_api.team("École")
    admin = any_api.person(any_api.team("Ecole"), Role.ADMIN)
    answer = any_api.client.post("/v1/team", json={"team_name": other}, headers=admin.headers)
    assert (answer.status_code, set(answer.json()["response"])) == (400, {"team_name"})


@pytest.mark.parametrize("path", ["/v1/CCQueueConfig", "/v1/department"])
def test_two_queues_or_departments_never_have_the_same_name(any_api: Api, path: str) -> None:
    admin = any_api.person(any_api.team(), Role.ADMIN)

    def make(name: str) -> Any:
        return any_api.client.post(path, json={"name": name, "team": admin.team}, headers=admin.headers)

    made = make("Straße")
    assert made.status_code == 201
    assert make("STRASSE").status_code == 409
    renamed = any_api.client.patch(
        f"{path}/{made.json()['id']}", json={"name": "STRASSE"}, headers=admin.headers
    )
    assert (renamed.status_code, renamed.json()["name"]) == (200, "STRASSE")


@pytest.mark.parametrize(
    "name", ["हिन्दी", "ฝ่ายขาย", "Zoe\u0301", "O’Brien", "O'Brien", "Sales & Support", "日本語", "Ünlü 2"]
)
def test_a_caller_id_name_may_be_of_any_script(api: Api, name: str) -> None:
    admin = api.person(api.team(), Role.ADMIN, "111")
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    answer = api.client.patch(path, json={"caller_id_name": name}, headers=admin.headers)
    assert (answer.status_code, answer.json()["caller_id_name"]) == (200, name.replace("e\u0301", "é"))


@pytest.mark.parametrize(
    "name", ["\u200b", "Jane\x1b[2J", 'Jane"', "Jane<1>", "&Jane", "Jane\u2028Doe", "🎉"]
)
def test_a_caller_id_name_that_would_harm_is_refused(api: Api, name: str) -> None:
    admin = api.person(api.team(), Role.ADMIN, "111")
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    answer = api.client.patch(path, json={"caller_id_name": name}, headers=admin.headers)
    assert (answer.status_code, set(answer.json()["response"])) == (400, {"caller_id_name"})


def test_lists_search_and_order_by_one_rule(any_api: Api) -> None:
    admin = any_api.person(any_api.team(), Role.ADMIN)
    names = ["Zoë", "Élodie", "eva", "Иван", "anna Zed", "Emil", "Łukasz"]
    for name in names:
        made = any_api.client.post(
            "/v1/contact", json={"first_name": name, "last_name": ""}, headers=admin.headers
        )
        assert made.status_code == 201

    def listed(query: str) -> list[str]:
        found = any_api.client.get(f"/v1/contact?{query}", headers=admin.headers).json()
        return [contact["first_name"] for contact in found]

    for sought, name in [
        ("élodie", "Élodie"),
        ("ELODIE", "Élodie"),
        ("иван", "Иван"),
        ("anna zed", "anna Zed"),
        ("lukasz", "Łukasz"),
    ]:
        assert listed(f"search={sought}") == [name]
        assert listed(f"first_name={name.upper()}") == [name]
    assert listed('where={"first_name": {"startsWith": "ÉLO"}}') == ["Élodie"]
    assert listed('where={"first_name": "elodie"}') == ["Élodie"]
    assert listed('where={"first_name": {"in": ["ЙОД", "иван"]}}') == ["Иван"]
    assert listed('where={"first_name": {"<": "EMIL"}}&sort=first_name') == ["anna Zed", "Élodie"]
    assert listed('where={"first_name": {"!": "ELODIE", "<=": "emil"}}&sort=id') == ["anna Zed", "Emil"]
    assert listed("sort=first_name") == ["anna Zed", "Élodie", "Emil", "eva", "Łukasz", "Zoë", "Иван"]
