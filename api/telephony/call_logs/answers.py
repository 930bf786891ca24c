"""What clients get of calls that ended."""

from api.conventions.answers import Answer, PublicId, Seconds, Time
from api.telephony.call_logs.resource import CallLogSummary, StayAnswer
from api.telephony.records import FileState, Recorded, Transcript, TranscriptState


class PathStep(Recorded):
    """A block that the call went through."""

    block: str
    type: str
    at: Time
    exit: str | None
    """The exit by which the call left; null: it ended here."""
    reason: str
    """Why the block did not do what it is for, for example `outbound: country`. Missing: it did."""


class Span(Recorded):
    """A silence in a recording, or a recording, for which someone asked."""

    begun_at: Time
    ended_at: Time


class Leg(Recorded):
    """A party of the call."""

    kind: str
    """`caller` (a member whose phone called), `agent`, `member` (of the extension that was called) or `number` (an
    outside line)."""
    agent: PublicId | None
    member: PublicId | None
    """The membership of the user whose phone it is, for a `caller`, a `member`, and an `agent` who answered."""
    number: str | None
    """The outside number, or the extension."""
    queue: PublicId | None
    offered_at: Time
    rang_at: Time | None
    answered_at: Time | None
    ended_at: Time | None
    outcome: str
    """`answered`, or why it was not answered; empty for a caller."""
    recording: str | None
    """The name of this talk's recording. Missing in old logs."""
    more_recordings: list[str]
    """Those of the same talk that began later: at another telephone of the party, or because someone asked again.
    Missing: none."""
    recorded: list[Span]
    """When the recordings ran, if someone asked for them. Missing: the whole talk, or never."""
    pauses: list[Span]
    """When the recording is silent. Missing: never."""


class Decision(Recorded):
    """Why an offer went to these agents."""

    at: Time
    queue: PublicId
    strategy: str
    agents: list[PublicId]
    wait: Seconds
    """Seconds that the call had waited."""
    waiting: int
    """How many callers waited."""
    free: int
    """How many agents were free."""
    position: int
    """The call's place among those that waited, from 1."""
    next: list[PublicId]
    """The agents who would have been next."""
    passed: dict[str, int]
    """How many agents were passed over, by reason."""
    overtook: list[list[str]]
    """Calls that came before this one and were left waiting: pairs of the call's id and the reason."""
    overtaken: dict[str, int]
    """How many such calls there were, by reason."""


class CallLogAnswer(CallLogSummary):
    """A call."""

    duration: Seconds | None
    """Seconds from the beginning to the end."""
    wrap_up: Seconds | None
    """Seconds of the work after the call of the agent who took it; so are the code and the note."""
    wrap_up_code: str | None
    wrap_up_note: str | None
    recording: str | None
    """Where the first stored recording is asked for."""
    recording_state: FileState | None
    transcript: Transcript | None
    """A list of calls leaves out the lines' `words`."""
    transcript_state: TranscriptState | None
    path: list[PathStep]
    """The blocks that the call went through."""
    stays: list[StayAnswer]
    """The stays in queues that began or ended in this call, oldest first."""


class RecordingAnswer(Answer):
    """The recording of one talk of a call."""

    id: PublicId
    number: int
    """The talk's number within the call, from 1."""
    state: FileState
    agent: PublicId | None
    queue: PublicId | None
    seconds: Seconds | None
    size: int | None
    """Bytes."""
    stored_at: Time | None
    url: str | None
    """Where the audio is asked for; null until it is stored."""
    error: str | None
    transcript: Transcript | None
    transcript_state: TranscriptState
    transcript_error: str | None


class AgentsWrapUp(Answer):
    """The work after the call, or after their part of it, of an agent who talked in it."""

    agent: PublicId | None
    """Null: someone noted it on a call that no agent took."""
    wrap_up: Seconds | None
    wrap_up_code: str | None
    wrap_up_note: str | None


class WholeCallLog(CallLogAnswer):
    """A call in full."""

    wrap_ups: list[AgentsWrapUp]
    """Those of all agents who talked. `wrap_up` and the others above are of the agent who took the call."""
    legs: list[Leg]
    """The phones that were rung."""
    decisions: list[Decision]
    """Why the call went to whom, oldest first."""
    recordings: list[RecordingAnswer]
    messages: list[PublicId]
    """The voicemails that were left in the call."""


class DecisionsAnswer(Answer):
    """Why a call went to whom."""

    call: PublicId
    decisions: list[Decision]
    """Oldest first."""
