"""What the api asks of the engine: the stream `commands`. The engine refuses a command that is not valid."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from switchroom.messages.base import Id, Message

ConfigKind = Literal["team", "queue", "agent", "user", "department", "route", "number", "prompt"]
"""What the engine loads from the database. `user`: the id is the membership's. `prompt`: one that a team uploaded."""

AgentStatus = Literal["Available", "Unavailable", "Away", "Break", "Offline"]
"""What an agent or a manager sets: the values of `routing.events.AgentStatus`; a test compares them."""


class SetAgentStatus(Message):
    """Set an agent's status. `queue` None: overall. `by`: the user who set it."""

    type: Literal["agent-status"] = "agent-status"
    agent: Id
    status: AgentStatus
    queue: Id | None = None
    reason: str = Field(default="", max_length=200)
    by: Id | None = None


class ReloadConfig(Message):
    """Load this object again from the database; one that is gone there is removed.

    When an agent joins or leaves a queue, the queue is what is reloaded.
    """

    type: Literal["config"] = "config"
    kind: ConfigKind
    id: Id


class ForgetPhone(Message):
    """A SIP account changed: every Asterisk node forgets what it has cached of it.

    `id` is the account's name. A change of the name sends one command for the old name and one for the new. `hang_up`:
    what the phone rings or talks is hung up too, also what the engine does not know (calls from phone to phone).
    `sign_out`: who registered knows a password that is no longer good, or had the extension before, and is not rung.
    """

    type: Literal["config"] = "config"
    kind: Literal["phone"] = "phone"
    id: str = Field(pattern=r"^[a-z0-9]{1,40}$")
    hang_up: bool = False
    sign_out: bool = False


class HangUpCall(Message):
    """End a call. `call` may also be the id of a callback. `by`: the user who asked for it."""

    type: Literal["hang-up"] = "hang-up"
    call: Id
    by: Id | None = None


Command = SetAgentStatus | ReloadConfig | ForgetPhone | HangUpCall

_Config = Annotated[ReloadConfig | ForgetPhone, Field(discriminator="kind")]
_COMMAND: TypeAdapter[Command] = TypeAdapter(
    Annotated[SetAgentStatus | _Config | HangUpCall, Field(discriminator="type")]
)


def parse_command(body: str | bytes) -> Command:
    """Read an entry's `body`. Raises ValueError (pydantic's ValidationError) if it is no valid command."""
    return _COMMAND.validate_json(body)
