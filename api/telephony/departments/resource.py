"""What clients see of the departments' table."""

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from models import Department
from routing.config import RingType


class DepartmentSummary(Answer):
    """A department without its users."""

    id: PublicId
    team: PublicId
    name: str
    ring_type: RingType
    callcenter_ring: int | None
    """Seconds that a phone rings, or all of them together; null: 20."""
    callcenter_max_time: int | None
    """Seconds that a caller waits at most while the phones are rung again; null: they are rung once."""
    callcenter_hold_music: str | None
    """A class of music on hold, or the id of music that the team uploaded."""
    callcenter_transfer_to: str | None
    """Where a caller goes whom nobody answered: the id of a user, a queue or another department, an extension, or an
    outside number."""
    created_at: Time
    updated_at: Time


DEPARTMENT = Resource("department", DepartmentSummary, Department, search=("name",))
