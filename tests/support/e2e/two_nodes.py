"""Two Asterisk nodes of one Switchroom on one machine. Each has its own loopback address."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from cli.run.asterisk_config import PeerNode, Trunk
from models.call import CallLog, Recording
from models.number import DidNumber
from models.outbox import emit_command
from models.route import CallRoute, CallRouteVersion
from switchroom.messages.commands import ReloadConfig
from tests.support.certificates import certificate
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.system import System
from tests.support.sip.asterisk import CALLERS, AsteriskServer, new_asterisk
from tests.support.sip.phones import AgentPhones, OutsideLine
from tests.support.sip.ports import free_port

NODE_A, NODE_B, PHONES_OF_B, PROVIDER = "127.0.0.1", "127.0.0.3", "127.0.0.4", "127.0.0.5"


class TwoNodes:
    """`switchroom run` with node `a`, and node `b` beside it. `provider_port` is the port of the trunk `provider`,
    `tls_port` the one of SIP over TLS at node `a`.

    Callers reach both nodes from the callers' address. Phones of node b have an address of their own, because a
    node recognizes trunks and other nodes by their addresses.
    """

    def __init__(self, folder: Path) -> None:
        api, sip, ami, self.tls_port = free_port(), free_port(), free_port(), free_port()
        private, self.provider_port = free_port(), free_port()
        node_secret, between = secrets.token_urlsafe(24), secrets.token_hex(12)
        (folder / "b").mkdir()
        self.b: AsteriskServer = new_asterisk(
            folder / "b",
            "b",
            sip_bind=NODE_B,
            api_url=f"http://127.0.0.1:{private}",
            node_secret=node_secret,
            nodes=(PeerNode("a", NODE_A, sip, between),),
            trunks=(
                Trunk("test", (CALLERS,)),
                Trunk("provider", (PROVIDER,), f"{PROVIDER}:{self.provider_port}"),
            ),
        )
        b = self.b.instance
        nodes = [
            {"name": "a", "ami_port": ami, "ami_secret": secrets.token_urlsafe(24)},
            {"name": "b", "ami_port": b.ami_port, "ami_secret": b.ami_secret},
        ]
        peers = [{"name": "b", "host": NODE_B, "port": b.sip_port, "secret": between}]
        trunks = [{"name": "provider", "addresses": [PROVIDER], "host": f"{PROVIDER}:{self.provider_port}"}]
        self.system = System(
            folder / "system",
            SWITCHROOM_API_PORT=str(api),
            SWITCHROOM_PRIVATE_PORT=str(private),
            SWITCHROOM_PUBLIC_URL=f"http://127.0.0.1:{api}",
            SWITCHROOM_NODE_SECRET=node_secret,
            SWITCHROOM_SIP_PORT=str(sip),
            SWITCHROOM_SIP_TLS_PORT=str(self.tls_port),
            SWITCHROOM_SIP_TLS_CERTIFICATE="/mnt/lib/keys/cert.pem",
            SWITCHROOM_SIP_TLS_KEY="/mnt/lib/keys/key.pem",
            SWITCHROOM_NODES=f"'{json.dumps(nodes)}'",
            SWITCHROOM_PEERS=f"'{json.dumps(peers)}'",
            SWITCHROOM_TRUNKS=f"'{json.dumps(trunks)}'",
            SWITCHROOM_FETCH_PRIVATE_ADDRESSES="true",
            SWITCHROOM_SPEECH_RECOGNIZER="pocketsphinx",
        )
        keys = self.system.settings.var_dir / "asterisk-a" / "lib" / "keys"
        keys.mkdir(parents=True)
        certificate(keys, NODE_A)

    def start(self) -> None:
        self.b.start()
        self.system.start()
        self.system.may_dial()
        self.meet()

    def meet(self) -> None:
        """Return when each node has found that the other answers."""
        self.system.sip().wait_for_contact("node-b", seconds=30)
        self.b.wait_for_contact("node-a", seconds=30)

    def stop(self) -> int:
        """Stop. Return the exit code of `switchroom run`."""
        code = self.system.stop()
        self.b.stop()
        return code

    def phones(self, node: str, folder: Path, agents: list[TestAgent], **options: object) -> AgentPhones:
        """Start phones of these agents at the node. Return when they are registered and the engine knows it."""
        server, address = (self.b, PHONES_OF_B) if node == "b" else (self.system.sip(), NODE_A)
        accounts = [agent.account for agent in agents]
        phones = AgentPhones(folder / f"phones-{node}", server, accounts, address=address, **options)  # type: ignore[arg-type]
        phones.start()
        return phones

    @contextmanager
    def outside_line(self, folder: Path, **options: Any) -> Iterator[OutsideLine]:
        """Start the far end of the trunk `provider`. Both nodes reach it. `options` are those of `OutsideLine`."""
        sip = self.system.sip()
        line = OutsideLine(folder / "line", sip, PROVIDER, self.provider_port, **options)
        line.start()
        try:
            for node in (sip, self.b):
                node.wait_for_contact("provider")
            yield line
        finally:
            line.stop()

    def routed(self, e164: str, entry: str, blocks: dict[str, object]) -> str:
        """Make a route of these blocks with a number of its own. Wait until the engine knows it. Return the route's
        id."""
        system = self.system

        def work(session: Session) -> str:
            route = CallRoute(team_id=system.team_id, name=f"Route {e164}", entry=entry, blocks=blocks)
            session.add(route)
            session.flush()
            document = {"name": route.name, "entry": entry, "blocks": blocks}
            session.add(CallRouteVersion(route_id=route.id, version=1, document=document))
            number = DidNumber(team_id=system.team_id, e164=e164, name=e164, route_id=route.id)
            session.add(number)
            session.flush()
            emit_command(session, ReloadConfig(kind="route", id=route.id))
            emit_command(session, ReloadConfig(kind="number", id=number.id))
            return route.id

        made: str = system.transaction(work)
        system.until_number_known(e164)
        return made

    def rows(self, did: str) -> list[CallLog]:
        """Return the call logs of a number from the database."""
        found: list[CallLog] = self.system.transaction(
            lambda session: list(session.exec(select(CallLog).where(CallLog.did == did)).all())
        )
        return found

    def callbacks(self, callback: str) -> list[CallLog]:
        """Return the logs of a callback's attempts."""
        found: list[CallLog] = self.system.transaction(
            lambda session: list(session.exec(select(CallLog).where(CallLog.callback_of == callback)).all())
        )
        return found

    def recordings(self, call: str) -> list[Recording]:
        found: list[Recording] = self.system.transaction(
            lambda session: list(session.exec(select(Recording).where(Recording.call_id == call)).all())
        )
        return found
