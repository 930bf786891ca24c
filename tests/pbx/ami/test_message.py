import pytest

from pbx.ami import parse

pytestmark = pytest.mark.unit


def test_headers_are_kept_as_they_are() -> None:
    message = parse(b"Event: Hangup\r\nCause: 16\r\nCause-txt: Normal Clearing\r\nAccountCode: ")
    assert message == {"Event": "Hangup", "Cause": "16", "Cause-txt": "Normal Clearing", "AccountCode": ""}


def test_a_missing_header_is_missing() -> None:
    message = parse(b"Event: Hangup")
    assert message.get("Cause") is None
    with pytest.raises(KeyError):
        message["Cause"]


def test_repeated_headers_are_all_there() -> None:
    message = parse(
        b"Event: E\r\nChanVariable: SR_CALL=a-1.2\r\nChanVariable: SR_DID=\r\nChanVariable: X=a=b"
    )
    assert message.variables() == {"SR_CALL": "a-1.2", "SR_DID": "", "X": "a=b"}
    assert message.all("Event") == ["E"]
    assert message.all("Nothing") == []
    assert message.variables("DestChanVariable") == {}


def test_the_greeting_before_the_first_message_is_no_header() -> None:
    assert parse(b"Asterisk Call Manager/9.0.0\r\nResponse: Success") == {"Response": "Success"}


def test_a_value_may_hold_the_separator_and_broken_bytes() -> None:
    message = parse(b"Event: E\r\nAppData: a: b: c\r\nName: \xff\xfe")
    assert message["AppData"] == "a: b: c"
    assert message["Name"] == "\ufffd\ufffd"
