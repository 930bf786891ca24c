"""The rows that Asterisk's sorcery reads for a SIP account. Endpoint, auth and AOR share one id: the SIP username."""

from collections.abc import Mapping

from models import TeamUser

Row = dict[str, str]

_MAX_CONTACTS = "5"
_QUALIFY_SECONDS = "30"
_RTP_TIMEOUT_SECONDS = "60"


SRTP = {"media_encryption": "sdes", "media_encryption_optimistic": "yes"}
"""Fields of `ps_endpoints` by which Asterisk offers and takes encrypted media. A phone without it is served, too."""


def endpoint_row(member: TeamUser) -> Row:
    """Return the row of `ps_endpoints`. The account may call its own team only: the context `agent` reads `SR_TEAM`."""
    name = _name(member)
    return {
        "id": name,
        "aors": name,
        "auth": name,
        "context": "agent",
        "disallow": "all",
        "allow": "ulaw,alaw",
        "direct_media": "no",
        "rtp_timeout": _RTP_TIMEOUT_SECONDS,
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        "dtmf_mode": "auto",
        "send_connected_line": "no",
        "allow_transfer": "no",
        "allow_subscribe": "no",
        "device_state_busy_at": "1",
        "callerid": f"{member.extension} <{member.extension}>",
        "set_var": f"SR_TEAM={member.team_id[-12:]}",
    }


def auth_row(member: TeamUser) -> Row:
    """Return the row of `ps_auths`: the account's name and its generated password."""
    name = _name(member)
    return {"id": name, "auth_type": "userpass", "username": name, "password": member.extension_secret or ""}


def aor_row(member: TeamUser) -> Row:
    """Return the row of `ps_aors`. Several phones may register; each is qualified, and the oldest gives way."""
    return {
        "id": _name(member),
        "max_contacts": _MAX_CONTACTS,
        "qualify_frequency": _QUALIFY_SECONDS,
        "remove_existing": "yes",
        "default_expiration": "300",
        "minimum_expiration": "60",
        "maximum_expiration": "3600",
    }


TABLES = {"ps_endpoints": endpoint_row, "ps_auths": auth_row, "ps_aors": aor_row}
"""Realtime family -> the row of a member."""


def matches(row: Mapping[str, str], field: str, value: str) -> bool:
    """Say whether a row meets one condition of sorcery: `id`, `id LIKE`, `mailboxes !=`, `qualify_frequency >` ...

    A field that the row lacks counts as empty. `LIKE` knows `%` at either end only, as sorcery asks for no more.
    """
    name, _, operator = field.partition(" ")
    mine = row.get(name, "")
    if operator.upper() == "LIKE":
        return _like(mine, value)
    if operator in ("", "="):
        return mine == value
    if operator == "!=":
        return mine != value
    return _compares(mine, operator, value)


def _like(mine: str, pattern: str) -> bool:
    plain = pattern.strip("%")
    if pattern.startswith("%") and pattern.endswith("%"):
        return plain in mine
    if pattern.endswith("%"):
        return mine.startswith(plain)
    if pattern.startswith("%"):
        return mine.endswith(plain)
    return mine == pattern


def _compares(mine: str, operator: str, value: str) -> bool:
    if not (mine.isdecimal() and value.isdecimal()):
        return False
    left, right = int(mine), int(value)
    outcomes = {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}
    return outcomes.get(operator, False)


def _name(member: TeamUser) -> str:
    if member.sip_username is None:
        raise ValueError(f"membership {member.id} has no SIP account")
    return member.sip_username
