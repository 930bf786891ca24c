"""Names of everything that processes share in Redis, and the shapes of what lies there.

Every stream entry has one field, `body`: a JSON object with `type`. See docs/architecture.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one shard of teams."""

    shard: str

    def _key(self, name: str) -> str:
        return f"switchroom:{self.shard}:{name}"

    @property
    def commands(self) -> str:
        """Stream, api -> engine: `agent-status`, `config`, `hang-up`."""
        return self._key("commands")

    @property
    def events(self) -> str:
        """Stream, engine -> clients (capped): `{type: publish, team, kind, id, verb}`."""
        return self._key("events")

    @property
    def records(self) -> str:
        """Stream, engine -> record writer: `call`, `voicemail`, `wrap-up`. Trimmed after acknowledgement only."""
        return self._key("records")

    @property
    def journal(self) -> str:
        """Stream: the engine's input events; a segment opens with a snapshot."""
        return self._key("journal")

    @property
    def snapshot(self) -> str:
        """String (JSON): the core's last snapshot, the journal id and the `commands` id that it includes."""
        return self._key("snapshot")

    @property
    def lease(self) -> str:
        """String with expiry: the engine that owns this shard, `<engine id>`."""
        return self._key("lease")

    @property
    def fence(self) -> str:
        """Counter: rises each time an engine takes the lease."""
        return self._key("fence")

    @property
    def written(self) -> str:
        """String `<fence>-<sequence>`: the engine's last batch, so that a batch sent twice is written once."""
        return self._key("written")

    @property
    def identities(self) -> str:
        """Channel, api -> api: ids of users whose sessions or memberships changed, `*` for everybody."""
        return self._key("identities")

    @property
    def heartbeat(self) -> str:
        """String (JSON) with expiry: the engine's own health, `{at, engine, nodes: {name: state}, calls}`."""
        return self._key("heartbeat")

    @property
    def writer(self) -> str:
        """String with expiry: the record writer's heartbeat, POSIX seconds; gone while it cannot work."""
        return self._key("record-writer")

    def live(self, kind: str) -> str:
        """Hash id -> JSON: live views of `agent`, `queue` and `call`, written by the engine on change."""
        return self._key(f"live:{kind}")
