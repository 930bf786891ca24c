"""The card that `make run` prints when everything is up: addresses, accounts, and what to try next."""

from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.run.ports import local_url
from switchroom.settings import Settings


def card(facts: dict[str, Any], settings: Settings) -> RenderableType:
    """Return the facts of `var/demo.json` as a panel for the terminal."""
    sip = facts["sip"]
    parts: list[RenderableType] = [
        _places(facts, settings),
        Text("\nNumbers to call", style="bold"),
        _numbers(facts),
        Text(f"\nAgents (SIP {sip['transport'].upper()} at {sip['host']}:{sip['port']})", style="bold"),
        _agents(facts),
        Text("\nWhat to try next", style="bold"),
        _next(facts),
    ]
    return Panel(Group(*parts), title="Switchroom is running", border_style="green", padding=(1, 2))


def _places(facts: dict[str, Any], settings: Settings) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    base = facts["api_base"].removesuffix("/v1")
    for name, value in (
        ("Console", f"{base}/console/"),
        ("API", facts["api_base"]),
        ("Sign-in", facts["auth_base"]),
        ("API reference", f"{base}/docs"),
        (
            "Health, metrics",
            f"{base}/health   {local_url(settings.private_host, settings.private_port)}/metrics",
        ),
        ("Recordings (S3)", f"{facts['s3']['endpoint']}/{facts['s3']['bucket']}"),
        ("Mail", _mail(settings)),
        ("Administrator", f"{facts['admin']['email']}   password {facts['admin']['password']}"),
        ("Logs", f"{settings.var_dir}/log"),
    ):
        table.add_row(Text(name, style="dim"), value)
    return table


def _mail(settings: Settings) -> str:
    if settings.smtp_url:
        return "sent"
    return "not configured: invitations and links wait\n(set SWITCHROOM_SMTP_URL)"


def _numbers(facts: dict[str, Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for number in facts["numbers"]:
        table.add_row(Text(number["e164"], style="cyan"), number["name"])
    return table


def _agents(facts: dict[str, Any]) -> Table:
    """Return a table of the agents. Each has several lines, so that it fits a terminal of 80 columns."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for agent in facts["agents"]:
        table.add_row(
            Text(agent["extension"], style="cyan"), f"{agent['email']}   password {agent['password']}"
        )
        table.add_row("", f"SIP user {agent['sip_username']}")
        table.add_row("", f"SIP password {agent['sip_password']}")
    return table


def _next(facts: dict[str, Any]) -> RenderableType:
    sip, number = facts["sip"], facts["numbers"][0]["e164"]
    address = f"sip:{number}@{sip['host']}:{sip['port']}"
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("make demo-call", "a real call, step by step, from another terminal")
    table.add_row("your browser", "in the console as an agent: Phone, Switch on; then Available, Call in, 1")
    table.add_row("your softphone", f"register it as an agent, or just call\n{address}")
    table.add_row("var/demo.json", "all of this for scripts")
    table.add_row("Ctrl-C", "stops everything")
    return table
