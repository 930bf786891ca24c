"""Chats, and who is in them."""

from typing import Annotated, Any

from fastapi import Depends, Query

from api.chat.chats import service
from api.chat.chats.answers import ChatAnswer, TypingAnswer
from api.chat.chats.resource import CHAT
from api.chat.chats.schemas import ChatCreate, ChatUpdate, ChatUserAdd, Preferences, Typing
from api.chat.chats.views import show_chat, show_chats
from api.chat.people import OF_CHAT, PERSON, PersonAnswer, completed, people
from api.conventions.lists import Listing, Lists
from api.conventions.populate import Populate, populates
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.scope import Scope
from models import Chat

router = v1_router(tags=["chats"])

ChatListing = Annotated[Listing, Depends(Lists(CHAT))]
PeopleListing = Annotated[Listing, Depends(Lists(PERSON))]
PopulateDep = Annotated[Populate, Depends(populates("messages", "users", "owner"))]
ListPopulateDep = Annotated[Populate, Depends(populates("users", "owner"))]
SoughtUsers = Annotated[
    list[str],
    Query(
        description="Ids or e-mail addresses: repeated, with commas, or as a list.",
        examples=[["['user1@example.com']"]],
    ),
]


@router.post("/chat", response_model=ChatAnswer, status_code=201, responses={409: {}})
def create_chat(body: ChatCreate, scope: ScopeDep) -> Shown:
    """Create a chat. Two people have one private chat: the second attempt answers the first chat."""
    return show_chat(scope, service.create(scope, body).id)


@router.get("/chat", response_model=list[ChatAnswer])
def list_chats(scope: ScopeDep, listing: ChatListing, populate: ListPopulateDep) -> list[Shown]:
    """List the chats that the caller is in, oldest first. Archived ones are left out."""
    return show_chats(scope.session, listing.show(scope, service.LISTED), populate)


@router.get("/chat/{chat_id}", response_model=ChatAnswer)
def get_chat(chat_id: str, scope: ScopeDep, populate: PopulateDep) -> Shown:
    """Show a chat."""
    return show_chat(scope, chat_id, populate)


@router.patch("/chat/{chat_id}", response_model=ChatAnswer)
def update_chat(chat_id: str, body: ChatUpdate, scope: ScopeDep) -> Shown:
    """Change a chat. Members may; only the owner or an admin changes `locked`."""
    chat = scope.chat(chat_id)
    require_unchanged(scope, chat)
    service.update_chat(scope, chat, body)
    return show_chat(scope, chat.id)


@router.delete("/chat/{chat_id}", response_model=ChatAnswer)
def delete_chat(chat_id: str, scope: ScopeDep) -> Shown:
    """Delete a chat with its messages. The owner or an admin may. A body is ignored."""
    chat = scope.chat(chat_id)
    require_unchanged(scope, chat)
    shown = show_chat(scope, chat.id)
    service.delete_chat(scope, chat)
    return shown


@router.post("/chat/{chat_id}/seen", response_model=ChatAnswer)
def seen_chat(chat_id: str, scope: ScopeDep) -> Shown:
    """Mark all messages of a chat as read. A body is ignored."""
    chat = scope.chat_row(chat_id)
    service.see_chat(scope, chat)
    return show_chat(scope, chat.id)


@router.post("/chat/{chat_id}/typing", response_model=TypingAnswer)
def typing(chat_id: str, body: Typing, scope: ScopeDep) -> Shown:
    """Tell the other members whether the caller is writing. It is not stored."""
    service.tell_typing(scope, scope.chat_row(chat_id), typing=body.typing)
    return {"typing": body.typing}


@router.get("/chat/{chat_id}/users", response_model=list[PersonAnswer])
def list_chat_users(chat_id: str, scope: ScopeDep, listing: PeopleListing) -> list[Shown]:
    """List the people in a chat: members of the team and guests."""
    chat = scope.chat_row(chat_id)
    return [completed(person) for person in listing.show(scope, OF_CHAT, chat=chat.id)]


@router.post("/chat/{chat_id}/users", response_model=PersonAnswer, status_code=201, responses={409: {}})
def add_chat_user(chat_id: str, body: ChatUserAdd, scope: ScopeDep) -> Shown:
    """Add a member of the team to a group. Every member of the group may. Guests are invited instead."""
    chat = scope.chat(chat_id)
    return _person(scope, chat, service.add_user(scope, chat, body.user))


@router.delete("/chat/{chat_id}/users", response_model=PersonAnswer, responses={409: {}})
def leave_chat(chat_id: str, scope: ScopeDep) -> Shown:
    """Leave a group. A body is ignored."""
    chat = scope.chat(chat_id)
    return _person(scope, chat, service.remove_user(scope, chat, scope.user_id))


@router.delete("/chat/{chat_id}/users/{user_id}", response_model=PersonAnswer, responses={409: {}})
def remove_chat_user(chat_id: str, user_id: str, scope: ScopeDep) -> Shown:
    """Remove a user from a group. The owner or an admin may, and everybody may remove themselves."""
    chat = scope.chat(chat_id)
    return _person(scope, chat, service.remove_user(scope, chat, user_id))


@router.patch("/chat/{chat_id}/users/{user_id}", response_model=ChatAnswer)
def update_chat_user(chat_id: str, user_id: str, body: Preferences, scope: ScopeDep) -> Shown:
    """Change the caller's preferences for a chat."""
    return _change_preferences(scope, chat_id, user_id, body)


@router.patch("/chat/{chat_id}/user/{user_id}", response_model=ChatAnswer)
def update_chat_preferences(chat_id: str, user_id: str, body: Preferences, scope: ScopeDep) -> Shown:
    """Change the caller's preferences for a chat, by the document's other path."""
    return _change_preferences(scope, chat_id, user_id, body)


@router.get("/team/{team_id}/chat/exists", response_model=list[ChatAnswer])
def chat_exists(team_id: str, users: SoughtUsers, scope: ScopeDep, listing: ChatListing) -> list[Shown]:
    """List the caller's chats of a team in which all of these users are."""
    found = service.with_all(scope, scope.team_id(team_id), service.sought_users(users))
    if found is None:
        return []
    statement, values = found
    return show_chats(scope.session, listing.show(scope, statement, **values), frozenset())


def _change_preferences(scope: Scope, chat_id: str, user_id: str, body: Preferences) -> Shown:
    chat = scope.chat(chat_id)
    require_unchanged(scope, chat)
    service.require_self(scope, chat, user_id)
    service.change_preferences(scope, chat, body)
    return show_chat(scope, chat.id)


def _person(scope: Scope, chat: Chat, user_id: str) -> Shown:
    person: dict[str, Any] = people(scope.session, chat.team_id, [user_id])[user_id]
    return person
