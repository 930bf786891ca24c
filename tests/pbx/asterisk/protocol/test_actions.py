"""No character with a meaning in AMI, AGI, Dial or the dialplan gets into an action."""

import inspect
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.ami import Action, UnsafeValue, encode
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.dialplan import Context, Role

pytestmark = [pytest.mark.unit, pytest.mark.long]

DANGEROUS = "\r\n\0&,|^();\"'\\${}[]<>`!? \t=%*~\u2028é"
CHANNEL = "PJSIP/test-0000000a"
GOOD: dict[str, object] = {
    "token": "0badcafe",
    "dialled": "14165550100",
    "paused": True,
    "mark": "1700000000.12",
    "channel": CHANNEL,
    "command_id": "ab12-7",
    "phones": ("e101t0123456789ab",),
    "homes": {},
    "node": "a",
    "seconds": 20,
    "music": "default",
    "file": "voicemail/0192f0",
    "trunk": "test",
    "number": "+14165550100",
    "now": 1795323478,
    "fence": 1795323478000000,
    "sound": "queue/please-wait",
    "spool": "/mnt/spool",
    "max_seconds": 60,
    "silence": 5,
    "cause": 16,
    "kind": "endpoint",
    "phone": "e101t0123456789ab",
    "more": 3,
    "sounds": ("digits/20", "prompts/" + "0f" * 16),
    "room": "0192f0-sales",
    "members": 12,
    "options": "mwe",
    "call": "0f" * 16,
    "caller_id": "+14165550100",
    "digest": "0f" * 16,
    "new": 2,
    "old": 1,
    "other": CHANNEL,
    "shown": "102",
    "role": Role.PHONE,
    "trunks": ("test",),
    "comes_back": True,
    "ends_call": True,
    "team": "0123456789ab",
    "state": "NOT_INUSE",
    "digits": 3,
    "muted": True,
    "digit": "#",
    "answer": "on",
    "where": Context.CONSULT,
    "own": True,
    "mode": "whisper",
    "answers": True,
    "but": CHANNEL,
}
MAKERS: list[Callable[..., Action]] = [
    maker
    for name, maker in inspect.getmembers(actions, inspect.isfunction)
    if not name.startswith("_") and inspect.signature(maker).return_annotation is Action
]
STRINGS = [(m, p) for m in MAKERS for p in inspect.signature(m).parameters if type(GOOD[p]) is str]
NUMBERS = [(m, p) for m in MAKERS for p in inspect.signature(m).parameters if type(GOOD[p]) is int]


def make(maker: Callable[..., Action], **changes: object) -> Action:
    names = inspect.signature(maker).parameters
    return maker(**{name: changes.get(name, GOOD[name]) for name in names})


def test_there_are_makers() -> None:
    assert len(MAKERS) >= 20
    assert len(STRINGS) >= 25


@pytest.mark.parametrize("maker", MAKERS, ids=lambda m: m.__name__)
def test_good_values_make_an_action(maker: Callable[..., Action]) -> None:
    action = make(maker)
    assert encode(action, "1").startswith(f"Action: {action.name}\r\n".encode())


def refused(maker: Callable[..., Action], parameter: str, value: str) -> None:
    with pytest.raises(UnsafeValue) as caught:
        make(maker, **{parameter: value})
    assert caught.value.field


@pytest.mark.parametrize(("maker", "parameter"), STRINGS)
def test_every_dangerous_character_is_refused_in_a_good_value(
    maker: Callable[..., Action], parameter: str
) -> None:
    good = str(GOOD[parameter])
    for bad in DANGEROUS:
        for value in (good + bad, bad + good, good[:3] + bad + good[3:]):
            refused(maker, parameter, value)


@settings(max_examples=10)
@pytest.mark.parametrize(("maker", "parameter"), STRINGS)
@given(before=st.text(max_size=10), after=st.text(max_size=10))
def test_every_dangerous_character_is_refused_among_any_others(
    maker: Callable[..., Action], parameter: str, before: str, after: str
) -> None:
    for bad in DANGEROUS:
        if (parameter, before + bad + after) != ("digit", "*"):
            refused(maker, parameter, before + bad + after)


@pytest.mark.parametrize(("maker", "parameter"), NUMBERS)
@pytest.mark.parametrize("value", [-1, 10**20, "7", 1.5, True, None])
def test_only_whole_numbers_in_their_bounds_pass(
    maker: Callable[..., Action], parameter: str, value: object
) -> None:
    with pytest.raises(UnsafeValue):
        make(maker, **{parameter: value})


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_dial_string_holds_phones_and_nodes_only(phone: str, node: str) -> None:
    try:
        made = actions.dial_string((phone,), {phone: ((node, phone),)}, "a")
    except UnsafeValue:
        return
    assert made in (f"${{PJSIP_DIAL_CONTACTS({phone})}}", f"PJSIP/{phone}@node-{node}")
    assert phone.isalnum()
    assert node.isalnum()


@pytest.mark.parametrize(
    "path", ["../etc/passwd", "voicemail/../x", "/etc/passwd", "voicemail/", "x", "voicemail/a.b"]
)
def test_files_stay_in_the_spool(path: str) -> None:
    with pytest.raises(UnsafeValue):
        make(actions.set_recording, file=path)


def test_dial_strings() -> None:
    homes = {"p1": (("a", "p1"),), "p2": (("b", "p2"),), "p3": (("a", "p3"), ("b", "p3"))}
    assert actions.dial_string(("p1", "p2", "p3", "p4"), homes, "a") == (
        "${PJSIP_DIAL_CONTACTS(p1)}&PJSIP/p2@node-b&${PJSIP_DIAL_CONTACTS(p3)}&PJSIP/p3@node-b"
        "&${PJSIP_DIAL_CONTACTS(p4)}"
    )


def test_a_browser_is_dialled_by_its_own_account() -> None:
    phone, browser = "e101t0123456789ab", "e101t0123456789abw0f1e2d3c4b5a6978"
    homes = {phone: (("a", browser), ("b", phone), ("b", browser))}
    assert actions.dial_string((phone,), homes, "b") == (
        f"${{PJSIP_DIAL_CONTACTS({phone})}}&${{PJSIP_DIAL_CONTACTS({browser})}}&PJSIP/{browser}@node-a"
    )


@pytest.mark.parametrize("count", [1, 12, 13, 60])
def test_many_phones_fit_into_the_lines_of_ami(count: int) -> None:
    phones = tuple(f"{number:027d}t0123456789ab" for number in range(count))
    made = actions.set_dial(CHANNEL, phones, {}, "a")
    assert all(len(f"Value: {action.field('Value')}") < 1000 for action in made)
    values = {action.field("Variable"): action.field("Value") for action in made}
    text = values.pop("SR_DIAL")
    for name, value in values.items():
        text = text.replace(f"${{EVAL(${{{name}}})}}", value)
    assert text == actions.dial_string(phones, {}, "a")
    assert made[-1].field("Variable") == "SR_DIAL"


@pytest.mark.parametrize("phone", ["e1&x", "e1)", "${X}", ""])
def test_a_hostile_phone_is_not_dialled(phone: str) -> None:
    with pytest.raises(UnsafeValue):
        actions.set_dial(CHANNEL, ("e101t0123456789ab", phone), {}, "a")
    with pytest.raises(UnsafeValue):
        actions.set_dial("PJSIP/x", ("e101t0123456789ab",), {}, "a")


def test_agi_commands() -> None:
    command = make(actions.agi_record_file).field("Command")
    assert command == 'RECORD FILE /mnt/spool/voicemail/0192f0 wav "#" 60000 BEEP s=5'
    assert make(actions.agi_stream_file).field("Command") == 'STREAM FILE queue/please-wait ""'
    assert make(actions.agi_answer).field("Command") == "EXEC Answer ,i"


PROMPT = "prompts/" + "0f" * 16


@pytest.mark.parametrize(
    "sound", ["../x", "/etc/passwd", "a&b", "a,b", "a)b", "${X}", "prompts/../x", "x" * 81]
)
def test_a_whisper_holds_sounds_only(sound: str) -> None:
    with pytest.raises(UnsafeValue):
        make(actions.set_whisper, sounds=("digits/1", sound))


def test_whispers_are_joined_and_prompts_are_found_in_the_spool() -> None:
    action = make(actions.set_whisper, sounds=("digits/1", PROMPT))
    assert action.field("Value") == f"digits/1&/mnt/spool/{PROMPT}"
    assert make(actions.set_whisper, sounds=()).field("Value") == ""
    with pytest.raises(UnsafeValue):
        make(actions.set_whisper, sounds=(PROMPT,) * 20)
    command = make(actions.agi_stream_file, sound=PROMPT).field("Command")
    assert command == f'STREAM FILE /mnt/spool/{PROMPT} ""'
    assert "/mnt" not in make(actions.agi_stream_file, sound="prompts/short").field("Command")


def test_slots_are_so_many_and_fit_into_a_line() -> None:
    assert make(actions.set_slots, more=2).field("Value") == "&Local/later@later/n&Local/later@later/n"
    assert len(make(actions.set_slots, more=actions.SLOTS_LIMIT).field("Value")) < 1000
    with pytest.raises(UnsafeValue):
        make(actions.set_slots, more=actions.SLOTS_LIMIT + 1)


def test_an_originate_rings_one_number_over_the_trunk() -> None:
    action = make(actions.originate)
    fields = dict(action.fields)
    assert fields["Channel"] == "PJSIP/+14165550100@test"
    assert (fields["Context"], fields["Exten"], fields["Timeout"]) == ("callback", "0f" * 16, "20000")
    assert (fields["ChannelId"], fields["CallerID"]) == ("callback-" + "0f" * 16, "<+14165550100>")
    variables = [value for key, value in action.fields if key == "Variable"]
    assert variables[:2] == ["__SR_CALL=callback-" + "0f" * 16, "SR_ROLE=caller"]
    assert "CallerID" not in dict(make(actions.originate, caller_id="").fields)


def test_what_is_heard_ends_with_any_digit() -> None:
    command = make(actions.agi_listen, file="speech/0192f0-3").field("Command")
    assert command == 'RECORD FILE /mnt/spool/speech/0192f0-3 wav "0123456789*#" 60000 s=5'
