"""The mutable world that one `Engine` owns, and the functions by which it changes."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from routing.commands import (
    Answer,
    CancelTimer,
    Command,
    HangUp,
    Play,
    Prompt,
    Publish,
    StartTimer,
    StopPlay,
)
from routing.config import (
    NOTICE_SOUND,
    DepartmentConfig,
    RecordingPolicy,
    RouteConfig,
    TeamConfig,
)
from routing.errors import IllegalMove
from routing.ids import (
    AgentId,
    CallId,
    DepartmentId,
    MemberId,
    QueueId,
    RoomId,
    RouteId,
    TeamId,
    TimerId,
    TimerPurpose,
    UserId,
)
from routing.outbound.usage import Usage
from routing.state import (
    Agent,
    Call,
    Callback,
    Mailboxes,
    Numbers,
    Phone,
    Presence,
    Queue,
    Role,
    Room,
    Users,
    Waiter,
    WorkItem,
)
from routing.state.groups import Group
from routing.state.phases import GUARDS, MOVES, CallPhase
from routing.state.pins import PinTries

UNKNOWN_SOUND = "ss-noservice"
GOODBYE_SOUND = "vm-goodbye"
SORRY_SOUND = "please-try-call-later"


def timer_id(owner: str, purpose: TimerPurpose) -> TimerId:
    return TimerId(owner + ":" + purpose)


def purpose_of(timer: TimerId) -> tuple[str, TimerPurpose]:
    """Return the id of the timer's owner, and the timer's purpose."""
    owner, _, purpose = timer.rpartition(":")
    return owner, _PURPOSES[purpose]


_PURPOSES = {str(purpose): purpose for purpose in TimerPurpose}


@dataclass(slots=True)
class World:
    """State and the output of the event in hand. `now` never goes backwards."""

    rng: random.Random
    now: float = 0.0
    sequence: int = 0
    teams: dict[TeamId, TeamConfig] = field(default_factory=dict)
    routes: dict[RouteId, RouteConfig] = field(default_factory=dict)
    old_routes: dict[tuple[RouteId, int], RouteConfig] = field(default_factory=dict)
    """Replaced or removed versions that live calls still follow."""
    route_calls: dict[tuple[RouteId, int], int] = field(default_factory=dict)
    """How many calls follow each version."""
    numbers: Numbers = field(default_factory=Numbers)
    queues: dict[QueueId, Queue] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    calls: dict[CallId, Call] = field(default_factory=dict)
    """`live_calls` adds and removes them."""
    team_calls: dict[TeamId | None, int] = field(default_factory=dict)
    """How many live calls each team has. None: calls to a number that is no team's."""
    callbacks: dict[CallId, Callback] = field(default_factory=dict)
    """Customers who wait for a call of ours, by the callback's own id."""
    work: dict[CallId, WorkItem] = field(default_factory=dict)
    """Conversations that wait for an agent or that an agent has."""
    usage: dict[TeamId, Usage] = field(default_factory=dict)
    """What each team dialled in the telephone network."""
    dialled: dict[str, dict[CallId, None]] = field(default_factory=dict)
    """Number -> the live calls that rang it outside, or that showed it there."""
    rooms: dict[RoomId, Room] = field(default_factory=dict)
    """The conferences that go on. `routing.calls.rooms` adds to them, and `place` takes out who leaves."""
    users: Users = field(default_factory=Users)
    presence: dict[MemberId, Presence] = field(default_factory=dict)
    """What colleagues see of each member; `routing.acd.presence` keeps it."""
    departments: dict[DepartmentId, DepartmentConfig] = field(default_factory=dict)
    mailboxes: Mailboxes = field(default_factory=Mailboxes)
    pin_tries: dict[str, PinTries] = field(default_factory=dict)
    """Mailboxes for which wrong PINs were entered."""
    phones: dict[str, Phone] = field(default_factory=dict)
    timers: dict[TimerId, float] = field(default_factory=dict)
    purposes: dict[str, tuple[TimerPurpose, ...]] = field(default_factory=dict)
    """Owner -> the purposes of its timers, so that cancelling a timer that does not run is a look-up. Most owners have
    one or two timers, which a tuple holds in the least space."""

    memberships: dict[AgentId, dict[QueueId, None]] = field(default_factory=dict)
    agents_by_phone: dict[str, dict[AgentId, None]] = field(default_factory=dict)
    agents_by_user: dict[UserId, dict[AgentId, None]] = field(default_factory=dict)

    out: list[Command] = field(default_factory=list)
    changed: dict[tuple[str, str, str], TeamId] = field(default_factory=dict)
    """(kind, id, verb) of what clients are told at the end."""
    unsteady: set[tuple[str, str]] = field(default_factory=set)
    """What in `changed` was created or destroyed: clients are not told that these were updated as well."""
    dirty: dict[Group, None] = field(default_factory=dict)
    """Groups of a queue in which a waiter or an agent became free."""
    leaving: list[tuple[CallId, str]] = field(default_factory=list)
    """Calls that are to leave their block by an exit, once the event in hand is done."""
    recalled: list[CallId] = field(default_factory=list)
    """Conversations whose offers are to be taken back, once the event in hand is done."""
    without_music: dict[CallId, None] = field(default_factory=dict)
    """Queued calls that hear nothing yet."""
    watched: bool = True
    """Whether people hear the music and read the records of calls and decisions. In a simulation nobody does."""
    witness: Callable[["World", Queue, Group, Waiter, list[AgentId]], None] | None = None
    """It is told of each decision while the chosen agents are still free. A replay explains with it."""

    rehearsal: Callable[[Any], str | None] | None = None
    """Told of each block that a call enters (its `routing.blocks.base.Turn`); may name the exit that the call takes
    without the block doing anything. Only a dry run sets it."""
    assumed_figures: dict[QueueId, dict[str, str]] = field(default_factory=dict)
    """The figures that a dry run assumes of its queues, in place of those that are counted."""

    # -- output ------------------------------------------------------------------------------------------

    def emit(self, command: Command) -> None:
        self.out.append(command)

    def publish(self, team: TeamId | None, kind: str, id: str, verb: str = "updated") -> None:
        """Tell clients, once an event for each thing and verb."""
        if team is not None:
            self.changed[kind, id, verb] = team
            if verb != "updated":
                self.unsteady.add((kind, id))

    def flush(self) -> list[Command]:
        """Return the commands of the event in hand, with what clients watch at the end."""
        commands, self.out = self.out, []
        if self.changed:
            unsteady = self.unsteady
            for (kind, id, verb), team in self.changed.items():
                if verb != "updated" or not unsteady or (kind, id) not in unsteady:
                    commands.append(Publish(team, kind, id, verb))
            self.changed = {}
            unsteady.clear()
        return commands

    # -- timers ------------------------------------------------------------------------------------------

    def start_timer(self, owner: str, purpose: TimerPurpose, at: float) -> None:
        timer = TimerId(owner + ":" + purpose)
        if self.timers.get(timer) != at:
            self._run(timer, owner, purpose, at)
            self.emit(StartTimer(timer, at))

    def resume_timer(self, timer: TimerId, at: float) -> None:
        """Let a timer run on that ran when a snapshot was taken."""
        self._run(timer, *purpose_of(timer), at)

    def _run(self, timer: TimerId, owner: str, purpose: TimerPurpose, at: float) -> None:
        if timer not in self.timers:
            self.purposes[owner] = (*self.purposes.get(owner, ()), purpose)
        self.timers[timer] = at

    def cancel_timer(self, owner: str, *purposes: TimerPurpose) -> None:
        """Cancel those of the timers that run, in this order."""
        if owner in self.purposes:
            for purpose in purposes:
                if self.runs(owner, purpose):
                    timer = TimerId(owner + ":" + purpose)
                    self.take_timer(timer)
                    self.emit(CancelTimer(timer))

    def runs(self, owner: str, purpose: TimerPurpose) -> bool:
        return purpose in self.purposes.get(owner, ())

    def take_timer(self, timer: TimerId) -> bool:
        """Take the timer out: it is over. Return whether it ran."""
        if self.timers.pop(timer, None) is None:
            return False
        owner, _, purpose = timer.rpartition(":")
        left = tuple([other for other in self.purposes[owner] if other != purpose])
        if left:
            self.purposes[owner] = left
        else:
            del self.purposes[owner]
        return True

    # -- calls -------------------------------------------------------------------------------------------

    def move(self, call: Call, phase: CallPhase, *, limit: float = 0.0) -> None:
        """Move the call to its next phase. `limit` is how many seconds that may take by itself, beyond which its guard
        fires.

        Raises `IllegalMove` if `MOVES` does not allow it.
        """
        if phase not in MOVES[call.phase] and phase is not call.phase:
            raise IllegalMove(f"call {call.id}: {call.phase} -> {phase}")
        self.place(call, phase, limit=limit)

    def place(self, call: Call, phase: CallPhase, *, limit: float = 0.0) -> None:
        """Do the same from any phase: Asterisk says that it is so."""
        if call.room is not None and phase is not CallPhase.CONFERENCE:
            self.leave_room(call)
        call.phase, call.phase_since = phase, self.now
        guard = GUARDS.get(phase)
        if guard is not None:
            self.start_timer(call.id, TimerPurpose.GUARD, self.now + limit + guard)
        elif phase is not CallPhase.ROUTING:
            self.cancel_timer(call.id, TimerPurpose.GUARD)
        self.publish(call.team, "call", call.id)

    def leave_room(self, call: Call) -> None:
        """Take the caller out of the conference. It is over when the last one leaves."""
        room = None if call.room is None else self.rooms.get(call.room)
        call.room = None
        for leg in call.legs:
            if leg.kind is Role.ROOM and leg.ended_at is None:
                leg.ended_at = self.now
        if room is None or room.participants.pop(call.id, None) is None:
            return
        if not room.participants:
            del self.rooms[room.id]
        self.publish_room(room, "updated" if room.participants else "destroyed")

    def publish_room(self, room: Room, verb: str = "updated") -> None:
        """Tell the people of the chat. A room that a route names has none."""
        if room.chat is not None:
            self.publish(room.team, "conference", room.chat, verb)

    def answer(self, call: Call) -> None:
        if not call.answered:
            call.answered = True
            self.emit(Answer(call.id))

    def play(self, call: Call, sounds: tuple[str, ...], prompts: tuple[Prompt, ...] = ()) -> None:
        """Answer if need be, play, and let the call wait for the end."""
        self.answer(call)
        call.token += 1
        call.awaiting = call.token
        self.emit(Play(call.id, call.token, sounds, prompts))
        self.move(call, CallPhase.PLAYING)

    def stop_play(self, call: Call) -> None:
        if call.phase is CallPhase.PLAYING:
            call.awaiting = None
            self.emit(StopPlay(call.id))

    def hang_up(
        self, call: Call, cause: int = 16, *, by: str = "system", sounds: tuple[str, ...] = ()
    ) -> None:
        """Hang up. The call ends with `CallHungUp`. `sounds`: as in `HangUp`."""
        if call.phase in (CallPhase.ENDING, CallPhase.ENDED):
            return
        if call.ended_by is None:
            call.ended_by = by
        call.hangup_cause = cause
        call.awaiting = call.closing = None
        self.cancel_timer(call.id, TimerPurpose.DIGIT)
        self.emit(HangUp(call.id, cause, sounds))
        self.move(call, CallPhase.ENDING)

    def close(
        self, call: Call, sounds: tuple[str, ...], cause: int = 16, prompts: tuple[Prompt, ...] = ()
    ) -> None:
        """Play a last sound, then hang up."""
        self.play(call, sounds, prompts)
        call.closing = cause

    # -- look-ups ----------------------------------------------------------------------------------------

    def waiter(self, id: CallId) -> Waiter | None:
        """Return whoever stands in a queue under this id."""
        return self.calls.get(id) or self.callbacks.get(id) or self.work.get(id)

    def queue_of(self, call: Call) -> Queue | None:
        return None if call.queue is None else self.queues.get(call.queue)

    def recording_policy(self, call: Call, queue: QueueId | None) -> RecordingPolicy:
        """Return the policy of the number, else of the queue, else of the team."""
        number = None if call.number is None else self.numbers.by_id.get(call.number)
        if number is not None and number.recording is not None:
            return number.recording
        known = None if queue is None else self.queues.get(queue)
        if known is not None and known.config.recording is not None:
            return known.config.recording
        team = None if call.team is None else self.teams.get(call.team)
        return RecordingPolicy.ALL if team is None else team.recording

    def recording_base(self, call: Call, queue: QueueId | None) -> str | None:
        """Return the file of the call's next talk, or None if it is not to be recorded.

        Where callers must be told, a call whose notice was not heard to its end is not recorded.
        """
        policy = self.recording_policy(call, queue)
        if policy is RecordingPolicy.ON_DEMAND or not _allows(policy, call):
            return None
        return f"recordings/{call.id}-{call.talks + 1}"

    def may_record(self, call: Call, queue: QueueId | None) -> bool:
        """Return whether a talk may be recorded if someone asks for it."""
        return _allows(self.recording_policy(call, queue), call)

    def notice(self, call: Call, queue: QueueId | None) -> bool:
        """Play the recording notice if the policy asks for one and it was not played. Return whether it plays; `played`
        tells its end."""
        if call.noticed is not None or self.recording_policy(call, queue) is not RecordingPolicy.NOTICE:
            return False
        team = None if call.team is None else self.teams.get(call.team)
        self.play(call, (team.notice_sound if team else NOTICE_SOUND,))
        return True


def _allows(policy: RecordingPolicy, call: Call) -> bool:
    return policy is not RecordingPolicy.NONE and (policy is not RecordingPolicy.NOTICE or bool(call.noticed))
