"""`switchroom outbound`: an operator opens the telephone network for a team, closes it, and sees what is allowed."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlmodel import Session, col, select

from cli.readable import readable
from switchroom.settings import get_settings

outbound = typer.Typer(help="Calls to the telephone network: what a team may dial.", no_args_is_help=True)
console = Console()

TeamArgument = Annotated[str, typer.Argument(help="The team's id or slug.")]
Cap = Annotated[int | None, typer.Option(min=0, help="Calls a day; without it: as the settings say.")]
AtOnce = Annotated[
    int | None, typer.Option(min=0, help="Calls at the same time; without it: as the settings say.")
]

Minutes = Annotated[
    int | None, typer.Option(min=0, help="Minutes of talk a day; without it: as the settings say.")
]
Money = Annotated[
    int | None, typer.Option(min=0, help="What these cost a day; without it: as the settings say.")
]


@outbound.command("open")
def open_outbound(
    team: TeamArgument,
    countries: Annotated[
        str, typer.Option(help="ISO 3166 codes: CA,US; `own`: the country of the team's number; `*`: all.")
    ] = "own",
    classes: Annotated[str, typer.Option(help="fixed,mobile ... Without it: as the settings say.")] = "",
    team_per_day: Cap = None,
    member_per_day: Cap = None,
    number_per_day: Cap = None,
    destination_per_day: Cap = None,
    team_at_once: AtOnce = None,
    member_at_once: AtOnce = None,
    team_minutes_per_day: Minutes = None,
    member_minutes_per_day: Minutes = None,
    team_money_per_day: Money = None,
    member_money_per_day: Money = None,
) -> None:
    """Let a team dial in the telephone network. What was decided before is replaced."""
    _decide(
        team,
        open=True,
        countries=countries.split(","),
        classes=classes.split(",") if classes else None,
        team_per_day=team_per_day,
        member_per_day=member_per_day,
        number_per_day=number_per_day,
        destination_per_day=destination_per_day,
        team_at_once=team_at_once,
        member_at_once=member_at_once,
        team_minutes_per_day=team_minutes_per_day,
        member_minutes_per_day=member_minutes_per_day,
        team_money_per_day=team_money_per_day,
        member_money_per_day=member_money_per_day,
    )


@outbound.command("close")
def close_outbound(team: TeamArgument) -> None:
    """Let no call of a team go out to the telephone network. Calls that talk go on."""
    _decide(team, open=False)


@outbound.command("show")
def show_outbound(team: TeamArgument) -> None:
    """Show what a team may dial, and the secret that signs its alarms."""
    from switchroom.database import get_engine, session

    with session(get_engine(), readonly=True) as db:
        _show(db, find_team(db, team))


def _decide(name: str, **limits: Any) -> None:
    from api.accounts.audit import COMMAND_LINE
    from api.core.errors import ValidationFailed
    from api.telephony.outbound.schemas import OutboundNarrow
    from api.telephony.outbound.service import decide
    from models import DecidedBy
    from switchroom.database import get_engine, session

    try:
        checked = OutboundNarrow(**limits).model_dump(mode="json")
    except (ValidationError, ValidationFailed) as error:
        console.print(str(error), highlight=False, markup=False)
        raise typer.Exit(2) from None
    with session(get_engine()) as db:
        team = find_team(db, name)
        decide(db, COMMAND_LINE, team.id, DecidedBy.OPERATOR, checked)
        db.flush()
        _show(db, team)


def find_team(db: Session, name: str) -> Any:
    """Return the team. Exit with status 1 if there is none."""
    from models import Team
    from switchroom.ids import parse_id

    found = parse_id(name)
    by = col(Team.id) == found if found else col(Team.slug) == name.lower()
    team = db.exec(select(Team).where(by)).first()
    if team is None:
        console.print(f"No team has the id or slug {name}.", highlight=False, markup=False)
        raise typer.Exit(1)
    return team


def _show(db: Session, team: Any) -> None:
    from dataclasses import asdict

    from api.telephony.outbound.service import policy_of
    from switchroom.webhook_signature import team_secret

    settings = get_settings()
    table = Table("limit", "value", box=None)
    for name, value in asdict(policy_of(db, settings, team.id)).items():
        table.add_row(name, readable(value, nothing="none"))
    table.add_row("alarms are signed with", team_secret(settings.secret_key, team.id))
    console.print(table)
