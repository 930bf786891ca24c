"""Makes every AMI action that we send. AMI can run programs, so each value must match the pattern of its type.

No value is escaped. Every function raises `UnsafeValue`, a `ValueError` that names the field, for one that does not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pbx.ami import Action, UnsafeValue
from pbx.asterisk.protocol.dialplan import OWN_NUMBER, SLOT, Context, Role, node_endpoint
from switchroom.ids import callback_unique_id

_TYPES = {
    "channel": re.compile(r"(?:PJSIP|Local)/[A-Za-z0-9_+-]{1,80}(?:@[a-z-]{1,20})?-[0-9a-f]{8}(?:;[12])?"),
    "phone": re.compile(r"[a-z0-9]{1,40}"),
    "node": re.compile(r"[a-z0-9]{1,20}"),
    "sound": re.compile(r"[a-z0-9_-][a-z0-9/_-]{0,79}"),
    "music": re.compile(r"[a-z0-9_-]{1,80}"),
    "number": re.compile(r"\+?[0-9]{1,20}"),
    "digits": re.compile(r"[0-9]{1,20}"),
    "prompt": re.compile(r"(?:(?:prompts|uploads|messages)/[0-9a-f]{32}|greetings/[0-9a-f]{32}-[0-9]{1,4})"),
    "file": re.compile(r"(?:recordings|voicemail|speech|greetings)/[A-Za-z0-9_-]{1,80}"),
    "folder": re.compile(r"(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,60}){1,12}"),
    "trunk": re.compile(r"[a-z0-9-]{1,40}"),
    "command_id": re.compile(r"[A-Za-z0-9-]{1,60}"),
    "digest": re.compile(r"[0-9a-f]{8,64}"),
    "mark": re.compile(r"[A-Za-z0-9.-]{1,60}"),
    "call": re.compile(r"[0-9a-f]{32}"),
    "team": re.compile(r"[0-9a-f]{12}"),
    "lamp": re.compile(r"[A-Z_]{2,20}"),
    "room": re.compile(r"[a-z0-9-]{1,80}"),
    "answer": re.compile(r"on|off|refused"),
    "digit": re.compile(r"[0-9A-D*#]"),
    "mode": re.compile(r"monitor|whisper|barge"),
}
Homes = Mapping[str, Sequence[tuple[str, str]]]
"""Phone -> (node, SIP account) of each place where it is registered."""
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
    """Return the value of `SR_DIAL`: each account at `node` by its contacts, others over the trunk to their node.

    A phone that is registered nowhere is rung at `node`, where Dial finds no contact.
    """
    parts = []
    checked("node", node)
    for phone in phones:
        places = homes.get(phone, ()) or ((node, phone),)
        for home, account in sorted(places, key=lambda place: (place[0] != node, place)):
            name = checked("phone", account)
            if home == node:
                parts.append(f"${{PJSIP_DIAL_CONTACTS({name})}}")
            else:
                parts.append(f"PJSIP/{name}@{node_endpoint(checked('node', home))}")
    return "&".join(parts)


def sound_path(spool: str, sound: str) -> str:
    """Return what Asterisk is to play: a name of its sound library, or the file of a prompt, spoken or uploaded, of a
    voicemail, or of a greeting."""
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


def set_call_id(channel: str, call: str) -> Action:
    """Let the browsers that the channel rings be told which call it is."""
    return _setvar(channel, "__SR_ID", checked("call", call))


def set_timeout(channel: str, seconds: int) -> Action:
    return _setvar(channel, "SR_TIMEOUT", whole("timeout", seconds, 1, 3600))


def set_music(channel: str, music: str) -> Action:
    return _setvar(channel, "SR_MUSIC", checked("music", music))


def set_recording(channel: str, file: str | None) -> Action:
    """None: this talk is not recorded."""
    return _setvar(channel, "SR_RECORD", "" if file is None else checked("file", file))


def set_key_answer(channel: str, answer: str) -> Action:
    """Say what became of the key that the channel's telephone pressed in a talk (`[talk-key]`)."""
    return replace(_setvar(channel, "SR_KEY", checked("answer", answer)), may_refuse=True)


def set_comes_back(channel: str, comes_back: bool) -> Action:
    """Say whether a member's call waits for us again if the colleague does not answer."""
    return _setvar(channel, "SR_BACK", "1" if comes_back else "")


def set_stays(channel: str) -> Action:
    """Tell the dialplan that a member's call waits for us as long as a caller's does."""
    return _setvar(channel, "SR_STAYS", "1")


def add_hints(team: str, digits: int) -> Action:
    """Let the phones of a team subscribe to the states of its extensions of so many digits. `team`: the end of its SIP
    accounts' names. Asterisk refuses what it has already.

    The pattern takes digits only. Otherwise a phone could write a second device into the hint, of another team.
    """
    checked("team", team)
    whole("digits", digits, 2, 6)
    return Action(
        "DialplanExtensionAdd",
        (
            ("Context", f"hints-{team}"),
            ("Extension", "_" + "X" * digits),
            ("Priority", "hint"),
            ("Application", f"PJSIP/e${{EXTEN}}t{team}&Custom:e${{EXTEN}}t{team}"),
        ),
        may_refuse=True,
    )


def set_lamp(phone: str, state: str) -> Action:
    """Set the state of the device `Custom:<phone>`, which hints show beside that of the phone itself."""
    device = f"DEVICE_STATE(Custom:{checked('phone', phone)})"
    return Action("Setvar", (("Variable", device), ("Value", checked("lamp", state))))


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


def set_peer(channel: str, other: str) -> Action:
    """Set the channel that the context `talk` takes back."""
    return _setvar(channel, "SR_PEER", checked("channel", other))


def set_role(channel: str, role: Role) -> Action:
    return _setvar(channel, "SR_ROLE", role.value)


def set_call(channel: str, mark: str) -> Action:
    """Make the channel, and those that it will dial, a part of the call with this `SR_CALL`."""
    return _setvar(channel, "__SR_CALL", checked("mark", mark))


def set_consults(channel: str, mark: str, held: str, role: Role) -> tuple[Action, ...]:
    """Make the channel a call of its own (`mark`) that consults for the call `held`, in which it has that role."""
    return (
        set_call(channel, mark),
        _setvar(channel, "SR_DID", checked("mark", held)),
        _setvar(channel, "SR_WAS", role.value),
        set_role(channel, Role.CONSULT),
    )


def forget_peer(channel: str) -> Action:
    """Let the channel that consults be hung up afterwards: no one waits for it any more."""
    return _setvar(channel, "SR_PEER", "")


def set_joins(channel: str, other: str) -> tuple[Action, ...]:
    """Let the channel that consults join the talk of that other channel afterwards, and take no one back."""
    return forget_peer(channel), _setvar(channel, "SR_JOIN", checked("channel", other))


def set_hold(channel: str, seconds: int) -> Action:
    return _setvar(channel, "SR_HOLD", whole("hold", seconds, 1, 24 * 3600))


def set_room(channel: str, room: str) -> Action:
    return _setvar(channel, "SR_ROOM", checked("room", room))


def set_members(channel: str, members: int) -> Action:
    """Set how many may be in the room; 0: any number."""
    return _setvar(channel, "SR_MEMBERS", whole("members", members, 0, 10_000))


def set_trunks(channel: str, trunks: Sequence[str]) -> Action:
    """Set over which trunks the call goes out, one after the other; none: the number is one of ours."""
    value = "&".join(checked("trunk", trunk) for trunk in trunks) or OWN_NUMBER
    if len(value) > _LINE_LIMIT:
        raise UnsafeValue("trunks", "are too many")
    return _setvar(channel, "SR_TRUNKS", value)


def set_refusal(channel: str, sounds: tuple[str, ...], cause: int) -> tuple[Action, ...]:
    """Set what a phone hears that is refused, and the cause (Q.850) that it is told then."""
    text = "&".join(checked("sound", sound) for sound in sounds)
    if len(text) > _LINE_LIMIT:
        raise UnsafeValue("sounds", "are too many")
    return _setvar(channel, "SR_SOUND", text), _setvar(channel, "SR_CAUSE", whole("cause", cause, 1, 127))


ROOM_OPTIONS = "mwetnq"
"""Moderator; waits for one; leaves with the last; hears joining by a tone; by names; muted."""


def set_room_options(channel: str, options: str) -> Action:
    """Set how the channel takes part: letters of `ROOM_OPTIONS`."""
    if not set(options) <= set(ROOM_OPTIONS):
        raise UnsafeValue("options", f"must be letters of {ROOM_OPTIONS}")
    return _setvar(channel, "SR_OPTIONS", options)


def set_said(channel: str, sound: str) -> Action:
    """Set what the context `conference-key` plays next to this channel."""
    return _setvar(channel, "SR_SAY", checked("sound", sound))


def mute_in_room(room: str, channel: str) -> Action:
    """Asterisk refuses, here and below, if the channel is not in the room any more."""
    return Action("ConfbridgeMute", _in_room(room, channel), may_refuse=True)


def unmute_in_room(room: str, channel: str) -> Action:
    return Action("ConfbridgeUnmute", _in_room(room, channel), may_refuse=True)


def _in_room(room: str, channel: str) -> tuple[tuple[str, str], ...]:
    return ("Conference", checked("room", room)), ("Channel", checked("channel", channel))


def record_room(room: str, spool: str, file: str) -> Action:
    """Record everybody in the room, mixed. The recording ends with the conference."""
    path = f"{checked('folder', spool)}/{checked('file', file)}.room.wav"
    return Action("ConfbridgeStartRecord", (("Conference", checked("room", room)), ("RecordFile", path)))


def stop_recording_room(room: str) -> Action:
    return Action("ConfbridgeStopRecord", (("Conference", checked("room", room)),), may_refuse=True)


def tell_room(room: str, sound: str) -> Action:
    """Play a sound to everybody in the room: a channel of its own joins, plays it and leaves."""
    context = Context.CONFERENCE_TELL.value
    fields = (
        ("Channel", f"Local/join@{context}/n"),
        ("Context", context),
        ("Exten", "say"),
        ("Priority", "1"),
        ("Timeout", "5000"),
        ("Async", "true"),
        ("Variable", f"__SR_ROOM={checked('room', room)}"),
        ("Variable", f"__SR_SAY={checked('sound', sound)}"),
    )
    return Action("Originate", fields)


def list_room(room: str) -> Action:
    """List who is in the room. Without a conference there, Asterisk answers with an error instead of an empty list."""
    return Action("ConfbridgeList", (("Conference", checked("room", room)),), may_refuse=True)


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


def set_gate(token: str, dialled: str = "") -> Action:
    """Let the dialplan refuse calls to the numbers that have the same token; an empty token: none.

    `dialled`: give the number with these digits the token instead.
    """
    value = checked("digest", token) if token else ""
    name = f"SR_FULL_{checked('digits', dialled)}" if dialled else "SR_FULL"
    return Action("Setvar", (("Variable", name), ("Value", value)))


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


def redirect_to_number(channel: str, number: str, *, ends_call: bool = False) -> Action:
    """Let the channel ring an outside number over `SR_TRUNKS`.

    `ends_call`: a member calls, and the call is over with the line.
    """
    return _redirect(channel, Context.PHONE_OUT if ends_call else Context.DIALOUT, checked("number", number))


def redirect_to_refusal(channel: str) -> Action:
    """Let a phone that calls hear `SR_SOUND`, and hang it up with `SR_CAUSE`."""
    return _redirect(channel, Context.PHONE_REFUSED, "s")


def redirect_to_extension(channel: str) -> Action:
    """Let a member's phone that calls ring `SR_DIAL`."""
    return _redirect(channel, Context.PHONE_DIAL, "s")


def redirect_to_hold(channel: str, other: str, where: Context = Context.HELD) -> Action:
    """Let a channel of a talk hear music. The other one goes to `where`. Asterisk moves both or none."""
    rest = (("Exten", "s"), ("Priority", "1"))
    fields = (
        ("Channel", checked("channel", channel)),
        ("ExtraChannel", checked("channel", other)),
        ("Context", Context.HELD.value),
        *rest,
        ("ExtraContext", where.value),
        *((f"Extra{name}", value) for name, value in rest),
    )
    return Action("Redirect", fields)


def redirect_from_consult(channel: str) -> Action:
    """Let the channel that consults take `SR_PEER` again."""
    return _redirect(channel, Context.CONSULT, "back")


def redirect_to_supervise(channel: str, mode: str) -> Action:
    """Let the channel hear `SR_PEER`. `mode`: a `routing.events.Supervision`."""
    return _redirect(channel, Context.SUPERVISE, checked("mode", mode))


def mute(channel: str, *, muted: bool) -> Action:
    """Let no one hear what comes from the channel's telephone, or let them hear it again."""
    fields = (
        ("Channel", checked("channel", channel)),
        ("Direction", "in"),
        ("State", "on" if muted else "off"),
    )
    return Action("MuteAudio", fields)


def send_digit(channel: str, digit: str) -> Action:
    """Let the channel's telephone hear a key (DTMF). Asterisk answers when the digit is over, and does nothing else for
    us until then.

    `Receive: true` would let it come from the channel instead. Its end needs audio from the telephone there, which one
    that is muted may not send.
    """
    fields = (
        ("Channel", checked("channel", channel)),
        ("Digit", checked("digit", digit)),
        ("Duration", "100"),
    )
    return Action("PlayDTMF", fields)


def record(channel: str, spool: str, file: str) -> Action:
    """Record what the channel's telephone says and hears, as the context `answered` does. Asterisk refuses if the
    channel is gone."""
    base = f"{checked('folder', spool)}/{checked('file', file)}"
    options = f"r({base}.agent.wav)t({base}.caller.wav)"
    return Action(
        "MixMonitor", (("Channel", checked("channel", channel)), ("Options", options)), may_refuse=True
    )


def stop_recording(channel: str) -> Action:
    """Asterisk refuses if nothing records the channel."""
    return Action("StopMixMonitor", (("Channel", checked("channel", channel)),), may_refuse=True)


def redirect_to_music(channel: str) -> Action:
    """Take the channel back, on music."""
    return _redirect(channel, Context.CONTROL, "music")


def pause_recording(channel: str, *, paused: bool) -> Action:
    """Let what records the channel write silence, or go on."""
    fields = (("Channel", checked("channel", channel)), ("Direction", "both"), ("State", str(int(paused))))
    return Action("MixMonitorMute", fields)


def redirect_to_pickup(channel: str, *, own: bool = False) -> Action:
    """Let a phone that called take `SR_PEER` out of where it is, into a talk that is recorded as `SR_RECORD`.

    `own`: the phone's channel is the call's own from then on, so the talk's end is the end of both.
    """
    return _redirect(channel, Context.PICKUP, "own" if own else "s")


def redirect_to_talk(channel: str) -> Action:
    """Let the channel take `SR_PEER` out of its music, into a talk."""
    return _redirect(channel, Context.TALK, "s")


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


def ring_member(
    call: str,
    phone: str,
    shown: str,
    homes: Homes,
    node: str,
    seconds: int,
    *,
    answers: bool = False,
    but: str = "",
) -> Action:
    """Ring a member's phones. When one answers, the near half of the `Local` channel enters the context `placed`.

    Its Uniqueid is `callback-<call>`. While the channel is there, Asterisk refuses another of that name. `answers`:
    telephones are asked to answer by themselves. `but`: the channel of a telephone that is not rung.
    """
    unique_id = callback_unique_id(checked("call", call))
    number = checked("number", shown)
    variables = {
        "__SR_CALL": unique_id,
        "__SR_ID": call,
        "SR_ROLE": Role.PHONE.value,
        "SR_DID": number,
        "SR_DIAL": dial_string((checked("phone", phone),), homes, node),
        "SR_TIMEOUT": whole("seconds", seconds, 1, 3600),
    }
    if answers:
        variables["__SR_ANSWER"] = "1"
    if but:
        variables["SR_BUT"] = checked("channel", but)
    fields = [
        ("Channel", f"Local/{phone}@ring-member/n"),
        ("Context", Context.PLACED.value),
        ("Exten", call),
        ("Priority", "1"),
        ("Timeout", whole("seconds", seconds + 5, 1, 3600) + "000"),
        ("ChannelId", unique_id),
        ("Async", "true"),
        ("CallerID", f"<{number}>"),
        *(("Variable", f"{name}={value}") for name, value in variables.items()),
    ]
    return Action("Originate", tuple(fields))


def hang_up(channel: str, cause: int = 16) -> Action:
    """Hang the channel up. Asterisk refuses if the channel is gone already."""
    fields = (("Channel", checked("channel", channel)), ("Cause", whole("cause", cause, 1, 127)))
    return Action("Hangup", fields, may_refuse=True)


def hang_up_phone(phone: str) -> Action:
    """Hang up every channel of a phone. Asterisk takes a name between slashes for a regular expression."""
    return Action("Hangup", (("Channel", f"/^PJSIP/{checked('phone', phone)}-[0-9a-f]+$/"), ("Cause", "16")))


def message_light(phone: str, new: int, old: int) -> Action:
    """Tell each telephone of a SIP account how many messages it has (RFC 3842). Asterisk refuses if none is there."""
    counts = f"{whole('new', new, 0, 9999)}/{whole('old', old, 0, 9999)}"
    variables = (
        "Event=message-summary",
        "Content-type=application/simple-message-summary",
        f"Content=Messages-Waiting: {'yes' if new else 'no'}",
        f"Content=Voice-Message: {counts} (0/0)",
    )
    fields = (("Endpoint", checked("phone", phone)), *(("Variable", it) for it in variables))
    return Action("PJSIPNotify", fields, may_refuse=True)


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
