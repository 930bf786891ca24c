"""Operations that search.

Words begin with what is typed, so `contr` finds "contract". Case and accents do not count. What stands in double quotes
is a phrase of whole words. Every word must be found. The best hits come first, and among equals the newest.
"""

from fastapi import Request

from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.errors import ValidationFailed
from api.core.media import StorageDep
from api.search import service
from api.search.answers import ChatHit, FileHit, Hits, MessageHit, UserHit, WorkspaceHit
from api.search.resource import CHATS, FILES, MESSAGES, USERS
from api.search.service import SearchDep

router = v1_router(tags=["search"])

NO_TERM = {"search_term": "Required, as the last part of the path"}
_KINDS = ("chats", "users", "messages", "files", "workspace")


@router.get("/search/{team_id}", include_in_schema=False)
def search_nothing(team_id: str, scope: ScopeDep) -> Shown:
    """Say what is missing: an empty field of a form makes a path without a term."""
    scope.team_id(team_id)
    raise ValidationFailed(NO_TERM)


@router.get("/search/chat/{chat_id}/{search_term}", response_model=list[MessageHit])
def search_chat_messages(
    chat_id: str, scope: ScopeDep, storage: StorageDep, search: SearchDep
) -> list[Shown]:
    """Search the messages of a chat that the caller is in."""
    chat = scope.chat_row(chat_id)
    return service.hits(scope, storage, chat.team_id, search, MESSAGES, [chat.id])


@router.get("/search/{team_id}/chats/{search_term}", response_model=list[ChatHit])
def search_chats(team_id: str, scope: ScopeDep, storage: StorageDep, search: SearchDep) -> list[Shown]:
    """Search the names and purposes of the caller's chats."""
    return service.hits(scope, storage, scope.team_id(team_id), search, CHATS)


@router.get("/search/{team_id}/users/{search_term}", response_model=list[UserHit])
def search_users(team_id: str, scope: ScopeDep, storage: StorageDep, search: SearchDep) -> list[Shown]:
    """Search the members of a team by name, e-mail address, extension and position."""
    return service.hits(scope, storage, scope.team_id(team_id), search, USERS)


@router.get("/search/{team_id}/messages/{search_term}", response_model=list[MessageHit])
def search_messages(team_id: str, scope: ScopeDep, storage: StorageDep, search: SearchDep) -> list[Shown]:
    """Search the messages of all chats that the caller is in."""
    return service.of_messages(scope, storage, scope.team_id(team_id), search)


@router.get("/search/{team_id}/files/{search_term}", response_model=list[FileHit])
def search_files(team_id: str, scope: ScopeDep, storage: StorageDep, search: SearchDep) -> list[Shown]:
    """Search the files that the caller sees by what is said of them."""
    return service.hits(scope, storage, scope.team_id(team_id), search, FILES)


@router.get("/search/{team_id}/workspace/{search_term}", response_model=list[WorkspaceHit])
def search_workspace(team_id: str, scope: ScopeDep, storage: StorageDep, search: SearchDep) -> list[Shown]:
    """Search the caller's workspace by the messages, files, voicemails and calls that its events are about."""
    return service.of_workspace(scope, storage, scope.team_id(team_id), search)


@router.get("/search/{team_id}/{search_term}", response_model=Hits)
def search_all(
    team_id: str,
    search_term: str,
    request: Request,
    scope: ScopeDep,
    storage: StorageDep,
    search: SearchDep,
) -> Shown:
    """Search everything of a team that the caller sees. `limit` and `skip` count for each kind."""
    if request.scope["raw_path"].endswith(b"/") and (
        search_term.lower() in _KINDS or team_id.lower() == "chat"
    ):
        # `/v1/search/:team/chats/` is a search of one kind whose term is empty.
        raise ValidationFailed(NO_TERM)
    found: Shown = service.of_everything(scope, storage, scope.team_id(team_id), search)
    return found
