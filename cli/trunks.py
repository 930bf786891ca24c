"""`switchroom trunks`: over which trunks calls go out to the telephone network."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

trunks = typer.Typer(
    help="Over which trunks calls go out: of a team, of a number, to a prefix.", no_args_is_help=True
)
console = Console()

TeamOption = Annotated[str, typer.Option("--team", help="The team's id or slug. Without it: every team.")]
NumberOption = Annotated[
    str, typer.Option("--number", help="Calls that show this number (E.164). Without it: any.")
]
PrefixOption = Annotated[
    str, typer.Option("--prefix", help="Calls to numbers that begin so: +49. Without it: to any.")
]


@trunks.command("list")
def list_trunks() -> None:
    """List the trunks that have a host, and the rules in the order in which they are asked."""
    from api.telephony.outbound.trunks import list_rules
    from models import Team
    from switchroom.database import get_engine, session
    from switchroom.settings import get_settings

    console.print("trunks:", ", ".join(get_settings().ways_out) or "none", highlight=False, markup=False)
    table = Table("team", "number", "prefix", "trunks", box=None)
    with session(get_engine(), readonly=True) as db:
        for rule in list_rules(db):
            team = db.get(Team, rule.team_id) if rule.team_id else None
            table.add_row(
                team.slug if team else "every",
                rule.number or "any",
                rule.prefix or "any",
                ", ".join(rule.trunks),
            )
    console.print(table)


@trunks.command("set")
def set_trunks(
    names: Annotated[list[str], typer.Argument(help="Names of trunks, best first.")],
    team: TeamOption = "",
    number: NumberOption = "",
    prefix: PrefixOption = "",
) -> None:
    """Let calls go over these trunks, one after the other until one takes the call."""
    from api.accounts.audit import COMMAND_LINE
    from api.core.errors import ValidationFailed
    from api.telephony.outbound.trunks import set_rule
    from cli.outbound import find_team
    from switchroom.database import get_engine, session
    from switchroom.settings import get_settings

    try:
        with session(get_engine()) as db:
            of = find_team(db, team).id if team else None
            set_rule(db, get_settings(), COMMAND_LINE, names, team=of, number=number, prefix=prefix)
    except ValidationFailed as error:
        for field, why in error.response.items():
            console.print(f"{field}: {why}", highlight=False, markup=False)
        raise typer.Exit(2) from None
    list_trunks()


@trunks.command("remove")
def remove_trunks(team: TeamOption = "", number: NumberOption = "", prefix: PrefixOption = "") -> None:
    """Remove a rule."""
    from api.accounts.audit import COMMAND_LINE
    from api.core.errors import NotFound
    from api.telephony.outbound.trunks import remove_rule
    from cli.outbound import find_team
    from switchroom.database import get_engine, session

    try:
        with session(get_engine()) as db:
            of = find_team(db, team).id if team else None
            remove_rule(db, COMMAND_LINE, team=of, number=number, prefix=prefix)
    except NotFound:
        console.print("There is no such rule.", highlight=False, markup=False)
        raise typer.Exit(1) from None
    list_trunks()
