"""A setting that cannot be read ends the process with its name, not with a stack trace."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from switchroom.settings import WrongSettings, get_settings

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RTP_TIMEOUT", "abc", "SWITCHROOM_RTP_TIMEOUT: Input should be a valid integer"),
        ("TRANSCRIBER", "wisper", "SWITCHROOM_TRANSCRIBER: Input should be 'none', 'faster-whisper'"),
        ("NODES", "[{bad", "nodes"),
        ("NODES", '[{"name": "A B"}]', "SWITCHROOM_NODES.0.NAME: String should match pattern"),
    ],
)
def test_the_message_names_the_setting_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"SWITCHROOM_{name}", value)
    with pytest.raises(WrongSettings) as ended:
        get_settings()
    assert said in str(ended.value)
    assert value not in str(ended.value)
    assert ended.value.__suppress_context__


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHROOM_API_PORT", "x")
    monkeypatch.setenv("SWITCHROOM_REFRESH_TOKEN_DAYS", "x")
    with pytest.raises(WrongSettings, match=r"API_PORT(?s:.*)REFRESH_TOKEN_DAYS"):
        get_settings()
