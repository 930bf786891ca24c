"""Click to call: rings the caller's own phone first, then what they want to call.

What can be known here is refused here, with its reason. The engine asks the same rules again, and counts the call.
"""

from sqlmodel import col, select

from api.core.errors import Conflict, ValidationFailed
from api.core.scope import Scope
from api.telephony.live_views import Live
from api.telephony.outbound.service import policy_of
from api.telephony.own_team import own_member, own_team
from models import DidNumber, Team, TeamUser
from routing.outbound.destinations import destination, one_spelling
from routing.outbound.rule import where
from switchroom.ids import new_id
from switchroom.messages.commands import PlaceCall
from switchroom.numbers import country_code, digits_of, is_emergency, parse
from switchroom.settings import Settings

LONGEST_EXTENSION = 6


def place_call(scope: Scope, settings: Settings, live: Live, to: str, team_id: str | None) -> str:
    """Ask the engine to place the call. Return the call's id.

    Raises NotFound for a stranger's team, ValidationFailed for what is no number, and Conflict with the `reason` for
    a call that cannot be made.
    """
    team = own_team(scope, team_id)
    member = own_member(scope, team)
    dialled, number = _destination(scope, team, to)
    if dialled == member.extension:
        raise Conflict("This is your own extension", reason="own-extension")
    require_phone(scope, live, team.id)
    if number:
        _require_allowed(scope, settings, team, member, number)
    call = new_id()
    live.ask(PlaceCall(call=call, member=member.id, dialled=dialled, number=number))
    return call


def _destination(scope: Scope, team: Team, to: str) -> tuple[str, str]:
    """Return the digits, and the telephone number (E.164) that they mean; empty: they are an extension."""
    digits, country = digits_of(to), country_code(team.country)
    if is_emergency(digits, country):
        raise Conflict("Dial an emergency number on the telephone itself", reason="emergency")
    if digits and len(digits) <= LONGEST_EXTENSION and not digits.startswith("+"):
        same = (col(TeamUser.team_id) == team.id, col(TeamUser.extension) == digits)
        if scope.session.exec(select(TeamUser.id).where(*same)).first() is not None:
            return digits, ""
    number = parse(to, country)
    if not number:
        raise ValidationFailed({"to": "No extension of the team, and no telephone number of its country"})
    return number, one_spelling(number)


def require_phone(scope: Scope, live: Live, team_id: str) -> None:
    """Raise Conflict if it is known that none of the caller's telephones is registered. The engine knows it of all."""
    views = live.agents(scope.agent_ids(team_id))
    if views and not any(view.registered for view in views.values()):
        raise Conflict("None of your telephones is registered", reason="not-registered")


def _require_allowed(scope: Scope, settings: Settings, team: Team, member: TeamUser, number: str) -> None:
    """Raise Conflict with the rule's reason if the team may not ring the number. A number of ours needs no leave."""
    found = scope.session.exec(select(DidNumber.e164).where(col(DidNumber.e164) == number)).first()
    if found is not None:
        return
    own = set(scope.session.exec(select(DidNumber.e164).where(col(DidNumber.team_id) == team.id)))
    wanted = [one for one in (member.caller_id_number, team.main_number) if one in own]
    identity = next(iter(wanted), min(own, default=""))
    home = destination(identity).country if identity else ""
    denial = where(policy_of(scope.session, settings, team.id), destination(number), home)
    reason = denial.value if denial is not None else "" if identity else "no-identity"
    if reason:
        raise Conflict("The team may not make this call to the telephone network", reason=reason)
