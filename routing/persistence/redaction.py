"""Redaction: what is blanked in events and snapshots before they are written to the replay journal.

Telephone numbers and ids stay. Names, free texts, fetched values, contacts' attributes and collected digits are
blanked. A value by which a route decides stays, since the call could not be replayed without it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from routing.blocks import EVERY_TYPE
from routing.blocks.settings import Setting, Words
from routing.persistence.journal_format import blank

Data = dict[str, Any]

_TEMPLATE = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")


class Blanking:
    """Blanks events and snapshots. It follows the configuration, which says by which values routes decide."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, int], Data] = {}
        self._overflows: dict[str, Data] = {}
        """Queue -> the block to which its overflow leads."""
        self._deciding: set[str] = set()
        self._collected: dict[str, set[str]] = {}
        self.outgrown = False
        """Whether a new route decides by more values than those of the last snapshot. They were blanked until now and
        may be needed, so a new segment is due."""

    def snapshot(self, data: Data) -> Data:
        """Return a snapshot of the core (`routing.persistence.snapshot`), blanked. `data` itself does not change."""
        self._routes, self._overflows, self.outgrown = {}, {}, False
        queues = [queue["config"] for queue in data["queues"]]
        self._configure([*data["old_routes"], *data["routes"]], queues)
        return {
            **data,
            "routes": [_route(route) for route in data["routes"]],
            "old_routes": [_route(route) for route in data["old_routes"]],
            "queues": [{**queue, "config": _queue(queue["config"])} for queue in data["queues"]],
            "users": [_nameless(user) for user in data["users"]],
            "agents": [_agent(agent) for agent in data["agents"]],
            "calls": [self._call(call) for call in data["calls"]],
            "rooms": [_room(room) for room in data.get("rooms", ())],
            "callbacks": [self._waiter(callback) for callback in data["callbacks"]],
        }

    def event(self, data: Data, block: tuple[str, str] | None = None) -> Data:
        """Return an encoded event, blanked. `block` is the id and the type of the block in which the call is."""
        blanked = _EVENTS.get(data["type"])
        return data if blanked is None else blanked(self, data, block)

    # -- what routes decide by -------------------------------------------------------------------------------

    def keeps(self, variable: str) -> bool:
        """Return whether a route's way may depend on the variable's value."""
        return variable in self._deciding

    def _configure(self, routes: Iterable[Data], queues: Iterable[Data]) -> None:
        """Take routes and overflows in. Old versions count until the segment ends: calls may still follow them."""
        self._routes.update(((route["id"], route["version"]), route) for route in routes)
        self._overflows.update((queue["id"], queue["overflow"]) for queue in queues if queue["overflow"])
        blocks = [block for route in self._routes.values() for block in _blocks(route)]
        self._deciding = deciding([*blocks, *self._overflows.values()])
        self._collected = {}
        for block in blocks:
            setting = _digits_go_to(block["type"])
            if setting is not None:
                self._collected.setdefault(block["id"], set()).add(str(block["settings"].get(setting)))

    # -- events ----------------------------------------------------------------------------------------------

    def _config(self, data: Data, block: object) -> Data:
        routes = [item for item in data["items"] if item["type"] == "RouteConfig"]
        queues = [item for item in data["items"] if item["type"] == "QueueConfig"]
        if routes or queues:
            before = self._deciding
            self._configure(routes, queues)
            self.outgrown = self.outgrown or bool(self._deciding - before)
        return {**data, "items": [_item(item) for item in data["items"]]}

    def _entered(self, data: Data, block: object) -> Data:
        return {**data, "caller_name": self._caller_name(data["caller_name"])}

    def _resynced(self, data: Data, block: object) -> Data:
        return {**data, "calls": [self._entered(call, block) for call in data["calls"]]}

    def _caller_name(self, name: str) -> Any:
        return name if self.keeps("caller_name") else blank(name)

    def _fetched(self, data: Data, block: object) -> Data:
        return {**data, "values": self._values(data["values"]), "error": blank(data["error"])}

    def _contact(self, data: Data, block: object) -> Data:
        return {**data, "attributes": data["attributes"] and self._values(data["attributes"])}

    def _found_room(self, data: Data, block: object) -> Data:
        return {**data, "entry": data["entry"] and _entry(data["entry"])}

    def _values(self, values: dict[str, str]) -> dict[str, str]:
        return {key: value if self.keeps(key) else blank(value) for key, value in values.items()}

    def _digit(self, data: Data, block: tuple[str, str] | None) -> Data:
        return data if self._hears(block) else {**data, "digit": _zeros(data["digit"])}

    def _hears(self, block: tuple[str, str] | None) -> bool:
        """Return whether it matters which digit was pressed."""
        if block is None:
            return False
        id, type = block
        if type in EVERY_TYPE and EVERY_TYPE[type].secret_digits:
            return False
        if _digits_go_to(type) is not None:
            return any(map(self.keeps, self._collected.get(id, ())))
        return type in EVERY_TYPE and EVERY_TYPE[type].hears_digits

    # -- what stands in a snapshot ---------------------------------------------------------------------------

    def _call(self, data: Data) -> Data:
        data = self._waiter(data)
        data["caller_name"] = self._caller_name(data["caller_name"])
        data["detour"] = data["detour"] and _block(data["detour"])
        last = data["path"][-1] if data["path"] else None
        if (
            last is not None
            and _keeps_digits(last["type"])
            and not self._hears((last["block"], last["type"]))
        ):
            data["memory"] = _zeros(data["memory"])
        data["entry"] = data.get("entry") and _entry(data["entry"])
        return data

    def _waiter(self, data: Data) -> Data:
        return {**data, "variables": self._values(data["variables"])}


def deciding(blocks: Iterable[Data]) -> set[str]:
    """Return the variables and contacts' attributes by whose values some block may decide, directly or through a `set`.

    These are the names that settings which are `Words.DECIDING` give as `variable`, the keys of their `attributes`, and
    every `{name}` in them.
    """
    found: set[str] = set()
    copies: list[tuple[str, set[str]]] = []
    for block in blocks:
        for name, value in block["settings"].items():
            words = _words(block["type"], name)
            if words is Words.DECIDING:
                found.update(_named(value))
            elif words is Words.ASSIGNED:
                copies += [(to, set(_TEMPLATE.findall(str(text)))) for to, text in (value or {}).items()]
    return _with_sources(found, copies)


def _setting(type: str, name: str) -> Setting | None:
    return EVERY_TYPE[type].settings.get(name) if type in EVERY_TYPE else None


def _words(type: str, name: str) -> Words | None:
    setting = _setting(type, name)
    return None if setting is None else setting.words


def _digits_go_to(type: str) -> str | None:
    return EVERY_TYPE[type].digits_go_to if type in EVERY_TYPE else None


def _keeps_digits(type: str) -> bool:
    """Return whether blocks of this type remember digits that must not be written."""
    return type in EVERY_TYPE and (_digits_go_to(type) is not None or EVERY_TYPE[type].secret_digits)


def _entry(entry: Data) -> Data:
    return {**entry, "who": blank(entry["who"])}


def _room(room: Data) -> Data:
    """Return a room without the names of who is in it."""
    there = {call: {**who, "name": blank(who["name"])} for call, who in room["participants"].items()}
    return {**room, "participants": there}


def _named(value: Any) -> Iterator[str]:
    """Yield the variables and attributes that a setting names."""
    if isinstance(value, str):
        yield from _TEMPLATE.findall(value)
    elif isinstance(value, dict):
        if isinstance(value.get("variable"), str):
            yield value["variable"]
        if isinstance(value.get("attributes"), dict):
            yield from value["attributes"]
        for part in value.values():
            yield from _named(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _named(part)


def _with_sources(found: set[str], copies: list[tuple[str, set[str]]]) -> set[str]:
    grown = True
    while grown:
        more = set().union(*(sources for name, sources in copies if name in found)) - found
        found |= more
        grown = bool(more)
    return found


def _zeros(value: Any) -> Any:
    """Return the same value with every digit in its texts a 0."""
    if isinstance(value, str):
        return re.sub(r"\d", "0", value)
    if isinstance(value, dict):
        return {key: _zeros(part) for key, part in value.items()}
    return [_zeros(part) for part in value] if isinstance(value, (list, tuple)) else value


def _blocks(route: Data) -> Iterable[Data]:
    blocks: dict[str, Data] = route["blocks"]
    return blocks.values()


def _block(block: Data) -> Data:
    return {**block, "settings": _settings(block["type"], block["settings"])}


def _settings(type: str, settings: Data) -> Data:
    return {name: _without_secrets(_setting(type, name), value) for name, value in settings.items()}


def _without_secrets(setting: Setting | None, value: Any) -> Any:
    """Return the value, or what stands for it if it is `Words.SENT`. A mapping keeps its keys."""
    if setting is None or setting.words is not Words.SENT or not value:
        return value
    return dict.fromkeys(value, setting.blanked) if isinstance(value, dict) else setting.blanked


def _route(route: Data) -> Data:
    return {**route, "blocks": {id: _block(block) for id, block in route["blocks"].items()}}


def _nameless(item: Data) -> Data:
    return {**item, "name": blank(item["name"])}


def _queue(queue: Data) -> Data:
    overflow = queue["overflow"]
    settings = overflow and _settings(overflow["type"], overflow["settings"])
    return {**queue, "overflow": overflow and {**overflow, "settings": settings}}


def _item(item: Data) -> Data:
    blanked = {
        "RouteConfig": _route,
        "AgentConfig": _nameless,
        "UserConfig": _nameless,
        "QueueConfig": _queue,
    }
    return blanked.get(item["type"], dict)(item)


def _agent(agent: Data) -> Data:
    own = {
        queue: {**status, "reason": blank(status["reason"])} for queue, status in agent["in_queue"].items()
    }
    return {**agent, "config": _nameless(agent["config"]), "reason": blank(agent["reason"]), "in_queue": own}


def _without(field: str) -> Callable[[Blanking, Data, object], Data]:
    return lambda blanking, data, block: {**data, field: blank(data[field])}


_EVENTS: dict[str, Callable[[Blanking, Data, Any], Data]] = {
    "CallEntered": Blanking._entered,
    "CallTurnedAway": Blanking._entered,
    "PhoneCallEntered": Blanking._entered,
    "StateResynced": Blanking._resynced,
    "UrlFetched": Blanking._fetched,
    "ContactFound": Blanking._contact,
    "RoomFound": Blanking._found_room,
    "DigitPressed": Blanking._digit,
    "DigitsRequested": lambda self, data, block: {**data, "digits": _zeros(data["digits"])},
    "ConfigChanged": Blanking._config,
    "AgentStatusSet": _without("reason"),
    "CommandFailed": _without("message"),
}
