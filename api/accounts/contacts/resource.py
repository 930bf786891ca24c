"""The public face of the contacts' table."""

from api.conventions.resource import Resource
from models import Contact

CONTACT = Resource(
    name="contact",
    model=Contact,
    fields={
        "id": "id",
        "owner": "owner_id",
        "team": "team_id",
        "first_name": "first_name",
        "last_name": "last_name",
        "email": "email",
        "work_number": "work_number",
        "home_number": "home_number",
        "cell_number": "cell_number",
        "attributes": "attributes",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    search=("first_name", "last_name", "email", "work_number", "home_number", "cell_number"),
)
