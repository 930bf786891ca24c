"""baresip as a scripted softphone: a phone that this project did not write.

SIPp does what its scenario says. baresip does what phones do: it chooses codecs and keys, sends audio at its own pace
and holds a call by a re-INVITE. It is controlled over a TCP port of its own, with JSON in netstrings (`ctrl_tcp`).
"""

import json
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.servers import Process, Running, wait_until
from tests.support.sip.asterisk import CALLERS, AsteriskServer
from tests.support.sip.audio import write_tone
from tests.support.sip.ports import free_port, free_range
from tests.support.sip.realtime import Account

Event = dict[str, Any]

_CONFIG = """\
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module opus.so
module aufile.so
module sndfile.so
module srtp.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
net_interface {address}
sip_listen {address}:{port}
rtp_ports {first}-{last}
audio_source aufile,voice.wav
audio_alert aufile,/dev/null
ausrc_srate 8000
ausrc_channels 1
snd_path .
ctrl_tcp_listen 127.0.0.1:{control}
"""


class Softphone(Running):
    """One baresip. With an `account` it registers, without one it calls from the test trunk.

    While it talks, it says a tone of `voice` hertz, for a minute. `parameters` are those of a baresip account, such as
    `answermode=auto` or `mediaenc=srtp`. `server_port` is the port of the transport. `events` has what it reported.
    """

    def __init__(
        self,
        folder: Path,
        asterisk: AsteriskServer,
        account: Account | None = None,
        *,
        voice: int,
        transport: str = "udp",
        server_port: int | None = None,
        parameters: tuple[str, ...] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.events: list[Event] = []
        self._server = f"{asterisk.instance.sip_bind}:{server_port or asterisk.sip_port}"
        self._transport = transport
        self._buffer = b""
        self._socket: socket.socket | None = None
        self._control = free_port()
        address = "127.0.0.1" if account else CALLERS
        port, _ = free_range(2)  # baresip takes the second one for TLS
        first, last = free_range(20)
        write_tone(folder / "voice.wav", 60, voice)
        (folder / "contacts").touch()
        (folder / "config").write_text(
            _CONFIG.format(address=address, port=port, first=first, last=last, control=self._control)
        )
        if account:
            self.aor = f"<sip:{account.phone}@{self._server};transport={transport}>"
            options = (f"auth_pass={account.password}", "regint=300", *parameters)
        else:
            self.aor = f"<sip:+14165550123@{address}>"
            options = ("regint=0", *parameters)
        (folder / "accounts").write_text(";".join((self.aor, *options)) + "\n")
        self.log = folder / "baresip.log"
        # baresip cuts long paths of sounds, so it runs in its folder.
        self.process = Process(["env", "-C", str(folder), "baresip", "-s", "-f", "."], self.log)

    # ---- life

    def start(self) -> None:
        """Start. Return when it can be controlled."""
        self.process.start()
        wait_until(self._connected, f"start of baresip in {self.folder}", 30)

    def registered(self, seconds: float = 20) -> None:
        """Return when the phone is registered."""
        wait_until(lambda: "OK" in self.command("reginfo"), f"registration of {self.aor}", seconds)

    def _connected(self) -> bool:
        self.process.alive()
        try:
            self._socket = socket.create_connection(("127.0.0.1", self._control), 5)
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """Hang up, unregister and end."""
        self._end(kill=False)

    def vanish(self) -> None:
        """End at once: no BYE, no unregistration, no more audio."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.process.stop(kill=kill)

    # ---- control

    def dial(self, number: str) -> None:
        self.command("dial", f"sip:{number}@{self._server};transport={self._transport}")

    def hang_up(self) -> None:
        """End the call, or refuse the one that rings."""
        self.command("hangup")

    def press(self, digit: str) -> None:
        """Press a key in a call (RFC 4733, or SIP INFO with `dtmfmode=info`)."""
        self.command("sndcode", digit)

    def command(self, name: str, parameters: str = "") -> str:
        """Run a command of baresip's menu. Return what it printed."""
        body = json.dumps({"command": name, "params": parameters, "token": "t"}).encode()
        assert self._socket is not None
        self._socket.sendall(b"%d:%s," % (len(body), body))
        answer = self._next(lambda message: "response" in message, 15)
        if not answer["ok"]:
            raise RuntimeError(f"baresip: {name} {parameters}: {answer['data']}")
        return str(answer["data"])

    def wait_for(self, kind: str, count: int = 1, seconds: float = 20) -> Event:
        """Return the event number `count` of this kind, such as `CALL_INCOMING`. Wait for it if it is not there."""
        deadline = time.monotonic() + seconds
        while len(found := self.seen(kind)) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{count} x {kind} in {[event['type'] for event in self.events]}")
            self._next(lambda message: message.get("type") == kind, left)
        return found[count - 1]

    def seen(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.get("type") == kind]

    def _next(self, wanted: Callable[[Event], bool], seconds: float) -> Event:
        deadline = time.monotonic() + seconds
        while True:
            message = self._message(deadline)
            if message.get("event"):
                self.events.append(message)
            if wanted(message):
                return message

    def _message(self, deadline: float) -> Event:
        while not (head := re.match(rb"(\d+):", self._buffer)) or len(self._buffer) <= head.end() + int(
            head[1]
        ):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"baresip reported only {[event['type'] for event in self.events]}")
            assert self._socket is not None
            self._socket.settimeout(left)
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError(f"baresip ended: {self.log.read_text(errors='replace')[-500:]}")
            self._buffer += data
        end = head.end() + int(head[1])
        body, self._buffer = self._buffer[head.end() : end], self._buffer[end + 1 :]
        message: Event = json.loads(body)
        return message

    # ---- what it heard and sent

    def heard(self) -> list[Path]:
        """Return a WAV file of what it heard in each call that has ended, the first one first.

        When the phone holds a call, or its codec changes, baresip stops to write what it hears.
        """
        return sorted(self.folder.glob("dump-*-dec.wav"))
