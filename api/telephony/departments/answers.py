"""What clients get of departments."""

from typing import Literal

from api.accounts.users.resource import ProfileAnswer
from api.conventions.answers import PublicId
from api.telephony.departments.resource import DepartmentSummary


class DepartmentAnswer(DepartmentSummary):
    """A department with its users."""

    users: list[PublicId] | list[ProfileAnswer]
    """In the order of ringing: ids, or objects with `populate=users`."""
    callcenter_voicemail_password: Literal["********"] | None
    """Null: the department's mailbox has no PIN. Who knows the PIN hears its messages by phone."""
