"""One request's work: its transaction, its answer's headers, and the one hop that does it all."""

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from api.core.context import Context, run_on
from api.core.etags import etag
from switchroom.database import again_if_lost, kept_by_thread


def work_of(request: Request) -> "Work":
    """Return the request's work, made when first asked for."""
    scope = request.scope
    found: Work | None = scope.get("switchroom.work")
    if found is None:
        operation = scope["route"]
        context: Context = scope["app"].state.context
        found = scope["switchroom.work"] = Work(context, reads=operation.reads, waits=operation.waits)
    return found


class Work:
    """What an operation's job has in hand. Made in the event loop, used by one thread.

    `session` connects to the database with its first statement only; it reads, or reads and writes, as the operation
    says. `headers` go into the answer, and so does `status` if the handler sets it: else it is the
    operation's own.
    """

    def __init__(self, context: Context, *, reads: bool, waits: bool = False) -> None:
        self.context = context
        self.reads = reads
        self.waits = waits
        self.headers: dict[str, str] = {}
        self.status: int | None = None
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The transaction, begun by its first statement and committed before the answer is sent."""
        if self._session is None:
            self._session = Session(expire_on_commit=False)
        return self._session

    async def run(self, handler: Callable[..., Any], values: dict[str, Any], status: int) -> Response:
        """Run the handler on a thread, commit, and return the whole answer.

        What another transaction made meanwhile can stand in the way. Then the handler runs again, and finds it.
        """
        pools = self.context.pools
        transacts = pools.reads if self.reads else pools.writes
        pool = pools.slow if self.waits or self._session is None else transacts
        return await run_on(pool, partial(self._do, handler, values, status))

    def _do(self, handler: Callable[..., Any], values: dict[str, Any], status: int) -> Response:
        session = self._session
        if session is None:
            return self._answer(handler(**values), status)
        session.bind = kept_by_thread(self.context.reading if self.reads else self.context.engine)

        def once() -> Response:
            try:
                answer = self._answer(handler(**values), status)
                session.commit()
                return answer
            except BaseException:
                session.rollback()
                raise
            finally:
                session.close()

        answer = again_if_lost(once)
        if session.info.get("outbox") or self.context.identities.unsaid:
            self.context.relay.wake()
        return answer

    def _answer(self, found: Any, status: int) -> Response:
        if isinstance(found, Response):
            found.headers.update(self.headers)
            return found
        if isinstance(found, dict) and (changed := found.get("updated_at")):
            self.headers["ETag"] = etag(changed)
        return Response(orjson.dumps(found), self.status or status, self.headers, "application/json")
