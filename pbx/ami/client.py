"""The AMI client: one logged-in connection to one Asterisk. It connects again whenever the connection is lost."""

import asyncio
import logging
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from pbx.ami.absence import Absence
from pbx.ami.action import Action, encode
from pbx.ami.errors import ActionTimeout, AmiError, ConnectionLost, LoginRefused, NotConnected
from pbx.ami.message import Message, Response
from pbx.ami.protocol import Connection, Connector
from switchroom.settings import AsteriskNode

log = logging.getLogger(__name__)

Outcome = Response | AmiError
OnOutcome = Callable[[Action, Outcome], None]


class ConnectionState(StrEnum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    """Logged in. When Asterisk has booted as well, the event `FullyBooted` comes."""
    DISCONNECTED = "disconnected"
    REFUSED = "refused"
    """Asterisk refused our user name or secret. We try again, rarely."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. The pause before a new connection doubles from `backoff` to `backoff_limit`; half of it is random."""

    connect: float = 5.0
    action: float = 5.0
    ping_every: float = 10.0
    ping_deadline: float = 5.0
    backoff: float = 0.25
    backoff_limit: float = 5.0
    refused: float = 60.0
    alarm: float = 30.0
    """How long an Asterisk that boots or restarts may refuse connections before that is a warning."""


@dataclass(slots=True)
class Counters:
    """Since the start; for metrics."""

    events: int = 0
    actions: int = 0
    failed_actions: int = 0
    timeouts: int = 0
    lost_actions: int = 0
    callback_errors: int = 0
    connects: int = 0
    disconnects: int = 0
    refusals: int = 0


@dataclass(slots=True)
class _Pending:
    action: Action
    done: OnOutcome
    timer: asyncio.TimerHandle
    response: Message | None = None
    events: list[Message] = field(default_factory=list)


class AmiClient:
    """`on_message` gets every event, in order, on the event loop; it must not block. `on_state` gets each new state.

    A callback that raises is logged and counted, and changes nothing else.
    """

    def __init__(
        self,
        node: AsteriskNode,
        on_message: Callable[[Message], None],
        on_state: Callable[[ConnectionState], None],
        *,
        timing: Timing | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.node = node
        self.timing = timing or Timing()
        self.counters = Counters()
        self.state = ConnectionState.DISCONNECTED
        self._on_message = on_message
        self._on_state = on_state
        self._ssl = ssl_context or (ssl.create_default_context() if node.ami_tls else None)
        self._connection: Connection | None = None
        self._pending: dict[str, _Pending] = {}
        self._prefix = secrets.token_hex(4)
        self._serial = 0
        self._refused_in_a_row = 0
        self._absence = Absence(node.name, self.timing.alarm)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect, and return. The state tells when it is connected."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"ami-{self.node.name}")

    async def close(self) -> None:
        """Drop the connection and stop. Unanswered actions fail with `ConnectionLost`."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._drop()
        self._set_state(ConnectionState.CLOSED)

    async def send(self, action: Action, timeout: float | None = None) -> Response:  # noqa: ASYNC109
        """Send the action and return Asterisk's answer, a refusal too, with the list that belongs to it.

        Raises `NotConnected`, `ConnectionLost`, `ActionTimeout`, or `UnsafeValue` before anything is written.
        """
        self._require_connected()
        return await self._request(action, timeout)

    def post(self, *actions: Action, on_outcome: OnOutcome | None = None) -> None:
        """Send the actions in one write, and return. Each that has `after` is sent by itself, so much later.

        Each outcome is counted and given to `on_outcome`; a failed one is logged. If `UnsafeValue` is raised, none of
        the actions is written.
        """
        if self._connection is None or self.state is not ConnectionState.CONNECTED:
            for action in actions:
                self._report(action, NotConnected(f"{action.name}: not connected"), on_outcome)
            return
        late = [action for action in actions if action.after]
        for action in late:
            encode(action, "")
        encoded = [(self._next_id(), action) for action in actions if not action.after]
        data = b"".join(encode(action, action_id) for action_id, action in encoded)
        for action_id, action in encoded:
            self._expect(action_id, action, lambda a, o: self._report(a, o, on_outcome), self.timing.action)
        self._connection.write(data)
        for action in late:
            now = partial(self.post, replace(action, after=0.0), on_outcome=on_outcome)
            asyncio.get_running_loop().call_later(action.after, now)

    def _require_connected(self) -> None:
        if self._connection is None or self.state is not ConnectionState.CONNECTED:
            raise NotConnected(f"AMI of node {self.node.name} is {self.state}")

    async def _request(self, action: Action, timeout: float | None) -> Response:  # noqa: ASYNC109
        connection = self._connection
        if connection is None:
            raise NotConnected(f"{action.name}: not connected")
        action_id = self._next_id()
        data = encode(action, action_id)
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def settle(_: Action, outcome: Outcome) -> None:
            if future.done():
                return
            if action.name == "Login" and isinstance(outcome, Response) and outcome.ok:
                self._logged_in()
            if isinstance(outcome, AmiError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        self._expect(action_id, action, settle, self.timing.action if timeout is None else timeout)
        connection.write(data)
        try:
            return await future
        finally:
            self._forget(action_id)

    def _logged_in(self) -> None:
        """Set the state at once, not when the task that logs in runs again: events may follow in the same read."""
        self.counters.connects += 1
        self._refused_in_a_row = 0
        self._set_state(ConnectionState.CONNECTED)
        log.info("AMI connected", extra={"node": self.node.name})

    def _next_id(self) -> str:
        self._serial += 1
        return f"{self._prefix}-{self._serial}"

    def _expect(self, action_id: str, action: Action, done: OnOutcome, timeout: float) -> None:
        self.counters.actions += 1
        timer = asyncio.get_running_loop().call_later(timeout, self._timed_out, action_id, timeout)
        self._pending[action_id] = _Pending(action, done, timer)

    def _forget(self, action_id: str) -> None:
        pending = self._pending.pop(action_id, None)
        if pending is not None:
            pending.timer.cancel()

    def _settle(self, action_id: str, outcome: Outcome) -> None:
        pending = self._pending.pop(action_id)
        pending.timer.cancel()
        if isinstance(outcome, Response) and not outcome.ok and not pending.action.may_refuse:
            self.counters.failed_actions += 1
        self._guard("outcome", lambda: pending.done(pending.action, outcome))

    def _timed_out(self, action_id: str, timeout: float) -> None:
        self.counters.timeouts += 1
        name = self._pending[action_id].action.name
        self._settle(action_id, ActionTimeout(f"{name}: no answer in {timeout:g} s"))

    def _report(self, action: Action, outcome: Outcome, on_outcome: OnOutcome | None) -> None:
        if isinstance(outcome, AmiError):
            log.warning(
                "AMI action failed",
                extra={"node": self.node.name, "action": action.name, "why": str(outcome)},
            )
        elif not outcome.ok:
            log.log(
                _refusal_level(action),
                "AMI action refused",
                extra={"node": self.node.name, "action": action.name, "why": outcome.text.strip()},
            )
        if on_outcome is not None:
            self._guard("outcome", lambda: on_outcome(action, outcome))

    def _received(self, message: Message) -> None:
        action_id = message.get("ActionID")
        pending = self._pending.get(action_id) if action_id is not None else None
        if action_id is None or pending is None:
            if "Event" in message:
                self.counters.events += 1
                self._guard("message", lambda: self._on_message(message))
            return
        if "Response" in message:
            pending.response = message
            if message.get("EventList", "").lower() != "start":
                self._settle(action_id, _response(pending))
        elif message.get("EventList", "").lower() in ("complete", "cancelled"):
            self._settle(action_id, _response(pending))
        else:
            pending.events.append(message)

    def _guard(self, what: str, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            self.counters.callback_errors += 1
            log.exception("AMI %s callback raised", what, extra={"node": self.node.name})

    def _set_state(self, state: ConnectionState) -> None:
        if state is not self.state:
            self.state = state
            self._guard("state", lambda: self._on_state(state))

    def _drop(self) -> None:
        """Close the connection, if any. Unanswered actions fail, and are never sent again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        for action_id in list(self._pending):
            self.counters.lost_actions += 1
            name = self._pending[action_id].action.name
            self._settle(action_id, ConnectionLost(f"{name}: connection lost before its answer"))

    async def _run(self) -> None:
        attempt = 0
        while True:
            self._set_state(ConnectionState.CONNECTING)
            state, lived = await self._session()
            self._drop()
            self._set_state(state)
            attempt = 0 if lived > self.timing.backoff_limit else attempt + 1
            refused = state is ConnectionState.REFUSED
            await asyncio.sleep(self._delay(self.timing.refused if refused else None, attempt))

    def _delay(self, fixed: float | None, attempt: int) -> float:
        limit = self.timing.backoff_limit
        delay = fixed or min(limit, self.timing.backoff * 2.0 ** min(attempt, 16))
        return secrets.SystemRandom().uniform(delay / 2, delay)

    async def _session(self) -> tuple[ConnectionState, float]:
        """Connect, log in and serve until the connection is gone. Return the state then, and for how long it served."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self.timing.connect):
                self._connection = await self._connect()
                await self._login(self._connection)
            began = loop.time()
            await self._serve(self._connection)
        except LoginRefused as error:
            self.counters.refusals += 1
            if self._refused_in_a_row == 0:
                extra = {"node": self.node.name, "why": str(error)}
                log.error("AMI login refused: check ami_username and ami_secret of this node", extra=extra)
            self._refused_in_a_row += 1
            return ConnectionState.REFUSED, 0.0
        except (OSError, TimeoutError, AmiError) as error:
            logged_in = self.state is ConnectionState.CONNECTED
            self._absence.failed(error, loop.time() - began if logged_in else 0.0)
        except Exception:  # whatever it was, we connect again
            log.exception("AMI session failed", extra={"node": self.node.name})
        self.counters.disconnects += 1
        return ConnectionState.DISCONNECTED, loop.time() - began

    async def _connect(self) -> Connection:
        connector = Connector(
            host=self.node.ami_host,
            port=self.node.ami_port,
            ssl=self._ssl,
            protocol_factory=lambda: Connection(self._received),
        )
        return await connector.open()

    async def _login(self, connection: Connection) -> None:
        credentials = (
            ("Username", self.node.ami_username),
            ("Secret", self.node.ami_secret.get_secret_value()),
            ("Events", "on"),
        )
        response = await self._ask(connection, Action("Login", credentials), self.timing.connect)
        if not response.ok:
            raise LoginRefused(response.text)

    async def _serve(self, connection: Connection) -> None:
        """Ping until the connection is lost. If a ping is not answered in time, the connection counts as lost."""
        while not connection.lost.done():
            await asyncio.wait([connection.lost], timeout=self.timing.ping_every)
            await self._ask(connection, Action("Ping"), self.timing.ping_deadline)

    async def _ask(self, connection: Connection, action: Action, deadline: float) -> Response:
        """Send an action and wait for its answer, but no longer than the connection lives."""
        request = asyncio.create_task(self._request(action, deadline))
        try:
            await asyncio.wait((request, connection.lost), return_when=asyncio.FIRST_COMPLETED)
            if request.done():
                return request.result()
            raise ConnectionLost(f"closed by Asterisk ({connection.lost.result()!r})")
        finally:
            request.cancel()
            await asyncio.gather(request, return_exceptions=True)


def _refusal_level(action: Action) -> int:
    """Return the log level of a refusal. A channel may be gone when its action arrives; all else is a fault."""
    if action.may_refuse:
        return logging.DEBUG
    about_channel = any(key == "Channel" for key, _ in action.fields)
    return logging.INFO if about_channel else logging.WARNING


def _response(pending: _Pending) -> Response:
    message = pending.response or Message()
    ok = message.get("Response") in ("Success", "Goodbye", "Follows")
    return Response(ok, message.get("Message", ""), message, tuple(pending.events))
