"""A web chat's hours are those of its channel. Contacts are found by their e-mail address, stays of conversations by their team
and time."""

import sqlalchemy as sa
from alembic import op

from models.base import Json, utcnow
from switchroom.ids import new_id

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_CHATS = sa.table("inbox_web_chats", sa.column("channel_id"), sa.column("hours", Json()))
_CHANNELS = sa.table("inbox_channels", sa.column("id"), sa.column("team_id"))
_TEAMS = sa.table("teams", sa.column("id"), sa.column("timezone"))
_TIME = sa.DateTime(timezone=True)
_SETTINGS = sa.table(
    "inbox_settings",
    *(sa.column(name) for name in ("id", "channel_id", "team_id")),
    sa.column("created_at", _TIME),
    sa.column("updated_at", _TIME),
    sa.column("hours", Json()),
)


def upgrade() -> None:
    _move_hours(op.get_bind())
    with op.batch_alter_table("inbox_web_chats") as batch_op:
        batch_op.drop_column("hours")
    op.create_index("ix_contacts_team_id_lower_email", "contacts", ["team_id", sa.text("lower(email)")])
    op.create_index("ix_inbox_work_stays_team_id_joined_at", "inbox_work_stays", ["team_id", "joined_at"])
    op.drop_index("ix_inbox_work_stays_team_id", "inbox_work_stays")


def _move_hours(connection: sa.Connection) -> None:
    """Give the hours to the settings of each channel that has none."""
    columns = (_CHATS.c.channel_id, _CHATS.c.hours, _TEAMS.c.id.label("team_id"), _TEAMS.c.timezone)
    chats = (
        sa.select(*columns, _SETTINGS.c.id, _SETTINGS.c.hours.label("set"))
        .join(_CHANNELS, _CHANNELS.c.id == _CHATS.c.channel_id)
        .join(_TEAMS, _TEAMS.c.id == _CHANNELS.c.team_id)
        .outerjoin(_SETTINGS, _SETTINGS.c.channel_id == _CHATS.c.channel_id)
    )
    now = utcnow()
    for chat in connection.execute(chats).all():
        if not chat.hours or chat.set:
            continue
        hours = {"timezone": chat.timezone, "weekly": chat.hours, "holidays": [], "half_days": {}}
        if chat.id is None:
            row = {"id": new_id(), "channel_id": chat.channel_id, "team_id": chat.team_id, "hours": hours}
            connection.execute(_SETTINGS.insert().values(**row, created_at=now, updated_at=now))
        else:
            connection.execute(_SETTINGS.update().where(_SETTINGS.c.id == chat.id).values(hours=hours))


def downgrade() -> None:
    op.create_index("ix_inbox_work_stays_team_id", "inbox_work_stays", ["team_id"])
    op.drop_index("ix_inbox_work_stays_team_id_joined_at", "inbox_work_stays")
    op.drop_index("ix_contacts_team_id_lower_email", "contacts")
    with op.batch_alter_table("inbox_web_chats") as batch_op:
        batch_op.add_column(sa.Column("hours", Json(), nullable=False, server_default="{}"))
