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
        ("RTP_TIMEOUT", "abc", "SWITCHROOM_RTP_TIMEOUT: Must be a whole number"),
        ("TRANSCRIBER", "wisper", "SWITCHROOM_TRANSCRIBER: Must be 'none', 'faster-whisper'"),
        ("NODES", "[{bad", "nodes"),
        ("NODES", '[{"name": "A B"}]', "SWITCHROOM_NODES.0.NAME: Must match ^[a-z0-9]{1,20}$"),
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


def test_a_variable_that_is_no_setting_is_named_with_what_it_may_mean(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".env").write_text(
        "switchroom_databse_url=sqlite:///x.db\nSWITCHROOM_S3_BUCKET=calls\nOTHER=1\n"
    )
    for name in ("API_PROT", "SERVICE_HOST", "NODES__0__NAME", "CACHE"):
        monkeypatch.setenv(f"SWITCHROOM_{name}", "s3cret" if name == "API_PROT" else "a")
    monkeypatch.setenv("SWITCHROOM_NODES", "[{}]")
    get_settings()
    assert caplog.messages == [
        "SWITCHROOM_DATABSE_URL (.env): there is no such setting; did you mean SWITCHROOM_DATABASE_URL?",
        "SWITCHROOM_API_PROT (environment): there is no such setting; did you mean SWITCHROOM_API_PORT?",
        "SWITCHROOM_SERVICE_HOST (environment): there is no such setting",
    ]


def test_the_public_address_follows_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHROOM_API_PORT", "8123")
    assert get_settings().public_url == "http://127.0.0.1:8123"
    get_settings.cache_clear()
    monkeypatch.setenv("SWITCHROOM_PUBLIC_URL", "https://calls.example.com")
    assert get_settings().public_url == "https://calls.example.com"
