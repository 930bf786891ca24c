"""Carries out `FetchUrl`: exactly one `UrlFetched` follows, unless the call ends first."""

import logging
from collections import Counter
from collections.abc import Callable

from pbx.effects.extract import NotJson, extract
from routing.commands import FetchUrl
from routing.events import UrlFetched
from routing.ids import CallId
from switchroom.http_client import Outgoing, OutgoingError

log = logging.getLogger(__name__)

LONGEST = 30.0
MOST_BYTES = 262_144


class Fetches:
    """At most `most` requests run at once for a team, so that one slow server does not hold up everything."""

    def __init__(self, outgoing: Outgoing, team_of: Callable[[CallId], str], most: int) -> None:
        self._outgoing = outgoing
        self._team_of = team_of
        self._most = most
        self._running: Counter[str] = Counter()

    async def fetch(self, command: FetchUrl) -> UrlFetched:
        """Send the request. Raise nothing, unless cancelled.

        `error`: `busy` (too many at once), `status` (not 2xx), `not json`, `failed` (a fault of ours), or a word of
        `switchroom.http_client.OutgoingError`.
        """
        team = self._team_of(command.call)
        if self._running[team] >= self._most:
            return _failed(command, "busy")
        self._running[team] += 1
        try:
            return await self._fetch(command)
        except OutgoingError as error:
            return _failed(command, str(error))
        except Exception:
            # The route waits for an answer, so it gets one.
            log.exception("unexpected error in a fetch")
            return _failed(command, "failed")
        finally:
            self._running[team] -= 1
            if not self._running[team]:
                del self._running[team]

    async def _fetch(self, command: FetchUrl) -> UrlFetched:
        body = None if command.body is None else command.body.encode("utf-8", "replace")
        headers = list(command.headers)
        if body is not None and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/json"))
        if not any(name.lower() == "user-agent" for name, _ in headers):
            headers.append(("User-Agent", "Switchroom"))
        answer = await self._outgoing.request(
            command.method,
            command.url,
            headers=headers,
            body=body,
            seconds=max(0.1, min(command.timeout, LONGEST)),
            max_bytes=min(command.max_bytes, MOST_BYTES),
        )
        if not 200 <= answer.status < 300:
            return _failed(command, "status", answer.status)
        try:
            values = extract(answer.body, command.extract)
        except NotJson:
            return _failed(command, "not json", answer.status)
        return UrlFetched(command.call, command.token, True, answer.status, values)


def _failed(command: FetchUrl, error: str, status: int = 0) -> UrlFetched:
    return UrlFetched(command.call, command.token, False, status, error=error)
