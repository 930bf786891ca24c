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
    created_at: Time
    updated_at: Time


DEPARTMENT = Resource("department", DepartmentSummary, Department, search=("name",))
