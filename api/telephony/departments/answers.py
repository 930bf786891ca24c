"""What clients get of departments."""

from api.accounts.users.answers import Profile
from api.conventions.answers import PublicId, answer, either, many
from api.telephony.departments.resource import DEPARTMENT

DepartmentAnswer = answer(
    "Department", DEPARTMENT, "`users` in ringing order: ids, or objects where `populate` names them.",
    users=many(either(PublicId, Profile)),
)  # fmt: skip
