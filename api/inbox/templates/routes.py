"""Operations on templates."""

from sqlmodel import col, select

from api.conventions.answers import Nothing
from api.conventions.names import is_taken
from api.conventions.resource import Shown
from api.core.deps import ScopeDep
from api.core.errors import NotFound
from api.core.route import reads
from api.inbox.errors import NameTaken
from api.inbox.fields import Made, OfOrganization
from api.inbox.organization import administered, organization
from api.inbox.router import inbox_router
from api.inbox.templates.schemas import NewTemplate, OfTemplate, Templates
from models import InboxTemplate
from models.inbox_template import variables_in
from switchroom.ids import dashed_id

router = inbox_router("inbox templates")


@router.post("/create-template", response_model=Made, status_code=201, responses={409: {}})
def create_template(body: NewTemplate, scope: ScopeDep) -> Shown:
    """Prepare a message for the channels of a source. Admins may."""
    team = administered(scope, body.organization_id)
    among = (col(InboxTemplate.team_id) == team, col(InboxTemplate.source) == body.source.value)
    if is_taken(scope.session, InboxTemplate.name, body.name, *among):
        raise NameTaken("template")
    made = InboxTemplate(team_id=team, source=body.source.value, name=body.name, text=body.text)
    scope.session.add(made)
    return {"id": dashed_id(made.id)}


@router.post("/templates", response_model=Templates)
@reads
def list_templates(body: OfOrganization, scope: ScopeDep) -> Shown:
    """List the templates of an organization."""
    team = organization(scope, body.organization_id)
    mine = select(InboxTemplate).where(col(InboxTemplate.team_id) == team)
    rows = scope.session.exec(mine.order_by(col(InboxTemplate.source), col(InboxTemplate.name)))
    return {
        "templates": [
            {
                "id": dashed_id(row.id),
                "organization_id": dashed_id(row.team_id),
                "source": row.source,
                "name": row.name,
                "text": row.text,
                "variables": variables_in(row.text),
            }
            for row in rows
        ]
    }


@router.post("/delete-template", response_model=Nothing, status_code=202)
def delete_template(body: OfTemplate, scope: ScopeDep) -> Shown:
    """Delete a template. Admins may. Messages that were made of it stay."""
    team = administered(scope, body.organization_id)
    template = scope.get(InboxTemplate, body.template_id, "template")
    if template.team_id != team:
        raise NotFound("template")
    scope.session.delete(template)
    return {}
