"""What is done with messages."""

from sqlalchemy import bindparam
from sqlalchemy import select as sa_select
from sqlmodel import col

from api.conventions.resource import Shown
from api.core.context import Context
from api.core.errors import NotFound, ValidationFailed
from api.core.quotas import count_message
from api.core.scope import TEAMS, Scope
from api.inbox.attachments.service import to_send
from api.inbox.conversations.service import find
from api.inbox.errors import ChannelNotConnected, ConversationBlocked, MissingVariables, WrongSource
from api.inbox.messages.schemas import MessagesSought, MessageToSend, TemplateToSend
from api.inbox.pages import Order, Pages
from models import (
    ChannelState,
    Contact,
    Conversation,
    InboxChannel,
    InboxMail,
    InboxMessage,
    InboxTemplate,
    Team,
    User,
    utcnow,
)
from models.conversation import is_blocked
from models.inbox_contact import contact_sender
from models.inbox_mail import mails_of
from models.inbox_message import reply, sender_of, show_message
from models.inbox_template import filled, variables_in
from switchroom.inbox import LONGEST_TEXT, ONE_PART, AttachmentType, Source
from switchroom.prepared import Prepared

_NEWEST = Order((col(InboxMessage.number),), ("number",))
WITH_SENDERS = sa_select(InboxMessage, User).outerjoin(User, col(User.id) == col(InboxMessage.user_id))
_PAGES = Pages(
    WITH_SENDERS.where(col(InboxMessage.conversation_id) == bindparam("conversation")),
    _NEWEST,
    InboxMessage,
    User,
)
_TALK = Prepared(
    sa_select(
        col(Conversation.last_number),
        col(InboxChannel.source),
        *(col(getattr(Contact, name)) for name in ("id", "first_name", "last_name", "avatar_url")),
    )
    .join_from(Conversation, Contact, col(Contact.id) == col(Conversation.contact_id))
    .join(InboxChannel, col(InboxChannel.id) == col(Conversation.channel_id))
    .where(col(Conversation.id) == bindparam("conversation"), col(Conversation.team_id).in_(TEAMS)),
    named=True,
)
"""What a page of messages says of their conversation and its contact, whose `id` it is."""
_CARRIED_BY_ALL = frozenset(AttachmentType) - {AttachmentType.FB_TEMPLATE}


def list_messages(scope: Scope, body: MessagesSought) -> Shown:
    """Return a page of a conversation's messages, newest first. Raises NotFound."""
    talks = _TALK.rows(scope.session, {"conversation": body.conversation_id, "teams": scope.team_ids})
    if not talks:
        find(scope, body.conversation_id)  # it raises also what is to be said of a suspended organization
        raise NotFound("conversation")
    (talk,) = talks
    page = _PAGES.read(scope.session, body, {"conversation": body.conversation_id})
    theirs = contact_sender(scope.session, talk)
    mails = mails_among(scope, talk.source, [message.id for message, _ in page.rows])
    return {
        "data": [
            {**show_message(message, sender_of(message, user, theirs)), **mail_fields(mails.get(message.id))}
            for message, user in page.rows
        ],
        "response_metadata": page.metadata(total=talk.last_number),
    }


def mails_among(scope: Scope, source: str, message_ids: list[str]) -> dict[str, InboxMail]:
    """Return what only e-mail has, by the message's id; of other sources nothing."""
    return mails_of(scope.session, message_ids) if source == Source.EMAIL.value else {}


def mail_fields(mail: InboxMail | None) -> Shown:
    """Return what a listed message says of its mail."""
    if mail is None:
        return {"subject": None, "html": None, "automatic": False}
    return {"subject": mail.subject, "html": mail.html, "automatic": mail.automatic}


def send(scope: Scope, context: Context, body: MessageToSend) -> InboxMessage:
    """Store a message to the contact; a worker sends it. Raises what `_place` raises, and ValidationFailed.

    Over a source that carries one part at a time it becomes several messages, of which the first is returned.
    """
    conversation, channel = _place(scope, context, body.conversation_id)
    content = body.message
    types = {attachment.type for attachment in content.attachments}
    if channel.source != Source.FACEBOOK.value and types - _CARRIED_BY_ALL:
        raise ValidationFailed(
            {"message.attachments.type": f"{channel.source} carries no templates of Facebook"}
        )
    attachments = [
        to_send(scope, conversation.team_id, one.payload.file_id)
        if one.payload.file_id is not None
        else one.stored()
        for one in content.attachments
    ]
    files = [one["payload"]["file_id"] for one in attachments if "file_id" in one["payload"]]
    if len(set(files)) < len(files):
        raise ValidationFailed({"message.attachments.payload.file_id": "A file can be sent once only"})
    parts = _parts(channel.source, content.text, attachments)
    sent = [
        reply(
            scope.session,
            conversation,
            scope.user_id,
            text=text,
            attachments=held,
            correlation=content.metadata,
        )
        for text, held in parts
    ]
    return sent[0]


def _parts(source: str, text: str, attachments: list[Shown]) -> list[tuple[str, list[Shown]]]:
    """Return the messages that the source can carry: the text first, then each attachment."""
    if source not in ONE_PART or len(attachments) + bool(text) <= 1:
        return [(text, attachments)]
    return [*([(text, [])] if text else []), *(("", [one]) for one in attachments)]


def send_template(scope: Scope, context: Context, body: TemplateToSend) -> InboxMessage:
    """Store a message that is made of a template; a worker sends it.

    Raises what `_place` raises, NotFound("template"), WrongSource, MissingVariables, ValidationFailed.
    """
    conversation, channel = _place(scope, context, body.conversation_id)
    template = scope.get(InboxTemplate, body.template_id, "template")
    if template.team_id != conversation.team_id or template.source != channel.source:
        raise WrongSource(template.source)
    missing = [name for name in variables_in(template.text) if name not in body.variables]
    if missing:
        raise MissingVariables(missing)
    text = filled(template.text, body.variables)
    if len(text) > LONGEST_TEXT:
        raise ValidationFailed({"variables": f"The message is longer than {LONGEST_TEXT} characters"})
    return reply(
        scope.session, conversation, scope.user_id, text=text, attachments=[], correlation=body.metadata
    )


def _place(scope: Scope, context: Context, conversation_id: str) -> tuple[Conversation, InboxChannel]:
    """Return the conversation to write to, and its channel.

    Raises NotFound, ConversationBlocked, ChannelNotConnected, RateLimited (the organization's quota).
    """
    conversation = find(scope, conversation_id)
    channel = scope.session.get_one(InboxChannel, conversation.channel_id)
    if channel.state != ChannelState.CONNECTED.value:
        raise ChannelNotConnected
    if is_blocked(conversation.last_inbound_at, utcnow()):
        raise ConversationBlocked
    team = scope.session.get_one(Team, conversation.team_id)
    count_message(context, team.id, team.quotas)
    return conversation, channel
