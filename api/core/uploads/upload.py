"""An upload: from the client to S3 in pieces, then into the database. It is there whole, or nothing is left of it.

1. A row of `loose_files` is written. If this process is killed, the worker's job removes by it what S3 has.
2. The pieces go to S3 while the form arrives. One piece of `PART` bytes is held in memory. S3 takes it before more is
   read from the client.
3. When S3 has confirmed the object, one transaction writes the file, its message and its events. It also deletes the
   loose row.

If anything fails before that transaction has committed, the object or its parts are deleted, and then the loose row.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.requests import ClientDisconnect

from api.core.context import Context, run_on
from api.core.errors import RateLimited, TooLarge, Unauthenticated, Unavailable, ValidationFailed
from api.core.identities import Identity, read_identity
from api.core.scope import Scope
from api.core.uploads.form import FileBegins, Form, sent
from models import LooseFile, utcnow
from models.file import LONGEST_UPLOAD, object_key
from switchroom.file_content import HEAD, safe_name, type_of
from switchroom.ids import new_id
from switchroom.storage import PART, Storage, StorageError, Upload

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Fields = TypeVar("Fields", bound=BaseModel)

SILENCE_SECONDS = 60.0
"""An upload of which nothing arrives for so long has broken off."""
AT_ONCE, AT_ONCE_OF_USER = 32, 4
"""How many uploads a process takes at once. Each holds a piece in memory."""


class Uploads:
    """Lets so many uploads of this process in at once."""

    def __init__(self) -> None:
        self._of_user: Counter[str] = Counter()
        self._room = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def one(self, user_id: str) -> AsyncIterator[None]:
        """Hold a place. Raises RateLimited if the user has their share of them; waits if all are taken."""
        if self._of_user[user_id] >= AT_ONCE_OF_USER:
            raise RateLimited(5)
        self._of_user[user_id] += 1
        try:
            async with self._room:
                yield
        finally:
            self._of_user[user_id] -= 1
            if not self._of_user[user_id]:
                del self._of_user[user_id]


async def get_uploads(request: Request) -> Uploads:
    """The process's uploads, made when first asked for."""
    found: Uploads | None = getattr(request.app.state, "uploads", None)
    if found is None:
        found = request.app.state.uploads = Uploads()
    return found


UploadsDep = Annotated[Uploads, Depends(get_uploads)]


@dataclass(frozen=True, slots=True)
class Received(Generic[Fields]):
    """A form whose file S3 has: the object's id, what it is, and the fields beside it."""

    id: str
    name: str
    type: str
    extension: str
    size: int
    sha256: str
    fields: Fields

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the object."""
        return {"id": self.id, "type": self.type, "size": self.size, "sha256": self.sha256}


async def upload(
    request: Request,
    context: Context,
    storage: Storage,
    fields: type[Fields],
    limit: int,
    keep: Callable[[Session, Received[Fields]], Result],
) -> Result:
    """Take a form with a file, and return what `keep` makes of it in its transaction. Raises domain errors.

    `fields` are what the form may say beside the file, `limit` the bytes that the file may have. `keep` calls `kept`
    for the row that it makes.
    """
    incoming = _Incoming(context, storage, limit)
    try:
        received = await _receive(request, incoming, fields)
        return await run_on(
            context.pools.writes,
            partial(context.transact, context.engine, lambda session: keep(session, received)),
        )
    except BaseException as error:
        # Also if the client hangs up or the process ends. What is begun is finished.
        await asyncio.shield(asyncio.ensure_future(incoming.discard()))
        raise _told(error) from error


def scope_now(session: Session, identity: Identity) -> Scope:
    """Return the caller's view as it is when the form has arrived, which may take hours. Raises Unauthenticated."""
    now = read_identity(session, identity.user_id, identity.session_id)
    if now is None:
        raise Unauthenticated
    return Scope(session, now)


def kept(session: Session, id: str) -> None:
    """Take the upload's loose row away: a row of the same transaction names the object from now on."""
    loose = session.get(LooseFile, id)
    if loose is not None:
        session.delete(loose)


def _told(error: BaseException) -> BaseException:
    """Return what the client is told of an error."""
    if isinstance(error, ClientDisconnect):
        return ValidationFailed({"file": "The upload broke off"})
    if isinstance(error, TimeoutError):
        return ValidationFailed({"file": f"Nothing arrived for {SILENCE_SECONDS:.0f} s"})
    if isinstance(error, StorageError):
        log.warning("an upload was not stored", extra={"error": str(error)[:300]})
        return Unavailable("The object storage did not take the file; try again")
    return error


async def _receive(request: Request, incoming: "_Incoming", fields: type[Fields]) -> Received[Fields]:
    """Read the whole form. Its file is in S3 then."""
    form = Form(request.headers.get("content-type", ""))
    chunks = request.stream()
    while True:
        async with asyncio.timeout(SILENCE_SECONDS):
            chunk = await anext(chunks, None)
        if chunk is None:
            break
        for event in form.feed(chunk):
            if isinstance(event, FileBegins):
                incoming.name = safe_name(event.filename)
            else:
                await incoming.take(event)
    if not form.ended:
        raise ValidationFailed({"body": "The form has no end"})
    if incoming.name is None:
        raise ValidationFailed({"file": "Required"})
    told = _fields(form, fields)
    return await incoming.finish(told)


def _fields(form: Form, fields: type[Fields]) -> Fields:
    try:
        return fields.model_validate(sent(form.fields))
    except ValidationError as error:
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        ) from error


class _Incoming:
    """The file's way to S3. `name` is set when it begins."""

    def __init__(self, context: Context, storage: Storage, limit: int) -> None:
        self._context, self._storage, self._limit = context, storage, limit
        self.id = new_id()
        self.name: str | None = None
        self._upload: Upload | None = None
        self._type = self._extension = ""
        self._held = bytearray()
        self._size = 0

    async def take(self, data: bytes) -> None:
        """Hold the data, and send it on when it is a piece. Raises TooLarge, StorageError."""
        self._size += len(data)
        if self._size > self._limit:
            raise TooLarge(self._limit)
        self._held += data
        while len(self._held) > PART:
            upload = await self._begun()
            piece, self._held = bytes(self._held[:PART]), self._held[PART:]
            await self._run(partial(upload.add, piece))

    async def finish(self, fields: Fields) -> Received[Fields]:
        """Send the last piece and return what S3 confirms."""
        upload = await self._begun()
        stored = await self._run(partial(upload.finish, bytes(self._held)))
        assert self.name is not None  # noqa: S101 - a file has begun
        return Received(self.id, self.name, self._type, self._extension, stored.size, stored.sha256, fields)

    async def discard(self) -> None:
        """Delete what S3 has of it. What cannot be deleted now, the worker's job deletes later."""
        if self._upload is None:
            return
        try:
            await self._run(partial(_remove, self._storage, self.id))
            await self._write(partial(kept, id=self.id))
        except (StorageError, SQLAlchemyError) as error:
            log.warning("what is left of an upload stays for a day", extra={"error": str(error)[:300]})

    async def _begun(self) -> Upload:
        if self._upload is None:
            self._type, self._extension = type_of(bytes(self._held[:HEAD]), self.name or "")
            await self._write(partial(_add_loose, self.id))
            self._upload = self._storage.begin_upload(object_key(self.id), self._type)
        return self._upload

    def _run(self, work: Callable[[], Result]) -> Coroutine[Any, Any, Result]:
        return run_on(self._context.pools.uploads, work)

    def _write(self, work: Callable[[Session], None]) -> Coroutine[Any, Any, None]:
        context = self._context
        return run_on(context.pools.writes, partial(context.transact, context.engine, work))


def _add_loose(id: str, session: Session) -> None:
    session.add(LooseFile(id=id, due_at=utcnow() + LONGEST_UPLOAD))


def _remove(storage: Storage, id: str) -> None:
    storage.abort_uploads(object_key(id))
    storage.delete(object_key(id))
