"""A private Asterisk with Queue() loaded, and our engine. Both serve the same phones in one run."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import redis

from cli.run.asterisk_modules import MODULES
from switchroom import database
from switchroom.redis_keys import Keys
from tests.support.e2e.provision import new_team, provision, send_status
from tests.support.servers import free_port, new_redis, wait_until
from tests.support.sip.asterisk import AsteriskServer, new_asterisk
from tests.support.sip.realtime import RealtimeServer

NUMBER = "+14165550300"
"""The DID of our engine's queue."""
QUEUE_NUMBER, RECORDED_QUEUE_NUMBER = "9900", "9901"
"""The numbers of Asterisk's own Queue(): without and with recording."""
RECORDED_DIAL_NUMBER = "9902"
"""The number of a bare Dial to any phone, with recording."""
_QUEUES = """[general]
persistentmembers = no
autofill = yes
[bench]
strategy = leastrecent
musicclass = default
timeout = 20
retry = 1
wrapuptime = 0
ringinuse = no
autopause = no
"""

_EXTENSIONS = f"""
[inbound](+)
exten => {QUEUE_NUMBER},1,Answer()
 same => n,Queue(bench)
 same => n,Hangup()
exten => {RECORDED_QUEUE_NUMBER},1,Answer()
 same => n,Queue(bench,,,,,,recorded)
 same => n,Hangup()
exten => {RECORDED_DIAL_NUMBER},1,Dial(PJSIP/e${{RAND(%d,%d)}}t%s,20,U(recorded))

[recorded]
exten => s,1,Set(FILE=${{SR_SPOOL}}/recordings/${{UNIQUEID}})
 same => n,MixMonitor(,{{{{ keep_step }}}}r(${{FILE}}.agent.wav)t(${{FILE}}.caller.wav))
 same => n,Return()
"""


def add_to_templates(server: AsteriskServer, additions: Mapping[str, str]) -> None:
    """Copy our templates for a server that is not yet started, and add text to them. `additions` maps a template's name
    to its text. A name that does not exist makes a new template."""
    templates = server.instance.home.with_suffix(".templates")
    shutil.copytree(server.templates, templates)
    for name, text in additions.items():
        with (templates / name).open("a") as file:
            file.write(text)
    server.templates = templates


class Rig:
    """Asterisk, Redis, the realtime responder and our engine. Both sides know one queue with `agents` agents."""

    def __init__(
        self, folder: Path, agents: int, *, spare: int = 0, recording: str = "none", rtp_ports: int = 1200
    ) -> None:
        """`spare`: so many of the agents are in no queue and are not dialled by `Dial`."""
        self.folder = folder
        self._spare = spare
        self._rtp_ports = rtp_ports
        self.redis_server = new_redis(folder)
        url = f"sqlite:///{folder}/bench.db"
        database.upgrade(url)
        engine = database.make_engine(url)
        with database.session(engine) as session:
            team = new_team(session)
            team.recording = recording
            session.add(team)
            self.queue, self.agents = provision(session, team, NUMBER, agents, 1000)
        engine.dispose()
        accounts = [agent.account for agent in self.agents]
        self.realtime = RealtimeServer(free_port(), accounts, "a", secrets.token_hex(12))
        self.asterisk = self._asterisk()
        node = {
            "name": "a",
            "ami_port": self.asterisk.instance.ami_port,
            "ami_secret": self.asterisk.instance.ami_secret,
        }
        self.engine_port = free_port()
        self.engine_log = folder / "engine.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SWITCHROOM_")},
            "SWITCHROOM_DATABASE_URL": url,
            "SWITCHROOM_REDIS_URL": self.redis_server.url,
            "SWITCHROOM_NODES": json.dumps([node]),
            "SWITCHROOM_ENGINE_PORT": str(self.engine_port),
            "SWITCHROOM_VAR_DIR": str(folder / "var"),
        }
        self._engine: subprocess.Popen[bytes] | None = None

    def _asterisk(self) -> AsteriskServer:
        server = new_asterisk(
            self.folder / "asterisk",
            api_url=self.realtime.url,
            node_secret=self.realtime.password,
            modules=(*MODULES, "app_queue", "func_rand"),
            rtp_ports=self._rtp_ports,
        )
        accounts = [agent.account for agent in self.agents[: len(self.agents) - self._spare]]
        members = "".join(f"member => PJSIP/{account.phone}\n" for account in accounts)
        first = int(accounts[0].extension)
        extensions = _EXTENSIONS % (first, first + len(accounts) - 1, accounts[0].team)
        add_to_templates(server, {"queues.conf": _QUEUES + members, "extensions.conf": extensions})
        return server

    def start(self) -> None:
        self.realtime.start()
        self.redis_server.start()
        self.asterisk.start()
        (self.folder / "var").mkdir(exist_ok=True)
        self.start_engine()
        wait_until(self._engine_leads, f"the engine ({self.engine_log})", 60)

    def start_engine(self) -> None:
        """Start the engine, also after `kill_engine`. It does not lead yet when this returns."""
        with self.engine_log.open("ab") as log:
            self._engine = subprocess.Popen(
                [str(Path(sys.executable).parent / "switchroom"), "engine"],
                env=self._environment, cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def kill_engine(self) -> None:
        """Let the engine die at once, as a machine without power does."""
        if self._engine is not None:
            self._engine.kill()
            self._engine.wait(20)

    def _engine_leads(self) -> bool:
        if self._engine is not None and self._engine.poll() is not None:
            raise RuntimeError(self.engine_log.read_text()[-3000:])
        try:
            return httpx.get(f"http://127.0.0.1:{self.engine_port}/health", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        if self._engine is not None:
            self._engine.terminate()
            self._engine.wait(20)
        self.asterisk.stop()
        self.redis_server.stop()
        self.realtime.stop()

    def pids(self) -> dict[str, int]:
        """Return the process ids of `asterisk`, `engine` and `redis`."""
        assert self.asterisk.process.process is not None
        assert self._engine is not None
        assert self.redis_server.process.process is not None
        return {
            "asterisk": self.asterisk.process.process.pid,
            "engine": self._engine.pid,
            "redis": self.redis_server.process.process.pid,
        }

    def set_status(self, status: str) -> None:
        """Set the status of all agents over the api's stream. Return when the engine shows it."""
        keys, client = Keys("main"), redis.Redis.from_url(self.redis_server.url, decode_responses=True)
        send_status(client, keys, self.agents, status)

        def done() -> bool:
            views = [client.hget(keys.live("agent"), agent.id) for agent in self.agents]
            return all(isinstance(view, str) and json.loads(view)["status"] == status for view in views)

        wait_until(done, f"agents {status}")
