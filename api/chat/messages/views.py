"""Messages as clients see them, with what the client asks for beside them."""

from api.chat.chats.views import show_chats_of
from api.chat.people import people, people_of
from api.conventions.populate import Populate
from api.conventions.resource import Shown
from api.core.scope import Scope


def with_senders(scope: Scope, team_id: str, messages: list[Shown], populate: Populate) -> list[Shown]:
    """Replace the senders' ids by objects if the client asks for it. It is one statement."""
    if "from" in populate:
        senders = (message["from"][1:] for message in messages if message["from"])
        found = people(scope.session, team_id, senders)
        for message in messages:
            message["from"] = message["from"] and found.get(message["from"][1:])
    return messages


def with_chats(scope: Scope, messages: list[Shown], populate: Populate) -> list[Shown]:
    """Replace the ids of chats and senders, of several teams, by objects if the client asks for it."""
    if "from" in populate:
        teams = {message["team"][1:] for message in messages}
        senders = (message["from"][1:] for message in messages if message["from"])
        found = people_of(scope.session, teams, senders)
        for message in messages:
            message["from"] = message["from"] and found.get((message["team"][1:], message["from"][1:]))
    if populate & {"chat", "chatusers"}:
        wanted = frozenset({"users"}) if "chatusers" in populate else frozenset[str]()
        ids = list(dict.fromkeys(message["chat"][1:] for message in messages))
        chats = show_chats_of(scope, ids, wanted)
        for message in messages:
            message["chat"] = chats[message["chat"][1:]]
    return messages
