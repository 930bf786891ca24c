"""A change of rights has an effect at once: in the process that makes it, in the others, and while Redis is away."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from api.accounts.users.resource import PROFILE
from api.core.identities import Identities, Identity, read_identities, read_identity
from api.core.scope import Scope
from api.core.tokens import claims_of
from models import AuthSession, MemberStatus, QueueManager, Role, Team, TeamUser, User, UserStatus, utcnow
from tests.support.api.client import Api, Person
from tests.support.api.world import World, pid
from tests.support.servers import wait_until

pytestmark = pytest.mark.service


def connected(*apis: Api) -> None:
    for api in apis:
        wait_until(lambda api=api: api.context.identities.hears, "the api to hear of changed rights", 10)  # type: ignore[misc]


def status(api: Api, person: Person, path: str = "/v1/user/me") -> int:
    return int(api.client.get(path, headers=person.headers).status_code)


def known(api: Api, person: Person) -> bool:
    claims = claims_of(api.context.settings, person.headers["Authorization"])
    return api.context.identities.get(claims.session_id) is not None


@pytest.fixture
def two_apis(make_api: Callable[..., Api], any_database_url: str) -> tuple[Api, Api]:
    """Two processes of one installation: one database, one Redis, one key."""
    first = make_api(any_database_url)
    settings = first.context.settings
    key = settings.secret_key.get_secret_value()
    second = make_api(any_database_url, shard=settings.shard, secret_key=key)
    connected(first, second)
    return first, second


def test_a_known_caller_costs_no_query(api: Api) -> None:
    connected(api)
    jane = api.person(api.team())
    assert not known(api, jane)
    assert status(api, jane) == 200
    assert known(api, jane)


def test_a_logout_holds_at_once_in_its_own_process(any_api: Api) -> None:
    connected(any_api)
    jane = any_api.person(any_api.team())
    assert status(any_api, jane) == 200
    assert any_api.client.post("/auth/logout-user", headers=jane.headers).status_code == 200
    assert status(any_api, jane) == 401


def test_a_change_of_one_user_leaves_the_others_known(api: Api) -> None:
    connected(api)
    team = api.team()
    jane, john = api.person(team), api.person(team)
    assert (status(api, jane), status(api, john)) == (200, 200)
    assert api.client.post("/auth/logout-user", headers=jane.headers).status_code == 200
    assert not known(api, jane)
    assert known(api, john)


def test_each_change_of_rights_drops_what_was_known(any_world: World) -> None:
    api, jane = any_world.api, any_world.member
    queue = any_world.queue()
    connected(api)

    def changes(change: Callable[..., None]) -> None:
        assert status(api, jane) == 200
        assert known(api, jane)
        with api.session() as session:
            change(session)
        assert not known(api, jane)

    own = col(AuthSession.user_id) == jane.user.id
    changes(lambda session: session.add(AuthSession(user_id=jane.user.id, expires_at=utcnow())))
    changes(lambda session: session.exec(update(AuthSession).where(own).values(revoked_reason="test")))
    changes(lambda session: setattr(session.get(User, jane.user.id), "state", "away"))
    mine = select(TeamUser).where(col(TeamUser.user_id) == jane.user.id)
    changes(lambda session: setattr(session.exec(mine).one(), "role", Role.ADMIN.value))
    changes(lambda session: session.add(QueueManager(queue_id=queue.id, user_id=jane.user.id)))


def test_what_is_rolled_back_drops_nothing(api: Api) -> None:
    connected(api)
    jane = api.person(api.team())
    assert status(api, jane) == 200

    def fail() -> None:
        with api.session() as session:
            session.get(User, jane.user.id).state = "away"
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert known(api, jane)


def test_other_processes_hear_of_a_logout_within_moments(two_apis: tuple[Api, Api]) -> None:
    first, second = two_apis
    jane = first.person(first.team())
    assert (status(first, jane), status(second, jane)) == (200, 200)
    assert known(second, jane)
    assert first.client.post("/auth/logout-user", headers=jane.headers).status_code == 200
    wait_until(lambda: not known(second, jane), "the second process to hear of the logout", 10)
    assert status(second, jane) == 401


def test_other_processes_hear_of_a_lost_role_and_a_lost_membership(two_apis: tuple[Api, Api]) -> None:
    first, second = two_apis
    team = first.team()
    boss, jane = first.person(team, Role.ADMIN), first.person(team, Role.ADMIN)
    path = f"/v1/team/{jane.team}/webhook-secret"
    assert status(second, jane, path) == 200
    change = f"/v1/team/{jane.team}/users/{jane.id}"
    assert first.client.patch(change, json={"role": "member"}, headers=boss.headers).status_code == 200
    wait_until(lambda: status(second, jane, path) == 403, "the second process to know the new role", 10)
    assert first.client.delete(change, headers=boss.headers).status_code == 200
    wait_until(lambda: status(second, jane, path) == 404, "the second process to know of the end", 10)


def test_without_redis_every_request_asks_the_database(
    make_api: Callable[..., Api], any_database_url: str
) -> None:
    away = "redis://127.0.0.1:1/0"
    first = make_api(any_database_url, redis_url=away)
    key = first.context.settings.secret_key.get_secret_value()
    second = make_api(any_database_url, redis_url=away, secret_key=key)
    jane = first.person(first.team())
    assert (status(first, jane), status(second, jane)) == (200, 200)
    assert not known(second, jane)
    assert first.client.post("/auth/logout-user", headers=jane.headers).status_code == 200
    assert (status(first, jane), status(second, jane)) == (401, 401)


def test_a_deactivated_user_is_out_at_once(any_api: Api) -> None:
    connected(any_api)
    jane = any_api.person(any_api.team())
    assert status(any_api, jane) == 200
    with any_api.session() as session:
        session.get(User, jane.user.id).status = UserStatus.DEACTIVATED.value
    assert status(any_api, jane) == 401


def test_a_deactivated_membership_is_out_at_once(any_world: World) -> None:
    connected(any_world.api)
    queue = any_world.queue()
    path = f"/v1/CCQueueConfig/{pid(queue)}"
    assert status(any_world.api, any_world.member, path) == 200
    with any_world.api.session() as session:
        mine = select(TeamUser).where(col(TeamUser.user_id) == any_world.member.user.id)
        session.exec(mine).one().status = MemberStatus.DEACTIVATED.value
    assert status(any_world.api, any_world.member, path) == 404


def identity(user: str = "u", session: str = "s", seconds: float = 60.0) -> Identity:
    return Identity(user, session, utcnow() + timedelta(seconds=seconds), {}, frozenset())


@pytest.fixture
def identities() -> Identities:
    found = Identities("redis://127.0.0.1:1/0", "unheard")
    found.hears = True
    return found


def test_what_was_read_before_a_drop_is_not_kept_after_it(identities: Identities) -> None:
    generation = identities.generation
    identities.drop(["u"])
    identities.keep(identity(), generation)
    assert identities.get("s") is None
    identities.keep(identity(), identities.generation)
    assert identities.get("s") is not None


def test_nothing_is_used_while_no_changes_are_heard(identities: Identities) -> None:
    identities.hears = False
    identities.keep(identity(), identities.generation)
    identities.hears = True
    assert identities.get("s") is None
    identities.keep(identity(), identities.generation)
    identities.hears = False
    assert identities.get("s") is None


def test_an_entry_is_good_until_its_session_ends(identities: Identities) -> None:
    identities.keep(identity("v", "ended", -1.0), identities.generation)
    assert identities.get("ended") is None


def test_a_row_of_who_somebody_is_cannot_be_changed_past_the_session(any_world: World) -> None:
    """It would leave the identities in memory as they were."""
    with any_world.api.session() as session:
        scope = Scope(session, Identity("u", "s", utcnow(), {}, frozenset()))
        with pytest.raises(TypeError, match="identities"):
            PROFILE.change(scope, "u", {"first_name": "Eve"})


def test_who_somebody_is_reads_the_same_alone_and_among_many(any_world: World) -> None:
    """The members of a suspended team are told so, whoever read who they are first."""
    with any_world.api.session() as session:
        session.get_one(Team, any_world.team.id).suspended_at = utcnow()
    people = [any_world.admin, any_world.member, any_world.stranger]
    claims = [claims_of(any_world.api.context.settings, person.headers["Authorization"]) for person in people]
    with any_world.api.session() as session:
        among_many = read_identities(session, [one.session_id for one in claims])
        alone = {one.session_id: read_identity(session, one.user_id, one.session_id) for one in claims}
    assert among_many == alone
    assert any_world.team.id in among_many[claims[0].session_id].suspended_team_ids
