"""Private Asterisk servers for tests. Each has free ports and its own folder."""

import dataclasses
import secrets
import subprocess
import time
from pathlib import Path

from cli.run.asterisk_config import CONFIG_DIR, AsteriskInstance, Trunk, facts_for, installed, render
from tests.support.servers import Process, wait_until
from tests.support.sip.ami import Ami
from tests.support.sip.ports import free_port, free_range
from tests.support.sip.realtime import Account, RealtimeServer

CALLERS = "127.0.0.2"
"""The address of the test trunk. SIPp callers send from here, agents' phones from 127.0.0.1."""

RUN = CONFIG_DIR / "run.sh"


class AsteriskServer:
    """A private Asterisk. `instance` says where it listens. `spool` is its spool folder."""

    def __init__(self, instance: AsteriskInstance) -> None:
        self.instance = instance
        self.templates = CONFIG_DIR / "templates"
        self.console_log = instance.home / "console.log"
        self.process = Process([str(RUN), str(instance.home)], self.console_log)

    @property
    def spool(self) -> Path:
        return self.instance.spool

    @property
    def sip_port(self) -> int:
        return self.instance.sip_port

    def start(self, seconds: float = 30) -> None:
        """Render the configuration and start. Return when AMI says FullyBooted."""
        render(self.instance, self.templates)
        self.process.start()
        wait_until(self._booted, f"boot of Asterisk (log: {self.console_log})", seconds)

    def stop(self, *, kill: bool = False) -> None:
        self.process.stop(kill=kill)

    def ami(self) -> Ami:
        """Open a new AMI connection, signed in as the engine's user."""
        return Ami(self.instance.ami_port, self.instance.ami_username, self.instance.ami_secret)

    def cli(self, command: str) -> str:
        """Return the output of a CLI command."""
        done = subprocess.run(
            [str(RUN), str(self.instance.home), "-rx", command], capture_output=True, text=True, check=True
        )
        return done.stdout

    def wait_for_contact(self, aor: str, found: str = "Avail ", seconds: float = 20) -> None:
        """Ask a trunk's far end (`provider`) or a node (`node-b`) whether it answers. Return when the AOR's state is
        `found`."""
        self.cli(f"pjsip qualify {aor}")
        wait_until(lambda: found in self.cli(f"pjsip show aor {aor}"), f"{found.strip()} of {aor}", seconds)

    def heartbeat(self, ami: Ami) -> None:
        """Set the heartbeat as a living engine does. It is valid for `engine_timeout` seconds."""
        ami.action("Setvar", Variable="SR_HEARTBEAT", Value=int(time.time()))

    def log(self) -> str:
        """Return the warnings and errors since the first start, and what Asterisk printed."""
        path = self.instance.home / "log" / "messages"
        return (path.read_text() if path.exists() else "") + self.console_log.read_text()

    def _booted(self) -> bool:
        self.process.alive()
        try:
            with self.ami() as ami:
                ami.wait("FullyBooted", seconds=5)
        except (OSError, TimeoutError):
            return False
        return True


def new_asterisk(folder: Path, name: str = "a", *, rtp_ports: int = 200, **changes: object) -> AsteriskServer:
    """Return an Asterisk that is not yet started, with the trunk `test` (calls from 127.0.0.2).

    `changes` are fields of AsteriskInstance. `rtp_ports`: each bridged call needs four. Give `api_url` and
    `node_secret` (see `realtime_for`) to let agents register.
    """
    rtp_start, rtp_end = free_range(rtp_ports)
    instance = AsteriskInstance(
        name=name,
        home=folder,
        ami_secret=secrets.token_hex(12),
        sip_port=free_port(),
        ami_port=free_port(),
        rtp_start=rtp_start,
        rtp_end=rtp_end,
        trunks=(Trunk("test", (CALLERS,)),),
        **facts_for(installed()),  # type: ignore[arg-type]
    )
    return AsteriskServer(dataclasses.replace(instance, **changes))  # type: ignore[arg-type]


def realtime_for(accounts: list[Account], node: str = "a") -> RealtimeServer:
    """Return a responder for these accounts that is not yet started. Give its `url` and `password` to
    `new_asterisk`."""
    return RealtimeServer(free_port(), accounts, node, secrets.token_hex(12))
