"""Operations on conversations."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.context import Context
from api.core.deps import ContextDep, ScopeDep
from api.core.errors import NotFound
from api.core.route import reads
from api.inbox.conversations import service
from api.inbox.conversations.answers import Blocked, ConversationPage, ConversationStats, WholeConversation
from api.inbox.conversations.schemas import Assignment, ConversationsSought, Snooze, StateChange
from api.inbox.conversations.views import show_conversations, show_decisions
from api.inbox.fields import OfConversation, OfOrganization
from api.inbox.router import inbox_router
from models import inbox_web_chat, utcnow
from models.conversation import is_blocked
from models.inbox_file import with_links

router = inbox_router("inbox conversations")


@router.post("/conversations", response_model=ConversationPage)
@reads
def list_conversations(body: ConversationsSought, scope: ScopeDep, context: ContextDep) -> Shown:
    """List the conversations of an organization, the newest message first."""
    page = service.list_conversations(scope, body)
    return {**page, "data": [_linked(context, one) for one in page["data"]]}


@router.post("/conversation", response_model=WholeConversation)
@reads
def get_conversation(body: OfConversation, scope: ScopeDep, context: ContextDep) -> Shown:
    """Show a conversation, and why agents were offered it."""
    conversation = service.find(scope, body.conversation_id)
    found = show_conversations(scope, conversation.team_id, [conversation.id])
    if not found:
        raise NotFound("conversation")
    return {**_linked(context, found[0]), "decisions": show_decisions(scope.session, conversation.id)}


def _linked(context: Context, shown: Shown) -> Shown:
    return {**shown, "message": with_links(context.stored.storage, shown["message"])}


@router.post("/change-conversation-state", response_model=Nothing)
def change_conversation_state(body: StateChange, scope: ScopeDep) -> Shown:
    """Open or close a conversation. A new message of the contact opens it again."""
    service.change_state(scope, body.conversation_id, body.state)
    return {}


@router.post("/assign-conversation", response_model=Nothing)
def assign_conversation(body: Assignment, scope: ScopeDep) -> Shown:
    """Let a member of the organization look after a conversation, or nobody."""
    service.assign(scope, body.conversation_id, body.user_id)
    return {}


@router.post("/snooze-conversation", response_model=Nothing)
def snooze_conversation(body: Snooze, scope: ScopeDep) -> Shown:
    """Take a conversation from the members' attention until a time, or until the contact writes again."""
    service.snooze(scope, body.conversation_id, body.until)
    return {}


@router.post("/mark-all-conversations-as-done", response_model=Nothing)
def mark_all_conversations_as_done(body: OfOrganization, scope: ScopeDep) -> Shown:
    """Close all conversations of an organization."""
    service.close_all(scope, body.organization_id)
    return {}


@router.post("/is-conversation-blocked", response_model=Blocked)
@reads
def is_conversation_blocked(body: OfConversation, scope: ScopeDep) -> Shown:
    """Say whether the contact cannot be written to. Their last message is more than seven days old then."""
    conversation = service.find(scope, body.conversation_id)
    return {"blocked": is_blocked(conversation.last_inbound_at, utcnow())}


@router.post("/mark-all-conversations-as-read", response_model=Nothing)
def mark_all_conversations_as_read(body: OfOrganization, scope: ScopeDep) -> Shown:
    """Note that the caller has read all conversations of an organization."""
    service.read_all(scope, body.organization_id)
    return {}


@router.post("/mark-conversation-as-read", response_model=Nothing)
def mark_conversation_as_read(body: OfConversation, scope: ScopeDep) -> Shown:
    """Note that the caller has read a conversation."""
    service.read_one(scope, body.conversation_id)
    return {}


@router.post("/typing", response_model=Nothing)
def tell_of_typing(body: OfConversation, scope: ScopeDep, context: ContextDep) -> Shown:
    """Tell colleagues, and the visitor of a web chat, that the caller types."""
    conversation = service.find(scope, body.conversation_id)
    context.limiter.hit("60 per minute", "inbox-typing", scope.user_id)
    inbox_web_chat.tell_of_typing(scope.session, conversation, scope.user_id)
    return {}


@router.post("/conversation-stats", response_model=ConversationStats)
@reads
def conversation_stats(body: OfOrganization, scope: ScopeDep) -> Shown:
    """Count the conversations that began on each day, over each channel."""
    return service.statistics(scope, body.organization_id)
