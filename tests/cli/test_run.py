"""`switchroom run` before and around its processes: secrets, ports, a second run, the supervisor's file."""

import configparser
import io
import json
import re
import socket
import stat
import threading
from pathlib import Path

import pytest
from rich.console import Console

from cli.errors import RunError
from cli.run import environment, foreground, health, ports, supervisor
from cli.run.card import card
from switchroom.settings import AsteriskNode, Settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]


def settings_of(path: Path) -> Settings:
    return Settings(_env_file=path)  # type: ignore[call-arg]


class TestSecrets:
    def test_are_made_once_and_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "var" / "switchroom.env"
        assert environment.ensure(path)
        content = path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        assert not environment.ensure(path)
        assert path.read_text() == content
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(path.parent.iterdir()) == [path]

    def test_are_enough_for_production(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "switchroom.env"
        environment.ensure(path)
        monkeypatch.setenv("SWITCHROOM_ENVIRONMENT", "production")
        settings = settings_of(path)
        assert len(settings.secret_key.get_secret_value()) >= 32
        assert len(settings.nodes[0].ami_secret.get_secret_value()) >= 32
        assert settings.s3_secret_key.get_secret_value()

    def test_differ_between_machines(self, tmp_path: Path) -> None:
        environment.ensure(tmp_path / "a")
        environment.ensure(tmp_path / "b")
        mine, theirs = settings_of(tmp_path / "a"), settings_of(tmp_path / "b")
        assert mine.secret_key != theirs.secret_key
        assert environment.demo_password(tmp_path / "a") != environment.demo_password(tmp_path / "b")

    def test_demo_password_is_kept_also_where_the_file_had_none(self, tmp_path: Path) -> None:
        path = tmp_path / "switchroom.env"
        path.write_text("SWITCHROOM_SHARD=main\n")
        assert environment.demo_password(path) == environment.demo_password(path)


class TestPorts:
    def test_a_taken_port_is_named_with_its_setting(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            number = other.getsockname()[1]
            settings = Settings(api_port=number)
            api = [port for port in ports.ports_of(settings) if port.what == "api"]
            with pytest.raises(RunError, match=rf"api: port {number} \(SWITCHROOM_API_PORT\)"):
                ports.require_free(api)

    def test_a_taken_udp_port_is_seen(self) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            assert ports.Port("SIP", "", "127.0.0.1", other.getsockname()[1], datagram=True).obstacle()

    @pytest.mark.parametrize(
        ("host", "why"), [("192.0.2.7", "does not have the address"), ("no-such-name.invalid", "")]
    )
    def test_an_address_that_is_not_ours_is_told_from_a_taken_port(self, host: str, why: str) -> None:
        obstacle = ports.Port("api", "", host, 0).obstacle()
        assert obstacle
        assert why in obstacle
        assert "another program" not in obstacle

    def test_every_port_that_a_setting_opens_is_looked_at(self) -> None:
        settings = Settings(sip_tcp_port=5070, sip_tls_port=5061, ami_bind="192.0.2.7")
        found = {port.what: (port.host, port.number) for port in ports.ports_of(settings)}
        assert found["SIP over TCP"] == ("127.0.0.1", 5070)
        assert found["SIP over TLS"] == ("127.0.0.1", 5061)
        assert found["AMI"][0] == "192.0.2.7"

    @pytest.mark.parametrize(
        ("host", "url"),
        [
            ("127.0.0.1", "http://127.0.0.1:8000"),
            ("0.0.0.0", "http://127.0.0.1:8000"),
            ("192.0.2.7", "http://192.0.2.7:8000"),
            ("::", "http://[::1]:8000"),
        ],
    )
    def test_the_api_is_looked_for_where_it_listens(self, host: str, url: str) -> None:
        assert ports.api_url(Settings(api_host=host)) == url

    def test_servers_elsewhere_need_no_port_here(self) -> None:
        settings = Settings(redis_url="redis://redis.example:6379/0", s3_endpoint="")
        assert {"Redis", "S3"}.isdisjoint(port.what for port in ports.ports_of(settings))

    def test_the_first_free_one_is_chosen(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            number = other.getsockname()[1]
            chosen = ports.free_near(number, ())
            assert chosen > number
            assert (chosen - number) % 10 == 0
            assert ports.free_near(number, (chosen,)) > chosen

    def test_phones_elsewhere_need_sip_on_every_address(self) -> None:
        assert ports.sip_bind(Settings()) == "127.0.0.1"
        assert ports.sip_bind(Settings(sip_host="192.0.2.7")) == "0.0.0.0"


def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    with (
        foreground._only_one(tmp_path),
        pytest.raises(RunError, match=r"already runs here \(process \d+\)"),
        foreground._only_one(tmp_path),
    ):
        pass
    with foreground._only_one(tmp_path) as lock:
        assert not lock.closed


class TestAsterisksStart:
    class Alive:
        def require_alive(self) -> None:
            """It lives."""

    def test_waits_for_the_api_to_listen(self) -> None:
        with socket.socket() as api:
            api.bind(("127.0.0.1", 0))
            settings = Settings(api_port=api.getsockname()[1])
            assert not health.wait_for_api(self.Alive(), settings, seconds=0)  # type: ignore[arg-type]
            listening = threading.Timer(0.1, api.listen)
            listening.start()
            assert health.wait_for_api(self.Alive(), settings, seconds=20)  # type: ignore[arg-type]
            listening.join()

    def test_ends_with_a_supervisor_that_ended(self) -> None:
        class Dead:
            def require_alive(self) -> None:
                raise RunError("it ended", "start it")

        with pytest.raises(RunError, match="it ended"):
            health.wait_for_api(Dead(), Settings(), seconds=20)  # type: ignore[arg-type]


class TestOutsideTrunk:
    trunks = ('[{"name": "in", "addresses": ["192.0.2.1"]}, {"name": "one", "addresses": [], "host": "h"},'
              ' {"name": "two", "addresses": [], "host": "i"}]')  # fmt: skip

    def test_is_the_first_that_leads_out_or_the_named_one(self) -> None:
        assert Settings(trunks=json.loads(self.trunks)).outside_trunk == "one"
        assert Settings(trunks=json.loads(self.trunks), outbound_trunk="two").outside_trunk == "two"
        assert Settings(trunks=json.loads(self.trunks)[:1]).outside_trunk == ""

    @pytest.mark.parametrize("name", ["in", "three"])
    def test_must_be_one(self, name: str) -> None:
        with pytest.raises(ValueError, match="outbound_trunk"):
            Settings(trunks=json.loads(self.trunks), outbound_trunk=name)


class TestSupervisor:
    @pytest.fixture
    def config(self) -> configparser.RawConfigParser:
        parser = configparser.RawConfigParser(inline_comment_prefixes=(" ;",))
        parser.read(ROOT / "supervisord.conf")
        return parser

    def test_every_program_restarts_alone_with_a_log_that_rotates(
        self, config: configparser.RawConfigParser
    ) -> None:
        programs = [name for name in config.sections() if name.startswith("program:")]
        assert {name.removeprefix("program:") for name in programs} == {
            "redis", "s3", "asterisk", "api", "engine", "record-writer", "mail-reader",
            "worker-recordings", "worker-default", "worker-transcripts",
        }  # fmt: skip
        for name in programs:
            assert config[name]["autorestart"] == "true"
            assert (config[name].get("autostart") == "false") == (name == "program:asterisk")
            assert config[name]["stdout_logfile_maxbytes"] == "10MB"

    def test_every_variable_it_expands_is_given(self, tmp_path: Path) -> None:
        used = set(re.findall(r"%\(ENV_(\w+)\)s", (ROOT / "supervisord.conf").read_text()))
        assert used <= set(supervisor.environment(Settings(var_dir=tmp_path)))
        assert "SR_VAR" in used

    def test_secrets_stand_in_no_command_line(self, tmp_path: Path) -> None:
        assert "AUTH" not in "".join(
            line
            for line in (ROOT / "supervisord.conf").read_text().splitlines()
            if line.startswith("command")
        )
        settings = Settings(var_dir=tmp_path, s3_access_key="id", s3_secret_key="word")  # type: ignore[arg-type]
        assert supervisor.environment(settings)["RCLONE_AUTH_KEY"] == '"id,word"'

    def test_a_deep_folder_gets_a_short_socket(self, tmp_path: Path) -> None:
        assert supervisor.socket_path(tmp_path / "v") == tmp_path / "v" / "supervisor.sock"
        deep = supervisor.socket_path(tmp_path / ("d" * 120))
        assert len(str(deep)) < 108


def test_production_trusts_no_caller_of_loopback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    facts = {"version": "22.10", "module_dir": "/m", "data_dir": "/d", "root": ""}
    monkeypatch.setattr(foreground, "installed", lambda: facts)
    secret = "s" * 32
    node = AsteriskNode(ami_secret=secret)  # type: ignore[arg-type]
    development = foreground.asterisk_instance(Settings(nodes=[node], var_dir=tmp_path))
    assert [trunk.addresses for trunk in development.trunks] == [("127.0.0.2",)]
    assert development.anonymous_from == ("127.0.0.0/8",)
    production = foreground.asterisk_instance(
        Settings(
            environment="production",
            secret_key=secret,  # type: ignore[arg-type]
            node_secret=secret,  # type: ignore[arg-type]
            nodes=[node],
            trunks=json.loads('[{"name": "carrier", "addresses": ["203.0.113.9"], "register": true}]'),
        )
    )
    assert [(trunk.name, trunk.register) for trunk in production.trunks] == [("carrier", True)]
    assert production.anonymous_from == ()


def test_production_wants_a_secret_between_nodes() -> None:
    secret = "s" * 32
    peer = {"name": "b", "host": "203.0.113.20", "secret": "short"}
    values = {
        "environment": "production",
        "secret_key": secret,
        "node_secret": secret,
        "nodes": [{"name": "a", "ami_secret": secret}],
    }
    with pytest.raises(ValueError, match=r"SWITCHROOM_PEERS \(b: secret\)"):
        Settings.model_validate({**values, "peers": [peer]})
    settings = Settings.model_validate({**values, "peers": [{**peer, "secret": secret}]})
    assert settings.peers[0].port == 5060


def test_this_node_is_the_one_that_is_named() -> None:
    nodes = [AsteriskNode(name="a"), AsteriskNode(name="b", ami_port=5039)]
    assert Settings(nodes=nodes, node="b").this_node.ami_port == 5039
    assert [p.number for p in ports.ports_of(Settings(nodes=nodes, node="b")) if p.what == "AMI"] == [5039]
    with pytest.raises(ValueError, match="does not name"):
        _ = Settings(nodes=nodes, node="c").this_node


def test_a_node_of_another_machine_does_not_hold_this_one_up(monkeypatch: pytest.MonkeyPatch) -> None:
    body: dict[str, object] = {"ok": False, "redis": True, "database": True}
    monkeypatch.setattr(health, "health_json", lambda _: body)
    body["nodes"] = {"a": "ready", "b": "disconnected"}
    assert health.engine_probe("", "a")() == ""
    assert "disconnected" in health.engine_probe("", "b")()
    body["database"] = False
    assert health.engine_probe("", "a")()


def test_the_card_tells_every_fact() -> None:
    facts = {
        "auth_base": "http://127.0.0.1:8000/auth",
        "api_base": "http://127.0.0.1:8000/v1",
        "sip": {"host": "127.0.0.1", "port": 5060, "transport": "udp"},
        "admin": {"email": "dana@demo.example", "password": "pw-admin", "user": "a1"},
        "agents": [
            {"email": "alice@demo.example", "password": "pw", "extension": "101",
             "sip_username": "e101tabc", "sip_password": "a1b2c3d4" * 6}
        ],
        "numbers": [{"e164": "+14165550100", "name": "Welcome menu"}],
        "s3": {"endpoint": "http://127.0.0.1:9390", "bucket": "switchroom"},
    }  # fmt: skip
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(card(facts, Settings()))
    shown = console.export_text()
    for fact in ("+14165550100", "e101tabc", "a1b2c3d4" * 6, "pw-admin", "127.0.0.1:5060", "make demo-call"):
        assert fact in shown
    assert "Mail" in shown
    assert "SWITCHROOM_SMTP_URL" in shown
    console.print(card(facts, Settings(smtp_url="smtp://mail.example.com")))
    assert "SWITCHROOM_SMTP_URL" not in console.export_text()
