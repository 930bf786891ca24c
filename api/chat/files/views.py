"""Files as clients see them."""

from api.chat.chats.views import show_chats_of
from api.chat.files.resource import FILE
from api.chat.people import people_of
from api.conventions.resource import Shown
from api.core.media import presigned
from api.core.scope import Scope
from models import File
from models.file import INLINE_TYPES, object_key, thumbnail_key
from switchroom.storage import Storage

THUMBNAIL_TYPE = "image/png"
_WITH_USERS = frozenset({"users"})


def show_file(scope: Scope, storage: Storage, file: File) -> Shown:
    """Show one file."""
    return show_files(scope, storage, [FILE.show(file)])[0]


def show_files(scope: Scope, storage: Storage, files: list[Shown]) -> list[Shown]:
    """Add to each the URLs of its content, and put its user and its chat as objects for their ids."""
    chats = show_chats_of(scope, list({file["chat"][1:] for file in files if file["chat"]}), _WITH_USERS)
    users = people_of(
        scope.session,
        {file["team"][1:] for file in files},
        {file["user"][1:] for file in files if file["user"]},
    )
    for file in files:
        id = file["id"][1:]
        user = users.get((file["team"][1:], (file["user"] or "")[1:]))
        file |= {
            "user": user,
            "chat": chats.get((file["chat"] or "")[1:]),
            "teamuser": int(user["teamUserId"][-7:], 16) if user else None,
            "createdAt": file["created_at"],
            "routing_audio": None,
            "url": presigned(storage, object_key(id), file["name"], inline_type=_shown_as(file["type"])),
            "thumb_url": _thumbnail_url(storage, id) if file["thumbWidth"] else None,
        }
    return files


def _shown_as(kind: str) -> str | None:
    return kind if kind in INLINE_TYPES else None


def _thumbnail_url(storage: Storage, id: str) -> str:
    return presigned(storage, thumbnail_key(id), "thumbnail.png", inline_type=THUMBNAIL_TYPE)
