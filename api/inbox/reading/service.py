"""How it is told who reads: past the database, for a sign that is worth nothing after half a minute."""

from redis import RedisError

from api.core.context import Context
from api.core.errors import Unavailable
from models import Conversation
from switchroom.ids import dashed_id
from switchroom.messages.events import EVENTS_KEPT, Changed, to_team


def tell(context: Context, conversation: Conversation, user_id: str, *, reading: bool) -> None:
    """Tell the organization's members whether this one has the conversation open. Raises Unavailable."""
    told = {
        "conversation_id": dashed_id(conversation.id),
        "channel_id": dashed_id(conversation.channel_id),
        "user_id": dashed_id(user_id),
        "reading": reading,
    }
    event = Changed(
        model="inbox_reading",
        verb="messaged",
        id=conversation.id,
        data=told,
        audience=to_team(conversation.team_id),
    )
    try:
        context.redis.xadd(context.keys.events, {"body": event.model_dump_json()}, maxlen=EVENTS_KEPT)
    except RedisError as error:
        raise Unavailable("Redis cannot be reached") from error
