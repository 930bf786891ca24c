"""Names of everything that processes share in Redis. `switchroom.messages` has the shapes of what is there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one shard of teams."""

    shard: str

    def _key(self, name: str) -> str:
        return f"switchroom:{self.shard}:{name}"

    @property
    def commands(self) -> str:
        """Stream, api -> engine: `switchroom.messages.commands`."""
        return self._key("commands")

    @property
    def events(self) -> str:
        """Stream, engine and outbox -> clients, which keeps the newest entries: `switchroom.messages.events`."""
        return self._key("events")

    @property
    def records(self) -> str:
        """Stream, engine -> record writer: `switchroom.messages.records`. The record writer removes an entry only
        after it has acknowledged it."""
        return self._key("records")

    @property
    def journal(self) -> str:
        """Stream: the engine's input events. A segment begins with a snapshot."""
        return self._key("journal")

    @property
    def snapshot(self) -> str:
        """String (JSON): the core's last snapshot, the journal id and the `commands` id that it includes."""
        return self._key("snapshot")

    @property
    def lease(self) -> str:
        """String with expiry: the id of the engine that owns this shard."""
        return self._key("lease")

    @property
    def fence(self) -> str:
        """Counter: rises each time an engine takes the lease."""
        return self._key("fence")

    @property
    def written(self) -> str:
        """String `<fence>-<sequence>`: the engine's last batch. A batch that is sent twice is written once."""
        return self._key("written")

    @property
    def identities(self) -> str:
        """Channel, api -> api: ids of users whose sessions or memberships changed, `*` for everybody."""
        return self._key("identities")

    @property
    def heartbeat(self) -> str:
        """String with expiry: the engine's health, a `switchroom.messages.live.Heartbeat`."""
        return self._key("heartbeat")

    @property
    def writer(self) -> str:
        """String with expiry: when the record writer last worked, in POSIX seconds. No key: it cannot work."""
        return self._key("record-writer")

    @property
    def mail_reader(self) -> str:
        """String with expiry: when a mail reader last looked for mailboxes, in POSIX seconds."""
        return self._key("mail-reader")

    @property
    def retention_refused(self) -> str:
        """String: how many objects the store refused to delete in the last run of retention."""
        return self._key("retention-refused")

    def mailbox(self, channel_id: str) -> str:
        """Lock: whose the mailbox of this channel is to read."""
        return self._key(f"mailbox:{channel_id}")

    @property
    def mail_hangs(self) -> str:
        """String with expiry: the mail server did not answer in time. Mails wait until it is gone."""
        return self._key("mail-hangs")

    @property
    def fcm_token(self) -> str:
        """String with expiry: the access token for FCM, encrypted (`switchroom.encryption`)."""
        return self._key("fcm-token")

    def sync(self, integration: str) -> str:
        """String with expiry: the lock of the worker that synchronizes this integration."""
        return self._key(f"sync:{integration}")

    def conversation(self, conversation: str) -> str:
        """String with expiry: the lock of the worker that sends what is due in this conversation of the inbox."""
        return self._key(f"conversation:{conversation}")

    def webhook_rest(self, team: str) -> str:
        """String with expiry: the webhook of this team's inbox was slow. It is asked nothing until it is gone."""
        return self._key(f"webhook-rest:{team}")

    def disk(self, node: str) -> str:
        """String with expiry: how full the disk of this node's spool is, a `switchroom.messages.live.DiskUse`."""
        return self._key(f"disk:{node}")

    def live(self, kind: str) -> str:
        """Hash id -> view of an `agent`, `queue` or `call`, or of a team's calls to the telephone network (`outbound`).
        The engine writes them: `switchroom.messages.live`."""
        return self._key(f"live:{kind}")
