"""Makes every AMI action that we send. AMI can run programs, so each value must match the pattern of its type.

No value is escaped. Every function raises `UnsafeValue`, a `ValueError` that names the field, for one that does not.
"""

import re
from collections.abc import Mapping, Sequence

from pbx.ami import Action, UnsafeValue
from pbx.asterisk.protocol.dialplan import SLOT, Context, Role, node_endpoint
from switchroom.ids import callback_unique_id

_TYPES = {
    "channel": re.compile(r"(?:PJSIP|Local)/[A-Za-z0-9_+-]{1,80}(?:@[a-z-]{1,20})?-[0-9a-f]{8}(?:;[12])?"),
    "phone": re.compile(r"[a-z0-9]{1,40}"),
    "node": re.compile(r"[a-z0-9]{1,20}"),
    "sound": re.compile(r"[a-z0-9_-][a-z0-9/_-]{0,79}"),
    "music": re.compile(r"[a-z0-9_-]{1,80}"),
    "number": re.compile(r"\+?[0-9]{1,20}"),
    "prompt": re.compile(r"(?:prompts|uploads)/[0-9a-f]{32}"),
    "file": re.compile(r"(?:recordings|voicemail|speech)/[A-Za-z0-9_-]{1,80}"),
    "folder": re.compile(r"(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,60}){1,12}"),
    "trunk": re.compile(r"[a-z0-9-]{1,40}"),
    "command_id": re.compile(r"[A-Za-z0-9-]{1,60}"),
    "digest": re.compile(r"[0-9a-f]{8,64}"),
    "call": re.compile(r"[0-9a-f]{32}"),
    "room": re.compile(r"[a-z0-9-]{1,80}"),
}
Homes = Mapping[str, Sequence[str]]
"""Phone -> names of the nodes where it is registered."""
_CACHED = frozenset({"auth", "aor", "endpoint"})
_SAMPLE_LIMIT = 24 * 3600
_LINE_LIMIT = 1000
"""AMI drops a header line of more than 1,023 bytes."""
_DIAL_PARTS = 12
SLOTS_LIMIT = 40
"""Phones that may be added to one offer at the same time."""


def checked(kind: str, value: str) -> str:
    """Return `value`, if it is a well-formed `kind` (a key of the table above)."""
    if not isinstance(value, str) or not _TYPES[kind].fullmatch(value):
        raise UnsafeValue(kind, "has characters or a length that are not allowed there")
    return value


def whole(field: str, value: int, low: int, high: int) -> str:
    """Return an integer between both bounds as text."""
    if type(value) is not int or not low <= value <= high:
        raise UnsafeValue(field, f"must be a whole number from {low} to {high}")
    return str(value)


def dial_string(phones: tuple[str, ...], homes: Homes, node: str) -> str:
    """Return the value of `SR_DIAL`: each phone at `node` by its contacts, others over the trunk to their node.

    A phone that is registered nowhere is rung at `node`, where Dial finds no contact.
    """
    parts = []
    checked("node", node)
    for phone in phones:
        at = homes.get(phone, ()) or (node,)
        if node in at:
            parts.append(f"${{PJSIP_DIAL_CONTACTS({checked('phone', phone)})}}")
        parts += [
            f"PJSIP/{checked('phone', phone)}@{node_endpoint(checked('node', n))}" for n in at if n != node
        ]
    return "&".join(parts)


def sound_path(spool: str, sound: str) -> str:
    """Return what Asterisk is to play: a name of its sound library, or the file of a prompt, spoken or uploaded."""
    folder = checked("folder", spool)
    return f"{folder}/{sound}" if _TYPES["prompt"].fullmatch(sound) else checked("sound", sound)


def _setvar(channel: str, name: str, value: str) -> Action:
    fields = (("Channel", checked("channel", channel)), ("Variable", name), ("Value", value))
    return Action("Setvar", fields)


def set_dial(channel: str, phones: tuple[str, ...], homes: Homes, node: str) -> tuple[Action, ...]:
    """Set what to Dial. A line of AMI is short: many phones stand in variables of their own, which `SR_DIAL` joins."""
    parts = dial_string(phones, homes, node).split("&")
    lines = ["&".join(parts[i : i + _DIAL_PARTS]) for i in range(0, len(parts), _DIAL_PARTS)]
    if len(lines) == 1:
        return (_setvar(channel, "SR_DIAL", lines[0]),)
    names = [f"SR_DIAL{number}" for number in range(1, len(lines) + 1)]
    whole_ = "&".join(f"${{EVAL(${{{name}}})}}" for name in names)
    made = [_setvar(channel, name, line) for name, line in zip(names, lines, strict=True)]
    return (*made, _setvar(channel, "SR_DIAL", whole_))


def set_timeout(channel: str, seconds: int) -> Action:
    return _setvar(channel, "SR_TIMEOUT", whole("timeout", seconds, 1, 3600))


def set_music(channel: str, music: str) -> Action:
    return _setvar(channel, "SR_MUSIC", checked("music", music))


def set_recording(channel: str, file: str | None) -> Action:
    """None: this talk is not recorded."""
    return _setvar(channel, "SR_RECORD", "" if file is None else checked("file", file))


def set_slots(channel: str, more: int) -> Action:
    """Set how many `Local` channels are rung beside the phones, each a slot for a phone that may be added."""
    whole("more", more, 0, SLOTS_LIMIT)
    return _setvar(channel, "SR_LATER", f"&Local/{SLOT}/n" * more)


def set_whisper(channel: str, spool: str, sounds: tuple[str, ...]) -> Action:
    """Set the sounds that the phone which answers plays before it is connected."""
    text = "&".join(sound_path(spool, sound) for sound in sounds)
    if len(text) > _LINE_LIMIT:
        raise UnsafeValue("whisper", "has too many sounds")
    return _setvar(channel, "SR_WHISPER", text)


def set_room(channel: str, room: str) -> Action:
    return _setvar(channel, "SR_ROOM", checked("room", room))


def set_members(channel: str, members: int) -> Action:
    """Set how many may be in the room; 0: any number."""
    return _setvar(channel, "SR_MEMBERS", whole("members", members, 0, 10_000))


def set_trunk(channel: str, trunk: str) -> Action:
    return _setvar(channel, "SR_TRUNK", checked("trunk", trunk))


def set_caller_id(channel: str, number: str) -> Action:
    """Set the number that is shown to an outside line; empty: the trunk's own."""
    return _setvar(channel, "SR_CALLER_ID", checked("number", number) if number else "")


def get_time() -> Action:
    """Ask for Asterisk's own time, POSIX seconds."""
    return Action("Getvar", (("Variable", "EPOCH"),))


def set_heartbeat(now: int) -> Action:
    """Set the global variable by which the dialplan knows that an engine lives. `now` is Asterisk's own time, because
    the dialplan compares it with that."""
    return Action("Setvar", (("Variable", "SR_HEARTBEAT"), ("Value", whole("heartbeat", now, 0, 2**40))))


def get_fence() -> Action:
    """Ask for the number of the newest engine that commands this node; empty if there was none."""
    return Action("Getvar", (("Variable", "SR_FENCE"),))


def set_fence(fence: int) -> Action:
    return Action("Setvar", (("Variable", "SR_FENCE"), ("Value", whole("fence", fence, 1, 2**53))))


def redirect_to_offer(channel: str) -> Action:
    return _redirect(channel, Context.OFFER, "s")


def redirect_to_growing_offer(channel: str) -> Action:
    """Redirect to the offer that reads `SR_LATER` and `SR_WHISPER`."""
    return _redirect(channel, Context.OFFER, "more")


def redirect_to_added_phone(channel: str) -> Action:
    """Let the waiting half of a slot dial `SR_DIAL`."""
    return _redirect(channel, Context.LATER, "ring")


def redirect_to_conference(channel: str) -> Action:
    return _redirect(channel, Context.CONFERENCE, "s")


def redirect_to_number(channel: str, number: str) -> Action:
    return _redirect(channel, Context.DIALOUT, checked("number", number))


def redirect_to_extension(channel: str) -> Action:
    """Let a member's phone that calls ring `SR_DIAL`."""
    return _redirect(channel, Context.PHONE_DIAL, "s")


def _redirect(channel: str, context: Context, exten: str) -> Action:
    target = (("Context", context.value), ("Exten", exten), ("Priority", "1"))
    return Action("Redirect", (("Channel", checked("channel", channel)), *target))


def _agi(channel: str, command_id: str, command: str) -> Action:
    fields = (("Channel", checked("channel", channel)), ("Command", command))
    return Action("AGI", (*fields, ("CommandID", checked("command_id", command_id))))


def agi_answer(channel: str, command_id: str) -> Action:
    """Answer at once. AGI's own `ANSWER` would wait half a second for media."""
    return _agi(channel, command_id, "EXEC Answer ,i")


def agi_music(channel: str, command_id: str, music: str) -> Action:
    return _agi(channel, command_id, f"SET MUSIC ON {checked('music', music)}")


def agi_stream_file(channel: str, command_id: str, spool: str, sound: str) -> Action:
    return _agi(channel, command_id, f'STREAM FILE {sound_path(spool, sound)} ""')


def agi_record_file(
    channel: str, command_id: str, spool: str, file: str, max_seconds: int, silence: int
) -> Action:
    """Beep, then record WAV until `#`, `silence` seconds of it, or the limit. Result: see `parse_result`."""
    path = f"{checked('folder', spool)}/{checked('file', file)}"
    limit = whole("max_seconds", max_seconds, 1, _SAMPLE_LIMIT) + "000"
    quiet = whole("silence", silence, 0, 600)
    return _agi(channel, command_id, f'RECORD FILE {path} wav "#" {limit} BEEP s={quiet}')


def agi_listen(
    channel: str, command_id: str, spool: str, file: str, max_seconds: int, silence: int
) -> Action:
    """Record WAV, without a beep, until any digit, `silence` seconds of it, or the limit."""
    path = f"{checked('folder', spool)}/{checked('file', file)}"
    limit = whole("max_seconds", max_seconds, 1, 600) + "000"
    quiet = whole("silence", silence, 0, 60)
    return _agi(channel, command_id, f'RECORD FILE {path} wav "0123456789*#" {limit} s={quiet}')


def stop_playback(channel: str) -> Action:
    """End a running `STREAM FILE`, within a millisecond."""
    return Action("ControlPlayback", (("Channel", checked("channel", channel)), ("Control", "stop")))


def originate(call: str, number: str, caller_id: str, trunk: str, seconds: int) -> Action:
    """Ring an outside number over `trunk`. When it is answered, the channel enters the context `callback`.

    The channel's Uniqueid is `callback-<call>`. While the channel is there, Asterisk refuses another of that name.
    """
    unique_id = callback_unique_id(checked("call", call))
    shown = checked("number", caller_id) if caller_id else ""
    dialled = checked("number", number)
    variables = {
        "__SR_CALL": unique_id,
        "SR_ROLE": Role.CALLER.value,
        "SR_DID": shown,
        "SR_NUMBER": dialled,
    }
    fields = [
        ("Channel", f"PJSIP/{dialled}@{checked('trunk', trunk)}"),
        ("Context", Context.CALLBACK.value),
        ("Exten", call),
        ("Priority", "1"),
        ("Timeout", whole("seconds", seconds, 1, 3600) + "000"),
        ("ChannelId", unique_id),
        ("Async", "true"),
        *(("Variable", f"{name}={value}") for name, value in variables.items()),
    ]
    if shown:
        fields.append(("CallerID", f"<{shown}>"))
    return Action("Originate", tuple(fields))


def hang_up(channel: str, cause: int = 16) -> Action:
    """Hang the channel up. Asterisk refuses if the channel is gone already."""
    fields = (("Channel", checked("channel", channel)), ("Cause", whole("cause", cause, 1, 127)))
    return Action("Hangup", fields, may_refuse=True)


def hang_up_phone(phone: str) -> Action:
    """Hang up every channel of a phone. Asterisk takes a name between slashes for a regular expression."""
    return Action("Hangup", (("Channel", f"/^PJSIP/{checked('phone', phone)}-[0-9a-f]+$/"), ("Cause", "16")))


def absolute_timeout(channel: str, seconds: int) -> Action:
    """Limit the channel's life from now on, in seconds. AMI refuses 0: the dialplan removes the limit."""
    limit = whole("absolute_timeout", seconds, 1, 24 * 3600)
    return Action("AbsoluteTimeout", (("Channel", checked("channel", channel)), ("Timeout", limit)))


def list_channels() -> Action:
    return Action("CoreShowChannels")


def list_contacts() -> Action:
    """Ask for every contact. If there is none, Asterisk answers with an error instead of an empty list."""
    return Action("PJSIPShowContacts")


def forget_contact(phone: str, digest: str) -> Action:
    """Remove a contact, which `list_contacts` names `<phone>;@<digest>`. No event tells that it is gone."""
    key = f"{checked('phone', phone)};@{checked('digest', digest)}"
    return Action("DBDel", (("Family", "registrar/contact"), ("Key", key)), may_refuse=True)


def list_device_states() -> Action:
    return Action("DeviceStateList")


def expire_phone(kind: str, phone: str) -> Action:
    """Forget a cached account, so that Asterisk asks the api again. `kind`: `endpoint`, `auth` or `aor`.

    Asterisk answers with an error if it was not in the cache.
    """
    if kind not in _CACHED:
        raise UnsafeValue("kind", "must be endpoint, auth or aor")
    fields = (("Cache", f"res_pjsip/{kind}"), ("Object", checked("phone", phone)))
    return Action("SorceryMemoryCacheExpireObject", fields, may_refuse=True)
