"""What res_config_curl asks: `POST /asterisk/<table>/single` and `/multi`. Answers are lines of URL-encoded pairs.

The private listener serves it, and no other.

For a row that does not exist the answer is empty, with status 200: Asterisk reads the body and ignores most statuses.
"""

import secrets
from functools import partial
from typing import Annotated
from urllib.parse import parse_qsl, quote

from fastapi import Depends, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from api.conventions.openapi import shows_text
from api.core.context import Context, run_on
from api.core.deps import ContextDep
from api.core.errors import NotFound, Unauthenticated
from api.core.route import router as operations
from api.sip_accounts.music import MUSIC, music_rows
from api.sip_accounts.rows import TABLES, Row, matches
from models import MemberStatus, Team, TeamUser, User, UserStatus
from switchroom.settings import AsteriskNode

_basic = HTTPBasic(auto_error=False)
_LARGEST_QUERY = 4096
WRONG_SECRETS = "20 per minute"


async def require_node(
    context: ContextDep, credentials: Annotated[HTTPBasicCredentials | None, Depends(_basic)]
) -> AsteriskNode:
    """Return the node that asks. Raise Unauthenticated unless it is one of ours, with the nodes' secret. Without a
    secret none may ask.

    Raise RateLimited after some wrong secrets, from wherever they come. The right one is always taken, so that nobody
    can lock the nodes out.
    """
    secret = context.settings.node_secret.get_secret_value()
    user, password = (credentials.username, credentials.password) if credentials else ("", "")
    known = [n for n in context.settings.nodes if secrets.compare_digest(user.encode(), n.name.encode())]
    if not (secrets.compare_digest(password.encode(), secret.encode()) and known and secret):
        hit = partial(context.limiter.hit, WRONG_SECRETS, "wrong-node-secret")
        await run_on(context.pools.slow, hit)
        raise Unauthenticated("Only Asterisk nodes may ask this")
    return known[0]


NodeDep = Annotated[AsteriskNode, Depends(require_node)]

router = operations(
    prefix="/asterisk",
    tags=["asterisk"],
    dependencies=[Depends(require_node)],
    default_response_class=PlainTextResponse,
)


async def conditions(request: Request) -> list[tuple[str, str]]:
    """Return the conditions of the look-up: the body's pairs. Asterisk writes a blank as `+`."""
    body = (await request.body())[:_LARGEST_QUERY]
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


_PAIRS = {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
_ASKS = {"requestBody": {"content": {"application/x-www-form-urlencoded": _PAIRS}}}

_ROWS = shows_text("id=e101t0192f3c4d5e6&auth_type=userpass\n")
Conditions = Annotated[list[tuple[str, str]], Depends(conditions)]


@router.post("/{table}/single", responses=_ROWS, openapi_extra=_ASKS)
async def find_sip_row(table: str, wanted: Conditions, context: ContextDep, node: NodeDep) -> Response:
    """Find the first row that meets the conditions."""
    rows = await _rows(context, node, table, wanted)
    return PlainTextResponse(_line(rows[0]) if rows else "")


@router.post("/{table}/multi", responses=_ROWS, openapi_extra=_ASKS)
async def find_sip_rows(table: str, wanted: Conditions, context: ContextDep, node: NodeDep) -> Response:
    """Find all rows that meet the conditions."""
    return PlainTextResponse("".join(map(_line, await _rows(context, node, table, wanted))))


@router.post("/{table}/require", responses=shows_text("0"), openapi_extra=_ASKS)
async def require_sip_fields(table: str) -> Response:
    """Say that a table has the fields that Asterisk asks for. A field that a row lacks has its default."""
    if table not in TABLES and table != MUSIC:
        raise NotFound("table")
    return PlainTextResponse("0")


async def _rows(context: Context, node: AsteriskNode, table: str, wanted: list[tuple[str, str]]) -> list[Row]:
    """Return the rows of this table that meet every condition. Without a condition there is none."""
    if table == MUSIC:
        return music_rows(node, wanted)
    row_of = TABLES.get(table)
    if row_of is None:
        raise NotFound("table")
    if not wanted:
        return []
    query = _accounts()
    for field, value in wanted:
        if field == "id":
            query = query.where(TeamUser.sip_username == value)

    def look_up(session: Session) -> list[Row]:
        return [row_of(*found, context.settings) for found in session.exec(query)]

    rows = await run_on(context.pools.lookups, partial(context.read, look_up))
    return [row for row in rows if all(matches(row, field, value) for field, value in wanted)]


def _accounts() -> Select[TeamUser, User, Team]:
    """Select the active memberships of active users that have an extension, and so a SIP account."""
    return (
        select(TeamUser, User, Team)
        .join(User, col(User.id) == col(TeamUser.user_id))
        .join(Team, col(Team.id) == col(TeamUser.team_id))
        .where(
            col(TeamUser.status) == MemberStatus.ACTIVE.value,
            col(User.status) == UserStatus.ACTIVE.value,
            col(Team.suspended_at).is_(None),
            col(TeamUser.extension).is_not(None),
            col(TeamUser.sip_username).is_not(None),
            col(TeamUser.extension_secret).is_not(None),
        )
        .order_by(col(TeamUser.sip_username))
    )


def _line(row: Row) -> str:
    pairs = (
        (name, one) for name, value in row.items() for one in ([value] if isinstance(value, str) else value)
    )
    return "&".join(f"{quote(name, safe='')}={quote(one, safe='')}" for name, one in pairs) + "\n"
