"""A mailbox by phone, and a telephone's lamp, on a real Asterisk with baresip. The scenes play at the same time."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from models import CallLog, Mailbox, Voicemail, utcnow
from models.mailbox import mailbox_changed
from models.voicemail import messages_changed
from switchroom.ids import new_id, public_id
from switchroom.storage import Storage
from tests.e2e.test_phone_calls import ANN, BOB, extension
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.audio import voice, write_samples
from tests.support.sip.registering import RawPhone
from tests.support.sip.softphone import Softphone

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()


def message(s: Scene, agent: TestAgent, *, node: str = "") -> Voicemail:
    """Leave a message in an agent's mailbox. `node`: its audio is on this node's disk, and not on S3 yet."""
    user, id = s.member_of(agent).user_id, new_id()
    row = Voicemail(
        id=id, team_id=s.system.team_id, call_id=new_id(), mailbox_kind="user", mailbox_id=user, node=node,
        state="pending", file=f"voicemail/{id}.wav",
    )  # fmt: skip
    if node:
        write_samples(s.system.settings.spool_dir / row.file, voice(2)).chmod(0o644)
    else:
        row.s3_key, row.state, row.announced_at = f"voicemail/{id}.wav", "stored", utcnow()
        Storage(s.system.settings).put_file(
            row.s3_key, write_samples(s.folder / "m.wav", voice(2)), "audio/wav"
        )

    def work(session: Session) -> None:
        session.add(row)
        session.flush()
        messages_changed(session, row)
        session.expunge(row)

    s.system.transaction(work)
    return row


def now(s: Scene, row: Voicemail) -> Voicemail:
    found: Voicemail = s.system.transaction(lambda session: session.get_one(Voicemail, row.id))
    return found


def mailbox(s: Scene, agent: TestAgent, **columns: Any) -> Mailbox:
    """Return the agent's mailbox, with these columns set."""
    user = s.member_of(agent).user_id

    def work(session: Session) -> Mailbox:
        row = session.exec(select(Mailbox).where(Mailbox.owner_id == user)).one()
        for name, value in columns.items():
            setattr(row, name, value)
        if columns:
            mailbox_changed(session, row)
        return row

    found: Mailbox = s.system.transaction(work)
    return found


def opened(s: Scene, agent: TestAgent, code: str = "*97", tone: int = ANN) -> Softphone:
    phone = s.softphone(agent, voice=tone)
    phone.dial(code)
    phone.wait_for("CALL_ESTABLISHED")
    return phone


def types(phone: Softphone, digits: str) -> None:
    """Press the keys as fast as a finger does: faster, a busy softphone loses one."""
    for digit in digits:
        phone.press(digit)
        time.sleep(0.15)


@scene
def messages_are_heard_and_deleted_by_phone(s: Scene) -> None:
    """One is on S3, the other still on the node's disk."""
    (ann,) = s.queue(1).agents
    mailbox(s, ann, announce_time=False)
    first, second = message(s, ann), message(s, ann, node="a")
    phone = opened(s, ann)
    phone.press("1")
    wait_until(lambda: now(s, first).read_at is not None, "the first message is heard", 40)
    phone.press("6")
    wait_until(lambda: now(s, second).read_at is not None, "the second message is heard", 40)
    audio = Path(s.system.settings.spool_dir) / "messages"
    assert {path.stem for path in audio.glob("*.wav")} >= {first.id, second.id}
    phone.press("7")
    wait_until(lambda: now(s, second).deleted_at is not None, "the second message is deleted", 20)
    phone.hang_up()
    wait_until(
        lambda: not {path.stem for path in audio.glob("*.wav")} & {first.id, second.id}, "nothing is left"
    )
    wait_until(lambda: len(mine(s, ann)) == 1, "the call is logged")
    (log,) = mine(s, ann)
    assert (log.direction, [step["type"] for step in log.path]) == ("internal", ["mailbox"])
    assert now(s, first).deleted_at is None


def mine(s: Scene, agent: TestAgent) -> list[CallLog]:
    return [log for log in s.both.rows("*97") if log.caller == extension(agent)]


@scene
def a_greeting_and_a_pin_by_phone(s: Scene) -> None:
    """Ann records a greeting and sets a PIN. Bob opens her mailbox with it, and hears that there is no message."""
    ann, bob = s.queue(2).agents
    phone = opened(s, ann)
    types(phone, "01")
    wait_until(lambda: s.live_states("*97", extension(ann)) == ["recording"], "Ann speaks", 30)
    wait_until(lambda: recorded(s) > 16_000, "a second is recorded", 20)
    phone.press("#")
    wait_until(lambda: s.live_states("*97", extension(ann)) != ["recording"], "the review", 20)
    phone.press("1")
    wait_until(lambda: mailbox(s, ann).greetings.keys() == {"unavailable"}, "the greeting is kept", 20)
    types(phone, "5805271#")
    types(phone, "805271#")
    wait_until(lambda: mailbox(s, ann).pin_hash is not None, "the PIN is kept", 20)
    phone.hang_up()
    code = f"*98{extension(ann)}"
    other = opened(s, bob, code, BOB)
    types(other, "805271")
    wait_until(lambda: s.live_states(code, extension(bob)) == ["collecting"], "the PIN is typed", 20)
    other.press("#")
    wait_until(lambda: s.live_states(code, extension(bob)) == ["playing"], "Bob hears the mailbox", 20)
    other.hang_up()
    assert [step["type"] for step in s.log(code).path] == ["mailbox-pin", "mailbox"]


def recorded(s: Scene) -> int:
    """How many bytes of greetings lie on the node's disk."""
    return sum(path.stat().st_size for path in (s.system.settings.spool_dir / "greetings").glob("*.wav"))


@scene
def the_lamp_of_a_telephone(s: Scene) -> None:
    (ann,) = s.queue(1).agents
    with RawPhone("127.0.0.1") as phone:
        phone.register(s.system.sip(), ann.account, [f"sip:{ann.account.phone}@127.0.0.1:{phone.port}"])
        assert "Voice-Message: 0/0" in phone.notified("Messages-Waiting: no", 20)
        row = message(s, ann)
        assert "Voice-Message: 1/0" in phone.notified("Messages-Waiting: yes", 20)
        with s.system.api as api:
            answer = api.patch(f"/voicemail/{public_id(row.id)}", json={"read": True})
        assert answer.status_code == 200
        assert "Voice-Message: 0/1" in phone.notified("Messages-Waiting: no", 20)


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    yield from scene.play(two_nodes, tmp_path_factory.mktemp("scenes"), request)


@pytest.mark.parametrize("name", sorted(scene.plays))
def test_a_scene(played: dict[str, Future[None]], name: str) -> None:
    played[name].result()
