"""The auto-attendant of a new team: what it says and does, and how it follows the team."""

from typing import Any

import pytest
from sqlmodel import Session, select

from api.accounts.teams.attendant import _TEXTS, LANGUAGES, document, language_of
from models import CallRoute, DidNumber, InventoryNumber, Team
from routing.routes.document import validate_route
from switchroom.ids import public_id
from tests.support.api.client import Api, Person

pytestmark = pytest.mark.service

EXAMPLE = {"team_name": "Acme {Ltd}", "country": "CA", "state": "ON", "city": "Toronto"}


def create(api: Api, owner: Person, **changes: Any) -> dict[str, Any]:
    answer = api.client.post("/v1/team", json={**EXAMPLE, **changes}, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def route_of(api: Api, team: dict[str, Any]) -> CallRoute:
    with Session(api.context.engine) as session:
        return session.exec(select(CallRoute).where(CallRoute.team_id == team["id"][1:])).one()


def test_a_new_team_has_hours_a_menu_and_voicemail_in_its_language_and_zone(any_api: Api) -> None:
    team = create(any_api, any_api.person(), country="Germany", state="", city="")
    route = route_of(any_api, team)
    assert validate_route({"name": route.name, "entry": route.entry, "blocks": route.blocks}) == []
    assert route.blocks["hours"]["settings"]["timezone"] == "Europe/Berlin"
    sound = route.blocks["open"]["settings"]["sound"]
    assert sound["language"] == "de"
    assert sound["say"].startswith("Willkommen bei Acme {{Ltd}}.")
    assert route.blocks["message"]["settings"]["mailbox"] == {"kind": "team", "id": team["id"][1:]}
    assert {route.blocks[menu]["exits"]["1"] for menu in ("open", "closed")} == {"directory"}
    assert team["autoreception"] == "not-started"


def test_every_language_has_every_text() -> None:
    assert set(_TEXTS) == set(LANGUAGES)
    for texts in _TEXTS.values():
        assert set(texts) == set(_TEXTS["en"])
        assert "{team}" in texts["welcome"]
        assert "{team}" in texts["closed"]
    assert [language_of(country) for country in ("AT", "BR", "CA", "JP", "")] == [
        "de",
        "pt",
        "en",
        "en",
        "en",
    ]


def test_it_follows_the_team_until_somebody_edits_it(any_api: Api) -> None:
    owner = any_api.person()
    team = create(any_api, owner)
    path = f"/v1/team/{team['id']}"
    changed = any_api.client.patch(
        path,
        json={"team_name": "Bureau", "language": "fr-CA", "timezone": "Europe/Paris"},
        headers=owner.headers,
    )
    assert changed.status_code == 200
    route = route_of(any_api, team)
    assert route.version == 2
    assert route.blocks["open"]["settings"]["sound"]["say"].startswith("Bienvenue chez Bureau.")
    assert route.blocks["hours"]["settings"]["timezone"] == "Europe/Paris"
    edited = {"name": "Our own", "entry": route.entry, "blocks": route.blocks}
    saved = any_api.client.patch(f"/v1/callroute/{public_id(route.id)}", json=edited, headers=owner.headers)
    assert saved.status_code == 200, saved.text
    info = any_api.client.get(f"{path}/info", headers=owner.headers).json()
    assert info["autoreception"] == "started"
    any_api.client.patch(path, json={"language": "de"}, headers=owner.headers)
    assert route_of(any_api, team).blocks["open"]["settings"]["sound"]["language"] == "fr"
    done = any_api.client.patch(path, json={"autoreception": "done"}, headers=owner.headers).json()
    assert done["autoreception"] == "done"


def test_without_a_free_number_the_route_waits_for_one(api: Api) -> None:
    owner = api.person()
    team = create(api, owner)
    assert team["main_number"] is None
    api.add(*(InventoryNumber(e164=e164, country="CA") for e164 in ("+14165550188", "+14165550189")))
    body = {"team": team["id"], "number": "+14165550188"}
    first = api.client.post("/v1/didnumber", json=body, headers=owner.headers)
    assert first.status_code == 201, first.text
    assert first.json()["route"] == public_id(route_of(api, team).id)
    second = api.client.post("/v1/didnumber", json={**body, "number": "+14165550189"}, headers=owner.headers)
    assert second.json()["route"] is None, "it has one"
    with Session(api.context.engine) as session:
        assert session.get_one(Team, team["id"][1:]).main_number == "+14165550188"


def test_a_number_that_leads_elsewhere_is_left_alone(api: Api) -> None:
    owner = api.person()
    team = create(api, owner)
    api.add(InventoryNumber(e164="+14165550187", country="CA"))
    body = {"team": team["id"], "number": "+14165550187", "user": owner.id}
    assert api.client.post("/v1/didnumber", json=body, headers=owner.headers).status_code == 201
    with Session(api.context.engine) as session:
        (number,) = session.exec(select(DidNumber))
    assert (number.route_id, number.user_id) == (None, owner.user.id)


def test_the_document_is_the_same_for_the_same_team() -> None:
    team = Team(team_name="A", slug="a", owner_id="0" * 32, billing_id=1, number=1, timezone="UTC")
    assert document(team) == document(team)
