"""Live views as clients get them. What the engine says about a view is read from the view, which the event follows.

A view has changed again when its event is read: the client gets the newest one. Several events of one view in a row
become one.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col

from api.realtime.change import Change
from api.telephony.agents.views import show_state
from api.telephony.conferences.views import show_live
from api.telephony.live_views import Live, show_call, show_posix, show_queue
from models import Agent, QueueAgent, TeamUser
from models.among import among
from switchroom.ids import public_id
from switchroom.messages.events import Audience, Published, to_admins, to_chat, to_team
from switchroom.messages.live import LiveCall

KINDS = ("agent", "queue", "call", "outbound", "conference", "member")
MESSAGED = "messaged"
"""The verb of what is told and not stored."""
MOST_CALLS = 10_000
"""Of how many live calls a process remembers who was told of them."""


class Views:
    """The live views that a batch of events tells of, and whom they concern. `asked`: their kinds and ids."""

    def __init__(
        self, live: Live, session: Session, asked: Iterable[tuple[str, str]], calls: dict[str, Audience]
    ) -> None:
        ids: dict[str, list[str]] = {kind: [] for kind in KINDS}
        for kind, id in asked:
            ids[kind].append(id)
        self._agents, self._queues = live.agents(ids["agent"]), live.queues(ids["queue"])
        self._calls, self._members = live.calls(ids["call"]), live.members(ids["member"])
        self._conferences = live.conferences(ids["conference"])
        self._places = live.places_of(self._calls.values())
        self._told_of = calls
        parties = [party for call in self._calls.values() for party in call.parties]
        agents = {*ids["agent"], *(call.agent for call in self._calls.values() if call.agent)}
        agents |= {party.agent for party in parties if party.agent}
        members = {party.member for party in parties if party.member}
        members |= {member for call in self._calls.values() for member in call.parked_by}
        self._users_of_members = _lists(session, _USERS_OF_MEMBERS, list(members))
        self._users_of_agents = _lists(session, _USERS_OF_AGENTS, list(agents))
        self._queues_of_agents = _lists(session, _QUEUES_OF_AGENTS, ids["agent"])
        self._users_of_queues = _lists(session, _USERS_OF_QUEUES, ids["queue"])

    def changes(self, cursor: str, event: Published) -> list[Change]:
        """Return what the event tells clients; nothing if its view is gone and nothing is left to tell."""
        if event.kind == "call":
            return self._call(cursor, event)
        change = self._change(cursor, event)
        return [] if change is None else [change]

    def _change(self, cursor: str, event: Published) -> Change | None:
        id, team = event.id, event.team
        match event.kind:
            case "agent" if view := self._agents.get(id):
                audience = to_admins(
                    team, queues=self._queues_of_agents.get(id), users=self._users_of_agents.get(id)
                )
                return _messaged(cursor, "ccagentconfig", id, {"live": show_state(view)}, audience)
            case "queue" if queue := self._queues.get(id):
                audience = to_admins(team, queues=[id], users=self._users_of_queues.get(id))
                return _messaged(cursor, "ccqueueconfig", id, {"live": show_queue(queue)}, audience)
            case "member" if member := self._members.get(id):
                data = {"teamUserId": public_id(id), "state": member.state, "since": show_posix(member.since)}
                return _messaged(cursor, "teamuser", member.user, data, to_team(team))
            case "conference":
                held = self._conferences.get(id)
                verb, shown = (event.verb, show_live(held)) if held else ("destroyed", None)
                return Change(cursor, "conference", verb, id, shown, None, to_chat(team, id))
            case "outbound":
                return _messaged(cursor, "outbound", id, None, to_admins(team))
        return None

    def _call(self, cursor: str, event: Published) -> list[Change]:
        """Who may no longer see the call is told that it is gone."""
        view, former = self._calls.get(event.id), self._told_of.pop(event.id, None)
        if view is None:
            audience = former or to_admins(event.team)
            return [Change(cursor, "call", "destroyed", event.id, None, None, audience)]
        audience = self._audience(event.team, view)
        if len(self._told_of) > MOST_CALLS:
            self._told_of.clear()
        self._told_of[event.id] = audience
        shown = show_call(view, self._places.get(view.call))
        told = [Change(cursor, "call", event.verb, event.id, shown, None, audience)]
        left = None if former is None else _left(former, audience)
        if left is not None:
            told.insert(0, Change(cursor, "call", "destroyed", event.id, None, None, left))
        return told

    def _audience(self, team: str, view: LiveCall) -> Audience:
        """Return who is told of a call: who may see it over REST (`api.telephony.calls.access.may_reach`)."""
        queues = {queue for queue in (view.queue, *(party.queue for party in view.parties)) if queue}
        users = set(self._users_of_agents.get(view.agent or "", ()))
        for party in view.parties:
            users.update(self._users_of_agents.get(party.agent or "", ()))
            users.update(self._users_of_members.get(party.member or "", ()))
        for member in view.parked_by:
            users.update(self._users_of_members.get(member, ()))
        return to_admins(team, queues=sorted(queues), users=sorted(users))


def _left(former: Audience, now: Audience) -> Audience | None:
    """Return who was told of the call and is no longer. An admin or a manager among them is told of the call next."""
    queues, users = {*former.queues} - {*now.queues}, {*former.users} - {*now.users}
    if not queues and not users:
        return None
    return Audience(team=now.team, queues=tuple(sorted(queues)), users=tuple(sorted(users)))


def _messaged(cursor: str, model: str, id: str, data: dict[str, Any] | None, audience: Audience) -> Change:
    return Change(cursor, model, MESSAGED, id, data, None, audience)


def _lists(session: Session, statement: Select[str, str], ids: list[str]) -> dict[str, list[str]]:
    """Return the second column's values by the first one's."""
    found: dict[str, list[str]] = {}
    for id, value in session.execute(statement, {"ids": ids}) if ids else ():
        found.setdefault(id, []).append(value)
    return found


_USERS_OF_AGENTS = select(col(Agent.id), col(Agent.user_id)).where(among(col(Agent.id), "ids"))
_USERS_OF_MEMBERS = select(col(TeamUser.id), col(TeamUser.user_id)).where(among(col(TeamUser.id), "ids"))
_QUEUES_OF_AGENTS = select(col(QueueAgent.agent_id), col(QueueAgent.queue_id)).where(
    among(col(QueueAgent.agent_id), "ids")
)
_USERS_OF_QUEUES = (
    select(col(QueueAgent.queue_id), col(Agent.user_id))
    .join(Agent, col(QueueAgent.agent_id) == col(Agent.id))
    .where(among(col(QueueAgent.queue_id), "ids"))
)
