"""Every operation of the document is called by everybody who may not call it, and by one who may.

A person who may not learns nothing about the team, and changes nothing. `MAY` says who may call an operation. One that
is not in it fails the test.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pytest
from httpx import Response
from sqlmodel import select

import models
from api.conventions.openapi import BEARER, NODE
from api.core.identities import forget_everybody
from models import AuthSession, MemberStatus, Role, TeamUser, User, UserStatus, utcnow
from switchroom.ids import dashed_id, parse_id
from tests.contract.document import OPERATIONS, Operation
from tests.contract.team import MARK, REFUSED, Team
from tests.support.api.client import Person

pytestmark = pytest.mark.service


class Least(IntEnum):
    """The least that a person must be to call an operation. Whoever is more, may too."""

    USER = 0
    """Signed in. They see and change what is theirs."""
    MEMBER = 1
    OWNER = 2
    """The member whose object it is."""
    MANAGER = 3
    """Of the queue."""
    ADMIN = 4
    """Of the object's team."""
    ANY_ADMIN = 5
    """Of some team."""
    OPERATOR = 6


MAY = {
    Least.USER: """
        get_me update_me list_users list_sessions end_other_sessions create_team list_departments list_contacts
        list_numbers list_prompts list_routes list_voicemails list_mailboxes list_call_logs list_holidays
        list_report_schedules sign_out_of_console open_phone close_phone
        list_block_types list_music show_services resend_verification change_password logout_user get_second_factor
        begin_second_factor confirm_second_factor disable_second_factor list_chats list_unread upload_file list_files
        upload_prompt list_user_links register_socket unregister_socket create_integration
        list_integrations""",
    Least.MEMBER: """
        get_guest guest_exists place_call pick_up
        get_user team_info list_team_users list_pending_users invite_users create_contact get_contact get_queue
        list_team_queues get_agent list_user_agents list_team_agents get_number get_prompt get_route dry_run_route
        list_presence get_team_live
        list_route_versions get_route_version list_wrap_up_codes list_sounds list_live_calls create_chat
        list_conferences chat_exists list_workspace read_workspace search_all search_chats search_users search_messages
        search_files search_workspace stream_events
        list_conversations get_conversation change_conversation_state mark_all_conversations_as_done
        is_conversation_blocked mark_all_conversations_as_read mark_conversation_as_read conversation_stats
        list_conversation_messages send_message_to_contact send_template_message upload_attachment get_attachment
        tell_of_typing list_web_chats
        list_templates list_inbox_contacts
        rename_contact assign_contact_info update_contact_info delete_contact_info get_contact_info create_tag
        delete_tag update_tag list_tags add_tag remove_tag list_connected_channels list_inbox_teams
        get_inbox_team assign_conversation snooze_conversation add_note list_notes get_inbox_contact
        merge_inbox_contacts create_saved_reply list_saved_replies update_saved_reply delete_saved_reply
        list_conversation_offers fill_saved_reply get_timeline find_contact_by_number call_contact
        show_mail tell_of_reading
        get_channel_settings get_survey_stats accept_conversation decline_conversation transfer_conversation""",
    Least.OWNER: """
        register_device update_device remove_device invite_guests generate_guest_url
        end_session create_provisioning_link deactivate_user update_team_user update_user update_contact
        delete_contact get_queue_live
        get_room update_room change_room
        set_agent_status get_agent_live update_agent get_voicemail update_voicemail delete_voicemail get_call_log
        forward_voicemail get_mailbox update_mailbox upload_greeting remove_greeting
        explain_call get_recording set_wrap_up hang_up hold unhold transfer park pause_recording record
        stop_recording set_own_wrap_up
        consult complete_consult end_consult join_consult leave pull detach mute unmute send_digits
        get_chat update_chat delete_chat seen_chat typing
        list_chat_users add_chat_user remove_chat_user leave_chat update_chat_user update_chat_preferences
        list_messages send_message list_replies send_reply mark_message unmark_message delete_message edit_message
        delete_note
        forward_message translate_message delete_workspace_event read_workspace_event list_chat_files
        list_chat_links get_file update_file delete_file search_chat_messages get_integration update_integration
        delete_integration list_integration_contacts get_integration_contact create_event list_events update_event
        delete_event add_event_guests remove_event_guest""",
    Least.MANAGER: """
        monitor whisper barge update_queue add_agent_to_queue remove_agent_from_queue get_queue_stats simulate""",
    Least.ADMIN: """
        delete_guest upgrade_guest
        update_team list_team_audit_log add_user import_users import_numbers resend_invite
        create_department update_department delete_department
        add_department_user remove_department_user create_queue delete_queue create_agent delete_agent create_number
        update_number release_number create_route validate_route check_route update_route delete_route
        restore_route_version
        create_music update_prompt delete_prompt get_statistics export_csv export_xlsx
        create_report_schedule get_report_schedule update_report_schedule delete_report_schedule
        get_outbound narrow_outbound add_wrap_up_code remove_wrap_up_code retry_job get_webhook_secret
        create_template delete_template save_web_chat connect_channels disconnect_channels list_available_channels
        list_all_channels
        update_channel_settings export_contact erase_contact list_privacy_requests get_privacy_request
        create_inbox_team update_inbox_team add_users_to_inbox_team remove_users_from_inbox_team delete_inbox_team
        subscribe_webhook unsubscribe_webhook get_webhook list_webhook_deliveries replay_webhook_deliveries""",
    Least.ANY_ADMIN: "list_available_numbers list_failed_jobs",
    Least.OPERATOR: """
        list_all_teams suspend_team reactivate_team set_quotas list_all_users suspend_user reactivate_user
        end_sessions_of_user drop_second_factor list_audit_log""",
}
LEAST = {name: least for least, names in MAY.items() for name in names.split()}
GUESTS_TOO = frozenset({"stream_events"})
"""Operations of members that guests of the team may call too. They see nothing of what is checked here."""


@dataclass(frozen=True)
class People:
    """Who calls. Those who have a field are the team's own people, and an operator."""

    unknown: dict[str, Person | None]
    """They have no valid session."""
    outsiders: dict[str, Person]
    """They are no members of the team, or no longer."""
    colleague: Person
    owner: Person
    manager: Person
    admin: Person
    operator: Person


@pytest.fixture(scope="module")
def people(shared_team: Team) -> People:
    team, world, api = shared_team, shared_team.world, shared_team.world.api
    revoked, gone, former, operator = (
        api.person(world.team, Role.ADMIN),
        api.person(world.team, Role.ADMIN),
        api.person(world.team, Role.ADMIN),
        api.person(),
    )
    colleague, manager = api.person(world.team), api.person(world.team)
    with api.session() as session:
        session.exec(
            select(AuthSession).where(AuthSession.user_id == revoked.user.id)
        ).one().revoked_at = utcnow()
        session.get_one(User, gone.user.id).status = UserStatus.DEACTIVATED.value
        session.get_one(User, operator.user.id).operator = True
        assert former.member
        session.get_one(TeamUser, former.member.id).status = MemberStatus.DEACTIVATED.value
        queue = parse_id(team.ids["queue_id"])
        assert queue
        session.add(models.QueueManager(queue_id=queue, user_id=manager.user.id))
    return People(
        unknown={"no token": None, "a revoked session": revoked, "a deactivated user": gone},
        outsiders={
            "a guest": api.person(world.team, Role.GUEST),
            "a former admin": former,
            "an admin of another team": world.stranger,
            "a member of another team": api.person(api.team()),
            "an operator": operator,
        },
        colleague=colleague,
        owner=world.member,
        manager=manager,
        admin=world.admin,
        operator=operator,
    )


@dataclass(frozen=True)
class Case:
    """Somebody who may not call the operation, and what they may get."""

    who: str
    person: Person | None
    statuses: frozenset[int]


def cases(operation: Operation, people: People) -> Iterator[Case]:
    """Everybody who may not call the operation, or who may but must see nothing of the team."""
    status = int(operation.good()[0])
    if not operation.schemes() & {BEARER, NODE}:
        # Everybody may call it. What they learn and change is checked all the same.
        every = frozenset({*range(200, 500), 503})
        yield from (Case(who, person, every) for who, person in people.outsiders.items())
        return
    for who, person in people.unknown.items():
        yield Case(who, person, frozenset({401}))
    if BEARER not in operation.schemes():
        yield Case("an admin", people.admin, frozenset({401}))
        return
    least = LEAST[operation.name]
    outside = {404} if "{" in operation.route.path else {400, 403, 404}
    if least is Least.USER:
        outside = {status, REFUSED.get(operation.name, status)}
    elif least is Least.OPERATOR:
        outside = {403}
    elif least is Least.ANY_ADMIN:
        outside = {status, 403}
    for who, person in people.outsiders.items():
        if least is not Least.OPERATOR or person is not people.operator:
            let_in = who == "a guest" and operation.name in GUESTS_TOO
            yield Case(who, person, frozenset({status} if let_in else outside))
    insiders = {
        "a colleague": (people.colleague, Least.OWNER),
        "the object's owner": (people.owner, Least.MANAGER),
        "a manager": (people.manager, Least.ADMIN),
        "an admin": (people.admin, Least.OPERATOR),
    }
    for who, (person, too_much) in insiders.items():
        if least >= too_much:
            yield Case(who, person, frozenset({403, 404} if least is Least.OWNER else {403}))


def allowed(operation: Operation, people: People) -> Person:
    return {
        Least.USER: people.colleague,
        Least.MEMBER: people.colleague,
        Least.OWNER: people.owner,
        Least.MANAGER: people.manager,
        Least.ADMIN: people.admin,
        Least.ANY_ADMIN: people.admin,
        Least.OPERATOR: people.operator,
    }[LEAST[operation.name]]


class Database:
    """The rows of the api's database, read past the api."""

    def __init__(self, team: Team) -> None:
        self._file = team.open()
        # The index of the search repeats what stands in other tables.
        names = self._file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self._tables = [name for (name,) in names if not name.startswith(("sqlite", "alembic", "search_"))]
        self.ids = self._ids_of({*_ids(team.ids.values()), team.world.team.id})

    def rows(self, ids: Iterable[str]) -> set[str]:
        """Return the rows that name one of the ids."""
        wanted = re.compile("|".join(sorted(ids)))
        return {row for row in self._all() if wanted.search(row)}

    def _all(self) -> Iterator[str]:
        for table in self._tables:
            for row in self._file.execute(f"SELECT * FROM {table}"):
                yield f"{table} {row}"

    def _ids_of(self, ids: set[str]) -> set[str]:
        """Return the ids in all rows that name one of these."""
        return set(_ids(self.rows(ids)))


def _ids(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from re.findall(r"[0-9a-f]{32}", text)


def send(
    team: Team, operation: Operation, person: Person | None, query: Mapping[str, Any] | None = None
) -> Response:
    body = team.least(operation)
    return team.world.api.client.request(
        operation.method,
        team.path(operation),
        headers=person.headers if person else {},
        params={**team.query(operation), **(query or {})},
        follow_redirects=False,
        **({} if body is None else {"json": body}),
    )


def named(team: Team, operation: Operation) -> dict[str, Any]:
    """Return query parameters that name the team's objects, or look for them."""
    values = {
        "userid": team.world.admin.id,
        "slug": team.ids["team_id"],
        "transfer": team.world.admin.id,
        "team": team.ids["team_id"],
        "user": team.ids["user_id"],
        "queue": team.ids["queue_id"],
    }
    takes = {
        parameter["name"] for parameter in operation.said.get("parameters", ()) if parameter["in"] == "query"
    }
    return {name: value for name, value in values.items() if name in takes}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_who_may_not_learns_nothing_and_changes_nothing(
    people: People, team: Team, operation: Operation, unlimited: None
) -> None:
    database, wrong = Database(team), []

    def check(case: Case, query: Mapping[str, Any] | None = None) -> None:
        own = {case.person.user.id} if case.person else set()
        theirs = database.ids - own
        before = database.rows(theirs)
        answer = send(team, operation, case.person, query)
        asked = str(answer.request.url) + (answer.request.content or b"").decode()
        text = answer.text + answer.text.replace("-", "")
        told = {id for id in theirs if id in text and id not in asked and dashed_id(id) not in asked}
        told |= {MARK} if MARK in answer.text else set()
        # What a query names may be a 400 or a 404 of its own.
        may = case.statuses | {400, 404} if query else case.statuses
        if answer.status_code not in may or told or database.rows(theirs) != before:
            changed = database.rows(theirs) ^ before
            wrong.append((case.who, query, answer.status_code, answer.text[:300], told, changed))

    for case in cases(operation, people):
        check(case)
        if naming := named(team, operation):
            check(case, naming)
    if operation.name in LEAST:
        (guest,) = (case for case in cases(operation, people) if case.who == "a guest")
        suspend(team, now=True)
        check(Case("an admin of a suspended team", people.admin, guest.statuses | {403}))
        suspend(team, now=False)
    assert wrong == []
    if operation.name in LEAST:
        answer = send(team, operation, allowed(operation, people))
        good = int(operation.good()[0]), REFUSED.get(operation.name)
        assert answer.status_code in good, answer.text


def suspend(team: Team, *, now: bool) -> None:
    with team.world.api.session() as session:
        session.get_one(models.Team, team.world.team.id).suspended_at = utcnow() if now else None
        session.flush()
        forget_everybody(session)
