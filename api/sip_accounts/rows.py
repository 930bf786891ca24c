"""The rows that Asterisk's sorcery reads for a SIP account. Endpoint, auth and AOR share one id: the SIP username."""

from collections.abc import Callable

from models import BrowserPhone, Team, TeamUser, User
from switchroom.numbers import country_code, emergency_pattern
from switchroom.settings import Settings

Row = dict[str, str | tuple[str, ...]]
"""Field -> value. A field with several values stands several times in Asterisk's configuration."""

_MAX_CONTACTS = "5"
_QUALIFY_SECONDS = "30"
_QUALIFY_BROWSER_SECONDS = "10"
"""A browser in the background may be put to sleep: who is not reached is not offered."""
_LONGEST_ADDRESS = 255
_ENDS_A_NAME = frozenset('"\\<>')
_LONGEST_NAME = 70
"""Asterisk keeps 79 bytes of a display name."""
SRTP_OFFERED: dict[str, str] = {"media_encryption": "sdes", "media_encryption_optimistic": "yes"}
"""Fields by which Asterisk offers and takes encrypted media. The offer says RTP/AVP, so a phone without SRTP
is served, too. A phone that insists on SRTP wants RTP/SAVP, and refuses this offer with 488."""
SRTP_REQUIRED: dict[str, str] = {"media_encryption": "sdes", "media_encryption_optimistic": "no"}
"""Fields by which Asterisk offers and takes encrypted media only, in the profile RTP/SAVP."""


def endpoint_row(member: TeamUser, user: User, team: Team, settings: Settings) -> Row:
    """Return the row of `ps_endpoints`.

    The account may call its own team (the context `agent` reads `SR_TEAM`), see the states of its members
    (`subscribe_context`), and call the emergency numbers of the team's country, as the team's main number. Colleagues
    see the extension and the member's `caller_id_name`, or else the user's name.
    """
    name = _name(member)
    return {
        "id": name,
        "aors": name,
        "auth": name,
        "context": "agent",
        "disallow": "all",
        "allow": ",".join(settings.phone_codecs),
        "direct_media": "no",
        "rtp_timeout": str(settings.rtp_timeout),
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        "dtmf_mode": "auto",
        "send_connected_line": "no",
        "allow_transfer": "yes",
        "message_context": "refused",
        "allow_subscribe": "yes",
        "subscribe_context": f"hints-{member.team_id[-12:]}",
        "callerid": f'"{shown_name(member, user)}" <{member.extension}>',
        "set_var": (
            "TRANSFER_CONTEXT=transfer",
            f"SR_TEAM={member.team_id[-12:]}",
            f"SR_EMERGENCY={emergency_pattern(country_code(team.country))}",
            f"SR_MAIN_NUMBER={team.main_number or ''}",
        ),
        # The keys of SRTP are in the SIP messages. Where phones can use TLS, those are private.
        **(_srtp(settings) if settings.sip_tls_port else {}),
    }


def auth_row(member: TeamUser, _user: User, _team: Team, _settings: Settings) -> Row:
    """Return the row of `ps_auths`: the account's name and its generated password."""
    name = _name(member)
    return {"id": name, "auth_type": "userpass", "username": name, "password": member.extension_secret or ""}


def aor_row(member: TeamUser, _user: User, _team: Team, _settings: Settings) -> Row:
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


def is_address(name: str) -> bool:
    """Return whether this is where a telephone registered from, rather than the name of an account."""
    return name.startswith(("sip:", "sips:")) and len(name) <= _LONGEST_ADDRESS


def address_row(address: str) -> Row:
    """Return the row of `ps_aors` for a telephone's address.

    Asterisk asks for it before it rings one of several telephones of an account. To an AOR without contacts it prefers
    the address itself; without the row, which it keeps, it would ask again for each call.
    """
    return {"id": address, "max_contacts": "0"}


def browser_endpoint_row(
    phone: BrowserPhone, member: TeamUser, user: User, team: Team, settings: Settings
) -> Row:
    """Return the row of `ps_endpoints` of a member's browser. It may do what the member's other phones may.

    `webrtc` means DTLS-SRTP with a certificate that Asterisk makes itself, ICE, and RTP and RTCP on one port.
    """
    row = endpoint_row(member, user, team, settings)
    for name in SRTP_OFFERED:
        row.pop(name, None)
    return {
        **row,
        **dict.fromkeys(("id", "aors", "auth"), phone.account),
        "webrtc": "yes",
        "allow": ",".join(settings.browser_codecs),
    }


def browser_auth_row(phone: BrowserPhone, *_: object) -> Row:
    """Return the row of `ps_auths` of a browser."""
    name = phone.account
    return {"id": name, "auth_type": "userpass", "username": name, "password": phone.password}


def browser_aor_row(phone: BrowserPhone, *_: object) -> Row:
    """Return the row of `ps_aors` of a browser. A page that was loaded again takes the place of the one before."""
    return {
        "id": phone.account,
        "max_contacts": "1",
        "qualify_frequency": _QUALIFY_BROWSER_SECONDS,
        "remove_existing": "yes",
        "default_expiration": "120",
        "minimum_expiration": "30",
        "maximum_expiration": "600",
    }


BROWSER_TABLES: dict[str, Callable[..., Row]] = {
    "ps_endpoints": browser_endpoint_row,
    "ps_auths": browser_auth_row,
    "ps_aors": browser_aor_row,
}
"""Realtime family -> the row of a browser that is a phone."""

TABLES = {"ps_endpoints": endpoint_row, "ps_auths": auth_row, "ps_aors": aor_row}
"""Realtime family -> the row of a member of a team."""


def matches(row: Row, field: str, value: str) -> bool:
    """Say whether a row meets one condition of sorcery: `id`, `id LIKE`, `mailboxes !=`, `qualify_frequency >` ...

    A field that the row lacks counts as empty. `LIKE` knows `%` at either end only, as sorcery asks for no more.
    """
    name, _, operator = field.partition(" ")
    value_of = row.get(name, "")
    mine = value_of if isinstance(value_of, str) else ",".join(value_of)
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


def shown_name(member: TeamUser, user: User) -> str:
    """Return the name that an admin gave the member's calls, else the user's, without what ends a display name in
    SIP."""
    name = " ".join((member.caller_id_name or f"{user.first_name} {user.last_name}").split())
    return "".join(sign for sign in name if sign.isprintable() and sign not in _ENDS_A_NAME)[:_LONGEST_NAME]


def _srtp(settings: Settings) -> dict[str, str]:
    return SRTP_REQUIRED if settings.sip_srtp == "required" else SRTP_OFFERED


def _name(member: TeamUser) -> str:
    if member.sip_username is None:
        raise ValueError(f"membership {member.id} has no SIP account")
    return member.sip_username
