"""`fetch`: an HTTP request whose JSON reply becomes variables."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting, Words
from routing.blocks.ways import Look, Way
from routing.commands import FetchUrl
from routing.events import UrlFetched
from routing.expressions import secrets, urls, variables
from routing.state.phases import CallPhase


class Fetch(BlockType):
    """The exit is `failed` if no 2xx reply comes in time. A variable whose path is not in the reply becomes empty."""

    type = "fetch"
    settings: ClassVar = {
        "url": Setting(
            urls.check_url,
            required=True,
            words=Words.SENT,
            blanked="https://blanked.invalid/",
            secrets=secrets.URL,
        ),
        "method": Setting(checks.one_of("GET", "POST"), default="GET"),
        "headers": Setting(urls.check_headers, words=Words.SENT, secrets=secrets.HEADERS),
        "body": Setting(urls.check_body, words=Words.SENT),
        "timeout": Setting(checks.seconds(1, 10), default=5),
        "variables": Setting(urls.check_paths),
    }
    exits = frozenset({"next", "failed"})
    required_exits = exits
    waits = False

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        if settings.get("body") is not None and settings.get("method") != "POST":
            yield "settings.body", "needs the method POST"

    def enter(self, turn: Turn) -> Exit:
        call, timeout = turn.call, float(turn.setting("timeout"))
        call.token += 1
        call.awaiting = call.token
        headers = turn.setting("headers") or {}
        body = turn.setting("body")
        request = FetchUrl(
            call.id,
            call.token,
            turn.setting("method"),
            variables.render_url(turn.setting("url"), turn.value),
            tuple((name, urls.header(turn.text(text))) for name, text in sorted(headers.items())),
            None if body is None else json.dumps(urls.fill_body(body, turn.text), sort_keys=True),
            timeout,
            extract=tuple(sorted((turn.setting("variables") or {}).items())),
        )
        turn.world.emit(request)
        turn.world.move(call, CallPhase.FETCHING, limit=timeout)
        return None

    def fetched(self, turn: Turn, reply: UrlFetched) -> Exit:
        if not reply.ok:
            return "failed"
        for name in turn.setting("variables") or {}:
            variables.assign(turn.call.variables, name, reply.values.get(name, ""))
        return "next"

    def overdue(self, turn: Turn) -> Exit:
        return "failed"

    def ways(self, look: Look) -> Iterator[Way]:
        seconds = float(look.setting("timeout"))
        facts: dict[str, str | None] = dict.fromkeys(look.setting("variables") or {})
        yield Way("next", "the request succeeds", seconds, facts=facts)
        yield Way("failed", "the request fails", seconds)
