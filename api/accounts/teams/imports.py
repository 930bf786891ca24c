"""People of a CSV file: who is new is invited, and who is a member gets what the file says."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from api.accounts.teams.invites import pending_member, send_invite
from api.accounts.teams.members import change_member, find_member, tell_of_member
from api.accounts.users.service import find_by_email
from api.conventions.body import Body, apply
from api.conventions.csv_import import CsvFile, CsvText, Imported
from api.conventions.fields import Email, Extension, Line, OneOf, TelephoneName, WrittenNumber
from api.core.scope import Scope
from models import MemberStatus, Role, Team, User, UserStatus
from switchroom.ids import public_id
from switchroom.settings import Settings


class PeopleFile(CsvFile):
    """People to invite, or to change."""

    csv: Annotated[CsvText, Field(examples=["email,extension\njane@example.com,2001\n"])]


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class ImportedUser(Body):
    """A row of the file. Names are those of a new account: who has one chooses them."""

    email: Email
    first_name: Line = ""
    last_name: Line = ""
    role: Annotated[OneOf[Role], BeforeValidator(_lower)] = Role.MEMBER
    extension: Extension | None = None
    position: Line | None = None
    caller_id_name: TelephoneName | None = None
    caller_id_number: WrittenNumber | None = None
    work_number: WrittenNumber | None = None
    home_number: WrittenNumber | None = None
    mobile_number: WrittenNumber | None = None


def import_user(scope: Scope, settings: Settings, team: Team, item: ImportedUser) -> Imported:
    """Invite the person, or change their membership. Raises ValidationFailed, Conflict, Forbidden."""
    session, changes = scope.session, item.changes()
    names = {name: changes.pop(name) for name in ("first_name", "last_name") if changes.get(name)}
    del changes["email"]
    user = find_by_email(session, item.email)
    member = None if user is None else find_member(session, team.id, user.id)
    known = user is not None and member is not None and member.status != MemberStatus.DEACTIVATED.value
    before = (user.model_dump(), member.model_dump()) if known else None  # type: ignore[union-attr]
    if not known:
        member = pending_member(scope, settings, team, item.email, item.role)
        changes.pop("role", None)
    assert member is not None  # noqa: S101 - only an active member is not invited
    user = session.get_one(User, member.user_id)
    if user.status == UserStatus.PENDING.value:
        apply(user, names)
    change_member(scope, member, changes)
    if before == (user.model_dump(), member.model_dump()):
        return "unchanged", public_id(user.id), item.email
    if not known:
        send_invite(scope, settings, team, member)
    tell_of_member(session, member)
    return "changed" if known else "created", public_id(user.id), item.email
