"""Every AMI action that we send. AMI is a shell: each value is allow-listed by its type, none is escaped.

All raise `UnsafeValue` (a `ValueError` that names the field) for anything else.
"""

import re
from collections.abc import Mapping, Sequence

from pbx.ami import Action, UnsafeValue

_TYPES = {
    "channel": re.compile(r"(?:PJSIP|Local)/[A-Za-z0-9_+-]{1,80}(?:@[a-z-]{1,20})?-[0-9a-f]{8}(?:;[12])?"),
    "phone": re.compile(r"[a-z0-9]{1,40}"),
    "node": re.compile(r"[a-z0-9]{1,20}"),
    "sound": re.compile(r"[a-z0-9_-][a-z0-9/_-]{0,79}"),
    "music": re.compile(r"[a-z0-9_-]{1,80}"),
    "number": re.compile(r"\+?[0-9]{1,20}"),
    "file": re.compile(r"(?:recordings|voicemail)/[A-Za-z0-9_-]{1,80}"),
    "folder": re.compile(r"(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,60}){1,12}"),
    "trunk": re.compile(r"[a-z0-9-]{1,40}"),
    "command_id": re.compile(r"[A-Za-z0-9-]{1,60}"),
}
Homes = Mapping[str, Sequence[str]]
"""Phone -> names of the nodes where it is registered."""
_CACHED = frozenset({"auth", "aor", "endpoint"})
_SAMPLE_LIMIT = 24 * 3600


def checked(kind: str, value: str) -> str:
    """`value`, if it is a well-formed `kind` (a key of the table above)."""
    if not isinstance(value, str) or not _TYPES[kind].fullmatch(value):
        raise UnsafeValue(kind, "has characters or a length that are not allowed there")
    return value


def whole(field: str, value: int, low: int, high: int) -> str:
    """An integer between both bounds as text."""
    if type(value) is not int or not low <= value <= high:
        raise UnsafeValue(field, f"must be a whole number from {low} to {high}")
    return str(value)


def dial_string(phones: tuple[str, ...], homes: Homes, node: str) -> str:
    """What `SR_DIAL` holds: each phone at `node` by its contacts, others over the trunk to their node.

    A phone that is registered nowhere is rung here, where Dial finds no contact.
    """
    parts = []
    checked("node", node)
    for phone in phones:
        at = homes.get(phone, ()) or (node,)
        if node in at:
            parts.append(f"${{PJSIP_DIAL_CONTACTS({checked('phone', phone)})}}")
        parts += [f"PJSIP/{checked('phone', phone)}@node-{checked('node', n)}" for n in at if n != node]
    return "&".join(parts)


def _setvar(channel: str, name: str, value: str) -> Action:
    fields = (("Channel", checked("channel", channel)), ("Variable", name), ("Value", value))
    return Action("Setvar", fields)


def set_dial(channel: str, phones: tuple[str, ...], homes: Homes, node: str) -> Action:
    return _setvar(channel, "SR_DIAL", dial_string(phones, homes, node))


def set_timeout(channel: str, seconds: int) -> Action:
    return _setvar(channel, "SR_TIMEOUT", whole("timeout", seconds, 1, 3600))


def set_music(channel: str, music: str) -> Action:
    return _setvar(channel, "SR_MUSIC", checked("music", music))


def set_recording(channel: str, file: str | None) -> Action:
    """None: this talk is not recorded."""
    return _setvar(channel, "SR_RECORD", "" if file is None else checked("file", file))


def set_trunk(channel: str, trunk: str) -> Action:
    return _setvar(channel, "SR_TRUNK", checked("trunk", trunk))


def set_caller_id(channel: str, number: str) -> Action:
    """The number that an outside line sees; empty: the trunk's own."""
    return _setvar(channel, "SR_CALLER_ID", checked("number", number) if number else "")


def set_heartbeat(now: int) -> Action:
    """The global variable by which the dialplan knows that an engine lives."""
    return Action("Setvar", (("Variable", "SR_HEARTBEAT"), ("Value", whole("heartbeat", now, 0, 2**40))))


def get_fence() -> Action:
    """The number of the newest engine that commands this node; empty if there was none."""
    return Action("Getvar", (("Variable", "SR_FENCE"),))


def set_fence(fence: int) -> Action:
    return Action("Setvar", (("Variable", "SR_FENCE"), ("Value", whole("fence", fence, 1, 2**53))))


def redirect_to_offer(channel: str) -> Action:
    return _redirect(channel, "offer", "s")


def redirect_to_control(channel: str) -> Action:
    return _redirect(channel, "control", "s")


def redirect_to_number(channel: str, number: str) -> Action:
    return _redirect(channel, "dialout", checked("number", number))


def _redirect(channel: str, context: str, exten: str) -> Action:
    place = (("Context", context), ("Exten", exten), ("Priority", "1"))
    return Action("Redirect", (("Channel", checked("channel", channel)), *place))


def _agi(channel: str, command_id: str, command: str) -> Action:
    fields = (("Channel", checked("channel", channel)), ("Command", command))
    return Action("AGI", (*fields, ("CommandID", checked("command_id", command_id))))


def agi_answer(channel: str, command_id: str) -> Action:
    """Answers at once; AGI's own `ANSWER` would wait half a second for media."""
    return _agi(channel, command_id, "EXEC Answer ,i")


def agi_music(channel: str, command_id: str, music: str) -> Action:
    return _agi(channel, command_id, f"SET MUSIC ON {checked('music', music)}")


def agi_stream_file(channel: str, command_id: str, sound: str) -> Action:
    return _agi(channel, command_id, f'STREAM FILE {checked("sound", sound)} ""')


def agi_record_file(
    channel: str, command_id: str, spool: str, file: str, max_seconds: int, silence: int
) -> Action:
    """Beep, then record WAV until `#`, `silence` seconds of it, or the limit. Result: see `parse_result`."""
    path = f"{checked('folder', spool)}/{checked('file', file)}"
    limit = whole("max_seconds", max_seconds, 1, _SAMPLE_LIMIT) + "000"
    quiet = whole("silence", silence, 0, 600)
    return _agi(channel, command_id, f'RECORD FILE {path} wav "#" {limit} BEEP s={quiet}')


def stop_playback(channel: str) -> Action:
    """Ends a running `STREAM FILE` within a millisecond."""
    return Action("ControlPlayback", (("Channel", checked("channel", channel)), ("Control", "stop")))


def hang_up(channel: str, cause: int = 16) -> Action:
    """Refused if the channel has gone by itself meanwhile."""
    fields = (("Channel", checked("channel", channel)), ("Cause", whole("cause", cause, 1, 127)))
    return Action("Hangup", fields, may_refuse=True)


def absolute_timeout(channel: str, seconds: int) -> Action:
    """The channel's longest life from now, in seconds. AMI refuses 0: the dialplan takes the limit away."""
    limit = whole("absolute_timeout", seconds, 1, 24 * 3600)
    return Action("AbsoluteTimeout", (("Channel", checked("channel", channel)), ("Timeout", limit)))


def list_channels() -> Action:
    return Action("CoreShowChannels")


def list_contacts() -> Action:
    """Answered with an error, not an empty list, when there is no contact at all."""
    return Action("PJSIPShowContacts")


def list_device_states() -> Action:
    return Action("DeviceStateList")


def expire_phone(kind: str, phone: str) -> Action:
    """Forget a cached account, so that Asterisk asks the api again. `kind`: `endpoint`, `auth` or `aor`.

    Answered with an error if it was not in the cache.
    """
    if kind not in _CACHED:
        raise UnsafeValue("kind", "must be endpoint, auth or aor")
    fields = (("Cache", f"res_pjsip/{kind}"), ("Object", checked("phone", phone)))
    return Action("SorceryMemoryCacheExpireObject", fields, may_refuse=True)
