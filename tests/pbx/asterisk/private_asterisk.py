"""A small throwaway Asterisk for the tests of this folder: static phones and trunk, the dialplan's contract."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from pydantic import SecretStr

from switchroom.settings import AsteriskNode

ROOT = Path.home() / ".cache/switchroom/asterisk-root"
PHONES = ("phone1", "phone2")

MANAGER = """[general]
enabled = yes
bindaddr = 127.0.0.1
port = {ami_port}
channelvars = SR_CALL,SR_DID,SR_ROLE
[switchroom]
secret = {secret}
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1/255.255.255.255
read = all
write = all
eventfilter(action(exclude),name(TestEvent)) =
eventfilter(action(exclude),name(VarSet)) =
eventfilter(action(exclude),name(Newexten)) =
eventfilter(action(exclude),name(RTCPSent)) =
eventfilter(action(exclude),name(RTCPReceived)) =
"""

EXTENSIONS = """[globals]
SR_SPOOL={spool}
[inbound]
exten => _[+0-9].,1,Set(__SR_CALL=${{UNIQUEID}})
 same => n,Set(SR_DID=${{EXTEN}})
 same => n,Set(SR_ROLE=caller)
 same => n,Set(TIMEOUT(absolute)=60)
 same => n,AGI(agi:async)
 same => n,Hangup()
exten => T,1,Hangup()
exten => h,1,NoOp()
[offer]
exten => s,1,Dial(${{EVAL(${{SR_DIAL}})}},${{SR_TIMEOUT}},gm(${{SR_MUSIC}})U(answered))
 same => n,Goto(control,s,1)
exten => T,1,Hangup()
[dialout]
exten => _[+0-9].,1,Dial(PJSIP/${{EXTEN}}@${{SR_TRUNK}},${{SR_TIMEOUT}},g)
 same => n,Goto(control,s,1)
[control]
exten => s,1,Set(TIMEOUT(absolute)=60)
 same => n,AGI(agi:async)
 same => n,Hangup()
exten => T,1,Hangup()
[answered]
exten => s,1,Return()
"""

PJSIP = """[global]
type = global
endpoint_identifier_order = header,ip,username
[udp]
type = transport
protocol = udp
bind = 127.0.0.1:{sip_port}
[trunk]
type = endpoint
context = inbound
disallow = all
allow = ulaw
aors = trunk
dtmf_mode = info
direct_media = no
[trunk]
type = aor
contact = sip:127.0.0.1:{trunk_port}
[trunk]
type = identify
endpoint = trunk
match_header = X-Trunk: yes
"""

PHONE = """[{name}]
type = endpoint
context = agent
disallow = all
allow = ulaw
aors = {name}
direct_media = no
[{name}]
type = aor
max_contacts = 3
remove_existing = no
qualify_frequency = 0
[{name}]
type = identify
endpoint = {name}
match_header = X-Phone: {name}
"""


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PrivateAsterisk:
    """A context manager. `node` is how to reach its AMI; SIP listens on `sip_port` of 127.0.0.1."""

    def __init__(self, name: str = "a") -> None:
        self.folder = ROOT / "tmp" / f"sr-{name}-{secrets.token_hex(4)}"
        self.inside = Path("/") / self.folder.relative_to(ROOT)
        self.sip_port = free_port()
        self.trunk_port = free_port()
        secret = secrets.token_hex(16)
        self.node = AsteriskNode(name=name, ami_port=free_port(socket.SOCK_STREAM), ami_secret=SecretStr(secret))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    def __enter__(self) -> "PrivateAsterisk":
        for part in ("etc", "run", "log", "db", "spool/voicemail", "spool/recordings"):
            (self.folder / part).mkdir(parents=True)
        hosts = ROOT / "etc/hosts"
        if not hosts.exists():
            hosts.write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
        self._write_configuration()
        command = f'mount -t proc proc {ROOT}/proc; exec chroot {ROOT} asterisk -f -n -C {self.inside}/etc/asterisk.conf'
        self._process = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_for_ami()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if not os.environ.get("KEEP_ASTERISK"):
            shutil.rmtree(self.folder)

    def cli(self, command: str) -> str:
        """What Asterisk's console says to `command`."""
        argv = ["chroot", str(ROOT), "asterisk", "-C", f"{self.inside}/etc/asterisk.conf", "-rx", command]
        return subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False).stdout

    def _wait_for_ami(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.node.ami_port), 1).close()
            except OSError:
                assert time.monotonic() < deadline, "Asterisk did not start"
                time.sleep(0.05)
            else:
                break
        while "booted" not in self.cli("core waitfullybooted"):
            assert time.monotonic() < deadline, "Asterisk did not boot"

    def _write_configuration(self) -> None:
        folders = {
            "astetcdir": "etc",
            "astrundir": "run",
            "astlogdir": "log",
            "astdbdir": "db",
            "astspooldir": "spool",
            "astcachedir": "db",
            "astkeydir": "db",
        }
        asterisk = "[directories]\n" + "".join(f"{k} => {self.inside}/{v}\n" for k, v in folders.items())
        asterisk += f"[options]\nsystemname = {self.node.name}\n"
        rtp = free_port()
        secret = self.node.ami_secret.get_secret_value()
        moh = "[default]\nmode = files\ndirectory = /usr/share/asterisk/moh\n"
        files = {
            "asterisk.conf": asterisk,
            "modules.conf": "[modules]\nautoload = yes\nnoload = chan_iax2.so\nnoload = res_hep.so\n",
            "logger.conf": "[general]\n[logfiles]\nfull => notice,warning,error,verbose(3)\n",
            "manager.conf": MANAGER.format(ami_port=self.node.ami_port, secret=secret),
            "extensions.conf": EXTENSIONS.format(spool=f"{self.inside}/spool"),
            "pjsip.conf": PJSIP.format(sip_port=self.sip_port, trunk_port=self.trunk_port)
            + "".join(PHONE.format(name=name) for name in PHONES),
            "rtp.conf": f"[general]\nrtpstart = {rtp // 2 * 2}\nrtpend = {rtp // 2 * 2 + 200}\n",
            "musiconhold.conf": moh,
        }
        for name, text in files.items():
            (self.folder / "etc" / name).write_text(text)
