"""`switchroom admin`: what operators do on the machine itself. It needs no running api.

`POST /v1/platform/...` does the same for operators who sign in. Both write the audit log.
"""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlmodel import Session, col, select

from cli.readable import readable

app = typer.Typer(help="The operator: teams, users, sessions, quotas, the audit log.", no_args_is_help=True)
console = Console()
PIPE_WIDTH = 240

TeamName = Annotated[str, typer.Argument(help="The team's id or slug.")]
UserName = Annotated[str, typer.Argument(help="The user's e-mail address or id.")]


@app.command()
def teams() -> None:
    """List all teams."""
    from models import Team

    with _reading() as session:
        rows = session.exec(select(Team).order_by(col(Team.team_name))).all()
    _print(
        ("slug", "name", "made", "suspended", "quotas"),
        [(t.slug, t.team_name, _day(t.created_at), _day(t.suspended_at), readable(t.quotas)) for t in rows],
    )


@app.command()
def users() -> None:
    """List all users."""
    from models import User

    with _reading() as session:
        rows = session.exec(select(User).order_by(col(User.email))).all()
    _print(
        ("email", "status", "verified", "last sign-in", "operator"),
        [
            (u.email, u.status, _day(u.verified_at), _day(u.last_login_at), "yes" if u.operator else "")
            for u in rows
        ],
    )


def _act(command: str) -> Callable[[str], None]:
    """Return a command that does what `service` has under the same name to a team or a user."""
    name, kind = command.replace("-", "_"), "team" if command.endswith("-team") else "user"

    def act(named: str) -> None:
        from api.accounts.platform import service

        find = {"team": service.find_team, "user": service.find_user}[kind]
        _do(lambda session, actor: getattr(service, name)(session, actor, find(session, named)))

    def on_team(team: TeamName) -> None:
        act(team)

    def on_user(user: UserName) -> None:
        act(user)

    return on_team if kind == "team" else on_user


for _command, _help in {
    "suspend-team": "Suspend a team: members are kept out, phones and numbers do not work, calls are hung up.",
    "reactivate-team": "Bring a suspended team back as it was.",
    "suspend-user": "Suspend a user: sessions end, they cannot sign in, their calls are hung up.",
    "reactivate-user": "Let a suspended user in again.",
    "end-sessions": "End all sessions of a user.",
    "drop-second-factor": "Turn off the second factor of a user who lost the device and the recovery codes.",
}.items():
    app.command(_command, help=_help)(_act(_command))


@app.command()
def operator(
    user: UserName,
    remove: Annotated[bool, typer.Option("--remove", help="Take the role away.")] = False,
) -> None:
    """Make a user an operator of the installation: they may use /v1/platform."""
    from api.accounts.platform import service

    def change(session: Session, actor: Any) -> None:
        service.set_operator(session, actor, service.find_user(session, user), operator=not remove)

    _do(change)


@app.command("add-user")
def add_user(
    email: Annotated[str, typer.Argument(help="The e-mail address. It counts as verified.")],
    password: Annotated[
        str,
        typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if left out."),
    ],
    first_name: str = "",
    last_name: str = "",
) -> None:
    """Make an account, also where sign-up is closed."""
    from pydantic import TypeAdapter, ValidationError

    from api.accounts.platform import service
    from api.conventions.fields import Email, Password
    from api.core.passwords import hash_password

    try:
        address = TypeAdapter(Email).validate_python(email)
        password_hash = hash_password(TypeAdapter(Password).validate_python(password))
    except ValidationError as error:
        console.print("; ".join(str(item["msg"]) for item in error.errors()), style="red")
        raise typer.Exit(1) from None
    _do(
        lambda session, actor: service.add_user(
            session, actor, email=address, password_hash=password_hash, first=first_name, last=last_name
        )
    )


@app.command()
def quota(
    team: TeamName,
    limits: Annotated[
        list[str],
        typer.Argument(
            help="members=100 queues=20 numbers=10 mails_a_day=50 calls=60; `members=` resets it."
        ),
    ],
) -> None:
    """Set a team's own limits."""
    from api.accounts.platform import service
    from api.core.quotas import KINDS

    changes: dict[str, int | None] = {}
    for item in limits:
        kind, _, value = item.partition("=")
        if kind not in KINDS or (value and not value.isdecimal()):
            console.print(f"Not a limit: {item}. Known: {', '.join(KINDS)}", style="red")
            raise typer.Exit(2)
        changes[kind] = int(value) if value else None
    _do(lambda session, actor: service.set_quotas(session, actor, service.find_team(session, team), changes))


@app.command()
def reencrypt() -> None:
    """Encrypt the secrets in the database again, with the newest SWITCHROOM_SECRET_KEY."""
    from models.encrypted import reencrypt
    from switchroom import database
    from switchroom.settings import get_settings

    settings = get_settings()
    found = reencrypt(database.engine_of(settings), settings)
    console.print(
        f"{found.changed} secrets encrypted again, {found.unchanged} were already, {found.unreadable} unreadable"
    )
    if found.unreadable:
        console.print(
            "Name the key that encrypted those in SWITCHROOM_EARLIER_SECRET_KEYS, and run this again.",
            style="red",
        )
        raise typer.Exit(1)


@app.command()
def audit(
    most: Annotated[int, typer.Option(help="How many entries, newest first.", min=1, max=10_000)] = 50,
) -> None:
    """Show the audit log."""
    from models import AuditEntry

    with _reading() as session:
        rows = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(most)).all()
        names = _names(session, {id for row in rows for id in (row.object_id, row.team_id) if id is not None})
    _print(
        ("when", "who", "from", "what", "to", "team", "changes"),
        [
            (
                row.created_at.isoformat(timespec="seconds"),
                row.actor,
                row.address,
                row.action,
                names.get(row.object_id, row.object_id),
                names.get(row.team_id, row.team_id),
                readable(row.details, nothing="reset"),
            )
            for row in rows
        ],
    )


def _names(session: Session, ids: set[str]) -> dict[str | None, str]:
    """Return the names of teams and the e-mail addresses of users by id. What was deleted has none."""
    from models import Team, User

    teams = session.exec(select(Team).where(col(Team.id).in_(ids)))
    users = session.exec(select(User).where(col(User.id).in_(ids)))
    return {
        **{team.id: f"{team.team_name} ({team.slug})" for team in teams},
        **{user.id: user.email for user in users},
    }


@app.command("delete-audit")
def delete_audit(
    days: Annotated[int, typer.Option("--older-than-days", help="365 or more: younger entries stay.")],
) -> None:
    """Delete old entries of the audit log. The log says so."""
    from api.accounts.platform import service

    _do(lambda session, actor: service.delete_audit(session, actor, days))


def _do(act: Callable[[Session, Any], object]) -> None:
    """Carry an act out in one transaction, and tell the running apis to read again who may do what."""
    from redis import Redis, RedisError

    from api.accounts.audit import COMMAND_LINE
    from api.core.errors import DomainError
    from api.core.identities import EVERYBODY
    from switchroom import database
    from switchroom.redis_keys import Keys
    from switchroom.settings import get_settings

    settings = get_settings()
    try:
        with database.session(database.engine_of(settings)) as session:
            act(session, COMMAND_LINE)
    except DomainError as error:
        console.print(
            "; ".join(str(value) for value in error.response.values()), style="red", highlight=False
        )
        raise typer.Exit(1) from None
    try:
        Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2).publish(
            Keys(settings.shard).identities, f"admin {EVERYBODY}"
        )
    except RedisError:
        console.print("Done. Redis is away: a running api notices it within 30 seconds.")
        return
    console.print("Done.")


def _reading() -> Any:
    from switchroom import database
    from switchroom.settings import get_settings

    return database.session(database.engine_of(get_settings()), readonly=True)


def _print(titles: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    table = Table(*titles, box=None)
    for row in rows:
        table.add_row(*(Text(readable(value)) for value in row))
    # A pipe has no width. What reads it wants whole words.
    wide = console if console.is_terminal else Console(width=PIPE_WIDTH)
    wide.print(table)


def _day(moment: Any) -> str:
    return moment.date().isoformat() if moment else ""
