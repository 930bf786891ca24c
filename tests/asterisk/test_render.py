"""The configuration that `cli.run.asterisk_config` writes, and the instances that it refuses."""

import dataclasses
import re
from pathlib import Path

import pytest

from cli.run.asterisk_config import AsteriskError, AsteriskInstance, PeerNode, Trunk, installed, render

pytestmark = pytest.mark.unit


@pytest.fixture
def instance(tmp_path: Path) -> AsteriskInstance:
    return AsteriskInstance(
        name="a",
        home=tmp_path,
        ami_secret="ami-secret",
        api_url="http://127.0.0.1:8000/",
        node_secret="node-secret",
        trunks=(
            Trunk("provider", ("203.0.113.5", "198.51.100.0/24"), "sip.example.net", "user", "pass", True),
        ),
        nodes=(PeerNode("b", "192.0.2.7", 5060, "between"),),
    )


def test_every_template_is_rendered_and_kept_from_others(instance: AsteriskInstance) -> None:
    etc = render(instance)
    names = {path.name for path in etc.iterdir()}
    assert {
        "asterisk.conf",
        "extensions.conf",
        "manager.conf",
        "pjsip.conf",
        "sorcery.conf",
        "extconfig.conf",
    } <= names
    for path in etc.iterdir():
        assert "{{" not in path.read_text(), path
        assert path.stat().st_mode & 0o007 == 0, path


def test_the_dialplan_stays_short(instance: AsteriskInstance) -> None:
    assert len((render(instance) / "extensions.conf").read_text().splitlines()) < 430


def test_emergency_calls_go_out_over_every_trunk_with_a_host(instance: AsteriskInstance) -> None:
    trunks = (
        Trunk("deaf", ("203.0.113.1",)),
        *instance.trunks,
        Trunk("two", ("203.0.113.2",), "two.example"),
    )

    def tried(**changes: object) -> list[str]:
        etc = render(dataclasses.replace(instance, **changes))  # type: ignore[arg-type]
        return re.findall(r"Dial\(PJSIP/\$\{EXTEN\}@(\w+),,i\)", (etc / "extensions.conf").read_text())

    assert tried(trunks=trunks) == ["provider", "two"]
    assert tried(trunks=trunks, outbound_trunk="two") == ["two", "provider"]
    assert tried(trunks=trunks[:1]) == []


def test_nobody_is_served_anonymously_unless_networks_are_named(instance: AsteriskInstance) -> None:
    etc = render(instance)
    assert not re.search("anonymous|visitor", (etc / "pjsip.conf").read_text())
    assert "anonymous" not in (etc / "modules.conf").read_text()
    render(dataclasses.replace(instance, anonymous_from=("127.0.0.0/8",)))
    sections = (etc / "pjsip.conf").read_text().split("\n[anonymous]\n")
    assert "endpoint_identifier_order = ip,username,anonymous\n" in sections[0]
    for endpoint in sections[1].split("\n[visitor]\n"):
        lines = endpoint.split("\n\n")[0].splitlines()
        assert {
            "type = endpoint",
            "context = inbound",
            "deny = 0.0.0.0/0.0.0.0",
            "permit = 127.0.0.0/8",
        } <= set(lines)
    assert "load = res_pjsip_endpoint_identifier_anonymous.so\n" in (etc / "modules.conf").read_text()


def test_the_nodes_password_stays_out_of_the_url(instance: AsteriskInstance) -> None:
    etc = render(instance)
    assert (
        "ps_auths => curl,http://127.0.0.1:8000/asterisk/ps_auths\n" in (etc / "extconfig.conf").read_text()
    )
    assert "userpwd = a:node-secret" in (etc / "res_curl.conf").read_text()


def test_without_an_api_nothing_is_looked_up(instance: AsteriskInstance) -> None:
    etc = render(dataclasses.replace(instance, api_url=None))
    assert "curl" not in (etc / "extconfig.conf").read_text()
    assert "realtime," not in (etc / "sorcery.conf").read_text()


@pytest.mark.parametrize(
    ("version", "by_name"),
    [
        ((18, 26), False),
        ((20, 10), False),
        ((20, 11), True),
        ((21, 6), True),
        ((22, 0), False),
        ((22, 1), True),
        ((23, 0), True),
    ],
)
def test_event_filters_are_written_as_the_version_reads_them(
    instance: AsteriskInstance, version: tuple[int, int], by_name: bool
) -> None:
    text = (render(dataclasses.replace(instance, version=version)) / "manager.conf").read_text()
    assert ("name(DialBegin)" in text) is by_name
    assert ("^Event: DialBegin" in text) is not by_name


@pytest.mark.parametrize(
    "change",
    [
        {"ami_secret": "a\nwrite = all"},
        {"node_secret": "a;b"},
        {"name": "A-1"},
        {"fallback_sounds": ("x${SHELL(id)}",)},
        {"trunks": (Trunk("t", ("1.2.3.4\n[x]",)),)},
        {"nodes": (PeerNode("b", "h", 1, "s\ncontext=agent"),)},
    ],
)
def test_values_that_would_break_out_of_their_line_are_refused(
    instance: AsteriskInstance, change: dict[str, object]
) -> None:
    with pytest.raises(AsteriskError):
        render(dataclasses.replace(instance, **change))  # type: ignore[arg-type]


def test_a_machine_without_asterisk_gets_the_remedy(tmp_path: Path) -> None:
    launcher = tmp_path / "install.sh"
    launcher.write_text("#!/bin/sh\necho 'asterisk: no Asterisk is installed' >&2; exit 1\n")
    launcher.chmod(0o755)
    with pytest.raises(AsteriskError, match="no Asterisk is installed"):
        installed(launcher)


@pytest.mark.parametrize(
    ("version", "option"), [((18, 9), "S"), ((22, 9), "S"), ((22, 10), ""), ((23, 0), "")]
)
def test_recordings_keep_step_without_a_notice_for_each_call(
    instance: AsteriskInstance, version: tuple[int, int], option: str
) -> None:
    written = render(dataclasses.replace(instance, version=version)) / "extensions.conf"
    assert f"MixMonitor(,{option}r(" in written.read_text()


def test_tcp_and_codecs_are_settings(instance: AsteriskInstance) -> None:
    plain = (render(instance) / "pjsip.conf").read_text()
    assert "[transport-tcp]" not in plain
    trunk = dataclasses.replace(instance.trunks[0], codecs="g722,opus,ulaw")
    changed = dataclasses.replace(instance, tcp_port=5070, trunks=(trunk,))
    text = (render(changed) / "pjsip.conf").read_text()
    assert re.search(r"\[transport-tcp\]\ntype = transport\nprotocol = tcp\nbind = \S+:5070\n", text)
    assert "allow = g722,opus,ulaw\n" in text
    assert "allow = g722,opus,ulaw\n" not in plain


def test_ipv6_adds_a_listener_for_each_transport(instance: AsteriskInstance) -> None:
    trunks = (Trunk("old", ("203.0.113.5",)), Trunk("new", ("2001:db8::5",)))

    def rendered(**changes: object) -> str:
        changed = dataclasses.replace(instance, tcp_port=5060, trunks=trunks, **changes)  # type: ignore[arg-type]
        return (render(changed) / "pjsip.conf").read_text()

    assert "transport-udp6" not in rendered()
    text = rendered(ipv6_bind="::", external_address="203.0.113.9")
    for protocol in ("udp", "tcp"):
        section = text.split(f"[transport-{protocol}6]\n")[1].split("\n\n")[0]
        assert "bind = [::]:5060" in section
        assert "external" not in section
    assert text.count("rtp_ipv6 = yes") == 1
