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
from pbx.asterisk.protocol.dialplan import CALLERS, SLOT, Context, Role, endpoint_of, far_half, near_half
from pbx.asterisk.protocol.messages import Channel, channel_of, contact, device, known, known_name
from routing.events import LiveCall, LivePhase, StateResynced
from routing.ids import AgentId, CallId
from switchroom.ids import call_id, is_callback

_REMOTE = re.compile(r"PJSIP/(?P<phone>[a-z0-9]{1,40})@node-")
_EPOCH = re.compile(r"(\d{9,11})\.\d+$")
_DIALLED = re.compile(r"PJSIP/(?P<phone>[a-z0-9]{1,40})(?:[/@,&]|$)")
_AWAY = frozenset({Context.OFFER, Context.DIALOUT, Context.PHONE_DIAL})
_CALLED = frozenset({Context.DIALOUT, Context.PHONE_DIAL})
"""Where the called party is rung, instead of agents."""
_NOT_ANSWERED = frozenset({"Down", "Ring", "Ringing", "Dialing"})


def resync(
    node: NodeCalls,
    *,
    channels: Iterable[Message],
    contacts: Iterable[Message],
    devices: Iterable[Message],
    agents: Mapping[str, AgentId],
    expected: Iterable[CallId] = (),
) -> StateResynced:
    """Replace what `node` knows by what the lists say (`CoreShowChannels`, `PJSIPShowContacts`, `DeviceStateList`).

    `agents`: phone -> agent. `expected`: calls that the engine believes to be on this node. Those that are not listed
    are among `lost_calls`. So are callers whom the dialplan's fallback serves: they stay there.
    """
    node.phones.load(
        node.node,
        [contact(m) for m in contacts],
        [change for m in devices if (change := device(m)) is not None],
    )
    rows = [(channel_of(m), m) for m in channels if "Uniqueid" in m]
    calls: dict[CallId, NodeCall] = {}
    live: list[LiveCall] = []
    for channel, row in rows:
        if (
            channel.role in CALLERS
            and channel.call == channel.unique_id
            and row.get("Context") != Context.FALLBACK
        ):
            call = _call(node, channel, row, rows, agents)
            calls[call.id] = call
            live.append(_live(node, call, channel, row))
    lost = {*node.calls, *expected} - calls.keys()
    node.adopt(calls)
    return StateResynced(tuple(live), node.phones.registered(), tuple(sorted(lost)))


def _call(
    node: NodeCalls,
    channel: Channel,
    row: Message,
    rows: list[tuple[Channel, Message]],
    agents: Mapping[str, AgentId],
) -> NodeCall:
    agi = AgiQueue(node.next_id)
    phone = endpoint_of(channel.name) if channel.role is Role.PHONE else ""
    call = NodeCall(
        CallId(call_id(channel.unique_id)), channel.unique_id, channel.name, agi, phone, renewed=-inf
    )
    context = row.get("Context")
    if is_callback(channel.unique_id) and row.get("ChannelStateDesc") in _NOT_ANSWERED:
        call.rung = Rung()
    elif context == Context.CONFERENCE:
        call.conference = call.agi.away = True
    elif context in _AWAY:
        call.agi.away = True
        legs = [leg for leg in rows if leg[0].linked_id == channel.unique_id and leg[0].role not in CALLERS]
        call.dial = _dial(call, row, legs, agents)
    return call


def _dial(
    call: NodeCall, row: Message, legs: list[tuple[Channel, Message]], agents: Mapping[str, AgentId]
) -> Dial:
    line = row.get("Context") in _CALLED
    remote = _remote_phones(row, *(m for leg, m in legs if leg.role is Role.LATER))
    named = [(leg, m, CALLED if line else _phone(leg, remote)) for leg, m in legs]
    rung_at = {far: phone for far, phone in _dialled_at_slots(legs).items() if phone in agents}
    parties: dict[str, AgentId | None] = {CALLED: None} if line else {}
    parties.update({phone: agents[phone] for _, _, phone in named if phone in agents})
    parties.update({phone: agents[phone] for phone in rung_at.values()})
    near = [
        leg for leg, _ in legs if leg.name.startswith(f"Local/{SLOT}") and leg.name == near_half(leg.name)
    ]
    called = {phone for leg, _ in legs if call.phone and (phone := _phone(leg, remote))}
    dial = Dial(call.id, parties, growing=bool(near), called=tuple(sorted(called)))
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
    return {far: match["phone"] for far, match in found.items() if match}


def _phone(leg: Channel, remote: set[str]) -> str:
    """Return the phone that the leg rings. At another node it is known only if Dial rings a single phone there."""
    name = endpoint_of(leg.name)
    if not name.startswith("node-"):
        return name
    return next(iter(remote)) if len(remote) == 1 else ""


def _remote_phones(*dialling: Message) -> set[str]:
    """Return the phones at other nodes in what these channels dial."""
    return {phone for m in dialling for phone in _REMOTE.findall(m.get("ApplicationData", ""))}


def _live(node: NodeCalls, call: NodeCall, channel: Channel, row: Message) -> LiveCall:
    epoch = _EPOCH.search(channel.unique_id)
    dial = call.dial
    talking = dial is not None and (dial.talking or bool(row.get("BridgeId")))
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
    )
