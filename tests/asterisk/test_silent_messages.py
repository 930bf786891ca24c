"""What Asterisk leaves of a message: how long it is, and how long the caller speaks in it."""

from pathlib import Path
from typing import Any

import pytest

from switchroom.audio.speech import seconds_of_speech
from switchroom.audio.wav import is_finished, read_wav
from switchroom.settings import Settings
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.phones import Caller

pytestmark = pytest.mark.pbx

SETTINGS = Settings(_env_file=None)


@pytest.mark.parametrize(
    ("name", "behaviour", "seconds", "speaks"),
    [
        ("no-rtp", {"hang_up": 3}, (0, 0), False),
        ("hang-up", {"hang_up": 0.7, "audio_seconds": 5}, (0, 0.48), False),
        ("silence", {"audio_seconds": 0.02, "quiet_seconds": 12}, (0, 2), False),
        ("speech", {"audio_seconds": 3, "quiet_seconds": 8}, (2.5, 4.5), True),
    ],
)
def test_a_message(
    asterisk: AsteriskServer,
    tmp_path: Path,
    name: str,
    behaviour: dict[str, Any],
    seconds: tuple[float, float],
    speaks: bool,
) -> None:
    caller = Caller(tmp_path / "caller", asterisk, "+14165550101", wait=30, **behaviour)
    path = asterisk.spool / f"voicemail/{name}.wav"
    with asterisk.ami() as ami:
        asterisk.heartbeat(ami)
        caller.start()
        channel = ami.wait("AsyncAGIStart")["Channel"]
        ami.agi(channel, "ANSWER")
        ami.agi(channel, f'RECORD FILE /mnt/spool/voicemail/{name} wav "#" 20000 BEEP s=4')
        if "hang_up" not in behaviour:
            ami.action("Hangup", Channel=channel)
        assert caller.wait(20).successful == 1
    wait_until(lambda: path.exists() and (read_wav(path).data_bytes == 0 or is_finished(path)), "the file")
    assert seconds[0] <= read_wav(path).seconds <= seconds[1]
    spoken = seconds_of_speech(path, SETTINGS.voicemail_silence_dbfs)
    assert (spoken >= SETTINGS.voicemail_shortest_seconds) == speaks
    path.unlink()
