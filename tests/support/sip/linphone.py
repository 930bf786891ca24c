"""Linphone's console client as a phone: a second one, beside baresip, that this project did not write.

It reads commands on its standard input and prints what happens. `rc` is its file of settings.
"""

import re
import subprocess
from pathlib import Path

from tests.support.servers import Running, wait_until
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.audio import write_tone
from tests.support.sip.ports import free_port, free_range
from tests.support.sip.realtime import Account

_SETTINGS = """\
[sip]
sip_port={port}
sip_tcp_port=0
sip_tls_port=0
guess_hostname=0
default_proxy=0
[rtp]
audio_rtp_port={audio}
[video]
enabled=0
[auth_info_0]
username={phone}
passwd={password}
realm=*
[proxy_0]
reg_proxy=<sip:{server}>
reg_identity=<sip:{phone}@{server}>
reg_expires=300
reg_sendregister=1
"""
_PLACE = "~/.local/share/linphone"
"""Where it keeps its own files, below its HOME. It does not make the folder."""


class Linphone(Running):
    """One linphonec of an account. It registers by itself. While it talks, it says a tone of `voice` hertz."""

    def __init__(self, folder: Path, asterisk: AsteriskServer, account: Account, *, voice: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _PLACE.removeprefix("~/")).mkdir(parents=True)
        self.folder = folder
        self.heard = folder / "heard.wav"
        self.log = folder / "linphone.log"
        self._server = f"{asterisk.instance.sip_bind}:{asterisk.sip_port}"
        self._voice = folder / "voice.wav"
        self._process: subprocess.Popen[str] | None = None
        write_tone(self._voice, 60, voice)
        audio, _ = free_range(2)
        settings = _SETTINGS.format(
            port=free_port(), audio=audio, server=self._server, phone=account.phone, password=account.password
        )
        (folder / "rc").write_text(settings)

    def start(self) -> None:
        """Start. Return when it takes commands. It registers by itself, and does not say so."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                ["env", "-C", str(self.folder), f"HOME={self.folder}", "stdbuf", "-o0", "linphonec", "-c", "rc"],
                stdin=subprocess.PIPE, stdout=log, stderr=log, text=True,
            )  # fmt: skip
        self.until("linphonec> ", 30)
        self.command("soundcard use files")
        self.command(f"play {self._voice}")
        self.command(f"record {self.heard}")

    def stop(self) -> None:
        """Hang up, unregister and end."""
        if self._process is None:
            return
        try:
            self._process.communicate("terminate all\nquit\n", 15)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self._process.kill()
            self._process.wait(10)
        self._process = None

    def dial(self, number: str) -> None:
        self.command(f"call sip:{number}@{self._server}")

    def transfer(self, number: str) -> None:
        """Pass the talk on to a number without asking there (REFER)."""
        self.command(f"transfer sip:{number}@{self._server}")

    def press(self, digit: str) -> None:
        """Press a key in a call (RFC 4733)."""
        self.command(digit)

    def command(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def until(self, pattern: str, seconds: float = 20) -> None:
        """Return when it has printed what matches the pattern."""
        wait_until(
            lambda: re.search(pattern, self.log.read_text(errors="replace")) is not None,
            f"{pattern} in {self.log}", seconds,
        )  # fmt: skip
