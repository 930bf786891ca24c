"""After a start or a reconnect: makes our knowledge of a node from what its Asterisk lists."""

import re
from collections.abc import Iterable, Mapping
from math import inf

from pbx.ami import Message
from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.calls.node_call import NodeCall, Rung
from pbx.asterisk.calls.node_calls import NodeCalls
from pbx.asterisk.calls.parties import CALLED
from pbx.asterisk.protocol.agi_queue import AgiQueue
from pbx.asterisk.protocol.call_numbers import call_numbers
from pbx.asterisk.protocol.dialplan import (
    CALLERS,
    PHONES,
    SLOT,
    Context,
    Role,
    endpoint_of,
    far_half,
    near_half,
)
from pbx.asterisk.protocol.messages import (
    Channel,
    channel_of,
    contact,
    device,
    known,
    known_name,
    room_member,
)
from routing.events import LiveCall, LivePhase, StateResynced
from routing.ids import AgentId, CallId, RoomId
from switchroom.ids import call_id, is_callback
from switchroom.numbers import parse
from switchroom.sip_accounts import phone_of

_REMOTE = re.compile(r"PJSIP/(?P<phone>[a-z0-9]{1,40})@node-")
_ROOM = re.compile(r"(?P<room>[a-z0-9-]{1,80})(?:,|$)")
_EPOCH = re.compile(r"(\d{9,11})\.\d+$")
_DIALLED = re.compile(r"PJSIP/(?P<phone>[a-z0-9]{1,40})(?:[/@,&]|$)")
_LINES = frozenset({Context.DIALOUT, Context.PHONE_OUT, Context.EMERGENCY})
"""Where an outside line is rung."""
_CALLED = _LINES | {Context.PHONE_DIAL}
"""Where the called party is rung, instead of agents."""
_AWAY = _CALLED | {Context.OFFER, Context.HELD, Context.TALK, Context.PICKUP}
_NO_LEGS = CALLERS | {Role.RUNG}
"""The roles of channels that are no leg of a Dial of the call."""
_IN_ROOM = frozenset({Context.CONFERENCE, Context.CONFERENCE_KEY})
_NOT_ANSWERED = frozenset({"Down", "Ring", "Ringing", "Dialing"})


def resync(
    node: NodeCalls,
    *,
    channels: Iterable[Message],
    contacts: Iterable[Message],
    devices: Iterable[Message],
    agents: Mapping[str, AgentId],
    rooms: Iterable[Message] = (),
    expected: Iterable[CallId] = (),
) -> StateResynced:
    """Replace what `node` knows by what the lists say (`CoreShowChannels`, `PJSIPShowContacts`, `DeviceStateList`, and
    `ConfbridgeList` of each room of `rooms_of`).

    `agents`: phone -> agent. `expected`: calls that the engine believes to be on this node. Those that are not listed
    are among `lost_calls`. So are callers whom the dialplan's fallback serves: they stay there.
    """
    node.phones.load(
        node.node,
        [contact(m) for m in contacts],
        [change for m in devices if (change := device(m)) is not None],
    )
    rows = [(channel_of(m), m) for m in channels if "Uniqueid" in m]
    muted = {member.unique_id for m in rooms if (member := room_member(m)) is not None and member.muted}
    calls: dict[CallId, NodeCall] = {}
    live: list[LiveCall] = []
    for channel, row in rows:
        if channel.role in CALLERS and channel.call and row.get("Context") != Context.FALLBACK:
            call = _call(node, channel, row, rows, agents)
            calls[call.id] = call
            live.append(_live(node, call, channel, row, muted=channel.unique_id in muted))
    lost = {*node.calls, *expected} - calls.keys()
    node.adopt(calls)
    node.left_alone = tuple(
        leg.name
        for leg, m in rows
        if m.get("Context") == Context.HELD and CallId(call_id(leg.call)) not in calls
    )
    return StateResynced(tuple(live), node.phones.registered(), tuple(sorted(lost)), node.phones.used())


def _call(
    node: NodeCalls,
    channel: Channel,
    row: Message,
    rows: list[tuple[Channel, Message]],
    agents: Mapping[str, AgentId],
) -> NodeCall:
    agi = AgiQueue(node.next_id)
    phone = endpoint_of(channel.name) if channel.role in PHONES | {Role.CONSULT} else ""
    id, mark = CallId(call_id(channel.call)), channel.call
    of = CallId(call_id(channel.did)) if channel.role is Role.CONSULT else None
    call = NodeCall(id, channel.unique_id, channel.name, agi, phone, renewed=-inf, mark=mark, of=of)
    context = row.get("Context")
    if is_callback(channel.unique_id) and row.get("ChannelStateDesc") in _NOT_ANSWERED:
        call.rung = Rung()
    elif context in _IN_ROOM:
        call.conference = call.agi.away = True
    elif context == Context.SUPERVISE:
        call.spies = call.agi.away = True
    elif context in _AWAY or row.get("BridgeId"):
        legs = [leg for leg in rows if _is_leg(leg[0], mark)]
        joining = [leg for leg in legs if _joins(*leg)]
        others = [leg for leg in legs if leg not in joining]
        dial = _dial(call, row, joining or others, agents)
        if joining and others:
            third = _dial(call, row, others, agents)
            call.third = third if third.talking else None
        call.parted = context == Context.HELD and dial.talking
        call.consulting = call.parted and any(leg.role is Role.CONSULT for leg, _ in legs)
        if context != Context.HELD or call.parted:
            call.dial, call.agi.away = dial, True
    return call


def _is_leg(channel: Channel, mark: str) -> bool:
    """Return whether the channel is a leg of the call. One that consults is a call of its own, too."""
    if channel.role is Role.CONSULT:
        return channel.did == mark
    return (channel.call or channel.linked_id) == mark and channel.role not in _NO_LEGS


def _joins(channel: Channel, row: Message) -> bool:
    """Return whether who consulted has joined the talk, or is on the way into it."""
    return row.get("Context") == Context.CONSULT and channel.role in (Role.AGENT, Role.CALLED)


def _dial(
    call: NodeCall, row: Message, legs: list[tuple[Channel, Message]], agents: Mapping[str, AgentId]
) -> Dial:
    line = row.get("Context") in _CALLED or any(leg.role is Role.CALLED for leg, _ in legs)
    remote = _remote_phones(row, *(m for leg, m in legs if leg.role is Role.LATER))
    named = [(leg, m, CALLED if line else _phone(leg, remote)) for leg, m in legs]
    rung_at = {far: phone for far, phone in _dialled_at_slots(legs).items() if phone in agents}
    parties: dict[str, AgentId | None] = {CALLED: None} if line else {}
    parties.update({phone: agents[phone] for _, _, phone in named if phone in agents})
    parties.update({phone: agents[phone] for phone in rung_at.values()})
    near = [
        leg for leg, _ in legs if leg.name.startswith(f"Local/{SLOT}") and leg.name == near_half(leg.name)
    ]
    outside = row.get("Context") in _LINES
    called = {phone for leg, _ in legs if call.phone and not outside and (phone := _phone(leg, remote))}
    dial = Dial(
        call.id,
        parties,
        growing=bool(near),
        called=tuple(sorted(called)),
        patient=outside,  # over which trunks it may still go is not known
        ends_call=bool(call.phone),
    )
    waiting = {leg.name for leg, m in legs if m.get("Application") == "AGI"}
    for leg in near:
        far = far_half(leg.name)
        dial.adopt_slot(leg.name, leg.unique_id, rung_at.get(far, ""), ready=far in waiting)
    slots = {phone: far for far, phone in rung_at.items()}
    for leg, m, phone in named:
        dial.began(leg.unique_id, leg.name, phone, slots.get(phone, ""))
        dial.changed(leg.unique_id, m.get("ChannelStateDesc", ""))
    return dial


def _dialled_at_slots(legs: list[tuple[Channel, Message]]) -> dict[str, str]:
    """Return far half of a slot -> the phone that it dials."""
    found = {
        leg.name: _DIALLED.search(m.get("ApplicationData", ""))
        for leg, m in legs
        if leg.role is Role.LATER and m.get("Application") == "Dial"
    }
    return {far: phone_of(match["phone"]) for far, match in found.items() if match}


def _phone(leg: Channel, remote: set[str]) -> str:
    """Return the phone that the leg rings. At another node it is known only if Dial rings a single phone there."""
    name = endpoint_of(leg.name)
    if not name.startswith("node-"):
        return name
    return next(iter(remote)) if len(remote) == 1 else ""


def _remote_phones(*dialling: Message) -> set[str]:
    """Return the phones at other nodes in what these channels dial."""
    return {phone_of(name) for m in dialling for name in _REMOTE.findall(m.get("ApplicationData", ""))}


def rooms_of(channels: Iterable[Message]) -> list[str]:
    """Return the conference rooms in which there is somebody, from `CoreShowChannels`."""
    return sorted({room for m in channels if (room := _room(m)) is not None})


def _room(row: Message) -> RoomId | None:
    """Return the room in which the channel is. While a key's sound is played the row does not tell it."""
    match = _ROOM.match(row.get("ApplicationData", "")) if row.get("Application") == "ConfBridge" else None
    return RoomId(match["room"]) if match else None


def _talks_with(dial: Dial | None) -> str:
    """Return the SIP account, or the trunk, that talks; empty: none does."""
    talker = None if dial is None else dial.bridged
    return "" if dial is None or talker is None else dial.answered_phone or endpoint_of(talker)


def _live(node: NodeCalls, call: NodeCall, channel: Channel, row: Message, *, muted: bool) -> LiveCall:
    epoch = _EPOCH.search(channel.unique_id)
    dial = call.dial
    bridged = bool(row.get("BridgeId"))
    talking = dial is not None and (bridged or (dial.talking and not call.parted))
    seen = call_numbers(channel.did, known(row.get("CallerIDNum")), node.dids(), call.id)
    ringing = [dial.agent(phone) for phone in dial.ringing] if dial else []
    return LiveCall(
        call=call.id,
        phase=LivePhase.TALKING if talking else call.phase,
        did=seen.did,
        caller=seen.caller,
        customer=seen.customer,
        caller_name=known_name(row.get("CallerIDName")),
        entered_at=float(epoch[1]) if epoch else 0.0,
        agent=dial.talker if dial else None,
        ringing=() if talking else tuple(agent for agent in ringing if agent is not None),
        phone=call.phone,
        number=parse(channel.did, node.country(call.phone)) if call.phone else "",
        emergency=channel.role is Role.EMERGENCY,
        room=_room(row),
        muted=muted,
        consult_of=call.of,
        talks_with=_talks_with(dial),
        third=None if call.third is None else _talks_with(call.third),
    )
