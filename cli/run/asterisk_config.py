"""The description of one Asterisk node, and its configuration rendered from `asterisk-config/templates`."""

import json
import os
import re
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cli.run.asterisk_modules import ANONYMOUS, MODULES
from switchroom.numbers import emergency_pattern

CONFIG_DIR = Path(__file__).resolve().parents[2] / "asterisk-config"
"""The folder of the installer, the launcher and the templates, in the checkout."""

EVENTS = (
    "AsyncAGIStart",
    "AsyncAGIExec",
    "UserEvent",
    "DialBegin",
    "DialState",
    "DialEnd",
    "Newstate",
    "HangupRequest",
    "Hangup",
    "Hold",
    "Unhold",
    "BlindTransfer",
    "AttendedTransfer",
    "DTMFEnd",
    "ConfbridgeJoin",
    "ConfbridgeTalking",
    "ConfbridgeMute",
    "ConfbridgeUnmute",
    "OriginateResponse",
    "ContactStatus",
    "DeviceStateChange",
    "FullyBooted",
)
"""The AMI events that reach the engine (docs/architecture.md)."""

FACTS = "SWITCHROOM_ASTERISK_FACTS"
"""The variable with the facts of `installed()` as JSON, for a process that may not look into Asterisk's files."""

REALTIME = {"endpoint": "ps_endpoints", "auth": "ps_auths", "aor": "ps_aors"}
"""SIP object -> table of the api's realtime endpoint."""

_SPOOLS = (
    *("recordings", "voicemail", "greetings", "messages", "fallback"),
    *("prompts", "uploads", "music", "speech"),
)
_FOLDERS = ("etc", "lib/keys", "log", "run", *(f"spool/{name}" for name in _SPOOLS))
_SAFE = re.compile(r"[A-Za-z0-9 ._~:/@%+,!*()='-]*")


class AsteriskError(Exception):
    """Asterisk is missing or too old, or its description is wrong. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """A SIP provider. Calls from its addresses enter the context `inbound`."""

    name: str
    addresses: tuple[str, ...]
    """IP addresses or networks (`203.0.113.0/24`) that calls may come from."""
    host: str = ""
    """`host[:port]` that outside calls go to. Empty: no call goes out over this trunk."""
    username: str = ""
    password: str = ""
    register: bool = False
    codecs: str = "ulaw,alaw"
    media_encryption: str = "no"
    """`no`, `sdes` or `dtls`."""


@dataclass(frozen=True, slots=True)
class PeerNode:
    """Another Asterisk node. Both nodes have the same `secret`."""

    name: str
    host: str
    port: int
    secret: str


@dataclass(frozen=True, slots=True)
class AsteriskInstance:
    """One Asterisk to run. Times are in seconds, ports are UDP except AMI's."""

    name: str
    """`systemname`: `[a-z0-9]{1,20}`."""
    home: Path
    """The instance's folder: etc, lib, log, run, spool."""
    ami_secret: str
    sip_port: int = 5060
    sip_bind: str = "127.0.0.1"
    ipv6_bind: str = ""
    """IPv6 address that SIP listens on too. Empty: none."""
    ami_port: int = 5038
    ami_bind: str = "127.0.0.1"
    ami_username: str = "switchroom"
    ami_permit: tuple[str, ...] = ("127.0.0.1/255.0.0.0",)
    rtp_start: int = 10000
    rtp_end: int = 19999
    api_url: str | None = None
    """Address of the api (`http://127.0.0.1:8000`). None: the node has no agents."""
    node_secret: str = ""
    """HTTP Basic password at the api; the user is `name`."""
    trunks: tuple[Trunk, ...] = ()
    outbound_trunk: str = ""
    """The trunk that emergency calls try first; empty: the first that has a host."""
    nodes: tuple[PeerNode, ...] = ()
    anonymous_from: tuple[str, ...] = ()
    """Development only: networks whose callers need neither a trunk nor an account. They enter the context `inbound`.

    A request from there that names an account must still authenticate as that account. Empty: no anonymous callers.
    """
    external_address: str = ""
    """The public address, if this node is behind NAT."""
    local_networks: tuple[str, ...] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    tcp_port: int | None = None
    tls_port: int | None = None
    wss_port: int | None = None
    """HTTPS port of SIP over WebSocket (browser phones)."""
    ws_port: int | None = None
    """The same over HTTP, on 127.0.0.1 only."""
    browsers: int = 2000
    """How many browser phones may be connected."""
    tls_certificate: str = ""
    tls_key: str = ""
    stun: str = ""
    rtp_timeout: int = 300
    """Seconds without audio after which a channel is hung up. People who are muted send none."""
    engine_timeout: int = 10
    """A heartbeat older than this means that there is no engine (seconds)."""
    control_timeout: int = 60
    """How long a controlled caller stays without a command from the engine (seconds)."""
    phone_calls: int = 10
    """How many calls of its own an account of a member has at once. More are refused with 503."""
    phone_timeout: int = 2
    """How long a member's phone that calls waits for the engine. Then the dialplan rings the extension (seconds)."""
    account_cache: int = 7 * 86400
    """How long a SIP account is used before the api is asked again (seconds)."""
    fallback_sounds: tuple[str, ...] = ("switchroom/leave-message",)
    """What a caller hears, before the tone, when there is no engine."""
    version: tuple[int, int] = (22, 10)
    """Asterisk's version, for settings that differ between versions."""
    inside: str = "/mnt"
    """The instance's folder as Asterisk sees it (`run.sh` mounts it there)."""
    module_dir: str = "/usr/lib/x86_64-linux-gnu/asterisk/modules"
    data_dir: str = "/usr/share/asterisk"
    console: bool = True
    """Warnings also go to standard output, where the supervisor keeps them."""
    modules: tuple[str, ...] = field(default=MODULES)

    @property
    def spool(self) -> Path:
        """The spool folder as the host sees it."""
        return self.home / "spool"


def render(instance: AsteriskInstance, templates: Path = CONFIG_DIR / "templates") -> Path:
    """Write every configuration file of `instance` into `home/etc` and make its folders.

    Our group, which Asterisk runs with, can read the files. Others cannot. Returns `home/etc`. Raises `AsteriskError`
    if a value cannot stand in a configuration file.
    """
    for folder in _FOLDERS:
        (instance.home / folder).mkdir(parents=True, exist_ok=True)
    etc = instance.home / "etc"
    for place in (instance.home, etc):
        place.chmod(0o750)
    values = _values(instance)
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - configuration files, not HTML; `_check` allows harmless characters only
    )
    for name in sorted(environment.list_templates(extensions=["conf"])):
        path = etc / name
        path.touch(mode=0o600)
        path.chmod(0o640)
        path.write_text(environment.get_template(name).render(values))
    return etc


def _values(instance: AsteriskInstance) -> dict[str, object]:
    values: dict[str, object] = {
        name: getattr(instance, name) for name in AsteriskInstance.__dataclass_fields__
    }
    for name, value in values.items():
        _check(name, value)
    if not re.fullmatch(r"[a-z0-9]{1,20}", instance.name):
        raise AsteriskError(f"node name {instance.name!r}: 1 to 20 lower-case letters and digits")
    ports = {
        "udp": instance.sip_port,
        "tcp": instance.tcp_port,
        "tls": instance.tls_port,
        "ws": instance.ws_port,
        "wss": instance.wss_port,
    }
    return values | {
        "modules": (*instance.modules, ANONYMOUS) if instance.anonymous_from else instance.modules,
        "events": EVENTS,
        "realtime": REALTIME,
        "realtime_url": _realtime_url(instance),
        "ways_out": _ways_out(instance),
        "emergency": emergency_pattern(),
        "transports": {protocol: port for protocol, port in ports.items() if port is not None},
        "binds": {"": instance.sip_bind} | ({"6": f"[{instance.ipv6_bind}]"} if instance.ipv6_bind else {}),
        "filter_by_name": _filters_by_name(instance.version),
        # Both recordings keep step by default from 22.10 on, which logs a notice for each call that asks for it.
        "keep_step": "" if instance.version >= (22, 10) else "S",
        # The application that hangs up with any SIP status.
        "pjsip_hangup": instance.version >= (21, 1) or (20, 6) <= instance.version < (21, 0),
        "fallback_sounds": "&".join(instance.fallback_sounds),
        "inner_address": _inner_address(instance.external_address),
    }


def _check(name: str, value: object) -> None:
    """Refuse a value that would end a line, open a comment or expand in a configuration file."""
    if isinstance(value, (tuple, list)):
        for item in value:
            _check(name, item)
    elif isinstance(value, (Trunk, PeerNode)):
        for part in type(value).__dataclass_fields__:
            _check(f"{name}.{part}", getattr(value, part))
    elif isinstance(value, str) and not _SAFE.fullmatch(value):
        raise AsteriskError(f"{name}: a character in it cannot stand in Asterisk's configuration")


def _inner_address(external: str) -> str:
    """Return this machine's address on the way to the Internet; empty: it cannot be known. Nothing is sent."""
    if not external:
        return ""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect((external, 9))
        return str(probe.getsockname()[0])
    return ""


def _ways_out(instance: AsteriskInstance) -> list[str]:
    """Return the names of the trunks that calls may go out over, the one for outside calls first."""
    names = [trunk.name for trunk in instance.trunks if trunk.host]
    return sorted(names, key=lambda name: name != instance.outbound_trunk)


def _realtime_url(instance: AsteriskInstance) -> str:
    if not instance.api_url:
        return ""
    return instance.api_url.rstrip("/") + "/asterisk"


def _filters_by_name(version: tuple[int, int]) -> bool:
    """Return whether this version knows `eventfilter(name(...))`: 20.11, 21.6, 22.1 and newer do."""
    major, minor = version
    return minor >= {18: 99, 19: 99, 20: 11, 21: 6, 22: 1}.get(major, 0 if major > 22 else 99)


def installed(launcher: Path = CONFIG_DIR / "install.sh") -> dict[str, str]:
    """Return facts of the installed Asterisk: `root` (empty: the host's own), `version`, `module_dir`, `data_dir`,
    `user`.

    Raises `AsteriskError` with the installer's message if no Asterisk is installed.
    """
    if FACTS in os.environ:
        return dict(json.loads(os.environ[FACTS]))
    done = subprocess.run([str(launcher), "--facts"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AsteriskError(done.stderr.strip() or "asterisk-config/install.sh has not been run")
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def facts_for(facts: dict[str, str]) -> dict[str, object]:
    """Return the facts of `installed()` as keyword arguments of `AsteriskInstance`."""
    major, minor = (int(part) for part in facts["version"].split(".")[:2])
    return {"version": (major, minor), "module_dir": facts["module_dir"], "data_dir": facts["data_dir"]}
