"""Follow the demo call: an event of the engine says when to look, the REST API says what there is."""

from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

import redis

from cli.api_client import ApiClient
from cli.errors import RunError
from switchroom.redis_keys import Keys
from switchroom.settings import Settings

Found = TypeVar("Found")

_BLOCK_MS = 200
"""The longest wait for an event, in milliseconds. What only the database shows has no event."""

STATES = {
    "playing": "the caller hears the menu",
    "collecting": "the menu waits for a digit",
    "queued": "the caller waits in the queue",
    "offering": "the queue offers the call to the agent",
    "talking": "caller and agent are connected",
}
"""State of a call in the live API -> what is printed for it."""


class Watcher:
    """Follows the call of one caller. Make it before the call begins."""

    def __init__(self, settings: Settings, admin: ApiClient, team: str, caller: str) -> None:
        self._redis = redis.Redis.from_url(settings.redis_url, decode_responses=True)
        self._stream = Keys(settings.shard).events
        self._last = "$"
        self._admin = admin
        self._team = team
        self._caller = caller
        newest: Any = self._redis.xrevrange(self._stream, count=1)
        if newest:
            self._last = newest[0][0]
        self.state = ""

    def until(self, what: str, look: Callable[[], Found | None], seconds: float) -> Found:
        """Call `look` after each event until it finds something, and return that.

        Raises `RunError`, which names `what`, after `seconds`.
        """
        deadline = monotonic() + seconds
        while (found := look()) is None:
            if monotonic() > deadline:
                raise RunError(
                    f"{what}: not within {seconds:.0f} s", "read var/log/engine.log and asterisk.log"
                )
            self._next()
        return found

    def call(self) -> dict[str, Any] | None:
        """Return the call among the team's live calls. None before it begins and after it ended."""
        calls = self._admin.get(f"/v1/team/{self._team}/calls")
        return next((call for call in calls if call["from"] == self._caller), None)

    def new_state(self) -> str | None:
        """Return the call's state if it changed, else None. `ended`: the call is no longer live."""
        call = self.call()
        state = "ended" if call is None and self.state else call["state"] if call else ""
        if state == self.state:
            return None
        self.state = state
        return state

    def _next(self) -> None:
        """Wait for the engine's next event, at most `_BLOCK_MS`."""
        found: Any = self._redis.xread({self._stream: self._last}, block=_BLOCK_MS)
        for _, entries in found or []:
            self._last = entries[-1][0]
