"""A fake Asterisk: an AMI server that knows channels, so that tests can tell whole calls."""

from dataclasses import dataclass
from time import time

from switchroom.ids import call_id
from tests.support.pbx.fake_ami import FakeAmi, Session

EPOCH = 1_790_000_000


@dataclass
class Channel:
    name: str
    unique_id: str
    linked_id: str
    number: str = ""
    did: str = ""
    state: str = "Ring"
    context: str = "inbound"
    role: str = "caller"

    @property
    def caller(self) -> bool:
        return self.unique_id == self.linked_id


def block(*headers: tuple[str, str]) -> bytes:
    return ("".join(f"{key}: {value}\r\n" for key, value in headers) + "\r\n").encode()


class FakeAsterisk(FakeAmi):
    """A fake Asterisk. `enters` brings a caller. `ringing` has each phone that the engine rings. Then use
    `answers_phone` and `hangs_up`."""

    def __init__(self, name: str = "a") -> None:
        super().__init__()
        self.name = name
        self.channels: dict[str, Channel] = {}
        self.phones: set[str] = set()
        self.skew = 0.0
        """By how many seconds this machine's clock goes before ours."""
        self._serial = 0
        self._variables: dict[tuple[str, str], str] = {}
        self.answers.update(
            Login=self._login,
            CoreShowChannels=self._list_channels,
            PJSIPShowContacts=self._list_contacts,
            DeviceStateList=self._list_nothing,
            AGI=self._agi,
            Setvar=self._setvar,
            Getvar=self._getvar,
            SorceryMemoryCacheExpireObject=self._expire,
            Redirect=self._redirect,
            Hangup=self._hangup,
        )

    def variable(self, name: str) -> str:
        """Return the value of a global variable. Return an empty text if it has none."""
        return self._variables.get(("", name), "")

    def set_variable(self, name: str, value: str) -> None:
        self._variables["", name] = value

    # -- what happens on the line ------------------------------------------------------------------------

    def register(self, *phones: str) -> None:
        self.phones.update(phones)
        for phone in phones:
            self.event(
                "ContactStatus", ("AOR", phone), ("URI", f"sip:{phone}@x"), ("ContactStatus", "Reachable")
            )

    def enters(self, did: str = "+14165550100", number: str = "+14165550111") -> Channel:
        channel = self._new("PJSIP/trunk", None, number, did)
        self._started(channel)
        return channel

    def dials(self, phone: str, extension: str) -> Channel:
        """Let a member's phone call an extension."""
        channel = self._new(f"PJSIP/{phone}", None, did=extension)
        channel.context, channel.role = "phone-call", "phone"
        self._started(channel)
        return channel

    def ringing(self, caller: Channel) -> list[Channel]:
        legs = self.channels.values()
        return [leg for leg in legs if leg.linked_id == caller.unique_id and leg.state == "Ringing"]

    def answers_phone(self, leg: Channel) -> None:
        leg.state = "Up"
        self.about("Newstate", leg, ("ChannelStateDesc", "Up"))

    def hangs_up(self, channel: Channel, cause: int = 16) -> None:
        """Hang up a channel. The end of a caller's channel also ends the agent's leg. After the end of an agent's
        leg the caller goes to the dialplan's context `control`; the call of a member's phone ends with the same
        cause."""
        del self.channels[channel.name]
        self.about("Hangup", channel, ("Cause", str(cause)))
        if channel.caller:
            for leg in [leg for leg in self.channels.values() if leg.linked_id == channel.unique_id]:
                self.hangs_up(leg)
            return
        caller = next((c for c in self.channels.values() if c.unique_id == channel.linked_id), None)
        if caller is not None and caller.role == "phone":
            self.hangs_up(caller, cause)
        elif caller is not None:
            caller.context = "control"
            self._started(caller)

    def restart(self) -> None:
        """Restart Asterisk. All channels and variables are lost."""
        self.channels.clear()
        self._variables.clear()
        for session in self.sessions:
            session.drop()

    # -- the protocol --------------------------------------------------------------------------------------------

    def event(self, name: str, *headers: tuple[str, str]) -> None:
        for session in self.sessions:
            session.write(block(("Event", name), *headers))

    def about(self, name: str, channel: Channel, *headers: tuple[str, str]) -> None:
        self.event(name, *self._headers(channel), *headers)

    def _headers(self, channel: Channel, prefix: str = "") -> list[tuple[str, str]]:
        headers = [
            (f"{prefix}Channel", channel.name),
            (f"{prefix}Uniqueid", channel.unique_id),
            (f"{prefix}Linkedid", channel.linked_id),
            (f"{prefix}ChanVariable", f"SR_CALL={channel.linked_id}"),
        ]
        if channel.caller:
            headers += [
                (f"{prefix}ChanVariable", f"SR_DID={channel.did}"),
                (f"{prefix}ChanVariable", f"SR_ROLE={channel.role}"),
            ]
        return headers

    def _new(self, kind: str, caller: Channel | None, number: str = "", did: str = "") -> Channel:
        self._serial += 1
        unique_id = f"{self.name}-{EPOCH}.{self._serial}"
        linked_id = caller.unique_id if caller else unique_id
        channel = Channel(f"{kind}-{self._serial:08x}", unique_id, linked_id, number, did)
        self.channels[channel.name] = channel
        return channel

    def _started(self, channel: Channel) -> None:
        self.about("AsyncAGIStart", channel, ("CallerIDNum", channel.number), ("Exten", "s"))

    def _login(self, session: Session, action: dict[str, str]) -> None:
        session.write(_success(action))
        session.write(block(("Event", "FullyBooted"), ("Status", "Fully Booted")))

    def _list_channels(self, session: Session, action: dict[str, str]) -> None:
        rows = []
        for channel in self.channels.values():
            about = (("ChannelStateDesc", channel.state), ("Context", channel.context))
            rows.append([*self._headers(channel), *about, ("CallerIDNum", channel.number)])
        self._list(session, action, "CoreShowChannel", rows)

    def _list_contacts(self, session: Session, action: dict[str, str]) -> None:
        rows = [
            [
                ("ObjectName", f"{phone};@{'0' * 32}"),
                ("Endpoint", phone),
                ("Uri", f"sip:{phone}@x"),
                ("Status", "Reachable"),
            ]
            for phone in self.phones
        ]
        self._list(session, action, "ContactList", rows)

    def _list_nothing(self, session: Session, action: dict[str, str]) -> None:
        self._list(session, action, "DeviceStateChange", [])

    def _list(
        self, session: Session, action: dict[str, str], event: str, rows: list[list[tuple[str, str]]]
    ) -> None:
        belongs = ("ActionID", action["ActionID"])
        session.write(block(("Response", "Success"), belongs, ("EventList", "start"), ("Message", "follows")))
        for row in rows:
            session.write(block(("Event", event), belongs, *row))
        session.write(block(("Event", f"{event}Complete"), belongs, ("EventList", "Complete")))

    def _agi(self, session: Session, action: dict[str, str]) -> None:
        session.write(_success(action))
        channel = self.channels.get(action["Channel"])
        if channel is None:
            return
        if "EXEC Answer" in action["Command"]:
            channel.state = "Up"
        self.about(
            "AsyncAGIExec", channel, ("CommandId", action["CommandID"]), ("Result", "200%20result%3D0")
        )

    def _setvar(self, session: Session, action: dict[str, str]) -> None:
        self._variables[action.get("Channel", ""), action["Variable"]] = action["Value"]
        session.write(_success(action))

    def _getvar(self, session: Session, action: dict[str, str]) -> None:
        name = action["Variable"]
        value = self._variables.get((action.get("Channel", ""), name), "")
        if name == "EPOCH":
            value = str(int(time() + self.skew))
        belongs = ("ActionID", action["ActionID"])
        session.write(
            block(("Response", "Success"), belongs, ("Variable", action["Variable"]), ("Value", value))
        )

    def _expire(self, session: Session, action: dict[str, str]) -> None:
        """Answer that the object is not cached."""
        why = "The provided object could not be expired from the cache\n"
        session.write(
            block(("Response", "Error"), ("ActionID", action["ActionID"]), ("Message", why.strip()))
        )

    def _redirect(self, session: Session, action: dict[str, str]) -> None:
        session.write(_success(action))
        caller = self.channels[action["Channel"]]
        caller.context = action["Context"]
        if action["Context"] not in ("offer", "phone-dial"):
            self._started(caller)
            return
        for part in self._variables[caller.name, "SR_DIAL"].split("&"):
            phone = part.removeprefix("${PJSIP_DIAL_CONTACTS(").removesuffix(")}")
            leg = self._new(f"PJSIP/{phone}", caller)
            dest = self._headers(leg, "Dest")
            self.about("DialBegin", caller, *dest, ("DialString", f"{phone}/sip:{phone}@x"))
            leg.state = "Ringing"
            self.about("Newstate", leg, ("ChannelStateDesc", "Ringing"))

    def _hangup(self, session: Session, action: dict[str, str]) -> None:
        session.write(_success(action))
        channel = self.channels.get(action["Channel"])
        if channel is not None:
            self.hangs_up(channel, int(action["Cause"]))


def _success(action: dict[str, str]) -> bytes:
    return block(("Response", "Success"), ("ActionID", action["ActionID"]), ("Message", "fine"))


def id_of(channel: Channel) -> str:
    return call_id(channel.unique_id)
