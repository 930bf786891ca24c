"""What clients see of the queues' table."""

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from api.telephony.queues.schemas import QueueSettings
from models import Queue


class QueueSummary(Answer, of=QueueSettings):
    """A queue without its people."""

    id: PublicId
    team: PublicId
    name: str
    created_at: Time
    updated_at: Time


QUEUE = Resource("queue", QueueSummary, Queue, search=("name",))
