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
from api.sip_accounts.rows import BROWSER_TABLES, TABLES, Row, address_row, is_address, matches
from models import BrowserPhone, MemberStatus, Team, TeamUser, User, UserStatus, utcnow
from switchroom.settings import AsteriskNode
from switchroom.sip_accounts import is_browser, may_be_account

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
    if table not in TABLES:
        raise NotFound("table")
    if not wanted:
        return []
    ids = [value for field, value in wanted if field == "id"]
    if table == "ps_aors" and ids and is_address(ids[0]):
        return [address_row(ids[0])]
    if not all(map(may_be_account, ids)):
        return []
    of_browser = any(map(is_browser, ids))

    def look_up(session: Session) -> list[Row]:
        rows: list[Row] = []
        if not of_browser:
            members = _accounts().where(*(col(TeamUser.sip_username) == id for id in ids))
            rows += (TABLES[table](*found, context.settings) for found in session.exec(members))
        if of_browser or not ids:
            browsers = _browsers().where(*(col(BrowserPhone.account) == id for id in ids))
            rows += (BROWSER_TABLES[table](*found, context.settings) for found in session.exec(browsers))
        return rows

    rows = await run_on(context.pools.lookups, partial(context.read, look_up))
    return [row for row in rows if all(matches(row, field, value) for field, value in wanted)]


_HAS_PHONE = (
    col(TeamUser.status) == MemberStatus.ACTIVE.value,
    col(User.status) == UserStatus.ACTIVE.value,
    col(Team.suspended_at).is_(None),
    col(TeamUser.extension).is_not(None),
    col(TeamUser.sip_username).is_not(None),
    col(TeamUser.extension_secret).is_not(None),
)


def _accounts() -> Select[TeamUser, User, Team]:
    """Select the active memberships of active users that have an extension, and so a SIP account."""
    return (
        select(TeamUser, User, Team)
        .join(User, col(User.id) == col(TeamUser.user_id))
        .join(Team, col(Team.id) == col(TeamUser.team_id))
        .where(*_HAS_PHONE)
        .order_by(col(TeamUser.sip_username))
    )


def _browsers() -> Select[BrowserPhone, TeamUser, User, Team]:
    """Select the accounts of browsers that are good.

    When an account registers that Asterisk did not know, it lists all endpoints to find those that use it. Without
    them it would neither qualify the contact nor tell the engine of it.
    """
    return (
        select(BrowserPhone, TeamUser, User, Team)
        .join(TeamUser, col(TeamUser.id) == col(BrowserPhone.member_id))
        .join(User, col(User.id) == col(TeamUser.user_id))
        .join(Team, col(Team.id) == col(TeamUser.team_id))
        .where(*_HAS_PHONE, col(BrowserPhone.expires_at) > utcnow())
        .order_by(col(BrowserPhone.account))
    )


def _line(row: Row) -> str:
    pairs = (
        (name, one) for name, value in row.items() for one in ([value] if isinstance(value, str) else value)
    )
    return "&".join(f"{quote(name, safe='')}={quote(one, safe='')}" for name, one in pairs) + "\n"
