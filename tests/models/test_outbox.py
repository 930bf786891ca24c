"""The outbox sends only what was committed, loses nothing, and keeps the order of commands."""

import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import Outbox, OutboxKind
from models.outbox import emit, relay
from switchroom import database

COMMAND, MAIL = OutboxKind.COMMAND.value, OutboxKind.MAIL.value


class Receiver:
    """Takes rows, or refuses them while `broken`."""

    def __init__(self) -> None:
        self.got: list[int] = []
        self.broken = False

    def __call__(self, rows: Sequence[Outbox]) -> tuple[int, Exception | None]:
        if self.broken:
            return 0, ConnectionError("away")
        self.got += [row.payload["n"] for row in rows]
        return len(rows), None


def rows(engine: Engine) -> list[Outbox]:
    with Session(engine) as session:
        return list(session.exec(select(Outbox).order_by(col(Outbox.id))))


def test_what_is_rolled_back_is_never_sent(engine: Engine) -> None:
    receiver = Receiver()

    def fail() -> None:
        with database.session(engine) as session:
            emit(session, OutboxKind.COMMAND, {"n": 1})
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert relay(engine, {COMMAND: receiver}) == 0
    assert receiver.got == []


def test_rows_are_sent_once_in_order(engine: Engine) -> None:
    receiver = Receiver()
    for n in range(5):
        with database.session(engine) as session:
            emit(session, OutboxKind.COMMAND, {"n": n})
    assert relay(engine, {COMMAND: receiver}) == 5
    assert relay(engine, {COMMAND: receiver}) == 0
    assert receiver.got == [0, 1, 2, 3, 4]
    assert all(row.delivered_at for row in rows(engine))


def test_a_command_that_failed_keeps_later_ones_behind_it(engine: Engine) -> None:
    receiver = Receiver()
    receiver.broken = True
    for n in range(2):
        with database.session(engine) as session:
            emit(session, OutboxKind.COMMAND, {"n": n})
        assert relay(engine, {COMMAND: receiver}) == 0
    first = rows(engine)[0]
    assert (first.attempts, first.error) == (2, "ConnectionError: away")
    receiver.broken = False
    assert relay(engine, {COMMAND: receiver}) == 2
    assert receiver.got == [0, 1]


def test_a_failing_mail_waits_and_stops_no_command(engine: Engine) -> None:
    commands, mails = Receiver(), Receiver()
    mails.broken = True
    with database.session(engine) as session:
        emit(session, OutboxKind.MAIL, {"n": 1})
        emit(session, OutboxKind.COMMAND, {"n": 2})
    senders = {COMMAND: commands, MAIL: mails}
    assert relay(engine, senders) == 1
    mails.broken = False
    assert relay(engine, senders) == 0
    waiting = [row for row in rows(engine) if row.delivered_at is None]
    assert [(row.kind, row.attempts) for row in waiting] == [(MAIL, 1)]
    assert waiting[0].available_at > waiting[0].created_at


def test_kinds_without_a_sender_are_left_alone(engine: Engine) -> None:
    with database.session(engine) as session:
        emit(session, OutboxKind.JOB, {"n": 1})
    assert relay(engine, {COMMAND: Receiver()}) == 0
    assert rows(engine)[0].attempts == 0


def test_relays_of_several_processes_send_each_row_once_and_in_order(engine: Engine) -> None:
    receiver = Receiver()

    def write_and_relay(first: int) -> None:
        for n in range(first, first + 10):
            with database.session(engine) as session:
                emit(session, OutboxKind.COMMAND, {"n": n})
            relay(engine, {COMMAND: receiver})

    threads = [threading.Thread(target=write_and_relay, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(receiver.got) == [*range(10), *range(100, 110), *range(200, 210)]
    for first in (0, 100, 200):
        own = [n for n in receiver.got if first <= n < first + 100]
        assert own == sorted(own)
