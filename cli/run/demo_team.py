"""The demo team. It is made through the REST API like any team. The next start finds it again."""

import json
import os
from pathlib import Path
from typing import Any

from sqlmodel import select

from cli.api_client import JSON, ApiClient, ApiError
from cli.run.demo_routes import after_hours_route, welcome_route
from cli.run.ports import api_url
from models import User, number_inventory, utcnow
from switchroom.database import session
from switchroom.settings import Settings

TEAM = "Demo Company"
ADMIN = ("Dana", "Reed", "dana@demo.example")
AGENTS = (
    ("Alice", "Martin", "alice@demo.example"),
    ("Bob", "Singh", "bob@demo.example"),
    ("Carol", "Nguyen", "carol@demo.example"),
)
QUEUES = {"Sales": (0, 1), "Support": (1, 2)}
"""Queue -> its agents, as indexes of `AGENTS`."""
POOL = tuple(f"+1416555010{digit}" for digit in range(10))
"""Numbers that are reserved for fiction (555-01xx)."""
WELCOME, SUPPORT, CLOSED = POOL[0], POOL[1], POOL[2]


def facts_path(settings: Settings) -> Path:
    """Return the file that describes the demo team."""
    return settings.var_dir / "demo.json"


def seed(settings: Settings, password: str) -> dict[str, Any]:
    """Make the missing parts of the demo team, write `var/demo.json`, and return its content.

    Raises `RunError` if the API refuses a request.
    """
    base = api_url(settings)
    number_inventory.add_numbers(POOL, country="CA", state="ON", city="Toronto")
    application = _application(settings, ApiClient(base))
    admin = _admin(ApiClient(base), application, password)
    team = _team(admin)
    agents = [_agent(base, admin, application, team, person, password) for person in AGENTS]
    queues = _queues(admin, team, [agent["agent"] for agent in agents])
    routes = _routes(admin, team, queues)
    facts = {
        "auth_base": f"{settings.public_url}/auth",
        "api_base": f"{settings.public_url}/v1",
        "sip": {"host": settings.sip_host, "port": settings.sip_port, "transport": "udp"},
        "client": application,
        "team": team,
        "admin": {"email": ADMIN[2], "password": password, "user": admin.get("/v1/user/me")["id"]},
        "agents": agents,
        "queues": queues,
        "numbers": _numbers(admin, team, queues, routes),
        "s3": {"endpoint": settings.s3_endpoint, "bucket": settings.s3_bucket, "region": settings.s3_region},
    }
    _write(facts_path(settings), facts)
    return facts


def _application(settings: Settings, anonymous: ApiClient) -> JSON:
    """Return the API client of the last start. If `var/demo.json` is gone, register a new one."""
    path = facts_path(settings)
    if path.exists():
        known: JSON = json.loads(path.read_text())["client"]
        return known
    made = anonymous.post("/auth/client", {"name": "Switchroom demo"})
    return {"client_id": made["client_id"], "client_secret": made["client_secret"]}


def _admin(anonymous: ApiClient, application: JSON, password: str) -> ApiClient:
    """Return the client of the team's admin. Sign them up if they are not there."""
    first, last, email = ADMIN
    try:
        return anonymous.signed_in(email, password, application)
    except ApiError as error:
        if error.status != 401:
            raise
    anonymous.post("/v1/user", {"first_name": first, "last_name": last, "email": email, "password": password})
    _verify(email)
    return anonymous.signed_in(email, password, application)


def _verify(email: str) -> None:
    """Take the admin's address for verified: nobody reads mail there, and only who is verified makes a team."""
    with session() as db:
        user = db.exec(select(User).where(User.email == email)).one()
        user.verified_at = user.verified_at or utcnow()
        db.add(user)


def _team(admin: ApiClient) -> str:
    """Return the id of the demo team. Make the team if it is not there."""
    me = admin.get("/v1/user/me")
    if me["teams"]:
        return str(me["teams"][0])
    place = {"country": "Canada", "state": "ON", "city": "Toronto"}
    return str(admin.post("/v1/team", {"team_name": TEAM, "owner": me["id"], **place})["id"])


def _agent(
    base: str,
    admin: ApiClient,
    application: JSON,
    team: str,
    person: tuple[str, str, str],
    password: str,
) -> JSON:
    """Return one agent with their user, extension and SIP account, in the form of `var/demo.json`."""
    first, last, email = person
    users = {user["email"]: user["id"] for user in admin.get("/v1/user", limit="1000")}
    user = users.get(email)
    if user is None:
        body = {"first_name": first, "last_name": last, "email": email, "password": password}
        user = admin.post(f"/v1/team/{team}/add", body)["id"]
    mine = admin.get(f"/v1/TeamUser/{user}/CCAgentConfig")
    agent = mine[0] if mine else admin.post("/v1/CCAgentConfig", {"user": user, "name": f"{first} {last}"})
    # The SIP account is shown to its owner only.
    own = ApiClient(base).signed_in(email, password, application)
    members = own.get(f"/v1/team/{team}/users", limit="1000")
    account = next(member for member in members if member["id"] == user)
    return {
        "email": email,
        "password": password,
        "user": user,
        "agent": agent["id"],
        "extension": account["extension"][0],
        "sip_username": account["sipUsername"],
        "sip_password": account["extensionSecret"],
    }


def _queues(admin: ApiClient, team: str, agents: list[str]) -> dict[str, str]:
    """Return the id of each queue by name."""
    known = {queue["name"]: queue["id"] for queue in admin.get(f"/v1/team/{team}/ccqueueconfig")}
    for name, members in QUEUES.items():
        if name not in known:
            body = {"team": team, "name": name, "agents": [agents[member] for member in members]}
            made = admin.post(
                "/v1/CCQueueConfig", {**body, "ring_timeout": 20, "wrap_up": 5, "max_wait": 120}
            )
            known[name] = made["id"]
    return {name: known[name] for name in QUEUES}


def _routes(admin: ApiClient, team: str, queues: dict[str, str]) -> dict[str, str]:
    """Return the id of each route by name."""
    known = {route["name"]: route["id"] for route in admin.get("/v1/callroute")}
    for route in (welcome_route(team, queues), after_hours_route(team)):
        if route["name"] not in known:
            known[route["name"]] = admin.post("/v1/callroute", route)["id"]
    return known


def _numbers(admin: ApiClient, team: str, queues: dict[str, str], routes: dict[str, str]) -> list[JSON]:
    """Return the demo's DIDs, each with its destination: `{e164, name, route, queue?}`."""
    known = {number["number"]: number for number in admin.get("/v1/didnumber")}
    wanted: tuple[JSON, ...] = (
        {
            "number": WELCOME,
            "name": "Welcome menu: 1 sales, 2 support, 3 voicemail",
            "route": routes["Welcome"],
        },
        {"number": SUPPORT, "name": "Straight to the support queue", "queue": queues["Support"]},
        {"number": CLOSED, "name": "Closed at all hours: voicemail", "route": routes["After hours"]},
    )
    for number in wanted:
        there = known.get(number["number"])
        if there is None:
            admin.post("/v1/didnumber", {"team": team, **number})
        elif there["name"] != number["name"]:
            # The team got this number as its main number when it was made.
            places = {"route": None, "queue": None, "user": None} | number
            admin.patch(f"/v1/didnumber/{there['id']}", places)
    return [
        {"e164": number["number"], "route": None, **{key: number[key] for key in number if key != "number"}}
        for number in wanted
    ]


def _write(path: Path, facts: dict[str, Any]) -> None:
    """Write the file with mode 0600, because it holds passwords. Replace it as a whole, so that no reader sees half of
    it."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(facts, file, indent=2)
        file.write("\n")
    draft.replace(path)
